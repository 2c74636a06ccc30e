"""Why two rows may be one person, in words: what is alike, and what speaks against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from leadline.identity.duplicates.comparisons import Comparison
from leadline.identity.duplicates.scoring import Scored

# Sure signs, the first that holds: words, and how far from the top a comparison may be at most.
_RULES: tuple[tuple[str, Mapping[str, int]], ...] = (
    ("same e-mail and first name", {"email": 2, "first_name": 2}),
    ("same e-mail and last name", {"email": 2, "last_name": 1}),
    ("same number of identity", {"national_id": 1}),
    ("same name and date of birth", {"first_name": 2, "last_name": 1, "birth": 1}),
    ("same name and telephone number", {"first_name": 2, "last_name": 1, "phone": 1}),
    ("same name and company", {"first_name": 1, "last_name": 1, "company": 1}),
    ("same name and website", {"first_name": 1, "last_name": 1, "website": 1}),
)


def rules_of(scored: Scored, comparisons: Sequence[Comparison]) -> list[str | None]:
    """Of each pair the first sure sign, None where there is none."""
    place = {comparison.name: i for i, comparison in enumerate(comparisons)}
    out = np.full(len(scored.left), None, dtype=object)
    for words, needs in reversed(_RULES):
        if not needs.keys() <= place.keys():
            continue
        holds = np.ones(len(out), dtype=bool)
        for name, best in needs.items():
            levels = len(comparisons[place[name]].levels)
            holds &= scored.gammas[:, place[name]] > levels - best
        out[holds] = words
    return list(out)


def reasons_of(
    connection: duckdb.DuckDBPyConnection, table: str, scored: Scored, comparisons: Sequence[Comparison]
) -> tuple[list[list[str]], list[list[str]]]:
    """For and against, of each pair, the weightiest first."""
    alike = _alike(connection, table, scored, comparisons)
    pro: list[list[str]] = []
    contra: list[list[str]] = []
    for pair, (gammas, weights) in enumerate(zip(scored.gammas, scored.weights, strict=True)):
        order = np.argsort(-np.abs(weights), kind="stable")
        said = [_said(comparisons[i], int(gammas[i]), alike, pair) for i in order if gammas[i] >= 0]
        pro.append([words for words, for_it in said if for_it])
        contra.append([words for words, for_it in said if not for_it])
    return pro, contra


def _said(comparison: Comparison, gamma: int, alike: Mapping[str, Any], pair: int) -> tuple[str, bool]:
    level = comparison.level(gamma)
    if level is None:
        return comparison.different, False
    if level.alike is None:
        return level.words, True
    return f"{level.words} {alike[level.alike][pair]:.2f}", True


def _alike(
    connection: duckdb.DuckDBPyConnection, table: str, scored: Scored, comparisons: Sequence[Comparison]
) -> dict[str, Any]:
    """How alike the values are, by the SQL that says so, of each pair."""
    measures = list(dict.fromkeys(level.alike for c in comparisons for level in c.levels if level.alike))
    if not measures or not len(scored.left):
        return {}
    pairs = pa.table({"pair": np.arange(len(scored.left)), "l": scored.left, "r": scored.right})
    connection.register("leadline_pairs", pairs)
    named = connection.execute(f"DESCRIBE {table}").fetchall()
    sides = ", ".join(f'{side}."{row[0]}" AS "{row[0]}_{side}"' for side in "lr" for row in named)
    listed = ", ".join(f"{measure} AS m{i}" for i, measure in enumerate(measures))
    found = connection.sql(
        f"SELECT {listed} FROM (SELECT p.pair, {sides} FROM leadline_pairs p "
        f"JOIN {table} l ON l.row = p.l JOIN {table} r ON r.row = p.r) ORDER BY pair"
    ).to_arrow_table()
    connection.unregister("leadline_pairs")
    return {measure: found[f"m{i}"].to_pylist() for i, measure in enumerate(measures)}
