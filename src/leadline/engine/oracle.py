"""The reference evaluator behind the same door as the other engines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from leadline.engine.facts import Facts
from leadline.engine.facts.rows import Rows
from leadline.engine.plan import Instants
from leadline.engine.reference import Columns, Judged, LeadFacts, group_by_lead, judge
from leadline.model.shape import DECISIONS, SENT_BACK, Model

MEASURES = (
    "fit", "intent", "band", "quality", "journey", "hand_raised", "disqualified", "yes_count", "no_count",
    "unknown_count", "next_question", "probability", "first_seen", "last_seen",
)  # fmt: skip
_TYPES = {
    "fit": pa.float64(), "intent": pa.float64(), "band": pa.string(), "quality": pa.string(),
    "journey": pa.string(), "hand_raised": pa.bool_(), "disqualified": pa.bool_(),
    "yes_count": pa.float64(), "no_count": pa.float64(),
    "unknown_count": pa.float64(), "next_question": pa.string(), "probability": pa.float64(),
    "first_seen": pa.int64(), "last_seen": pa.int64(),
}  # fmt: skip


def columns_of(facts: Facts | Rows) -> Columns:
    """How these facts name what a model reads."""
    return Columns(
        {c.name: (c.sql, c.kind) for c in facts.properties}, {c.name: (c.sql, c.kind) for c in facts.fields}
    )


class ReferenceEngine:
    """Judges point by point in plain Python."""

    name = "reference"

    def __init__(self, model: Model, facts: Facts):
        self.model = model
        self.facts = facts
        self.columns = columns_of(facts)

    def measures(
        self, points: pa.Table | None, instants: Instants, *, with_ledger: bool = True
    ) -> tuple[pa.Table, pa.Table]:
        """As every engine's: measures and ledger of `points`, or of everyone at the one instant."""
        wanted = None if points is None else sorted(set(points.column("lead_id").to_pylist()))
        of_lead = group_by_lead(*self.facts.python_rows(wanted), self.columns)
        return judge_points(
            self.model,
            of_lead,
            self.columns,
            everyone(of_lead, instants.last) if points is None else each_once(points),
        )


def each_once(points: pa.Table) -> list[tuple[str, int]]:
    """Points as pairs, each once, in order."""
    return sorted(
        set(zip(points.column("lead_id").to_pylist(), points.column("as_of").to_pylist(), strict=True))
    )


def everyone(of_lead: Mapping[str, LeadFacts], at: int) -> list[tuple[str, int]]:
    """The points of all leads of whom a fact counts at an instant."""

    def counts(facts: LeadFacts) -> bool:
        dated = [*(e["t"] for e in facts.events if not e["void"]), *(t["t"] for t in facts.traits)]
        return any(t <= at for t in dated) or any(row["t"] is None or row["t"] <= at for row in facts.leads)

    return [(lead_id, at) for lead_id in sorted(of_lead) if counts(of_lead[lead_id])]


def judge_points(
    model: Model, of_lead: Mapping[str, LeadFacts], columns: Columns, points: Sequence[tuple[str, int]]
) -> tuple[pa.Table, pa.Table]:
    """The measures and the ledger of points, from facts by lead."""
    nobody = LeadFacts()
    judged = [
        (lead_id, at, judge(model, of_lead.get(lead_id, nobody), columns, at)) for lead_id, at in points
    ]
    return _measures_table(model, judged), _ledger_table(judged)


def _measures_table(model: Model, judged: Sequence[tuple[str, int, Judged]]) -> pa.Table:
    columns: dict[str, pa.Array] = {
        "lead_id": pa.array([lead_id for lead_id, _, _ in judged], pa.string()),
        "as_of": pa.array([at for _, at, _ in judged], pa.int64()),
    }
    for name in MEASURES:
        columns[name] = pa.array([j.measures[name] for _, _, j in judged], _TYPES[name])
    for i, criterion in enumerate(model.criteria):
        columns[f"c{i}"] = pa.array([j.measures[criterion.name] for _, _, j in judged], pa.string())
    if model.lifecycle.stages:
        rows = [_lifecycle_row(model, j) for _, _, j in judged]
        for name, type_ in _lifecycle_types(model).items():
            columns[name] = pa.array([r[name] for r in rows], type_)
    return pa.table(columns)


def _lifecycle_types(model: Model) -> dict[str, pa.DataType]:
    types = {n: pa.int64() for n in ("kept_at", "raised_at", "decided_at", "back_at", "back_until")}
    types |= {"decision": pa.string(), "back_event": pa.string()}
    stages = model.lifecycle.stages
    events = dict.fromkeys(s.event for s in stages if s.event)
    types |= {f"m{i}": pa.int64() for i in range(len(events))}
    for i, stage in enumerate(stages):
        for word, condition in (("enter", stage.enter), ("leave", stage.leave)):
            if condition is not None:
                types |= {f"{word}{i}_0": pa.bool_(), f"{word}{i}_1": pa.bool_()}
    return types


def _lifecycle_row(model: Model, judged: Judged) -> dict[str, object]:
    """The columns that the lifecycle's step reads; see :mod:`leadline.engine.lifecycle`."""

    def last(rows: Sequence[Mapping]) -> Mapping:
        return rows[-1] if rows else {}

    signals = model.intent.signals
    kept = [e["t"] for s in signals for e in judged.kept[s.id]]
    raised = [e["t"] for s in signals if s.hand_raise for e in judged.kept[s.id]]
    decision = last([e for e in judged.events if e["event"] in DECISIONS])
    back = last([e for e in judged.events if e["event"] in SENT_BACK])
    row: dict[str, object] = {
        "kept_at": max(kept, default=None), "raised_at": max(raised, default=None),
        "decision": decision.get("event"), "decided_at": decision.get("t"),
        "back_at": back.get("t"), "back_event": back.get("event"), "back_until": back.get("until"),
    }  # fmt: skip
    stages = model.lifecycle.stages
    for i, name in enumerate(dict.fromkeys(s.event for s in stages if s.event)):
        row[f"m{i}"] = last([e for e in judged.events if e["event"] == name]).get("t")
    for i, stage in enumerate(stages):
        for word, condition in (("enter", stage.enter), ("leave", stage.leave)):
            for raised_hand in (False, True) if condition is not None else ():
                row[f"{word}{i}_{int(raised_hand)}"] = judged.holds(condition, raised_hand)  # type: ignore[arg-type]
    return row


def _ledger_table(judged: Sequence[tuple[str, int, Judged]]) -> pa.Table:
    entries = [(lead_id, at, e) for lead_id, at, j in judged for e in j.entries]
    return pa.table(
        {
            "lead_id": pa.array([lead_id for lead_id, _, _ in entries], pa.string()),
            "as_of": pa.array([at for _, at, _ in entries], pa.int64()),
            "part": pa.array([e.part for _, _, e in entries], pa.string()),
            "rule": pa.array([e.rule for _, _, e in entries], pa.string()),
            "points": pa.array([e.cents / 100 for _, _, e in entries], pa.float64()),
            "events": pa.array([e.events for _, _, e in entries], pa.int64()),
            "first_at": pa.array([e.first_at for _, _, e in entries], pa.int64()),
            "last_at": pa.array([e.last_at for _, _, e in entries], pa.int64()),
        }
    )
