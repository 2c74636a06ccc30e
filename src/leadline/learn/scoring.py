"""A table that is to be scored, read as the one was that was learned from."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from leadline.engine.facts import loosely
from leadline.engine.facts import values_sql as sql
from leadline.engine.facts.columns import RawColumn
from leadline.learn.kinds import kind_of
from leadline.learn.opening import RAW, count, opened
from leadline.model.expr import Type
from leadline.model.shape import Field


def as_learned(source: Any, fields: Sequence[Field]) -> pa.Table:
    """The columns that `fields` read, each in its type, for :func:`leadline.engine.features.table_features`.

    What only stands in for an answer is null, "€ 1,200" is 1200, and dates are read in the column's own
    order: as :func:`leadline.learn.plain.examples_from_table` reads them. Columns that are not there are
    left out. Raises FactsError where the table cannot be read.

    >>> as_learned([{"Price": "€ 1,200", "City": "Select"}], [
    ...     Field("price", Type.NUMBER, column="Price"), Field("city", Type.TEXT, column="City")]).to_pylist()
    [{'Price': 1200.0, 'City': None}]
    """
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        table, _ = opened(con, source, Path(folder))
        columns = {c.name: c for c in table.columns}
        rows = count(con, f"SELECT count(*) FROM {RAW}")
        found = {f.column or f.name: f for f in fields if (f.column or f.name) in columns}
        cells = [
            f"{_value(con, columns[name], field.type, rows)} AS {sql.identifier(name)}"
            for name, field in found.items()
        ]
        query = f"SELECT {', '.join([*cells, 'leadline_row'])} FROM {RAW} ORDER BY leadline_row"
        return con.sql(query).to_arrow_table().drop_columns(["leadline_row"])


def _value(con: duckdb.DuckDBPyConnection, column: RawColumn, type_: Type, rows: int) -> str:
    text = sql.as_text(column.sql, column.type)
    if type_ is Type.NUMBER:
        if sql.is_number(column.type):
            return f"CAST({column.sql} AS DOUBLE)"
        plain = f"TRY_CAST({_if(sql.reads_as_number(text), sql.trimmed(text))} AS DOUBLE)"
        return f"coalesce({plain}, {loosely.number(text)})"
    if type_ is Type.BOOLEAN:
        return column.sql if column.type == "BOOLEAN" else _if(sql.reads_as_boolean(text), sql.is_true(text))
    if type_ is Type.TIME:
        kind = kind_of(con, RAW, column, rows)
        return f"make_timestamp({kind.value if kind.kind == 'time' else sql.micros(column.sql, column.type)})"
    return loosely.said(text)


def _if(condition: str, value: str) -> str:
    return f"CASE WHEN {condition} THEN {value} END"
