"""Instants between people, who read dates, and the facts, which count microseconds."""

from __future__ import annotations

from datetime import UTC, datetime

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
EARLIEST, LATEST = -(2**62), 2**62  # before and after all facts


def now() -> int:
    """The clock, for views, commands and the worker's loop alone."""
    return int(datetime.now(UTC).timestamp() * SECOND)


def instant_of(at: datetime | None) -> int | None:
    """An instant of a date and time that knows its zone, as the database keeps them of people."""
    return None if at is None else int(at.timestamp()) * SECOND + at.microsecond


def moment(instant: int) -> datetime:
    """An instant as a date and time in UTC; those past the calendar's ends are held at them."""
    try:
        return datetime.fromtimestamp(instant // SECOND, UTC).replace(microsecond=instant % SECOND)
    except (OverflowError, ValueError, OSError):
        return datetime.max.replace(tzinfo=UTC) if instant > 0 else datetime.min.replace(tzinfo=UTC)
