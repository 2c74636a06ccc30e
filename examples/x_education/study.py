"""A points model by hand, on leads that it was not made from: `python -m examples.x_education.study DATA`."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
from examples.figures import ROOT, Table, auc, auc_interval, main, rate, top_tenth

from leadline.engine.assess import assess_facts
from leadline.engine.facts import Facts
from leadline.model import read_model
from leadline.model.values import read_time

PAGE = "docs/studies/x_education.md"
MAPPING = {"leads.lead_id": "Lead Number"}
AS_OF = read_time("2026-01-01")  # nothing is dated, so any instant gives the same
OLDER = 0.7  # the share of the leads on which the points were chosen


def facts_for(model: str, data: Path) -> Facts:
    return Facts.read(
        read_model(ROOT / "examples/x_education" / model), leads=data / "leads.csv", mapping=MAPPING
    )


def judged(model: str, data: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores, qualities and whether the lead converted, the oldest lead first."""
    facts = facts_for(model, data)
    result = assess_facts(facts.models[0], facts, as_of=AS_OF).assessments  # noqa: F841 (DuckDB reads it)
    rows = duckdb.execute(
        """
        SELECT fit + intent AS score, quality, "Converted" = '1' AS won
        FROM result JOIN read_csv(?, all_varchar = true) ON lead_id = "Lead Number"
        ORDER BY CAST(lead_id AS INTEGER)
        """,
        [str(data / "leads.csv")],
    ).fetchnumpy()
    return rows["score"], rows["quality"].astype(str), rows["won"].astype(bool)


def tables(data: Path) -> list[Table]:
    scores, qualities, won = judged("model.yaml", data)
    cut = int(len(won) * OLDER)
    parts = {"older 70 %": slice(0, cut), "newer 30 %": slice(cut, None), "all": slice(None)}
    doubtful, _, _ = judged("with-occupation.yaml", data)
    return [
        Table("quality", ["quality", *(f"{name}: converted" for name in parts)], [
            [quality, *(_converted(won[part][qualities[part] == quality]) for part in parts.values())]
            for quality in ("excellent", "good", "bad")
        ]),
        Table("ranking", ["", *parts], [
            ["leads", *(f"{len(won[part]):,}" for part in parts.values())],
            ["converted", *(rate(int(won[part].sum()), len(won[part])) for part in parts.values())],
            ["AUC", *(_auc(scores[part], won[part]) for part in parts.values())],
            ["converted in the top tenth", *(_top(scores[part], won[part]) for part in parts.values())],
            ["lift of the top tenth", *(_lift(scores[part], won[part]) for part in parts.values())],
            ["AUC with the occupation", *(_auc(doubtful[part], won[part]) for part in parts.values())],
            ["lift with the occupation", *(_lift(doubtful[part], won[part]) for part in parts.values())],
        ]),
    ]  # fmt: skip


def _converted(won: np.ndarray) -> str:
    return f"{int(won.sum()):,} of {len(won):,}: {rate(int(won.sum()), len(won))}"


def _auc(scores: np.ndarray, won: np.ndarray) -> str:
    low, high = auc_interval(scores, won)
    return f"{auc(scores, won):.3f} ({low:.3f}–{high:.3f})"


def _top(scores: np.ndarray, won: np.ndarray) -> str:
    found, size = top_tenth(scores, won)
    return f"{found:.1f} of {size:.1f}: {found / size:.1%}".replace("%", " %")


def _lift(scores: np.ndarray, won: np.ndarray) -> str:
    found, size = top_tenth(scores, won)
    return f"{found / size / won.mean():.2f}"


if __name__ == "__main__":
    main(tables, PAGE)
