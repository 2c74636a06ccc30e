"""An evaluation as one HTML page: what a head of sales asks of a predictor, answered in that order.

No script and no request to anywhere; the Content-Security-Policy allows the page's own style sheet alone.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

from leadline.analysis.markup import Markup, tag
from leadline.analysis.page import document
from leadline.analysis.words import counted
from leadline.learn.report import sections
from leadline.learn.report.people import people
from leadline.learn.report.told import LeadTold, Reason, Refused, Told, example_leads, told_leads

__all__ = ["LeadTold", "Reason", "Refused", "Told", "example_leads", "learn_page", "told_leads"]


def learn_page(told: Told) -> str:
    """The whole page as text; write it with UTF-8."""
    found = told.evaluation
    main = tag(
        "main", sections.tiles(found), sections.summary(told), sections.trust(found),
        sections.where_to_draw(found), sections.shapes(told), people(told.leads),
        sections.left_out(told), sections.over_time(found),
        sections.by_group(found),
        tag("div", sections.tenths(found), sections.learning(found), class_="two"), sections.figures(found),
    )  # fmt: skip
    return document(f"Learned: {found.goal}", _header(told), main, _footer(told), style=_style())


@cache
def _style() -> str:
    return resources.files("leadline.learn.report").joinpath("report.css").read_text(encoding="utf-8")


def _header(told: Told) -> Markup:
    found, predictor = told.evaluation, told.predictor
    kind = {"rate": "constant rate", "additive": "boosted model"}.get(predictor.kind, predictor.kind)
    source = [" from ", tag("b", told.source)] if told.source else []
    return tag(
        "header",
        tag(
            "div", tag("p", "What the outcomes say · ", found.goal, class_="kicker"),
            tag("h1", sections.headline(found)),
            tag("p", "A ", tag("b", kind), " learned", *source, ", version "
                                                                "", tag("b", told.version), class_="names"),
        ),
    )  # fmt: skip


def _footer(told: Told) -> Markup:
    found = told.evaluation
    return tag("footer", tag("p", f"{counted(found.rows, 'lead')} judged, {found.how} · made with Leadline"))
