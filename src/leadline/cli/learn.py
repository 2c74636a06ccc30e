"""`learn`: a predictor from outcomes, how good it is, and what was left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leadline.cli.console import note, print_json, settings, sharing, show, steps
from leadline.cli.failures import USAGE, RefusedError
from leadline.cli.learning_options import Drop, Id, Keep, Outcome, Time, Won, told_errors
from leadline.cli.options import Events, Json, Leads, Mapped, NoColor, Traits, instant_of, one_or_many

if TYPE_CHECKING:
    from leadline.cli.learned import Taken
    from leadline.engine.facts import Finding
    from leadline.learn.examples import Examples
    from leadline.learn.report import Refused, Told

_FACTS = "From facts, instead of a table"


@dataclass(frozen=True)
class Given:
    """What there is to learn from, and what was made of each column."""

    examples: Examples
    taken: tuple[Taken, ...]
    refused: tuple[Refused, ...]
    dropped: tuple[Refused, ...]
    findings: tuple[Finding, ...]
    source: str
    columns: dict[str, Any]


def learn(
    table: Annotated[
        str | None,
        typer.Argument(
            metavar="[FILE]", help="One row a lead, with its outcome: CSV, TSV, JSON Lines, Parquet or "
                                   "Excel.",
            show_default=False,
        ),
    ] = None,
    outcome: Outcome = None,
    won: Won = None,
    time: Time = None,
    horizon: Annotated[
        str | None,
        typer.Option(
            "--horizon", metavar="90d", help="Within what time of --time the goal counts; leads that have "
                                             "not "
            "had that long are left out.", rich_help_panel="The outcome",
        ),
    ] = None,
    id_: Id = None,
    keep: Keep = None,
    drop: Drop = None,
    group: Annotated[
        list[str] | None,
        typer.Option(
            "--group", metavar="COLUMN", help="Say how right it is for each group of this column. May be "
                                              "given "
            "more than once.", rich_help_panel="The columns",
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="MODEL", help="The model's file; its goal is "
                                                      "learned.", rich_help_panel=_FACTS),
    ] = None,
    leads: Leads = None,
    traits: Traits = None,
    events: Events = None,
    mapping: Mapped = None,
    moment: Annotated[
        str,
        typer.Option(
            "--moment", metavar="handoff|first|STAGE", help="When a lead is judged: as it was handed over, "
                                                            "first "
            "seen, or came into a stage.", rich_help_panel=_FACTS,
        ),
    ] = "handoff",
    until: Annotated[
        str | None,
        typer.Option(
            "--until", metavar="ISO", help="Nothing later is known. (Default: the last "
                                           "event.)", rich_help_panel=_FACTS
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="The same seed learns the same.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="PREDICTOR.json", help="Write the predictor "
                                                             "there.", rich_help_panel="Output"),
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
    """Learn from outcomes who reaches the goal, and say how well and by what.

    From any table with an outcome (`leadline learn leads.csv --outcome Converted --time Created`), or from
    facts and a model (`leadline learn --model model.yaml --leads leads.csv --events events.csv`). Columns
    that give the answer away are refused, with the reason. Where nothing is to be learned it says so, and
    everyone gets the base rate.
    """
    with told_errors():
        with steps("Reading the data", "Looking at it") as step:
            if model is not None:
                files = {
                    "leads": one_or_many(leads),
                    "traits": one_or_many(traits),
                    "events": one_or_many(events),
                }
                given = _from_facts(
                    model, files, mapping or [], moment, until, keep or [], drop or [], group or []
                )
            else:
                given = _from_table(
                    table, outcome, won, time, horizon, id_, keep or [], drop or [], group or []
                )
            step()
        told = _learned(given, group or [], seed, curve=page is not None)
        written = _write(told, out, page)
    if settings.as_json:
        print_json(as_data(told, given, written))
        return
    from leadline.cli.learned import learned_screen
    from leadline.cli.screen import findings_block

    advice = (
        f"For new leads: leadline predict {out} new.csv" if out and told.predictor.model is None else None
    )
    show(*learned_screen(told, given.taken, written, advice))
    if given.findings:
        show(*findings_block(given.findings))
    if not out and not page:
        note("--out predictor.json keeps it, --page page.html shows it in pictures.")


def _from_table(
    table: str | None, outcome: str | None, won: list[str] | None, time: str | None, horizon: str | None,
    id_: str | None, keep: list[str], drop: list[str], group: list[str],
) -> Given:  # fmt: skip
    from leadline.cli.learned import Taken
    from leadline.learn.plain import examples_from_table
    from leadline.learn.report import Refused

    if table is None:
        raise typer.BadParameter("name the table to learn from, or --model and the facts", param_hint="FILE")
    if outcome is None:
        raise typer.BadParameter("name the column that says what became of a lead", param_hint="--outcome")
    plain = examples_from_table(
        table, outcome=outcome, won=won or None, time=time, id=id_, keep=keep, drop=drop, groups=group,
        horizon=duration_of(horizon),
    )  # fmt: skip
    refused = {s.column for s in plain.refused}
    taken = tuple(Taken(u.column, u.kind, u.why) for u in plain.columns if u.learned)
    others = (u for u in plain.columns if not u.learned and u.column not in refused)
    dropped = tuple(Refused(u.column, (u.why_not or u.why,)) for u in others)
    columns = {"outcome": outcome, "won": won, "time": time, "id": id_, "horizon": horizon}
    columns = {name: value for name, value in columns.items() if value}
    return Given(plain.examples, taken, tuple(Refused(s.column, tuple(s.reasons)) for s in plain.refused),
                 dropped, plain.findings, Path(table).name, columns)  # fmt: skip


def duration_of(text: str | None) -> int | None:
    """Microseconds of a duration that was typed."""
    from leadline.model.values import read_duration

    if text is None:
        return None
    found = read_duration(text)
    if not found:
        raise typer.BadParameter(
            f"`{text}` is no duration: write it as 90d, 12h or 4w", param_hint="--horizon"
        )
    return found


def _from_facts(
    model_file: str, files: dict[str, Any], mapping: Sequence[str], moment: str, until: str | None,
    keep: Sequence[str], drop: Sequence[str], group: Sequence[str],
) -> Given:  # fmt: skip
    from leadline.analysis.past import last_event
    from leadline.cli.learned import Taken
    from leadline.cli.reading import read_facts
    from leadline.learn.leaks import suspects
    from leadline.learn.moments import examples_from_facts
    from leadline.learn.report import Refused
    from leadline.model import read_model
    from leadline.model.predicting import with_every_field

    model = read_model(model_file, file=model_file)
    facts = read_facts([with_every_field(model)], files, mapping)
    instant = instant_of(until, "--until") if until else last_event(facts)
    if instant is None:
        raise RefusedError("there are no events, so nobody is known to have reached the goal: give --events")
    try:
        examples = examples_from_facts(model, facts, moment=moment, until=instant)
    except ValueError as error:
        raise RefusedError(str(error), USAGE) from error
    found = [s for s in suspects(examples) if s.column not in keep]
    labels = {i.label: i.name for i in examples.inputs}
    gone = {n for s in found for n in s.inputs} | {labels.get(n, n) for n in drop}
    beside = examples.features.select([labels.get(n, n) for n in group if labels.get(n, n) in gone])
    examples = replace(examples.without(gone), beside=beside if beside.num_columns else examples.beside)
    taken = tuple(Taken(i.label, i.type.value, i.expr or f"{i.part} of {i.signal}") for i in examples.inputs)
    return Given(examples, taken, tuple(Refused(s.column, tuple(s.reasons)) for s in found), (),
                 facts.findings(), model.name, {})  # fmt: skip


def _learned(given: Given, group: Sequence[str], seed: int, *, curve: bool) -> Told:
    from leadline.learn.curve import learning_curve
    from leadline.learn.effects import effects
    from leadline.learn.evaluate import evaluate
    from leadline.learn.fit import fit
    from leadline.learn.report import Refused, Told, example_leads
    from leadline.learn.watch import remembered, watched
    from leadline.model.predictor_file import predictor_version

    examples = given.examples
    with sharing("Learning") as progress:
        fitted = fit(examples, seed=seed, progress=progress)
    learning: tuple[Any, ...] = ()
    if curve and not fitted.trial.no_signal:
        with sharing("Learning from fewer") as progress:
            learning = learning_curve(
                examples, lambda some: fit(some, seed=seed), seed=seed,
                progress=lambda done, total: progress(done / total, f"Learning from fewer leads, "
                                                                    f"{done + 1} of {total}"),
            )  # fmt: skip
    with steps("Judging"):
        found = evaluate(examples, fitted.trial, group, learning=learning)
        predictor = watched(fitted.predictor, examples, found)
        if given.columns:
            predictor = replace(predictor, about={**predictor.about, "columns": given.columns})
        labels = {i.name: i.label for i in examples.inputs}
        idle = tuple(Refused(labels.get(name, name), (why,)) for name, why in fitted.dropped.items())
        return Told(
            predictor, predictor_version(predictor), found, effects(predictor, remembered(predictor).shares),
            example_leads(predictor, examples), given.refused, (*given.dropped, *idle), given.source,
        )  # fmt: skip


def _write(told: Told, out: Path | None, page: Path | None) -> dict[str, Path]:
    from leadline.cli.results import write_text
    from leadline.learn.report import learn_page
    from leadline.model.predictor_file import write_predictor

    written = {}
    if out:
        write_text(write_predictor(told.predictor), out)
        written["the predictor"] = out
    if page:
        write_text(learn_page(told), page)
        written["the page"] = page
    return written


def as_data(told: Told, given: Given, written: dict[str, Path]) -> dict[str, Any]:
    """The same as JSON data."""
    from leadline.cli.reading import findings_data

    return {
        "predictor": {"kind": told.predictor.kind, "version": told.version, "goal": told.predictor.goal},
        "evaluation": told.evaluation.as_dict(),
        "effects": [
            {"label": e.label, "weight": e.weight, "bars": [vars(b) for b in e.bars]} for e in told.effects
        ],
        "columns": [vars(t) for t in given.taken],
        "refused": [vars(r) for r in told.refused],
        "dropped": [vars(r) for r in told.dropped],
        "findings": findings_data(given.findings),
        "written": {name.removeprefix("the "): str(path) for name, path in written.items()},
    }
