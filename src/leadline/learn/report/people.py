"""A few leads with their reasons."""

from __future__ import annotations

from collections.abc import Sequence

from leadline.analysis.markup import Markup, tag
from leadline.analysis.words import percent
from leadline.learn.report.pieces import card, note
from leadline.learn.report.told import LeadTold


def people(leads: Sequence[LeadTold]) -> Markup | None:
    """A few leads with their reasons."""
    if not leads:
        return None
    return card(
        "Some leads, and why",
        note(f"From the best to the last. Each begins at {percent(leads[0].start)}, the average lead's "
              f"probability; "
              "what is added and taken away sums exactly to its own. The predictor has seen these leads."),
        tag("div", *(_person(lead) for lead in leads), class_="people"), class_="card long",
    )  # fmt: skip


def _person(lead: LeadTold) -> Markup:
    became = {True: "bought", False: "did not buy", None: None}[lead.won]
    reasons = [(r.change, r.words) for r in lead.reasons]
    if abs(lead.others) >= 0.0005:
        reasons.append((lead.others, "everything else"))
    items = (
        tag("li", tag("b", _signed(change), class_="plus" if change > 0 else "minus"), tag("span", words))
        for change, words in reasons
    )
    spread = f" {percent(lead.interval[0])} to {percent(lead.interval[1])}" if lead.interval else None
    return tag(
        "div", tag("h3", lead.id),
        tag("p", percent(lead.probability), tag("small", spread), class_="figures"),
        tag("ul", *items), note(became) if became else None, class_="person",
    )  # fmt: skip


def _signed(change: float) -> str:
    return f"{100 * change:+.1f}".replace("-", "−")
