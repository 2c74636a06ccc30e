"""One lead on the screen: where it stands, whence its points come, what to ask, what would lift it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from leadline.cli.look import ACCENT, ALARM, FAIR, GOOD, QUIET, bar, chip, heading, quality_colour

if TYPE_CHECKING:
    from leadline.engine.explain import Explanation

_STATES = {"yes": ("✓", GOOD), "no": ("✗", ALARM), "unknown": ("?", FAIR)}


def explanation_screen(found: Explanation, contact: Mapping[str, str]) -> Iterable[RenderableType]:
    """The parts of the screen, from the top down."""
    yield from _head(found, contact)
    for part, title in (("fit", "Fit: who they are"), ("intent", "Intent: what they do")):
        yield from _points(found, part, title)
    yield from _forecast(found)
    yield from _answers(found)
    yield from _further(found)


def _head(found: Explanation, contact: Mapping[str, str]) -> Iterable[RenderableType]:
    who = [contact[key] for key in ("name", "company") if key in contact]
    said = Text(", ".join(who), "bold") if who else Text()
    if reach := [contact[key] for key in ("email", "phone") if key in contact]:
        said.append(f"  {', '.join(reach)}", QUIET)
    if said.plain:
        yield said
    line = Text()
    quality = found.measures["quality"]
    if quality:
        line.append_text(chip(quality, quality_colour(quality, [q.name for q in found.model.quality])))
        line.append(" ")
    yield line.append(found.summary())


def _points(found: Explanation, part: str, title: str) -> Iterable[RenderableType]:
    reasons = [r for r in found.reasons if r.part == part]
    rules = found.model.fit.rules if part == "fit" else found.model.intent.signals
    if not rules:
        return
    yield Text()
    yield Text.assemble((title, "bold"), (f"   {found.measures[part]:.2f}", f"bold {ACCENT}"))
    if not reasons:
        yield Padding(Text("nothing gave points", QUIET), (0, 0, 0, 2))
        return
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(justify="right", no_wrap=True, min_width=9)
    table.add_column(no_wrap=True)
    table.add_column()
    most = max(abs(r.points) for r in reasons)
    for reason in sorted(reasons, key=lambda r: (r.rule.startswith(f"{part}."), -r.points)):
        text, _, points = reason.sentence.rpartition(": ")
        colour = GOOD if reason.points > 0 else ALARM
        table.add_row(Text(points, colour), bar(abs(reason.points) / most, 8, colour), Text(text))
    yield table


def _forecast(found: Explanation) -> Iterable[RenderableType]:
    if found.forecast is None:
        return
    summary, *sentences = found.forecast.sentences()
    yield Text()
    yield Text.assemble(("Probability: what became of leads like this one", "bold"))
    yield Padding(Text(summary), (0, 0, 0, 2))
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(justify="right", no_wrap=True, min_width=9)
    table.add_column()
    for sentence in sentences:
        words, _, points = sentence.rpartition(": ")
        table.add_row(Text(points, GOOD if points.startswith("+") else ALARM), Text(words))
    yield table


def _answers(found: Explanation) -> Iterable[RenderableType]:
    if not found.answers:
        return
    yield Text()
    yield heading("What was heard from them")
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(justify="right", min_width=3)
    table.add_column()
    for answer in found.answers:
        sign, colour = _STATES.get(answer.state, ("·", QUIET))
        table.add_row(Text(sign, f"bold {colour}"), Text(answer.sentence))
    yield table


def _further(found: Explanation) -> Iterable[RenderableType]:
    if found.next_question:
        yield Text()
        yield Text.assemble(("Ask next: ", "bold"), (f"“{found.next_question}”", f"italic {FAIR}"))
    if found.lifts:
        yield Text()
        for lift in found.lifts:
            yield Text.assemble(("↑ ", f"bold {GOOD}"), lift.sentence)
    if found.notes:
        yield Text()
        for note in found.notes:
            yield Text.assemble(("! ", f"bold {FAIR}"), note)
