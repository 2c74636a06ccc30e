"""The backtest on a terminal of 80 columns or more."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from leadline.analysis.intervals import Estimate
from leadline.analysis.movers import DOWN, OTHER, UP, Mover
from leadline.analysis.verdict import BETTER, CHIPS, WORSE
from leadline.analysis.weeks import local_date
from leadline.analysis.words import (
    NONE,
    SPACE,
    change_text,
    counted,
    interval_text,
    noun_of,
    number,
    percent,
    times,
)

if TYPE_CHECKING:
    from leadline.analysis.backtest import Backtest

OLD, NEW, SOFT = "bright_black", "bold cyan", "dim"
_STYLES = {BETTER: "green", WORSE: "red"}
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_BARS = "▁▂▃▄▅▆▇█"
RULES, MOVERS = 6, 4  # shown; the page and the JSON have more


def render(result: Backtest, console: Console) -> None:
    """Everything but the tables of single weeks and leads, which the page and the JSON have."""
    period = result.period
    first, last = (local_date(moment, period.timezone) for moment in (period.first, period.last))
    console.print()
    console.print(Text(result.verdict.headline, style="bold"))
    models = f"{result.models.new.name} {result.models.new.version} against {result.models.old.version}"
    console.print(_text(f"{models} · {first} to {last} · {counted(period.leads, 'lead')}", SOFT))
    for part in (_figures(result), _weeks(result), _quality(result), _rules(result), _examples(result)):
        if part is not None:
            console.print()
            console.print(part)
    console.print()
    _list(console, "Different in the rules", result.changes)
    _list(console, "To read it rightly", [*_left_out(result), *result.notes])


def _text(words: str, style: str = "") -> Text:
    """Users' words, unable to steer the terminal."""
    return Text(_CONTROL.sub("\ufffd", words), style=style)


def _list(console: Console, title: str, lines: Sequence[str]) -> None:
    if lines:
        console.print(Text(title, style="bold"))
        for line in lines:
            console.print(Padding(_text(f"· {line}"), (0, 0, 0, 2)))


def _table(*columns: tuple[str, str], **options) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style=SOFT, pad_edge=False, **options)
    for name, style in columns:
        right = style in (OLD, NEW)
        table.add_column(name, style="" if style == "plain" else style, justify="right" if right else "left",
                         no_wrap=right)  # fmt: skip
    return table


def _figures(result: Backtest) -> Table:
    table = _table(("", "plain"), ("old", OLD), ("new", NEW), ("", "plain"))
    old, new = result.weekly.models.old, result.weekly.models.new
    noun = noun_of(new.stage)
    table.add_row(
        _text(f"{noun} a week"), number(old.per_week), number(new.per_week), _share(result.weekly.change)
    )
    table.add_row("  in the period", f"{old.hand_offs:,}", f"{new.hand_offs:,}",
                  f"of these returning: {old.returning:,} → {new.returning:,}")  # fmt: skip
    _outcomes(result, table)
    if result.load is not None:
        per_rep = result.load.models
        told = f"median of {counted(per_rep.new.n, 'week')}, {counted(result.load.reps, 'rep')}; "
        told += f"{number(per_rep.new.least)} to {number(per_rep.new.most)}"
        table.add_row("Per rep and week", number(per_rep.old.median), number(per_rep.new.median), told)
    days = result.speed.map(lambda speed: speed.days)
    quartiles = (
        f"median; middle half {number(days.new.lower_quartile)} to {number(days.new.upper_quartile)}, "
    )
    table.add_row(
        _text(f"Days to {noun.removesuffix('s')}"), number(days.old.median), number(days.new.median),
        f"{quartiles}n = {days.old.n:,} → {days.new.n:,}" if days.new.n else "",
    )  # fmt: skip
    return table


def _outcomes(result: Backtest, table: Table) -> None:
    outcomes, verdict = result.outcomes, result.verdict
    if outcomes is None:
        return
    old, new = outcomes.models.old, outcomes.models.new
    rows = (
        ("Precision", old.precision, new.precision, outcomes.precision_change, verdict.precision),
        ("Recall", old.recall, new.recall, outcomes.recall_change, verdict.recall),
    )
    for name, before, after, change, finding in rows:
        told = Text(
            change_text(change).replace("95\u00a0% interval ", ""), style=_STYLES.get(finding or "", "")
        )
        n = f"n = {before.n:,} → {after.n:,}" if before.n != after.n else f"n = {after.n:,}"
        sure = f"{CHIPS[finding]}, {n}" if finding else n
        table.add_row(name, percent(before.value), percent(after.value), Group(told, Text(sure, style=SOFT)))
    lift = f"over {percent(outcomes.base.value)} of {counted(outcomes.base.n, 'eligible lead')}"
    table.add_row("Lift", times(old.lift.value), times(new.lift.value), lift)


def _share(change: Estimate) -> str:
    if change.value is None:
        return ""
    sign = "+" if change.value > 0 else ""
    within = f" ({interval_text(change.interval, lambda v: percent(v, 0))})" if change.interval else ""
    return f"{sign}{percent(change.value, 0)}{within}"


def _weeks(result: Backtest) -> RenderableType | None:
    weeks = result.weekly.weeks
    if not weeks:
        return None
    most = max(count.all for week in weeks for _, count in week.models.items())
    noun = noun_of(result.weekly.models.new.stage)
    title = f"{noun} by week, {weeks[0].week} to {weeks[-1].week}, most {most:,}"
    rows = [_text(title, SOFT)]
    for name, style in (("old", OLD), ("new", "cyan")):
        line = Text(f"{name}  ")
        line.append(sparkline([getattr(week.models, name).all for week in weeks], most), style=style)
        rows.append(line)
    return Group(*rows)


def sparkline(values: Iterable[int], most: int) -> str:
    """
    >>> sparkline([0, 1, 8], 8)
    ' ▁█'
    """
    return "".join(" " if not v else _BARS[max(0, -(-v * len(_BARS) // most) - 1)] for v in values)


def _quality(result: Backtest) -> Table | None:
    movers = result.movers
    names = [name for name, _ in movers.classes.new]
    if not any(names):
        return None
    table = _table(
        ("quality", "plain"), ("old", OLD), ("new", NEW), ("", "plain"), ("reached the goal", "plain")
    )
    before, after = dict(movers.classes.old), dict(movers.classes.new)
    rates = {c.quality: c.rate for c in result.outcomes.by_class.new} if result.outcomes else {}
    for name in dict.fromkeys([*before, *names]):
        bar = "█" * round(20 * after.get(name, 0) / max(movers.leads, 1))
        rate = rates.get(name)
        told = "" if rate is None or rate.interval is None else percent(rate.value)
        told += f" ({interval_text(rate.interval)})" if told and rate else ""
        table.add_row(_text(name or "none"), f"{before.get(name, 0):,}", f"{after.get(name, 0):,}",
                      Text(bar, style="cyan"), told)  # fmt: skip
    return table


def _rules(result: Backtest) -> Table | None:
    shown = [effect for effect in result.movers.by_rule if effect.up + effect.down][:RULES]
    if not shown:
        return None
    table = _table(("Rules that touch those who move", "plain"), ("up", OLD), ("down", OLD), ("", "plain"))
    most = max(effect.up + effect.down for effect in shown)
    for effect in shown:
        bar = Text("█" * round(24 * effect.up / most), style="green")
        bar.append("█" * round(24 * effect.down / most), style="red")
        table.add_row(_text(effect.label), f"{effect.up:,}", f"{effect.down:,}", bar)
    return table


def _examples(result: Backtest) -> Table | None:
    most = result.movers.most
    shown = [m for way in (UP, DOWN, OTHER) for m in [m for m in most if m.direction == way][:MOVERS]]
    if not shown:
        return None
    table = _table(("Moved furthest", "bold"), ("", "plain"), ("", "plain"), ("why", "plain"))
    for mover in shown:
        table.add_row(_text(mover.lead_id), _way(mover), _text(_step(mover)), _text(mover.why, SOFT))
    return table


def _way(mover: Mover) -> Text:
    return {UP: Text("▲", style="green"), DOWN: Text("▼", style="red")}.get(mover.direction, Text(NONE))


def _step(mover: Mover) -> str:
    by_quality = mover.quality.old != mover.quality.new
    step = mover.quality if by_quality else mover.stage
    return f"{step.old or 'none'} → {step.new or 'none'}"


def _left_out(result: Backtest) -> list[str]:
    old, new = result.weekly.models.old, result.weekly.models.new
    lines = []
    if old.initial or new.initial:
        lines.append(
            f"{old.initial:,} (old) and {new.initial:,} (new) were there before the period: not counted."
        )
    outcomes = result.outcomes
    if outcomes is None:
        return lines
    waiting = outcomes.models.map(lambda side: side.waiting)
    until = local_date(outcomes.known_until, result.period.timezone)
    goal = (
        f"The goal is {outcomes.event} within {outcomes.horizon_days:g}{SPACE}days. Not counted, since that "
    )
    goal += f"has not passed by {until}: {waiting.old:,} (old) and {waiting.new:,} (new) hand-offs, "
    lines.append(f"{goal}{outcomes.waiting:,} of all leads.")
    if taken := outcomes.models.new.taken_first:
        lines.append(
            f"{counted(taken, 'lead')} of those missed had been taken up by sales before the new rules spoke."
        )
    lines.append("In brackets and after differences: 95 % intervals (Wilson; paired bootstrap over leads).")
    return lines
