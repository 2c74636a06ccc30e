"""What every reader gives, and what it needs for that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import duckdb

from leadline.engine.facts.columns import RawColumn
from leadline.engine.facts.finding import Finding


@dataclass
class Workshop:
    """The connection that reads, a scratch folder, numbers for names."""

    con: duckdb.DuckDBPyConnection
    folder: Path
    numbers: count[int] = field(default_factory=count)

    def name(self, stem: str) -> str:
        return f"leadline_{stem}_{next(self.numbers)}"


@dataclass
class Part:
    """Some rows: SQL that gives them in columns c0, c1 …, and the columns' own names and types."""

    sql: str
    columns: tuple[RawColumn, ...]
    lazy: bool  # it may be scanned many times
    size: int  # bytes, roughly
    findings: list[Finding] = field(default_factory=list)
    sure: frozenset[str] = frozenset()  # columns in which every cell is there and readable
    lines: int = 0  # that could be rows; 0 where rows are no lines
    after: Callable[[bool], list[Finding]] | None = None
    """What only reading shows: to be called when all was read once, and told whether lines are missing."""
