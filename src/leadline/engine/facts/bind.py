"""From somebody's columns to the canonical relations.

Each table is bound in two steps. `TABLE_read` has every row, the canonical columns and, in columns
`bad_…`, what could not be read; findings are counted on it. `TABLE` are the rows that are facts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from leadline.engine.facts import values_sql as sql
from leadline.engine.facts.bag import Bag
from leadline.engine.facts.columns import Mappings, Matcher, RawColumn
from leadline.engine.facts.reads import Reads
from leadline.engine.facts.sources import Source
from leadline.model.errors import did_you_mean
from leadline.model.expr import Type

PhysicalKind = Literal["text", "number", "boolean", "time"]
SQL_TYPES: dict[PhysicalKind, str] = {
    "text": "VARCHAR",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "time": "BIGINT",
}
EVENT_COLUMNS = ("event_id", "lead_id", "event", "occurred_at", "void", "until")
TRAIT_COLUMNS = ("trait_id", "lead_id", "field", "value", "occurred_at", "source", "quote", "confidence")
LEAD_COLUMNS = ("lead_id", "created_at")
_NO_TEXT, _NO_NUMBER = "CAST(NULL AS VARCHAR)", "CAST(NULL AS BIGINT)"


@dataclass(frozen=True)
class Column:
    """A field or property as the facts have it: `sql` is its column there, `kind` how it is stored."""

    name: str
    sql: str
    kind: PhysicalKind


@dataclass
class Bound:
    """A table in canonical columns."""

    table: str
    select: str  # gives `cells`, bad ones included
    columns: tuple[str, ...]  # the canonical ones
    required: tuple[str, ...]  # where one of these is null, the row is no fact
    own: tuple[Column, ...] = ()  # fields or properties
    heavy: bool = False  # texts are parsed: better once than on every scan
    loose: tuple[tuple[str, str], ...] = ()
    made_ids: bool = False  # event ids come from the content
    absent: dict[str, str] = field(
        default_factory=dict
    )  # what is read and has no column -> a near name, or ""
    given: bool = True
    label: str = ""
    numeric_time: bool = False


class _Cells:
    """The expressions of a select, in order."""

    def __init__(self) -> None:
        self.of: dict[str, str] = {}

    def __setitem__(self, name: str, expression: str) -> None:
        self.of[name] = expression

    def select(self, source: str) -> str:
        cells = ",\n  ".join(f"{expression} AS {name}" for name, expression in self.of.items())
        return f"SELECT\n  {cells}\nFROM ({source})"


def bind_events(source: Source | None, reads: Reads, mappings: Mappings) -> Bound:
    known = dict.fromkeys([*EVENT_COLUMNS, *(read.name for read in reads.properties)])
    mappings.check("events", known, source is not None)
    own_names = tuple(f"p_{i}" for i in range(len(reads.properties)))
    canonical = ("event_id", "lead_id", "event", "t", "void", "until", *own_names)
    if source is None:
        own = tuple(
            Column(read.name, name, "text") for read, name in zip(reads.properties, own_names, strict=True)
        )
        types = ("VARCHAR", "VARCHAR", "VARCHAR", "BIGINT", "BOOLEAN", "BIGINT", *("VARCHAR" for _ in own))
        bads = ("bad_t", "bad_void", "bad_until", "bad_json")
        return _empty("events", canonical, types, own, bads)
    matcher = Matcher("events", source.label, source.columns, mappings)
    bag = Bag(matcher)
    cells = _Cells()
    id_column = matcher.find("event_id")
    lead, event, time = matcher.needed("lead_id"), matcher.needed("event"), matcher.needed("occurred_at")
    id_text = _text(id_column, source) if id_column else _NO_TEXT
    has_ids = id_column is not None and id_column.name in source.sure
    cells["event_id"] = id_text if has_ids else f"coalesce({id_text}, {_content_id(source)})"
    cells["made_id"] = "false" if has_ids else f"({id_text}) IS NULL"
    cells["lead_id"], cells["event"] = _text(lead, source), _text(event, source)
    _put_time(cells, "t", "bad_t", time, source)
    _put_void(cells, matcher.find("void"))
    until = bag.find("until", None)
    _put_time(cells, "until", "bad_until", until, source)
    own, absent = [], {}
    for read, name in zip(reads.properties, own_names, strict=True):
        column = bag.find(read.name, read.column)
        cells[name], kind = stored(column, read.type)
        if column in source.columns and kind == read.type == Type.TEXT and column.type == "VARCHAR":
            cells[name] = column.sql  # with its blanks: engines keep repeated texts in dictionaries
        own.append(Column(read.name, name, kind))
        if column is None:
            absent[read.name] = did_you_mean(read.name, matcher.columns)
    cells["bad_json"] = bag.bad
    required = _unsure({"lead_id": lead, "event": event, "t": time}, source)
    return Bound(
        "events", cells.select(bag.unpacked(source.sql)), canonical, required, tuple(own),
        heavy=not has_ids or sql.is_text(time.type) or bag.parses, loose=tuple(matcher.loose),
        made_ids=not has_ids, absent=absent, numeric_time=sql.is_number(time.type), label=source.label,
    )  # fmt: skip


def bind_traits(source: Source | None, reads: Reads, mappings: Mappings) -> Bound:
    mappings.check("traits", TRAIT_COLUMNS, source is not None)
    canonical = ("trait_id", "lead_id", "field", "value", "t", "source", "quote", "confidence")
    if source is None:
        types = ("VARCHAR", "VARCHAR", "VARCHAR", "VARCHAR", "BIGINT", "VARCHAR", "VARCHAR", "DOUBLE")
        return _empty("traits", canonical, types, (), ("bad_t", "bad_confidence"))
    matcher = Matcher("traits", source.label, source.columns, mappings)
    cells = _Cells()
    cells["trait_id"] = f"coalesce({_text(matcher.find('trait_id'), source)}, '')"
    lead, field_ = matcher.needed("lead_id"), matcher.needed("field")
    cells["lead_id"], cells["field"] = _text(lead, source), _text(field_, source)
    cells["value"] = _text(matcher.needed("value"), source)
    time = matcher.needed("occurred_at")
    _put_time(cells, "t", "bad_t", time, source)
    cells["source"], cells["quote"] = (
        _text(matcher.find("source"), source),
        _text(matcher.find("quote"), source),
    )
    _put_confidence(cells, matcher.find("confidence"), source)
    required = _unsure({"lead_id": lead, "field": field_, "t": time}, source)
    return Bound(
        "traits", cells.select(source.sql), canonical, required,
        heavy=sql.is_text(time.type), loose=tuple(matcher.loose), numeric_time=sql.is_number(time.type),
        label=source.label,
    )  # fmt: skip


def bind_leads(source: Source | None, reads: Reads, mappings: Mappings) -> Bound:
    known = dict.fromkeys([*LEAD_COLUMNS, *(read.name for read in reads.declared)])
    mappings.check("leads", known, source is not None)
    own_names = tuple(f"f_{i}" for i in range(len(reads.fields)))
    canonical = ("lead_id", "t", *own_names)
    if source is None:
        own = tuple(
            Column(read.name, name, "text") for read, name in zip(reads.fields, own_names, strict=True)
        )
        types = ("VARCHAR", "BIGINT", *("VARCHAR" for _ in own))
        absent = dict.fromkeys((read.name for read in reads.declared), "")
        return _empty("leads", canonical, types, own, ("bad_t",), absent)
    matcher = Matcher("leads", source.label, source.columns, mappings)
    cells = _Cells()
    lead = matcher.needed("lead_id")
    cells["lead_id"] = _text(lead, source)
    time = matcher.find("created_at")
    _put_time(cells, "t", "bad_t", time, source)
    found = {read.name: matcher.find(read.name, read.column) for read in reads.declared}
    own = []
    for read, name in zip(reads.fields, own_names, strict=True):
        cells[name], kind = stored(found[read.name], read.type)
        own.append(Column(read.name, name, kind))
    absent = {name: did_you_mean(name, matcher.columns) for name, column in found.items() if column is None}
    return Bound(
        "leads", cells.select(source.sql), canonical, _unsure({"lead_id": lead}, source), tuple(own),
        heavy=time is not None and sql.is_text(time.type), loose=tuple(matcher.loose), absent=absent,
        numeric_time=time is not None and sql.is_number(time.type), label=source.label,
    )  # fmt: skip


def _empty(
    table: str, canonical: Sequence[str], types: Sequence[str], own: tuple[Column, ...], bads: Sequence[str],
    absent: dict[str, str] | None = None,
) -> Bound:  # fmt: skip
    cells = [f"CAST(NULL AS {type_}) AS {name}" for name, type_ in zip(canonical, types, strict=True)]
    cells += [f"{_NO_TEXT} AS {name}" for name in bads] + (["false AS made_id"] if table == "events" else [])
    select = f"SELECT {', '.join(cells)} WHERE false"
    return Bound(table, select, tuple(canonical), (), own, given=False, absent=absent or {})


def _text(column: RawColumn | None, source: Source) -> str:
    """A text cell, null where it is blank."""
    if column is None:
        return _NO_TEXT
    if column.type == "VARCHAR" and column.name in source.sure:
        return column.sql
    return sql.as_text(column.sql, column.type)


def _put_time(cells: _Cells, name: str, bad: str, column: RawColumn | None, source: Source) -> None:
    if column is None:
        cells[name], cells[bad] = _NO_NUMBER, _NO_TEXT
        return
    if sql.is_time(column.type) and column.name in source.sure:
        cells[name], cells[bad] = sql.micros_of_column(column.sql, column.type, sure=True), _NO_TEXT
        return
    instant = sql.micros(column.sql, column.type)
    written = (
        sql.as_text(column.sql, column.type) if sql.is_text(column.type) else f"CAST({column.sql} AS VARCHAR)"
    )
    cells[name] = instant
    cells[bad] = f"CASE WHEN ({instant}) IS NULL THEN {written} END"


def _unsure(cells: dict[str, RawColumn], source: Source) -> tuple[str, ...]:
    """Those that may be null in some row, and must not be in a fact."""
    return tuple(
        cell
        for cell, column in cells.items()
        if column.name not in source.sure or (cell == "t" and not sql.is_time(column.type))
    )


def _put_void(cells: _Cells, column: RawColumn | None) -> None:
    if column is None:
        cells["void"], cells["bad_void"] = "false", _NO_TEXT
    elif column.type == "BOOLEAN":
        cells["void"], cells["bad_void"] = f"coalesce({column.sql}, false)", _NO_TEXT
    else:
        text = sql.as_text(column.sql, column.type)
        cells["void"] = f"coalesce({sql.is_true(text)}, false)"
        cells["bad_void"] = f"CASE WHEN NOT {sql.reads_as_boolean(text)} THEN {text} END"


def _put_confidence(cells: _Cells, column: RawColumn | None, source: Source) -> None:
    if column is None:
        cells["confidence"], cells["bad_confidence"] = "CAST(NULL AS DOUBLE)", _NO_TEXT
        return
    text = _text(column, source)
    number = f"CASE WHEN {sql.reads_as_number(text)} THEN TRY_CAST({sql.trimmed(text)} AS DOUBLE) END"
    cells["confidence"] = f"CASE WHEN ({number}) BETWEEN 0 AND 1 THEN ({number}) END"
    cells["bad_confidence"] = f"CASE WHEN NOT coalesce(({number}) BETWEEN 0 AND 1, false) THEN {text} END"


def stored(column: RawColumn | None, type_: Type) -> tuple[str, PhysicalKind]:
    """A cell as it is stored: in its own type where that is the declared one, else as text."""
    if column is None:
        return _NO_TEXT, "text"
    if type_ is Type.NUMBER and sql.is_number(column.type):
        return f"CAST({column.sql} AS DOUBLE)", "number"
    if type_ is Type.BOOLEAN and column.type == "BOOLEAN":
        return column.sql, "boolean"
    if type_ is Type.TIME and sql.is_time(column.type):
        return sql.micros_of_column(column.sql, column.type), "time"
    return sql.as_text(column.sql, column.type), "text"


def _content_id(source: Source) -> str:
    """An id from all that stands in a row, whatever the order of its columns: a doubled row is one event."""
    if not source.columns:
        return _NO_TEXT
    named = sorted(source.columns, key=lambda column: column.name)
    cells = [
        f"{sql.literal(column.name)} || chr(31) || ({sql.as_text(column.sql, column.type)}) || chr(30)"
        for column in named
    ]
    return f"md5(concat({', '.join(cells)}))"
