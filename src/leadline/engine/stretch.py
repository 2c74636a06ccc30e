"""One lead over a stretch of time in which no fact begins or ceases to count: all that still moves is
`intent`, which decays, `days_since`, and a probability that hangs on them. What is the same at every instant
of it is found once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from leadline.engine.arithmetic import CRITERION_STATES
from leadline.engine.evaluate import Value
from leadline.engine.inputs import asks_for_probability, probability_between
from leadline.engine.occurrences import Kept
from leadline.engine.outcomes import Names, Range, moves
from leadline.engine.reference import (
    Judged,
    band_of,
    criterion_values,
    next_question,
    typed,
)
from leadline.engine.sightings import Sightings, UnsureError, holds_throughout, surely
from leadline.engine.stepping import Standing, next_standing
from leadline.model.expr import Expr
from leadline.model.shape import Criterion, Model, Signal, cents_of


@dataclass(frozen=True)
class Matters:
    """What of a judgement is acted upon; scores alone are not."""

    stage: str | None
    quality: Value
    band: Value
    disqualified: Value
    hand_raised: Value
    criteria: tuple[Value, ...]
    next_question: Value

    @classmethod
    def of(cls, model: Model, judged: Judged, stage: str | None) -> Matters:
        """What was judged at one instant."""
        found = judged.measures
        return cls(
            stage, found["quality"], found["band"], found["disqualified"], found["hand_raised"],
            tuple(found[c.name] for c in model.criteria), found["next_question"],
        )  # fmt: skip

    def in_stage(self, stage: str) -> Matters:
        return replace(self, stage=stage)


@dataclass(frozen=True)
class _Throughout(Judged):
    """Judged alike at every instant from `at` to `last`; `intent` and `probability` may be ranges."""

    last: int
    intent: Value | Range

    def holds(self, condition: Expr, hand_raised: bool) -> bool:
        names: Names = {**self.fields, **self.measures, "intent": self.intent, "hand_raised": hand_raised}
        return holds_throughout(condition, names, self.at, self.last)


class Stretch:
    """The judgement of a lead from `first` on, for as long as no fact begins or ceases to count."""

    def __init__(self, sightings: Sightings, first: int, state: Standing | None):
        self.seen, self.model, self.first, self.state = sightings, sightings.model, first, state
        self.known = sightings.known(first)
        self.fields = {f.name: typed(self.model, f.name, self.known) for f in self.model.fields}
        self.decisive = sightings.decisive(first)
        self._asks_for_probability = asks_for_probability(self.model)

    def matters(self, first: int, last: int) -> Matters:
        """What is acted upon at every instant from `first` to `last`; UnsureError where it may differ."""
        model, kept = self.model, self._kept(first, last)
        fit, disqualified = self._fit(first, last)
        intent = self._intent(kept, first, last)
        ends = (intent.low, intent.high) if isinstance(intent, Range) else (intent, intent)
        band = {band_of(model, fit / 100, end) for end in ends}  # type: ignore[arg-type]
        criteria = {c.name: self._criterion(c, first, last) for c in model.criteria}
        counted = list(criteria.values())
        if len(band) > 1:
            raise UnsureError
        measures: dict[str, Any] = {
            **self._seen,
            **criteria,
            **{f"{state}_count": float(counted.count(state)) for state in CRITERION_STATES},
            "fit": fit / 100,
            "intent": intent,
            "journey": self.seen.journey(first, last),
            "hand_raised": any(kept[s.id] for s in model.intent.signals if s.hand_raise),
            "disqualified": disqualified,
            "next_question": next_question(model, criteria, self.known, first),
            "probability": None,
            "band": band.pop(),
        }
        if self._asks_for_probability:
            names = {**self.fields, **measures}
            measures["probability"] = probability_between(model, names, kept, first, last)
        measures["quality"] = self._quality(measures, first, last)
        judged = _Throughout(
            measures, (), self.fields, self.known, {}, kept, self.decisive, first, last, intent
        )
        return Matters(
            self._stage(judged), measures["quality"], measures["band"], disqualified, measures["hand_raised"],
            tuple(counted), measures["next_question"],
        )  # fmt: skip

    @cached_property
    def _seen(self) -> dict[str, Value]:
        first, last = self.seen.first_and_last(self.first)
        return {"first_seen": first, "last_seen": last}

    def _stage(self, judged: Judged) -> str | None:
        if not self.model.lifecycle.stages:
            return None
        return next_standing(self.model, judged, self.state)[0].stage

    def _fit(self, first: int, last: int) -> tuple[int, bool]:
        cents, disqualified = 0, False
        for rule in self.model.fit.rules:
            if self._rule_holds(rule.when, first, last):
                cents += rule.cents
                disqualified |= rule.disqualify
        return _held(cents, self.model.fit.min, self.model.fit.max), disqualified

    def _rule_holds(self, when: Expr, first: int, last: int) -> bool:
        if moves(when):
            return holds_throughout(when, self.fields, first, last)
        return self._still(("rule", id(when)), lambda: holds_throughout(when, self.fields, first, first))

    def _kept(self, first: int, last: int) -> dict[str, Kept]:
        return {s.id: self._kept_of(s, first, last) for s in self.model.intent.signals}

    def _kept_of(self, signal: Signal, first: int, last: int) -> Kept:
        if signal.where is not None and moves(signal.where):
            return self.seen.kept(signal, first, last)
        return self._still(("kept", signal.id), lambda: self.seen.kept(signal, self.first, self.first))

    def _intent(self, kept: dict[str, Kept], first: int, last: int) -> Value | Range:
        """Each signal's points only shrink, so its value lies between those at the ends."""
        low = high = 0
        for signal in self.model.intent.signals:
            events = kept[signal.id]
            if events:
                ends = [events.cents(at) for at in ({first, last} if signal.half_life else {first})]
                low, high = low + min(ends), high + max(ends)
        bounds = self.model.intent
        low, high = (_held(total, bounds.min, bounds.max) for total in (low, high))
        return low / 100 if low == high else Range(low / 100, high / 100)

    def _criterion(self, criterion: Criterion, first: int, last: int) -> str:
        trees = [tree for tree in (criterion.yes_if, criterion.no_if) if tree is not None]
        if any(map(moves, trees)):
            return self._state(criterion, first, last)
        return self._still(("criterion", criterion.name), lambda: self._state(criterion, first, first))

    def _state(self, criterion: Criterion, first: int, last: int) -> str:
        names = criterion_values(self.model, criterion, self.known, first)
        if criterion.no_if is not None:
            if holds_throughout(criterion.yes_if, names, first, last):
                return "yes"
            return "no" if holds_throughout(criterion.no_if, names, first, last) else "unknown"
        return {True: "yes", False: "no", None: "unknown"}[surely(criterion.yes_if, names, first, last)]

    def _quality(self, measures: dict[str, Any], first: int, last: int) -> str | None:
        names = {**self.fields, **measures}
        held = (q.name for q in self.model.quality if holds_throughout(q.when, names, first, last))
        return next(held, None)

    @cached_property
    def _found(self) -> dict[Any, Any]:
        return {}

    def _still(self, key: Any, find: Any) -> Any:
        """What does not move, found once."""
        if key not in self._found:
            self._found[key] = find()
        return self._found[key]


def _held(cents: int, low: float | None, high: float | None) -> int:
    if low is not None and cents < cents_of(low):
        return cents_of(low)
    return cents if high is None else min(cents, cents_of(high))
