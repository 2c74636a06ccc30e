"""One lead over a stretch of time in which no fact begins or ceases to count: all that still moves is
`intent`, which decays, and `days_since`. What is the same at every instant of it is found once.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from leadline.engine.arithmetic import CRITERION_STATES
from leadline.engine.evaluate import Value, properties_of
from leadline.engine.occurrences import Kept, Occurrences
from leadline.engine.outcomes import Names, Outcome, Range, moves, outcomes
from leadline.engine.reference import (
    Columns,
    Fact,
    Judged,
    LeadFacts,
    Row,
    Seen,
    band_of,
    criterion_values,
    event_names,
    measured,
    next_question,
    told,
    typed,
)
from leadline.engine.stepping import Standing, next_standing
from leadline.model import expr
from leadline.model.expr import Expr
from leadline.model.shape import DECISIONS, Criterion, Model, Signal, Step, cents_of

_ALWAYS = -(1 << 63)  # the instant of what is known without one


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
        self.times = [e["t"] for e in self.events]
        self.of_signal = {
            s.id: Occurrences(s, self._events_of(s), model.timezone) for s in model.intent.signals
        }
        self.of_step = {s.step: self._events_of(s) for s in model.journey}
        self.decisions = _InTime([e for e in self.events if e["event"] in DECISIONS])
        reaching = {s.event for s in model.lifecycle.stages if s.event} - {*DECISIONS}
        self.reaching = [_InTime(self._named.get(name, [])) for name in sorted(reaching)]

    @cached_property
    def _named(self) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for event in self.events:
            found.setdefault(event["event"], []).append(event)
        return found

    @cached_property
    def wanted(self) -> list[Row]:
        """The events that a model wants to know of: all where a condition asks when a lead was seen."""
        if asks_when_seen(self.model):
            return self.events
        parts = [*(of.rows for of in self.of_signal.values()), *self.of_step.values(), self.events[:1]]
        parts += [self.decisions.rows, *(of.rows for of in self.reaching)]
        return list({id(event): event for part in parts for event in part}.values())

    def _events_of(self, part: Signal | Step) -> list[Row]:
        named = self._named.get(part.event, [])
        if part.where is None or moves(part.where):
            return named
        return [e for e in named if self.matches(e, part.where, 0, 0)]

    def matches(self, event: Row, where: Expr, first: int, last: int) -> bool:
        names = event_names(self.model, event, self.columns, properties_of(where))
        return holds_throughout(where, names, first, last)

    def known(self, at: int) -> dict[str, Fact]:
        """Of each field what holds at an instant."""
        latest = ((name, bisect_right(times, at)) for name, (times, _) in self._told.items())
        return {name: self._told[name][1][number - 1] for name, number in latest if number}

    @cached_property
    def _told(self) -> dict[str, tuple[list[int], list[Fact]]]:
        """Each field's facts in the order in which one takes the place of the other, and their instants."""
        found: dict[str, list[tuple[tuple, Fact]]] = {}
        for name, key, fact in told(self.model, self.facts, self.columns):
            found.setdefault(name, []).append((key, fact))
        ordered = {
            name: [fact for _, fact in sorted(of, key=lambda pair: pair[0])] for name, of in found.items()
        }
        return {name: ([_ALWAYS if f.t is None else f.t for f in of], of) for name, of in ordered.items()}

    def decisive(self, at: int) -> list[Row]:
        """The decisions up to an instant, and of each event that reaches a stage the latest."""
        reached = (of.rows[number - 1] for of in self.reaching if (number := of.until(at)))
        return [*self.decisions.rows[: self.decisions.until(at)], *reached]

    def kept(self, signal: Signal, first: int, last: int) -> Kept:
        """The events of a signal that count at every instant of a stretch; UnsureError where some may."""
        of = self.of_signal[signal.id]
        where = signal.where
        if where is not None and moves(where):
            low = 0 if signal.window is None else bisect_right(of.times, first - signal.window)
            there = of.rows[low : bisect_right(of.times, first)]
            found = [e for e in there if self.matches(e, where, first, last)]
            of = Occurrences(signal, found, self.model.timezone)
        return of.kept(first)

    def journey(self, first: int, last: int) -> str | None:
        for step in reversed(self.model.journey):
            there, where = self.of_step[step.step], step.where
            if where is None or not moves(where):
                found = bool(there) and there[0]["t"] <= first
            else:
                found = any(self.matches(e, where, first, last) for e in there if e["t"] <= first)
            if found:
                return step.step
        return None

    def judged(self, at: int) -> Judged:
        """All that the reference measures at an instant; of the events those that move a lead."""
        kept = {s.id: self.kept(s, at, at) for s in self.model.intent.signals}
        points = [entry for of in kept.values() if (entry := of.entry(at)) is not None]
        seen = Seen(
            self.known(at), kept, points, self.decisive(at), self.journey(at, at), *self.first_and_last(at)
        )
        return measured(self.model, seen, at)

    def first_and_last(self, at: int) -> tuple[int | None, int | None]:
        """When the lead was first and last seen up to an instant."""
        number = bisect_right(self.times, at)
        return (self.times[0], self.times[number - 1]) if number else (None, None)


class _InTime:
    """Rows in order of time."""

    def __init__(self, rows: list[Row]):
        self.rows, self._times = rows, [row["t"] for row in rows]

    def until(self, at: int) -> int:
        """How many there are up to an instant."""
        return bisect_right(self._times, at)


def asks_when_seen(model: Model) -> bool:
    """Whether `first_seen` or `last_seen` is read in a condition."""
    stages = (tree for stage in model.lifecycle.stages for tree in (stage.enter, stage.leave))
    trees = (tree for tree in (*stages, *(q.when for q in model.quality)) if tree is not None)
    return any(name in ("first_seen", "last_seen") for tree in trees for name in expr.names(tree))


class Stretch:
    """The judgement of a lead from `first` on, for as long as no fact begins or ceases to count."""

    def __init__(self, sightings: Sightings, first: int, state: Standing | None):
        self.seen, self.model, self.first, self.state = sightings, sightings.model, first, state
        self.known = sightings.known(first)
        self.fields = {f.name: typed(self.model, f.name, self.known) for f in self.model.fields}
        self.decisive = sightings.decisive(first)

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
