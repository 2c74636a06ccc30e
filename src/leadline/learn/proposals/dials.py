"""The thresholds in a model's conditions: found in their text and set anew; the rest of it stays."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from leadline.analysis import hand_off_stage
from leadline.model import expr
from leadline.model.document import ModelDocument, Path
from leadline.model.shape import Model

FIT, INTENT, TOTAL = "fit", "intent", "fit + intent"
_NUMBER = r"(\d+(?:\.\d+)?)"
_THRESHOLD = re.compile(
    rf"('(?:[^']|'')*')|\b(fit\s*\+\s*intent|intent\s*\+\s*fit|fit|intent)\s*(>=|<=|>|<)\s*{_NUMBER}(?![\w.])"
)
_BOTH = re.compile(
    rf"\bfit\s*>=\s*{_NUMBER}\s+and\s+intent\s*>=\s*{_NUMBER}|"
    rf"\bintent\s*>=\s*{_NUMBER}\s+and\s+fit\s*>=\s*{_NUMBER}"
)
Turn = Callable[[float], float]


@dataclass(frozen=True)
class Dial:
    """A condition's place in the file, and whether hand-offs hang on it."""

    path: Path
    deciding: bool


def dials_of(document: ModelDocument, stage: str | None = None) -> tuple[Dial, ...]:
    """All conditions that read fit or intent: of `quality`, `enter` and `leave`."""
    model = document.model
    name = hand_off_stage(model, stage)
    upto = model.lifecycle.names.index(name)
    enters = [s.enter for s in model.lifecycle.stages[1 : upto + 1] if s.enter is not None]
    said = {n.value for e in enters for n in expr.walk(e) if isinstance(n, expr.Literal)}
    found = [Dial(("quality", q.name), q.name in said) for q in model.quality]
    for i, each in enumerate(model.lifecycle.stages):
        path: Path = ("lifecycle", "stages", each.stage)
        found += [Dial((*path, "enter"), 0 < i <= upto)] if each.enter is not None else []
        found += [Dial((*path, "leave"), False)] if each.leave is not None else []
    return tuple(d for d in found if thresholds_in(str(document.get(d.path))))


def thresholds_in(text: str) -> list[tuple[str, float]]:
    """What is compared with which number, in the order of the text.

    >>> thresholds_in("fit >= 50 and intent >= 20 or note = 'fit > 3'")
    [('fit', 50.0), ('intent', 20.0)]
    """
    return [(_what(m), float(m[4])) for m in _THRESHOLD.finditer(text) if m[2]]


def turned(text: str, turns: Mapping[str, Turn]) -> str:
    """The condition with other numbers.

    >>> turned("fit >= 50 and intent >= 20", {"intent": lambda x: x + 5})
    'fit >= 50 and intent >= 25'
    """

    def put(match: re.Match[str]) -> str:
        turn = turns.get(_what(match)) if match[2] else None
        if turn is None:
            return match[0]
        return match[0][: match.start(4) - match.start()] + f"{max(0.0, turn(float(match[4]))):g}"

    return _THRESHOLD.sub(put, text)


def summed(text: str) -> str | None:
    """`fit >= a and intent >= b` as one threshold of both together; None where it does not stand there.

    >>> summed("fit >= 50 and intent >= 20 or vip = 'yes'")
    "fit + intent >= 70 or vip = 'yes'"
    """
    new, times = _BOTH.subn(lambda m: f"fit + intent >= {sum(float(x) for x in m.groups() if x):g}", text)
    return new if times else None


def asked(what: set[str]) -> str:
    """Whose thresholds are moved for more or fewer hand-offs: both scores' together, intent's or fit's."""
    return TOTAL if TOTAL in what else INTENT if INTENT in what else FIT


def moved_model(model: Model, by: float, stage: str | None = None) -> Model:
    """The same as the text moved, without reading it again."""
    name = hand_off_stage(model, stage)
    upto = model.lifecycle.names.index(name)
    stages = list(model.lifecycle.stages)
    enters = [s.enter for s in stages[1 : upto + 1] if s.enter is not None]
    said = {n.value for e in enters for n in expr.walk(e) if isinstance(n, expr.Literal)}
    deciding = [q.when for q in model.quality if q.name in said] + enters
    which = asked({w for e in deciding for n in expr.walk(e) if (w := _compared(n)) is not None})
    for i in range(1, upto + 1):
        enter = stages[i].enter
        stages[i] = replace(stages[i], enter=None if enter is None else _shifted(enter, which, by))
    quality = tuple(
        replace(q, when=_shifted(q.when, which, by)) if q.name in said else q for q in model.quality
    )
    return replace(model, quality=quality, lifecycle=replace(model.lifecycle, stages=tuple(stages)))


def _compared(node: expr.Expr) -> str | None:
    if not isinstance(node, expr.Compare) or not isinstance(node.right, expr.Literal):
        return None
    text = expr.text_of(node.left)
    return TOTAL if text in (TOTAL, "intent + fit") else text if text in (FIT, INTENT) else None


def _shifted(node: expr.Expr, which: str, by: float) -> expr.Expr:
    if isinstance(node, expr.And | expr.Or):
        return replace(node, items=tuple(_shifted(i, which, by) for i in node.items))
    if isinstance(node, expr.Not):
        return replace(node, item=_shifted(node.item, which, by))
    if _compared(node) == which:
        assert isinstance(node, expr.Compare)
        assert isinstance(node.right, expr.Literal)
        return replace(node, right=replace(node.right, value=max(0.0, float(node.right.value) + by)))
    return node


def _what(match: re.Match[str]) -> str:
    return TOTAL if "+" in match[2] else match[2]
