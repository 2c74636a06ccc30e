"""A proposal on the screen: what it comes to, each change, and what the outcomes say of each rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from leadline.analysis.words import counted
from leadline.cli.look import ALARM, FAIR, GOOD, QUIET, WEAK, chip, heading

if TYPE_CHECKING:
    from leadline.learn.proposals import Evidence, Proposal

_COLOURS = {
    "works": GOOD, "promising": GOOD, "useless": FAIR, "harmful": ALARM, "cannot tell": WEAK,
    "better": GOOD, "worse": ALARM, "within noise": WEAK, "too few to tell": WEAK, "the same": WEAK,
}  # fmt: skip


def proposal_screen(found: Proposal, written: Mapping[str, str], *, asked: bool) -> Iterable[RenderableType]:
    """The whole of it, top down."""
    yield Text.assemble((found.headline, "bold"), (f"   {found.old.name}", QUIET))
    yield Text()
    yield from _trial(found)
    if found.evidence:
        yield Text()
        yield heading("What the outcomes say of each rule")
        yield _evidence(found.evidence)
    if found.changes:
        yield Text()
        yield heading(f"What would change: {counted(len(found.changes), 'change')}")
        for change in found.changes:
            yield Padding(Text(f"• {change}"), (0, 0, 0, 2))
    yield from _notes(found)
    if written or asked:
        yield Text()
    for path in written.values():
        yield Text.assemble(("✓ ", f"bold {GOOD}"), path)
    if asked and not written:
        yield Text("Nothing was written, as nothing would change.", QUIET)


def _trial(found: Proposal) -> Iterable[RenderableType]:
    begin, end = (f"{at:%-d %B %Y}" for at in found.period)
    yield heading("Tried on later leads")
    yield Text.assemble(
        "  ",
        chip(found.trial.finding, _COLOURS[found.trial.finding]),
        f" {str(found.trial).rpartition(': ')[0]}",
    )
    yield Text(
        f"  Both hand over as many of {counted(found.tried[0], 'lead')} that came from {begin} on, "
        f"known up to {end}; {found.tried[1]:,} of these reached the goal.",
        QUIET,
    )
    yield Text(
        f"  Fitted on {counted(found.fitted[0], 'earlier lead')}, "
        f"of which {found.fitted[1]:,} reached the goal. {_pull(found)}",
        QUIET,
    )


def _pull(found: Proposal) -> str:
    if not found.losses:
        return ""
    if found.strength is None:
        return "Other weights would not have foretold later leads better, beyond noise."
    return f"Weights are drawn to yours with the strength of {found.strength:g} leads."


def _evidence(evidence: tuple[Evidence, ...]) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 1), header_style=QUIET)
    table.add_column("rule")
    table.add_column("")
    for title in ("points", "worth", "95 %", "with it", "without"):
        table.add_column(title, justify="right", no_wrap=True)
    for each in evidence:
        low, high = each.interval
        rates = (
            f"{r.value:.1%} of {r.n:,}" if r.value is not None else "-" for r in (each.having, each.lacking)
        )
        table.add_row(
            each.title, chip(each.finding, _COLOURS[each.finding]), f"{each.points:g}", f"{each.worth:+.0f}",
            f"{low:+.0f} to {high:+.0f}", *rates,
        )  # fmt: skip
    return table


def _notes(found: Proposal) -> Iterable[RenderableType]:
    told = [f"{count:,} leads left out: {why}." for why, count in found.left_out.items() if count]
    if not (told or found.notes):
        return
    yield Text()
    for each in (*found.notes, *told):
        yield Text(f"  {each}", QUIET)
