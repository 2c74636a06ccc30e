"""A replay on the screen: where leads ended, which ways they went and why, or the story of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from leadline.cli.call_list import iso
from leadline.cli.look import ACCENT, GOOD, QUIET, bar, heading
from leadline.cli.reading import findings_data, predictor_data
from leadline.cli.screen import findings_block, spelled
from leadline.model.shape import Model
from leadline.model.values import moment_of, time_text

if TYPE_CHECKING:
    from leadline.engine.facts import Finding
    from leadline.engine.replay import Replay

_MOST_WAYS = 15


def replay_data(
    model: Model, result: Replay, first: int, last: int, lead: str | None, findings: Sequence[Finding],
    paths: Mapping[str, Path],
) -> dict[str, Any]:  # fmt: skip
    """The replay as JSON data; all changes, or those of one lead."""
    rows = [row for row in result.changes.to_pylist() if lead in (None, row["lead_id"])]
    return {
        "model": {"name": model.name, "version": model.version},
        "predictor": predictor_data(model),
        "from": time_text(first),
        "to": time_text(last),
        "instants": result.instants,
        "leads": len(result.final),
        "final": _finals(model, result),
        "changes": [{k: iso(v) if isinstance(v, datetime) else v for k, v in row.items()} for row in rows],
        "findings": findings_data(findings),
        "written": {name: str(path) for name, path in paths.items()},
    }


def _finals(model: Model, result: Replay) -> dict[str, int]:
    counts = Counter(result.final.column("stage").to_pylist())
    return {name: counts.get(name, 0) for name in (*model.lifecycle.names, "disqualified")}


def replay_screen(
    model: Model,
    result: Replay,
    first: int,
    last: int,
    findings: Sequence[Finding],
    paths: Mapping[str, Path],
) -> Iterable[RenderableType]:
    """Where leads ended, and the ways they went."""
    zone = ZoneInfo(model.timezone)
    begin, end = (f"{moment_of(at).astimezone(zone):%-d %B %Y}" for at in (first, last))
    yield Text.assemble(
        (f"{len(result.final):,} leads from {begin} to {end}", "bold"), (f"   {model.name}", QUIET)
    )
    yield Text()
    yield heading("Where they stand in the end")
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(min_width=16)
    table.add_column(justify="right")
    table.add_column()
    finals = _finals(model, result)
    for name, count in finals.items():
        table.add_row(f"  {spelled(name)}", f"{count:,}", bar(count / max(1, *finals.values()), 20, ACCENT))
    yield table
    yield from _ways(result)
    yield from findings_block(findings)
    if paths:
        yield Text()
    for path in paths.values():
        yield Text.assemble(("✓ ", f"bold {GOOD}"), str(path))


def _ways(result: Replay) -> Iterable[RenderableType]:
    rows = result.changes.filter(_seen(result)).select(["before", "after", "cause"]).to_pylist()
    yield Text()
    yield heading(f"What happened on the way: {len(rows):,} changes of stage")
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(justify="right", min_width=8)
    for _ in range(4):
        table.add_column()
    counted = Counter((row["before"], row["after"], row["cause"]) for row in rows).most_common()
    for (before, after, cause), count in counted[:_MOST_WAYS]:
        table.add_row(
            f"{count:,}", spelled(before), Text("→", QUIET), spelled(after), Text(because(cause), QUIET)
        )
    yield table
    if more := counted[_MOST_WAYS:]:
        yield Padding(
            Text(f"and {sum(n for _, n in more):,} of {len(more)} other kinds", QUIET), (0, 0, 0, 6)
        )


def _seen(result: Replay) -> Any:
    import pyarrow.compute as pc

    return pc.invert(result.changes.column("initial"))


_CAUSES = {
    "enter": "its conditions held",
    "leave": "its conditions to stay no longer held",
    "lead_rejected": "sales rejected it",
    "lead_recycled": "sales sent it back",
    "lead_disqualified": "somebody disqualified it",
    "lead_requalified": "somebody requalified it",
    "disqualified by rule": "a rule disqualified it",
    "rule no longer holds": "the rule no longer held",
}


def because(cause: str) -> str:
    """A cause in words.

    >>> because("event deal_won"), because("enter")
    ('deal_won happened', 'its conditions held')
    """
    if cause.startswith("event "):
        return f"{cause.removeprefix('event ')} happened"
    return _CAUSES.get(cause, cause)


def story_screen(model: Model, result: Replay, lead: str) -> Iterable[RenderableType]:
    """All that happened to one lead."""
    zone = ZoneInfo(model.timezone)
    rows = [row for row in result.changes.to_pylist() if row["lead_id"] == lead]
    final = next(row for row in result.final.to_pylist() if row["lead_id"] == lead)
    yield Text.assemble(
        (lead, "bold"), f" is {spelled(final['stage'])} in the end", (f"   {model.name}", QUIET)
    )
    table = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(4):
        table.add_column()
    for row in rows:
        day = f"{row['changed_at'].astimezone(zone):%-d %B %Y}"
        way = Text.assemble(f"{spelled(row['before'])} ", ("→ ", QUIET), (spelled(row["after"]), "bold"))
        why = "found so at the beginning" if row["initial"] else because(row["cause"])
        skipped = f", passing over {', '.join(map(spelled, row['skipped']))}" if row["skipped"] else ""
        table.add_row(f"  {day}", way, Text(why + skipped), Text(f"episode {row['episode']}", QUIET))
    yield table if rows else Text("  No change of stage in that time.", QUIET)
