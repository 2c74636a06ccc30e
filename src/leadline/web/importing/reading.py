"""From an uploaded file to rows that can be gone through again and again: a Parquet file, all text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from leadline.engine.facts.errors import FactsError
from leadline.engine.facts.finding import counted
from leadline.engine.facts.texts import clean, layout
from leadline.web.importing.delimited import Broken, text_rows
from leadline.web.importing.limits import KINDS, MOST_COLUMNS, MOST_ROWS
from leadline.web.importing.workbooks import sheet_rows

AT_ONCE = 5000
SAMPLED = 200  # rows looked at to guess what a column holds
_WORKBOOK, _OLD = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


class Row(NamedTuple):
    """A row of the file: its number among all, its line, its cells in the order of the columns."""

    number: int
    line: int
    cells: list[str]


@dataclass
class Found:
    """What a file holds."""

    columns: list[str]
    rows: int = 0
    samples: list[list[str]] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    broken: list[tuple[int, int, Broken]] = field(default_factory=list)  # number, line, why


@dataclass
class Sheet:
    """A file that was opened: columns, rows with their lines, what was repaired."""

    columns: list[str]
    rows: Iterator[tuple[int, list[str] | Broken]]
    findings: list[str]


def read_upload(path: Path, to: Path) -> Iterator[int | Found]:
    """Write the rows of a file to `to`; gives how many are read now and then, at last what was found.

    Raises FactsError where it cannot be read at all.
    """
    sheet = _opened(path)
    named = [i for i, name in enumerate(sheet.columns) if name]
    found = Found([sheet.columns[i] for i in named], findings=sheet.findings)
    if len(named) > MOST_COLUMNS:
        raise FactsError(f"the file has {len(named):,} columns, and {MOST_COLUMNS} are read: leave some out")
    if blank := len(sheet.columns) - len(named):
        found.findings.append(
            f"{counted(blank, 'column without a name is', 'columns without a name are')} not read."
        )
    schema = pa.schema(
        [("number", pa.int64()), ("line", pa.int64()), *((f"c{i}", pa.string()) for i in range(len(named)))]
    )
    seen: list[list[str]] = [[] for _ in named]
    with pq.ParquetWriter(to, schema, compression="zstd") as out:
        waiting: list[Row] = []
        for number, (line, cells) in enumerate(sheet.rows, start=1):
            found.rows = number
            if number > MOST_ROWS:
                raise FactsError(f"the file has more than {MOST_ROWS:,} rows: divide it into parts")
            if isinstance(cells, Broken):
                found.broken.append((number, line, cells))
                continue
            waiting.append(Row(number, line, [cells[i] if i < len(cells) else "" for i in named]))
            if len(waiting) == AT_ONCE:
                _write(out, schema, waiting, seen)
                waiting = []
                yield number
        _write(out, schema, waiting, seen)
    if not found.rows:
        raise FactsError("the file has a header and no rows: there is nothing to import")
    found.samples = [list(dict.fromkeys(values))[:50] for values in seen]
    yield found


def _opened(path: Path) -> Sheet:
    with path.open("rb") as file:
        begins = file.read(4096)
    if not begins.strip():
        raise FactsError("the file is empty: there is not even a header in it")
    if begins.startswith(_OLD):
        raise FactsError(
            "the file is an Excel workbook of the old kind, or locked: save it as .xlsx without a password"
        )
    if begins.startswith(_WORKBOOK):
        return _workbook(path)
    if path.suffix in (".xlsx", ".xlsm"):
        raise FactsError("the file is called a workbook and is none: save it again as .xlsx or CSV")
    if not _is_text(begins):
        raise FactsError(f"the file is no text and no workbook: give one of {', '.join(KINDS)}")
    text = clean(path, path.parent)
    laid_out = layout(text)
    return Sheet(
        list(laid_out.names), text_rows(text, laid_out), [f"{r[0].upper()}{r[1:]}." for r in text.repairs]
    )


def _is_text(begins: bytes) -> bool:
    controls = sum(byte < 32 and byte not in b"\t\n\r\f\0" for byte in begins)
    return controls * 50 <= len(begins)


def _workbook(path: Path) -> Sheet:
    rows, sheets = sheet_rows(path)
    _, header = next(rows, (0, []))
    names = [name.strip() for name in header]
    twice = next((name for name in names if name and names.count(name) > 1), None)
    if twice:
        raise FactsError(
            f"the file has the column `{twice}` twice: rename one, so that it is clear which counts"
        )
    if not any(names):
        raise FactsError("the file is empty: there is not even a header in its first sheet")
    findings = []
    if len(sheets) > 1:
        findings.append(f"Of {len(sheets)} sheets the first, `{sheets[0]}`, is read.")
    return Sheet(names, iter(rows), findings)


def _write(out: pq.ParquetWriter, schema: pa.Schema, rows: list[Row], seen: list[list[str]]) -> None:
    for i, values in enumerate(seen):
        if len(values) < SAMPLED:
            values += [row.cells[i].strip()[:200] for row in rows[:SAMPLED] if row.cells[i].strip()]
    if rows:
        columns = [
            [r.number for r in rows],
            [r.line for r in rows],
            *zip(*(r.cells for r in rows), strict=True),
        ]
        arrays = [pa.array(values, kind.type) for values, kind in zip(columns, schema, strict=True)]
        out.write_table(pa.Table.from_arrays(arrays, schema=schema))


def rows_after(path: Path, number: int, at_once: int) -> Iterator[list[Row]]:
    """The rows beyond a number, some at a time, in order."""
    file = pq.ParquetFile(path)
    for group in range(file.num_row_groups):
        of_group = file.metadata.row_group(group).column(0).statistics
        if of_group is not None and of_group.has_min_max and of_group.max <= number:
            continue
        rows = file.read_row_group(group).to_pydict()
        numbers, lines, *cells = rows.values()
        together = [
            Row(n, line, list(c)) for n, line, *c in zip(numbers, lines, *cells, strict=True) if n > number
        ]
        for begin in range(0, len(together), at_once):
            yield together[begin : begin + at_once]
