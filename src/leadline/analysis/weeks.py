"""Days and ISO weeks in a model's time zone, over arrays of instants (microseconds UTC)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from leadline.engine.zones import local_day, offset_at, offsets
from leadline.model.values import DAY

_EPOCH = date(1970, 1, 1)
_MONDAY = 3  # 1970-01-01 was a Thursday


def days_of(at: np.ndarray, timezone: str) -> np.ndarray:
    """The local day of each instant, counted from 1970-01-01."""
    begins, ahead = (np.array(column, np.int64) for column in zip(*offsets(timezone), strict=True))
    place = np.maximum(np.searchsorted(begins, at, side="right") - 1, 0)
    return (at + ahead[place]) // DAY


def day_begins(day: int, timezone: str) -> int:
    """The first instant of a local day."""
    zone = ZoneInfo(timezone)
    guess = day * DAY - offset_at(zone, day * DAY)
    return day * DAY - offset_at(zone, guess)


def day_begin_of(at: int, timezone: str) -> int:
    """The first instant of the local day in which `at` lies."""
    return day_begins(local_day(ZoneInfo(timezone), at), timezone)


def day_end_of(at: int, timezone: str) -> int:
    """The last instant of the local day in which `at` lies."""
    return day_begins(local_day(ZoneInfo(timezone), at) + 1, timezone) - 1


def monday(day: int | np.ndarray) -> int | np.ndarray:
    """The Monday of the week of a day, both counted from 1970-01-01."""
    return day - (day + _MONDAY) % 7


def date_of(day: int) -> date:
    return _EPOCH + timedelta(days=int(day))


@dataclass(frozen=True)
class Weeks:
    """The ISO weeks that a period touches. `whole` says which lie in it with all their days."""

    timezone: str
    mondays: tuple[int, ...]
    whole: tuple[bool, ...]

    @classmethod
    def between(cls, first: int, last: int, covered: tuple[int, int], timezone: str) -> Weeks:
        """The weeks from `first` to `last`; whole are those of which `covered` leaves out no instant."""
        zone = ZoneInfo(timezone)
        begin, end = monday(local_day(zone, first)), monday(local_day(zone, last))
        mondays = tuple(range(begin, end + 1, 7))
        whole = tuple(
            day_begins(m, timezone) >= covered[0] and day_begins(m + 7, timezone) - 1 <= covered[1]
            for m in mondays
        )
        return cls(timezone, mondays, whole)

    def place(self, at: np.ndarray) -> np.ndarray:
        """Which of these weeks each instant lies in."""
        return (monday(days_of(at, self.timezone)) - self.mondays[0]) // 7

    def counts(self, at: np.ndarray) -> np.ndarray:
        return np.bincount(self.place(at), minlength=len(self.mondays))

    def in_whole(self, at: np.ndarray) -> np.ndarray:
        """Whether each instant lies in a whole week."""
        return np.array(self.whole, bool)[self.place(at)]


def week_name(day: int) -> str:
    """The ISO name of the week that begins on this day: `2026-W05`.

    >>> week_name(20_479)
    '2026-W05'
    """
    year, week, _ = date_of(day).isocalendar()
    return f"{year}-W{week:02}"


def local_date(moment: datetime, timezone: str) -> date:
    """The day on a calendar in that time zone."""
    return moment.astimezone(ZoneInfo(timezone)).date()
