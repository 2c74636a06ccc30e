"""The events that count: each id once, nothing voided, nothing later than the last instant asked for."""

from __future__ import annotations

from leadline.engine.dialects import quoted
from leadline.engine.plan.context import Context, used_properties
from leadline.engine.plan.shape import Shape
from leadline.model.shape import DECISIONS, SENT_BACK


def valid(c: Context) -> str:
    used = [c.shape.properties[name][0] for name in used_properties(c.model)]
    columns = ", ".join(["event_id", "lead_id", "event", "t", "until", *used])
    counts = f"NOT void AND t <= CAST({c.instants.last} AS BIGINT)"
    if not c.one and not c.instants.mixed:
        counts += " AND lead_id IN (SELECT lead_id FROM points)"
    if not c.shape.doubled_events:
        return f"SELECT {columns} FROM events WHERE {counts}"
    if c.shape.suspects is None:
        return f"SELECT {columns} FROM ({first_of_each_id(c.shape, 'events')}) AS f WHERE {counts}"
    certain = f"SELECT {columns} FROM events WHERE NOT ({c.shape.suspects}) AND {counts}"
    return f"{certain} UNION ALL SELECT {columns} FROM firsts WHERE {counts}"


def first_of_each_id(shape: Shape, source: str) -> str:
    """Of the rows of `source` with one event id, the one that occurred first."""
    properties = sorted((c for c, _ in shape.properties.values()), key=lambda c: int(c.rpartition("_")[2]))
    last = ", ".join(f"{c} NULLS LAST" for c in ("until", *properties))
    order = f"t, CASE WHEN void THEN 0 ELSE 1 END, lead_id, event, {last}"
    numbered = (
        f"SELECT *, ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY {order}) AS copy_number FROM {source}"
    )
    return f"SELECT * FROM ({numbered}) AS e WHERE copy_number = 1"


def decisions(c: Context) -> str:
    """What people decided. The bounds say nothing new: of a list engines do not ask before they read ids."""
    names = sorted(quoted(d, c.dialect) for d in DECISIONS)
    wanted = f"event IN ({', '.join(names)}) AND event BETWEEN {names[0]} AND {names[-1]}"
    return f"SELECT lead_id, event_id, event, t, until FROM valid WHERE {wanted}"


def decided(c: Context) -> str:
    """The latest decision of each point, and the latest that sent the lead back."""
    back = f"event IN ({', '.join(quoted(d, c.dialect) for d in SENT_BACK)})"
    newest = "ORDER BY t DESC, event_id DESC"
    numbered = (
        f"SELECT k, event, t, until, {back} AS back, ROW_NUMBER() OVER (PARTITION BY k {newest}) AS n, "
        f"ROW_NUMBER() OVER (PARTITION BY k, {back} {newest}) AS n_kind FROM {c.of_points('decisions')} AS d"
    )
    latest, latest_back = "CASE WHEN n = 1 THEN", "CASE WHEN back AND n_kind = 1 THEN"
    return (
        f"SELECT k, MAX({latest} event END) AS decision, MAX({latest} t END) AS decided_at, "
        f"MAX({latest_back} t END) AS back_at, MAX({latest_back} event END) AS back_event, "
        f"MAX({latest_back} until END) AS back_until FROM ({numbered}) AS o GROUP BY k"
    )
