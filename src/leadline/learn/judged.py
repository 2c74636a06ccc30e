"""Which rows of a table are learned from: those with an outcome, a moment, and time enough between."""

from __future__ import annotations

import duckdb

from leadline.engine.facts import FactsError, Finding, loosely
from leadline.engine.facts import values_sql as sql
from leadline.engine.facts.columns import RawColumn
from leadline.engine.facts.finding import counted
from leadline.learn.kinds import Kind, kind_of
from leadline.learn.opening import RAW, Asked, count
from leadline.learn.outcome import Meaning, listed, meaning_of
from leadline.model.values import DAY, time_text

KEPT = "leadline_kept"
JUDGED = "leadline_judged"


class Judged:
    """The rows of RAW that can be learned from, as KEPT with `leadline_won` and `leadline_at`.

    `left_out` counts the others by reason, `findings` says so in words.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, raw: dict[str, RawColumn], rows: int, asked: Asked):
        self.con, self.raw, self.rows, self.asked = con, raw, rows, asked
        self.left_out: dict[str, int] = {}
        self.findings: list[Finding] = []
        self.won_at: str | None = None  # SQL of the instant of winning, where the outcome is a date
        won = self._outcome()
        self.timed = asked.time is not None
        self._keep(won, self._moment())

    def _outcome(self) -> str:
        """SQL of the outcome: true, false, or null where there is none."""
        column = self.raw[self.asked.outcome]
        text = loosely.said(sql.as_text(column.sql, column.type))
        kind = kind_of(self.con, RAW, column, self.rows)
        if kind.kind == "time" and self.asked.won is None:
            return self._outcome_by_date(kind)
        counts = self.con.execute(
            f"SELECT trim({text}) AS v, count(*) AS n FROM {RAW} WHERE ({text}) IS NOT NULL "
            "GROUP BY v ORDER BY n DESC, v"
        ).fetchall()
        if not counts:
            raise FactsError(
                f"`{column.name}` is empty in all {self.rows:,} rows: there is no outcome to learn from"
            )
        if len(counts) > 1000:
            raise FactsError(
                f"`{column.name}` has {len(counts):,} different values: an outcome has two, "
                "such as won and lost"
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

    def _said_outcome(self, means: Meaning, amount: dict[str, int]) -> str:
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
            f"`{kind.column.name}` is a date: {filled:,} rows that have one won then, "
            f"{self.rows - filled:,} without did not",
        )  # fmt: skip
        self.won_at = kind.value
        return f"(({kind.value}) IS NOT NULL)"

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
            f"CREATE TEMP TABLE {JUDGED} AS SELECT *, {won} AS leadline_won, {at} AS leadline_at, "
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
        self.con.execute(f"CREATE TEMP TABLE {KEPT} AS SELECT * FROM {JUDGED} WHERE {' AND '.join(keeps)}")
        self.kept = count(self.con, f"SELECT count(*) FROM {KEPT}")
        if self.won_at and self.asked.horizon:
            self.con.execute(
                f"UPDATE {KEPT} SET leadline_won = leadline_won "
                f"AND leadline_won_at <= leadline_at + {self.asked.horizon}"
            )
        winners = count(self.con, f"SELECT count(*) FROM {KEPT} WHERE leadline_won")
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
            n = count(self.con, f"SELECT count(*) FROM {JUDGED} WHERE {' AND '.join(keeps)} AND {later}")
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
            until = count(self.con, f"SELECT greatest(max(leadline_at), max(leadline_won_at)) FROM {JUDGED}")
            self._say(
                "until",
                self.asked.time,
                self._so_far([*keeps, *found]),
                f"what became of leads is taken as known until {time_text(until)}, the last moment in "
                "the table, since no `until` was given",
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

    def _so_far(self, keeps: list[str]) -> int:
        return count(self.con, f"SELECT count(*) FROM {JUDGED} WHERE {' AND '.join(keeps)}")

    def _leave(self, why: str, words: str, condition: str, keeps: list[str]) -> str:
        """Count the rows that a condition leaves out of those kept so far, and say so."""
        n = count(
            self.con,
            f"SELECT count(*) FROM {JUDGED} WHERE {' AND '.join(keeps)} AND NOT ({condition})",
        )
        if n:
            self.left_out[why] = n
            self._say("left_out", self.asked.time, n, f"{counted(n, 'row is', 'rows are')} left out: {words}")
        return f"({condition})"

    def _say(self, kind: str, column: str | None, count: int, message: str) -> None:
        self.findings.append(Finding(kind, "leads", column, count, message))
