"""How instants, points and addresses are written on pages. What was tracked is hostile, so it is escaped."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from leadline.model.expr import number_text
from leadline.web.instants import DAY, HOUR, MINUTE, SECOND, moment

register = template.Library()

MINUS = "−"
LONGEST_ADDRESS = 90  # characters shown


@register.filter
def when(instant: int | None) -> SafeString | str:
    """`3 Mar 2026, 14:05` in the installation's zone; the instant itself on hover."""
    return "–" if instant is None else _time(instant, "{0.day} {0:%b %Y, %H:%M}")


@register.filter
def clock(instant: int) -> SafeString:
    """`14:05:09.120`, the day on hover."""
    return _time(instant, "{0:%H:%M:%S}.{1:03}")


@register.filter
def hour(instant: int) -> SafeString:
    """`14:05`, the day on hover."""
    return _time(instant, "{0:%H:%M}")


@register.filter
def day(instant: int) -> str:
    """`Tuesday, 3 March 2026`."""
    local = _local(instant)
    return f"{local:%A}, {local.day} {local:%B %Y}"


@register.simple_tag
def ago(instant: int | None, now: int) -> SafeString | str:
    """`5 minutes ago`; after a week the date."""
    if instant is None:
        return "–"
    passed = now - instant
    if not 0 <= passed < 7 * DAY:
        return _time(instant, "{0.day} {0:%b %Y}")
    return _time(instant, _passed(passed))


@register.simple_tag
def apart(instant: int, other: int) -> str:
    """How much earlier or later than another instant this is; nothing within a second."""
    between = instant - other
    if abs(between) < SECOND:
        return ""
    return f"{_span(abs(between))} {'later' if between > 0 else 'earlier'}"


@register.filter
def points(value: float) -> str:
    """`+12.00`, `−3.50`."""
    return f"{MINUS if value < 0 else '+'}{abs(value):.2f}"


@register.filter
def score(value: float | None) -> str:
    """`42.5`, rounded to a tenth."""
    return "–" if value is None else number_text(round(value, 1)).replace("-", MINUS)


@register.filter
def linked(value: Any) -> SafeString | str:
    """A value as text; where it is a web address, one that can be followed without saying from where."""
    text = str(value)
    if not is_web_address(text):
        return text
    shown = text if len(text) <= LONGEST_ADDRESS else f"{text[:LONGEST_ADDRESS]}…"
    return format_html('<a href="{}" target="_blank" rel="noopener noreferrer nofollow">{}</a>', text, shown)


@register.filter
def words(name: Any) -> str:
    """`first_name` as `first name`."""
    return str(name).replace("_", " ")


def is_web_address(text: str) -> bool:
    """Only http and https, and only as a whole: nothing that a browser might read as another scheme.

    >>> is_web_address("https://example.com/a"), is_web_address("javascript:alert(1)")
    (True, False)
    """
    if any(c <= " " for c in text):
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def _local(instant: int) -> datetime:
    try:
        return timezone.localtime(moment(instant))
    except OverflowError:  # at the calendar's ends
        return moment(instant)


def _time(instant: int, text: str) -> SafeString:
    at = moment(instant)
    shown = text.format(_local(instant), at.microsecond // 1000)
    return format_html('<time datetime="{0}" title="{0}">{1}</time>', _exact(at), shown)


def _exact(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _passed(micros: int) -> str:
    return "just now" if micros < 10 * SECOND else f"{_span(micros)} ago"


def _span(micros: int) -> str:
    for unit, word in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"), (SECOND, "second")):
        if micros >= unit:
            count = micros // unit
            return f"{count:,} {word}{'' if count == 1 else 's'}"
    return "less than a second"
