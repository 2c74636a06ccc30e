"""Thresholds for what a team wants: a number of hand-offs, how many of them are right, what reps can take."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leadline.learn.capacity import Capacity, Live, capacity
from leadline.learn.proposals import drafts
from leadline.learn.proposals.counts import Counts
from leadline.learn.proposals.doors import Door, Handed
from leadline.learn.proposals.drafts import Scores
from leadline.learn.proposals.rows import Rows
from leadline.model.document import ModelDocument
from leadline.model.shape import Model
from leadline.model.values import WEEK

WORKDAYS = 5


@dataclass(frozen=True)
class Wanted:
    """One of: hand-offs a week, precision (0 to 1), or reps and the conversations of each a day.

    With `live`, leads are passed on while they are on the line, and few may wait (Erlang C).

    Raises ValueError where more than one is asked for, or the numbers make no sense.
    """

    volume: float | None = None
    precision: float | None = None
    reps: int | None = None
    calls: float | None = None
    live: Live | None = None

    def __post_init__(self) -> None:
        if (self.reps is None) != (self.calls is None):
            raise ValueError("reps and calls go together: how many reps, and how many first calls each a day")
        asked = [x for x in (self.volume, self.precision, self.reps) if x is not None]
        if len(asked) > 1:
            raise ValueError("ask for one thing: a volume, a precision, or what reps can take")
        if self.precision is not None and not 0 < self.precision < 1:
            raise ValueError(
                f"precision is {self.precision:g}; expected a share between 0 and 1, such as 0.2"
            )
        if any(x is not None and not x > 0 for x in (self.volume, self.reps, self.calls)):
            raise ValueError("volume, reps and calls are more than 0")

    @property
    def anything(self) -> bool:
        return any(x is not None for x in (self.volume, self.precision, self.reps))

    @property
    def room(self) -> Capacity:
        """What the reps can take."""
        return capacity(self.reps or 1, self.calls or 1.0, live=self.live)

    @property
    def a_week(self) -> float | None:
        """Hand-offs a week, of a volume or of what reps can take."""
        return self.volume if self.reps is None else self.room.a_day * WORKDAYS


def target(
    wanted: Wanted, document: ModelDocument, rows: Rows, counts: Counts, stage: str | None, *, model: Model
) -> tuple[ModelDocument, list[str]]:
    """The file with its hand-off at what is wanted, and how near that comes, told of all leads of the past.

    A volume looks at no outcome. A precision does: it is then that of these leads, not a promise.
    """
    door = Door(model, rows, counts.assessed)
    scores = Scores.of(document.model, counts)
    weeks = max(1.0, float(np.ptp(rows.first)) / WEEK) if len(rows) else 1.0
    if wanted.precision is None:
        assert wanted.a_week is not None
        found, handed = drafts.at_volume(document, door, scores, round(wanted.a_week * weeks), stage)
        got = handed.chosen.sum() / weeks
        notes = [f"Hand-offs a week: {got:.1f}, wanted {wanted.a_week:.1f} (over {weeks:.1f} weeks)."]
        if wanted.reps is not None:
            notes.append(f"Sales can take {wanted.a_week:.1f} a week: {wanted.room.reason}.")
        if abs(got - wanted.a_week) > 0.1 * wanted.a_week:
            notes.append(_far(got, wanted.a_week))
        return found, notes
    found, handed = drafts.at_precision(document, door, scores, wanted.precision, stage)
    return found, [_precision(handed, wanted.precision, weeks)]


def _far(got: float, wanted: float) -> str:
    if got < wanted:
        return "There are no more leads that this model's conditions could hand over."
    return (
        "Fewer cannot be had by thresholds: the rest are handed over by another condition (a raised hand?)."
    )


def _precision(handed: Handed, wanted: float, weeks: float) -> str:
    rate = handed.rate
    if rate.value is None or rate.interval is None:
        return f"No threshold comes to a precision of {wanted:.0%}."
    low, high = rate.interval
    met = "" if rate.value >= wanted else f"; {wanted:.0%} cannot be had by thresholds"
    return (
        f"Precision on these leads: {rate.value:.1%} of {rate.n:,} (95 %: {low:.1%} to {high:.1%}), "
        f"{rate.n / weeks:.1f} hand-offs a week{met}."
    )
