"""What `learn` shows: how good, by what, what was left out, and what to do next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from leadline.cli.look import ACCENT, ALARM, FAIR, GOOD, QUIET, bar, heading

if TYPE_CHECKING:
    from leadline.analysis.intervals import Estimate
    from leadline.learn.effects import Effect
    from leadline.learn.evaluate import Evaluation
    from leadline.learn.report import Refused, Told

EFFECTS, BARS = 8, 3
_INDENT = (0, 0, 0, 2)


@dataclass(frozen=True)
class Taken:
    """A column that was learned from: what it was taken for, and why."""

    column: str
    kind: str
    why: str = ""


def learned_screen(
    told: Told, taken: Iterable[Taken], written: Mapping[str, Path], next_step: str | None
) -> Iterable[RenderableType]:
    """The parts of the screen, from the top down."""
    found = told.evaluation
    yield from _title(told)
    yield Text()
    yield Padding(_figures(found), _INDENT)
    if found.signal:
        yield from _order(found)
        yield from _effects(told)
    yield from _left_out(told)
    yield from _taken(list(taken))
    yield from _notes(found)
    yield Text()
    for what, path in written.items():
        yield Text.assemble(("✓ ", f"bold {GOOD}"), f"{path}", (f"  {what}", QUIET))
    if next_step:
        yield Text(next_step, QUIET)


def _title(told: Told) -> Iterable[RenderableType]:
    from leadline.learn.report.sections import headline

    found = told.evaluation
    yield Text(headline(found).replace("\u00a0", " "), "bold")
    yield Text.assemble(
        f"{found.examples:,} leads, {found.base.hits:,} of {found.base.n:,} judged reached the goal: ",
        (found.goal, "bold"), (f"   {told.predictor.kind}, version {told.version}", QUIET),
    )  # fmt: skip
    yield Text(found.why)


def _figures(found: Evaluation) -> RenderableType:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True, style="bold")
    table.add_column(style=QUIET)
    curve, fifth = found.calibration, found.fifth
    if fifth and found.signal:
        table.add_row("buyers in the best fifth", _percent(fifth.reached.value), _ends(fifth.reached, True))
    table.add_row("ROC AUC", _figure(found.auc.value, 3), _ends(found.auc) or "by lot 0.5")
    table.add_row("PR AUC", _figure(found.average_precision.value, 3),
                  f"{_ends(found.average_precision)}, by lot "
                  f"{_figure(found.base.value, 3)}".lstrip(", "))  # fmt: skip
    table.add_row("log loss", _figure(found.log_loss.value, 4),
                  f"{_figure(found.gained.value, 4)} less than one rate for all, "
                  f"{_ends(found.gained, digits=4)}")  # fmt: skip
    table.add_row("Brier", _figure(found.brier.value, 4), _ends(found.brier, digits=4))
    if curve:
        verdict = "within" if curve.within_chance else "beyond"
        told = f"{verdict} chance, which makes up to {_percent(curve.by_chance[1], 1)}"
        table.add_row("calibration error", _percent(curve.ece, 1), told)
    return table


def _figure(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _percent(value: float | None, digits: int = 0) -> str:
    return "–" if value is None else f"{100 * value:.{digits}f} %"


def _ends(given: Estimate, percent: bool = False, digits: int = 3) -> str:
    if given.interval is None:
        return ""
    low, high = (_percent(e) if percent else f"{e:.{digits}f}" for e in given.interval)
    return f"95 % interval {low} to {high}"


def _bare(given: Estimate) -> str:
    return _ends(given, digits=4).removeprefix("95 % interval ") or "no interval"


def _order(found: Evaluation) -> Iterable[RenderableType]:
    yield Text()
    yield heading("Calls on the best … reach … of the buyers")
    table = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(3):
        table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    for one in found.tenths[:5]:
        share = one.reached.value or 0.0
        bought = Text(f"{_percent(one.rate.value)} of these buy", QUIET)
        table.add_row(_percent(one.share), Text(_percent(share), "bold"), bar(share, 20, ACCENT), bought)
    yield Padding(table, _INDENT)


def _effects(told: Told) -> Iterable[RenderableType]:
    yield Text()
    yield heading("What it is made of, in points of percent for the average lead")
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", no_wrap=True, style=QUIET)
    table.add_column(max_width=32, overflow="fold")
    table.add_column()
    for effect in told.effects[:EFFECTS]:
        table.add_row(f"±{100 * effect.weight:.1f}", Text(effect.label, "bold"), _bars(effect))
    yield Padding(table, _INDENT)
    if len(told.effects) > EFFECTS:
        yield Text(f"  and {len(told.effects) - EFFECTS} more of less weight", QUIET)


def _bars(effect: Effect) -> Text:
    there = [b for b in effect.bars if b.share is None or b.share >= 0.01] or list(effect.bars)
    shown = sorted(there, key=lambda b: -abs(b.change))[:BARS]
    said = Text()
    for one in sorted(shown, key=lambda b: -b.change):
        said.append("  " if said.plain else "").append(
            f"{100 * one.change:+.1f}", GOOD if one.change > 0 else ALARM
        )
        said.append(f" {' and '.join(one.words)}")
    return said


def _left_out(told: Told) -> Iterable[RenderableType]:
    if told.refused:
        yield Text()
        yield Text.assemble(("Refused, since they give the answer away", f"bold {ALARM}"),
                            ("  (--keep COLUMN where you know better)", QUIET))  # fmt: skip
        yield Padding(_reasons(told.refused), _INDENT)
    if told.evaluation.left_out:
        yield Text()
        yield heading("Leads that were left out")
        for why, count in told.evaluation.left_out.items():
            yield Text(f"  {count:,} {why}")
    if told.dropped:
        yield Text()
        yield heading("Columns that say nothing, or were not used")
        yield Padding(_reasons(told.dropped), _INDENT)


def _reasons(refused: Iterable[Refused]) -> RenderableType:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(max_width=36, overflow="fold")
    table.add_column(style=QUIET)
    for one in refused:
        table.add_row(Text(one.column, "bold"), Text("; ".join(one.reasons), QUIET))
    return table


def _taken(taken: list[Taken]) -> Iterable[RenderableType]:
    if not taken:
        return
    yield Text()
    yield heading("Learned from, and what each column was taken for")
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, style=QUIET)
    table.add_column()
    for kind in dict.fromkeys(one.kind for one in taken):
        table.add_row(Text(kind), Text(", ".join(one.column for one in taken if one.kind == kind)))
    yield Padding(table, _INDENT)


def _notes(found: Evaluation) -> Iterable[RenderableType]:
    yield Text()
    yield Text.assemble("Tried on leads ", (found.how, f"bold {FAIR if found.optimistic else GOOD}"), ".")
    for note in found.notes:
        yield Text.assemble(("! ", f"bold {FAIR}"), note)
