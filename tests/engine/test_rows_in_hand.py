"""Rows in hand, bound in plain Python: they are what the database makes of the same rows."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from agreeing import assert_same, examples
from generated_conditions import NUMBERS, TEXTS, TIMES
from generated_facts import Case, cases
from generated_models import models
from hypothesis import given
from hypothesis import strategies as st

import leadline as ll
from leadline.engine.assess import FEW, assess_facts, assess_rows, points_table
from leadline.engine.facts import Facts, FactsError
from leadline.engine.facts.reads import Reads
from leadline.engine.facts.rows import bind_rows
from leadline.model.read import read_model
from leadline.model.shape import Model
from leadline.model.values import moment_of

MODEL = read_model(
    text="""
leadline: 1
name: Rows
fields: {country: text, employees: number, partner: boolean, founded: time}
properties: {amount: number, paid: boolean, due: time}
fit: {rules: [{id: all, when: country = 'DE' and employees > 5 and partner and founded < '2020-01-01',
  points: 20}]}
intent: {signals: [{id: one, event: page, where: "path like '/p%' and (amount > 1 or paid or due is null)",
  points: 10}]}
"""
)


def assert_bound_alike(model: Model, tables: dict[str, Any], mapping: Any = ()) -> bool:
    """Whether the rows were plain enough for the short road; they must then be those of the long one."""
    rows = bind_rows(Reads.of([model]), mapping=mapping, **tables)
    if rows is None:
        return False
    facts = Facts.read(model, mapping=mapping, **{n: t for n, t in tables.items() if t is not None})
    assert (rows.properties, rows.fields) == (facts.properties, facts.fields)
    for mine, other in zip((rows.events, rows.traits, rows.leads), facts.python_rows(), strict=True):
        assert sorted(map(_told, mine)) == sorted(map(_told, other))
    return True


def _told(row: dict[str, Any]) -> str:
    return repr(sorted(row.items()))


@examples()
@given(models(), cases())
def test_generated_rows_in_hand_are_judged_alike(model: Model, case: Case) -> None:
    tables = as_rows(case)
    points = points_table(case.points)
    assert_bound_alike(model, tables)
    rows = bind_rows(Reads.of([model]), **tables)
    assert rows is not None
    judged = assess_rows(model, rows, points=points)
    facts = Facts.read(model, **{n: t for n, t in tables.items() if t is not None})
    if judged is not None:
        assert_same(judged, assess_facts(model, facts, points=points, engine="duckdb"))
    everyone = assess_rows(model, rows, as_of=case.points[0][1])
    if everyone is not None:
        assert_same(everyone, assess_facts(model, facts, as_of=case.points[0][1], engine="duckdb"))


def as_rows(case: Case) -> dict[str, Any]:
    tables = {"events": case.events, "traits": case.traits, "leads": case.leads}
    dated = ("occurred_at", "created_at", "until", *(("due", "as_of") if case.typed else ()))
    return {
        name: [{k: moment_of(v) if k in dated and type(v) is int else v for k, v in r.items()} for r in rows]
        if there and rows
        else None
        for (name, rows), there in zip(tables.items(), case.given, strict=True)
    }


WEST = timezone(-timedelta(hours=5))
CELLS: list[Any] = [
    None, *TEXTS[:12], *NUMBERS, *TIMES, 0, 1, -7, 12, 10**15, 2**53 + 1, 2**63, True, False, "", " ",
    " yes ",
    float("nan"), float("inf"), -float("inf"), 1e-7, 123456.789,
    datetime(2026, 1, 31, 9, tzinfo=UTC), datetime(2026, 1, 31, 9, tzinfo=WEST),
    datetime(2026, 1, 31, 9, 1, 2, 3),  # noqa: DTZ001 - naive is UTC
    datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5))), date(2026, 1, 31), date(1, 1, 1),
    {"a": 1}, [1, 2], {"a": float("nan")},
]  # fmt: skip
KINDS = [(str,), (int,), (float,), (int, float), (bool,), (datetime,), (date,), (str, int), (str, datetime),
         (str, float, bool), (int, bool), (dict, str), (list,), (object,)]  # fmt: skip


@st.composite
def columns(draw: Any, count: int) -> list[Any]:
    kinds = draw(st.sampled_from(KINDS))
    cells = [c for c in CELLS if c is None or kinds == (object,) or type(c) in kinds]
    return draw(st.lists(st.sampled_from(cells), min_size=count, max_size=count))


@st.composite
def hostile(draw: Any) -> dict[str, Any]:
    """Tables of cells of all kinds in all columns, some of them absent, or in a bag."""
    return {
        "events": draw(_table(["event_id", "lead_id", "event", "occurred_at"],
                              ["void", "until", "path", "amount", "Paid", "due", "properties", "other"])),
        "traits": draw(_table(["lead_id", "field", "value", "occurred_at"],
                              ["trait_id", "source", "quote", "confidence"])),
        "leads": draw(_table(["lead_id"], ["created_at", "country", "employees", "partner", "founded"])),
    }  # fmt: skip


@st.composite
def _table(draw: Any, needed: list[str], others: list[str]) -> list[dict[str, Any]] | None:
    if draw(st.integers(0, 4)) == 0:
        return None
    count = draw(st.integers(1, 4))
    names = [*needed, *(name for name in others if draw(st.booleans()))]
    cells = {name: draw(columns(count)) for name in names}
    if draw(st.booleans()):  # mostly facts, rather than rows that are left out
        texts = {"lead_id": "ana", "event": "page", "field": "country", "occurred_at": "2026-01-31"}
        cells |= {name: [text] * count for name, text in texts.items() if name in needed}
    if "properties" in cells and draw(st.booleans()):
        cells["properties"] = [
            draw(st.dictionaries(st.sampled_from(["path", "amount", "until"]), st.sampled_from(CELLS)))
            for _ in range(count)
        ]
    return [{name: column[i] for name, column in cells.items()} for i in range(count)]


@examples()
@given(hostile())
def test_cells_of_all_kinds_are_bound_alike(tables: dict[str, Any]) -> None:
    refused = _refused(lambda: assert_bound_alike(MODEL, tables))
    if refused:
        there = {name: table for name, table in tables.items() if table is not None}
        assert _refused(lambda: Facts.read(MODEL, **there)) == refused


def _refused(read: Callable[[], object]) -> str | None:
    try:
        read()
    except FactsError as error:
        return str(error)
    return None


EVENT = {"event_id": "e1", "lead_id": "ana", "event": "page", "occurred_at": "2026-01-31"}
LEAD = {"lead_id": "ana", "country": "DE", "employees": 12, "partner": True, "founded": date(2001, 2, 3)}
PLAIN = {
    "as people type them": {"leads": [LEAD], "events": [{**EVENT, "path": "/p", "paid": "yes"}]},
    "with a bag": {"events": [{**EVENT, "properties": {"path": "/p", "amount": 2.5, "other": [1]}}, EVENT]},
    "without ids": {"events": [{k: v for k, v in EVENT.items() if k != "event_id"}] * 2},
    "with instants": {"events": [{**EVENT, "occurred_at": datetime(2026, 1, 31, tzinfo=WEST)}]},
    "with traits": {"traits": [{"lead_id": 1, "field": "n", "value": 12, "occurred_at": "2026-01-01"}]},
    "with whole floats": {"events": [{**EVENT, "lead_id": 7.0, "path": 7.0}]},
}  # fmt: skip


@pytest.mark.parametrize("rows", PLAIN)
def test_plain_rows_take_the_short_road(rows: str) -> None:
    assert assert_bound_alike(MODEL, {"leads": None, "traits": None, "events": None} | PLAIN[rows])


def test_a_mapping_and_a_constant_are_followed() -> None:
    event = {"who": "ana", "occurred_at": "2026-01-31", "url": "/p", "event_id": "e1"}
    mapping = {"events.lead_id": "who", "events.event": "'page'", "events.path": "url"}
    assert assert_bound_alike(MODEL, {"leads": None, "traits": None, "events": [event]}, mapping)


def test_findings_are_those_of_the_rows_as_they_were_judged() -> None:
    leads = [{**LEAD, "employees": "about 50"}, {"lead_id": None}]
    result = ll.assess(MODEL, leads=leads, as_of="2026-02-01")
    leads.clear()
    kinds = [f.kind for f in result.findings]
    assert {"unreadable", "left_out"} <= set(kinds)
    assert kinds == [
        f.kind
        for f in ll.assess(
            MODEL, leads=[{**LEAD, "employees": "about 50"}, {"lead_id": None}], as_of="2026-02-01",
            engine="duckdb",
        ).findings
    ]  # fmt: skip


def test_many_leads_take_the_long_road_and_are_judged_alike() -> None:
    events = [{**EVENT, "event_id": f"e{i}", "lead_id": f"l{i}", "path": "/p"} for i in range(FEW + 1)]
    one, two = (ll.assess(MODEL, events=rows, as_of="2026-02-01") for rows in (events, events[:-1]))
    assert one.assessments.slice(0, 1).num_rows == 1
    assert len(one) == len(two) + 1
    assert set(one.assessments.column("intent").to_pylist()) == {10.0}
    assert set(two.assessments.column("intent").to_pylist()) == {10.0}
