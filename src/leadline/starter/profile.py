"""What stands in a table: of each column its type by its values, how often it is filled, its values."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from leadline.engine.facts import values_sql as sql
from leadline.engine.facts.columns import RawColumn
from leadline.engine.facts.part import Workshop
from leadline.engine.facts.sources import Source, open_source
from leadline.model.expr import Type
from leadline.starter import guesses

LEVELS = 12  # values that are looked at
SURE = 0.9  # the share of values that must read as a type for the column to be of it: the rest is dirt


@dataclass(frozen=True)
class Level:
    """One value of a column and how many rows have it."""

    value: str
    count: int


@dataclass(frozen=True)
class Profile:
    """What stands in a column. `quartiles` are those of a number; `levels` the most frequent values."""

    column: str
    type: Type
    rows: int
    filled: int
    distinct: int
    longest: int
    levels: tuple[Level, ...] = ()
    quartiles: tuple[float, float, float] | None = None

    @property
    def share_filled(self) -> float:
        return self.filled / self.rows if self.rows else 0.0

    @property
    def is_unique(self) -> bool:
        return self.filled > 1 and self.distinct >= 0.98 * self.filled


@dataclass(frozen=True)
class Table:
    """A table's columns as they are."""

    label: str
    rows: int
    columns: tuple[Profile, ...]

    def column(self, name: str) -> Profile:
        return next(c for c in self.columns if c.column == name)


def open_table(given: Any, table: str, connection: duckdb.DuckDBPyConnection, folder: Path) -> Source:
    """The table in a connection, all of it as it is."""
    source = open_source(given, table, Workshop(connection, folder))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {table}_raw AS {source.sql}")
    return source


def profile_of(given: Any, table: str) -> Table:
    """The profile of all columns of somebody's table. Raises FactsError where it cannot be read."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        source = open_table(given, table, connection, Path(folder))
        ((rows,),) = connection.execute(f"SELECT count(*) FROM {table}_raw").fetchall()
        named = [c for c in source.columns if guesses.is_nameable(c.name)]
        return Table(source.label, rows, tuple(_profile(connection, f"{table}_raw", c, rows) for c in named))


def _profile(connection: duckdb.DuckDBPyConnection, relation: str, column: RawColumn, rows: int) -> Profile:
    text = sql.as_text(column.sql, column.type)
    ((filled, distinct, longest, numbers, booleans, times, padded),) = connection.execute(
        f"""
        SELECT count(v), count(DISTINCT v), coalesce(max(length(v)), 0),
            count(*) FILTER ({sql.reads_as_number("v")}), count(*) FILTER ({sql.reads_as_boolean("v")}),
            count(*) FILTER (({sql.micros_of_text("v")}) IS NOT NULL),
            count(*) FILTER (regexp_full_match(v, '0[0-9]+'))
        FROM (SELECT {text} AS v FROM {relation}) WHERE v IS NOT NULL
        """
    ).fetchall()
    type_ = _type(column.type, filled, distinct, numbers, booleans, times, padded)
    quartiles = _quartiles(connection, relation, text) if type_ is Type.NUMBER else None
    levels = () if quartiles else _levels(connection, relation, text)
    return Profile(column.name, type_, rows, filled, distinct, longest, levels, quartiles)


def _type(own: str, filled: int, distinct: int, numbers: int, booleans: int, times: int, padded: int) -> Type:
    """By the file's own type where it has one, else by the values; a number with leading zeros is a code."""
    if own == "BOOLEAN" or (filled and booleans == filled and distinct <= 4):
        return Type.BOOLEAN
    if sql.is_time(own) or (filled and times >= SURE * filled):
        return Type.TIME
    if sql.is_number(own) or (filled and not padded and numbers >= SURE * filled):
        return Type.NUMBER
    return Type.TEXT


def _quartiles(
    connection: duckdb.DuckDBPyConnection, relation: str, text: str
) -> tuple[float, float, float] | None:
    ((found,),) = connection.execute(
        f"""
        SELECT quantile_disc(TRY_CAST(trim(v) AS DOUBLE), [0.25, 0.5, 0.75])
        FROM (SELECT {text} AS v FROM {relation}) WHERE {sql.reads_as_number("v")}
        """
    ).fetchall()
    return None if not found else (found[0], found[1], found[2])


def _levels(connection: duckdb.DuckDBPyConnection, relation: str, text: str) -> tuple[Level, ...]:
    rows: Sequence[tuple[str, int]] = connection.execute(
        f"""
        SELECT v, count(*) AS n FROM (SELECT {text} AS v FROM {relation})
        WHERE v IS NOT NULL GROUP BY v ORDER BY n DESC, v LIMIT {LEVELS}
        """
    ).fetchall()
    return tuple(Level(value, count) for value, count in rows)
