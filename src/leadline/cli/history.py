"""Commands about how things came about: one lead explained, stages replayed, rules tried on the past."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leadline.cli.console import console, counting, note, print_json, settings, show, steps
from leadline.cli.failures import NO, UNREADABLE, RefusedError
from leadline.cli.options import (
    AsOf,
    Events,
    Json,
    Leads,
    Mapped,
    ModelFile,
    NoColor,
    OutFormat,
    PredictorFile,
    Traits,
    instant_of,
    instant_or_now,
    one_or_many,
)

if TYPE_CHECKING:
    from leadline.engine.facts import Facts
    from leadline.model import Model

From = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="ISO",
        help="Where the period begins; a date is included. (Default: the first fact.)",
        show_default=False,
    ),
]
To = Annotated[
    str | None,
    typer.Option(
        "--to", metavar="ISO",
        help="Where it ends; a date is included, to its end in the model's time zone. "
        "(Default: the last fact.)",
        show_default=False,
    ),
]  # fmt: skip
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Write the tables there.", rich_help_panel="Output"),
]
Format = Annotated[
    OutFormat,
    typer.Option("--format", metavar="parquet|csv", help="What to write them as.", rich_help_panel="Output"),
]


def explain(
    model: ModelFile,
    lead: Annotated[str, typer.Option("--lead", metavar="ID", help="The lead.", show_default=False)],
    leads: Leads = None,
    traits: Traits = None,
    events: Events = None,
    mapping: Mapped = None,
    as_of: AsOf = None,
    predictor: PredictorFile = None,
    as_json: Json = False,
    no_color: NoColor = False,
) -> None:
    """Why is this lead where it is, and what would lift it?

    Exit code 1 where nothing is known of such a lead at that instant.
    """
    from leadline.cli.contacts import contacts_of
    from leadline.cli.reading import read_facts, read_judge
    from leadline.engine.explain import explain as explanation_of

    at = instant_or_now(as_of)
    files = _files(leads, traits, events)
    judge = read_judge(model, predictor)
    with steps("Reading the data", "Explaining") as step:
        facts = read_facts([judge], files, mapping or [])
        step()
        try:
            found = explanation_of(judge, facts, lead, at)
        except KeyError:
            raise RefusedError(_unknown_lead(facts, lead, at), NO) from None
        contact = contacts_of(facts, files["leads"], mapping or [], [lead]).get(lead, {})
    if as_of is None:
        _note_now(at)
    if settings.as_json:
        print_json({**found.as_dict(), "contact": contact})
    else:
        from leadline.cli.explained import explanation_screen

        show(*explanation_screen(found, contact))


def _unknown_lead(facts: Facts, lead: str, at: int) -> str:
    from leadline.model.errors import did_you_mean
    from leadline.model.values import time_text

    known = facts.lead_ids(at).column("lead_id").to_pylist()
    if lead in facts.lead_ids().column("lead_id").to_pylist():
        return f"nothing was known of the lead `{lead}` yet at {time_text(at)}: give a later --as-of"
    hint = did_you_mean(lead, known[:200_000])
    first = f"; the first of {len(known):,} is `{known[0]}`" if known and not hint else ""
    return f"there is no lead `{lead}` in the data{hint or first}"


def replay(
    model: ModelFile,
    leads: Leads = None,
    traits: Traits = None,
    events: Events = None,
    mapping: Mapped = None,
    first: From = None,
    last: To = None,
    every: Annotated[
        str,
        typer.Option(
            "--every",
            metavar="STEP",
            help="How often to look: 1d (the end of each day), 7d, 6h; or `fact`, at each fact.",
        ),
    ] = "1d",
    lead: Annotated[
        str | None, typer.Option("--lead", metavar="ID", help="Tell the story of this lead alone.")
    ] = None,
    predictor: PredictorFile = None,
    out: Out = None,
    format_: Format = OutFormat.PARQUET,
    as_json: Json = False,
    no_color: NoColor = False,
) -> None:
    """How did each lead come to its stage? Walks through the period and records each change with its cause.

    With --out, writes `changes` (a row for each change of stage), `ledger` (the points at each change) and
    `final` (where each lead stands in the end).
    """
    from leadline.cli.reading import read_facts, read_judge
    from leadline.cli.replayed import replay_data, replay_screen, story_screen
    from leadline.engine.replay import replay as walk

    step = _step_of(every)
    judge = read_judge(model, predictor)
    facts = read_facts([judge], _files(leads, traits, events), mapping or [])
    begin, end = period_of(facts, judge, first, last)
    with plainly(), counting("Walking through the leads") as progress:
        # From the moment before: what is found there did not happen in the period, and all else did.
        result = walk(judge, facts, first=begin - 1, last=end, every=step, progress=progress)
    paths = _write_replay(result, out, format_) if out else {}
    if lead is not None and lead not in set(result.final.column("lead_id").to_pylist()):
        raise RefusedError(_unknown_lead(facts, lead, end), NO)
    findings = facts.findings()
    if settings.as_json:
        print_json(replay_data(judge, result, begin, end, lead, findings, paths))
    elif lead is not None:
        show(*story_screen(judge, result, lead))
    else:
        show(*replay_screen(judge, result, begin, end, findings, paths))


def _write_replay(result: Any, out: Path, format_: OutFormat) -> dict[str, Path]:
    from leadline.cli.results import in_order, write_tables

    tables = {
        "changes": result.changes,
        "ledger": in_order(result.ledger, "lead_id", "as_of", "part", "rule"),
        "final": in_order(result.final, "lead_id"),
    }
    return write_tables(tables, out, format_)


def backtest(
    model: Annotated[
        str, typer.Argument(metavar="NEW", help="The model that is proposed.", show_default=False)
    ],
    against: Annotated[
        str, typer.Option("--against", metavar="OLD", help="The model in use.", show_default=False)
    ],
    leads: Leads = None,
    traits: Traits = None,
    events: Events = None,
    mapping: Mapped = None,
    first: From = None,
    last: To = None,
    stage: Annotated[
        str | None,
        typer.Option("--stage", metavar="STAGE", help="Where marketing hands over. (Default: mql.)"),
    ] = None,
    reps: Annotated[
        int | None,
        typer.Option(
            "--reps", metavar="N", min=1, help="How many reps share the hand-offs. (Default: as events tell.)"
        ),
    ] = None,
    predictor: PredictorFile = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE.html", help="Write a page with charts.", rich_help_panel="Output"
        ),
    ] = None,
    as_json: Json = False,
    no_color: NoColor = False,
) -> None:  # fmt: skip
    """What would other rules have done? Two models on the same past facts.

    How many leads each hands over, who moves up or down and why, and which of the two was right about the
    goal: only leads whose horizon has passed are counted, and it says how many are not.
    """
    from leadline.analysis import backtest as try_both
    from leadline.analysis import rep_reader
    from leadline.cli.reading import read_facts, read_judge
    from leadline.cli.results import write_text
    from leadline.model import read_model
    from leadline.model.predicting import predicting_as

    new = read_judge(model, predictor)
    old = predicting_as(read_model(against, file=against), new)
    facts = read_facts([old, new, rep_reader()], _files(leads, traits, events), mapping or [])
    begin, end = period_of(facts, new, first, last)
    with plainly(), counting("Trying both models") as progress:
        result = try_both(new, old, facts, first=begin, last=end, progress=progress, stage=stage, reps=reps)
    if out is not None:
        write_text(result.to_html(), out)
    if settings.as_json:
        print_json({**result.as_dict(), **_predictors(new, old), "written": str(out) if out else None})
        return
    result.render(console())
    if out is not None:
        from rich.text import Text

        show(Text(), Text.assemble(("✓ ", "bold green"), f"{out}  ", ("open it in a browser", "dim")))


def _predictors(new: Model, old: Model) -> dict[str, Any]:
    from leadline.cli.reading import predictor_data

    return {"predictors": {"new": predictor_data(new), "old": predictor_data(old)}}


# --- what they share --------------------------------------------------------------------------------------


def _files(*given: list[str] | None) -> dict[str, Any]:
    return dict(zip(("leads", "traits", "events"), map(one_or_many, given), strict=True))


def _note_now(at: int) -> None:
    from leadline.model.values import time_text

    note(f"As of now, {time_text(at)}; --as-of looks at another instant.")


_DATE = re.compile(r"\s*\d{4}-\d\d-\d\d\s*")


def period_of(facts: Facts, model: Model, first: str | None, last: str | None) -> tuple[int, int]:
    """The period in microseconds, both included; a date is that day in the model's time zone."""
    from leadline.analysis.weeks import day_begin_of, day_begins, day_end_of
    from leadline.model.values import DAY

    begin, end = (
        instant_of(text, option) if text is not None else None
        for text, option in ((first, "--from"), (last, "--to"))
    )
    if begin is not None and _DATE.fullmatch(first or ""):
        begin = day_begins(begin // DAY, model.timezone)
    if end is not None and _DATE.fullmatch(last or ""):
        end = day_begins(end // DAY + 1, model.timezone) - 1
    known_from, known_to = facts.span() if None in (begin, end) else (begin, end)
    if known_from is None or known_to is None:
        raise RefusedError("no fact has a date, so there is no past to walk through: give --from and --to")
    begin = day_begin_of(known_from, model.timezone) if begin is None else begin
    end = day_end_of(known_to, model.timezone) if end is None else end
    if end < begin:
        raise typer.BadParameter(f"the period ends before it begins: --from {first} --to {last}")
    return begin, end


def _step_of(text: str) -> Any:
    from leadline.model.values import read_duration

    step = "fact" if text == "fact" else read_duration(text)
    if not step:
        raise typer.BadParameter(
            f"`{text}` is no step: write a number and m, h, d or w, such as 1d, or `fact`",
            param_hint="--every",
        )
    return step


@contextmanager
def plainly() -> Iterator[None]:
    """What the library says of an argument is said to whoever typed it, without a word on faults."""
    try:
        yield
    except ValueError as error:
        if type(error) is ValueError:
            raise RefusedError(str(error), UNREADABLE) from error
        raise
