"""The first screen: how many of which quality, whom to call and why, what was wrong with the data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from leadline.cli.call_list import REASONS, Call, Reason
from leadline.cli.look import (
    ACCENT,
    ALARM,
    FAIR,
    GOOD,
    QUIET,
    WEAK,
    bar,
    chip,
    heading,
    inked,
    quality_colour,
)
from leadline.model.shape import Model
from leadline.model.values import moment_of

if TYPE_CHECKING:
    from leadline.cli.qualify import Judged
    from leadline.engine.facts import Finding

WIDE = 96  # columns from which tables stand side by side
_STAGE_NAMES = {"mql": "MQL", "sal": "SAL", "sql": "SQL"}
_INDENT = (0, 0, 0, 2)
_BAR = 6


def screen_of(judged: Judged, width: int) -> Iterable[RenderableType]:
    """The parts of the screen, from the top down."""
    yield _title(judged)
    yield Text()
    yield _overview(judged, width)
    yield from _call_first(judged, width)
    yield from findings_block(judged.findings)
    yield from _written(judged)


def _title(judged: Judged) -> Text:
    moment = f"{moment_of(judged.as_of):%-d %B %Y, %H:%M} UTC"
    given = judged.model.predicting and judged.model.predicting.predictor
    predictor = f", probability by {given.name} {given.version}" if given else ""
    return Text.assemble(
        (_leads(judged.leads), "bold"), f" as of {moment}   ",
        (f"{judged.model.name}, version {judged.model.version}{predictor}", QUIET),
    )  # fmt: skip


def _leads(count: int) -> str:
    return f"{count:,} lead" if count == 1 else f"{count:,} leads"


# --- how many ------------------------------------------------------------------------------------------


def _overview(judged: Judged, width: int) -> RenderableType:
    names = [q.name for q in judged.model.quality]
    blocks: list[RenderableType] = []
    if names:
        marks = {name: quality_colour(name, names) for name in judged.qualities}
        blocks.append(_distribution("Quality", judged.qualities, judged.leads, marks))
    if judged.model.lifecycle.stages:
        marks = {name: _stage_colour(name) for name in judged.stages}
        blocks.append(_distribution("Stage", judged.stages, judged.leads, marks))
    if judged.model.bands.fit and judged.model.bands.intent:
        blocks.append(_matrix(judged))
    if width >= WIDE:
        row = Table.grid(padding=(0, 4, 0, 0))
        row.add_row(*blocks)
        return Padding(row, _INDENT)
    return Padding(Group(*(part for block in blocks for part in (block, Text()))), _INDENT)


def _stage_colour(name: str | None) -> str:
    return ALARM if name == "disqualified" else WEAK if name is None else ACCENT


def _distribution(
    title: str, counts: Mapping[str | None, int], total: int, colours: Mapping[str | None, str]
) -> RenderableType:
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True, max_width=18, overflow="ellipsis")
    table.add_column(justify="right", no_wrap=True)
    table.add_column(justify="right", no_wrap=True, style=QUIET, min_width=4)
    table.add_column(no_wrap=True, min_width=_BAR)
    most = max(counts.values(), default=0) or 1
    for name, count in counts.items():
        said = Text.assemble(("● ", colours[name]), spelled(name))
        table.add_row(said, f"{count:,}", _percent(count, total), bar(count / most, _BAR, colours[name]))
    return Group(heading(title), table)


def spelled(name: str | None) -> str:
    """A stage as screens write it: MQL, customer."""
    return "none" if name is None else _STAGE_NAMES.get(name, name.replace("_", " "))


def _percent(part: int, whole: int) -> str:
    """A share that never says 0 % of something that is there."""
    if not part or not whole:
        return ""
    share = 100 * part / whole
    return "<1 %" if share < 1 else f"{share:.0f} %"


def _matrix(judged: Judged) -> RenderableType:
    """Fit across intent: each cell in the colour of the quality that most of its leads have."""
    names = [q.name for q in judged.model.quality]
    fits = _used([b.name for b in judged.model.bands.fit], judged.bands, 0)
    intents = _used([b.name for b in judged.model.bands.intent], judged.bands, 1)
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    for _ in intents:
        table.add_column(justify="right", no_wrap=True, min_width=5)
    table.add_row("", *(Text(f"{name} ", "bold") for name in intents))
    for fit in fits:
        cells = []
        for intent in intents:
            count = judged.bands.get(f"{fit}{intent}", 0)
            colour = quality_colour(judged.band_quality.get(f"{fit}{intent}"), names) if names else ACCENT
            cells.append(_cell(count, colour))
        table.add_row(Text(fit, "bold"), *cells)
    return Group(heading("Fit ↓  intent →"), table)


def _used(names: list[str], bands: Mapping[str, int], side: int) -> list[str]:
    """The bands' names from the top down; `-` only where leads are in it."""
    below = any((band.startswith("-") if side == 0 else band.endswith("-")) for band in bands)
    return [*names, "-"] if below else names


def _cell(count: int, colour: str) -> Text:
    return Text(f"{count:>4,} ", inked(colour)) if count else Text("· ", QUIET)


# --- whom to call --------------------------------------------------------------------------------------


def _call_first(judged: Judged, width: int) -> Iterable[RenderableType]:
    yield Text()
    if not judged.calls:
        yield heading("Nobody to call: no lead worth it is left that is neither disqualified nor won.")
        return
    noun = f"{len(judged.calls)} leads" if len(judged.calls) > 1 else "lead"
    yield heading(f"The {noun} to call first, and why")
    wide = width >= WIDE
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(justify="right", no_wrap=True, width=2, style="bold")
    table.add_column(ratio=25)
    table.add_column(no_wrap=True, width=18 if wide else 15)
    table.add_column(ratio=50 if wide else 35)
    for place, call in enumerate(judged.calls, 1):
        table.add_row()
        table.add_row(str(place), _who(call), _scores(judged.model, call, 6 if wide else 3), _why(call))
    yield table


def _who(call: Call) -> RenderableType:
    """Name, company, address, id: an id is never cut short, since it is what one types next."""
    lead, contact = call.lead, call.contact
    known = [contact[key] for key in ("name", "company") if key in contact]
    lines = [
        Text(line, "bold" if not i else "", no_wrap=True, overflow="ellipsis") for i, line in enumerate(known)
    ]
    if reach := contact.get("email") or contact.get("phone"):
        lines.append(Text(reach, QUIET, no_wrap=True, overflow="ellipsis"))
    return Group(*lines, Text(lead["lead_id"], QUIET if lines else "bold", overflow="fold"))


def _scores(model: Model, call: Call, width: int) -> RenderableType:
    lead = call.lead
    colour = quality_colour(lead["quality"], [q.name for q in model.quality])
    top = Text()
    if lead["quality"]:
        top.append_text(chip(lead["quality"], colour))
    if lead["band"]:
        top.append(f" {lead['band']}", "bold")
    lines = [top]
    parts = (("fit", model.fit, model.fit.rules), ("intent", model.intent, model.intent.signals))
    for part, limits, rules in parts:
        if not rules:
            continue
        most = limits.max or max(100.0, lead[part])
        line = Text(f"{part:<6} {lead[part]:>4.0f} ")
        lines.append(line.append_text(bar(lead[part] / most, width, colour)))
    if lead["probability"] is not None:
        lines.append(Text(f"chance {100 * lead['probability']:>4.0f} %"))
    if lead["stage"]:
        lines.append(Text(f"stage  {spelled(lead['stage'])}", QUIET))
    return Group(*lines)


def _why(call: Call) -> RenderableType:
    """What they did, then who they are in one line, then what to ask."""
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(justify="right", no_wrap=True, min_width=7)
    table.add_column()
    did = [r for r in call.reasons if r.part == "intent" and r.points > 0]
    are = [r for r in call.reasons if r.part == "fit" and r.points > 0]
    against = [r for r in call.reasons if r.points < 0 and not r.rule.endswith(".cap")]
    for reason in did[:REASONS]:
        table.add_row(Text(f"{reason.points:+.2f}", GOOD), Text(reason.text))
    if are:
        table.add_row(Text(f"{sum(r.points for r in are):+.2f}", ACCENT), Text(_joined(are)))
    for reason in against[-1:]:
        table.add_row(Text(f"{reason.points:+.2f}", ALARM), Text(reason.text))
    if call.question:
        table.add_row(Text("ask", FAIR), Text(f"“{call.question}”", "italic"))
    return table


def _joined(reasons: Sequence[Reason]) -> str:
    """Titles in one line, as a sentence has them: Director or above, work e-mail."""
    texts = [r.text for r in reasons[:REASONS]]
    rest = [t[:1].lower() + t[1:] if t[1:2].islower() else t for t in texts[1:]]
    more = [f"{len(reasons) - REASONS} more"] if len(reasons) > REASONS else []
    return ", ".join([*texts[:1], *rest, *more])


# --- what was wrong ------------------------------------------------------------------------------------

_GROUPS: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    (
        "Left out", ALARM, ("left_out", "broken_rows", "empty_file", "no_rows", "unread_sheet"),
        "complete them at the source, and judge again",
    ),
    (
        "Not read as meant", FAIR, ("unreadable", "unlisted_value", "long_cell", "undated"),
        "correct them at the source, or the field in the model",
    ),
    (
        "Missing", FAIR, ("absent_field", "absent_property", "undeclared_field", "no_profiles"),
        "name the column with --map or `column:`, or take out what nobody has",
    ),
    (
        "Stood more than once", ACCENT, ("lead_twice", "doubled_event"),
        "each counts once, so there is nothing to do",
    ),
)  # fmt: skip


def findings_block(findings: Sequence[Finding]) -> Iterable[RenderableType]:
    """The findings by kind, each with its count, examples, and what to do."""
    yield Text()
    if not findings:
        yield Text.assemble(("✓ ", f"bold {GOOD}"), "Nothing was wrong with the data.")
        return
    yield heading("What to know about the data")
    left = list(findings)
    for title, colour, kinds, advice in _GROUPS:
        group = [f for f in left if f.kind in kinds]
        left = [f for f in left if f.kind not in kinds]
        yield from _finding_group(title, colour, group, advice)
    yield from _finding_group("Noticed", WEAK, left, None)


def _finding_group(
    title: str, colour: str, group: Sequence[Finding], advice: str | None
) -> Iterable[RenderableType]:
    if not group:
        return
    yield Padding(Text.assemble((title, f"bold {colour}"), (f": {advice}" if advice else "", QUIET)), _INDENT)
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column()
    for finding in group:
        said = Text(finding.message)
        if finding.examples:
            said.append(f" ({', '.join(repr(e) for e in finding.examples)})", QUIET)
        table.add_row(Text("•", colour), said)
    yield Padding(table, (0, 0, 0, 4))


def _written(judged: Judged) -> Iterable[RenderableType]:
    yield Text()
    for name, path in judged.paths.items():
        noun = "rows" if judged.rows[name] != 1 else "row"
        yield Text.assemble(("✓ ", f"bold {GOOD}"), f"{path}", (f"  {judged.rows[name]:,} {noun}", QUIET))
    if judged.calls:
        lead = judged.calls[0].lead["lead_id"]
        yield Text(f"Why is one of them worth a call? leadline explain … --lead {lead}", QUIET)
