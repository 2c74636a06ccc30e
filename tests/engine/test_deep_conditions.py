"""The deepest conditions that a model may have: their SQL stays small, and they say the same everywhere."""

import json
import time
from collections.abc import Callable

import pytest
from agreeing import assert_same

from leadline.engine.assess import assess_facts, engine_for
from leadline.engine.facts import Facts
from leadline.engine.plan import Instants
from leadline.model.conditions import MAX_DEPTH
from leadline.model.read import read_model

SHAPES: dict[str, tuple[str, Callable[[str], str], str]] = {
    "arithmetic": ("n", lambda inner: f"(({inner}) * 1.5 + n)", " > 1"),
    "division": ("n", lambda inner: f"(n / ({inner}))", " > 0"),
    "lower": ("w", lambda inner: f"lower({inner})", " = 'straße'"),
    "upper and lower": ("w", lambda inner: f"upper(lower({inner}))", " = 'STRAßE'"),
    "coalesce": ("n", lambda inner: f"coalesce({inner}, n)", " > 1"),
    "abs": ("n", lambda inner: f"abs(- ({inner}))", " > 1"),
    "like": ("w", lambda inner: f"lower({inner})", " ilike '%ß_'"),
    "not": ("n > 1", lambda inner: f"not ({inner})", ""),
    "equal truths": ("n > 1", lambda inner: f"(({inner}) = (n > 1))", ""),
    "or and": ("n > 1", lambda inner: f"(({inner}) or n > 1) and n < 100", ""),
}
SQL_AT_MOST = 400_000  # characters of all steps of a plan, where a doubling at each level would give 2^30
SECONDS_AT_MOST = 20


def deepest(shape: str) -> str:
    """The condition of that shape nested as deep as may be read."""
    start, around, end = SHAPES[shape]
    inner = start
    for _ in range(MAX_DEPTH):
        try:
            read_model(text=_text(around(inner) + end))
        except ValueError:
            break
        inner = around(inner)
    return inner + end


def _text(condition: str) -> str:
    model = {
        "leadline": 1, "name": "Deep", "fields": {"n": "number", "w": "text"},
        "fit": {"rules": [{"id": "deep", "when": condition, "points": 10}]},
    }  # fmt: skip
    return json.dumps(model, ensure_ascii=False)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_deep_condition_neither_explodes_nor_differs(shape: str) -> None:
    model = read_model(text=_text(deepest(shape)))
    facts = Facts.read(
        model,
        leads=[
            {"lead_id": "ana", "n": "7", "w": "Straße"},
            {"lead_id": "ben", "n": "0", "w": "x"},
            {"lead_id": "cleo"},
        ],
    )
    engine = engine_for("duckdb", model, facts)
    assert sum(len(step.sql) for step in engine.plan.steps(Instants(0, 0), everyone=True)) < SQL_AT_MOST
    began = time.process_time()
    told = assess_facts(model, facts, as_of=0, engine="duckdb")
    assert time.process_time() - began < SECONDS_AT_MOST
    assert_same(told, assess_facts(model, facts, as_of=0, engine="reference"))
