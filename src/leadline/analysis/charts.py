"""The pictures of a backtest. Each is drawn for a width, so that its letters stay readable on a phone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from leadline.analysis.drawing import Canvas, Scale, clipped, scale, ticks
from leadline.analysis.intervals import Rate
from leadline.analysis.markup import Markup
from leadline.analysis.movers import Movers, RuleEffect
from leadline.analysis.pair import Pair
from leadline.analysis.volume import BINS, Load, Speed, Spread, Weekly
from leadline.analysis.words import counted, number, of_n, percent

WIDE, NARROW, HALF = 960, 360, 440
MARGIN = 46  # right of the weeks, for their means
NOBODY = "none"  # of leads for whom no quality holds
_KIND = Pair("old", "new")


def _frame(
    canvas: Canvas, y: Scale, marks: Sequence[float], left: float, words: Callable[[float], str]
) -> None:
    for mark in marks:
        canvas.line(left, y(mark), canvas.width, y(mark), "grid" if mark else "axis")
        canvas.text(left - 8, y(mark) + 4, words(mark), "tick", "end")


def weeks_chart(weekly: Weekly, width: int, noun: str) -> Markup:
    """Two bars a week, returning leads in a lighter shade on top; whole weeks are filled."""
    height, left, top, bottom = (300 if width == WIDE else 240), 40, 26, 30
    canvas = Canvas(width, height, f"{noun} a week under both models", _about_weeks(weekly))
    most = max([max(w.models.old.all, w.models.new.all) for w in weekly.weeks] or [0])
    marks = ticks(most, 5) if most > 4 else [float(i) for i in range(max(most, 1) + 1)]
    y = scale(marks[-1], height - bottom, top)
    _frame(canvas, y, marks, left, lambda mark: number(mark))
    each = (width - left - 6 - MARGIN) / max(len(weekly.weeks), 1)
    bar = min(each * 0.4, 26.0)
    month = None
    for i, week in enumerate(weekly.weeks):
        middle = left + 6 + (i + 0.5) * each
        for (name, count), side in zip(week.models.items(), (-1, 0), strict=True):
            hint = f"{week.week}, {name} rules: {count.new} new, {count.returning} returning"
            hint += " (not a whole week)" if week.partial else ""
            x, part = middle + side * bar, " partial" if week.partial else ""
            canvas.rect(x, y(count.new), bar * 0.92, y(0) - y(count.new), f"{name}{part}", hint)
            canvas.rect(x, y(count.all), bar * 0.92, y(count.new) - y(count.all), f"{name} again{part}", hint)
        if week.monday.month != month and (month is None or week.monday.day <= 7 or len(weekly.weeks) < 9):
            shown = week.monday if i or week.monday.day <= 7 else None
            if shown or len(weekly.weeks) < 9:
                canvas.text(middle, height - 9, f"{week.monday:%d %b}" if len(weekly.weeks) < 9
                            else f"{week.monday:%b}", "tick", "middle")  # fmt: skip
            month = week.monday.month
    _means(canvas, weekly, y, left)
    return canvas.svg()


def _means(canvas: Canvas, weekly: Weekly, y: Scale, left: float) -> None:
    """A line at each mean, its figure kept clear of the other's."""
    old, new = weekly.models.old.per_week, weekly.models.new.per_week
    if old is None or new is None:
        return
    for (name, mean), other in zip(Pair(old, new).items(), (new, old), strict=True):
        canvas.line(left, y(mean), canvas.width - MARGIN, y(mean), f"mean {name}")
        above = mean > other or (mean == other and name == "old")
        clear = max(0.0, 17 - abs(y(old) - y(new))) / 2
        height = y(mean) + 5 + (-clear if above else clear)
        canvas.text(canvas.width - MARGIN + 6, height, f"⌀{number(mean)}", f"value {name}")


def _about_weeks(weekly: Weekly) -> str:
    old, new = weekly.models.old, weekly.models.new
    means = (
        f"on average {number(old.per_week)} a week under the old rules, {number(new.per_week)} under the new"
    )
    return f"{counted(old.hand_offs, 'entry', 'entries')} against {new.hand_offs:,}; {means}."


def flow_chart(movers: Movers, width: int) -> Markup:
    """Everyone by quality, on the left under the old rules, on the right under the new; ribbons between."""
    top, gap, thick = 30, 30, 12
    rows = max(len(movers.classes.old), len(movers.classes.new), 1)
    height = top + 190 + gap * rows
    side = 150 if width == WIDE else 92
    title = f"Quality of {counted(movers.leads, 'lead')} under both models"
    about = f"{movers.quality_up:,} go up, {movers.quality_down:,} go down; the table has each number."
    canvas = Canvas(width, height, title, about)
    tall = scale(max(movers.leads, 1), 0, height - top - gap * rows)
    x = Pair(float(side), float(width - side - thick))
    ends = {}
    for name, classes in movers.classes.items():
        at, anchor = getattr(x, name), "end" if name == "old" else "start"
        words = at - 10 if name == "old" else at + thick + 10
        canvas.text(words, 14, "Old rules" if name == "old" else "New rules", f"value {name}", anchor)
        down = float(top)
        for quality, n in classes:
            canvas.rect(at, down, thick, max(tall(n), 2), f"{name} node", f"{quality or NOBODY}: {n:,}", 3)
            middle = down + max(tall(n), 2) / 2
            canvas.text(
                words, middle - 2, clipped(quality or NOBODY, 20 if width == WIDE else 11), "label", anchor
            )
            canvas.text(words, middle + 14, f"{n:,}", "tick", anchor)
            ends[name, quality] = down
            down += max(tall(n), 2) + gap
    order = [quality for quality, _ in movers.classes.new]
    for before, after, n in movers.flow:
        y1, y2 = ends["old", before], ends["new", after]
        ends["old", before] += tall(n)
        ends["new", after] += tall(n)
        way = _way(before, after, order)
        hint = f"{before or NOBODY} → {after or NOBODY}: {counted(n, 'lead')}"
        canvas.path(_ribbon(x.old + thick, y1, x.new, y2, max(tall(n), 1.2)), f"ribbon {way}", hint)
    return canvas.svg()


def _way(before: str | None, after: str | None, order: Sequence[str | None]) -> str:
    if before == after or before not in order:
        return "same"
    return "up" if order.index(after) < order.index(before) else "down"


def _ribbon(x1: float, y1: float, x2: float, y2: float, thick: float) -> str:
    m = (x1 + x2) / 2
    top = f"M{x1:.1f} {y1:.1f}C{m:.1f} {y1:.1f} {m:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
    under = f"V{y2 + thick:.1f}C{m:.1f} {y2 + thick:.1f} {m:.1f} {y1 + thick:.1f} {x1:.1f} {y1 + thick:.1f}Z"
    return top + under


@dataclass(frozen=True)
class RateRow:
    """One line of :func:`rates_chart`; `heading` opens a group."""

    label: str
    kind: str
    rate: Rate
    heading: str | None = None


def rates_chart(rows: Sequence[RateRow], title: str) -> Markup:
    """Rates as dots, with their intervals as bars, on one scale from 0."""
    headings = sum(row.heading is not None for row in rows)
    height = 44 * len(rows) + 30 * headings + 26
    canvas = Canvas(
        HALF, height, title, "; ".join(f"{r.heading or ''} {r.label} {_rate_text(r.rate)}" for r in rows)
    )
    most = max([row.rate.interval[1] for row in rows if row.rate.interval] or [1.0])
    marks = [mark for mark in ticks(most) if mark <= 1]
    x = scale(max(marks[-1], most), 4, HALF - 8)
    for mark in marks:
        canvas.line(x(mark), 4, x(mark), height - 22, "grid" if mark else "axis")
        canvas.text(x(mark), height - 6, percent(mark, 0), "tick", "middle" if mark else "start")
    y = 0.0
    for row in rows:
        if row.heading is not None:
            y += 30
            canvas.text(0, y - 8, clipped(row.heading, 40), "heading halo")
        canvas.text(0, y + 14, row.label, f"label {row.kind} halo")
        canvas.text(HALF, y + 14, _rate_text(row.rate), "label halo", "end")
        if row.rate.interval and row.rate.value is not None:
            low, high = row.rate.interval
            canvas.rect(x(low), y + 23, max(x(high) - x(low), 2), 10, f"whisker {row.kind}", round_=5)
            canvas.dot(x(row.rate.value), y + 28, 6, row.kind)
        y += 44
    return canvas.svg()


def _rate_text(rate: Rate) -> str:
    return f"{percent(rate.value)}  ({of_n(rate)})"


def rules_chart(effects: Sequence[RuleEffect]) -> Markup:
    """For each rule that gives other points: how many of the leads it touches moved down (left) and up."""
    height = 44 * len(effects) + 4
    about = "; ".join(f"{e.label}: {e.up} up, {e.down} down" for e in effects)
    canvas = Canvas(HALF, height, "Which changed rules touch those who move", about)
    most = max([max(e.up, e.down) for e in effects] or [0])
    left = max([e.down for e in effects] or [0]) / max(most, 1)
    right = max([e.up for e in effects] or [0]) / max(most, 1)
    unit = HALF / max(left + right, 0.01)
    zero = left * unit
    long = scale(max(most, 1), 0, unit)
    for i, effect in enumerate(effects):
        y = 44 * i
        canvas.text(0, y + 14, clipped(effect.label, 30), "label")
        canvas.text(HALF, y + 14, f"{effect.down:,} down · {effect.up:,} up", "tick", "end")
        canvas.rect(zero - long(effect.down), y + 22, long(effect.down), 12, "down", round_=2)
        canvas.rect(zero, y + 22, long(effect.up), 12, "up", round_=2)
        canvas.line(zero, y + 19, zero, y + 37, "axis")
    return canvas.svg()


def _bin_names() -> list[str]:
    names = [f"{low}–{high} d" if high <= 14 else f"{low // 7}–{high // 7} w" for low, high in pairwise(BINS)]
    return [*names, f"{BINS[-1] // 7}+ w"]


def days_chart(speed: Pair[Speed], noun: str) -> Markup:
    """The share of first hand-offs by days since first sight."""
    height, left, top, bottom = 240, 44, 12, 46
    about = (
        f"Median {number(speed.old.days.median)} days, under the new rules {number(speed.new.days.median)}."
    )
    canvas = Canvas(HALF, height, f"Days from first sight to {noun}", about)
    shares = speed.map(lambda s: [n / max(sum(s.bins), 1) for n in s.bins])
    marks = ticks(max(*shares.old, *shares.new, 0.01))
    y = scale(marks[-1], height - bottom, top)
    _frame(canvas, y, marks, left, lambda mark: percent(mark, 0))
    each = (HALF - left - 4) / len(BINS)
    for i, name in enumerate(_bin_names()):
        middle = left + 4 + (i + 0.5) * each
        for (kind, values), side in zip(shares.items(), (-1, 0), strict=True):
            n = getattr(speed, kind).bins[i]
            canvas.rect(middle + side * 17, y(values[i]), 16, y(0) - y(values[i]), kind, f"{name}: {n:,}", 1)
        for word, down in zip(name.split(), (18, 33), strict=True):
            canvas.text(
                middle, height - bottom + down, {"d": "days", "w": "weeks"}.get(word, word), "tick", "middle"
            )
    return canvas.svg()


def load_chart(load: Load) -> Markup:
    """A dot for each week, the range as a line, the median as a mark."""
    height = 190
    about = "; ".join(f"{name} rules: {spread_text(s)}" for name, s in load.models.items())
    canvas = Canvas(HALF, height, "Hand-offs per rep and week", about)
    most = max([*load.weeks.old, *load.weeks.new, 0.1])
    marks = ticks(most)
    x = scale(marks[-1], 8, HALF - 16)
    for mark in marks:
        canvas.line(x(mark), 8, x(mark), height - 24, "grid" if mark else "axis")
        canvas.text(x(mark), height - 7, number(mark, 2), "tick", "middle")
    for (name, values), y in zip(load.weeks.items(), (62.0, 138.0), strict=True):
        spread: Spread = getattr(load.models, name)
        canvas.text(0, y - 34, f"{'Old' if name == 'old' else 'New'} rules", f"label {name} halo")
        canvas.text(HALF, y - 34, spread_text(spread), "label halo", "end")
        if spread.n:
            canvas.line(x(spread.least), y, x(spread.most), y, f"range {name}")
            piled: dict[int, int] = {}
            for value in sorted(values):
                place = round(x(value) / 7)
                piled[place] = nth = piled.get(place, -1) + 1
                canvas.dot(
                    x(value),
                    y + (-1) ** nth * min((nth + 1) // 2 * 5, 20),
                    3.6,
                    f"{name} week",
                    number(value, 2),
                )
            canvas.rect(x(spread.median) - 1.5, y - 15, 3, 30, f"median {name}", round_=1)
    return canvas.svg()


def spread_text(spread: Spread, digits: int = 1) -> str:
    """`2 to 9, median 4.5`."""
    if not spread.n:
        return "none"
    least, most, middle = (number(v, digits) for v in (spread.least, spread.most, spread.median))
    return f"{least} to {most}, median {middle}"
