"""A handful of rows in hand, bound to models in plain Python: what a database would take longer to plan.

It gives what :meth:`Facts.python_rows` gives of the same lists of dicts, and the same errors. Whatever is not
quite plain (numbers of other libraries, JSON texts, mixed zones) it leaves to the long road: None.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from leadline.engine.facts.bag import Bag
from leadline.engine.facts.bind import (
    EVENT_COLUMNS,
    LEAD_COLUMNS,
    TRAIT_COLUMNS,
    Column,
    PhysicalKind,
)
from leadline.engine.facts.columns import TABLES, Mappings, Matcher, RawColumn
from leadline.engine.facts.frames import cell_text, is_rows
from leadline.engine.facts.reads import Read, Reads
from leadline.engine.facts.values_sql import is_number, is_text, is_time
from leadline.model.expr import Type
from leadline.model.values import (
    BLANK,
    EARLIEST,
    LATEST,
    micros_of,
    read_boolean,
    read_number,
    read_time,
    time_text,
)

MOST_ROWS = 5_000  # beyond, DuckDB binds faster
_GRID = 1 << 53  # whole numbers beyond are no floats
_WHOLE = 1 << 63

Row = dict[str, Any]
Cell = Callable[[int], Any]
"""Of the number of a row, what stands there."""


@dataclass(frozen=True)
class Rows:
    """Facts as dicts by canonical column, and how they name what the models read."""

    events: list[Row]
    traits: list[Row]
    leads: list[Row]
    properties: tuple[Column, ...]
    fields: tuple[Column, ...]


class NotPlainError(Exception):
    """The long road is to be taken."""


def bind_rows(
    reads: Reads, *, leads: Any, traits: Any, events: Any, mapping: Mapping[str, str] | Sequence[str] = ()
) -> Rows | None:
    """The facts, where each table is a short list of plain dicts or absent; else None.

    Raises FactsError as :meth:`Facts.read` would.
    """
    given = dict(zip(TABLES, (leads, traits, events), strict=True))
    if not all(table is None or is_rows(table) for table in given.values()):
        return None
    if sum(len(table) for table in given.values() if table is not None) > MOST_ROWS:
        return None
    mappings = Mappings(mapping)
    try:
        leads_bound, fields = _leads(given["leads"], reads, mappings)
        traits_bound = _traits(given["traits"], mappings)
        events_bound, properties = _events(given["events"], reads, mappings)
    except NotPlainError:
        return None
    return Rows(events_bound, traits_bound, leads_bound, properties, fields)


class _Table:
    """A list of dicts by column, each column of one type as an Arrow table would have it."""

    def __init__(self, table: str, rows: Sequence[Mapping[str, Any]], mappings: Mappings):
        self.count = len(rows)
        keys = dict.fromkeys(key for row in rows for key in row)
        if not all(type(key) is str for key in keys):
            raise NotPlainError
        self.given = {key: [row.get(key) for row in rows] for key in keys}
        typed = {key: _column(cells) for key, cells in self.given.items()}
        self.cells = {key: cells for key, (_, cells) in typed.items()}
        self.columns = tuple(RawColumn(key, f"c{i}", typed[key][0]) for i, key in enumerate(keys))
        self.matcher = Matcher(table, f"the {table} table", self.columns, mappings)

    def raw(self, column: RawColumn | None) -> Cell:
        """A column's cells; those of a constant are all the same."""
        if column is None:
            return lambda i: None
        if column in self.columns:
            return self.cells[column.name].__getitem__
        constant = column.sql[1:-1].replace("''", "'")
        return lambda i: constant

    def text(self, column: RawColumn | None) -> Cell:
        cell = self.raw(column)
        return lambda i: as_text(cell(i))

    def time(self, column: RawColumn | None) -> Cell:
        if column is None or not (is_time(column.type) or is_text(column.type)):
            return lambda i: None
        cell = self.raw(column)
        return lambda i: _micros(cell(i))

    def value(self, column: RawColumn | None, type_: Type) -> tuple[Cell, PhysicalKind]:
        """A cell in its own type where that is the declared one, else as text."""
        cell = self.raw(column)
        if column is not None and type_ is Type.NUMBER and is_number(column.type):
            return (lambda i: None if (v := cell(i)) is None else float(v)), "number"
        if column is not None and type_ is Type.BOOLEAN and column.type == "BOOLEAN":
            return cell, "boolean"
        if column is not None and type_ is Type.TIME and is_time(column.type):
            return self.time(column), "time"
        return self.text(column), "text"

    def rows(self, cells: Mapping[str, Cell], required: Sequence[str]) -> list[Row]:
        bound = ({name: cell(i) for name, cell in cells.items()} for i in range(self.count))
        return [row for row in bound if all(row[name] is not None for name in required)]


def _events(
    given: Sequence[Mapping[str, Any]] | None, reads: Reads, mappings: Mappings
) -> tuple[list[Row], tuple[Column, ...]]:
    mappings.check(
        "events", dict.fromkeys([*EVENT_COLUMNS, *(r.name for r in reads.properties)]), given is not None
    )
    names = [f"p_{i}" for i in range(len(reads.properties))]
    if given is None:
        return [], tuple(Column(r.name, n, "text") for r, n in zip(reads.properties, names, strict=True))
    table = _Table("events", given, mappings)
    bag = _Bag(table)
    find = table.matcher.find
    event_id = find("event_id")
    lead, event, time = (table.matcher.needed(name) for name in ("lead_id", "event", "occurred_at"))
    id_of, made = table.text(event_id), _content_id(table)
    cells: dict[str, Cell] = {
        "event_id": lambda i: id_of(i) or made(i),
        "lead_id": table.text(lead),
        "event": table.text(event),
        "t": table.time(time),
        "void": _void(table, find("void")),
        "until": bag.time(bag.find("until", None)),
    }
    own = []
    for read, name in zip(reads.properties, names, strict=True):
        cells[name], kind = bag.property(read)
        own.append(Column(read.name, name, kind))
    return table.rows(cells, ("lead_id", "event", "t")), tuple(own)


def _traits(given: Sequence[Mapping[str, Any]] | None, mappings: Mappings) -> list[Row]:
    mappings.check("traits", TRAIT_COLUMNS, given is not None)
    if given is None:
        return []
    table = _Table("traits", given, mappings)
    find, needed = table.matcher.find, table.matcher.needed
    trait_id = table.text(find("trait_id"))
    cells: dict[str, Cell] = {"trait_id": lambda i: trait_id(i) or ""}
    for name in ("lead_id", "field", "value"):
        cells[name] = table.text(needed(name))
    cells["t"] = table.time(needed("occurred_at"))
    cells["source"], cells["quote"] = table.text(find("source")), table.text(find("quote"))
    confidence = table.text(find("confidence"))
    cells["confidence"] = lambda i: _confidence(confidence(i))
    return table.rows(cells, ("lead_id", "field", "t"))


def _leads(
    given: Sequence[Mapping[str, Any]] | None, reads: Reads, mappings: Mappings
) -> tuple[list[Row], tuple[Column, ...]]:
    mappings.check(
        "leads", dict.fromkeys([*LEAD_COLUMNS, *(r.name for r in reads.declared)]), given is not None
    )
    names = [f"f_{i}" for i in range(len(reads.fields))]
    if given is None:
        return [], tuple(Column(r.name, n, "text") for r, n in zip(reads.fields, names, strict=True))
    table = _Table("leads", given, mappings)
    cells = {
        "lead_id": table.text(table.matcher.needed("lead_id")),
        "t": table.time(table.matcher.find("created_at")),
    }
    found = {read.name: table.matcher.find(read.name, read.column) for read in reads.declared}
    own = []
    for read, name in zip(reads.fields, names, strict=True):
        cells[name], kind = table.value(found[read.name], read.type)
        own.append(Column(read.name, name, kind))
    return table.rows(cells, ("lead_id",)), tuple(own)


class _Bag:
    """Event properties, from columns of their own or from the dicts in `properties`."""

    def __init__(self, table: _Table):
        self.table = table
        self.bag = Bag(table.matcher)

    def find(self, name: str, column: str | None) -> RawColumn | None:
        return self.bag.find(name, column)

    def property(self, read: Read) -> tuple[Cell, PhysicalKind]:
        column = self.find(read.name, read.column)
        if self._inside(column):
            return self._texts(column), "text"
        cell, kind = self.table.value(column, read.type)
        if column in self.table.columns and read.type is Type.TEXT and column.type == "VARCHAR":
            cell = self.table.raw(column)  # with its blanks, as everywhere
        return cell, kind

    def time(self, column: RawColumn | None) -> Cell:
        if not self._inside(column):
            return self.table.time(column)
        text = self._texts(column)
        return lambda i: _micros(text(i))

    def _inside(self, column: RawColumn | None) -> bool:
        return column is not None and column not in self.table.columns and not column.sql.startswith("'")

    def _texts(self, column: RawColumn | None) -> Cell:
        assert column is not None
        assert self.bag.column is not None
        if self.bag.column not in self.table.columns:
            raise NotPlainError  # a constant
        bags = [_members(bag) for bag in self.table.given[self.bag.column.name]]
        texts = [json_text(bag.get(column.name)) for bag in bags]
        return texts.__getitem__


def _members(bag: Any) -> Mapping[str, Any]:
    if bag is None:
        return {}
    if not isinstance(bag, dict) or not all(type(key) is str for key in bag):
        raise NotPlainError
    if not all(value is None or type(value) in _PLAIN for value in bag.values()):
        _writable(bag)
    return bag


def _writable(bag: dict[str, Any]) -> None:
    """JSON has no number that is not finite: the whole text would be unreadable."""
    try:
        json.dumps(bag, allow_nan=False, default=str)
    except (ValueError, TypeError, RecursionError):
        raise NotPlainError from None


def json_text(value: Any) -> str | None:
    """The text of a value inside JSON, as far as all who write JSON agree on it; else :class:`NotPlainError`.

    >>> json_text(12.0), json_text(True), json_text(" ")
    ('12.0', 'true', None)
    """
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case str():
            return _not_blank(value)
        case int():
            return str(value)
        case float() if value == 0 or 1e-4 <= abs(value) < 1e15:
            return repr(value)
    raise NotPlainError


_PLAIN = (str, int, bool)
_MIXED = {str, int, float, bool, datetime, date}


def _column(cells: list[Any]) -> tuple[str, list[Any]]:
    """The DuckDB type that a column gets by way of Arrow, and its cells."""
    cells = [None if isinstance(cell, float) and math.isnan(cell) else cell for cell in cells]
    kinds = {type(cell) for cell in cells if cell is not None}
    if any(issubclass(kind, (Mapping, list, tuple, set)) for kind in kinds):
        return "VARCHAR", _texts(cells)
    if not kinds:
        return '"NULL"', cells
    if len(kinds) == 1 and (kind := next(iter(kinds))) in _TYPED:
        return _TYPED[kind](cells)
    if kinds == {int, float}:
        return _floats(cells)
    if kinds <= _MIXED and (str in kinds or kinds <= {bool, int, float}):
        return "VARCHAR", _texts(cells)
    raise NotPlainError


def _texts(cells: list[Any]) -> list[str | None]:
    try:
        return [cell_text(cell) for cell in cells]
    except (OverflowError, TypeError, ValueError):  # of instants outside the calendar, of circles
        raise NotPlainError from None


def _wholes(cells: list[Any]) -> tuple[str, list[Any]]:
    if any(cell is not None and not -_WHOLE <= cell < _WHOLE for cell in cells):
        raise NotPlainError
    return "BIGINT", cells


def _floats(cells: list[Any]) -> tuple[str, list[Any]]:
    if any(type(cell) is int and abs(cell) > _GRID for cell in cells):
        raise NotPlainError
    return "DOUBLE", [None if cell is None else float(cell) for cell in cells]


def _moments(cells: list[Any]) -> tuple[str, list[Any]]:
    there = [cell for cell in cells if cell is not None]
    zoned = {cell.tzinfo is not None for cell in there}
    if len(zoned) > 1 or any(cell.tzinfo and cell.utcoffset() is None for cell in there):
        raise NotPlainError
    if zoned == {True} and not all(EARLIEST <= micros_of(cell) <= LATEST for cell in there):
        raise NotPlainError
    return ("TIMESTAMP WITH TIME ZONE" if zoned == {True} else "TIMESTAMP"), cells


_TYPED: dict[type, Callable[[list[Any]], tuple[str, list[Any]]]] = {
    str: lambda cells: ("VARCHAR", cells),
    bool: lambda cells: ("BOOLEAN", cells),
    int: _wholes,
    float: _floats,
    datetime: _moments,
    date: lambda cells: ("DATE", cells),
}


def _not_blank(text: str) -> str | None:
    return text if text.strip(BLANK) else None


def as_text(cell: Any) -> str | None:
    """A cell of a typed column as text; null where it is blank.

    >>> as_text(12.0), as_text(True), as_text(" ")
    ('12', 'true', None)
    """
    match cell:
        case None:
            return None
        case str():
            return _not_blank(cell)
        case bool():
            return "true" if cell else "false"
        case float() if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        case datetime():
            return time_text(micros_of(cell))
        case date():
            return cell.isoformat()
    return str(cell)


def _micros(cell: Any) -> int | None:
    match cell:
        case None:
            return None
        case str():
            return read_time(cell)
        case datetime():
            return micros_of(cell)
    return micros_of(datetime(cell.year, cell.month, cell.day))  # noqa: DTZ001 - means UTC


def _void(table: _Table, column: RawColumn | None) -> Cell:
    if column is None:
        return lambda i: False
    text = table.text(column)
    return lambda i: (t := text(i)) is not None and read_boolean(t) is True


def _confidence(text: str | None) -> float | None:
    number = None if text is None else read_number(text)
    return number if number is not None and 0 <= number <= 1 else None


def _content_id(table: _Table) -> Cell:
    """An id from all that stands in a row, as the long road makes it."""
    named = [(column.name, table.text(column)) for column in sorted(table.columns, key=lambda c: c.name)]

    def made(i: int) -> str:
        cells = [(name, text(i)) for name, text in named]
        content = "".join(f"{name}\x1f{text}\x1e" for name, text in cells if text is not None)
        return hashlib.md5(content.encode(), usedforsecurity=False).hexdigest()

    return made
