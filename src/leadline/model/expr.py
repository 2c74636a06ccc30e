"""Conditions as values: a small frozen tree that every engine reads the same way.

Whoever builds a node may trust it: the parser in :mod:`leadline.model.conditions` has checked names,
types and limits before. Nothing here knows an engine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Type(StrEnum):
    """What a value of the language can be. A `time` is an instant, in microseconds since 1970 UTC."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TIME = "time"
    NULL = "null"  # the literal null, which goes with every type


class Kind(StrEnum):
    """Where the value of a name comes from."""

    PROPERTY = "property"  # of an event
    FIELD = "field"  # of a lead
    MEASURE = "measure"  # computed of a lead at T: fit, intent, hand_raised …
    CRITERION = "criterion"  # a criterion's state: yes, no, unknown


@dataclass(frozen=True)
class Literal:
    value: str | float | bool | int | None
    type: Type


@dataclass(frozen=True)
class Name:
    name: str
    kind: Kind
    type: Type


@dataclass(frozen=True)
class And:
    items: tuple[Expr, ...]
    type: Type = Type.BOOLEAN


@dataclass(frozen=True)
class Or:
    items: tuple[Expr, ...]
    type: Type = Type.BOOLEAN


@dataclass(frozen=True)
class Not:
    item: Expr
    type: Type = Type.BOOLEAN


@dataclass(frozen=True)
class Compare:
    op: str  # = <> < <= > >=
    left: Expr
    right: Expr
    type: Type = Type.BOOLEAN


@dataclass(frozen=True)
class In:
    item: Expr
    choices: tuple[Expr, ...]
    type: Type = Type.BOOLEAN


@dataclass(frozen=True)
class Between:
    item: Expr
    low: Expr
    high: Expr
    type: Type = Type.BOOLEAN


@dataclass(frozen=True)
class Like:
    """`pattern` is a constant: `%` is any text, `_` any one code point, nothing escapes them."""

    item: Expr
    pattern: str
    fold: bool  # ilike
    type: Type = Type.BOOLEAN


@dataclass(frozen=True)
class IsNull:
    item: Expr
    type: Type = Type.BOOLEAN


@dataclass(frozen=True)
class Arith:
    """A result that is not finite is null, and so is a division by zero."""

    op: str  # + - * /
    left: Expr
    right: Expr
    type: Type = Type.NUMBER


@dataclass(frozen=True)
class Neg:
    item: Expr
    type: Type = Type.NUMBER


@dataclass(frozen=True)
class Call:
    """`function` is one of :data:`FUNCTIONS`; `type` is what it gives."""

    function: str
    args: tuple[Expr, ...]
    type: Type


Expr = Literal | Name | And | Or | Not | Compare | In | Between | Like | IsNull | Arith | Neg | Call

TRUE = Literal(True, Type.BOOLEAN)

FUNCTIONS: dict[str, tuple[tuple[Type, ...], Type]] = {
    "lower": ((Type.TEXT,), Type.TEXT),
    "upper": ((Type.TEXT,), Type.TEXT),
    "length": ((Type.TEXT,), Type.NUMBER),
    "starts_with": ((Type.TEXT, Type.TEXT), Type.BOOLEAN),
    "ends_with": ((Type.TEXT, Type.TEXT), Type.BOOLEAN),
    "contains": ((Type.TEXT, Type.TEXT), Type.BOOLEAN),
    "abs": ((Type.NUMBER,), Type.NUMBER),
    "days_since": ((Type.TIME,), Type.NUMBER),
}
"""Name -> types in, type out. `coalesce` takes any number of one type and is checked by itself."""


def children(node: Expr) -> tuple[Expr, ...]:
    """The nodes right below `node`, in reading order."""
    match node:
        case And(items) | Or(items):
            return items
        case Not(item) | IsNull(item) | Neg(item):
            return (item,)
        case Like(item):
            return (item,)
        case Compare(_, left, right) | Arith(_, left, right):
            return (left, right)
        case In(item, choices):
            return (item, *choices)
        case Between(item, low, high):
            return (item, low, high)
        case Call(_, args):
            return args
    return ()


def walk(node: Expr) -> Iterator[Expr]:
    """`node` and all below it, parents first."""
    yield node
    for child in children(node):
        yield from walk(child)


def names(node: Expr, kind: Kind | None = None) -> list[str]:
    """The names that `node` reads, each once, in reading order; of one `kind` where given."""
    found = {n.name: None for n in walk(node) if isinstance(n, Name) and kind in (None, n.kind)}
    return list(found)


def text_of(node: Expr) -> str:
    """The condition written out in one way only: what two layouts of the same condition share.

    >>> text_of(Compare(">=", Name("fit", Kind.MEASURE, Type.NUMBER), Literal(50.0, Type.NUMBER)))
    'fit >= 50'
    """
    return _text(node, 0)


# How tightly each binds: what stands inside something tighter gets parentheses.
_OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _SIGN = range(1, 8)


def _text(node: Expr, around: int) -> str:
    match node:
        case Literal(value, type_):
            return literal_text(value, type_)
        case Name(name):
            return name if name.isidentifier() else f'"{name}"'
        case Or(items):
            return _wrap(" or ".join(_text(i, _OR + 1) for i in items), _OR, around)
        case And(items):
            return _wrap(" and ".join(_text(i, _AND + 1) for i in items), _AND, around)
        case Not(In(item, choices)):
            listed = ", ".join(_text(c, 0) for c in choices)
            return _wrap(f"{_text(item, _SUM)} not in ({listed})", _COMPARE, around)
        case Not(Between(item, low, high)):
            inside = f"{_text(item, _SUM)} not between {_text(low, _SUM)} and {_text(high, _SUM)}"
            return _wrap(inside, _COMPARE, around)
        case Not(Like(item, pattern, fold)):
            word = "ilike" if fold else "like"
            return _wrap(f"{_text(item, _SUM)} not {word} {quote(pattern)}", _COMPARE, around)
        case Not(IsNull(item)):
            return _wrap(f"{_text(item, _SUM)} is not null", _COMPARE, around)
        case Not(item):
            return _wrap(f"not {_text(item, _NOT)}", _NOT, around)
        case Compare(op, left, right):
            return _wrap(f"{_text(left, _SUM)} {op} {_text(right, _SUM)}", _COMPARE, around)
        case In(item, choices):
            listed = ", ".join(_text(c, 0) for c in choices)
            return _wrap(f"{_text(item, _SUM)} in ({listed})", _COMPARE, around)
        case Between(item, low, high):
            inside = f"{_text(item, _SUM)} between {_text(low, _SUM)} and {_text(high, _SUM)}"
            return _wrap(inside, _COMPARE, around)
        case Like(item, pattern, fold):
            word = "ilike" if fold else "like"
            return _wrap(f"{_text(item, _SUM)} {word} {quote(pattern)}", _COMPARE, around)
        case IsNull(item):
            return _wrap(f"{_text(item, _SUM)} is null", _COMPARE, around)
        case Arith(op, left, right):
            level = _SUM if op in "+-" else _PRODUCT
            # floating point is not associative: a + (b + c) keeps its parentheses
            return _wrap(f"{_text(left, level)} {op} {_text(right, level + 1)}", level, around)
        case Neg(item):
            return _wrap(f"- {_text(item, _SIGN)}", _SIGN, around)
        case Call(function, args):
            return f"{function}({', '.join(_text(a, 0) for a in args)})"
    raise TypeError(f"not a condition: {node!r}")


def _wrap(text: str, level: int, around: int) -> str:
    return f"({text})" if level < around else text


def literal_text(value: object, type_: Type) -> str:
    """A constant as the language writes it."""
    if value is None:
        return "null"
    if type_ is Type.BOOLEAN:
        return "true" if value else "false"
    if type_ is Type.NUMBER:
        return number_text(float(value))  # type: ignore[arg-type]
    if type_ is Type.TIME:
        from leadline.model.values import time_text

        return quote(time_text(int(value)))  # type: ignore[call-overload]
    return quote(str(value))


def number_text(value: float) -> str:
    """A number in its shortest form that reads back the same: 12, not 12.0."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def quote(text: str) -> str:
    """A text in the quotes of the language."""
    return "'" + text.replace("'", "''") + "'"
