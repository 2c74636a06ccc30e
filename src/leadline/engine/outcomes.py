"""What a condition can come to while time passes and no fact is added: its outcomes over a stretch of time.

Three things in the language move by themselves: `intent`, which decays, `days_since`, and `probability`,
which hangs on them. Over a stretch each is a range; sums, comparisons and logic carry ranges through. The
answer may hold an outcome too many (`intent < 5 and intent > 5` is thought possible), never one too few.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import product

from leadline.engine.arithmetic import days
from leadline.engine.evaluate import Value, compiled, once_for_each
from leadline.model import expr
from leadline.model.expr import Expr, Type

_MOST = sys.float_info.max
_MOVING = ("intent", "probability")


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`, both possible; or null, if `null`. Without `low` it is null for sure."""

    low: float | None
    high: float | None
    null: bool = False


Outcome = bool | None
Outcomes = frozenset[Outcome]
Names = Mapping[str, Value | Range]
NULL = Range(None, None, True)
_ANY = Range(-_MOST, _MOST, True)


@once_for_each
def moves(node: Expr) -> bool:
    """Whether time alone can change what a condition comes to."""
    return any(
        (isinstance(n, expr.Name) and n.kind is expr.Kind.MEASURE and n.name in _MOVING)
        or (isinstance(n, expr.Call) and n.function == "days_since")
        for n in expr.walk(node)
    )


def outcomes(node: Expr, names: Names, first: int, last: int) -> Outcomes:
    """What a condition can come to at the instants from `first` to `last`, both included."""
    if first == last or not moves(node):
        return frozenset({compiled(node)(names, first)})  # type: ignore[arg-type]
    return truths(node)(names, first, last)


@once_for_each
def truths(node: Expr) -> Callable[[Names, int, int], Outcomes]:
    """The outcomes of a boolean expression as a function of names and stretch."""
    if not moves(node):
        exact = compiled(node)
        return lambda names, first, last: frozenset({exact(names, first)})  # type: ignore[arg-type]
    match node:
        case expr.And(items):
            return _joined([truths(i) for i in items], _and)
        case expr.Or(items):
            return _joined([truths(i) for i in items], _or)
        case expr.Not(item):
            return _joined([truths(item)], lambda values: None if values[0] is None else not values[0])
        case expr.Compare(op, left, right):
            return _compare(op, left, right)
        case expr.In(item, choices):
            return _joined([_compare("=", item, choice) for choice in choices], _or)
        case expr.Between(item, low, high):
            return _joined([_compare("<=", low, item), _compare("<=", item, high)], _and)
        case expr.IsNull(item):
            return _is_null(item)
        case expr.Call("coalesce", args):
            return _joined([truths(a) for a in args], lambda v: next((x for x in v if x is not None), None))
    raise TypeError(f"not a condition that moves: {node!r}")


def _joined(
    parts: list[Callable[[Names, int, int], Outcomes]], function: Callable[[tuple[Outcome, ...]], Outcome]
) -> Callable[[Names, int, int], Outcomes]:
    """All that comes of all combinations; one by one, so that they stay few."""
    if function in (_and, _or):

        def fold(names: Names, first: int, last: int) -> Outcomes:
            found = frozenset({function is _and})
            for part in parts:
                found = frozenset(map(function, product(found, part(names, first, last))))
            return found

        return fold
    return lambda names, first, last: frozenset(
        map(function, product(*(p(names, first, last) for p in parts)))
    )


def _and(values: Iterable[Outcome]) -> Outcome:
    values = tuple(values)
    return False if False in values else None if None in values else True


def _or(values: Iterable[Outcome]) -> Outcome:
    values = tuple(values)
    return True if True in values else None if None in values else False


def _compare(op: str, left: Expr, right: Expr) -> Callable[[Names, int, int], Outcomes]:
    if Type.BOOLEAN in (left.type, right.type):
        same = {"=": lambda a, b: a == b, "<>": lambda a, b: a != b}.get(op)
        ordered = {"<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b}
        holds = same or ordered.get(op) or (lambda a, b: a >= b)
        return _joined([truths(left), truths(right)], lambda v: None if None in v else holds(*v))
    a, b = numbers(left), numbers(right)

    def test(names: Names, first: int, last: int) -> Outcomes:
        return frozenset(_compared(op, a(names, first, last), b(names, first, last)))

    return test


def _compared(op: str, a: Range, b: Range) -> Iterable[Outcome]:
    if a.null or b.null:
        yield None
    if a.low is None or b.low is None or a.high is None or b.high is None:
        return
    if op in ("=", "<>"):
        apart = a.high < b.low or b.high < a.low
        one = a.low == a.high == b.low == b.high
        yield from ([] if apart else [op == "="])
        yield from ([] if one else [op == "<>"])
        return
    if op in (">", ">="):
        a, b, op = b, a, {">": "<", ">=": "<="}[op]
        assert a.low is not None
        assert a.high is not None
        assert b.low is not None
        assert b.high is not None
    strict = op == "<"
    if a.low < b.high or (not strict and a.low == b.high):
        yield True
    if a.high > b.low or (strict and a.high == b.low):
        yield False


def _is_null(item: Expr) -> Callable[[Names, int, int], Outcomes]:
    if item.type is Type.BOOLEAN:
        return _joined([truths(item)], lambda v: v[0] is None)
    number = numbers(item)

    def test(names: Names, first: int, last: int) -> Outcomes:
        value = number(names, first, last)
        return frozenset(({True} if value.null else set()) | ({False} if value.low is not None else set()))

    return test


@once_for_each
def numbers(node: Expr) -> Callable[[Names, int, int], Range]:
    """The range of a numeric expression as a function of names and stretch."""
    if not moves(node):
        exact = compiled(node)
        return lambda names, first, last: _exactly(exact(names, first))  # type: ignore[arg-type]
    match node:
        case expr.Name(name):
            return lambda names, first, last: _exactly(names[name])
        case expr.Call("days_since", (item,)):
            since = compiled(item)
            return lambda names, first, last: _days(since(names, first), first, last)  # type: ignore[arg-type]
        case expr.Arith(op, left, right):
            a, b = numbers(left), numbers(right)
            return lambda names, first, last: _arith(op, a(names, first, last), b(names, first, last))
        case expr.Neg(item):
            a = numbers(item)
            return lambda names, first, last: _arith("-", Range(0.0, 0.0), a(names, first, last))
        case expr.Call("abs", (item,)):
            a = numbers(item)
            return lambda names, first, last: _abs(a(names, first, last))
        case expr.Call("coalesce", args):
            parts = [numbers(a) for a in args]
            return lambda names, first, last: _first([p(names, first, last) for p in parts])
    raise TypeError(f"not a number that moves: {node!r}")


def _exactly(value: Value | Range) -> Range:
    if isinstance(value, Range):
        return value
    return NULL if value is None else Range(float(value), float(value))  # type: ignore[arg-type]


def _days(since: Value, first: int, last: int) -> Range:
    return NULL if since is None else Range(days(first - since), days(last - since))  # type: ignore[operator]


def _arith(op: str, a: Range, b: Range) -> Range:
    """Rounding keeps order, so the corners bound all that is between them."""
    if a.low is None or b.low is None or a.high is None or b.high is None:
        return NULL
    if op == "/" and b.low <= 0 <= b.high:
        return NULL if b.low == b.high else _ANY
    apply = _SUMS[op]
    corners = [apply(x, y) for x in (a.low, a.high) for y in (b.low, b.high)]
    low, high = min(corners), max(corners)
    if low > _MOST or high < -_MOST:
        return NULL
    over = low < -_MOST or high > _MOST  # what is not finite is null
    return Range(max(low, -_MOST), min(high, _MOST), a.null or b.null or over)


_SUMS: dict[str, Callable[[float, float], float]] = {
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
    "/": lambda x, y: x / y,
}


def _abs(a: Range) -> Range:
    if a.low is None or a.high is None:
        return NULL
    ends = (abs(a.low), abs(a.high))
    return Range(0.0 if a.low <= 0 <= a.high else min(ends), max(ends), a.null)


def _first(parts: list[Range]) -> Range:
    """Of `coalesce`: the first that is not null."""
    lows, highs = [], []
    for part in parts:
        if part.low is not None and part.high is not None:
            lows.append(part.low)
            highs.append(part.high)
        if not part.null:
            return Range(min(lows), max(highs))
    return Range(min(lows), max(highs), True) if lows else NULL
