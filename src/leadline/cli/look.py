"""Colours, chips and bars: a small palette, used the same way on every screen."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

GOOD, FAIR, WEAK, ALARM = "#2e9e6b", "#d9a022", "#8a8f98", "#d1495b"
ACCENT = "#3b82c4"
QUIET = "dim"
_EIGHTHS = " ▏▎▍▌▋▊▉█"


def quality_colour(name: str | None, names: Sequence[str]) -> str:
    """The colour of a quality by its place: the first is the best, the last the worst."""
    if name not in names:
        return WEAK
    place = list(names).index(name)
    if place == 0:
        return GOOD
    return WEAK if place == len(names) - 1 else FAIR


def chip(text: str, colour: str) -> Text:
    """A word on its colour."""
    return Text(f" {text} ", inked(colour))


def inked(colour: str) -> str:
    """The style of words on a colour."""
    return f"bold {'#1b1b1b' if colour == FAIR else '#ffffff'} on {colour}"


def bar(share: float, width: int, colour: str) -> Text:
    """A bar of `width` cells, filled for `share` of it to the eighth of a cell.

    >>> bar(0.5, 4, "green").plain
    '██  '
    """
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    eighths = max(eighths, 1) if share > 0 else 0
    full, rest = divmod(eighths, 8)
    return Text(("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(width), colour)


def heading(text: str) -> Text:
    return Text(text, "bold")
