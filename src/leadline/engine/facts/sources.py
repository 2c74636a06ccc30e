"""Opening what people have: files of many kinds, folders, globs, data frames, lists of dicts.

Everything becomes a :class:`Source`: SQL that gives the rows as they are, and the columns' own names.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leadline.engine.facts import delimited, frames, json_files, parquet, workbook
from leadline.engine.facts.columns import RawColumn
from leadline.engine.facts.errors import FactsError
from leadline.engine.facts.finding import Finding
from leadline.engine.facts.part import Part, Workshop
from leadline.engine.facts.texts import PACKED
from leadline.engine.facts.values_sql import as_text
from leadline.model.errors import did_you_mean

_TEXT = {
    "csv": delimited,
    "tsv": delimited,
    "txt": delimited,
    "json": json_files,
    "jsonl": json_files,
    "ndjson": json_files,
}
_READERS: dict[str, Any] = {
    **_TEXT, "parquet": parquet, "pq": parquet,
    "xlsx": workbook, "xlsm": workbook, "xlsb": workbook, "xls": workbook, "ods": workbook,
}  # fmt: skip
KNOWN = (
    "csv, tsv, txt, json, jsonl, parquet, xlsx, xls, xlsb or ods "
    "(csv, tsv, txt and json also packed as .gz, .zst or .bz2)"
)


@dataclass
class Source:
    """A table as somebody has it."""

    table: str
    label: str  # as messages name it
    sql: str  # a SELECT that gives the columns
    columns: tuple[RawColumn, ...]
    parts: tuple[Part, ...] = ()
    sure: frozenset[str] = field(
        default_factory=frozenset
    )  # columns in which every cell is there and readable

    @property
    def lazy(self) -> bool:
        """Whether it may be scanned again and again where it lies."""
        return all(part.lazy for part in self.parts)

    @property
    def size(self) -> int:
        """Bytes, roughly."""
        return sum(part.size for part in self.parts)


def open_source(given: Any, table: str, shop: Workshop) -> Source:
    """`given` as a source; FactsError says what is wrong with it."""
    if isinstance(given, (str, os.PathLike)):
        return _of_files(_files(given), table, shop)
    if frames.is_rows(given):
        return _joined(table, f"the {table} table", [frames.of_rows(given, table, shop)])
    if isinstance(given, Sequence) and given and all(isinstance(g, (str, os.PathLike)) for g in given):
        files = [file for one in given for file in _files(one)]
        return _of_files(list(dict.fromkeys(files)), table, shop)
    if isinstance(given, Sequence) and not isinstance(given, (bytes, str)):
        parts = [part for one in given for part in open_source(one, table, shop).parts]
        return _joined(table, f"the {table} table", parts)
    return _joined(table, f"the {table} table", [frames.of_frame(given, table, shop)])


def _of_files(files: Sequence[Path], table: str, shop: Workshop) -> Source:
    empty = [file for file in files if file.stat().st_size == 0] if len(files) > 1 else []
    files = [file for file in files if file not in empty] or list(files)
    by_reader: dict[Any, list[Path]] = {}
    for file in files:
        by_reader.setdefault(_READERS[_kind(file)], []).append(file)
    parts = [part for reader, some in by_reader.items() for part in reader.parts(some, table, shop)]
    for file in empty:
        parts[0].findings.append(Finding("empty_file", table, None, 1, f"{file.name} is empty"))
    label = files[0].name if len(files) == 1 else f"{table} ({len(files)} files, such as {files[0].name})"
    return _joined(table, label, parts)


def _files(given: str | os.PathLike[str]) -> list[Path]:
    """The files that a path, a folder or a glob names, in order of name."""
    text = os.fspath(given)
    if "\0" in text or not text:
        raise FactsError(f"`{text!r}` is no file name")
    path = Path(text).expanduser()
    if path.is_dir():
        return _in_folder(path)
    if path.exists():
        _kind_or_error(path)
        return [path]
    found = sorted(Path(name) for name in glob.glob(str(path), recursive=True) if Path(name).is_file())
    if glob.has_magic(text):
        known = [file for file in found if _kind(file) in _READERS]
        if not known:
            what = f"of the {len(found)} files none is {KNOWN}" if found else "no file"
            raise FactsError(f"`{text}` matches no data file: {what}")
        return known
    raise FactsError(f"there is no file `{text}`{_near(path)}")


def _in_folder(folder: Path) -> list[Path]:
    """Data files in the folder and below; names that begin with . or _ are other programs' notes."""
    inside = (file for file in folder.rglob("*") if file.is_file())
    shown = (
        file for file in inside if not any(p.startswith((".", "_")) for p in file.relative_to(folder).parts)
    )
    files = sorted(file for file in shown if _kind(file) in _READERS)
    if not files:
        raise FactsError(f"the folder `{folder}` has no data file in it: none is {KNOWN}")
    return files


def _near(path: Path) -> str:
    if not path.parent.is_dir():
        return f": there is no folder `{path.parent}` either"
    names = sorted(file.name for file in path.parent.iterdir() if not file.name.startswith("."))
    hint = did_you_mean(path.name, names)
    data = [name for name in names if _kind(Path(name)) in _READERS][:5]
    return hint or (f"; that folder has {', '.join(f'`{name}`' for name in data)}" if data else "")


def _kind(file: Path) -> str:
    suffixes = [suffix.lower() for suffix in file.suffixes[-2:]]
    if suffixes and suffixes[-1] in PACKED:
        inner = suffixes[0][1:] if len(suffixes) == 2 else ""
        return inner if inner in _TEXT else ""
    return suffixes[-1][1:] if suffixes else ""


def _kind_or_error(file: Path) -> None:
    if not file.is_file():
        raise FactsError(f"`{file}` is neither a file nor a folder")
    if _kind(file) not in _READERS:
        raise FactsError(f"`{file.name}` is of no kind that is read here: give {KNOWN}")


def _joined(table: str, label: str, parts: Iterable[Part]) -> Source:
    """Parts one below the other, columns by name; where a column's types differ, all of it becomes text."""
    parts = tuple(parts)
    if len(parts) == 1:
        (part,) = parts
        return Source(table, label, part.sql, part.columns, parts, part.sure)
    types: dict[str, set[str]] = {}
    for part in parts:
        for column in part.columns:
            types.setdefault(column.name, set()).add(column.type)
    joined = tuple(
        RawColumn(name, f"c{i}", next(iter(kinds)) if len(kinds) == 1 else "VARCHAR")
        for i, (name, kinds) in enumerate(types.items())
    )
    selects = [
        f"SELECT {', '.join(_cell(part, column) for column in joined)} FROM ({part.sql})" for part in parts
    ]
    everywhere = {
        c.name for c in joined if all(c.name in {own.name for own in part.columns} for part in parts)
    }
    sure = frozenset.intersection(*(part.sure for part in parts)) & everywhere
    return Source(table, label, "\nUNION ALL\n".join(selects), joined, parts, sure)


def _cell(part: Part, column: RawColumn) -> str:
    own = next((c for c in part.columns if c.name == column.name), None)
    if own is None:
        return f"CAST(NULL AS {column.type}) AS {column.sql}"
    return f"{own.sql if own.type == column.type else as_text(own.sql, own.type)} AS {column.sql}"
