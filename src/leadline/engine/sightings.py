"""A lead's facts laid out to be judged at many instants: what these share is found once."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property

from leadline.engine.evaluate import properties_of
from leadline.engine.occurrences import Kept, Occurrences
from leadline.engine.outcomes import Names, Outcome, moves, outcomes
from leadline.engine.reference import (
    Columns,
    Fact,
    Judged,
    LeadFacts,
    Row,
    Seen,
    event_names,
    measured,
    told,
)
from leadline.model import expr
from leadline.model.expr import Expr
from leadline.model.shape import DECISIONS, Model, Signal, Step

_ALWAYS = -(1 << 63)  # the instant of what is known without one
_MOST_KNOWN = 4096


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
        keys = [self.columns.properties[name][0] for name in properties_of(part.where)]
        known: dict[tuple, bool] = {}  # of events that are alike one is looked at

        def found(event: Row) -> bool:
            values = tuple(event[key] for key in keys)
            if values not in known:
                if len(known) >= _MOST_KNOWN:
                    known.clear()
                known[values] = self.matches(event, part.where, 0, 0)  # type: ignore[arg-type]
            return known[values]

        return [e for e in named if found(e)]

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
    """Whether `first_seen` or `last_seen` is read in a condition, or by the predictor."""
    stages = (tree for stage in model.lifecycle.stages for tree in (stage.enter, stage.leave))
    inputs = model.predicting.trees if model.predicting else ()
    trees = (tree for tree in (*stages, *(q.when for q in model.quality), *inputs) if tree is not None)
    return any(name in ("first_seen", "last_seen") for tree in trees for name in expr.names(tree))
