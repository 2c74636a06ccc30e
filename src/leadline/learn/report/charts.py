"""The pictures of an evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from math import log10

from leadline.analysis.charts import HALF, WIDE
from leadline.analysis.drawing import Canvas, Scale, clipped, ticks
from leadline.analysis.markup import Markup
from leadline.analysis.words import percent, points
from leadline.learn.effects import MISSING, Bar, Effect
from leadline.learn.evaluate import Step
from leadline.learn.metrics import CalibrationCurve, Reach
from leadline.learn.slices import Grouping

LEVELS = 9  # bars that are drawn of an effect
_LEFT, _BOTTOM, _TOP = 52.0, 42.0, 14.0


def _between(low: float, high: float, begin: float, end: float) -> Scale:
    return lambda value: begin + (end - begin) * ((value - low) / (high - low) if high > low else 0)


def _grid(canvas: Canvas, y: Scale, marks: Sequence[float], digits: int = 0) -> None:
    for mark in marks:
        canvas.line(_LEFT, y(mark), canvas.width, y(mark), "grid" if mark else "axis")
        canvas.text(_LEFT - 8, y(mark) + 4, percent(mark, digits), "tick", "end")


def _digits(marks: Sequence[float]) -> int:
    return 1 if len(marks) > 1 and round(100 * marks[1], 6) % 1 else 0


def _path(xs: Sequence[float], ys: Sequence[float]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in zip(xs, ys, strict=True))


def calibration_chart(curve: CalibrationCurve) -> Markup:
    """What was said against what happened, a dot with its interval for each bin; right is on the line."""
    height = 380
    about = "; ".join(f"said {percent(b.said)}, happened {percent(b.rate.value)}" for b in curve.bins)
    canvas = Canvas(HALF, height, "What was said, and what happened", about)
    highest = max(max(b.said, (b.rate.interval or (0, 1))[1]) for b in curve.bins)
    marks = [m for m in ticks(highest, 5) if m <= 1]
    most = max(marks[-1], min(highest, 1.0))
    x = _between(0, most, _LEFT, HALF - 10)
    y = _between(0, most, height - _BOTTOM, _TOP)
    _grid(canvas, y, marks, _digits(marks))
    for mark in marks[1:]:
        canvas.text(x(mark), height - _BOTTOM + 18, percent(mark, _digits(marks)), "tick", "middle")
    canvas.text((HALF + _LEFT) / 2, height - 4, "probability that was said", "tick", "middle")
    canvas.line(x(0), y(0), x(most), y(most), "diagonal")
    for each in curve.bins:
        low, high = each.rate.interval or (0.0, 1.0)
        canvas.line(x(each.said), y(low), x(each.said), y(min(high, most)), "bracket")
    for each in curve.bins:
        hint = f"said {percent(each.said)}: {each.rate.hits:,} of {each.rate.n:,} bought"
        canvas.dot(x(each.said), y(each.rate.value or 0), 5.5, "new", hint)
    return canvas.svg()


def gains_chart(tenths: Sequence[Reach]) -> Markup:
    """How many of the buyers are reached by calling the best first; the straight line is lots."""
    height = 380
    told = "; ".join(f"best {percent(t.share, 0)} reach {percent(t.reached.value)}" for t in tenths)
    canvas = Canvas(HALF, height, "Buyers reached by calling the best first", told)
    x = _between(0, 1, _LEFT, HALF - 10)
    y = _between(0, 1, height - _BOTTOM, _TOP)
    _grid(canvas, y, (0, 0.25, 0.5, 0.75, 1))
    for mark in (0.2, 0.4, 0.6, 0.8, 1.0):
        canvas.text(x(mark), height - _BOTTOM + 18, percent(mark, 0), "tick", "middle" if mark < 1 else "end")
    canvas.text((HALF + _LEFT) / 2, height - 4, "of the leads called, best first", "tick", "middle")
    xs = [x(0), *(x(t.share) for t in tenths)]
    ys = [y(0), *(y(t.reached.value or 0) for t in tenths)]
    canvas.path(f"{_path(xs, ys)}L{x(1):.1f} {y(0):.1f}Z", "area")
    canvas.line(x(0), y(0), x(1), y(1), "diagonal")
    canvas.path(_path(xs, ys), "curve")
    for each in tenths:
        hint = f"the best {percent(each.share, 0)} reach {percent(each.reached.value)} of the buyers"
        canvas.dot(x(each.share), y(each.reached.value or 0), 4.5, "new", hint)
    return canvas.svg()


def tenths_chart(rates: Sequence[float], base: float) -> Markup:
    """The share that bought in each tenth of the leads, best first, beside the share of all."""
    height, foot = 260, 40
    told = "; ".join(f"tenth {i}: {percent(r)}" for i, r in enumerate(rates, 1))
    canvas = Canvas(HALF, height, "Share that bought, by tenth of the leads", told)
    marks = ticks(max(*rates, base, 0.01))
    y = _between(0, marks[-1], height - foot, _TOP)
    _grid(canvas, y, marks, _digits(marks))
    each = (HALF - _LEFT) / len(rates)
    for i, rate in enumerate(rates):
        x = _LEFT + i * each
        canvas.rect(x + 3, y(rate), each - 6, y(0) - y(rate), "new", f"tenth {i + 1}: {percent(rate)}", 2)
        canvas.text(x + each / 2, height - foot + 18, f"{i + 1}", "tick", "middle")
    canvas.line(_LEFT, y(base), HALF, y(base), "diagonal")
    canvas.text(HALF, y(base) - 6, f"all {percent(base)}", "tick halo", "end")
    canvas.text((HALF + _LEFT) / 2, height - 3, "tenth of the leads, best first", "tick", "middle")
    return canvas.svg()


def effect_chart(effect: Effect) -> Markup:
    """A number as a line of steps, anything else as a bar for each value."""
    known = [b for b in effect.bars if b.words != (MISSING,) and (b.share is None or b.share > 0)]
    if effect.ordered and len(known) >= 4:
        return _steps(effect)
    return _bars(effect, bars_of(effect))


def bars_of(effect: Effect) -> list[Bar]:
    """The bars that are drawn: those that matter most, greatest first; of an ordered input in its order."""
    there = [b for b in effect.bars if b.share is None or b.share > 0]
    if effect.ordered:
        return there[-LEVELS:] if len(there) <= LEVELS else sorted(there, key=_matter)[:LEVELS]
    return sorted(sorted(there, key=_matter)[:LEVELS], key=lambda b: -b.change)


def _matter(bar: Bar) -> float:
    return -abs(bar.change) * (1.0 if bar.share is None else bar.share**0.5)


def _range(bars: Sequence[Bar]) -> tuple[float, float]:
    ends = [e for b in bars for e in (b.change, *(b.interval or ()))]
    return min(0.0, *ends), max(0.0, *ends)


def _bars(effect: Effect, bars: Sequence[Bar]) -> Markup:
    height = 40 * len(bars) + 4
    told = "; ".join(f"{' and '.join(b.words)}: {points(b.change)}" for b in bars)
    canvas = Canvas(HALF, height, effect.label, told)
    low, high = _range(bars)
    x = _between(low, high if high > low else low + 1, 6, HALF - 6)
    for i, bar in enumerate(bars):
        y, way = 40 * i, "up" if bar.change > 0 else "down"
        share = "" if bar.share is None else f"  {percent(bar.share, 0)} of leads"
        canvas.text(0, y + 14, clipped(" and ".join(bar.words), 34), "label")
        canvas.text(HALF, y + 14, points(bar.change), "value", "end")
        hint = f"{' and '.join(bar.words)}: {points(bar.change)}{share}"
        left, right = sorted((x(0), x(bar.change)))
        canvas.rect(left, y + 21, max(right - left, 1.5), 11, way, hint, 2)
        if bar.interval:
            canvas.line(x(bar.interval[0]), y + 26.5, x(bar.interval[1]), y + 26.5, "bracket")
        canvas.line(x(0), y + 18, x(0), y + 35, "axis")
    return canvas.svg()


def _steps(effect: Effect) -> Markup:
    """Bins as wide as the leads in them are many, so that the eye weighs them; missing stands apart."""
    height, foot = 230, 46
    told = "; ".join(f"{b.words[0]}: {points(b.change)}" for b in effect.bars)
    canvas = Canvas(HALF, height, effect.label, told)
    missing, *rest = effect.bars
    rest = [b for b in rest if b.share is None or b.share > 0]
    absent = missing if missing.share is None or missing.share > 0 else None
    low, high = _range([*rest, *([absent] if absent else [])])
    steps = ticks(max(high - low, 0.005), 4)
    unit = steps[1]
    marks = [i * unit for i in range(int(low / unit) - (low < 0), int(high / unit) + 2)]
    y = _between(marks[0], marks[-1], height - foot, _TOP)
    for mark in marks:
        canvas.line(_LEFT, y(mark), HALF, y(mark), "axis" if not mark else "grid")
        canvas.text(
            _LEFT - 8, y(mark) + 4, f"{100 * mark:+.3g}".replace("-", "−") if mark else "0", "tick", "end"
        )
    right = HALF - (74 if absent else 4)
    widths = [max(b.share if b.share is not None else 1 / len(rest), 0.015) for b in rest]
    unit_x, at = (right - _LEFT) / sum(widths), _LEFT
    spans, last = [], -1e9
    for bar, width in zip(rest, widths, strict=True):
        spans.append((at, at + width * unit_x, bar))
        at += width * unit_x
    band_top = [(x, y((b.interval or (b.change,) * 2)[1])) for a, z, b in spans for x in (a, z)]
    band_low = [(x, y((b.interval or (b.change,) * 2)[0])) for a, z, b in reversed(spans) for x in (z, a)]
    canvas.path(_path(*zip(*band_top, *band_low, strict=True)) + "Z", "area")
    canvas.path(_path(*zip(*((x, y(b.change)) for a, z, b in spans for x in (a, z)), strict=True)), "curve")
    for i, (a, z, bar) in enumerate(spans):
        share = "" if bar.share is None else f", {percent(bar.share, 0)} of leads"
        canvas.rect(
            a, _TOP, z - a, height - foot - _TOP, "touch", f"{bar.words[0]}: {points(bar.change)}{share}"
        )
        edge = bar.words[0].split(" to ")[0] if i else ""
        edge = edge.removesuffix(" or more").removesuffix(" or later")
        if edge and a - last > 14 + 7.5 * len(edge) and a < right - 12:
            canvas.text(a, height - foot + 18, edge, "tick", "middle")
            last = a + 3.75 * len(edge)
    if absent:
        middle = (right + 14 + HALF) / 2
        if absent.interval:
            canvas.line(middle, y(absent.interval[0]), middle, y(absent.interval[1]), "bracket")
        canvas.dot(middle, y(absent.change), 5, "old", f"missing: {points(absent.change)}")
        canvas.text(middle, height - foot + 18, MISSING, "tick", "middle")
    canvas.text(_LEFT, height - 6, "points of percent; wider where more leads are", "tick")
    return canvas.svg()


def periods_chart(grouping: Grouping, width: int) -> Markup:
    """What happened in each period, with its interval, and what was said of its leads."""
    height, foot = (300 if width == WIDE else 250), 36
    slices = grouping.slices
    told = "; ".join(f"{s.name}: said {percent(s.said)}, {percent(s.rate.value)}" for s in slices)
    canvas = Canvas(width, height, f"Said and happened, by {grouping.name}", told)
    marks = [m for m in ticks(max(max(s.said, (s.rate.interval or (0, 1))[1]) for s in slices)) if m <= 1]
    y = _between(0, marks[-1], height - foot, _TOP)
    _grid(canvas, y, marks, _digits(marks))
    each = (width - _LEFT - 10) / len(slices)
    xs = [_LEFT + 5 + (i + 0.5) * each for i in range(len(slices))]
    every = -(-len(slices) * 76 // max(int(width - _LEFT), 1))
    for i, (x, one) in enumerate(zip(xs, slices, strict=True)):
        low, high = one.rate.interval or (0.0, 1.0)
        canvas.line(x, y(low), x, y(min(high, marks[-1])), "bracket")
        hint = (
            f"{one.name}: said {percent(one.said)}, {one.rate.hits:,} of {one.rate.n:,} bought ({one.words})"
        )
        canvas.dot(x, y(one.rate.value or 0), 5.5, "down" if one.apart else "new", hint)
        if not i % every:
            canvas.text(x, height - 12, one.name, "tick", "middle")
    canvas.path(_path(xs, [y(s.said) for s in slices]), "said")
    return canvas.svg()


def group_chart(grouping: Grouping) -> Markup:
    """For each group what happened, with its interval, and a stroke where the mean probability is."""
    slices = grouping.slices
    told = "; ".join(f"{s.name}: said {percent(s.said)}, {percent(s.rate.value)}" for s in slices)
    canvas = Canvas(HALF, 44 * len(slices) + 24, grouping.label, told)
    large = [s for s in slices if not s.small]
    highest = max([max(s.said, (s.rate.interval or (0, 1))[1]) for s in large] or [1.0])
    marks = [m for m in ticks(highest) if m <= 1]
    most = max(marks[-1], highest)
    x = _between(0, most, 4, HALF - 8)
    for mark in marks:
        canvas.line(x(mark), 4, x(mark), 44 * len(slices), "grid" if mark else "axis")
        canvas.text(x(mark), 44 * len(slices) + 18, percent(mark, 0), "tick", "middle" if mark else "start")
    for i, one in enumerate(slices):
        y, (low, high) = 44 * i, one.rate.interval or (0.0, 1.0)
        kind = "down" if one.apart else "base" if one.small else "new"
        canvas.text(0, y + 14, clipped(one.name, 26), "label halo")
        canvas.text(HALF, y + 14, f"{percent(one.rate.value)} of {one.rate.n:,}", "label halo", "end")
        canvas.rect(x(low), y + 22, max(x(min(high, most)) - x(low), 2), 10, f"whisker {kind}", round_=5)
        canvas.dot(x(min(one.rate.value or 0, most)), y + 27, 5.5, kind)
        canvas.rect(x(min(one.said, most)) - 1.25, y + 18, 2.5, 18, "mark", f"said {percent(one.said)}")
    return canvas.svg()


def learning_chart(steps: Sequence[Step]) -> Markup:
    """AUC on the same held-back leads by how many were learned from."""
    height, foot = 260, 42
    told = "; ".join(f"{s.rows:,} leads: {s.auc.value:.3f}" for s in steps if s.auc.value is not None)
    canvas = Canvas(HALF, height, "Would more leads help?", told)
    ends = [e for s in steps for e in (s.auc.interval or (s.auc.value or 0.5,) * 2)]
    low, high = min(0.5, *ends), min(1.0, max(ends) + 0.01)
    marks = [m / 20 for m in range(8, 21) if low - 0.05 < m / 20 <= high]
    marks = marks if len(marks) < 7 else marks[::2]
    y = _between(low, high, height - foot, _TOP)
    for mark in marks:
        canvas.line(_LEFT, y(mark), HALF, y(mark), "grid")
        canvas.text(_LEFT - 8, y(mark) + 4, f"{mark:.2f}", "tick", "end")
    x = _between(
        log10(steps[0].rows), max(log10(steps[-1].rows), log10(steps[0].rows) + 0.1), _LEFT + 26, HALF - 34
    )
    xs = [x(log10(s.rows)) for s in steps]
    canvas.path(_path(xs, [y(s.auc.value or 0.5) for s in steps]), "curve")
    for at, step in zip(xs, steps, strict=True):
        if step.auc.interval:
            canvas.line(at, y(step.auc.interval[0]), at, y(min(step.auc.interval[1], high)), "bracket")
        canvas.dot(
            at, y(step.auc.value or 0.5), 5.5, "new", f"{step.rows:,} leads: {step.auc.value or 0:.3f}"
        )
        canvas.text(at, height - foot + 18, f"{step.rows:,}", "tick", "middle")
    canvas.text((HALF + _LEFT) / 2, height - 5, "leads learned from", "tick", "middle")
    return canvas.svg()
