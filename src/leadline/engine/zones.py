"""A time zone as a table of offsets, so that a day means the same in every engine.

Engines carry their own, differing time zone data; ours comes from Python's `zoneinfo` and goes into the
plan. Before 1900 and after 2100 the nearest known offset holds.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from leadline.model.values import DAY, SECOND, micros_of, moment_of

FIRST = micros_of(datetime(1900, 1, 1, tzinfo=UTC))
LAST = micros_of(datetime(2100, 1, 1, tzinfo=UTC))


def offset_at(zone: ZoneInfo, micros: int) -> int:
    """Microseconds that clocks in `zone` are ahead of UTC at an instant."""
    moment = moment_of(min(max(micros, FIRST), LAST))
    offset = moment.astimezone(zone).utcoffset() or timedelta(0)
    return offset // timedelta(microseconds=1)


def local_day(zone: ZoneInfo, micros: int) -> int:
    """The day's number, counted from 1970-01-01, on a calendar in `zone`."""
    return (micros + offset_at(zone, micros)) // DAY


@lru_cache(maxsize=64)
def offsets(timezone: str) -> tuple[tuple[int, int], ...]:
    """`(from instant, offset)` pairs in microseconds, ascending; the first holds from always.

    >>> [offset // 3_600_000_000 for _, offset in offsets("Europe/Berlin")[-2:]]
    [2, 1]
    """
    if timezone == "UTC":
        return ((FIRST, 0),)
    zone = ZoneInfo(timezone)
    table = [(FIRST, offset_at(zone, FIRST))]
    step = 7 * DAY  # no zone has changed its clocks there and back within a week
    for start in range(FIRST, LAST, step):
        end = min(start + step, LAST)
        if offset_at(zone, end) != table[-1][1]:
            changed = _change_between(zone, start, end)
            table.append((changed, offset_at(zone, changed)))
    return tuple(table)


def _change_between(zone: ZoneInfo, start: int, end: int) -> int:
    """The first second in (start, end] at which the offset is no longer that of `start`."""
    before = offset_at(zone, start)
    while end - start > SECOND:
        middle = (start + end) // (2 * SECOND) * SECOND
        if offset_at(zone, middle) == before:
            start = middle
        else:
            end = middle
    return end
