"""A condition as a plain Python function: the reference meaning of the language.

Values are str, float, bool, int microseconds, or None for null.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import TypeVar

from leadline.engine.arithmetic import days, simple_lower, simple_upper
from leadline.model import expr
from leadline.model.expr import Expr, Kind, Type
from leadline.model.values import BLANK, read_boolean, read_number, read_time

Value = str | float | bool | int | None
Names = Mapping[str, Value]
Test = Callable[[Names, int], Value]
"""Of the values of names, and the instant T."""
Known = TypeVar("Known")
_MOST = 4096  # conditions remembered

_COMPARE: dict[str, Callable[..., bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
_CALLS: dict[str, Callable[..., Value]] = {
    "lower": simple_lower,
    "upper": simple_upper,
    "length": lambda text: float(len(text)),
    "starts_with": lambda text, start: text.startswith(start),
    "ends_with": lambda text, end: text.endswith(end),
    "contains": lambda text, part: part in text,
    "abs": abs,
}


def once_for_each(function: Callable[[Expr], Known]) -> Callable[[Expr], Known]:
    """Remembers what `function` gave for a condition.

    Conditions are told apart by identity: to hash or compare one is to walk through it, which would cost
    more than most of what is asked here.
    """
    known: dict[int, tuple[Expr, Known]] = {}

    @wraps(function)
    def remembered(node: Expr) -> Known:
        found = known.get(id(node))
        if found is None:
            if len(known) >= _MOST:
                known.clear()
            found = known[id(node)] = (node, function(node))  # held, so that no other gets its id
        return found[1]

    return remembered


@once_for_each
def properties_of(node: Expr) -> list[str]:
    """The event properties that a condition reads."""
    return expr.names(node, Kind.PROPERTY)


@once_for_each
def compiled(node: Expr) -> Test:
    """The function of a condition. Null goes through everything except `is null`, `and`, `or`, `coalesce`."""
    match node:
        case expr.Literal(value):
            return lambda names, at: value
        case expr.Name(name):
            return lambda names, at: names[name]
        case expr.And(items):
            return _all([compiled(i) for i in items])
        case expr.Or(items):
            return _any([compiled(i) for i in items])
        case expr.Not(item):
            return _strict(lambda value: not value, item)
        case expr.Compare(op, left, right):
            return _strict(_COMPARE[op], left, right)
        case expr.In(item, choices):
            return _in(compiled(item), [compiled(c) for c in choices])
        case expr.Between(item, low, high):
            return compiled(expr.And((expr.Compare("<=", low, item), expr.Compare("<=", item, high))))
        case expr.Like(item, pattern, fold):
            return _like(item, pattern, fold)
        case expr.IsNull(item):
            test = compiled(item)
            return lambda names, at: test(names, at) is None
        case expr.Arith(op, left, right):
            return _strict(lambda a, b: _arithmetic(op, a, b), left, right)
        case expr.Neg(item):
            return _strict(lambda value: -value, item)
        case expr.Call("coalesce", args):
            return _coalesce([compiled(a) for a in args])
        case expr.Call("days_since", (item,)):
            test = compiled(item)
            return lambda names, at: None if (since := test(names, at)) is None else days(at - since)
        case expr.Call(function, args):
            return _strict(_CALLS[function], *args)
    raise TypeError(f"not a condition: {node!r}")


def _strict(function: Callable[..., Value], *args: Expr) -> Test:
    """Null where any argument is null."""
    tests = [compiled(a) for a in args]

    def test(names: Names, at: int) -> Value:
        values = [t(names, at) for t in tests]
        return None if None in values else function(*values)

    return test


def _all(tests: list[Test]) -> Test:
    def test(names: Names, at: int) -> Value:
        result: bool | None = True
        for one in tests:
            value = one(names, at)
            if value is False:
                return False
            result = None if value is None else result
        return result

    return test


def _any(tests: list[Test]) -> Test:
    def test(names: Names, at: int) -> Value:
        result: bool | None = False
        for one in tests:
            value = one(names, at)
            if value is True:
                return True
            result = None if value is None else result
        return result

    return test


def _in(item: Test, choices: list[Test]) -> Test:
    def test(names: Names, at: int) -> Value:
        value = item(names, at)
        if value is None:
            return None
        found = [c(names, at) for c in choices]
        if any(f is not None and f == value for f in found):
            return True
        return None if None in found else False

    return test


def _coalesce(tests: list[Test]) -> Test:
    return lambda names, at: next((v for t in tests if (v := t(names, at)) is not None), None)


def _like(item: Expr, pattern: str, fold: bool) -> Test:
    wanted = simple_lower(pattern) if fold else pattern
    shape = "".join(".*" if c == "%" else "." if c == "_" else re.escape(c) for c in wanted)
    regex = re.compile(shape, re.DOTALL)
    fold_text = simple_lower if fold else str
    return _strict(lambda text: regex.fullmatch(fold_text(text)) is not None, item)


def _arithmetic(op: str, a: float, b: float) -> float | None:
    if op == "/" and b == 0:
        return None
    result = {"+": a + b, "-": a - b, "*": a * b}[op] if op != "/" else a / b
    return result if math.isfinite(result) else None


_READERS: dict[Type, Callable[[str], Value]] = {
    Type.NUMBER: read_number,
    Type.BOOLEAN: read_boolean,
    Type.TIME: read_time,
}


def read_as(value: Value, kind: str, type_: Type) -> Value:
    """A raw value, stored as `kind`, as its declared type; None where it is empty or does not read."""
    if value is None or kind == type_:
        return _finite(value) if kind != "text" else _not_blank(value)
    if kind == "text":
        return _READERS[type_](str(value))
    return _READERS[type_](_as_text(value, kind)) if type_ is not Type.TEXT else _as_text(value, kind)


def _not_blank(value: Value) -> Value:
    return None if value is None or not str(value).strip(BLANK) else value


def _finite(value: Value) -> Value:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _as_text(value: Value, kind: str) -> str:
    """A typed value where the model reads a text, or another type by way of its text."""
    from leadline.model.values import time_text

    if kind == "boolean":
        return "true" if value else "false"
    if kind == "time":
        return time_text(int(value))  # type: ignore[arg-type]
    return expr.number_text(float(value))  # type: ignore[arg-type]
