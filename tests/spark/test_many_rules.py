"""A model as large as the format allows goes through Spark's parser, planner and compiler."""

from typing import Any

import pytest
from cast import assert_equal

from leadline.engine.assess import assess_facts
from leadline.engine.facts import Facts
from leadline.model.read import read_model
from leadline.model.values import read_time

pytestmark = [pytest.mark.spark, pytest.mark.slow]
COUNT = 240

RULES = "\n".join(
    f"    - {{id: r{i}, when: \"size > {i} or lower(country) = 'c{i}'\", points: {i % 7 + 0.1}}}"
    for i in range(COUNT)
)
SIGNALS = "\n".join(
    f"    - {{id: s{i}, event: page, where: \"contains(path, '{i}')\", points: {i % 5 + 1}, half_life: 7d"
    + (f", max_per_day: {i % 3 + 1}}}" if i % 2 else "}")
    for i in range(COUNT)
)
WIDE = " and ".join(["not (size = 1 or (size = 2 and (size = 3 or size + 1 * 2 - 3 / 4 > 1)))"] * 20)
DEEP = "size" + "".join(f" + ({i} - (size" for i in range(14)) + "))" * 14 + " > 3"


def test_a_model_of_480_rules(spark: Any) -> None:
    model = read_model(
        text=f"""
leadline: 1
name: Many
fields: {{size: number, country: text}}
fit:
  rules:
{RULES}
    - {{id: wide, when: "{WIDE}", points: 1}}
    - {{id: deep, when: "{DEEP}", points: 1}}
intent:
  signals:
{SIGNALS}
"""
    )
    leads = [{"lead_id": f"l{i}", "size": str(i), "country": f"C{i}"} for i in range(50)]
    days = [f"2026-05-{i % 28 + 1:02d}T{i % 24:02d}:00:00Z" for i in range(500)]
    events = [
        {"lead_id": f"l{i % 50}", "event": "page", "occurred_at": day, "path": f"/{i}"}
        for i, day in enumerate(days)
    ]
    facts = Facts.read(model, leads=leads, events=events)
    at = read_time("2026-06-10T12:00:00Z")
    expected = assess_facts(model, facts, as_of=at, engine="reference")
    found = assess_facts(model, facts, as_of=at, engine="spark")
    assert_equal(found.assessments, found.ledger, expected)
