"""Figures as people read them: `14 %`, `+1.9 points`, `52.3`."""

from __future__ import annotations

from datetime import date

from leadline.analysis.intervals import Estimate, Rate

SPACE = "\u00a0"  # keeps a figure and its unit on one line
NONE = "–"


def percent(share: float | None, digits: int = 1) -> str:
    """
    >>> percent(0.1234).replace(SPACE, " "), percent(1, 0).replace(SPACE, " "), percent(None)
    ('12.3 %', '100 %', '–')
    """
    return NONE if share is None else f"{100 * share:.{digits}f}{SPACE}%".replace("-", "−")


def points(share: float | None) -> str:
    """A difference of two rates, in percentage points.

    >>> points(-0.0123).replace(SPACE, " ")
    '−1.2 points'
    """
    return NONE if share is None else f"{100 * share:+.1f}{SPACE}points".replace("-", "−")


def number(value: float | None, digits: int = 1) -> str:
    """
    >>> number(52.0), number(52.34), number(12345), number(None)
    ('52', '52.3', '12,345', '–')
    """
    if value is None:
        return NONE
    text = f"{value:,.{digits}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "−")


def times(value: float | None) -> str:
    """
    >>> times(2.345)
    '2.3×'
    """
    return NONE if value is None else f"{value:.1f}×".replace("-", "−")


def counted(n: int, noun: str, plural: str | None = None) -> str:
    """
    >>> counted(1, "lead"), counted(1200, "lead")
    ('1 lead', '1,200 leads')
    """
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def day_text(day: date) -> str:
    """
    >>> day_text(date(2026, 2, 1))
    '1 February 2026'
    """
    return f"{day.day} {day:%B %Y}"


def of_n(rate: Rate) -> str:
    return f"{rate.hits:,} of {rate.n:,}"


def interval_text(interval: tuple[float, float] | None, unit=percent) -> str:
    return "no interval" if interval is None else f"{unit(interval[0])} to {unit(interval[1])}"


def change_text(change: Estimate, unit=points) -> str:
    """`+1.9 points, 95 % interval −0.6 points to +4.1 points`."""
    if change.interval is None:
        return unit(change.value)
    return f"{unit(change.value)}, 95{SPACE}% interval {interval_text(change.interval, _bare(unit))}"


def _bare(unit):
    """The same without the word for the unit, which is said once."""
    return lambda value: unit(value).replace(f"{SPACE}points", "")


def noun_of(stage: str) -> str:
    """What entries into the hand-off stage are called.

    >>> noun_of("mql"), noun_of("handed_over")
    ('MQLs', 'Entries into handed_over')
    """
    return "MQLs" if stage.casefold() == "mql" else f"Entries into {stage}"
