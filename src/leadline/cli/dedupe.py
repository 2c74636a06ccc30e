"""`dedupe`: which rows of a list may be one person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leadline.cli.console import note, print_json, settings, show, steps
from leadline.cli.options import Json, NoColor

if TYPE_CHECKING:
    import pyarrow as pa
    from rich.console import RenderableType

    from leadline.identity.duplicates import Duplicates

SHOWN = 10  # clusters on the screen; files have all
_LIKELY, _MAYBE = 0.95, 0.8
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def dedupe(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="One row a person: CSV, TSV, JSON Lines, Parquet or Excel.",
            show_default=False,
        ),
    ],
    id_column: Annotated[
        str | None,
        typer.Option(
            "--id", metavar="COLUMN", help="The column with a row's id. (Default: found by its name.)"
        ),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            metavar="COLUMN=KIND",
            help="What a column holds, where the guess is wrong: `Ort=city`, `Note=ignore`. May be given "
            "more than once; a wrong kind lists those there are.",
        ),
    ] = None,
    threshold: Annotated[
        float,
        typer.Option(
            "--threshold", metavar="P", help="Propose pairs from this probability on, above 0 to 1."
        ),
    ] = 0.5,
    region: Annotated[
        str | None,
        typer.Option("--region", metavar="DE", help="The country of telephone numbers without a code."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="PAIRS.csv",
            help="Write the pairs there, and the clusters beside it (PAIRS-clusters.csv).",
            rich_help_panel="Output",
        ),
    ] = None,
    as_json: Json = False,
    no_color: NoColor = False,
) -> None:
    """Which rows may be one person, and why: proposes pairs, and joins nothing.

    Says what each column was taken for, then shows the rows that belong together side by side. Weights are
    learnt from the file itself, without labels; a short file is judged by common guesses.
    """
    found = _found(file, id_column, _told(column or []), threshold, region)
    written = _write(found, out) if out else {}
    if settings.as_json:
        print_json(as_data(found, written))
        return
    show(*_screen(found, written))
    if not out and len(found.pairs):
        note("--out pairs.csv writes all pairs with their reasons, and the clusters.")


def _told(given: Sequence[str]) -> dict[str, str]:
    told = {}
    for one in given:
        name, equals, kind = one.rpartition("=")
        if not equals or not name:
            raise typer.BadParameter(f"`{one}` has no =: write it as Ort=city", param_hint="--column")
        told[name.strip()] = kind.strip()
    return told


def _found(
    file: str, id_column: str | None, told: Mapping[str, str], threshold: float, region: str | None
) -> Duplicates:
    from leadline.cli.failures import UNREADABLE, USAGE, RefusedError

    if not 0 < threshold <= 1:
        raise typer.BadParameter(
            f"{threshold} is no probability: give one above 0, and at most 1", param_hint="--threshold"
        )
    try:
        from leadline.identity.duplicates import ColumnsError, find_duplicates

        with steps("Looking for duplicates"):
            return find_duplicates(
                file, id_column=id_column, columns=told, threshold=threshold, region=region
            )
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "leadline":
            raise
        raise RefusedError(
            "this needs the extra [identity]: pip install 'leadline[identity]'", USAGE
        ) from error
    except ColumnsError as error:
        raise RefusedError(str(error), UNREADABLE) from error


# --- files ---------------------------------------------------------------------------------------------


def _write(found: Duplicates, out: Path) -> dict[str, Path]:
    """Pairs and clusters as CSV, with what the file says of each row."""
    from leadline.cli.results import write_text

    clusters = out.with_name(f"{out.stem}-clusters{out.suffix or '.csv'}")
    write_text(_csv(_pair_rows(found)), out)
    write_text(_csv(_cluster_rows(found)), clusters)
    return {"pairs": out, "clusters": clusters}


def _pair_rows(found: Duplicates) -> Iterable[list[Any]]:
    kept = list(found.columns.used)
    sides = [f"{name} {side}" for name in kept for side in (1, 2)]
    yield ["id 1", "id 2", "probability", "weight", "rule", "reasons", "against", *sides]
    for pair in found.pairs.to_pylist():
        cells = [found.cells[name][pair[f"row_{side}"]] for name in kept for side in (1, 2)]
        yield [
            pair["id_1"], pair["id_2"], f"{pair['probability']:.4f}", f"{pair['weight']:.2f}", pair["rule"],
            "; ".join(pair["reasons"]), "; ".join(pair["against"]), *cells,
        ]  # fmt: skip


def _cluster_rows(found: Duplicates) -> Iterable[list[Any]]:
    kept = list(found.columns.used)
    yield ["cluster", "id", *kept]
    for row in found.clusters.to_pylist():
        yield [row["cluster"], row["id"], *(found.cells[name][row["row"]] for name in kept)]


def _csv(rows: Iterable[list[Any]]) -> str:
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([[_harmless(cell) for cell in row] for row in rows])
    return text.getvalue()


def _harmless(cell: Any) -> str:
    """A spreadsheet runs what begins like a formula; an apostrophe keeps it a text. Numbers stay numbers."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(_FORMULA) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def as_data(found: Duplicates, written: Mapping[str, Path]) -> dict[str, Any]:
    """The same as JSON data."""
    from leadline.cli.reading import findings_data

    return {
        "rows": found.rows,
        "id": found.columns.id,
        "columns": dict(found.columns.used),
        "not_compared": list(found.columns.unused),
        "learnt": found.learnt,
        "expected_pairs": round(found.expected, 1),
        "pairs": found.pairs.to_pylist(),
        "clusters": _members(found.clusters),
        "findings": findings_data(found.findings),
        "written": {name: str(path) for name, path in written.items()},
    }


def _members(clusters: pa.Table) -> list[list[str]]:
    members: dict[int, list[str]] = {}
    for row in clusters.to_pylist():
        members.setdefault(row["cluster"], []).append(row["id"])
    return list(members.values())


# --- the screen ----------------------------------------------------------------------------------------


def _screen(found: Duplicates, written: Mapping[str, Path]) -> Iterable[RenderableType]:
    from rich.text import Text

    from leadline.cli.look import QUIET
    from leadline.cli.screen import findings_block

    yield _title(found)
    yield Text()
    yield from _taken(found)
    numbers = list(dict.fromkeys(found.clusters["cluster"].to_pylist()))
    for number in numbers[:SHOWN]:
        yield Text()
        yield from _cluster(found, number)
    if len(numbers) > SHOWN:
        yield Text(f"\n  and {len(numbers) - SHOWN:,} more", QUIET)
    yield from findings_block(found.findings)
    for name, path in written.items():
        yield Text(f"  {name} written to {path}", QUIET)


def _title(found: Duplicates) -> RenderableType:
    from rich.text import Text

    from leadline.cli.look import QUIET

    groups = len(set(found.clusters["cluster"].to_pylist()))
    rows = len(found.clusters)
    said = (
        f"{found.rows:,} rows: {rows:,} of them may be {groups:,} {'person' if groups == 1 else 'people'}"
        if rows
        else f"{found.rows:,} rows: no duplicates found"
    )
    how = "weights learnt from the file" if found.learnt else "too little to learn from: common weights"
    return Text.assemble((said, "bold"), (f"   {len(found.pairs):,} pairs, {how}", QUIET))


def _taken(found: Duplicates) -> Iterable[RenderableType]:
    from rich.text import Text

    from leadline.cli.look import QUIET

    used = ", ".join(f"{name} ({kind.replace('_', ' ')})" for name, kind in found.columns.used.items())
    told = found.columns.id or "none, so rows are numbered from 1"
    yield Text.assemble(("  id        ", QUIET), told)
    yield Text.assemble(("  compared  ", QUIET), used)
    if found.columns.unused:
        yield Text.assemble(("  not used  ", QUIET), (", ".join(found.columns.unused), QUIET))


def _cluster(found: Duplicates, number: int) -> Iterable[RenderableType]:
    """The rows of a cluster below each other, then why."""
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    from leadline.cli.look import QUIET

    members = [row for row in found.clusters.to_pylist() if row["cluster"] == number]
    kept = [name for name in found.columns.used if any(found.cells[name][row["row"]] for row in members)]
    table = Table(box=None, padding=(0, 2, 0, 0), header_style=QUIET)
    for name in (found.columns.id or "row", *kept):
        table.add_column(Text(name), overflow="fold")
    for row in members:
        table.add_row(Text(row["id"], "bold"), *(Text(found.cells[name][row["row"]] or "") for name in kept))
    yield Padding(table, (0, 0, 0, 2))
    inside = {row["row"] for row in members}
    for pair in [p for p in found.pairs.to_pylist() if p["row_1"] in inside][:3]:
        yield _why(pair)


def _why(pair: Mapping[str, Any]) -> RenderableType:
    from rich.text import Text

    from leadline.cli.look import FAIR, GOOD, QUIET, WEAK

    probability = pair["probability"]
    colour = GOOD if probability >= _LIKELY else FAIR if probability >= _MAYBE else WEAK
    against = f"  but {', '.join(pair['against'])}" if pair["against"] else ""
    return Text.assemble(
        "  ", (f"{_percent(probability)} ", f"bold {colour}"),
        (f"{pair['id_1']} and {pair['id_2']}: ", QUIET), ", ".join(pair["reasons"]), (against, QUIET),
    )  # fmt: skip


def _percent(probability: float) -> str:
    """Never 100 %: nobody is that sure."""
    return ">99 %" if probability > 0.99 else f"{100 * probability:.0f} %"
