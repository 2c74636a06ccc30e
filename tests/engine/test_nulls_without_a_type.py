"""`null` where a condition, a number or a text is wanted: no engine trips over what has no type."""

import json

import pytest
from agreeing import assert_same

from leadline.engine.assess import assess_facts
from leadline.engine.facts import Facts
from leadline.model.read import read_model

CONDITIONS = [
    "null", "not null", "null and null", "null or true", "null = null", "null <> 'a'", "null in (null)",
    "null in ('a', null)", "null not in (1, 2)", "null between null and null", "null between 1 and null",
    "(null) is null", "coalesce(null, null)", "coalesce(null, null) = 'a'", "coalesce(null, null) is null",
    "-null = 1", "null + null = 1", "(null / 1) is null", "abs(-null) is null", "lower(null) is null",
    "null like 'a%'", "null like '%'", "null ilike '_'", "not (null like 'a')", "upper(coalesce(null)) = 'A'",
    "days_since(null) > 1", "length(null) > 1", "starts_with(null, null)", "contains('a', null)",
    "coalesce(null, 1) + null > 1", "coalesce(null, true)", "true = null", "(1 = 1) = null",
]  # fmt: skip
AT = 1_770_000_000_000_000


@pytest.mark.parametrize(
    "engine", ["duckdb", pytest.param("spark", marks=[pytest.mark.spark, pytest.mark.slow])]
)
def test_null_may_stand_anywhere(engine: str, request: pytest.FixtureRequest) -> None:
    if engine == "spark":
        request.getfixturevalue("spark")
    numbered = list(enumerate(CONDITIONS))
    stages = [{"stage": f"g{i}", "enter": c, "leave": c} for i, c in numbered]
    signals = [{"id": f"s{i}", "event": "page", "where": c, "points": 1} for i, c in numbered]
    written = {
        "leadline": 1, "name": "Nulls",
        "fit": {"rules": [{"id": f"r{i}", "when": c, "points": i} for i, c in numbered]},
        "intent": {"signals": signals},
        "journey": [{"step": f"j{i}", "event": "page", "where": c} for i, c in numbered],
        "criteria": {f"k{i}": {"yes_if": c, "no_if": c} for i, c in numbered},
        "quality": {f"q{i}": c for i, c in numbered},
        "lifecycle": {"stages": [{"stage": "lead"}, *stages]},
    }  # fmt: skip
    model = read_model(text=json.dumps(written))
    event = {"event_id": "e1", "lead_id": "ana", "event": "page", "occurred_at": "2026-01-01"}
    facts = Facts.read(model, events=[event])
    expected = assess_facts(model, facts, as_of=AT, engine="reference")
    assert_same(assess_facts(model, facts, as_of=AT, engine=engine), expected)
    true = {i for i, c in numbered if c in ("null or true", "coalesce(null, true)") or c.endswith("is null")}
    assert {r["rule"] for r in expected.ledger.to_pylist() if r["part"] == "fit"} == {f"r{i}" for i in true}
