"""Writing assessments and ledger: whole or not at all, and the same bytes for the same result."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from leadline.cli.failures import UNWRITABLE, RefusedError
from leadline.cli.options import OutFormat


def write_tables(tables: dict[str, pa.Table], folder: Path, format: OutFormat) -> dict[str, Path]:  # noqa: A002
    """Writes each table to `folder`/NAME.FORMAT; gives the paths.

    All are written beside their places first and then put there, so that a reader never sees half a file,
    and a failure leaves what was there before.
    """
    write = {OutFormat.PARQUET: _write_parquet, OutFormat.CSV: _write_csv}[format]
    paths = {name: folder / f"{name}.{format.value}" for name in tables}
    drafts = {name: folder / f".{path.name}.{os.getpid()}" for name, path in paths.items()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            write(table, drafts[name])
        for name, path in paths.items():
            drafts[name].replace(path)
    except OSError as error:
        what = getattr(error, "strerror", None) or str(error)
        raise RefusedError(f"the result cannot be written to `{folder}`: {what}", UNWRITABLE) from error
    finally:
        for draft in drafts.values():
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)
    return paths


def write_text(text: str, path: Path) -> None:
    """Writes a text file, whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text, encoding="utf-8", newline="\n")
        draft.replace(path)
    except OSError as error:
        what = error.strerror or str(error)
        raise RefusedError(f"`{path}` cannot be written: {what}", UNWRITABLE) from error
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)


def in_order(table: pa.Table, *keys: str) -> pa.Table:
    """The table by these columns, so that equal results are equal files.

    DuckDB sorts texts some times faster than Arrow does.
    """
    listed = ", ".join(f'"{key}"' for key in keys)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("unsorted", table)
        ordered = connection.sql(f"SELECT * FROM unsorted ORDER BY {listed}").to_arrow_table()
        return ordered.cast(table.schema)


def _write_parquet(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, compression="zstd")


def _write_csv(table: pa.Table, path: Path) -> None:
    """UTF-8, `\\n` at line ends, quotes where needed; an empty cell is a null."""
    with duckdb.connect() as connection:
        connection.register("spelled", _as_text(table))
        try:
            connection.table("spelled").write_csv(str(path), header=True)
        except duckdb.IOException as error:
            raise OSError(str(error)) from error


def _as_text(table: pa.Table) -> pa.Table:
    """Instants as ISO 8601 with Z, and numbers in their shortest form: Arrow has other habits."""
    for i, column in enumerate(table.schema):
        spell = _spelling(column.type)
        if spell:
            table = table.set_column(i, column.name, spell(table.column(i)))
    return table


def _spelling(type_: pa.DataType) -> Callable[[pa.ChunkedArray], pa.ChunkedArray] | None:
    if pa.types.is_timestamp(type_):
        return instants_as_text
    if pa.types.is_list(type_):
        return lambda column: pc.binary_join(column, ";")
    return _numbers_as_text if pa.types.is_floating(type_) else None


def instants_as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """2026-01-31T09:30:00Z, with a fraction only where there is one."""
    seconds = pc.floor_temporal(column, unit="second")
    whole = pc.strftime(seconds.cast(pa.timestamp("s", "UTC")), "%Y-%m-%dT%H:%M:%SZ")
    is_whole = pc.fill_null(pc.equal(column, seconds), True)
    if pc.all(is_whole).as_py() in (True, None):
        return whole
    return pc.if_else(is_whole, whole, pc.strftime(column, "%Y-%m-%dT%H:%M:%SZ"))


def _numbers_as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """87 and 21.4, not 87.0 and 21.400000."""
    return pc.replace_substring_regex(column.cast(pa.string()), r"\.0$", "")
