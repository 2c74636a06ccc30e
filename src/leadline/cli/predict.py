"""`predict`: a predictor's probability for the rows of a table, with interval and reasons."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leadline.cli.console import note, print_json, settings, show, steps
from leadline.cli.learning_options import Id, PredictorFile, Table, told_errors
from leadline.cli.options import AsOf, Json, NoColor

if TYPE_CHECKING:
    from rich.console import RenderableType

    from leadline.cli.learning import Rows
    from leadline.engine.predict import Predictions
    from leadline.learn.report.told import LeadTold
    from leadline.model.predictor import Predictor

SHOWN = 10


@dataclass(frozen=True)
class Scored:
    """The rows of a table, scored; `shadow` is what another predictor says of the same."""

    predictor: Predictor
    version: str
    rows: Rows
    found: Predictions
    shadow: Predictions | None
    best: tuple[LeadTold, ...]


def predict(
    predictor: PredictorFile,
    table: Table,
    id_: Id = None,
    time: Annotated[
        str | None,
        typer.Option("--time", metavar="COLUMN", help="The column with each row's instant. (Default: as "
                                                      "learned.)"),
    ] = None,
    as_of: AsOf = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="With what each column adds to it, and the reasons in words.")
    ] = False,
    shadow: Annotated[
        Path | None,
        typer.Option(
            "--shadow", metavar="OTHER.json", help="Score with a second predictor beside it, to compare "
                                                   "the two."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="SCORED.csv", help="Write a row for each lead "
                                                         "there.", rich_help_panel="Output"),
    ] = None,
    as_json: Json = False,
    no_color: NoColor = False,
) -> None:  # fmt: skip
    """The probability of the goal for each row of a table, with its interval and its reasons.

    What the columns add sums exactly to the probability. A predictor that reads measures of a model needs
    the facts: `leadline qualify MODEL --predictor FILE`.
    """
    with told_errors():
        scored = _scored(predictor, table, id_, time, as_of, explain, shadow)
        if out:
            from leadline.cli.learning import csv_text
            from leadline.cli.results import write_text

            with steps("Writing"):
                write_text(csv_text(_lines(scored, explain)), out)
    if settings.as_json:
        print_json(as_data(scored, explain, out))
        return
    show(*_screen(scored, out))
    if not out:
        note("--out scored.csv writes all of them; --explain with what each column adds.")


def _scored(
    file: Path, table: str, id_: str | None, time: str | None, as_of: str | None, explain: bool,
    shadow: Path | None,
) -> Scored:  # fmt: skip
    import numpy as np
    import pyarrow as pa

    from leadline.cli.learning import read_predictor_file, read_rows
    from leadline.engine.predict import probabilities
    from leadline.learn.report.told import told_leads
    from leadline.model.predictor_file import predictor_version

    made = read_predictor_file(file)
    second = read_predictor_file(shadow) if shadow else None
    with steps("Reading the table", "Scoring", "Reasons") as step:
        rows = read_rows(made, table, id_, time, as_of)
        step()
        found = probabilities(made, rows.features, intervals=True, contributions=explain)
        other = None
        if second is not None:
            other = probabilities(second, read_rows(second, table, id_, time, as_of).features)
        step()
        order = np.argsort(-found.probability, kind="stable")[:SHOWN]
        best = told_leads(made, rows.features.take(pa.array(order)), [rows.ids[i] for i in order], most=3)
    return Scored(made, predictor_version(made), rows, found, other, tuple(best))


def _lines(scored: Scored, explain: bool) -> Iterable[list[Any]]:
    """The header, then a row for each lead, in the order of the table."""
    found, table = scored.found, scored.found.contributions
    names = table.column_names if explain and table is not None else []
    labels = {i.name: i.label for i in scored.predictor.inputs}
    told = [" × ".join(labels.get(part, part) for part in name.split(" × ")) for name in names]
    yield ["id", "probability", "low", "high", *(["shadow"] if scored.shadow else []),
           *(["start", *told, "reasons"] if explain else [])]  # fmt: skip
    columns = [
        found.probability,
        found.low,
        found.high,
        *([scored.shadow.probability] if scored.shadow else []),
    ]
    lists = [column.tolist() if column is not None else [None] * len(scored.rows.ids) for column in columns]
    added = [table.column(name).to_pylist() for name in names] if table is not None else []
    reasons = _reasons(scored) if explain else None
    for i, lead in enumerate(scored.rows.ids):
        more = [found.start, *(column[i] for column in added), next(reasons)] if reasons else []
        yield [lead, *(values[i] for values in lists), *more]


def _reasons(scored: Scored) -> Iterable[str]:
    """Each row's three greatest reasons in words, a chunk of rows at a time."""
    from leadline.learn.report.told import told_leads

    features, ids = scored.rows.features, scored.rows.ids
    for start in range(0, len(features), 5000):
        part = features.slice(start, 5000)
        for lead in told_leads(scored.predictor, part, ids[start : start + 5000], most=3):
            yield "; ".join(f"{r.words} {100 * r.change:+.1f}" for r in lead.reasons)


def as_data(scored: Scored, explain: bool, out: Path | None) -> dict[str, Any]:
    """The same as JSON data: all rows where they are not written elsewhere."""
    header, *lines = _lines(scored, explain)
    made = scored.predictor
    return {
        "predictor": {"version": scored.version, "kind": made.kind, "goal": made.goal},
        "rows": len(lines),
        "expected": float(scored.found.probability.sum()),
        "unread": scored.rows.unread,
        "leads": None if out else [dict(zip(header, line, strict=True)) for line in lines],
        "written": str(out) if out else None,
    }  # fmt: skip


def _percent(probability: float) -> str:
    """Never 0 and never 100 %: nobody is that sure."""
    whole = f"{100 * probability:.0f} %"
    return ">99 %" if whole == "100 %" else "<1 %" if whole == "0 %" else whole


def _screen(scored: Scored, out: Path | None) -> Iterable[RenderableType]:
    from rich.table import Table as Grid
    from rich.text import Text

    from leadline.cli.look import ACCENT, ALARM, FAIR, GOOD, QUIET, bar, heading

    said = scored.found.probability
    yield Text.assemble(
        (f"{len(said):,} leads, {said.sum():,.1f} expected to reach the goal: ", "bold"),
        (scored.predictor.goal, "bold"), (f"   {scored.predictor.kind}, version {scored.version}", QUIET),
    )  # fmt: skip
    if scored.shadow is not None:
        yield Text(f"The shadow expects {scored.shadow.probability.sum():,.1f}.", QUIET)
    yield Text()
    yield heading("The likeliest, and why")
    table = Grid.grid(padding=(0, 2, 0, 0))
    for justify in ("left", "right", "left", "left"):
        table.add_column(justify=justify, overflow="fold")
    for lead in scored.best:
        why = Text()
        for reason in lead.reasons:
            why.append("\n" if why.plain else "")
            why.append(f"{100 * reason.change:+5.1f} ", GOOD if reason.change > 0 else ALARM).append(
                reason.words
            )
        spread = f"{100 * lead.interval[0]:.0f} to {100 * lead.interval[1]:.0f}" if lead.interval else ""
        share = Text(_percent(lead.probability), "bold")
        table.add_row(
            Text(lead.id, "bold"), share, Text(f"{bar(lead.probability, 8, ACCENT).plain} {spread}"), why
        )
    yield table
    for column, count in scored.rows.unread.items():
        yield Text.assemble(
            ("! ", f"bold {FAIR}"), f"{count:,} values of `{column}` could not be read: missing"
        )
    if out:
        yield Text()
        yield Text.assemble(("✓ ", f"bold {GOOD}"), f"{out}", (f"  {len(said):,} rows", QUIET))
