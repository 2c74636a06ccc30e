"""The pieces that the page's parts are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from leadline.analysis.intervals import Estimate
from leadline.analysis.markup import Child, Markup, tag
from leadline.analysis.words import NONE


def figure(value: float | None, digits: int) -> str:
    return NONE if value is None else f"{value:.{digits}f}"


def interval(given: Estimate, digits: int) -> str:
    return f"95 % interval {ends(given, digits)}" if given.interval else ""


def ends(given: Estimate, digits: int) -> str:
    return " to ".join(f"{end:.{digits}f}" for end in given.interval or ())


def card(title: str, *content: Child, class_: str = "card") -> Markup:
    return tag("section", tag("h2", title), *content, class_=class_)


def note(*words: Child) -> Markup:
    return tag("p", *words, class_="note")


def key(*items: tuple[str, str]) -> Markup:
    told = (tag("li", tag("i", class_=kind), words) for kind, words in items)
    return tag("ul", *told, class_="key", aria_hidden="true")


def half(chart: Markup) -> Markup:
    return tag("div", chart, class_="half")


def table(headings: Sequence[str], rows: Iterable[Sequence[Child]], words: int = 1) -> Markup:
    kinds = ["word" if i < words else "n" for i in range(len(headings))]
    head = tag("tr", *(tag("th", h, scope="col", class_=k) for h, k in zip(headings, kinds, strict=True)))
    body = (tag("tr", *(tag("td", c, class_=k) for c, k in zip(row, kinds, strict=True))) for row in rows)
    return tag("div", tag("table", tag("thead", head), tag("tbody", *body)), class_="scroll", tabindex=0)


def details(*content: Child, title: str = "The same as a table") -> Markup:
    return tag("details", tag("summary", title), *content)
