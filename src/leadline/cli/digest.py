"""A model in plain words, as both teams would read it out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from leadline.cli.look import ACCENT, ALARM, FAIR, GOOD, QUIET, heading, quality_colour
from leadline.model.advice import advice
from leadline.model.diff import Change
from leadline.model.shape import Bands, Model, spoken
from leadline.model.words import (
    condition_words,
    criterion_sentence,
    duration_words,
    number_words,
    signal_sentence,
    stage_sentence,
)


def counts_of(model: Model) -> dict[str, int]:
    """How many of each there are."""
    return {
        "fields": len(model.fields),
        "properties": len(model.properties),
        "fit_rules": len(model.fit.rules),
        "signals": len(model.intent.signals),
        "journey_steps": len(model.journey),
        "criteria": len(model.criteria),
        "qualities": len(model.quality),
        "stages": len(model.lifecycle.stages),
    }


_NOUNS = {
    "fields": "field", "properties": "property", "fit_rules": "fit rule", "signals": "signal",
    "journey_steps": "journey step", "criteria": "criterion", "qualities": "quality", "stages": "stage",
}  # fmt: skip
_PLURALS = {"property": "properties", "criterion": "criteria", "quality": "qualities"}


def digest_of(model: Model) -> RenderableType:
    """The model, section by section; empty ones are left out."""
    return Group(_head(model), *_odd(model), *(part for part in _sections(model)))


def _odd(model: Model) -> Iterable[RenderableType]:
    """What is allowed and hardly meant."""
    for sentence in advice(model):
        yield Text.assemble(("! ", f"bold {FAIR}"), sentence)


def _head(model: Model) -> Text:
    said = Text.assemble(
        ("✓ ", f"bold {GOOD}"), (model.name, "bold"), (f"  version {model.version}\n", QUIET)
    )
    counts = [_counted(n, _NOUNS[key]) for key, n in counts_of(model).items() if n]
    zone = f"days are those of {model.timezone}"
    return said.append("  " + " · ".join([*counts, zone]), QUIET)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun if count == 1 else _PLURALS.get(noun, noun + 's')}"


def _sections(model: Model) -> Iterable[RenderableType]:
    if model.fit.rules:
        rows = [
            (_points(None if r.disqualify else r.points), r.title, condition_words(r.when, model))
            for r in model.fit.rules
        ]
        yield _section(f"Fit: who they are{_range(model.fit.min, model.fit.max)}", rows)
    if model.intent.signals:
        rows = [
            (_points(s.points), s.title, _rest(signal_sentence(s, model), s.title))
            for s in model.intent.signals
        ]
        yield _section(f"Intent: what they do{_range(model.intent.min, model.intent.max)}", rows)
    if model.journey:
        rows = [(Text(f"{i}."), spoken(s.step), _on(s, model)) for i, s in enumerate(model.journey, 1)]
        yield _section("Journey: how far they are", rows)
    if model.criteria:
        rows = [(Text("?"), c.title, _rest(criterion_sentence(c, model), c.title)) for c in model.criteria]
        yield _section("Criteria: what must be heard from them", rows)
    if model.quality:
        names = [q.name for q in model.quality]
        rows = [
            (Text("●", quality_colour(q.name, names)), q.name, condition_words(q.when, model) or "else")
            for q in model.quality
        ]
        yield _section(f"Quality: the first that holds{_bands(model.bands)}", rows)
    if model.lifecycle.stages:
        rows = [
            (Text(f"{i}."), s.label or s.stage, stage_sentence(s, model).partition(": ")[2])
            for i, s in enumerate(model.lifecycle.stages, 1)
        ]
        cooldown = duration_words(model.lifecycle.cooldown)
        yield _section(f"Lifecycle: who has the lead; {cooldown} of peace when sent back", rows)
    if model.goal:
        horizon = duration_words(model.goal.horizon)
        yield Text.assemble(("\nGoal: ", "bold"), f"{model.goal.event} within {horizon}")


def _section(title: str, rows: Sequence[tuple[Text, str, str]]) -> RenderableType:
    table = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(justify="right", min_width=6, no_wrap=True)
    table.add_column(max_width=30)
    table.add_column(style=QUIET, ratio=1)
    for mark, name, rest in rows:
        table.add_row(mark, Text(name), Text(rest[:1].lower() + rest[1:] if rest[1:2].islower() else rest))
    return Group(Text(), heading(title), table)


def _points(points: float | None) -> Text:
    if points is None:
        return Text("out", ALARM)
    return Text(
        f"{'+' if points > 0 else '−' if points < 0 else ''}{number_words(abs(points))}",
        ACCENT if points > 0 else ALARM,
    )


def _rest(sentence: str, title: str) -> str:
    """What a sentence says after the name and the points, which stand in columns of their own."""
    said = sentence.removeprefix(f"{title}: ")
    after = said.partition(" for each ")[2]
    return f"each {after}" if after else said


def _on(step, model: Model) -> str:
    where = condition_words(step.where, model)
    return f"{step.event}{f' where {where}' if where else ''}"


def _range(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return ""
    if low is None:
        return f", at most {number_words(high or 0)}"
    return (
        f", {number_words(low)} to {number_words(high)}"
        if high is not None
        else f", at least {number_words(low)}"
    )


def _bands(bands: Bands) -> str:
    parts = [
        f"{name} " + " ".join(f"{b.name}≥{number_words(b.at)}" for b in of)
        for name, of in (("fit", bands.fit), ("intent", bands.intent))
        if of
    ]
    return f" ({', '.join(parts)})" if parts else ""


def changes_text(old: Model, new: Model, changes: Sequence[Change]) -> RenderableType:
    """The changes by section, with a mark for what came, went or changed."""
    head = Text.assemble((old.name, "bold"), (f" {old.version} → {new.version}", QUIET))
    if not changes:
        return Group(head, Text("No difference: both do the same."))
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, style=QUIET)
    table.add_column(ratio=1)
    part = None
    for change in changes:
        mark, colour = {"added": ("+", GOOD), "removed": ("−", ALARM)}.get(change.what, ("~", ACCENT))
        table.add_row(Text(mark, colour), change.part if change.part != part else "", Text(change.text))
        part = change.part
    noun = "change" if len(changes) == 1 else "changes"
    return Group(head, Text(), table, Text(), Text(f"{len(changes)} {noun}", QUIET))
