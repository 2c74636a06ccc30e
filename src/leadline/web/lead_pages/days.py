"""Days as people pick them on a lead's page, and the instants that they stand for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from leadline.web.instants import SECOND, moment

MOST_POINTS = 120  # of a picture


@dataclass(frozen=True)
class Days:
    """From the day a lead was first known to today; `chosen` is None for now."""

    first: date
    today: date
    chosen: date | None = None

    @property
    def low(self) -> int:
        return self.first.toordinal()

    @property
    def high(self) -> int:
        return self.today.toordinal()

    @property
    def value(self) -> int:
        return (self.chosen or self.today).toordinal()

    @property
    def any(self) -> bool:
        """Whether there is a past to look at."""
        return self.first < self.today

    def points(self) -> Sequence[date]:
        """Days for a picture: all of them, or as many as fit, with the first and the last."""
        count = self.high - self.low + 1
        step = -(-count // MOST_POINTS)
        return [date.fromordinal(n) for n in range(self.high, self.low - 1, -step)][::-1]


def days_of(first_seen: int | None, now: int, asked: str) -> Days:
    """The days of a lead; `asked` is a day's number or ISO date, and anything else asks for now."""
    today = _local(now)
    first = min(_local(first_seen), today) if first_seen is not None else today
    chosen = _read(asked)
    if chosen is None or chosen >= today:
        return Days(first, today)
    return Days(first, today, max(chosen, first))


def end_of(day: date) -> int:
    """The last instant of a day in the reader's zone, in microseconds."""
    midnight = datetime.combine(day + timedelta(days=1), time(), timezone.get_current_timezone())
    return int(midnight.timestamp()) * SECOND - 1


def _local(instant: int) -> date:
    return timezone.localtime(moment(instant)).date()


def _read(text: str) -> date | None:
    try:
        return date.fromordinal(int(text)) if text.isascii() and text.isdigit() else date.fromisoformat(text)
    except (ValueError, OverflowError):
        return None
