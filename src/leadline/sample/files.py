"""Files that take tables piece by piece."""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from leadline.sample.tables import SCHEMAS, plain

_MONEY = {"amount"}


class CsvFile:
    """One CSV file, UTF-8, `\\n` at line ends, quoted where needed; an empty cell is a null."""

    def __init__(self, path: Path, name: str):
        self._name = name
        self._file = path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file, lineterminator="\n")
        self._writer.writerow(SCHEMAS[name].names)

    def write(self, table: pa.Table) -> None:
        table = plain(table, self._name)
        columns = [_as_text(table[field.name], field) for field in table.schema]
        self._writer.writerows(zip(*columns, strict=True))

    def close(self) -> None:
        self._file.close()


def _plain(table: pa.Table) -> pa.Table:
    """Texts as such: a dictionary of ours would keep the file format from making its own."""
    for i, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            table = table.set_column(i, field.name, table.column(i).cast(field.type.value_type))
    return table


class ParquetFile:
    """One Parquet file. Types are those of the columns: readers see text, not our dictionaries."""

    def __init__(self, path: Path, name: str):
        self._path, self._name = path, name
        self._writer: pq.ParquetWriter | None = None

    def write(self, table: pa.Table) -> None:
        table = _plain(table)
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, table.schema, compression="zstd")
        self._writer.write_table(table, row_group_size=250_000)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


class ParquetFolder:
    """A folder of Parquet files, one for each piece."""

    def __init__(self, path: Path, name: str):
        self._path, self._name, self._parts = path, name, 0
        path.mkdir(parents=True, exist_ok=True)

    def write(self, table: pa.Table) -> None:
        part = ParquetFile(self._path / f"part-{self._parts:05}.parquet", self._name)
        part.write(table)
        part.close()
        self._parts += 1

    def close(self) -> None:
        """Each part is closed when it is written."""


def _as_text(column: pa.ChunkedArray, field: pa.Field) -> list[object]:
    if pa.types.is_timestamp(field.type):
        whole = column.cast(pa.timestamp("s", "UTC"))
        return pc.strftime(whole, "%Y-%m-%dT%H:%M:%SZ").to_pylist()
    if field.name in _MONEY:
        return [None if value is None else f"{value:.2f}" for value in column.to_pylist()]
    if pa.types.is_boolean(field.type):
        return [str(value).lower() for value in column.to_pylist()]
    return column.to_pylist()
