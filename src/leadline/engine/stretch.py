"""One lead over a stretch of time in which no fact begins or ceases to count: all that still moves is
`intent`, which decays, and `days_since`. What is the same at every instant of it is found once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from leadline.engine.arithmetic import CRITERION_STATES
from leadline.engine.evaluate import Value, properties_of
from leadline.engine.outcomes import Names, Outcome, Range, moves, outcomes
from leadline.engine.reference import (
    Columns,
    Judged,
    LeadFacts,
    Row,
    band_of,
    criterion_values,
    event_names,
    latest_traits,
    next_question,
    signal_cents,
    typed,
)
from leadline.engine.stepping import Standing, next_standing
from leadline.engine.zones import local_day
from leadline.model import expr
from leadline.model.expr import Expr
from leadline.model.shape import DECISIONS, Criterion, Model, Signal, Step, cents_of


class UnsureError(Exception):
    """As far as can be told without a look at each instant, it may differ within the stretch."""


def surely(condition: Expr, names: Names, first: int, last: int) -> Outcome:
    """What a condition comes to at every instant from `first` to `last`."""
    found = outcomes(condition, names, first, last)
    if len(found) > 1:
        raise UnsureError
    return next(iter(found))


def holds_throughout(condition: Expr, names: Names, first: int, last: int) -> bool:
    """Whether it holds at every instant, or at none."""
    found = {outcome is True for outcome in outcomes(condition, names, first, last)}
    if len(found) > 1:
        raise UnsureError
    return found.pop()


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
    """Judged alike at every instant from `at` to `last`; `intent` may be a range."""

    last: int
    intent: Value | Range

    def holds(self, condition: Expr, hand_raised: bool) -> bool:
        names: Names = {**self.fields, **self.measures, "intent": self.intent, "hand_raised": hand_raised}
        return holds_throughout(condition, names, self.at, self.last)


class Sightings:
    """A lead's facts, and of its events those that each signal and step looks for, found once.

    Where a `where` reads `days_since`, its events stand here by their name alone.
    """

    def __init__(self, model: Model, facts: LeadFacts, columns: Columns):
        self.model, self.facts, self.columns = model, facts, columns
        there = (e for e in facts.events if not e["void"])
        self.events = sorted(there, key=lambda e: (e["t"], e["event_id"]))
        self.of_signal = {s.id: self._events_of(s) for s in model.intent.signals}
        self.of_step = {s.step: self._events_of(s) for s in model.journey}
        zone = ZoneInfo(model.timezone)
        limited = (s for s in model.intent.signals if s.max_per_day is not None)
        self.day = {id(e): local_day(zone, e["t"]) for s in limited for e in self.of_signal[s.id]}
        decisive = {*DECISIONS, *(s.event for s in model.lifecycle.stages if s.event)}
        self.decisive = [e for e in self.events if e["event"] in decisive]

    @cached_property
    def wanted(self) -> list[Row]:
        """The events that a model wants to know of: all where a condition asks when a lead was seen."""
        if _asks_when_seen(self.model):
            return self.events
        parts = [*self.of_signal.values(), *self.of_step.values(), self.decisive, self.events[:1]]
        return list({id(event): event for part in parts for event in part}.values())

    def _events_of(self, part: Signal | Step) -> list[Row]:
        named = [e for e in self.events if e["event"] == part.event]
        if part.where is None or moves(part.where):
            return named
        return [e for e in named if self.matches(e, part.where, 0, 0)]

    def matches(self, event: Row, where: Expr, first: int, last: int) -> bool:
        names = event_names(self.model, event, self.columns, properties_of(where))
        return holds_throughout(where, names, first, last)


def _asks_when_seen(model: Model) -> bool:
    """Whether `first_seen` or `last_seen` is read in a condition."""
    stages = (tree for stage in model.lifecycle.stages for tree in (stage.enter, stage.leave))
    trees = (tree for tree in (*stages, *(q.when for q in model.quality)) if tree is not None)
    return any(name in ("first_seen", "last_seen") for tree in trees for name in expr.names(tree))


class Stretch:
    """The judgement of a lead from `first` on, for as long as no fact begins or ceases to count."""

    def __init__(self, sightings: Sightings, first: int, state: Standing | None):
        self.seen, self.model, self.first, self.state = sightings, sightings.model, first, state
        self.known = latest_traits(self.model, sightings.facts, sightings.columns, first)
        self.fields = {f.name: typed(self.model, f.name, self.known) for f in self.model.fields}
        self.decisive = [e for e in sightings.decisive if e["t"] <= first]

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
            "journey": self._journey(first, last),
            "hand_raised": any(kept[s.id] for s in model.intent.signals if s.hand_raise),
            "disqualified": disqualified,
            "next_question": next_question(model, criteria, self.known, first),
            "probability": None,
            "band": band.pop(),
        }
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
        instants = [e["t"] for e in self.seen.events if e["t"] <= self.first]
        return {
            "first_seen": instants[0] if instants else None,
            "last_seen": instants[-1] if instants else None,
        }

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

    def _kept(self, first: int, last: int) -> dict[str, list[Row]]:
        return {s.id: self._kept_of(s, first, last) for s in self.model.intent.signals}

    def _kept_of(self, signal: Signal, first: int, last: int) -> list[Row]:
        if signal.where is not None and moves(signal.where):
            return self._first_of_days(signal, [
                e for e in self._in_window(signal) if self.seen.matches(e, signal.where, first, last)
            ])  # fmt: skip
        return self._still(("kept", signal.id), lambda: self._first_of_days(signal, self._in_window(signal)))

    def _in_window(self, signal: Signal) -> list[Row]:
        window, at = signal.window, self.first
        there = (e for e in self.seen.of_signal[signal.id] if e["t"] <= at)
        return [e for e in there if window is None or e["t"] > at - window]

    def _first_of_days(self, signal: Signal, events: list[Row]) -> list[Row]:
        if signal.max_per_day is None:
            return events
        kept, of_day = [], dict.fromkeys(self.seen.day.values(), 0)
        for event in events:
            day = self.seen.day[id(event)]
            of_day[day] += 1
            if of_day[day] <= signal.max_per_day:
                kept.append(event)
        return kept

    def _intent(self, kept: dict[str, list[Row]], first: int, last: int) -> Value | Range:
        """Each signal's points only shrink, so its value lies between those at the ends."""
        low = high = 0
        for signal in self.model.intent.signals:
            events = kept[signal.id]
            if events:
                ends = [
                    signal_cents(signal, events, at)
                    for at in ({first, last} if signal.half_life else {first})
                ]
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

    def _journey(self, first: int, last: int) -> str | None:
        for step in reversed(self.model.journey):
            there = (e for e in self.seen.of_step[step.step] if e["t"] <= self.first)
            where = step.where if step.where is not None and moves(step.where) else None
            if any(where is None or self.seen.matches(e, where, first, last) for e in there):
                return step.step
        return None

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
