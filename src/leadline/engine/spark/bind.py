"""From somebody's Spark columns to the canonical relations, by the same rules as `engine.facts.bind`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadline.engine.facts.columns import Mappings, Matcher, RawColumn
from leadline.engine.facts.errors import FactsError
from leadline.engine.facts.reads import Read, Reads
from leadline.engine.spark import values_sql as sql
from leadline.engine.spark.bag import Bag

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_EVENTS = ("event_id", "lead_id", "event", "occurred_at", "void", "until")
_TRAITS = ("trait_id", "lead_id", "field", "value", "occurred_at", "source", "quote", "confidence")
_LEADS = ("lead_id", "created_at")


@dataclass(frozen=True)
class Table:
    """A table as somebody has it. Its columns go by numbers here, so that no name of theirs becomes SQL."""

    label: str
    frame: DataFrame
    columns: tuple[RawColumn, ...]

    @staticmethod
    def of(label: str, frame: DataFrame) -> Table:
        names = frame.columns
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise FactsError(
                f"{label} has the column `{twice[0]}` twice: rename one, so that it is clear which counts"
            )
        types = [field.dataType.simpleString() for field in frame.schema.fields]
        columns = tuple(RawColumn(n, f"c{i}", t) for i, (n, t) in enumerate(zip(names, types, strict=True)))
        return Table(label, frame.toDF(*(c.sql for c in columns)), columns)


@dataclass(frozen=True)
class Bound:
    """A table as canonical columns: `cells` over the raw ones, those in `bad` for what did not read."""

    cells: dict[str, str]
    bad: dict[str, str]  # our column -> the text that is there and does not read, else null
    required: tuple[str, ...]  # where one of these is null, the row is no fact
    own: dict[str, tuple[str, str]]  # field or property -> (column, physical kind)
    unpacked: str = ""  # an expression that the cells read as `bag`
    absent: tuple[str, ...] = ()  # fields or properties without a column

    def select(self, source: str) -> str:
        """Every row, those that are no facts included."""
        inner = (
            f"SELECT *, {self.unpacked} AS bag FROM {source}" if self.unpacked else f"SELECT * FROM {source}"
        )
        cells = [f"{cell} AS {name}" for name, cell in self.cells.items()]
        cells += [f"{cell} AS bad_{name}" for name, cell in self.bad.items()]
        return f"SELECT {', '.join(cells)} FROM ({inner}) AS raw"


def bind_events(table: Table, reads: Reads, mappings: Mappings) -> Bound:
    mappings.check("events", dict.fromkeys([*_EVENTS, *(r.name for r in reads.properties)]), True)
    find = _Finder("events", table, mappings)
    bag = Bag(table.label, find.matcher.columns.get("properties"))
    lead, event, time = find.needed("lead_id"), find.needed("event"), find.needed("occurred_at")
    until, void = find.maybe("until") or bag.find("until"), find.maybe("void")
    void_text = _text(void)
    own, cells, absent = {}, {}, []
    for i, read in enumerate(reads.properties):
        column = find.maybe(read.name, read.column, optional=bag.given) or bag.find(_key(read, mappings))
        cells[f"p_{i}"], own[read.name] = _own(f"p_{i}", column, read)
        absent += [] if column else [read.name]
    return Bound(
        {
            "event_id": f"coalesce({_text(find.maybe('event_id'))}, {_content_id(table.columns)})",
            "lead_id": _text(lead),
            "event": _text(event),
            "t": sql.micros(time.sql, time.type),
            "void": f"coalesce({sql.boolean(void_text)}, FALSE)",
            "until": sql.micros(until.sql, until.type) if until else sql.NO_TIME,
            **cells,
        },
        {
            "occurred_at": _unread_time(time),
            "void": f"CASE WHEN {sql.boolean(void_text)} IS NULL THEN {void_text} END",
            "until": _unread_time(until),
            "properties": bag.bad,
        },
        ("lead_id", "event", "t"),
        own,
        bag.unpacked,
        tuple(absent),
    )


def bind_traits(table: Table, reads: Reads, mappings: Mappings) -> Bound:
    mappings.check("traits", _TRAITS, True)
    find = _Finder("traits", table, mappings)
    time = find.needed("occurred_at")
    confidence = _text(find.maybe("confidence"))
    number = sql.number(confidence)
    sure = f"CASE WHEN {number} BETWEEN 0e0 AND 1e0 THEN {number} END"
    cells = {
        "trait_id": f"coalesce({_text(find.maybe('trait_id'))}, '')",
        "lead_id": _text(find.needed("lead_id")),
        "field": _text(find.needed("field")),
        "value": _text(find.needed("value")),
        "t": sql.micros(time.sql, time.type),
        "source": _text(find.maybe("source")),
        "quote": _text(find.maybe("quote")),
        "confidence": sure,
    }
    bad = {
        "occurred_at": _unread_time(time),
        "confidence": f"CASE WHEN ({sure}) IS NULL THEN {confidence} END",
    }
    return Bound(cells, bad, ("lead_id", "field", "t"), {})


def bind_leads(table: Table, reads: Reads, mappings: Mappings) -> Bound:
    mappings.check("leads", dict.fromkeys([*_LEADS, *(r.name for r in reads.declared)]), True)
    find = _Finder("leads", table, mappings)
    time = find.maybe("created_at")
    own, cells, absent = {}, {}, []
    for i, read in enumerate(reads.fields):
        column = find.maybe(read.name, read.column)
        cells[f"f_{i}"], own[read.name] = _own(f"f_{i}", column, read)
        absent += [] if column else [read.name]
    t = sql.micros(time.sql, time.type) if time else sql.NO_TIME
    cells = {"lead_id": _text(find.needed("lead_id")), "t": t, **cells}
    return Bound(cells, {"created_at": _unread_time(time)}, ("lead_id",), own, absent=tuple(absent))


class _Finder:
    """Finds columns as :class:`Matcher` does; constants of a mapping are written for Spark."""

    def __init__(self, name: str, table: Table, mappings: Mappings):
        self.matcher = Matcher(name, table.label, table.columns, mappings)

    def needed(self, name: str) -> RawColumn:
        return self._spoken(self.matcher.needed(name))

    def maybe(self, name: str, column: str | None = None, *, optional: bool = False) -> RawColumn | None:
        """`optional` columns that the model or the mapping names may be missing: a bag may have them."""
        source = self.matcher.mappings.source(self.matcher.table, name) or column
        is_constant = source is not None and re.fullmatch(r"'.*'", source, re.DOTALL)
        if optional and source is not None and not is_constant and source not in self.matcher.columns:
            return None
        found = self.matcher.find(name, column)
        return self._spoken(found) if found else None

    def _spoken(self, column: RawColumn) -> RawColumn:
        if column.type != "VARCHAR":  # no type of Spark's is called that
            return column
        return RawColumn(column.name, sql.literal(column.name[1:-1].replace("''", "'")), "string")


def _key(read: Read, mappings: Mappings) -> str:
    return mappings.source("events", read.name) or read.column or read.name


def _own(name: str, column: RawColumn | None, read: Read) -> tuple[str, tuple[str, str]]:
    cell, kind = sql.cell(column.sql, column.type, read.type) if column else (sql.NO_TEXT, "text")
    return cell, (name, kind)


def _text(column: RawColumn | None) -> str:
    return sql.as_text(column.sql, column.type) if column else sql.NO_TEXT


def _unread_time(column: RawColumn | None) -> str:
    if column is None:
        return sql.NO_TEXT
    return f"CASE WHEN ({sql.micros(column.sql, column.type)}) IS NULL THEN {_text(column)} END"


def _content_id(columns: Sequence[RawColumn]) -> str:
    """An id from all that stands in a row, whatever the order of its columns: a doubled row is one event."""
    named = sorted(columns, key=lambda column: column.name)
    cells = [f"concat({sql.literal(c.name)}, chr(31), {_text(c)}, chr(30))" for c in named]
    return f"md5(concat_ws('', {', '.join(cells)}))"
