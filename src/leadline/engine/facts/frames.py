"""Tables in memory: pandas, polars, Arrow, DuckDB relations, lists of dicts."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import duckdb
import pyarrow as pa

from leadline.engine.facts.columns import RawColumn
from leadline.engine.facts.errors import FactsError, told
from leadline.engine.facts.part import Part, Workshop
from leadline.model.expr import number_text
from leadline.model.values import micros_of, time_text


def is_rows(given: Any) -> bool:
    """A list of dicts, the empty list among them."""
    return isinstance(given, (list, tuple)) and all(isinstance(row, Mapping) for row in given)


def of_rows(rows: Sequence[Mapping[str, Any]], table: str, shop: Workshop) -> Part:
    keys = dict.fromkeys(key for row in rows for key in row)
    for key in keys:
        if not isinstance(key, str):
            raise FactsError(f"the {table} rows have the key {key!r}, which is not a text")
    columns = {key: _array([row.get(key) for row in rows]) for key in keys}
    return of_arrow(pa.table(columns), table, shop)


def of_texts(columns: Mapping[str, list[str | None]], shop: Workshop) -> Part:
    """Columns of text."""
    table = pa.table({name: pa.array(cells, pa.string()) for name, cells in columns.items()})
    return of_arrow(table, "", shop)


def of_frame(given: Any, table: str, shop: Workshop) -> Part:
    """Any data frame; FactsError where it is none."""
    if isinstance(given, duckdb.DuckDBPyRelation):
        return _of_relation(given, table, shop)
    if hasattr(given, "collect") and type(given).__module__.startswith("polars"):
        given = given.collect()
    if type(given).__module__.startswith("pandas"):
        return of_arrow(_of_pandas(given, table), table, shop)
    if isinstance(given, pa.RecordBatch):
        given = pa.Table.from_batches([given])
    if isinstance(given, pa.Table):
        return of_arrow(given, table, shop)
    if isinstance(given, pa.RecordBatchReader):
        return of_arrow(given.read_all(), table, shop)
    if hasattr(given, "__arrow_c_stream__"):
        try:
            return of_arrow(pa.table(given), table, shop)
        except Exception as error:
            raise FactsError(f"the {table} table cannot be read as Arrow: {error}") from error
    kind = f"{type(given).__module__}.{type(given).__qualname__}"
    raise FactsError(
        f"{table} is a {kind}, which is not read here: give a path, a pandas or polars DataFrame, "
        "an Arrow table, a DuckDB relation or a list of dicts"
    )


def of_arrow(arrow: pa.Table, table: str, shop: Workshop) -> Part:
    """An Arrow table, scanned where it lies."""
    names = [str(name) for name in arrow.column_names]
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise FactsError(
            f"the {table} table has the column `{twice[0]}` twice: "
            "rename one, so that it is clear which counts"
        )
    view = shop.name("frame")
    if not names:
        return Part("SELECT NULL AS c0 WHERE false", (), lazy=True, size=0)
    with told(f"the {table} table has a column of a type that cannot be read"):
        shop.con.register(view, arrow.rename_columns([f"c{i}" for i in range(len(names))]))
        described = shop.con.execute(f"DESCRIBE {view}").fetchall()
    columns = tuple(RawColumn(name, row[0], row[1]) for name, row in zip(names, described, strict=True))
    return Part(f"SELECT * FROM {view}", columns, lazy=True, size=arrow.nbytes)


def _of_relation(relation: duckdb.DuckDBPyRelation, table: str, shop: Workshop) -> Part:
    """Lazy where it belongs to the connection that Facts works in, else copied."""
    view = shop.name("relation")
    try:
        shop.con.register(view, relation)
        described = shop.con.execute(f"DESCRIBE {view}").fetchall()
    except duckdb.Error:
        with told(f"the {table} relation cannot be read: its query fails"):
            return of_arrow(relation.to_arrow_table(), table, shop)
    columns = tuple(RawColumn(row[0], f"c{i}", row[1]) for i, row in enumerate(described))
    aliases = ", ".join(column.sql for column in columns)
    return Part(f"SELECT * FROM {view} AS raw({aliases})", columns, lazy=True, size=0)


def _of_pandas(frame: Any, table: str) -> pa.Table:
    frame = frame.to_frame() if not hasattr(frame, "columns") else frame
    names = [str(name) for name in frame.columns]
    try:
        return pa.Table.from_pandas(frame, preserve_index=False)
    except (pa.ArrowException, ValueError, TypeError):
        arrays = [_array(frame.iloc[:, i].tolist()) for i in range(len(names))]
        return pa.Table.from_arrays(arrays, names=names)


def _array(cells: list[Any]) -> pa.Array:
    """Cells of one type as they are; of several, or nested, as text."""
    if not any(isinstance(cell, (Mapping, list, tuple, set)) for cell in cells):
        try:
            return pa.array(cells, from_pandas=True)
        except (pa.ArrowException, OverflowError, TypeError, ValueError):
            pass
    return pa.array([cell_text(cell) for cell in cells], pa.string())


def cell_text(cell: Any) -> str | None:
    """One cell as text, as everywhere: 12 rather than 12.0, true, ISO 8601, nested things as JSON."""
    match cell:
        case None | "":
            return None
        case str():
            return cell
        case bool():
            return "true" if cell else "false"
        case int():
            return str(cell)
        case float():
            return None if math.isnan(cell) else number_text(cell) if math.isfinite(cell) else str(cell)
        case datetime():
            return None if cell != cell else time_text(micros_of(cell))
        case date():
            return cell.isoformat()
        case Mapping() | list() | tuple():
            return json.dumps(cell, ensure_ascii=False, default=str)
    return None if _is_missing(cell) else str(cell)


def _is_missing(cell: Any) -> bool:
    """pandas.NA and their kin, which are not equal to themselves or refuse to say."""
    try:
        return bool(cell != cell)
    except (TypeError, ValueError):
        return True
