"""The ledger: one row an entry, and one for what holding a score in its bounds added or took."""

from __future__ import annotations

from leadline.engine.dialects import Branch, quoted
from leadline.engine.plan.context import NO_TIME, Context
from leadline.engine.render import double


def ledger(c: Context, with_events: bool) -> str:
    fit = [_fit_entry(c, i, r.id, r.cents) for i, r in enumerate(c.model.fit.rules) if r.cents]
    branches = [*fit, _bound_entry("fit"), _bound_entry("intent")]
    rows = c.dialect.rows_where("judged", ("lead_id", "as_of"), ("part", "rule", "points"), branches)
    no_events = f"CAST(0 AS BIGINT) AS events, {NO_TIME} AS first_at, {NO_TIME} AS last_at"
    entries = f"SELECT lead_id, as_of, part, rule, points, {no_events} FROM ({rows}) AS r"
    return f"{entries} UNION ALL {_signal_entries(c)}" if with_events and c.model.intent.signals else entries


def _signal_entries(c: Context) -> str:
    named = enumerate(c.model.intent.signals)
    ids = " ".join(f"WHEN {i} THEN {quoted(s.id, c.dialect)}" for i, s in named)
    columns = (
        f"p.lead_id, {c.at if c.one else 'p.as_of'} AS as_of, 'intent' AS part, CASE s.s {ids} END AS rule, "
        f"CAST(s.cents AS DOUBLE) / {double(100.0)} AS points, s.n AS events, s.first_at, s.last_at"
    )
    return f"SELECT {columns} FROM signals AS s JOIN points AS p ON s.k = p.k WHERE s.cents <> 0"


def _fit_entry(c: Context, i: int, rule: str, cents: int) -> Branch:
    return Branch(f"g{i}", ("'fit'", quoted(rule, c.dialect), double(cents / 100)))


def _bound_entry(part: str) -> Branch:
    rule = f"CASE WHEN {part}_cents > {part}_sum THEN '{part}.floor' ELSE '{part}.cap' END"
    points = f"CAST({part}_cents - {part}_sum AS DOUBLE) / {double(100.0)}"
    return Branch(f"{part}_cents <> {part}_sum", (f"'{part}'", rule, points))
