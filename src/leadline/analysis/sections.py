"""The sections of the page, each a picture with its table beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from leadline.analysis import charts
from leadline.analysis.charts import NARROW, NOBODY, WIDE, RateRow
from leadline.analysis.definitions import DEFINITIONS
from leadline.analysis.markup import Child, Markup, tag
from leadline.analysis.movers import DOWN, OTHER, SAME_POINTS, UP, Mover, signed
from leadline.analysis.pair import Pair
from leadline.analysis.volume import Spread, WeekCount
from leadline.analysis.weeks import local_date
from leadline.analysis.words import (
    NONE,
    counted,
    day_text,
    interval_text,
    noun_of,
    number,
    of_n,
    percent,
    times,
)

if TYPE_CHECKING:
    from leadline.analysis.backtest import Backtest

MOVERS_SHOWN = 10  # of either direction
RULES_SHOWN = 8
_KEY = {
    "old": "old rules", "new": "new rules", "again": "returning leads", "partial": "not a whole week",
    "up": "higher", "down": "lower", "same": "as before",
}  # fmt: skip


def period_text(result: Backtest) -> str:
    first, last = (local_date(m, result.period.timezone) for m in (result.period.first, result.period.last))
    return f"{day_text(first)} – {day_text(last)}"


def _day(result: Backtest, moment: datetime) -> str:
    return day_text(local_date(moment, result.period.timezone))


def _card(title: str, *content: Child, long: bool = False) -> Markup:
    return tag("section", tag("h2", title), *content, class_="card long" if long else "card")


def _note(*words: Child) -> Markup:
    return tag("p", *words, class_="note")


def _key(*names: str) -> Markup:
    items = (tag("li", tag("i", class_=name), _KEY[name]) for name in names)
    return tag("ul", *items, class_="key", aria_hidden="true")


def _both(draw) -> list[Markup]:
    """A picture for wide screens, and the same for phones."""
    return [tag("div", draw(width), class_=name) for width, name in ((WIDE, "wide"), (NARROW, "narrow"))]


def _half(chart: Markup) -> Markup:
    return tag("div", chart, class_="half")


def _table(headings: Sequence[str], rows: Iterable[Sequence[Child]], words: int = 1) -> Markup:
    """The first `words` columns hold words, the others numbers."""
    kinds = [None if i < words else "n" for i in range(len(headings))]
    head = tag("tr", *(tag("th", h, scope="col", class_=k) for h, k in zip(headings, kinds, strict=True)))
    body = (tag("tr", *(tag("td", c, class_=k) for c, k in zip(row, kinds, strict=True))) for row in rows)
    return tag("div", tag("table", tag("thead", head), tag("tbody", *body)), class_="scroll", tabindex=0)


def _details(*content: Child, title: str = "The same as a table") -> Markup:
    return tag("details", tag("summary", title), *content)


def summary(result: Backtest) -> Markup:
    sentences = tag("ul", *(tag("li", sentence) for sentence in result.verdict.sentences))
    changes = [tag("h3", "What is different in the rules"),
               tag("ul", *(tag("li", change) for change in result.changes))]  # fmt: skip
    notes = [tag("h3", "To read it rightly"), tag("ul", *(tag("li", note) for note in result.notes))]
    return _card(
        "In short", sentences, changes if result.changes else None, notes if result.notes else None, long=True
    )


def weeks(result: Backtest) -> Markup:
    weekly = result.weekly
    old, new = weekly.models.old, weekly.models.new
    noun = noun_of(new.stage)
    rows = [
        (w.week + (" (part)" if w.partial else ""), w.monday.isoformat(), *_four(w.models))
        for w in weekly.weeks
    ]
    headings = ("Week", "from", "old: new", "old: returning", "new: new", "new: returning")
    left_out = (
        f"Not counted: {old.initial:,} (old) and {new.initial:,} (new) that stood there before the period. "
        f"{old.passed_over:,} and {new.passed_over:,} leads came to a later stage past this one, "
        "such as those that sales took up before the rules handed them over."
    )
    return _card(
        f"{noun} a week", _note(f"New and returning leads, n = {old.hand_offs:,} → {new.hand_offs:,}. "
        f"Dashed lines: the mean of {counted(weekly.whole_weeks, 'whole week')}."),
        _key("old", "new", "again", "partial"),
        _both(lambda width: charts.weeks_chart(weekly, width, noun)),
        _details(_table(headings, rows, words=2)), _note(left_out),
    )  # fmt: skip


def _four(models: Pair[WeekCount]) -> list[int]:
    return [n for _, count in models.items() for n in (count.new, count.returning)]


def right(result: Backtest) -> Child:
    """Precision, recall and what became of each quality."""
    outcomes = result.outcomes
    if outcomes is None:
        return _card(
            "Were they right?", _note("No goal is set, so there is nothing to measure the rules by.")
        )
    old, new = outcomes.models.old, outcomes.models.new
    rows = [
        RateRow("Old rules", "old", old.precision, "Precision (handed over, then the goal)"),
        RateRow("New rules", "new", new.precision),
        RateRow("All eligible leads", "base", outcomes.base),
        RateRow("Old rules", "old", old.recall, "Recall (the goal, handed over before)"),
        RateRow("New rules", "new", new.recall),
    ]
    lifts = f"Lift {times(old.lift.value)} ({interval_text(old.lift.interval, times)}) under the old rules, "
    lifts += f"{times(new.lift.value)} ({interval_text(new.lift.interval, times)}) under the new."
    until = _day(result, outcomes.known_until)
    waiting = (
        f"The goal is {outcomes.event}, within {outcomes.horizon_days:g} days. Not counted, since their "
        f"horizon has not passed by {until}: {old.waiting:,} and {new.waiting:,} leads handed over, "
        f"{outcomes.waiting:,} of all leads."
    )
    first = _card(
        "Were they right?", _note("Dots are what was found, bars the 95 % interval."),
        _half(charts.rates_chart(rows, "Precision and recall with intervals")), _note(lifts), _note(waiting),
        _details(_table(("", "rate", "95 % interval", "n"), (_rate_row(r) for r in rows))),
    )  # fmt: skip
    return tag("div", first, _classes(result), class_="two")


def _rate_row(row: RateRow) -> Sequence[Child]:
    name = f"{row.heading.partition(' (')[0]}, {row.label.lower()}" if row.heading else row.label
    return name, percent(row.rate.value), interval_text(row.rate.interval), of_n(row.rate)


def _classes(result: Backtest) -> Markup | None:
    outcomes = result.outcomes
    if outcomes is None or not outcomes.by_class.new or not outcomes.by_class.old:
        return None
    rates = {name: {c.quality: c.rate for c in side} for name, side in outcomes.by_class.items()}
    rows = [
        RateRow(f"{'Old' if name == 'old' else 'New'} rules", name, rates[name][quality], heading)
        for quality in dict.fromkeys([*rates["new"], *rates["old"]])
        for name, heading in (
            ("old", quality or NOBODY),
            ("new", None if quality in rates["old"] else quality),
        )
        if quality in rates[name]
    ]
    day = _day(result, outcomes.judged_until)
    at = f"As they stood on {day}, and whether the goal came within the horizon from then. "
    return _card(
        "What became of each quality", _note(at, "A good order of classes shows as a falling row of dots."),
        _half(charts.rates_chart(rows, "Share that reached the goal, by quality")),
        _details(_table(("", "rate", "95 % interval", "n"), (_rate_row(r) for r in _named(rows)))),
    )  # fmt: skip


def _named(rows: Sequence[RateRow]) -> Iterable[RateRow]:
    """Each with its heading, where a table has no groups."""
    heading = ""
    for row in rows:
        heading = row.heading or heading
        yield RateRow(row.label, row.kind, row.rate, heading)


def quality(result: Backtest) -> Markup | None:
    movers = result.movers
    if not any(name for name, _ in movers.classes.new):
        return None
    counts = {(before, after): n for before, after, n in movers.flow}
    after = [name for name, _ in movers.classes.new]
    rows = [
        (before or NOBODY, *(f"{counts.get((before, a), 0):,}" for a in after), f"{n:,}")
        for before, n in movers.classes.old
    ]
    rows.append(("all, new rules", *(f"{n:,}" for _, n in movers.classes.new), f"{movers.leads:,}"))
    headings = ("old ↓  new →", *(name or NOBODY for name in after), "all, old rules")
    return _card(
        "Quality before and after",
        _note(f"{counted(movers.leads, 'lead')} on the last day: {movers.quality_up:,} better, ",
              f"{movers.quality_down:,} worse under the new rules."),
        _key("up", "down", "same"),
        _both(lambda width: charts.flow_chart(movers, width)),
        _details(_table(headings, rows)),
    )  # fmt: skip


def moving(result: Backtest) -> Markup:
    movers = result.movers
    if not movers.moved:
        return _card("Who moves, and why", _note("Nobody: every lead stands where it stood."))
    ways = f"{movers.quality_up:,} rise and {movers.quality_down:,} fall in quality; of the others "
    ways += f"{movers.stage_up:,} stand in a further stage and {movers.stage_down:,} in an earlier one"
    ways += f"; {movers.other:,} cannot be compared." if movers.other else "."
    alone = (
        f" {counted(movers.without_points, 'lead')} moved with the same points: by thresholds or conditions."
    )
    return _card("Who moves, and why", _note(ways, alone if movers.without_points else ""),
                 _rules(result), _examples(result), long=True)  # fmt: skip


def _rules(result: Backtest) -> Child:
    movers = result.movers
    if not movers.by_rule:
        return None
    rows = [
        (e.label, f"{e.leads:,}", signed(e.mean_points), f"{e.up:,}", f"{e.down:,}") for e in movers.by_rule
    ]
    headings = ("Rule", "leads with other points", "mean", "moved up", "moved down")
    touching = [e for e in movers.by_rule if e.up + e.down][:RULES_SHOWN]
    return [
        tag("h3", "Rules that touch those who move"),
        _note("A lead that several changed rules touch is counted for each."),
        _half(charts.rules_chart(touching)) if touching else None,
        _details(_table(headings, rows), title="All rules that give other points"),
    ]


def _examples(result: Backtest) -> Child:
    most = result.movers.most
    shown = [m for way in (UP, DOWN, OTHER) for m in [m for m in most if m.direction == way][:MOVERS_SHOWN]]
    headings = ("Lead", "", "Quality", "Stage", "Fit", "Intent", "Why")
    head = tag("tr", *(tag("th", h, scope="col") for h in headings))
    body = tag("tbody", *(_example(mover) for mover in shown))
    return [
        tag("h3", "Moved furthest"),
        _note(f"Up to {MOVERS_SHOWN} of either direction; points are those of the last day, new less old."),
        tag("div", tag("table", tag("thead", head), body, class_="movers"), class_="scroll", tabindex=0),
    ]


def _example(mover: Mover) -> Markup:
    sign = {UP: tag("span", "▲ up", class_="up-word"), DOWN: tag("span", "▼ down", class_="down-word")}
    why = ", ".join(f"{p.label} {signed(p.points)}" for p in mover.points) or SAME_POINTS
    parts = (("fit", mover.fit), ("intent", mover.intent))
    scores = [(name, _arrow(number(pair.old, 2), number(pair.new, 2))) for name, pair in parts]
    way = sign.get(mover.direction, NONE)
    return tag(
        "tr", tag("td", mover.lead_id, class_="id"), tag("td", way, class_="still"),
        tag("td", _arrow(mover.quality.old or NOBODY, mover.quality.new or NOBODY)),
        tag("td", _arrow(mover.stage.old, mover.stage.new)),
        *(tag("td", score, class_=f"still {name}") for name, score in scores), tag("td", why, class_="why"),
    )  # fmt: skip


def _arrow(before: str, after: str) -> str:
    return before if before == after else f"{before} → {after}"


def work(result: Backtest) -> Markup:
    """For reps, and for patience."""
    return tag("div", _load(result), _days(result), class_="two")


def _load(result: Backtest) -> Markup:
    load = result.load
    if load is None:
        told = "Events carry no property `rep`, and the number of reps was not given."
        return _card("Hand-offs per rep and week", _note(told))
    source = "found in the data" if load.counted else "as given"
    rows = [_spread_row(f"{name} rules", spread) for name, spread in load.models.items()]
    return _card(
        "Hand-offs per rep and week",
        _note(f"Each dot is a whole week, shared by {counted(load.reps, 'rep')} ({source}). "
              "The mark is the median."),
        _half(charts.load_chart(load)), _details(_table(_SPREAD, rows)),
    )  # fmt: skip


_SPREAD = ("", "n", "least", "lower quartile", "median", "upper quartile", "most")


def _spread_row(name: str, spread: Spread) -> Sequence[Child]:
    five = (spread.least, spread.lower_quartile, spread.median, spread.upper_quartile, spread.most)
    return name, f"{spread.n:,}", *(number(value, 2) for value in five)


def _days(result: Backtest) -> Markup:
    speed = result.speed
    noun = noun_of(result.weekly.models.new.stage).removesuffix("s")
    if not speed.old.days.n and not speed.new.days.n:
        return _card(f"Days from first sight to {noun}", _note("No lead was handed over for the first time."))
    rows = [_spread_row(f"{name} rules", side.days) for name, side in speed.items()]
    told = f"Share of first hand-offs, n = {speed.old.days.n:,} → {speed.new.days.n:,}; median "
    told += f"{number(speed.old.days.median)} → {number(speed.new.days.median)} days."
    return _card(
        f"Days from first sight to {noun}", _note(told), _key("old", "new"),
        _half(charts.days_chart(speed, noun)), _details(_table(_SPREAD, rows)),
    )  # fmt: skip


def definitions(result: Backtest) -> Markup:
    terms = (part for word, meaning in DEFINITIONS for part in (tag("dt", word), tag("dd", meaning)))
    return _card(
        "How it is counted", _details(tag("dl", *terms), title="Definition of each figure"), long=True
    )
