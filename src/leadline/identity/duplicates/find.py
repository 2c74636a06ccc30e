"""Duplicates in a table of people: read it, take columns for what they are, compare, propose."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from leadline.engine.facts import Finding
from leadline.engine.facts.part import Workshop
from leadline.engine.facts.sources import open_source
from leadline.engine.facts.values_sql import as_text
from leadline.identity.duplicates.candidates import add_keys, crowds
from leadline.identity.duplicates.clusters import clusters_of
from leadline.identity.duplicates.columns import Columns, ColumnsError, guess
from leadline.identity.duplicates.comparisons import Comparison, comparisons_for
from leadline.identity.duplicates.prepared import prepare
from leadline.identity.duplicates.reasons import reasons_of, rules_of
from leadline.identity.duplicates.scoring import Scored, score
from leadline.identity.duplicates.training import learn

THRESHOLD = 0.5
_SAMPLE = 500  # values of a column that are looked at
_TABLE = "prepared"

PAIRS_SCHEMA = pa.schema(
    [
        ("id_1", pa.string()), ("id_2", pa.string()), ("row_1", pa.int64()), ("row_2", pa.int64()),
        ("probability", pa.float64()), ("weight", pa.float64()), ("rule", pa.string()),
        ("reasons", pa.list_(pa.string())), ("against", pa.list_(pa.string())),
    ]
)  # fmt: skip
CLUSTERS_SCHEMA = pa.schema([("cluster", pa.int64()), ("id", pa.string()), ("row", pa.int64())])


@dataclass(frozen=True)
class Duplicates:
    """What was proposed, and on what grounds. Nothing was joined."""

    pairs: pa.Table  # PAIRS_SCHEMA, the likeliest first
    clusters: pa.Table  # CLUSTERS_SCHEMA, rows that pairs connect; the largest first
    rows: int
    columns: Columns
    learnt: bool  # whether the weights were learnt from this table; else they are common guesses
    expected: float  # pairs of one person among all, as the table lets expect
    findings: tuple[Finding, ...]
    cells: Mapping[str, Sequence[str | None]]  # the table as texts, by column


def find_duplicates(
    leads: Any,
    *,
    id_column: str | None = None,
    columns: Mapping[str, str] | None = None,
    threshold: float = THRESHOLD,
    region: str | None = None,
    seed: int = 1,
) -> Duplicates:
    """Pairs of rows that may be one person, each with its probability and reasons; nothing is joined.

    `leads` is a path, a data frame, an Arrow table or a list of dicts. What a column holds is guessed from
    its name and values; `columns` says it of some (`{"Ort": "city", "Note": "ignore"}`). A pair is proposed
    from the `threshold` of probability on, or by a sure sign such as the same e-mail and name. `region`
    (`"DE"`) is the country of telephone numbers without a code. The same table gives the same answer.

    Raises FactsError where the table cannot be read, ColumnsError where nothing in it tells people apart or
    a column does not exist, ValueError for a threshold outside of 0 to 1.

    >>> found = find_duplicates([
    ...     {"id": "1", "name": "Ana Winter", "email": "ana.winter@gmail.com"},
    ...     {"id": "2", "name": "WINTER, Ana", "email": "anawinter+crm@gmail.com"},
    ...     {"id": "3", "name": "Ben Sommer", "email": "ben@sommer.de"},
    ... ])
    >>> [(pair["id_1"], pair["id_2"], pair["rule"]) for pair in found.pairs.to_pylist()]
    [('1', '2', 'same e-mail and first name')]
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"the threshold is {threshold}: give a probability above 0, and at most 1")
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET preserve_insertion_order = true")
        cells, findings = _read(leads, connection, Path(folder))
        taken = guess(_samples(cells), id_column=id_column, told=columns, unique=_unique(cells))
        table = prepare(cells, taken.used, region)
        comparisons = _compared(table, taken)
        scored, learnt = _scored(connection, table, comparisons, seed)
        pairs = _proposed(connection, scored, comparisons, cells, taken, threshold)
    ids = _ids(cells, taken)
    clusters = pa.Table.from_pylist(
        [{"cluster": n, "id": ids[row], "row": row} for n, row in clusters_of(pairs)], CLUSTERS_SCHEMA
    )
    expected = float(scored.prior * len(table) * (len(table) - 1) / 2)
    return Duplicates(pairs, clusters, len(table), taken, learnt, expected, findings, cells)


def _read(
    leads: Any, connection: duckdb.DuckDBPyConnection, folder: Path
) -> tuple[dict[str, list[str | None]], tuple[Finding, ...]]:
    """All cells as texts, blanks as missing, and what was noticed."""
    source = open_source(leads, "leads", Workshop(connection, folder))
    named = [column for column in source.columns if column.name.strip()]
    if not named:
        return {}, ()
    listed = ", ".join(f"nullif(trim({as_text(c.sql, c.type)}), '') AS c{i}" for i, c in enumerate(named))
    table = connection.sql(f"SELECT {listed} FROM ({source.sql})").to_arrow_table()
    findings = [finding for part in source.parts for finding in part.findings]
    for part in source.parts:
        findings += part.after(False) if part.after else []
    return {c.name: table[f"c{i}"].to_pylist() for i, c in enumerate(named)}, tuple(findings)


def _samples(cells: Mapping[str, Sequence[str | None]]) -> dict[str, list[str]]:
    """Some values of each column, from all over it."""
    out = {}
    for name, column in cells.items():
        filled = [value for value in column if value]
        out[name] = filled[:: max(1, len(filled) // _SAMPLE)]
    return out


def _unique(cells: Mapping[str, Sequence[str | None]]) -> list[str]:
    return [name for name, column in cells.items() if all(column) and len(set(column)) == len(column)]


def _compared(table: pa.Table, taken: Columns) -> list[Comparison]:
    comparisons = comparisons_for(table.column_names)
    if not any(not comparison.shared for comparison in comparisons):
        seen = ", ".join(f"`{name}`" for name in taken.unused[:20]) or "none"
        raise ColumnsError(
            "no column tells people apart: a name, an e-mail, a date of birth or the like is needed. "
            f"Say which column it is, such as --column 'Kontakt=full_name'; not understood: {seen}"
        )
    return comparisons


def _scored(
    connection: duckdb.DuckDBPyConnection, table: pa.Table, comparisons: Sequence[Comparison], seed: int
) -> tuple[Scored, bool]:
    connection.register("leadline_prepared", table)
    connection.execute(f"CREATE TABLE {_TABLE} AS SELECT * FROM leadline_prepared")
    keys = add_keys(connection, _TABLE, table.column_names)
    if not keys:
        return Scored.none(len(comparisons)), False
    linker, learnt = learn(connection, _TABLE, comparisons, keys, seed)
    places = crowds(connection, _TABLE, table.column_names)
    return score(linker, comparisons, len(table), places, learnt), learnt


def _proposed(
    connection: duckdb.DuckDBPyConnection,
    scored: Scored,
    comparisons: Sequence[Comparison],
    cells: Mapping[str, Sequence[str | None]],
    taken: Columns,
    threshold: float,
) -> pa.Table:
    rules = np.array([*rules_of(scored, comparisons), None], dtype=object)[:-1]
    chosen = (scored.probability >= threshold) | (rules != None)  # noqa: E711
    order = np.flatnonzero(chosen)[
        np.lexsort((scored.right[chosen], scored.left[chosen], -scored.weight[chosen]))
    ]
    scored = replace(
        scored,
        **{part: getattr(scored, part)[order] for part in ("left", "right", "gammas", "weights", "weight")},
    )
    reasons, against = reasons_of(connection, _TABLE, scored, comparisons)
    ids = _ids(cells, taken)
    return pa.table(
        {
            "id_1": [ids[row] for row in scored.left],
            "id_2": [ids[row] for row in scored.right],
            "row_1": scored.left,
            "row_2": scored.right,
            "probability": scored.probability.round(6),
            "weight": scored.weight.round(3),
            "rule": pa.array(rules[order].tolist(), pa.string()),
            "reasons": pa.array(reasons, pa.list_(pa.string())),
            "against": pa.array(against, pa.list_(pa.string())),
        },
        PAIRS_SCHEMA,
    )


def _ids(cells: Mapping[str, Sequence[str | None]], taken: Columns) -> Sequence[str]:
    """Of each row its id, else its number, counted from 1."""
    if taken.id is None:
        return [str(row + 1) for row in range(len(next(iter(cells.values()), [])))]
    return [value or f"row {row + 1}" for row, value in enumerate(cells[taken.id])]
