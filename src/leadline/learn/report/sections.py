"""The parts of the page, from the top down."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from leadline.analysis.charts import NARROW, WIDE
from leadline.analysis.markup import Child, Markup, tag
from leadline.analysis.words import NONE, counted, interval_text, of_n, percent, points
from leadline.learn.effects import Effect
from leadline.learn.evaluate import Evaluation
from leadline.learn.report import charts
from leadline.learn.report.pieces import card, details, ends, figure, half, interval, key, note, table
from leadline.learn.report.told import Refused, Told
from leadline.learn.slices import Grouping

SHAPES = 12  # effects that are drawn
_TABLE_ROWS = 40


def headline(found: Evaluation) -> str:
    """The one sentence."""
    fifth = found.fifth
    if not found.signal or fifth is None or fifth.reached.value is None:
        rate = percent(found.rate if found.rate is not None else found.base.value)
        return (
            f"No signal here: nothing in these columns tells who buys. Everyone gets the base rate, {rate}."
        )
    return f"Calls on the best fifth reach {percent(fifth.reached.value, 0)} of buyers"


def tiles(found: Evaluation) -> Markup:
    fifth, curve = found.fifth, found.calibration
    shown = [
        _tile("Buyers reached by the best fifth", percent(fifth.reached.value, 0) if fifth else NONE,
              f"95 % interval "
              f"{interval_text(fifth.reached.interval)}" if fifth else "", "by lot it would be 20 %"),
        _tile("In the right order (ROC AUC)", figure(found.auc.value, 3),
              interval(found.auc, 3), "of one who bought and one who did not; by lot 0.5"),
        _tile("Calibration error", percent(curve.ece) if curve else NONE,
              "of probability, on average over leads",
              f"chance alone makes up to {percent(curve.by_chance[1])}" if curve else "",
              chip=None if curve is None else "within chance" if curve.within_chance else "beyond chance"),
        _tile("Base rate", percent(found.base.value), f"{of_n(found.base)} leads judged",
              f"95 % interval {interval_text(found.base.interval)}"),
    ]  # fmt: skip
    return tag("div", *shown, class_="tiles")


def _tile(title: str, figure: str, *notes: str, chip: str | None = None) -> Markup:
    kind = {"within chance": "chip better", "beyond chance": "chip worse"}.get(chip or "")
    label = [" ", tag("span", chip, class_=kind)] if chip else None
    return tag(
        "section", tag("h2", title, label), tag("p", figure, class_="figures"),
        *(tag("p", n, class_="note") for n in notes if n), class_="tile",
    )  # fmt: skip


def summary(told: Told) -> Markup:
    found = told.evaluation
    known = f"Learned from {counted(found.examples, 'lead')}; judged on {found.rows:,}"
    said = [f"{known} that each trial had not seen ({found.how})."]
    if found.signal:
        best = found.fifth
        said.append(f"The best fifth buys {best.lift.value:.1f} times as often as leads by lot: "
                    f"{percent(best.rate.value)} against "
                    f"{percent(found.base.value)}." if best and best.lift.value
                    else "")  # fmt: skip
        if told.effects:
            names = [e.label for e in told.effects[:3]]
            said.append(f"What matters most: {', '.join(names)}.")
    said.append(found.why)
    notes = [tag("h3", "Before you believe it"), tag("ul", *(tag("li", n) for n in found.notes))]
    return card("In short", tag("ul", *(tag("li", s) for s in said if s)), notes if found.notes else None)


def left_out(told: Told) -> Markup | None:
    """Leads and columns that were not used, with the reason of each."""
    out = told.evaluation.left_out
    parts: list[Child] = []
    if out:
        items = (tag("li", f"{n:,} leads: {why}") for why, n in sorted(out.items(), key=lambda o: -o[1]))
        parts += [tag("h3", "Leads"), tag("ul", *items)]
    if told.refused:
        parts += [
            tag("h3", "Columns that give the answer away"),
            note("They are filled in once the outcome is known, so a new lead does not have them. Whoever "
                 "knows better "
                 "keeps one with ", tag("code", "--keep"), "."),
            _refusals(told.refused, "why it was refused"),
        ]  # fmt: skip
    if told.dropped:
        title = f"Columns that say nothing ({len(told.dropped)})"
        parts.append(details(_refusals(told.dropped, "why"), title=title))
    return card("What was left out, and why", *parts) if parts else None


def _refusals(refused: Sequence[Refused], heading: str) -> Markup:
    return table(("Column", heading), ((tag("b", r.column), "; ".join(r.reasons)) for r in refused), words=2)


def trust(found: Evaluation) -> Markup | None:
    """Calibration, and gain."""
    curve = found.calibration
    if curve is None:
        return None
    rows = [
        (f"{percent(b.low)} to {percent(b.high)}", percent(b.said), percent(b.rate.value),
         interval_text(b.rate.interval), of_n(b.rate)) for b in curve.bins
    ]  # fmt: skip
    verdict = "no more than chance makes" if curve.within_chance else "more than chance makes"
    first = card(
        "Does 20 % mean 20 %?",
        note("Leads in groups of equal size by what was said of them; dots on the dashed line are exactly "
              "right, "
              "strokes are 95 % intervals."),
        half(charts.calibration_chart(curve)),
        note(f"On average {percent(curve.ece)} off, {verdict}. The rate is "
             f"{points(round(curve.gap.value or 0.0, 3) + 0.0)} from "
             f"the mean "
             f"probability ({interval_text(curve.gap.interval, points)})."),
        details(table(("said", "on average", "bought", "95 % interval", "n"), rows)),
    )  # fmt: skip
    if not found.signal:
        return first
    reached = [
        (percent(t.share, 0), percent(t.reached.value), interval_text(t.reached.interval),
         figure(t.lift.value, 2), percent(t.rate.value)) for t in found.tenths
    ]  # fmt: skip
    second = card(
        "How many buyers do the best leads hold?",
        note("Call from the best downwards: the curve is who is reached, the dashed line what calling by "
              "lot "
              "would reach."),
        half(charts.gains_chart(found.tenths)),
        details(table(("called", "buyers reached", "95 % interval", "lift", "bought of those called"),
                      reached)),
    )  # fmt: skip
    return tag("div", first, second, class_="two")


def tenths(found: Evaluation) -> Markup | None:
    if not found.signal or len(found.tenths) < 2:
        return None
    hits = [0.0, *((t.reached.value or 0) for t in found.tenths)]
    whole = found.base.value or 0
    rates = [(b - a) * whole * len(found.tenths) for a, b in pairwise(hits)]
    return card(
        "From the best tenth to the last", note("The share that bought in each tenth of the leads."),
        half(charts.tenths_chart(rates, whole)),
    )  # fmt: skip


def where_to_draw(found: Evaluation) -> Markup | None:
    """Expected deals at each threshold."""
    if not found.signal or not found.thresholds:
        return None
    worth = any(t.worth is not None for t in found.thresholds)
    rows = [
        ("everyone" if not t.at else f"from {percent(t.at, 1 if t.at == 0.075 else 0)}", f"{t.leads:,}",
         f"{t.expected:,.1f}", f"{t.deals.hits:,}", percent(t.deals.value), interval_text(t.deals.interval),
         percent(t.reached.value), *([f"{t.worth or 0:,.0f}"] if worth else [])) for t in found.thresholds
    ]  # fmt: skip
    headings = ("Call", "leads", "deals expected", "deals there were", "of those called bought",
                "95 % interval", "of all buyers", *(["worth of the deals"] if worth else []))  # fmt: skip
    told = (
        "Deals expected are the sum of the probabilities of those called; beside them those that there were, "
        "and what part of all buyers that is."
    )
    return card("Where to draw the line", note(told), table(headings, rows))


def shapes(told: Told) -> Markup | None:
    """What each input does."""
    if not told.effects:
        return None
    drawn = [_shape(e) for e in told.effects[:SHAPES]]
    rest = told.effects[SHAPES:]
    more = details(
        table(("Column", "mean size of its effect"), ((e.label, _size(e)) for e in rest)),
        title=f"{counted(len(rest), 'further column')} of less weight",
    ) if rest else None  # fmt: skip
    return card(
        "What the probability is made of",
        note("By how many points of percent each value raises or lowers the probability of the average "
              "lead; greatest "
              "first. Strokes and shades are the middle 80 % of the predictor fitted anew to resampled "
              "leads."),
        tag("div", *drawn, class_="shapes"), more, class_="card long",
    )  # fmt: skip


def _size(effect: Effect) -> str:
    return points(effect.weight).lstrip("+")


def _shape(effect: Effect) -> Markup:
    rows = [
        (" and ".join(b.words), NONE if b.share is None else percent(b.share), points(b.change),
         interval_text(b.interval, points)) for b in effect.bars[:_TABLE_ROWS]
    ]  # fmt: skip
    shown = table(("value", "of leads", "points", "80 % interval"), rows)
    title = "As a table" if len(effect.bars) <= _TABLE_ROWS else f"The first {_TABLE_ROWS} as a table"
    return tag("div", tag("h3", effect.label), note(f"on average {_size(effect)}"),
               charts.effect_chart(effect), details(shown, title=title))  # fmt: skip


def over_time(found: Evaluation) -> Markup | None:
    if found.periods is None:
        return None
    return card(
        f"{found.periods.label}",
        note("Dots are what happened, strokes 95 % intervals, the line what was said."),
        key(("new", "bought"), ("line", "said on average"), ("down", "further off than chance explains")),
        tag("div", charts.periods_chart(found.periods, WIDE), class_="wide"),
        tag("div", charts.periods_chart(found.periods, NARROW), class_="narrow"),
        details(_slices(found.periods)),
    )  # fmt: skip


def by_group(found: Evaluation) -> Markup | None:
    """Fairness: is it as right for each group."""
    if not found.groups:
        return None
    cards = [
        card(
            f"By {g.label}", note("Bars are what happened with its 95 % interval, the stroke is what was "
                                   "said."),
            key(("new", "bought"), ("stroke", "said on average"), ("down", "beyond chance")),
            half(charts.group_chart(g)), details(_slices(g)),
        )
        for g in found.groups
    ]  # fmt: skip
    return tag("div", *cards, class_="two")


def _slices(grouping: Grouping) -> Markup:
    rows = [
        (s.name, f"{s.rate.n:,}", percent(s.rate.value), percent(s.said), points(s.gap.value),
         interval_text(s.gap.interval, points), figure(s.auc.value, 3), s.words) for s in grouping.slices
    ]  # fmt: skip
    return table((grouping.label, "n", "bought", "said", "gap", "95 % interval", "AUC", "so"), rows)


def learning(found: Evaluation) -> Markup | None:
    steps = [s for s in found.learning if s.auc.value is not None]
    if len(steps) < 2:
        return None
    first, last = steps[-2], steps[-1]
    better = (last.auc.value or 0) - (first.auc.value or 0)
    told = (
        "More leads would probably help." if better > 0.01 else "More leads of this kind would hardly help."
    )
    rows = [
        (f"{s.rows:,}", f"{s.won:,}", s.kind, figure(s.auc.value, 3), ends(s.auc, 3),
         figure(s.gained.value, 4)) for s in found.learning
    ]  # fmt: skip
    return card(
        "Would more leads help?",
        note(f"The same learning on parts of the leads, judged on the same held-back quarter. {told}"),
        half(charts.learning_chart(steps)),
        details(table(("leads", "bought", "kind", "AUC", "95 % interval", "log loss gained"), rows)),
    )  # fmt: skip


def figures(found: Evaluation) -> Markup:
    """Every figure, for those who know them."""
    rows = [
        ("ROC AUC", figure(found.auc.value, 4), ends(found.auc, 4), "chance 0.5; DeLong's interval"),
        ("PR AUC (average precision)", figure(found.average_precision.value, 4),
         ends(found.average_precision, 4), f"chance {figure(found.base.value, 4)}"),
        ("Brier", figure(found.brier.value, 4), ends(found.brier, 4), "mean squared error; 0 is best"),
        ("Log loss", figure(found.log_loss.value, 4), ends(found.log_loss, 4), "in nats; 0 is best"),
        ("Log loss less than the constant rate's", figure(found.gained.value, 4), ends(found.gained, 4),
         NONE if found.explained is None else f"{percent(found.explained)} of it"),
    ]  # fmt: skip
    if found.calibration:
        curve = found.calibration
        rows.append(("Expected calibration error", f"{curve.ece:.4f}", "",
                     f"{len(curve.bins)} equal bins; by chance {curve.by_chance[0]:.4f}"))  # fmt: skip
    return card("All figures", details(table(("", "value", "95 % interval", ""), rows), title="Every figure"))
