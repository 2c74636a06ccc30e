"""Commands to begin with: an example company, and a first model."""

from __future__ import annotations

import shlex
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from leadline.cli.console import counting, note, print_json, settings, show
from leadline.cli.options import Json, NoColor


class SampleFormat(StrEnum):
    CSV = "csv"
    PARQUET = "parquet"


def sample(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The folder to write into.", show_default=False)],
    leads: Annotated[int, typer.Option("--leads", metavar="N", help="How many leads.")] = 500,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", help="The same seed gives the same company.")
    ] = 1,
    events_per_lead: Annotated[
        float, typer.Option("--events-per-lead", metavar="N", help="The mean number of events of a lead.")
    ] = 40.0,
    format_: Annotated[
        SampleFormat, typer.Option("--format", metavar="csv|parquet", help="What to write.")
    ] = SampleFormat.CSV,
    as_json: Json = False,
    no_color: NoColor = False,
) -> None:
    """An example company to try things on: half a year of leads, answers, events and deals.

    All of it is invented: a vendor of planning software, with bots, duplicates and reps who reject. What is
    true of each lead is in the folder `truth`, which no model may see.
    """
    from leadline.cli.failures import UNWRITABLE, USAGE, RefusedError
    from leadline.sample import write_company

    try:
        with counting("Inventing leads") as progress:
            written = write_company(
                out, leads, seed, events_per_lead, format=format_.value, progress=progress
            )
    except ValueError as error:
        raise RefusedError(str(error), USAGE) from error
    except OSError as error:
        what = error.strerror or str(error)
        raise RefusedError(f"the company cannot be written to `{out}`: {what}", UNWRITABLE) from error
    if settings.as_json:
        paths = {name: str(path) for name, path in written.paths.items()}
        print_json({"folder": str(out), "paths": paths, "rows": written.rows})
    else:
        show(_told(out, written, format_.value))


_ABOUT = {
    "leads": "the people and their companies, one row each",
    "traits": "what was learnt of them, each with its day",
    "events": "what they did, and what came of it",
    "outcomes": "the deals, won and lost",
    "spend": "what marketing cost, by day and campaign",
    "truth": "what is true of each lead, to check a model by",
    "truth_events": "which events are of bots, late, doubled or void",
    "model": "what makes a lead worth a call, as agreed",
    "model_proposed": "the same with five changes, not in use yet",
}


def _told(out: Path, written, format_: str):
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    from leadline.cli.look import QUIET, heading

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(style=QUIET)
    for name, path in written.paths.items():
        rows = written.rows.get(name)
        table.add_row(str(path), f"{rows:,}" if rows is not None else "", _ABOUT.get(name, ""))
    data = " ".join(f"--{name} {written.paths[name]}" for name in ("leads", "traits", "events"))
    return Group(
        table,
        Text(),
        heading("Next: who is worth a call on 1 July 2026?"),
        Text(f"  leadline qualify {written.paths['model']} {data} --as-of 2026-07-01"),
    )


def init(
    leads: Annotated[
        list[str] | None, typer.Option("--from", "--leads", metavar="FILE", help="Your leads, one row each.")
    ] = None,
    events: Annotated[
        list[str] | None, typer.Option("--events", metavar="FILE", help="What your leads did.")
    ] = None,
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="TABLE.COLUMN=SOURCE", help="Where a column has another name."),
    ] = None,
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help="The model to write.")] = Path(
        "model.yaml"
    ),
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="What the model is called.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace the file where it is there already.")
    ] = False,
    as_json: Json = False,
    no_color: NoColor = False,
) -> None:
    """A first model, from the columns and values that are really there; without files, an annotated one.

    It is commented, checks clean, and works on those files at once. Points and conditions in it are guesses
    and say so: changing them is the work that marketing and sales do together.
    """
    from leadline.cli.failures import UNWRITABLE, RefusedError
    from leadline.cli.options import one_or_many
    from leadline.cli.results import write_text
    from leadline.model import read_model
    from leadline.starter import first_model, starter_model

    if out.exists() and not force:
        raise RefusedError(
            f"`{out}` is there already: choose another with -o, or --force replaces it", UNWRITABLE
        )
    leads_file, events_file = one_or_many(leads), one_or_many(events)
    if leads_file is None and events_file is None:
        text, remarks, mapped = starter_model(name), [], []
    else:
        with counting("Looking at the data"):
            text, remarks, mapped = first_model(leads_file, events_file, mapping or [], name)
    model = read_model(text=text, file=str(out))
    write_text(text, out)
    if settings.as_json:
        print_json(
            {
                "path": str(out),
                "name": model.name,
                "version": model.version,
                "remarks": remarks,
                "map": mapped,
            }
        )
        return
    _init_told(out, model, remarks, leads, events, mapped)


def _init_told(out: Path, model, remarks, leads, events, mapping) -> None:
    from rich.text import Text

    from leadline.cli.digest import counts_of
    from leadline.cli.look import GOOD, QUIET, heading

    counts = counts_of(model)
    about = f"  {counts['fields']} fields, {counts['fit_rules']} fit rules, {counts['signals']} signals"
    show(Text.assemble(("✓ ", f"bold {GOOD}"), f"{out}", (about, QUIET)))
    for remark in remarks:
        show(Text.assemble(("  • ", QUIET), remark))
    data = [f"--leads {file}" for file in leads or ()] + [f"--events {file}" for file in events or ()]
    data += [f"--map {shlex.quote(one)}" for one in mapping]
    command = f"leadline qualify {out} {' '.join(data)}" if data else f"leadline check {out}"
    show(Text(), heading("Next: open it, change what is not true of you, then"), Text(f"  {command}"))
    if not data:
        note("With --from leads.csv --events events.csv, a model is made from your own columns and values.")
