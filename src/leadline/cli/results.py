"""Writing assessments and ledger: whole or not at all, and the same bytes for the same result."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from leadline.cli.failures import UNWRITABLE, RefusedError
from leadline.cli.options import OutFormat

_AT_ONCE = 1 << 20  # rows put in their places at once: an array of texts has room for two gigabytes


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
    """The table by these columns, texts by their bytes and nulls last, so that equal results are equal files.

    Few cells of such a column differ, so it is sorted, and written down again, by their places.
    """
    ranked = {key: _ranked(table.column(key)) for key in keys}
    order = np.lexsort([places for _, places in reversed(ranked.values())])
    rest = table.drop_columns(list(keys)).combine_chunks()

    def rows(some: np.ndarray) -> pa.Table:
        columns = {
            name: column.take(pa.array(some))
            for name, column in zip(rest.column_names, rest.columns, strict=True)
        }
        columns |= {key: values.take(pa.array(places[some])) for key, (values, places) in ranked.items()}
        return pa.table({name: columns[name] for name in table.column_names}, schema=table.schema)

    parts = [rows(order[i : i + _AT_ONCE]) for i in range(0, len(order), _AT_ONCE)]
    return pa.concat_tables([table.schema.empty_table(), *parts])


def _ranked(column: pa.ChunkedArray) -> tuple[pa.Array, np.ndarray]:
    """Its values in order, each once, and of each cell the place of its value."""
    values = pc.unique(column)
    values = values.take(pc.array_sort_indices(values))
    places = pc.index_in(column, value_set=values).to_numpy()
    return values, places.astype(np.min_scalar_type(len(values)))  # short numbers are sorted the fastest


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
