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
from leadline.engine.facts.errors import told
from leadline.engine.facts.finding import counted
from leadline.engine.facts.part import Workshop
from leadline.engine.facts.sources import Source, open_source
from leadline.learn.examples import Examples
from leadline.learn.inputs import Inputs
from leadline.learn.kinds import Kind, kind_of
from leadline.learn.leaks import Suspect, suspects
from leadline.learn.outcome import listed, meaning_of
from leadline.model.errors import did_you_mean
from leadline.model.values import DAY, time_text
from leadline.starter import guesses

RAW = "leadline_raw"
KEPT = "leadline_kept"


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
    id: str | None = None,
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
    asked = _Asked(
        outcome, won, time, id, frozenset(keep), frozenset(drop), tuple(groups), horizon, until
    )  # fmt: skip
    if horizon is not None and (horizon <= 0 or time is None):
        raise FactsError("a horizon must be longer than nothing, and needs `time`, the moment it begins")
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        opened, findings = _opened(con, source, Path(folder))
        return _Reading(con, opened, asked.resolved(opened), findings).plain()


@dataclass(frozen=True)
class _Asked:
    outcome: str
    won: str | Sequence[str] | None
    time: str | None
    id: str | None
    keep: frozenset[str]
    drop: frozenset[str]
    groups: tuple[str, ...]
    horizon: int | None
    until: int | None

    def resolved(self, source: Source) -> _Asked:
        """With the columns' own names; FactsError where one is not there."""

        def named(name: str | None) -> str | None:
            return None if name is None else _column(source, name)

        return replace(
            self,
            outcome=_column(source, self.outcome),
            time=named(self.time),
            id=named(self.id),
            keep=frozenset(_column(source, n) for n in self.keep),
            drop=frozenset(_column(source, n) for n in self.drop),
            groups=tuple(_column(source, n) for n in self.groups),
        )


def _column(source: Source, name: str) -> str:
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


def _opened(con: duckdb.DuckDBPyConnection, given: Any, folder: Path) -> tuple[Source, list[Finding]]:
    """The table in the connection, under RAW, and what reading it showed."""
    source = open_source(given, "leads", Workshop(con, folder))
    with told(f"{source.label} could not be read to its end: it is broken, or changes while it is read"):
        con.execute(
            f"CREATE TEMP TABLE {RAW} AS SELECT *, row_number() OVER () AS leadline_row FROM ({source.sql})"
        )
    rows = _one(con, f"SELECT count(*) FROM {RAW}")
    lines = sum(part.lines for part in source.parts)
    findings = [f for part in source.parts for f in part.findings]
    for part in source.parts:
        findings += part.after(lines > rows) if part.after else []
    return source, findings


def _one(con: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(con.execute(query).fetchall()[0][0] or 0)


class _Reading:
    """One table on its way to examples."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, source: Source, asked: _Asked, findings: list[Finding]
    ):
        self.con, self.source, self.asked, self.findings = con, source, asked, findings
        self.rows = _one(con, f"SELECT count(*) FROM {RAW}")
        self.left_out: dict[str, int] = {}
        if not self.rows:
            raise FactsError(f"{source.label} has no rows: there is nothing to learn from")
        self.raw = {c.name: c for c in source.columns if guesses.is_nameable(c.name)}

    def plain(self) -> Plain:
        won, moment = self._outcome(), self._moment()
        self._keep(won, moment)
        special = {self.asked.outcome, self.asked.time, self.asked.id}
        kinds = [kind_of(self.con, KEPT, c, self.kept) for c in self.raw.values()]
        inputs = Inputs(self.con, KEPT, "leadline_at" if moment is not None else None)
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
        examples = self._examples(inputs, moment is not None)
        return self._guarded(examples, uses)

    # --- rows ---

    def _outcome(self) -> str:
        """SQL of the outcome: true, false, or null where there is none. `leadline_won_at` where it is a date."""
        column = self.raw[self.asked.outcome]
        text = loosely.said(sql.as_text(column.sql, column.type))
        kind = kind_of(self.con, RAW, column, self.rows)
        if kind.kind == "time" and self.asked.won is None:
            return self._outcome_by_date(kind)
        counts = self.con.execute(
            f"SELECT trim({text}) AS v, count(*) AS n FROM {RAW} WHERE ({text}) IS NOT NULL GROUP BY v ORDER BY n DESC, v"
        ).fetchall()
        if not counts:
            raise FactsError(
                f"`{column.name}` is empty in all {self.rows:,} rows: there is no outcome to learn from"
            )
        if len(counts) > 1000:
            raise FactsError(
                f"`{column.name}` has {len(counts):,} different values: an outcome has two, such as won and lost"
            )
        means = meaning_of(column.name, counts, self.asked.won)
        amount = dict(counts)
        undecided = sum(amount[v] for v in means.open)
        none = self.rows - sum(amount.values())
        if none:
            self.left_out["no outcome"] = none
        if undecided:
            self.left_out["not decided yet: " + ", ".join(means.open[:5])] = undecided
        if not means.lost or not means.won:
            raise FactsError(
                f"all rows with an outcome have the same one in `{column.name}`: {listed(counts)}. "
                "It takes both won and lost to learn what tells them apart"
            )
        self._say("outcome", column.name, self.rows - none, self._said_outcome(means, amount))
        is_won, is_lost = (", ".join(sql.literal(v) for v in some) for some in (means.won, means.lost))
        return (
            f"CASE WHEN trim({text}) IN ({is_won}) THEN true WHEN trim({text}) IN ({is_lost}) THEN false END"
        )

    def _said_outcome(self, means: Any, amount: dict[str, int]) -> str:
        parts = [
            f"{noun}: " + ", ".join(f"`{v}` ({amount[v]:,})" for v in some[:5])
            for noun, some in (
                ("won", means.won),
                ("lost", means.lost),
                ("left out as not decided", means.open),
            )
            if some
        ]
        return f"`{self.asked.outcome}`: {'; '.join(parts)} ({means.why})"

    def _outcome_by_date(self, kind: Kind) -> str:
        """Won are those who have a date; within the horizon, where there is one."""
        filled = kind.filled
        self._say(
            "outcome", kind.column.name, filled,
            f"`{kind.column.name}` is a date: {filled:,} rows that have one won then, {self.rows - filled:,} without did not",
        )  # fmt: skip
        self.won_at = kind.value
        return f"(({kind.value}) IS NOT NULL)"

    won_at: str | None = None

    def _moment(self) -> str | None:
        if self.asked.time is None:
            return None
        kind = kind_of(self.con, RAW, self.raw[self.asked.time], self.rows)
        if kind.kind == "time":
            return kind.value
        if kind.kind == "constant" and kind.distinct == 1:
            return sql.micros_of_text(sql.as_text(kind.column.sql, kind.column.type))
        raise FactsError(
            f"`{self.asked.time}` is no time: {kind.why}. Write moments as 2026-01-31 or 2026-01-31T09:00"
        )

    def _keep(self, won: str, moment: str | None) -> None:
        """KEPT has the rows that are learned from, with `leadline_won` and `leadline_at`."""
        at = moment or "CAST(NULL AS BIGINT)"
        goal = self.won_at or "CAST(NULL AS BIGINT)"
        self.con.execute(
            f"CREATE TEMP TABLE leadline_judged AS SELECT *, {won} AS leadline_won, {at} AS leadline_at, "
            f"{goal} AS leadline_won_at FROM {RAW}"
        )
        keeps = ["leadline_won IS NOT NULL"]
        if moment is not None:
            keeps.append(
                self._leave(
                    "no moment", f"`{self.asked.time}` is empty or no date", "leadline_at IS NOT NULL", keeps
                )
            )
            keeps += self._in_time(keeps)
        self.con.execute(
            f"CREATE TEMP TABLE {KEPT} AS SELECT * FROM leadline_judged WHERE {' AND '.join(keeps)}"
        )
        self.kept = _one(self.con, f"SELECT count(*) FROM {KEPT}")
        if self.won_at and self.asked.horizon:
            self.con.execute(
                f"UPDATE {KEPT} SET leadline_won = leadline_won AND leadline_won_at <= leadline_at + {self.asked.horizon}"
            )
        winners = _one(self.con, f"SELECT count(*) FROM {KEPT} WHERE leadline_won")
        if winners in (0, self.kept):
            left = "; ".join(f"{why}: {n:,}" for why, n in self.left_out.items())
            raise FactsError(
                f"of {counted(self.kept, 'row')} to learn from {winners:,} won: it takes both won and lost"
                + (f". Left out were {left}" if left else "")
            )

    def _in_time(self, keeps: list[str]) -> list[str]:
        found: list[str] = []
        if self.asked.until is not None:
            later = f"leadline_at > {self.asked.until}"
            n = _one(
                self.con, f"SELECT count(*) FROM leadline_judged WHERE {' AND '.join(keeps)} AND {later}"
            )
            if n:
                when = time_text(self.asked.until)
                found.append(
                    self._leave(
                        "in the future", f"a `{self.asked.time}` after {when}", f"NOT ({later})", keeps
                    )
                )
        if self.won_at:
            before = "leadline_won_at IS NOT NULL AND leadline_won_at < leadline_at"
            found.append(
                self._leave(
                    "won before its moment",
                    "won before the moment at which it is judged",
                    f"NOT ({before})",
                    [*keeps, *found],
                )
            )
        if self.asked.horizon is None:
            return found
        until = self.asked.until
        if until is None:
            until = _one(
                self.con, "SELECT greatest(max(leadline_at), max(leadline_won_at)) FROM leadline_judged"
            )
            self._say(
                "until",
                self.asked.time,
                self.kept_so_far([*keeps, *found]),
                f"what became of leads is taken as known until {time_text(until)}, the last moment in the table",
            )
        still = f"leadline_at + {self.asked.horizon} > {until}"
        days = self.asked.horizon / DAY
        found.append(
            self._leave(
                "horizon still open",
                f"less than {days:g} days have passed since `{self.asked.time}`",
                f"NOT ({still})",
                [*keeps, *found],
            )
        )
        return found

    def kept_so_far(self, keeps: list[str]) -> int:
        return _one(self.con, f"SELECT count(*) FROM leadline_judged WHERE {' AND '.join(keeps)}")

    def _leave(self, why: str, words: str, condition: str, keeps: list[str]) -> str:
        """Count the rows that a condition leaves out of those kept so far, and say so."""
        n = _one(
            self.con,
            f"SELECT count(*) FROM leadline_judged WHERE {' AND '.join(keeps)} AND NOT ({condition})",
        )
        if n:
            self.left_out[why] = n
            self._say("left_out", self.asked.time, n, f"{counted(n, 'row is', 'rows are')} left out: {words}")
        return f"({condition})"

    def _duplicates(self) -> None:
        cells = ", ".join(c.sql for c in self.raw.values())
        n = _one(
            self.con,
            f"SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM {KEPT} GROUP BY {cells})",
        )
        if n:
            message = f"{counted(n, 'row is', 'rows are')} the same as another in every column: they may stand on both sides of a split, which flatters what is measured"
            self._say("duplicates", None, n, message)
        if self.asked.id:
            column = self.raw[self.asked.id]
            n = _one(self.con, f"SELECT count({column.sql}) - count(DISTINCT {column.sql}) FROM {KEPT}")
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
                f"`{name}`: {counted(kind.unread, 'value')} could not be read as {kind.kind} and {'is' if kind.unread == 1 else 'are'} missing",
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
            left_out=dict(self.left_out),
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
