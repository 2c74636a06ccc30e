"""Dates and times as spreadsheets and exports write them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo

from leadline.model.values import micros_of
from leadline.web.capture.reading.instants import instant as plain_instant

DAY_FIRST, MONTH_FIRST = "dmy", "mdy"
_PARTED = re.compile(
    r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})"
    r"(?:[,T ]+(\d{1,2})[:.](\d{2})(?::(\d{2}))?(?:\s*([AaPp])\.?[Mm]\.?)?)?"
)


def guess_order(values: Iterable[str]) -> str:
    """Whether the day or the month comes first, by the first value that tells.

    >>> guess_order(["01/02/2026", "01/13/2026"]), guess_order(["1.2.2026"])
    ('mdy', 'dmy')
    """
    slashes = False
    for value in values:
        if found := _PARTED.fullmatch(value.strip()):
            if int(found[1]) > 12:
                return DAY_FIRST
            if int(found[3]) > 12:
                return MONTH_FIRST
            slashes = slashes or found[2] == "/"
    return MONTH_FIRST if slashes else DAY_FIRST


def instant_of(text: str, order: str = DAY_FIRST, zone: tzinfo = UTC) -> int | None:
    """Microseconds UTC of ISO 8601, of `3.2.2026 14:05` and its kin, or of a count of seconds; else None.

    A time without a zone is one of `zone`.

    >>> instant_of("2.1.1970"), instant_of("1/2/1970 1:00 AM", MONTH_FIRST), instant_of("soon")
    (86400000000, 90000000000, None)
    """
    text = text.strip()
    found = _PARTED.fullmatch(text)
    if found is None:
        return _iso(text, zone)
    first, _, second, year, hour, minute, seconds, half = found.groups()
    day, month = (first, second) if order == DAY_FIRST else (second, first)
    try:
        moment = datetime(
            int(year),
            int(month),
            int(day),
            _hour(hour, half),
            int(minute or 0),
            int(seconds or 0),
            tzinfo=zone,
        )
        return micros_of(moment)
    except (ValueError, OverflowError):
        return None


def _iso(text: str, zone: tzinfo) -> int | None:
    if re.fullmatch(r"\d{1,8}(\.\d+)?", text):  # a count this small is a number of something else
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return plain_instant(text)
    try:
        return micros_of(moment if moment.tzinfo else moment.replace(tzinfo=zone))
    except (ValueError, OverflowError):
        return None


def _hour(hour: str | None, half: str | None) -> int:
    if hour is None or half is None:
        return int(hour or 0)
    if not 1 <= int(hour) <= 12:
        raise ValueError(hour)
    return int(hour) % 12 + (12 if half in "Pp" else 0)
