"""Whether a model was right: how many of those it chose reached the goal, and whom of those who did it chose.

Both models are held to the same leads, the same goal and the same stretch of time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from leadline.analysis.handoffs import HandOffs
from leadline.analysis.intervals import Estimate, Rate, Resampled, Sums
from leadline.analysis.pair import Pair
from leadline.analysis.past import NEVER, Moments
from leadline.analysis.weeks import days_of
from leadline.model.shape import Goal
from leadline.model.values import DAY, moment_of


@dataclass(frozen=True)
class Frame:
    """What both models are held to. Instants are microseconds.

    Leads are clocked from `clock`, the later of their first sight and the period's begin. A lead is
    `eligible` where its clock leaves the goal its whole horizon, and it had not reached the goal before.
    """

    goal: Goal
    goals: Moments
    first: int
    last: int
    known_until: int
    clock: np.ndarray
    timezone: str

    @property
    def judged_until(self) -> int:
        """The last instant of the period from which a whole horizon is known."""
        return min(self.last, self.known_until - self.goal.horizon)

    @property
    def everyone(self) -> np.ndarray:
        return np.arange(len(self.clock))

    @property
    def already(self) -> np.ndarray:
        """Leads that reached the goal before they could be chosen."""
        return self.goals.first_after(self.everyone, np.full(len(self.clock), -NEVER)) <= self.clock

    @property
    def eligible(self) -> np.ndarray:
        return (self.clock <= self.judged_until) & ~self.already

    def reached(self, lead: np.ndarray, at: np.ndarray) -> np.ndarray:
        """Whether the goal came after `at`, and within its horizon."""
        goal = self.goals.first_after(lead, at)
        return (goal != NEVER) & (goal - self.goal.horizon <= at)


@dataclass(frozen=True)
class Judged:
    """How right one model was.

    `precision` is of the leads it handed over; `waiting` of these are not counted, as their horizon has not
    passed; `not_eligible` had reached the goal before the period or their first sight; `goal_came_first` are
    counted as misses, since they had reached the goal by the time they were handed over, `on_the_day` of
    these on the very day. `recall` is of the leads that reached the goal; of those missed, `taken_first` had
    been taken by sales past the hand-off before this model would have handed them over.
    """

    precision: Rate
    recall: Rate
    lift: Estimate
    waiting: int
    not_eligible: int
    goal_came_first: int
    on_the_day: int
    taken_first: int


@dataclass(frozen=True)
class ByClass:
    """What became of a quality class, as it stood at one instant."""

    quality: str | None
    rate: Rate


@dataclass(frozen=True)
class Outcomes:
    """Both models before the goal. `base` is the rate of all eligible leads; differences are new less old."""

    event: str
    horizon_days: float
    known_until: datetime
    judged_until: datetime
    base: Rate
    waiting: int
    already: int
    models: Pair[Judged]
    precision_change: Estimate
    recall_change: Estimate
    lift_change: Estimate
    by_class: Pair[Sequence[ByClass]]


def judge(
    frame: Frame, sides: Pair[HandOffs], by_class: Pair[Sequence[ByClass]], *, seed: int = 1
) -> Outcomes:
    """Precision, recall and lift of both, paired over the same leads."""
    eligible = frame.eligible
    columns = {"eligible": eligible, "converted": eligible & frame.reached(frame.everyone, frame.clock)}
    goal = frame.goals.first_after(frame.everyone, frame.clock)
    columns["goals"] = (goal <= min(frame.last, frame.known_until)) & ~frame.already
    for name, side in sides.items():
        chosen = _chosen(frame, side, eligible)
        columns[f"{name}_chosen"], columns[f"{name}_won"] = chosen
        columns[f"{name}_caught"] = columns["goals"] & _caught(frame, side, goal)
    drawn = Resampled(columns, seed=seed)

    def judged(name: str, side: HandOffs) -> Judged:
        counts = {key: int(columns[f"{name}_{key}"].sum()) for key in ("chosen", "won", "caught")}
        return Judged(
            Rate(counts["won"], counts["chosen"]),
            Rate(counts["caught"], int(columns["goals"].sum())),
            drawn.estimate(lambda sums: _precision(sums, name) / _base(sums)),
            **_left_out(frame, side, eligible),
            taken_first=_taken_first(frame, side, columns["goals"] & ~columns[f"{name}_caught"], goal),
        )

    return Outcomes(
        event=frame.goal.event,
        horizon_days=frame.goal.horizon / DAY,
        known_until=moment_of(frame.known_until),
        judged_until=moment_of(frame.judged_until),
        base=Rate(int(columns["converted"].sum()), int(eligible.sum())),
        waiting=int(((frame.clock > frame.judged_until) & ~frame.already).sum()),
        already=int(frame.already.sum()),
        models=Pair(judged("old", sides.old), judged("new", sides.new)),
        precision_change=drawn.estimate(lambda s: _precision(s, "new") - _precision(s, "old")),
        recall_change=drawn.estimate(lambda s: (s["new_caught"] - s["old_caught"]) / s["goals"]),
        lift_change=drawn.estimate(lambda s: (_precision(s, "new") - _precision(s, "old")) / _base(s)),
        by_class=by_class,
    )


def _precision(sums: Sums, name: str) -> np.ndarray:
    return sums[f"{name}_won"] / sums[f"{name}_chosen"]


def _base(sums: Sums) -> np.ndarray:
    return sums["converted"] / sums["eligible"]


def _chosen(frame: Frame, side: HandOffs, eligible: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which leads were handed over and can be judged, and which of these reached the goal."""
    first = side.seen().first_of_each()
    due = (first.at <= frame.judged_until) & eligible[first.lead]
    chosen, won = np.zeros(len(eligible), bool), np.zeros(len(eligible), bool)
    chosen[first.lead[due]] = True
    won[first.lead[due]] = frame.reached(first.lead[due], first.at[due])
    return chosen, won


def _caught(frame: Frame, side: HandOffs, goal: np.ndarray) -> np.ndarray:
    """Whether each lead had been handed over before its goal, no longer than a horizon."""
    entries = Moments.of(side.lead, side.at)
    there = goal != NEVER
    from_then = np.where(there, goal - frame.goal.horizon, 0) - 1
    entry = entries.first_after(frame.everyone, from_then)
    return there & (entry < goal)


def _taken_first(frame: Frame, side: HandOffs, missed: np.ndarray, goal: np.ndarray) -> int:
    by_others = side.passed.cause != f"event {frame.goal.event}"
    taken = Moments.of(side.passed.lead[by_others], side.passed.at[by_others])
    first = taken.first_after(frame.everyone, np.full(len(goal), -NEVER))
    return int((missed & (first < goal)).sum())


def _left_out(frame: Frame, side: HandOffs, eligible: np.ndarray) -> dict[str, int]:
    first = side.seen().first_of_each()
    due = first.at <= frame.judged_until
    judged = first.lead[due & eligible[first.lead]], first.at[due & eligible[first.lead]]
    goal = frame.goals.first_after(judged[0], frame.clock[judged[0]])
    came_first = (goal <= judged[1]) & ~frame.reached(*judged)
    days = [days_of(at[came_first], frame.timezone) for at in (goal, judged[1])]
    return {
        "waiting": int((~due & ~frame.already[first.lead]).sum()),
        "not_eligible": int(frame.already[first.lead].sum()),
        "goal_came_first": int(came_first.sum()),
        "on_the_day": int((days[0] == days[1]).sum()),
    }


def class_rates(
    frame: Frame, names: Sequence[str | None], place: np.ndarray, lead: np.ndarray
) -> list[ByClass]:
    """Of each quality class at `judged_until`, how many reached the goal within the horizon from then.

    `place` says in which of `names` each of the leads `lead` stood. Leads that had reached it are left out.
    """
    at = np.full(len(lead), frame.judged_until)
    open_ = frame.goals.first_after(lead, np.full(len(lead), -NEVER)) > frame.judged_until
    reached = frame.reached(lead, at)
    return [
        ByClass(name, Rate(int((reached & open_ & (place == i)).sum()), int((open_ & (place == i)).sum())))
        for i, name in enumerate(names)
    ]
