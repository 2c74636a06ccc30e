"""`persona`: who buys, as sentences, as a page, and as fit rules."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leadline.cli.console import console, note, print_json, settings, show, steps
from leadline.cli.learning_options import Drop, Id, Keep, Outcome, Time, Won, told_errors
from leadline.cli.options import Events, Json, Leads, Mapped, NoColor, Traits, one_or_many

if TYPE_CHECKING:
    from rich.console import RenderableType

    from leadline.engine.facts import Finding
    from leadline.learn.examples import Examples
    from leadline.learn.leaks import Suspect
    from leadline.learn.persona import Persona
    from leadline.learn.persona_rules import Applied, ProposedRules

_FACTS = "From facts, instead of a table"
SHOWN = 10  # statements of either direction
Read = tuple["Examples", tuple["Suspect", ...], tuple["Finding", ...], str]


def persona(
    table: Annotated[
        str | None,
        typer.Argument(
            metavar="[FILE]",
            help="One row a lead, with its outcome: CSV, TSV, JSON Lines, Parquet or Excel.",
            show_default=False,
        ),
    ] = None,
    outcome: Outcome = None,
    won: Won = None,
    time: Time = None,
    id_: Id = None,
    keep: Keep = None,
    drop: Drop = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model", metavar="MODEL", help="The model's file; its goal is what counts as bought.",
            rich_help_panel=_FACTS,
        ),
    ] = None,
    leads: Leads = None,
    traits: Traits = None,
    events: Events = None,
    mapping: Mapped = None,
    moment: Annotated[
        str,
        typer.Option(
            "--moment", metavar="handoff|first|STAGE",
            help="When a lead is looked at: as it was handed over, first seen, or came into a stage.",
            rich_help_panel=_FACTS,
        ),
    ] = "handoff",
    until: Annotated[
        str | None,
        typer.Option(
            "--until", metavar="ISO", help="Nothing later is known. (Default: the last event.)",
            rich_help_panel=_FACTS,
        ),
    ] = None,
    promised: Annotated[
        float,
        typer.Option(
            "--promised", metavar="SHARE", help="Of what is said, on average at most this share is chance."
        ),
    ] = 0.05,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="The same seed finds the same.")] = 0,
    propose: Annotated[
        str | None,
        typer.Option(
            "--propose", metavar="MODEL.yaml", help="Show what adding the rules to this model would change; "
            "the file stays as it is.", rich_help_panel="Output",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE.yaml", help="Write the rules there; with --propose the whole model.",
            rich_help_panel="Output",
        ),
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option(
            "--page", metavar="PAGE.html", help="Write all of it as one page that needs no network.",
            rich_help_panel="Output",
        ),
    ] = None,
    as_json: Json = False,
    no_color: NoColor = False,
) -> None:  # fmt: skip
    """Who buys: what buyers have more or less often than the others, and whether there are several kinds.

    From any table with an outcome (`leadline persona leads.csv --outcome Converted`), or from facts and a
    model. Said is only what holds after it is counted in how many values were looked at. What it means for
    fit comes as rules to read and paste, or as a diff of a model (`--propose model.yaml`).
    """
    if not 0 < promised < 1:
        raise typer.BadParameter(
            f"{promised:g} is no share between 0 and 1, such as 0.05", param_hint="--promised"
        )
    with told_errors():
        from leadline.learn.persona import persona as persona_of
        from leadline.learn.persona_rules import fit_rules

        with steps("Reading the data", "Looking at it") as step:
            files = dict(
                zip(("leads", "traits", "events"), map(one_or_many, (leads, traits, events)), strict=True)
            )
            if model is None:
                read = _from_table(table, outcome, won, time, id_, keep or [], drop or [])
            else:
                read = _from_facts(model, files, mapping or [], moment, until, keep or [], drop or [])
            step()
            examples, refused, findings, source = read
            found = persona_of(examples, promised=promised, seed=seed)
            rules = fit_rules(found, examples)
        applied = _applied(propose, rules)
        written = _write(found, rules, applied, source, out, page)
    if settings.as_json:
        print_json(_as_data(found, rules, applied, refused, findings, written))
        return
    show(*_screen(found))
    _show_rules(rules, applied)
    show(*_beside(found, refused, written))
    if findings:
        from leadline.cli.screen import findings_block

        show(*findings_block(findings))
    if page is None:
        note("--page persona.html shows it in pictures.")


def _from_table(
    table: str | None, outcome: str | None, won: list[str] | None, time: str | None, id_: str | None,
    keep: list[str], drop: list[str],
) -> Read:  # fmt: skip
    from leadline.learn.plain import examples_from_table

    if table is None:
        raise typer.BadParameter(
            "name the table with the outcomes, or --model and the facts", param_hint="FILE"
        )
    if outcome is None:
        raise typer.BadParameter("name the column that says what became of a lead", param_hint="--outcome")
    plain = examples_from_table(
        table, outcome=outcome, won=won or None, time=time, id=id_, keep=keep, drop=drop
    )
    return plain.examples, plain.refused, plain.findings, Path(table).name


def _from_facts(
    file: str, files: dict[str, Any], mapping: list[str], moment: str, until: str | None, keep: list[str],
    drop: list[str],
) -> Read:  # fmt: skip
    from leadline.cli.history import period_of
    from leadline.cli.reading import read_facts
    from leadline.learn.leaks import suspects
    from leadline.learn.moments import examples_from_facts
    from leadline.model import read_model
    from leadline.model.predicting import with_every_field

    model = read_model(file, file=file)
    facts = read_facts([with_every_field(model)], files, mapping)
    _, instant = period_of(facts, model, None, until)
    examples = examples_from_facts(model, facts, moment=moment, until=instant)
    refused = tuple(s for s in suspects(examples) if s.column not in keep)
    labels = {i.label: i.name for i in examples.inputs}
    gone = {name for s in refused for name in s.inputs} | {labels.get(n, n) for n in drop}
    return examples.without(gone), refused, facts.findings(), model.name


def _applied(file: str | None, rules: ProposedRules) -> Applied | None:
    from leadline.learn.persona_rules import apply_to
    from leadline.model.document import ModelDocument

    if file is None:
        return None
    document = ModelDocument.read(file, file=file)
    return apply_to(document, rules, Path(file).name) if document.model else None


def _write(
    found: Persona, rules: ProposedRules, applied: Applied | None, source: str, out: Path | None,
    page: Path | None,
) -> dict[str, str]:  # fmt: skip
    from leadline.cli.results import write_text
    from leadline.learn.persona_page import persona_page

    written = {}
    text = applied.text if applied else rules.yaml()
    if out is not None and text:
        write_text(text, out)
        written["model" if applied else "rules"] = str(out)
    if page is not None:
        write_text(persona_page(found, rules, source), page)
        written["page"] = str(page)
    return written


# --- what is shown ------------------------------------------------------------------------------------------


def _screen(found: Persona) -> Iterable[RenderableType]:
    from rich.text import Text

    from leadline.analysis.words import counted, percent
    from leadline.cli.look import ACCENT, ALARM, QUIET, heading

    base = f"{found.base.hits:,} of {counted(found.base.n, 'lead')} bought ({percent(found.base.value)})"
    yield Text.assemble((f"Who buys: {found.goal}", "bold"), (f"  {base}", QUIET))
    for title, told, colour in (("More often", found.over, ACCENT), ("Less often", found.under, ALARM)):
        if told:
            yield Text()
            yield heading(title)
            for each in told[:SHOWN]:
                yield Text.assemble(("  • ", colour), each.sentence)
                if each.also:
                    yield Text(f"    says the same: {'; '.join(each.also)}", QUIET)
            if len(told) > SHOWN:
                yield Text(f"    and {len(told) - SHOWN} more: --json or --page has them all", QUIET)
    yield Text()
    yield heading("Kinds of buyers")
    yield Text(f"  {found.kinds_said}")
    for kind in found.kinds:
        yield Text.assemble(("  • ", ACCENT), f"{percent(kind.share, 0)}: {kind.name}")


def _beside(found: Persona, refused: Iterable[Suspect], written: dict[str, str]) -> Iterable[RenderableType]:
    from rich.text import Text

    from leadline.analysis.words import counted, percent
    from leadline.cli.look import QUIET

    yield Text()
    looked = f"{counted(found.tested, 'value')} were looked at; of what is said at most "
    looked += f"{percent(found.promised, 0)} is chance, on average."
    for line in (*found.notes, looked) if found.tested else found.notes:
        yield Text(line, QUIET)
    for each in refused:
        yield Text(f"Refused: {each.column}, {each.reason}.", QUIET)
    for what, path in written.items():
        yield Text(f"Written: the {what}, {path}", QUIET)


def _show_rules(rules: ProposedRules, applied: Applied | None) -> None:
    """The YAML in lines as long as they are, so that it can be copied."""
    from rich.text import Text

    from leadline.cli.look import QUIET, heading
    from leadline.cli.terminal import Harmless

    text = applied.diff if applied else rules.yaml()
    if text:
        title = "What the model would become" if applied else "As fit rules, to read and paste"
        show(Text(), heading(title))
        console().print(Harmless(Text(text.rstrip("\n"))), soft_wrap=True)
    elif applied:
        show(Text(), Text("Nothing is to be added to the model."))
    for label, why in applied.skipped if applied else rules.skipped:
        show(Text(f"Not proposed: {label}: {why}.", QUIET))


def _as_data(
    found: Persona, rules: ProposedRules, applied: Applied | None, refused: Iterable[Suspect],
    findings: Iterable[Finding], written: dict[str, str],
) -> dict[str, Any]:  # fmt: skip
    from leadline.cli.reading import findings_data

    return {
        **found.as_dict(),
        "rules": [rule.entry() for rule in (applied.added if applied else rules.rules)],
        "not_proposed": [
            {"label": label, "why": why} for label, why in (applied.skipped if applied else rules.skipped)
        ],
        "diff": applied.diff if applied else None,
        "refused": [{"column": s.column, "reasons": list(s.reasons)} for s in refused],
        "findings": findings_data(findings),
        "written": written,
    }
