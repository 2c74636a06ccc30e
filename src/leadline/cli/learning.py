"""What the commands that learn and predict share: reading, the errors they tell, cells that run nothing."""

from __future__ import annotations

import csv
import io
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pyarrow as pa

from leadline.cli.failures import USAGE, RefusedError
from leadline.cli.options import instant_or_now
from leadline.engine.facts import loosely
from leadline.engine.facts import values_sql as sql
from leadline.engine.facts.columns import RawColumn
from leadline.engine.facts.part import Workshop
from leadline.engine.facts.sources import open_source
from leadline.model.errors import did_you_mean
from leadline.model.expr import Type

if TYPE_CHECKING:
    from leadline.model.predictor import Predictor

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_FULL_WIDTH = ("\uff1d", "\uff0b", "\uff0d", "\uff20")  # what spreadsheets take for the same


@dataclass(frozen=True)
class Rows:
    """The rows of a plain table as a predictor reads them. `unread` counts, by column, what does not read."""

    features: pa.Table
    ids: list[str]
    unread: dict[str, int]


def read_rows(predictor: Predictor, file: str, id_: str | None, time: str | None, as_of: str | None) -> Rows:
    """What a predictor reads of each row; a column that is not there is refused.

    A row's instant, for "days since", is what stands in the column `time`, else `as_of`, else now.
    """
    from leadline.engine.features import table_features, unread

    if predictor.model is not None:
        raise RefusedError(
            f"this predictor reads measures of a model (version {predictor.model}), so it needs the facts: "
            "leadline qualify MODEL --predictor FILE --leads … --events …", USAGE,
        )  # fmt: skip
    given = columns_of(predictor)
    types = {f.column or f.name: f.type for f in predictor.fields}
    time = time or given.get("time")
    table = _typed(file, types, time)
    _check_columns(types, table.column_names)
    if time is not None and "\0moment" in table.column_names:
        moments = table.column("\0moment").cast(pa.int64())
    else:
        moments = pa.chunked_array([pa.array(np.full(len(table), instant_or_now(as_of)), pa.int64())])
    features = table_features(predictor.fields, predictor.inputs, table, as_of=moments.combine_chunks())
    if not features.num_columns:  # the constant rate reads nothing, and still has as many rows
        features = pa.table({"": pa.nulls(len(table))})
    return Rows(features, ids_of(table, id_ or given.get("id")), unread(predictor.fields, table))


def read_outcomes(predictor: Predictor, file: str, outcome: str, won: list[str] | None) -> np.ndarray:
    """Of each row 1 where the goal was reached, 0 where it was not, -1 where that is not known yet."""
    from leadline.learn.outcome import meaning_of

    column = _typed(file, {}, None)
    if outcome not in column.column_names:
        raise RefusedError(f"there is no column `{outcome}`{did_you_mean(outcome, column.column_names)}")
    texts = [None if v is None else _bare(v) for v in column.column(outcome).to_pylist()]
    given = won or predictor.about.get("columns", {}).get("won")
    means = meaning_of(outcome, Counter(t for t in texts if t is not None).most_common(), given)
    places = dict.fromkeys(means.won, 1) | dict.fromkeys(means.lost, 0)
    return np.array([-1 if t is None else places.get(t, -1) for t in texts], dtype=np.int64)


def _bare(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value).strip()


def columns_of(predictor: Predictor) -> dict[str, str]:
    """Which columns had id, time and outcome when it was learned."""
    found = predictor.about.get("columns", {})
    return {k: v for k, v in found.items() if isinstance(v, str)} if isinstance(found, dict) else {}


def _typed(file: str, types: Mapping[str, Type], time: str | None) -> pa.Table:
    """The table read as `learn` reads one: words in place of an answer are none, numbers and dates as people
    write them are understood."""
    with duckdb.connect() as connection, tempfile.TemporaryDirectory() as folder:
        connection.execute("SET TimeZone = 'UTC'")
        source = open_source(file, "leads", Workshop(connection, Path(folder)))
        connection.execute(f"CREATE TEMP TABLE raw AS SELECT * FROM ({source.sql})")
        spelled = {c.name: _spelled(connection, c, types.get(c.name)) for c in source.columns}
        at = {c.name: c for c in source.columns}.get(time or "")
        if at is not None:
            spelled["\0moment"] = f"epoch_us({_spelled(connection, at, Type.TIME)})"
        listed = ", ".join(f"{expression} AS c{i}" for i, expression in enumerate(spelled.values()))
        found = connection.sql(f"SELECT {listed} FROM raw").to_arrow_table()
    return found.rename_columns(list(spelled))


def _spelled(connection: duckdb.DuckDBPyConnection, column: RawColumn, type_: Type | None) -> str:
    if not sql.is_text(column.type):
        return column.sql
    text = loosely.said(column.sql)
    if type_ is Type.NUMBER:
        loose = f"coalesce(TRY_CAST(({text}) AS DOUBLE), {loosely.number(f'({text})')})"
        return f"coalesce(CAST({loose} AS VARCHAR), {text})"
    if type_ is Type.TIME:
        beyond = f"SELECT coalesce(bool_or({loosely.month_beyond(f'({text})', 1)}), false) FROM raw"
        ((first_is_day,),) = connection.execute(beyond).fetchall()
        dates = loosely.Dates(day_first=bool(first_is_day))
        micros = f"coalesce({sql.micros_of_text(f'({text})')}, {loosely.micros(f'({text})', dates)})"
        return f"make_timestamp({micros})"
    return text


def _check_columns(types: Mapping[str, Type], there: Sequence[str]) -> None:
    absent = [name for name in types if name not in there]
    if absent:
        hints = [f"`{name}`{did_you_mean(name, there)}" for name in absent[:5]]
        more = f" and {len(absent) - 5} more" if len(absent) > 5 else ""
        raise RefusedError(f"the predictor reads columns that the table has not: {', '.join(hints)}{more}")


def read_predictor_file(path: Path) -> Predictor:
    from leadline.model.predictor_file import read_predictor

    if not path.is_file():
        raise RefusedError(f"there is no predictor `{path}`; `leadline learn … --out {path}` writes one")
    return read_predictor(path)


def ids_of(table: pa.Table, column: str | None) -> list[str]:
    """Each row's id; without a column, its number from 1."""
    if column is None:
        near = [n for n in table.column_names if n.casefold().replace(" ", "_") in ("id", "lead_id", "lead")]
        column = near[0] if near else None
    elif column not in table.column_names:
        raise RefusedError(f"there is no column `{column}`{did_you_mean(column, table.column_names)}")
    if column is None:
        return [str(i + 1) for i in range(len(table))]
    return ["" if v is None else str(v) for v in table.column(column).to_pylist()]


def csv_text(rows: Iterable[list[Any]]) -> str:
    """CSV of which no cell is run as a formula; numbers stay numbers."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def harmless(cell: Any) -> str:
    """A spreadsheet runs what begins like a formula; an apostrophe keeps it a text.

    >>> harmless("=1+1"), harmless(-0.25), harmless(" @cmd")
    ("'=1+1", '-0.25', "' @cmd")
    """
    if cell is None:
        return ""
    if isinstance(cell, int | float):
        return str(cell)
    text = str(cell)
    begins = text.lstrip(" \u00a0\ufeff\n\x00")
    return f"'{text}" if begins.startswith((*_FORMULA, *_FULL_WIDTH)) or text.startswith(_FORMULA) else text
