"""How values are written: numbers, booleans, instants and durations, each with one meaning everywhere.

The regular expressions are part of the contract: every engine checks a text against them before it
converts it, so that what one engine would take and another refuse (`1_000`, `nan`, ` 24:00`) is
refused by all.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta

MICROSECOND = 1
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST = -62_135_596_800 * SECOND  # 0001-01-01, the first instant that can be written
LATEST = 253_402_300_800 * SECOND - 1  # the last microsecond of the year 9999

NUMBER = r"[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]{1,4})?"
TIME = (
    r"([0-9]{4})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"([T ]([01][0-9]|2[0-3]):([0-5][0-9])(:([0-5][0-9])([.][0-9]{1,9})?)?"
    r"( ?(Z|UTC|[+-](0[0-9]|1[0-4]):?([0-5][0-9])?))?)?"
)
TRUE_WORDS = ("true", "yes", "1")
FALSE_WORDS = ("false", "no", "0")
BLANK = " \t\r\n"  # what may stand around a number, a boolean or a time

DURATION = r"([0-9]{1,9})([mhdw])"
_UNITS = {"m": MINUTE, "h": HOUR, "d": DAY, "w": WEEK}

_number = re.compile(NUMBER)
_time = re.compile(TIME)
_duration = re.compile(DURATION)


def read_number(text: str) -> float | None:
    """A finite 64-bit float, or None where `text` is not one.

    >>> read_number(" 1e3 "), read_number("1_000"), read_number("nan"), read_number("1e999")
    (1000.0, None, None, None)
    """
    text = text.strip(BLANK)
    if not _number.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def read_boolean(text: str) -> bool | None:
    """true, yes and 1 against false, no and 0, in any case.

    >>> read_boolean("Yes"), read_boolean("0"), read_boolean("perhaps")
    (True, False, None)
    """
    word = text.strip(BLANK).lower()
    return True if word in TRUE_WORDS else False if word in FALSE_WORDS else None


def read_time(text: str) -> int | None:
    """An ISO 8601 instant in microseconds since 1970 UTC; without an offset it is UTC.

    Digits beyond the microsecond are cut off. A date alone is its first instant.

    >>> read_time("1970-01-02"), read_time("1970-01-01T01:00:00+01:00"), read_time("2026-02-30")
    (86400000000, 0, None)
    """
    found = _time.fullmatch(text.strip(BLANK))
    if not found:
        return None
    year, month, day, _, hour, minute, _, second, fraction, _, zone, zone_hour, zone_minute = found.groups()
    try:
        moment = datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=UTC
        )
    except ValueError:  # 30 February, year 0
        return None
    micros = int((fraction or ".")[1:7].ljust(6, "0"))
    offset = 0
    if zone and zone not in ("Z", "UTC"):
        sign = -1 if zone[0] == "-" else 1
        offset = sign * (int(zone_hour) * HOUR + int(zone_minute or 0) * MINUTE)
    instant = micros_of(moment) + micros - offset
    return instant if EARLIEST <= instant <= LATEST else None


def micros_of(moment: datetime) -> int:
    """Microseconds since 1970 UTC; a datetime without a zone is taken as UTC.

    >>> micros_of(datetime(1970, 1, 1, 0, 0, 1))
    1000000
    """
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - EPOCH) // timedelta(microseconds=1)


def moment_of(micros: int) -> datetime:
    """The datetime, in UTC, of microseconds since 1970.

    >>> moment_of(0).isoformat()
    '1970-01-01T00:00:00+00:00'
    """
    return EPOCH + timedelta(microseconds=micros)


def time_text(micros: int) -> str:
    """An instant as ISO 8601 in UTC.

    >>> time_text(1_500_000)
    '1970-01-01T00:00:01.500000Z'
    """
    return moment_of(micros).isoformat().replace("+00:00", "Z")


def read_duration(text: str) -> int | None:
    """Microseconds of a whole number and a unit (m, h, d, w); None where it is not one.

    >>> read_duration("14d") == 14 * DAY, read_duration("2 weeks")
    (True, None)
    """
    found = _duration.fullmatch(text)
    return int(found[1]) * _UNITS[found[2]] if found else None


def duration_text(micros: int) -> str:
    """A duration in the largest unit up to days that fits it whole.

    >>> duration_text(14 * DAY), duration_text(90 * MINUTE)
    ('14d', '90m')
    """
    for unit in ("d", "h", "m"):
        if micros % _UNITS[unit] == 0:
            return f"{micros // _UNITS[unit]}{unit}"
    raise ValueError(f"{micros} µs is not a whole number of minutes")
