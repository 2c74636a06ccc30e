"""Whether two signals can never take the same event: then one pass counts them both.

Sound, not complete: True is certain. It sees what models are made of, an event's name and the exact text
or the start that a property must have.
"""

from __future__ import annotations

from leadline.model import expr
from leadline.model.shape import Signal

Demand = tuple[str, bool]  # a text, and whether the property only has to start with it
Demands = dict[str, frozenset[Demand]]  # property -> the texts of which it must have one


def exclusive(one: Signal, other: Signal) -> bool:
    """Whether no event can be of both."""
    if one.event != other.event:
        return True
    if one.where is None or other.where is None:
        return False
    ours, theirs = _demands(one.where), _demands(other.where)
    return any(
        all(_apart(a, b) for a in ours[name] for b in theirs[name]) for name in ours.keys() & theirs.keys()
    )


def _apart(a: Demand, b: Demand) -> bool:
    """Whether no text fulfils both."""
    (text, start), (other, other_start) = a, b
    if start and other_start:
        return not (text.startswith(other) or other.startswith(text))
    if start:
        return not other.startswith(text)
    if other_start:
        return not text.startswith(other)
    return text != other


def _demands(where: expr.Expr) -> Demands:
    """What a property must be where the condition is true."""
    match where:
        case expr.Compare("=", expr.Name(name), expr.Literal(str() as text)):
            return {name: frozenset({(text, False)})}
        case expr.In(expr.Name(name), choices) if all(isinstance(c, expr.Literal) for c in choices):
            texts = [c.value for c in choices if isinstance(c, expr.Literal) and isinstance(c.value, str)]
            return {name: frozenset((t, False) for t in texts)}
        case expr.Call("starts_with", (expr.Name(name), expr.Literal(str() as text))):
            return {name: frozenset({(text, True)})}
        case expr.Like(expr.Name(name), pattern, False):
            fixed = pattern[: min(i for i in (*map(pattern.find, "%_"), len(pattern)) if i >= 0)]
            return {name: frozenset({(fixed, fixed != pattern)})}
        case expr.And(items):
            found: Demands = {}
            for item in items:
                found = {**_demands(item), **found}
            return found
        case expr.Or(items):
            each = [_demands(item) for item in items]
            common = set(each[0]).intersection(*each[1:])
            return {name: frozenset().union(*(d[name] for d in each)) for name in common}
    return {}
