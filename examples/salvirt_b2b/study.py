"""How often do four yeses win, three, two? `python -m examples.salvirt_b2b.study DATA`."""

from __future__ import annotations

from pathlib import Path

import duckdb
from examples.figures import ROOT, Table, main, rate
from examples.salvirt_b2b.prepare import opportunities

from leadline.engine.assess import assess_facts
from leadline.engine.facts import Facts
from leadline.model import read_model
from leadline.model.values import read_time

PAGE = "docs/studies/salvirt_b2b.md"
AS_OF = read_time("2026-01-01")  # nothing is dated, so any instant gives the same
CRITERIA = ("budget", "authority", "need", "timeline")


def judged(data: Path) -> duckdb.DuckDBPyConnection:
    """A connection with `judged`: each opportunity's assessment, and whether it was won."""
    model = read_model(ROOT / "examples/salvirt_b2b/model.yaml")
    leads = opportunities(data).to_arrow_table()
    result = assess_facts(model, Facts.read(model, leads=leads), as_of=AS_OF)
    con = duckdb.connect()
    con.register("assessments", result.assessments)
    con.register("opportunities", leads)
    con.execute(
        "CREATE TABLE judged AS SELECT a.*, \"Status\" = 'Won' AS won "
        "FROM assessments a JOIN opportunities USING (lead_id)"
    )
    return con


def tables(data: Path) -> list[Table]:
    con = judged(data)
    return [
        Table("yeses", ["yeses", "opportunities", "won", "won, of them"],
              _rates(con, "yes_count", "ORDER BY 1 DESC")),
        Table("three yeses", ["three yeses, and the fourth", "opportunities", "won", "won, of them"],
              _rates(con, f"CASE {_the_other()} END", "ORDER BY 2 DESC, 1", "yes_count = 3")),
        Table("criteria", ["criterion and answer", "opportunities", "won", "won, of them"], [
            [f"{criterion}: {answer}", *figures]
            for criterion in CRITERIA
            for answer, *figures in _rates(
                con, criterion, "ORDER BY CASE k WHEN 'yes' THEN 0 WHEN 'no' THEN 1 ELSE 2 END"
            )
        ]),
    ]  # fmt: skip


def _the_other() -> str:
    return " ".join(f"WHEN {name} <> 'yes' THEN '{name} is ' || {name}" for name in CRITERIA)


def _rates(con: duckdb.DuckDBPyConnection, key: str, order: str, where: str = "true") -> list[list[str]]:
    rows = con.execute(
        f"SELECT {key} AS k, count(*), count(*) FILTER (won) FROM judged WHERE {where} GROUP BY k {order}"
    ).fetchall()
    return [[str(value), f"{count:,}", f"{won:,}", rate(won, count)] for value, count, won in rows]


if __name__ == "__main__":
    main(tables, PAGE)
