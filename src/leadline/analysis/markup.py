"""HTML and SVG from Python: whatever is not markup already is escaped, so no text of a user becomes any."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

# What HTML may not hold at all; shown as the character that stands for something unreadable.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
# Signs that turn the direction of text, and so what a reader takes it for.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f]")
_EMPTY = frozenset({"meta", "br"})


class Markup(str):
    """Text that is markup."""

    __slots__ = ()


Child = str | int | float | None | Iterable["Child"]


def escaped(text: object) -> Markup:
    """
    >>> escaped('<img onerror="x">')
    '&lt;img onerror=&quot;x&quot;&gt;'
    """
    if isinstance(text, Markup):
        return text
    safe = _TURNING.sub("", _FORBIDDEN.sub("\ufffd", str(text)))
    return Markup(html.escape(safe, quote=True))


def tag(name: str, /, *children: Child, **attributes: object) -> Markup:
    """An element. `class_` is the attribute class, `stroke_width` stroke-width; None leaves one out.

    >>> tag("p", "1 < 2", class_="note")
    '<p class="note">1 &lt; 2</p>'
    """
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escaped(_short(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _EMPTY:
        return Markup(f"<{name}{given}>")
    return Markup(f"<{name}{given}>{joined(children)}</{name}>")


def joined(children: Child) -> Markup:
    """Markup as it is, everything else escaped, one after the other."""
    if children is None:
        return Markup("")
    if isinstance(children, str | int | float):
        return escaped(children)
    return Markup("".join(joined(child) for child in children))


def _short(value: object) -> object:
    """Coordinates to a tenth: a page with many charts stays small."""
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else value
