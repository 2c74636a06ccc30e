"""When it happened: the sender's clock set right by ours.

    timestamp = received - (sent - original)

A device whose clock is three hours fast is three hours fast in both, so the difference is right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

DAY = 86_400_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = (datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
_FIRST = (datetime(1, 1, 2, tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
_NUMBER = re.compile(r"-?\d{1,17}(\.\d{1,9})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class When:
    """The corrected instant, the two texts it rests on, and what was odd about them."""

    occurred_at: int
    original: str | None
    sent: str | None
    warnings: tuple[str, ...] = ()


def when(original: Any, sent: Any, received_at: int) -> When:
    """When a message happened, in microseconds UTC.

    Without an original time: when it was received. Without a sending time: the original as it stands.
    Nothing happens after it was received; more than a day after is a warning as well.
    """
    warnings = []
    began, left = instant(original), instant(sent)
    if began is None and not _absent(original):
        warnings.append("unreadable_timestamp")
    if left is None and not _absent(sent):
        warnings.append("unreadable_sent_at")
    if began is None:
        occurred = received_at
    elif left is None:
        occurred = began
    else:
        occurred = received_at - (left - began)
    if occurred > received_at + DAY:
        warnings.append("in_future")
    occurred = max(min(occurred, received_at), _FIRST)
    return When(occurred, _text(original), _text(sent), tuple(warnings))


def instant(value: Any) -> int | None:
    """Microseconds UTC of an ISO 8601 text or a count of seconds or milliseconds; None if unreadable.

    A text without a zone is UTC.

    >>> instant("1970-01-01T00:00:01Z"), instant(1), instant("yesterday")
    (1000000, 1000000, None)
    """
    if isinstance(value, str):
        value = value.strip()
        if len(value) > 64:
            return None
        if _NUMBER.fullmatch(value) and not re.fullmatch(r"\d{4}|\d{8}", value):  # a year, a day
            value = float(value)
        else:
            return _of_iso(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    micros = round(value * _unit(value))
    return micros if _FIRST <= micros <= _LAST else None


def _of_iso(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        micros = (moment - _EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError):
        return None
    return micros if _FIRST <= micros <= _LAST else None


def _unit(count: float) -> int:
    """A count is told by its size: seconds until the year 5138, then milliseconds, then microseconds."""
    if abs(count) < 1e11:
        return 1_000_000
    return 1_000 if abs(count) < 1e14 else 1


def _absent(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _text(value: Any) -> str | None:
    return None if _absent(value) else str(value)[:64]
