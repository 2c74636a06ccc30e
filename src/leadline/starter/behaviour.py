"""What stands in a file of events: which there are, and which pages, forms or names they are of."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from leadline.engine.facts.columns import Mappings, Matcher
from leadline.engine.facts.values_sql import as_text
from leadline.starter import guesses
from leadline.starter.profile import open_table

MOST_EVENTS = 20
MOST_PARTS = 12
SHARE = 0.005  # of an event's rows, for a page or a name to be shown


@dataclass(frozen=True)
class Part:
    """A page's first step (`/pricing`) or a name (`demo`) of an event."""

    property: str
    value: str
    count: int


@dataclass(frozen=True)
class Kind:
    """An event by its name, how often it stands, of how many leads, and what it consists of."""

    event: str
    count: int
    leads: int
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Behaviour:
    """The events of a file, the most frequent first, and the mappings without which it does not read."""

    label: str
    rows: int
    kinds: tuple[Kind, ...]
    more: int
    mappings: tuple[str, ...]
    value_property: str | None  # a number that an outcome carries


def behaviour_of(given: Any, mapping: list[str]) -> Behaviour:
    """The profile of a file of events. Raises FactsError where it cannot be read."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        source = open_table(given, "events", connection, Path(folder))
        mappings = [*mapping, *_needed(source.columns, Mappings(mapping))]
        matcher = Matcher("events", source.label, source.columns, Mappings(mappings))
        lead, event = matcher.needed("lead_id"), matcher.needed("event")
        parts = {
            name: column for name in ("path", "name") if (column := matcher.columns.get(name)) is not None
        }
        cells = [as_text(column.sql, column.type) for column in (lead, event, *parts.values())]
        names = ["lead_id", "event", *parts]
        listed = ", ".join(f"{cell} AS {name}" for cell, name in zip(cells, names, strict=True))
        connection.execute(f"CREATE TEMP TABLE kinds AS SELECT {listed} FROM events_raw")
        rows = connection.execute(
            "SELECT event, count(*) AS n, count(DISTINCT lead_id) FROM kinds WHERE event IS NOT NULL "
            "GROUP BY event ORDER BY n DESC, event"
        ).fetchall()
        shown = [row for row in rows if guesses.is_nameable(row[0])][:MOST_EVENTS]
        kinds = tuple(
            Kind(name, count, leads, _parts(connection, name, count, tuple(parts)))
            for name, count, leads in shown
        )
    value = guesses.find(matcher.columns, ("amount", "value", "price", "revenue", "total"))
    total = sum(count for _, count, _ in rows)
    return Behaviour(source.label, total, kinds, len(rows) - len(kinds), tuple(mappings), value)


def _needed(columns: Any, given: Mappings) -> list[str]:
    """Mappings for the columns that an event needs, where they have other names."""
    names = [c.name for c in columns if c.name.strip()]
    found = {
        "lead_id": guesses.lead_column(names),
        "event": guesses.event_column(names),
        "occurred_at": guesses.time_column(names),
    }
    loose = {guesses.plain(name).replace("_", "") for name in names}
    return [
        f"events.{ours}={theirs}"
        for ours, theirs in found.items()
        if theirs and ours.replace("_", "") not in loose and given.source("events", ours) is None
    ]


def _parts(
    connection: duckdb.DuckDBPyConnection, event: str, count: int, properties: tuple[str, ...]
) -> tuple[Part, ...]:
    """The first step of paths, or else the names, that a fair share of the event's rows have."""
    if not guesses.is_told_apart(event):
        return ()
    cells = {"path": "regexp_extract(path, '^(/[^/?#]*)')", "name": "name"}
    first = "name" if guesses.is_form(event) else "path"
    for name in sorted(properties, key=lambda name: name != first):
        rows = connection.execute(
            f"SELECT {cells[name]} AS v, count(*) AS n FROM kinds WHERE event = ? AND {name} IS NOT NULL "
            "GROUP BY v HAVING v <> '' ORDER BY n DESC, v LIMIT ?",
            [event, MOST_PARTS],
        ).fetchall()
        fair = ((value, n) for value, n in rows if n >= SHARE * count and len(value) <= 60)
        kept = tuple(Part(name, value, n) for value, n in fair if guesses.is_nameable(value))
        if kept:
            return kept
    return ()
