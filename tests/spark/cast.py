"""One model and one set of facts, with every oddity that both ways to Spark must read alike."""

from typing import Any

import pyarrow as pa

from leadline.engine.assess import Assessments
from leadline.model.read import read_model

Row = dict[str, Any]

MODEL = read_model(
    text="""
leadline: 1
name: Small but odd
timezone: Europe/Berlin
fields:
  country: text
  employees: number
  opted_in: boolean
  renews_at: time
  budget: {type: number, ask: "How much?", column: Budget (EUR)}
properties: {amount: number, plan: text, seen_at: time}
fit:
  max: 40
  rules:
    - {id: near, when: "country in ('DE', 'it''s', '${env:HOME}')", points: 30}
    - {id: size, when: employees between 50 and 1000, points: 20.5}
    - {id: wants, when: opted_in, points: -5}
    - {id: rival, when: "lower(country) like 'r_val%'", disqualify: true}
intent:
  signals:
    - {id: page, event: page, where: "path like '/p%'", points: 10, half_life: 7d, max_per_day: 2}
    - {id: deep, event: page, where: "path like '%/deep'", points: 3.3, max_points: 6}
    - {id: amount, event: order, where: amount > 10 and plan = 'pro', points: 7, hand_raise: true}
    - {id: recent, event: page, where: days_since(seen_at) < 30, points: 1}
journey: [{step: reading, event: page}, {step: buying, event: order}]
criteria:
  money: {yes_if: budget >= 5000, valid_for: 90d}
  soon: {yes_if: days_since(renews_at) > -90}
bands: {fit: {A: 30, B: 0}, intent: {"1": 10, "2": 0}}
quality: {good: fit >= 20 and intent >= 5, bad: true}
lifecycle:
  stages:
    - {stage: lead}
    - {stage: mql, enter: quality = 'good' or hand_raised}
    - {stage: won, event: deal_won}
"""
)

LEADS = [
    {"lead_id": "ana", "country": "DE", "employees": "120", "opted_in": "yes", "renews_at": "2026-08-01",
     "Budget (EUR)": "9000", "created_at": "2026-05-01T00:00:00+02:00"},
    {"lead_id": "ben", "country": "it's", "employees": "about 50", "opted_in": None, "renews_at": "soon",
     "Budget (EUR)": "", "created_at": None},
    {"lead_id": "cleo", "country": "Rivals", "employees": "1e3", "opted_in": "0", "renews_at": None,
     "Budget (EUR)": "1d", "created_at": "2027-01-01"},
    {"lead_id": " ", "country": "DE", "employees": None, "opted_in": None, "renews_at": None,
     "Budget (EUR)": None, "created_at": None},
]  # fmt: skip


def _trait(id_: str | None, lead: str, field: str, value: str, at: str, confidence: str | None = None) -> Row:
    return {"trait_id": id_, "lead_id": lead, "field": field, "value": value, "occurred_at": at,
            "confidence": confidence}  # fmt: skip


TRAITS = [
    _trait("1", "ben", "budget", " 6000 ", "2026-05-20", "0.9"),
    _trait(None, "ben", "employees", "70", "2026-05-21T10:00Z", "sure"),
    _trait("2", "dora", "country", "${env:HOME}", "2026-05-22"),
    _trait("3", "dora", "country", "", "yesterday"),
]


def _event(lead: str, event: str, at: str, properties: str | None = None, **more: Any) -> Row:
    row = {"event_id": None, "lead_id": lead, "event": event, "occurred_at": at, "path": None,
           "properties": properties, "void": None}  # fmt: skip
    return row | more


EVENTS = [
    _event("ana", "page", "2026-06-01T21:59:00Z", path="/p", event_id="a1"),
    _event("ana", "page", "2026-06-01T22:01:00Z", path="/p/deep", event_id="a2"),
    _event("ana", "page", "2026-06-02T23:30:00+02:00", path="/p", event_id="a3"),
    _event("ana", "page", "2026-06-02 08:00", path="/p", event_id="a4"),
    _event("ana", "page", "2026-06-02 08:00", path="/p", event_id="a4"),
    _event("ana", "page", "2026-06-02 07:00", path="/x", event_id="a4"),
    _event("ana", "page", "2026-06-03", path="/p", event_id="a5", void="true"),
    _event("ben", "order", "2026-06-03T10:00Z", '{"amount": 20.50, "plan": "pro", "deal": {"a.b": [1]}}'),
    _event("ben", "order", "2026-06-03T10:00Z", '{"amount": 20.50, "plan": "pro", "deal": {"a.b": [1]}}'),
    _event("ben", "order", "2026-06-04T10:00Z", '{"amount": "11", "plan": "free"}'),
    _event("ben", "order", "2026-06-05T10:00Z", "not json"),
    _event("ben", "page", "2026-06-05T10:00Z", '{"seen_at": "2026-06-01T00:00:00Z"}', path="a/deep"),
    _event("ben", "page", "2026-06-05T11:00Z", "null", path="b/deep"),
    _event("ben", "page", "2026-06-05T12:00Z", "[1]", path="c/deep"),
    _event("cleo", "deal_won", "2026-06-06T00:00:00.123456789Z"),
    _event("dora", "lead_rejected", "2026-06-06"),
    _event("", "page", "2026-06-06"), _event("eve", " ", "2026-06-06"), _event("eve", "page", "06/06/2026"),
]  # fmt: skip


def texts(rows: list[Row]) -> pa.Table:
    """Rows as a table in which all is text."""
    return pa.table({name: pa.array([row[name] for row in rows], pa.string()) for name in rows[0]})


TABLES = {"leads": texts(LEADS), "traits": texts(TRAITS), "events": texts(EVENTS)}


def in_order(table: pa.Table) -> list[Row]:
    keys = [k for k in ("lead_id", "as_of", "part", "rule") if k in table.column_names]
    return table.sort_by([(k, "ascending") for k in keys]).to_pylist()


def assert_equal(assessments: pa.Table, ledger: pa.Table, expected: Assessments) -> None:
    assert assessments.column_names == expected.assessments.column_names
    assert in_order(assessments) == in_order(expected.assessments)
    assert in_order(ledger) == in_order(expected.ledger)
