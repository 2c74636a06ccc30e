"""What is noticed of rows and values: one query a table, and a second look only where something is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadline.engine.facts import across
from leadline.engine.facts import values_sql as sql
from leadline.engine.facts.bind import Bound
from leadline.engine.facts.columns import TABLES
from leadline.engine.facts.finding import Finding, counted, examples_of
from leadline.engine.facts.reads import Read
from leadline.model.errors import did_you_mean
from leadline.model.expr import Type

if TYPE_CHECKING:
    from leadline.engine.facts.facts import Facts

_TIME_HINT = "write it as ISO 8601, such as 2026-01-31 or 2026-01-31T09:30:00Z"
_TYPE_HINTS = {
    Type.NUMBER: "a number is written as 50, 1200.5 or 1e6",
    Type.BOOLEAN: "a boolean is written as true, false, yes, no, 1 or 0",
    Type.TIME: f"a time is written as ISO 8601, such as {'2026-01-31T09:30:00Z'}",
}
_MANY_VALUES = 5
_MANY_FIELDS = 20


@dataclass(frozen=True)
class _Check:
    """Rows of `TABLE_read` for which `where` holds are worth a finding; `example` is what to show of them."""

    kind: str
    column: str | None
    where: str
    message: Callable[[int], str]
    example: str | None = None


def all_of(facts: Facts, bound: Mapping[str, Bound], opened: Iterable[Finding]) -> Iterator[Finding]:
    """Every finding, from the files to the single values."""
    yield from opened
    given = [table for table in TABLES if bound[table].given]
    for table in given:
        yield from _matched(bound[table])
        yield from _rows(facts, bound[table])
    if bound["traits"].given:
        yield from _traits_by_field(facts, bound["traits"])
    yield from across.all_of(facts, bound)


def _matched(bound: Bound) -> Iterator[Finding]:
    for given, ours in bound.loose:
        message = f"the column `{given}` of {bound.label} was taken for `{ours}`"
        yield Finding("matched_column", bound.table, given, 1, message)


def _rows(facts: Facts, bound: Bound) -> Iterator[Finding]:
    checks = [*_left_out(bound), *_unreadable(bound), *_values(facts, bound)]
    counts = ", ".join(f"count(*) FILTER ({check.where})" for check in checks)
    found = facts.connection.execute(f"SELECT count(*), {counts} FROM {bound.table}_read").fetchall()[0]
    if not found[0]:
        yield Finding("no_rows", bound.table, None, 0, f"{bound.label} has a header and no rows")
    for check, count in zip(checks, found[1:], strict=True):
        if count:
            examples = _examples(facts, f"{bound.table}_read", check)
            yield Finding(check.kind, bound.table, check.column, count, check.message(count), examples)


def _examples(facts: Facts, relation: str, check: _Check) -> tuple[str, ...]:
    if check.example is None:
        return ()
    rows = facts.connection.execute(
        f"SELECT DISTINCT CAST({check.example} AS VARCHAR) AS example FROM {relation} "
        f"WHERE {check.where} ORDER BY example LIMIT 3"
    ).fetchall()
    return examples_of(value for (value,) in rows)


def _left_out(bound: Bound) -> Iterator[_Check]:
    """Rows that lack what a fact needs."""
    ours = {"lead_id": "lead_id", "event": "event", "field": "field", "t": "occurred_at"}
    for cell in bound.required:
        where = f"{cell} IS NULL" + (" AND bad_t IS NULL" if cell == "t" else "")

        def missing(count: int, name: str = ours[cell]) -> str:
            left = counted(count, "row is", "rows are")
            return f"{left} left out of {bound.label}: no `{name}` in {'it' if count == 1 else 'them'}"

        yield _Check("left_out", ours[cell], where, missing)


def _unreadable(bound: Bound) -> Iterator[_Check]:
    """Cells of our own columns that do not read as what they must be."""
    if bound.table == "leads":
        yield _bad(
            bound,
            "bad_t",
            "created_at",
            f"does not read as a time, so values hold from always; {_TIME_HINT}",
        )
        return
    why = "numbers are not read as times" if bound.numeric_time else "does not read as a time"
    yield _bad(bound, "bad_t", "occurred_at", f"{why}, so the row is left out; {_TIME_HINT}", "left_out")
    if bound.table == "traits":
        yield _bad(bound, "bad_confidence", "confidence", "is no number from 0 to 1 and is read as empty")
    if bound.table == "events":
        yield _bad(bound, "bad_void", "void", f"is read as not void; {_TYPE_HINTS[Type.BOOLEAN]}")
        yield _bad(bound, "bad_until", "until", f"does not read as a time and is read as empty; {_TIME_HINT}")
        yield _bad(bound, "bad_json", "properties", "is not a JSON object, so the event has no properties")
    if bound.made_ids:
        yield _Check(
            "made_event_ids", "event_id", "made_id",
            lambda n: f"{counted(n, 'event has', 'events have')} no `event_id`; one was made of its content: "
            "rows that are equal in every column count as one event",
        )  # fmt: skip


def _bad(bound: Bound, cell: str, name: str, what: str, kind: str = "unreadable") -> _Check:
    def message(count: int) -> str:
        return f"`{name}` of {counted(count, 'row')} of {bound.label}: {what}"

    return _Check(kind, name, f"{cell} IS NOT NULL", message, cell)


def _values(facts: Facts, bound: Bound) -> Iterator[_Check]:
    """Values of fields and properties that do not read as declared, or are none of the declared ones."""
    reads = {"leads": facts.reads.fields, "events": facts.reads.properties, "traits": ()}[bound.table]
    noun = "field" if bound.table == "leads" else "property"
    for read, column in zip(reads, bound.own, strict=True):
        for type_ in read.types:
            if wrong := _does_not_read(column.sql, column.kind, type_):
                yield _Check("unreadable", read.name, wrong, _misread(noun, read.name, type_), column.sql)
        allowed = facts.reads.allowed.get(read.name) if noun == "field" else None
        if allowed and column.kind == "text":
            yield _Check(
                "unlisted_value",
                read.name,
                _unlisted(column.sql, allowed),
                _other(read.name, allowed),
                column.sql,
            )


def _does_not_read(cell: str, kind: str, type_: Type) -> str | None:
    """The condition under which a value that is there is not one of its type; None where it always is."""
    if kind == "number":
        return f"NOT isfinite({cell})" if type_ is Type.NUMBER else None
    if kind != "text" or type_ is Type.TEXT:
        return None
    reads = {
        Type.NUMBER: sql.reads_as_number(cell),
        Type.BOOLEAN: sql.reads_as_boolean(cell),
        Type.TIME: f"({sql.micros_of_text(cell)}) IS NOT NULL",
    }[type_]
    return f"{cell} IS NOT NULL AND NOT {reads}"


def _misread(noun: str, name: str, type_: Type) -> Callable[[int], str]:
    def message(count: int) -> str:
        values = counted(count, "value")
        hint = _TYPE_HINTS[type_]
        return f"{values} of the {noun} `{name}` cannot be read as {type_} and count as empty; {hint}"

    return message


def _unlisted(cell: str, allowed: Iterable[str]) -> str:
    return f"{cell} NOT IN ({', '.join(sql.literal(value) for value in allowed)})"


def _other(name: str, allowed: Iterable[str]) -> Callable[[int], str]:
    known = list(allowed)
    listed = ", ".join(known[:_MANY_VALUES])
    if len(known) > _MANY_VALUES:
        listed += f" and {len(known) - _MANY_VALUES} more"
    return lambda count: (
        f"{counted(count, 'value')} of the field `{name}` outside those of the model: {listed}"
    )


def _traits_by_field(facts: Facts, bound: Bound) -> Iterator[Finding]:
    """The same for traits, where the field stands in the row."""
    checks = [(read.name, check) for read in facts.reads.fields for check in _trait_checks(facts, read)]
    cases = "".join(f", count(*) FILTER ({check.where})" for _, check in checks)
    rows = facts.connection.execute(
        f"SELECT field, count(*){cases} FROM traits GROUP BY field ORDER BY field"
    ).fetchall()
    declared = {read.name for read in facts.reads.declared}
    for field, _, *counts in rows:
        for (name, check), count in zip(checks, counts, strict=True):
            if name == field and count:
                yield Finding(
                    check.kind, "traits", name, count, check.message(count), _examples(facts, "traits", check)
                )
    yield from _undeclared([(field, count) for field, count, *_ in rows if field not in declared], declared)


def _trait_checks(facts: Facts, read: Read) -> Iterator[_Check]:
    of_field = f"field = {sql.literal(read.name)} AND "
    for type_ in read.types:
        if wrong := _does_not_read("value", "text", type_):
            yield _Check(
                "unreadable", read.name, of_field + wrong, _misread("field", read.name, type_), "value"
            )
    if allowed := facts.reads.allowed.get(read.name):
        where = of_field + _unlisted("value", allowed)
        yield _Check("unlisted_value", read.name, where, _other(read.name, allowed), "value")


def _undeclared(fields: list[tuple[str, int]], declared: set[str]) -> Iterator[Finding]:
    for field, count in fields[:_MANY_FIELDS]:
        traits = counted(count, "trait is", "traits are")
        message = f"{traits} not read: the field `{field}` is not in the model"
        yield Finding("undeclared_field", "traits", field, count, message + did_you_mean(field, declared))
    if rest := fields[_MANY_FIELDS:]:
        count = sum(n for _, n in rest)
        more = counted(len(rest), "further field")
        message = f"{counted(count, 'trait is', 'traits are')} not read: {more} not in the model"
        yield Finding(
            "undeclared_field", "traits", None, count, message, examples_of(field for field, _ in rest)
        )
