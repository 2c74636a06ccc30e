"""Somebody's table, opened to be learned from: what was asked of it, and its columns by their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from leadline.engine.facts import FactsError, Finding
from leadline.engine.facts.errors import told
from leadline.engine.facts.part import Workshop
from leadline.engine.facts.sources import Source, open_source
from leadline.model.errors import did_you_mean
from leadline.starter import guesses

RAW = "leadline_raw"


@dataclass(frozen=True)
class Asked:
    """What was asked of a table."""

    outcome: str
    won: str | Sequence[str] | None
    time: str | None
    id: str | None
    keep: frozenset[str]
    drop: frozenset[str]
    groups: tuple[str, ...]
    horizon: int | None
    until: int | None

    def resolved(self, source: Source) -> Asked:
        """With the columns' own names; FactsError where one is not there."""

        def named(name: str | None) -> str | None:
            return None if name is None else column_named(source, name)

        return replace(
            self,
            outcome=column_named(source, self.outcome),
            time=named(self.time),
            id=named(self.id),
            keep=frozenset(column_named(source, n) for n in self.keep),
            drop=frozenset(column_named(source, n) for n in self.drop),
            groups=tuple(column_named(source, n) for n in self.groups),
        )


def column_named(source: Source, name: str) -> str:
    names = [c.name for c in source.columns]
    if name in names:
        return name
    near = [n for n in names if guesses.plain(n) == guesses.plain(name)]
    if len(near) == 1:
        return near[0]
    shown = ", ".join(f"`{n}`" for n in names[:30]) + (
        f" and {len(names) - 30} more" if len(names) > 30 else ""
    )
    raise FactsError(
        f"{source.label} has no column `{name}`{did_you_mean(name, names)}; its columns are {shown or 'none'}"
    )


def opened(con: duckdb.DuckDBPyConnection, given: Any, folder: Path) -> tuple[Source, list[Finding]]:
    """The table in the connection, under RAW, and what reading it showed."""
    source = open_source(given, "leads", Workshop(con, folder))
    with told(f"{source.label} could not be read to its end: it is broken, or changes while it is read"):
        con.execute(
            f"CREATE TEMP TABLE {RAW} AS SELECT *, row_number() OVER () AS leadline_row FROM ({source.sql})"
        )
    rows = count(con, f"SELECT count(*) FROM {RAW}")
    lines = sum(part.lines for part in source.parts)
    findings = [f for part in source.parts for f in part.findings]
    for part in source.parts:
        findings += part.after(lines > rows) if part.after else []
    return source, findings


def count(con: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(con.execute(query).fetchall()[0][0] or 0)
