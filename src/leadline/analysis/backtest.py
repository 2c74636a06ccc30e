"""Two models on the same past facts: how much each hands over, who moves, and which was right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leadline.analysis import past
from leadline.analysis.handoffs import hand_off_stage, hand_offs
from leadline.analysis.movers import Movers, movers, quality_names
from leadline.analysis.outcomes import ByClass, Frame, Outcomes, class_rates, judge
from leadline.analysis.pair import Pair
from leadline.analysis.plain import plain
from leadline.analysis.verdict import Verdict, verdict
from leadline.analysis.volume import Load, Speed, Weekly, load, speed, weekly
from leadline.analysis.weeks import Weeks, day_begin_of, day_end_of
from leadline.engine.assess import Assessments, assess_facts
from leadline.engine.facts import Facts
from leadline.engine.replay import Replay, replay
from leadline.model.diff import diff
from leadline.model.shape import Goal, Model
from leadline.model.values import moment_of, time_text

if TYPE_CHECKING:
    from rich.console import Console

Progress = Callable[[int, int], None]  # leads done, leads in all, of both models


@dataclass(frozen=True)
class Side:
    """A model as it is named in a report."""

    name: str
    version: str


@dataclass(frozen=True)
class Period:
    """What was looked at. Instants are UTC, both ends included; weeks and days are those of `timezone`."""

    first: datetime
    last: datetime
    timezone: str
    leads: int


@dataclass(frozen=True)
class Backtest:
    """What a backtest found. `outcomes` is None without a goal, `load` without a known number of reps."""

    models: Pair[Side]
    period: Period
    verdict: Verdict
    changes: Sequence[str]
    weekly: Weekly
    movers: Movers
    outcomes: Outcomes | None
    load: Load | None
    speed: Pair[Speed]
    notes: Sequence[str]

    def as_dict(self) -> dict[str, Any]:
        """Everything as JSON data: instants as ISO 8601 in UTC, rates with `hits`, `n` and interval."""
        return plain(self)

    def render(self, console: Console) -> None:
        """Print it to a terminal (rich)."""
        from leadline.analysis.terminal import render

        render(self, console)

    def to_html(self) -> str:
        """One HTML page that needs nothing else: no script, no request, charts drawn in it."""
        from leadline.analysis.page import page

        return page(self)


def backtest(
    new: Model,
    old: Model,
    facts: Facts,
    *,
    first: int,
    last: int,
    progress: Progress | None = None,
    engine: str = "duckdb",
    stage: str | None = None,
    reps: int | None = None,
    known_until: int | None = None,
    seed: int = 1,
) -> Backtest:
    """Try `new` against `old` on what is known of a past period.

    `facts` are read for both models, best with :func:`rep_reader` besides. `first` and `last` are instants
    in microseconds, both included; the period begins with the day in which `first` lies, in the time zone
    of `new`. `stage` is where marketing hands over (see :func:`hand_off_stage`), `reps` how many reps share
    the hand-offs, where events do not tell by a property `rep`. Outcomes are taken as known up to
    `known_until`, by default the last event. `seed` is for the intervals that are found by drawing leads.
    `progress(done, all)` counts leads of both models.

    Raises ValueError where a model has no lifecycle or no hand-off, the period ends before it begins, or
    `reps` is less than 1.

    >>> from leadline.model import read_model
    >>> model = read_model(text='''
    ... leadline: 1
    ... name: Demos
    ... intent: {signals: [{id: demo, event: demo, points: 10, hand_raise: true}]}
    ... lifecycle: {stages: [{stage: lead}, {stage: mql, owner: marketing, enter: hand_raised}]}
    ... ''')
    >>> at = "2026-01-06T10:00:00Z"
    >>> facts = Facts.read(model, events=[{"lead_id": "ana", "event": "demo", "occurred_at": at}])
    >>> from leadline.model.values import read_time
    >>> first, after = read_time("2026-01-05"), read_time("2026-01-12")
    >>> result = backtest(model, model, facts, first=first, last=after - 1)
    >>> result.weekly.models.new.hand_offs
    1
    """
    stages = Pair(hand_off_stage(old, stage), hand_off_stage(new, stage))
    if last < first:
        raise ValueError(
            f"the period would end ({time_text(last)}) before it begins ({time_text(first)}): "
            "give a first instant that is not later than the last"
        )
    if reps is not None and reps < 1:
        raise ValueError(f"reps is {reps}; expected how many people share the hand-offs, 1 or more")
    models = Pair(old, new)
    first = day_begin_of(first, new.timezone)
    walked = _walk(models, facts, first, last, engine, progress)
    leads = pc.unique(
        pa.chunked_array([c for r in (walked.old, walked.new) for c in r.final.column("lead_id").chunks],
                         pa.string())
    ).sort()  # fmt: skip
    sides = Pair(
        hand_offs(old, walked.old.changes, leads, stages.old),
        hand_offs(new, walked.new.changes, leads, stages.new),
    )
    judged = models.map(lambda model: assess_facts(model, facts, as_of=last, engine=engine))
    changes = diff(old, new)
    sight = past.first_sight(facts, leads)
    weeks_ = weekly(sides, _weeks(facts, first, last, new.timezone), len(leads), seed=seed)
    found_reps = reps if reps is not None else past.count_reps(facts, first, last)
    moved = movers(models, judged, walked.map(lambda r: r.final), changes)
    goal = new.goal or old.goal
    outcomes = None
    if goal is not None:
        known_until = past.last_event(facts) if known_until is None else known_until
        frame = _frame(facts, goal, leads, sight, first, last, known_until, new.timezone)
        classes = _by_class(models, facts, frame, leads, judged, engine)
        outcomes = judge(frame, sides, classes, seed=seed)
    notes = _notes(models, goal, facts, last)
    named = models.map(lambda model: Side(model.name, model.version))
    return Backtest(
        models=named,
        period=Period(moment_of(first), moment_of(last), new.timezone, len(leads)),
        verdict=verdict(same=not changes, weekly=weeks_, outcomes=outcomes, movers=moved),
        changes=[str(change) for change in changes],
        weekly=weeks_,
        movers=moved,
        outcomes=outcomes,
        load=load(weeks_.weeks, found_reps, reps is None) if found_reps else None,
        speed=sides.map(lambda side: speed(side, sight)),
        notes=notes,
    )


def _walk(
    models: Pair[Model], facts: Facts, first: int, last: int, engine: str, progress: Progress | None
) -> Pair[Replay]:
    """Both replays, from the end of the day before: what is found there did not happen in the period."""

    def walk(model: Model, turn: int) -> Replay:
        def told(done: int, of: int) -> None:
            if progress is not None:
                progress(turn * of + done, 2 * of)

        return replay(
            model, facts, first=first - 1, last=last, engine=engine, with_ledger=False, progress=told
        )

    walked = walk(models.old, 0)
    return Pair(walked, walked if models.new == models.old else walk(models.new, 1))


def _weeks(facts: Facts, first: int, last: int, timezone: str) -> Weeks:
    """The weeks of the period; one that lies before or after all facts is not a whole one."""
    begin, end = facts.span()
    if begin is None or end is None:
        return Weeks.between(first, last, (last + 1, last), timezone)
    covered = max(first, day_begin_of(begin, timezone)), min(last, day_end_of(end, timezone))
    return Weeks.between(first, last, covered, timezone)


def _frame(
    facts: Facts, goal: Goal, leads: pa.Array, sight: np.ndarray, first: int, last: int,
    known_until: int | None, timezone: str,
) -> Frame:  # fmt: skip
    known = first if known_until is None else known_until
    goals = past.events_of(facts, goal.event, leads, known)
    clock = np.where(sight == past.NEVER, first, np.maximum(sight, first))
    return Frame(goal, goals, first, last, known, clock, timezone)


def _by_class(
    models: Pair[Model], facts: Facts, frame: Frame, leads: pa.Array, judged: Pair[Assessments], engine: str
) -> Pair[Sequence[ByClass]]:
    """Classes as they stood at the last instant from which a whole horizon is known."""

    def rates(model: Model, at_last: Assessments) -> Sequence[ByClass]:
        at = frame.judged_until
        names = quality_names(model)
        if at < frame.first or not model.quality:
            return []
        then = at_last if at == frame.last else assess_facts(model, facts, as_of=at, engine=engine)
        quality = then.assessments.column("quality")
        place = pc.fill_null(
            pc.index_in(quality, value_set=pa.array(names[:-1], pa.string())), len(names) - 1
        )
        lead = pc.index_in(then.assessments.column("lead_id"), value_set=leads).to_numpy().astype(np.int64)
        each = class_rates(frame, names, place.to_numpy(), lead)
        return [c for c in each if c.quality is not None or c.rate.n]

    return Pair(rates(models.old, judged.old), rates(models.new, judged.new))


def _notes(models: Pair[Model], goal: Goal | None, facts: Facts, last: int) -> list[str]:
    """What must be known to read the figures rightly, besides their definitions."""
    old, new = models.old, models.new
    notes = []
    if goal is None:
        notes.append("Neither model has a `goal`, so nothing can be said on which of them is right.")
    elif new.goal is None:
        notes.append(f"Only the old model has a goal; both are measured by it ({goal.event}).")
    elif old.goal != new.goal:
        notes.append(f"The models have different goals; both are measured by the new one's ({goal.event}).")
    if old.timezone != new.timezone:
        notes.append(
            f"The models have different time zones; weeks are those of {new.timezone}, "
            "and each model is stepped at the ends of its own days."
        )
    end = facts.span()[1]
    if end is not None and end < last:
        notes.append(f"The facts end at {time_text(end)}, before the period does.")
    if goal is not None and old != new:
        notes.append(
            "What happened, happened under the rules and habits of that time: a lead that only the new rules "
            "hand over was perhaps never called, and one that sales took up by itself cannot be handed over "
            "later. A backtest says which rules would have pointed at the deals that there were."
        )
    return notes
