"""Who stands elsewhere under the new model, and the points that make the difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leadline.analysis.pair import Pair
from leadline.engine.assess import Assessments
from leadline.model.diff import Change
from leadline.model.shape import DISQUALIFIED, Model

UP, DOWN, OTHER = "up", "down", "other"
SAME_POINTS = "same points: by thresholds, conditions or earlier days"
SHOWN = 50  # movers that are told one by one, of either direction


@dataclass(frozen=True)
class Points:
    """What a rule gave more (or less) under the new model."""

    part: str
    rule: str
    label: str
    points: float

    def __str__(self) -> str:
        return f"{self.rule} {signed(self.points)}"


@dataclass(frozen=True)
class Mover:
    """A lead whose quality or stage differs, with the points that differ, the largest first."""

    lead_id: str
    direction: str
    quality: Pair[str | None]
    stage: Pair[str]
    fit: Pair[float]
    intent: Pair[float]
    points: Sequence[Points]

    @property
    def why(self) -> str:
        """`pricing +6.00, mail −4.00`."""
        return ", ".join(map(str, self.points)) or SAME_POINTS


@dataclass(frozen=True)
class RuleEffect:
    """A rule that gives other points: to how many leads, and how many of these moved which way."""

    part: str
    rule: str
    label: str
    leads: int
    mean_points: float
    up: int
    down: int


@dataclass(frozen=True)
class Movers:
    """`flow` counts leads by quality before and after; `unmoved` ones stand where they stood."""

    leads: int
    quality_up: int
    quality_down: int
    stage_up: int
    stage_down: int
    other: int
    without_points: int
    by_rule: Sequence[RuleEffect]
    most: Sequence[Mover]
    classes: Pair[Sequence[tuple[str | None, int]]]
    flow: Sequence[tuple[str | None, str | None, int]]

    @property
    def moved(self) -> int:
        return self.up + self.down + self.other

    @property
    def up(self) -> int:
        return self.quality_up + self.stage_up

    @property
    def down(self) -> int:
        return self.quality_down + self.stage_down


def signed(points: float) -> str:
    """
    >>> signed(6), signed(-4.5)
    ('+6.00', '−4.50')
    """
    return f"{points:+.2f}".replace("-", "−")


def quality_names(model: Model) -> list[str | None]:
    """From the best down; None is of leads of whom no condition holds."""
    return [*dict.fromkeys(q.name for q in model.quality), None]


def movers(
    models: Pair[Model], judged: Pair[Assessments], finals: Pair[pa.Table], changes: Sequence[Change]
) -> Movers:
    """Compare everyone at the end of the period: quality and points then, and the stage the walk led to."""
    renamed = {(c.part, c.before): c.after for c in changes if c.what == "renamed"}
    table = _side_by_side(judged, finals)
    quality = _steps(table, "quality", _same_order(*(quality_names(m) for _, m in models.items())))
    stage = _steps(table, "stage", _same_order(*(_stage_names(m) for _, m in models.items())))
    by_quality = table["quality_old"] != table["quality_new"]
    by_stage = ~by_quality & (table["stage_old"] != table["stage_new"])
    step = np.where(by_quality, quality, np.where(by_stage, stage, 0))
    moved = by_quality | by_stage
    points = _points(judged, renamed)
    labels = _labels(models, renamed)
    counts = {
        f"{name}_{way}": int((which & (np.sign(step) == sign)).sum())
        for name, which in (("quality", by_quality), ("stage", by_stage))
        for way, sign in ((UP, 1), (DOWN, -1))
    }
    direction = np.where(step > 0, UP, np.where(step < 0, DOWN, OTHER))
    changed = set(points.column("lead_id").unique().to_pylist())
    return Movers(
        leads=len(moved),
        **counts,
        other=int((moved & (step == 0)).sum()),
        without_points=sum(lead not in changed for lead in table["lead_id"][moved]),
        by_rule=_by_rule(points, _ways(table["lead_id"][moved], direction[moved]), labels),
        most=_most(table, moved, step, direction, points, labels),
        classes=Pair(*(_classes(table[f"quality_{n}"], quality_names(m)) for n, m in models.items())),
        flow=_flow(table, models),
    )  # fmt: skip


def _side_by_side(judged: Pair[Assessments], finals: Pair[pa.Table]) -> dict[str, np.ndarray]:
    lead_ids = judged.new.assessments.column("lead_id").combine_chunks()
    columns = {"lead_id": lead_ids.to_numpy(zero_copy_only=False)}
    for name in ("old", "new"):
        each, final = getattr(judged, name).assessments, getattr(finals, name)
        rows = pc.index_in(lead_ids, value_set=each.column("lead_id").combine_chunks())
        stands = pc.index_in(lead_ids, value_set=final.column("lead_id").combine_chunks())
        for column in ("quality", "fit", "intent"):
            columns[f"{column}_{name}"] = each.column(column).take(rows).to_numpy()
        columns[f"stage_{name}"] = final.column("stage").take(stands).to_numpy()
    return columns


def _stage_names(model: Model) -> list[str | None]:
    """From the furthest down."""
    return [*reversed(model.lifecycle.names), DISQUALIFIED]


def _same_order(old: Sequence[str | None], new: Sequence[str | None]) -> dict[str | None, int]:
    """Ranks, the best the highest, of the names that both have; none where the two order them otherwise."""
    shared = [name for name in new if name in old]
    if [name for name in old if name in new] != shared:
        return {}
    return {name: len(shared) - i for i, name in enumerate(shared)}


def _steps(table: Mapping[str, np.ndarray], column: str, ranks: Mapping[str | None, int]) -> np.ndarray:
    """How many steps up (or, negative, down) each lead went; 0 also where two names cannot be compared."""
    old, new = (_ranked(table[f"{column}_{name}"], ranks) for name in ("old", "new"))
    return np.where((old == 0) | (new == 0), 0, new - old)


def _ranked(names: np.ndarray, ranks: Mapping[str | None, int]) -> np.ndarray:
    return np.fromiter((ranks.get(name, 0) for name in names), np.int64, len(names))


def _points(judged: Pair[Assessments], renamed: Mapping[tuple[str, str], str]) -> pa.Table:
    """Ledger entries that differ: lead_id, part, rule, points (new less old)."""
    with duckdb.connect() as connection:
        connection.register("old", judged.old.ledger)
        connection.register("new", judged.new.ledger)
        names = pa.table(
            {
                "part": pa.array([part for part, _ in renamed], pa.string()),
                "before": pa.array([before for _, before in renamed], pa.string()),
                "after": pa.array(list(renamed.values()), pa.string()),
            }
        )
        connection.register("renamed", names)
        return connection.sql("""
            WITH called AS (
                SELECT lead_id, old.part, coalesce(after, rule) AS rule, points
                FROM old LEFT JOIN renamed ON old.part = renamed.part AND rule = before
            ), entries AS (
                SELECT lead_id, part, rule, -points AS points FROM called
                UNION ALL SELECT lead_id, part, rule, points FROM new
            )
            SELECT lead_id, part, rule, round(sum(points), 2) AS points FROM entries
            GROUP BY lead_id, part, rule HAVING abs(sum(points)) >= 0.005
            ORDER BY lead_id, abs(sum(points)) DESC, part, rule
        """).to_arrow_table()


def _labels(models: Pair[Model], renamed: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], str]:
    labels = {}
    for model in (models.old, models.new):
        labels |= {("fit", rule.id): rule.title for rule in model.fit.rules}
        labels |= {("intent", signal.id): signal.title for signal in model.intent.signals}
    for part in ("fit", "intent"):
        labels |= {(part, f"{part}.cap"): f"Most {part}", (part, f"{part}.floor"): f"Least {part}"}
    return labels


def _ways(lead_ids: np.ndarray, direction: np.ndarray) -> pa.Table:
    return pa.table({"lead_id": pa.array(lead_ids, pa.string()), "way": pa.array(direction, pa.string())})


def _by_rule(points: pa.Table, moved: pa.Table, labels: Mapping) -> list[RuleEffect]:
    with duckdb.connect() as connection:
        connection.register("points", points)
        connection.register("moved", moved)
        rows = connection.sql("""
            SELECT part, rule, count(*) AS leads, avg(points) AS mean,
                   count(*) FILTER (way = 'up') AS up, count(*) FILTER (way = 'down') AS down
            FROM points LEFT JOIN moved USING (lead_id) GROUP BY part, rule
            ORDER BY up + down DESC, leads DESC, part, rule
        """).fetchall()
    return [
        RuleEffect(part, rule, labels.get((part, rule), rule), leads, round(mean, 2), up, down)
        for part, rule, leads, mean, up, down in rows
    ]


def _most(
    table: Mapping[str, np.ndarray], moved: np.ndarray, step: np.ndarray, direction: np.ndarray,
    points: pa.Table, labels: Mapping,
) -> list[Mover]:  # fmt: skip
    """Those who went furthest, of either direction: by steps of quality, then by points."""
    score = sum(np.abs(table[f"{part}_new"] - table[f"{part}_old"]) for part in ("fit", "intent"))
    other_quality = table["quality_old"] != table["quality_new"]
    order = np.lexsort((table["lead_id"], -score, -np.abs(step), ~other_quality))
    rows = [i for way in (UP, DOWN, OTHER) for i in order[moved[order] & (direction[order] == way)][:SHOWN]]
    lead_ids = pa.array([table["lead_id"][i] for i in rows], pa.string())
    chosen = points.filter(pc.is_in(points.column("lead_id"), lead_ids))
    why: dict[str, list[Points]] = {}
    for entry in chosen.to_pylist():
        label = labels.get((entry["part"], entry["rule"]), entry["rule"])
        entries = why.setdefault(entry["lead_id"], [])
        entries.append(Points(entry["part"], entry["rule"], label, entry["points"]))
    return [_mover(table, i, str(direction[i]), why.get(table["lead_id"][i], [])) for i in rows]


def _mover(table: Mapping[str, np.ndarray], i: int, direction: str, points: Sequence[Points]) -> Mover:
    def both(column: str) -> Pair[Any]:
        return Pair(*(table[f"{column}_{name}"][i] for name in ("old", "new")))

    scores = [both(part).map(float) for part in ("fit", "intent")]
    return Mover(table["lead_id"][i], direction, both("quality"), both("stage"), *scores, points)


def _classes(column: np.ndarray, names: Sequence[str | None]) -> list[tuple[str | None, int]]:
    return [(name, n) for name in names if (n := _count(column == name)) or name is not None]


def _count(flags: Any) -> int:
    return int(np.sum(flags))


def _flow(table: Mapping[str, np.ndarray], models: Pair[Model]) -> list[tuple[str | None, str | None, int]]:
    old, new = table["quality_old"], table["quality_new"]
    return [
        (before, after, n)
        for before in quality_names(models.old)
        for after in quality_names(models.new)
        if (n := _count((old == before) & (new == after)))
    ]
