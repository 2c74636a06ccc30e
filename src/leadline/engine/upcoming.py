"""When a lead may be judged otherwise by time alone.

Between two instants at which a fact begins or ceases to count, only decay and `days_since` move. Such a
stretch is halved until it is known of each piece that all of it is judged alike, or until a single instant
is left, which is judged exactly: so the first change is found to the microsecond, whatever the conditions.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property

from leadline.engine.reference import Columns, LeadFacts
from leadline.engine.sightings import Sightings, UnsureError
from leadline.engine.stepping import Standing
from leadline.engine.stretch import Matters, Stretch
from leadline.model import expr
from leadline.model.shape import SENT_BACK, Model
from leadline.model.values import DAY, LATEST

_PATIENCE = 400  # looks, before an instant is given that is early, to be asked again from there
_STRETCHES = 8  # that a rough search looks through
_CLOSE = 64  # a rough answer is early by at most this part of the way
_FAR = 64 * DAY


class Upcoming:
    """The changes to come of one lead."""

    def __init__(self, model: Model, facts: LeadFacts, columns: Columns):
        self.model = model
        self.seen = Sightings(model, facts, columns)

    def first(
        self,
        after: int,
        state: Standing | None,
        *,
        was: Matters | None = None,
        before: int = LATEST,
        roughly: bool = False,
    ) -> int | None:
        """The first instant after `after` at which something that matters may differ; None for never.

        `state` is where the lead stands once it was judged at `after`, and `was` what was found there, if it
        is known. The search ends at `before`. `roughly` saves looks where new facts may well come first: the
        answer may be early, by no more than a small part of the way there, and only so much is searched.
        """
        was = was or self._as_it_stands(after, state)
        patience = _PATIENCE
        for number, (begin, end) in enumerate(self._stretches(after, before)):
            if roughly and number >= _STRETCHES:
                return begin
            stretch = Stretch(self.seen, begin, state)
            pieces = [(begin, end)]
            while pieces:
                first, last = pieces.pop()
                if not patience:
                    return first
                patience -= 1
                now = _alike(stretch, first, last)
                if now is None and roughly and last - first <= (first - after) // _CLOSE:
                    return first
                if now is None:
                    middle = first + _part(last - first)
                    pieces += [(middle + 1, last), (first, middle)]
                elif now != was:
                    return first
        return None

    def instants(self) -> list[int]:
        """When a fact begins to count of which the model wants to know, in order."""
        return sorted(set(self._appearing()))

    def _as_it_stands(self, at: int, state: Standing | None) -> Matters:
        found = Stretch(self.seen, at, state).matters(at, at)
        return found if state is None else found.in_stage(state.stage)

    def _stretches(self, after: int, before: int) -> Iterator[tuple[int, int]]:
        """From just after an instant to the end, cut where facts begin or cease to count."""
        begin = after + 1
        turns = self._turns
        for at in range(bisect_right(turns, begin), bisect_right(turns, before)):
            yield begin, turns[at] - 1
            begin = turns[at]
        if begin <= before:
            yield begin, before

    @cached_property
    def _turns(self) -> list[int]:
        return sorted({*self._appearing(), *self._ceasing(), *self._stale(), *self._rested()})

    def _appearing(self) -> Iterator[int]:
        facts, declared = self.seen.facts, {f.name for f in self.model.fields}
        yield from (event["t"] for event in self.seen.wanted)
        yield from (row["t"] for row in facts.traits if row["field"] in declared)
        yield from (row["t"] for row in facts.leads if row["t"] is not None)

    def _ceasing(self) -> Iterator[int]:
        for signal in self.model.intent.signals:
            if signal.window is not None:
                yield from (t + signal.window for t in self.seen.of_signal[signal.id].times)

    def _rested(self) -> Iterator[int]:
        for event in self.seen.decisions.rows:
            if event["event"] in SENT_BACK:
                until = event["until"]
                yield until if until is not None else event["t"] + self.model.lifecycle.cooldown

    def _stale(self) -> Iterator[int]:
        facts = self.seen.facts
        for criterion in self.model.criteria:
            if criterion.valid_for is None:
                continue
            trees = [tree for tree in (criterion.yes_if, criterion.no_if) if tree is not None]
            read = {name for tree in trees for name in expr.names(tree)}
            told = [row["t"] for row in facts.traits if row["field"] in read]
            dated = (row["t"] for row in facts.leads if row["t"] is not None)
            yield from (t + criterion.valid_for + 1 for t in (*told, *dated))


def _alike(stretch: Stretch, first: int, last: int) -> Matters | None:
    try:
        return stretch.matters(first, last)
    except UnsureError:
        return None


def _part(length: int) -> int:
    """Where to cut: in the middle, but nearer where the end is far, since what decays is soon gone."""
    return length // 2 if length <= _FAR else length // 16
