"""A small canvas for SVG: shapes with classes (colours are the page's), a scale, a title, a description."""

from __future__ import annotations

from collections.abc import Callable
from math import floor, log10

from leadline.analysis.markup import Child, Markup, tag


class Canvas:
    """Collects shapes; `title` and `about` are read out to those who do not see the picture."""

    def __init__(self, width: float, height: float, title: str, about: str):
        self.width, self.height = width, height
        self._shapes: list[Markup] = [tag("title", title), tag("desc", about)]
        self._title = title

    def rect(self, x: float, y: float, width: float, height: float, class_: str, hint: str | None = None,
             round_: float = 0) -> None:  # fmt: skip
        told = tag("title", hint) if hint else None
        self._add("rect", told, x=x, y=y, width=max(width, 0.0), height=max(height, 0.0), class_=class_,
                  rx=round_ or None)  # fmt: skip

    def line(self, x1: float, y1: float, x2: float, y2: float, class_: str) -> None:
        self._add("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)

    def dot(self, x: float, y: float, radius: float, class_: str, hint: str | None = None) -> None:
        self._add("circle", tag("title", hint) if hint else None, cx=x, cy=y, r=radius, class_=class_)

    def path(self, d: str, class_: str, hint: str | None = None) -> None:
        self._add("path", tag("title", hint) if hint else None, d=d, class_=class_)

    def text(self, x: float, y: float, words: Child, class_: str = "label", anchor: str = "start") -> None:
        self._add("text", words, x=x, y=y, class_=class_, text_anchor=None if anchor == "start" else anchor)

    def _add(self, name: str, *children: Child, **attributes: object) -> None:
        numbers = {k: float(v) if isinstance(v, int | float) else v for k, v in attributes.items()}
        self._shapes.append(tag(name, *children, **numbers))

    def svg(self, class_: str = "chart") -> Markup:
        box = f"0 0 {self.width:g} {self.height:g}"
        return tag("svg", self._shapes, viewBox=box, role="img", aria_label=self._title, class_=class_)


Scale = Callable[[float], float]


def scale(most: float, begin: float, end: float) -> Scale:
    """From 0 … `most` to pixels."""
    return lambda value: begin + (end - begin) * (value / most if most else 0)


def ticks(most: float, count: int = 4) -> list[float]:
    """Round numbers from 0 to one that is not below `most`, about `count` steps.

    >>> ticks(57), ticks(0.23), ticks(0)
    ([0.0, 20.0, 40.0, 60.0], [0.0, 0.1, 0.2, 0.3], [0.0, 1.0])
    """
    if most <= 0:
        return [0.0, 1.0]
    rough = most / count
    unit = 10 ** floor(log10(rough))
    step = unit * next(m for m in (1, 2, 2.5, 5, 10) if m * unit >= rough * 0.999)
    steps = int(-(-most // step)) if most % step > 1e-9 * step else round(most / step)
    return [round(float(i * step), 10) for i in range(steps + 1)]


def clipped(text: str, most: int) -> str:
    """
    >>> clipped("Viewed the pricing page", 12)
    'Viewed the…'
    """
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
