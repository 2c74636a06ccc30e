"""Examples from any table with an outcome: a CSV, a workbook, a data frame."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from leadline.engine.facts import FactsError, Finding, loosely
from leadline.engine.facts import values_sql as sql
from leadline.engine.facts.finding import counted
from leadline.engine.facts.sources import Source
from leadline.learn.examples import Examples
from leadline.learn.inputs import Inputs
from leadline.learn.judged import KEPT, Judged
from leadline.learn.kinds import Kind, kind_of
from leadline.learn.leaks import Suspect, suspects
from leadline.learn.opening import RAW, Asked, count, opened
from leadline.starter import guesses


@dataclass(frozen=True)
class ColumnUse:
    """What was made of a column: its kind and why, and whether it is learned from and if not, why not."""

    column: str
    kind: str
    why: str
    learned: bool
    why_not: str | None = None
    inputs: tuple[str, ...] = ()
    filled: int = 0
    distinct: int = 0


@dataclass(frozen=True)
class Plain:
    """A table as it is learned from: its examples, what was made of each column, and what was noticed.

    `refused` are the columns that seem to give the answer away, each with its reasons; none of their inputs
    is among the examples.
    """

    examples: Examples
    columns: tuple[ColumnUse, ...]
    findings: tuple[Finding, ...]
    refused: tuple[Suspect, ...] = ()


def examples_from_table(
    source: Any,
    *,
    outcome: str,
    won: str | Sequence[str] | None = None,
    time: str | None = None,
    id: str | None = None,  # noqa: A002 - the word that people look for
    keep: Iterable[str] = (),
    drop: Iterable[str] = (),
    groups: Iterable[str] = (),
    horizon: int | None = None,
    until: int | None = None,
) -> Plain:
    """Read a table with one row a lead and an outcome, as examples to learn from.

    `source` is a path (CSV, TSV, JSON, JSON Lines, Parquet, Excel), a pandas or polars DataFrame, an Arrow
    table, a DuckDB relation, or a list of dicts. `outcome` is its column that says what became of the lead;
    `won` the value (or values) that mean won, where that is not clear. Where the outcome is a date, those
    who have one won then. `time` is the column with the moment at which the lead is to be judged; `id` the
    one that names it. Columns that seem to give the answer away are refused, but for those in `keep`;
    those in `drop` are not learned from. `groups` are kept beside, to look at results by group.

    With a `horizon` (microseconds) leads for whom less than that has passed by `until` (microseconds; else
    the last moment seen) are left out, and so are all whose moment lies after `until`. Rows without an
    outcome, or with one that is not decided yet, are left out and counted.

    Raises FactsError where the table cannot be read, has no such column, or holds but one outcome.

    >>> plain = examples_from_table(
    ...     [{"plan": "pro", "won": "yes"}, {"plan": "free", "won": "no"}, {"plan": "pro", "won": ""}],
    ...     outcome="won")
    >>> len(plain.examples), dict(plain.examples.left_out)
    (2, {'no outcome': 1})
    """
    asked = Asked(
        outcome, won, time, id, frozenset(keep), frozenset(drop), tuple(groups), horizon, until
    )  # fmt: skip
    if horizon is not None and (horizon <= 0 or time is None):
        raise FactsError("a horizon must be longer than nothing, and needs `time`, the moment it begins")
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        table, findings = opened(con, source, Path(folder))
        return _Reading(con, table, asked.resolved(table), findings).plain()


class _Reading:
    """The columns of a table whose rows are judged."""

    def __init__(self, con: duckdb.DuckDBPyConnection, source: Source, asked: Asked, findings: list[Finding]):
        self.con, self.asked = con, asked
        rows = count(con, f"SELECT count(*) FROM {RAW}")
        if not rows:
            raise FactsError(f"{source.label} has no rows: there is nothing to learn from")
        self.raw = {c.name: c for c in source.columns if guesses.is_nameable(c.name)}
        self.judged = Judged(con, self.raw, rows, asked)
        self.kept = count(con, f"SELECT count(*) FROM {KEPT}")
        self.findings = findings + self.judged.findings

    def plain(self) -> Plain:
        special = {self.asked.outcome, self.asked.time, self.asked.id}
        kinds = [kind_of(self.con, KEPT, c, self.kept) for c in self.raw.values()]
        inputs = Inputs(self.con, KEPT, "leadline_at" if self.judged.timed else None)
        uses: list[ColumnUse] = []
        for kind in kinds:
            self._note(kind)
            why_not = self._special(kind) if kind.column.name in special else self._reason(kind)
            names = () if why_not else inputs.add(kind)
            why_not = why_not or (None if names else "no word in it is frequent enough")
            uses.append(
                ColumnUse(
                    kind.column.name,
                    kind.kind,
                    kind.why,
                    not why_not,
                    why_not,
                    names,
                    kind.filled,
                    kind.distinct,
                )
            )
        self._duplicates()
        examples = self._examples(inputs, self.judged.timed)
        return self._guarded(examples, uses)

    def _duplicates(self) -> None:
        cells = ", ".join(c.sql for c in self.raw.values())
        n = count(
            self.con,
            f"SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM {KEPT} GROUP BY {cells})",
        )
        if n:
            message = (
                f"{counted(n, 'row is', 'rows are')} the same as another in every column: "
                "they may stand on both sides of a split, which flatters what is measured"
            )
            self._say("duplicates", None, n, message)
        if self.asked.id:
            column = self.raw[self.asked.id]
            n = count(self.con, f"SELECT count({column.sql}) - count(DISTINCT {column.sql}) FROM {KEPT}")
            if n:
                self._say(
                    "duplicate_ids",
                    column.name,
                    n,
                    f"{counted(n, 'row has', 'rows have')} an id in `{column.name}` that another row has too",
                )

    # --- columns ---

    def _special(self, kind: Kind) -> str:
        name = kind.column.name
        if name == self.asked.outcome:
            return "it is the outcome"
        return "it is the moment" if name == self.asked.time else "it names the lead"

    def _reason(self, kind: Kind) -> str | None:
        """Why a column is not learned from, if it is not."""
        if kind.column.name in self.asked.drop:
            return "it was to be dropped"
        if kind.kind == "time" and self.asked.time is None:
            return "a date says something only from a moment on: name the column of the moment with `time`"
        said = {
            "empty": "no row has a value",
            "constant": "it tells nobody apart",
            "id": "it names rows, and says nothing of others",
            "personal": "it is about a person, and says nothing of others",
        }
        if kind.kind == "constant" or kind.column.name not in self.asked.keep:
            return said.get(kind.kind)
        return said.get(kind.kind) if kind.kind == "empty" else None

    def _note(self, kind: Kind) -> None:
        name = kind.column.name
        if name in (self.asked.outcome, self.asked.time):
            return
        if kind.stand_ins:
            words = (
                ", ".join(f"`{e}`" for e in kind.examples if not kind.unread) or "words in place of an answer"
            )
            self._say(
                "placeholder",
                name,
                kind.stand_ins,
                f"`{name}`: {words} in {counted(kind.stand_ins, 'row')} is taken as not answered",
                kind.examples,
            )
        if kind.unread:
            self._say(
                "unread",
                name,
                kind.unread,
                f"`{name}`: {counted(kind.unread, 'value')} could not be read as {kind.kind} "
                f"and {'is' if kind.unread == 1 else 'are'} missing",
                kind.examples,
            )
        if kind.loose:
            self._say(
                "loosely_written",
                name,
                kind.filled,
                f"`{name}`: {kind.why}; a model reads such values only once they are written plainly",
            )

    def _examples(self, inputs: Inputs, timed: bool) -> Examples:
        features = inputs.table()
        base = self.con.sql(
            f"SELECT leadline_won, leadline_at FROM {KEPT} ORDER BY leadline_row"
        ).to_arrow_table()
        return Examples(
            features=features,
            inputs=tuple(inputs.inputs),
            fields=tuple(inputs.fields),
            won=np.asarray(base["leadline_won"].to_pylist(), dtype=bool),
            goal=self._goal(),
            at=base["leadline_at"].to_numpy().astype(np.int64) if timed else None,
            ids=self._texts([self.asked.id])[self.asked.id].combine_chunks() if self.asked.id else None,
            horizon=self.asked.horizon,
            left_out=dict(self.judged.left_out),
            beside=self._texts(self.asked.groups) if self.asked.groups else None,
        )

    def _goal(self) -> str:
        said = self.asked.won
        if said is None:
            return self.asked.outcome
        return f"{self.asked.outcome}: {said if isinstance(said, str) else ', '.join(map(str, said))}"

    def _texts(self, names: Sequence[str | None]) -> pa.Table:
        columns = [self.raw[n] for n in names if n is not None]
        cells = ", ".join(
            f"{loosely.said(sql.as_text(c.sql, c.type))} AS {sql.identifier(c.name)}" for c in columns
        )
        return self.con.sql(f"SELECT {cells} FROM {KEPT} ORDER BY leadline_row").to_arrow_table()

    def _guarded(self, examples: Examples, uses: list[ColumnUse]) -> Plain:
        found = tuple(s for s in suspects(examples) if s.column not in self.asked.keep)
        why = {s.column: s for s in found}
        told_uses = tuple(
            replace(u, learned=False, why_not=f"it may give the answer away: {why[u.column].reason}")
            if u.learned and u.column in why
            else u
            for u in uses
        )
        refused = {name for u in uses if u.column in why for name in u.inputs}
        examples = examples.without(refused)
        used = {u.column for u in told_uses if u.learned}
        examples = replace(examples, fields=tuple(f for f in examples.fields if (f.column or f.name) in used))
        return Plain(examples, told_uses, tuple(self.findings), found)

    def _say(
        self, kind: str, column: str | None, count: int, message: str, examples: tuple[str, ...] = ()
    ) -> None:
        self.findings.append(Finding(kind, "leads", column, count, message, examples))
