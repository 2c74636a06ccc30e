"""How instants, points and addresses are written on pages. What was tracked is hostile, so it is escaped."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from django import template
from django.contrib.messages.storage.base import Message
from django.utils import timezone
from django.utils.dateformat import format as date_text
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, npgettext, pgettext

from leadline.web.instants import DAY, HOUR, MINUTE, SECOND, moment
from leadline.web.operations import undo

register = template.Library()

MINUS = "−"
LONGEST_ADDRESS = 90  # characters shown


@register.filter
def when(instant: int | None) -> SafeString | str:
    """`3 Mar 2026, 14:05` in the reader's zone; the instant itself on hover."""
    return "–" if instant is None else _time(instant, pgettext("date and time", "j M Y, H:i"))


@register.filter
def clock(instant: int) -> SafeString:
    """`14:05:09.120`, the day on hover."""
    return _time(instant, "H:i:s", f".{moment(instant).microsecond // 1000:03}")


@register.filter
def hour(instant: int) -> SafeString:
    """`14:05`, the day on hover."""
    return _time(instant, "H:i")


@register.filter
def day(instant: int) -> str:
    """`Tuesday, 3 March 2026`."""
    return date_text(_local(instant), pgettext("day", "l, j F Y"))


@register.filter
def on(day: date) -> str:
    """`3 March 2026`, of a day of which the time is not known."""
    return date_text(day, pgettext("whole date", "j F Y"))


@register.simple_tag
def ago(instant: int | None, now: int) -> SafeString | str:
    """`5 minutes ago`; after a week the date."""
    if instant is None:
        return "–"
    passed = now - instant
    if not 0 <= passed < 7 * DAY:
        return _time(instant, pgettext("date", "j M Y"))
    text = _("just now") if passed < 10 * SECOND else _("%(span)s ago") % {"span": span(passed, "ago")}
    return _stamped(instant, text)


@register.simple_tag
def apart(instant: int, other: int) -> str:
    """How much earlier or later than another instant this is; nothing within a second."""
    between = instant - other
    if abs(between) < SECOND:
        return ""
    text = _("%(span)s later") if between > 0 else _("%(span)s earlier")
    return text % {"span": span(abs(between))}


@register.filter
def points(value: float) -> str:
    """`+12.00`, `−3.50`."""
    return f"{MINUS if value < 0 else '+'}{number_format(abs(value), 2)}"


@register.filter
def percent(share: float | None) -> str:
    """A probability as people read it: `31 %`, small ones with a decimal, `–` where there is none.

    >>> percent(0.314), percent(0.031), percent(0.9994), percent(0.0002), percent(None)
    ('31 %', '3.1 %', '99.9 %', 'under 0.1 %', '–')
    """
    if not isinstance(share, int | float):  # a template gives "" for what is not there
        return "–"
    if 0 < share < 0.0005:
        return _("under %(share)s %%") % {"share": number_format(0.1, 1)}
    shown = min(100 * share, 99.9) if share < 1 else 100.0
    return f"{number_format(shown, 1 if shown < 9.95 or 99 < shown < 100 else 0)} %"


@register.filter
def moved_by(change: float) -> str:
    """What moves a probability, in points of per cent.

    >>> moved_by(0.0812), moved_by(-0.02)
    ('+8.1', '−2.0')
    """
    shown = number_format(abs(100 * change), 1)
    return f"{'+' if change >= 0 else MINUS}{shown}"


@register.filter
def whole(amount: float) -> str:
    """An amount without its decimals: `12,300`."""
    return number_format(round(amount), force_grouping=True)


@register.filter
def score(value: float | None) -> str:
    """`42.5`, rounded to a tenth."""
    if value is None:
        return "–"
    near = round(value, 1) + 0.0  # a negative zero is none
    return number_format(near, 0 if near == int(near) else 1).replace("-", MINUS)


@register.filter
def count(value: int | None) -> str:
    """`500,000`: a number of things, its thousands set apart as the reader's language does."""
    return "–" if value is None else number_format(value, force_grouping=True)


@register.filter
def undo_address(message: Message) -> str:
    """Where the button of a message sends to, see `operations/undo.py`."""
    return undo.address_of(message)


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


def _time(instant: int, style: str, more: str = "") -> SafeString:
    return _stamped(instant, date_text(_local(instant), style) + more)


def _stamped(instant: int, text: str) -> SafeString:
    exact = moment(instant).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return format_html('<time datetime="{0}" title="{0}">{1}</time>', exact, text)


def span(micros: int, case: str = "span") -> str:
    """`5 minutes`, for sentences. After "ago" and "since" German has "5 Tagen": `case` is `ago` there."""
    if micros < SECOND:
        return _("less than a second")
    number, unit = next((micros // u, u) for u in (DAY, HOUR, MINUTE, SECOND) if micros >= u)
    return _spans(number, case)[unit] % {"count": number_format(number, force_grouping=True)}


def _spans(number: int, case: str) -> dict[int, str]:
    if case == "ago":
        days = npgettext("in: days ago", "%(count)s day", "%(count)s days", number)
    else:
        days = ngettext("%(count)s day", "%(count)s days", number)
    return {
        DAY: days,
        HOUR: ngettext("%(count)s hour", "%(count)s hours", number),
        MINUTE: ngettext("%(count)s minute", "%(count)s minutes", number),
        SECOND: ngettext("%(count)s second", "%(count)s seconds", number),
    }
