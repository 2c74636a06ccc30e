"""How much is handed over: a week, for each rep, and how long after first sight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from leadline.analysis.handoffs import HandOffs
from leadline.analysis.intervals import Estimate, Resampled
from leadline.analysis.pair import Pair
from leadline.analysis.past import NEVER
from leadline.analysis.weeks import Weeks, date_of, week_name
from leadline.model.values import DAY

BINS = (0, 1, 3, 7, 14, 28, 56, 84)  # days; each bin is from one up to the next, the last open


@dataclass(frozen=True)
class WeekCount:
    new: int
    returning: int

    @property
    def all(self) -> int:
        return self.new + self.returning


@dataclass(frozen=True)
class Week:
    """One ISO week. Where it is `partial`, the period or the data leaves out some of its days."""

    week: str
    monday: date
    partial: bool
    models: Pair[WeekCount]


@dataclass(frozen=True)
class Volume:
    """Hand-offs of one model in the period; `per_week` is the mean of whole weeks, None without one.

    `initial` were found at the start, and `passed_over` are leads that came to a later stage without being
    handed over; neither are among the others.
    """

    stage: str
    hand_offs: int
    new: int
    returning: int
    leads: int
    per_week: float | None
    initial: int
    passed_over: int


@dataclass(frozen=True)
class Weekly:
    """`change`, a share of the old, is that of hand-offs in whole weeks (of all, where none is whole)."""

    weeks: Sequence[Week]
    whole_weeks: int
    models: Pair[Volume]
    change: Estimate


def weekly(sides: Pair[HandOffs], weeks: Weeks, leads: int, *, seed: int = 1) -> Weekly:
    seen = sides.map(HandOffs.seen)
    new = seen.map(lambda s: weeks.counts(s.at[~s.returning]))
    again = seen.map(lambda s: weeks.counts(s.at[s.returning]))
    rows = [
        Week(
            week_name(monday), date_of(monday), not weeks.whole[i],
            Pair(*(WeekCount(int(new_[i]), int(again_[i])) for new_, again_ in
                   ((new.old, again.old), (new.new, again.new)))),
        )
        for i, monday in enumerate(weeks.mondays)
    ]  # fmt: skip
    whole = sum(weeks.whole)
    columns = {
        name: np.bincount(side.lead[weeks.in_whole(side.at) if whole else slice(None)], minlength=leads)
        for name, side in seen.items()
    }
    change = Resampled(columns, seed=seed).estimate(lambda s: s["new"] / s["old"] - 1)
    return Weekly(rows, whole, sides.map(lambda side: _volume(side, weeks, whole)), change)


def _volume(side: HandOffs, weeks: Weeks, whole: int) -> Volume:
    seen = side.seen()
    return Volume(
        stage=side.stage,
        hand_offs=len(seen),
        new=int((~seen.returning).sum()),
        returning=int(seen.returning.sum()),
        leads=len(np.unique(seen.lead)),
        per_week=int(weeks.in_whole(seen.at).sum()) / whole if whole else None,
        initial=int(side.initial.sum()),
        passed_over=side.passed.leads,
    )


@dataclass(frozen=True)
class Spread:
    """How a figure is distributed over `n`; quartiles are interpolated. None throughout where n is 0."""

    n: int
    least: float | None = None
    lower_quartile: float | None = None
    median: float | None = None
    upper_quartile: float | None = None
    most: float | None = None

    @classmethod
    def of(cls, values: np.ndarray) -> Spread:
        """
        >>> Spread.of(np.array([1, 2, 3, 4])).median
        2.5
        """
        if not len(values):
            return cls(0)
        return cls(len(values), *(float(x) for x in np.percentile(values, [0, 25, 50, 75, 100])))


@dataclass(frozen=True)
class Load:
    """Hand-offs for each rep and whole week. `counted` says whether reps were found in the data."""

    reps: int
    counted: bool
    models: Pair[Spread]
    weeks: Pair[Sequence[float]]


def load(rows: Sequence[Week], reps: int, counted: bool) -> Load:
    whole = [week for week in rows if not week.partial]
    each = Pair(*([getattr(week.models, n).all / reps for week in whole] for n in ("old", "new")))
    return Load(reps, counted, each.map(lambda values: Spread.of(np.array(values))), each)


@dataclass(frozen=True)
class Speed:
    """Days from first sight to a lead's first hand-off.

    `bins` counts them by days, from each of BINS up to the next. `undated` leads have no dated fact before.
    """

    days: Spread
    bins: Sequence[int]
    undated: int


def speed(side: HandOffs, sight: np.ndarray) -> Speed:
    first = side.first_of_each()
    fresh = ~first.initial & ~first.returning
    lead, at = first.lead[fresh], first.at[fresh]
    dated = (sight[lead] != NEVER) & (sight[lead] <= at)
    days = (at[dated] - sight[lead[dated]]) / DAY
    bins = np.bincount(np.searchsorted(BINS, days, side="right") - 1, minlength=len(BINS))
    return Speed(Spread.of(days), tuple(int(n) for n in bins), int((~dated).sum()))
