"""A persona as one HTML page: plain words first, a picture, then the figures.

No script and no request to anywhere; the Content-Security-Policy allows the page's own style sheet alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import resources

from leadline.analysis.charts import HALF
from leadline.analysis.drawing import Canvas, clipped, scale, ticks
from leadline.analysis.intervals import Rate
from leadline.analysis.markup import Child, Markup, tag
from leadline.analysis.page import document
from leadline.analysis.words import counted, interval_text, number, of_n, percent
from leadline.learn.clusters import Kind
from leadline.learn.persona import Persona
from leadline.learn.persona_rules import ProposedRules
from leadline.learn.statements import Statement

SHOWN = 12  # statements of either direction that are drawn; the table has all


def persona_page(found: Persona, rules: ProposedRules | None = None, source: str = "") -> str:
    """The whole page as text; write it with UTF-8."""
    main = tag(
        "main", _tiles(found), _who(found), _kinds(found), _rules(rules), _figures(found), _unsaid(found),
        _reading(found),
    )  # fmt: skip
    footer = tag("footer", tag("p", f"{counted(found.base.n, 'lead')} · made with Leadline"))
    return document(f"Persona: {found.goal}", _header(found, source), main, footer, style=_style())


@cache
def _style() -> str:
    return resources.files("leadline.learn").joinpath("persona.css").read_text(encoding="utf-8")


def headline(found: Persona) -> str:
    """What there is to say, in one line."""
    if not found.statements:
        return "Nothing tells buyers from the others beyond chance"
    return (found.over or found.under)[0].sentence


def _header(found: Persona, source: str) -> Markup:
    origin = [" of ", tag("b", source)] if source else []
    names = tag("p", "The buyers", *origin, " against those who did not buy", class_="names")
    body = (tag("p", f"Who buys · {found.goal}", class_="kicker"), tag("h1", headline(found)), names)
    return tag("header", tag("div", *body))


def _tile(title: str, figure: str, *notes: Child) -> Markup:
    told = (tag("p", n, class_="note") for n in notes if n)
    return tag("section", tag("h2", title), tag("p", figure, class_="figures"), *told, class_="tile")


def _tiles(found: Persona) -> Markup:
    kinds = str(len(found.kinds)) if found.kinds else "1" if found.kinds_said.startswith("One") else "–"
    said = f"of {counted(found.tested, 'value')} looked at"
    if found.statements:
        chance = number(found.promised * len(found.statements))
        said += f"; of these at most {chance} by chance, on average"
    return tag(
        "div",
        _tile("Buyers", f"{found.base.hits:,}", f"of {counted(found.base.n, 'lead')}"),
        _tile("Share that buys", percent(found.base.value),
              f"95 % interval {interval_text(found.base.interval)}"),
        _tile("Values that tell", str(len(found.statements)), said),
        _tile("Kinds of buyers", kinds, found.kinds_said),
        class_="tiles",
    )  # fmt: skip


def _card(title: str, *content: Child, long: bool = False) -> Markup:
    return tag("section", tag("h2", title), *content, class_="card long" if long else "card")


def _note(*words: Child) -> Markup:
    return tag("p", *words, class_="note")


def _who(found: Persona) -> Markup:
    if not found.statements:
        return _card("Who buys", *(tag("p", note) for note in found.notes))
    sides = [
        tag("div", tag("h2", title), _said(told), _drawn(told, title))
        for title, told in (
            ("What buyers have more often", found.over),
            ("What they have less often", found.under),
        )
        if told
    ]
    return tag("section", tag("div", *sides, class_="two"), class_="card long")


def _said(statements: Sequence[Statement]) -> Markup:
    return tag("ul", *(tag("li", _sentence(s), _also(s)) for s in statements[:SHOWN]), class_="said")


def _sentence(statement: Statement) -> list[Child]:
    before, value, after = statement.sentence.partition(statement.value.text)
    return [before, tag("b", value), after]


def _also(statement: Statement) -> Markup | None:
    if not statement.also:
        return None
    return tag("span", "Says the same: ", "; ".join(statement.also), class_="also")


def _drawn(statements: Sequence[Statement], title: str) -> list[Markup]:
    key = tag(
        "ul", tag("li", tag("i", class_="new"), "of the buyers"),
        tag("li", tag("i", class_="old"), "of the others"),
        class_="key", aria_hidden="true",
    )  # fmt: skip
    return [key, tag("div", shares_chart(statements[:SHOWN], title), class_="half")]


def shares_chart(statements: Sequence[Statement], title: str) -> Markup:
    """For each value the share of buyers and of the others who have it, with intervals, on one scale."""
    each, foot = 62, 26
    height = each * len(statements) + foot
    about = "; ".join(
        f"{s.value.text}: {percent(s.buyers.value)} of buyers, {percent(s.others.value)} of the others"
        for s in statements
    )
    canvas = Canvas(HALF, height, title, about)
    most = max(max(_top(s.buyers), _top(s.others)) for s in statements)
    marks = [m for m in ticks(most) if m <= 1]
    x = scale(max(marks[-1], most), 4, HALF - 60)
    for mark in marks:
        canvas.line(x(mark), 4, x(mark), height - foot + 4, "grid" if mark else "axis")
        canvas.text(x(mark), height - 6, percent(mark, 0), "tick", "middle" if mark else "start")
    for i, statement in enumerate(statements):
        y = each * i
        canvas.text(4, y + 16, clipped(statement.value.text, 46), "label halo")
        for rate, kind, down in ((statement.buyers, "new", 24), (statement.others, "old", 40)):
            _bar(canvas, x, rate, kind, y + down)
    return canvas.svg()


def _bar(canvas: Canvas, x, rate: Rate, kind: str, y: float) -> None:
    low, high = rate.interval or (0.0, 0.0)
    hint = f"{of_n(rate)}; 95 % interval {interval_text(rate.interval)}"
    canvas.rect(x(0), y, x(rate.value or 0) - x(0), 13, kind, hint, 2)
    canvas.line(x(low), y + 6.5, x(high), y + 6.5, "bracket")
    canvas.text(x(high) + 6, y + 11, percent(rate.value, 0), "tick")


def _top(rate: Rate) -> float:
    return rate.interval[1] if rate.interval else 0.0


def _kinds(found: Persona) -> Markup:
    if not found.kinds:
        return _card("Are there several kinds of buyers?", tag("p", found.kinds_said))
    cards = tag("div", *(_kind(k) for k in found.kinds), class_="kinds")
    return _card(
        f"{len(found.kinds)} kinds of buyers",
        _note("Named by what sets each apart from the other buyers. A description, not a test: the kinds "
              "were made to differ."),
        cards, long=True,
    )  # fmt: skip


def _kind(kind: Kind) -> Markup:
    marks = (
        tag("li", f"{m.value.text}: {percent(m.share.value, 0)} against {percent(m.others.value, 0)}")
        for m in kind.marks
    )
    return tag(
        "section", tag("h3", kind.name), tag("p", percent(kind.share, 0), class_="figures"),
        _note(counted(kind.buyers, "buyer")), tag("ul", *marks),
    )  # fmt: skip


def _rules(rules: ProposedRules | None) -> Markup | None:
    if rules is None or not (rules.rules or rules.skipped):
        return None
    content: list[Child] = []
    if rules.rules:
        content += [
            _note("To read, change and paste into a model: ten points for each doubling of the odds, fitted "
                  "together. Where the model has rules on the same fields, theirs come on top."),
            tag("pre", rules.yaml(), tabindex=0),
        ]  # fmt: skip
    if rules.skipped:
        told = (tag("li", f"{label}: {why}.") for label, why in rules.skipped)
        content.append(tag("details", tag("summary", "What is not proposed, and why"), tag("ul", *told)))
    return _card("As fit rules", *content, long=True)


_HEADINGS = (
    "Value", "Of buyers", "Of others", "Of all", "Of these buy", "Lift", "Times as often", "Interval",
    "Leads", "Adjusted p",
)  # fmt: skip


def _figures(found: Persona) -> Markup | None:
    if not found.statements:
        return None
    head = tag(
        "tr", *(tag("th", h, scope="col", class_="n" if i else "word") for i, h in enumerate(_HEADINGS))
    )
    body = (tag("tr", *(tag("td", c, class_="n" if i else "word") for i, c in enumerate(_row(s))))
            for s in found.statements)  # fmt: skip
    table = tag("table", tag("thead", head), tag("tbody", *body))
    return _card("The figures", tag("div", table, class_="scroll", tabindex=0), long=True)


def _row(s: Statement) -> tuple[Child, ...]:
    p = f"{s.adjusted:.3f}" if s.adjusted >= 0.001 else "< 0.001"
    around = interval_text(s.ratio.interval, lambda v: number(v, 2))
    return (
        s.value.text, percent(s.buyers.value), percent(s.others.value), percent(s.everyone.value),
        f"{percent(s.rate.value)} ({interval_text(s.rate.interval)})", number(s.lift, 2),
        number(s.ratio.value, 2), around, f"{s.everyone.hits:,}", p,
    )  # fmt: skip


def _unsaid(found: Persona) -> Markup | None:
    left = [f"Left out: {name}, {n:,}" for name, n in found.left_out.items()]
    told = [f"{name}: {why}" for name, why in found.unsaid.items()]
    if not left and not told:
        return None
    items = tag("ul", *(tag("li", line, ".") for line in [*left, *told]))
    return _card("Not looked at", items)


def _reading(found: Persona) -> Markup:
    notes = found.notes if found.statements else ()
    promise = percent(found.promised, 0)
    return _card(
        "How to read this",
        *(tag("p", note) for note in notes),
        tag("p", f"Of {counted(found.tested, 'value')}, some differ by chance alone. Told are those that "
            f"hold after that is counted in: on average at most {promise} of what is said is chance, "
            "whatever depends on what (Benjamini and Yekutieli 2001). The intervals of “times as often” are "
            "as wide as that asks."),
        tag("p", "Lift is the share of those with a value who buy over the share of all. A value is told "
            "where at least 10 leads have it and 10 have not."),
    )  # fmt: skip
