"""At its moment of truth a lead is seen with what was known by then, and nothing that came later."""

from datetime import UTC, datetime

import numpy as np
import pytest

from leadline.engine.facts import Facts
from leadline.learn.moments import examples_from_facts
from leadline.learn.truth import simulated_company
from leadline.model import read_model
from leadline.model.predicting import with_every_field
from leadline.model.values import micros_of

MODEL = read_model(
    text="""
leadline: 1
name: Calls
fields: {size: number, city: text, email: text}
properties: {amount: number}
fit: {rules: [{id: large, when: size > 10, points: 10}]}
intent: {signals: [{id: call, event: call, points: 8, half_life: 1d}]}
criteria: {need: {yes_if: city = 'Rome'}}
lifecycle:
  stages:
    - {stage: lead}
    - {stage: mql, owner: marketing, enter: intent >= 8}
    - {stage: sal, owner: sales, event: lead_accepted}
goal: {event: deal_won, value: amount, horizon: 30d}
"""
)
UNTIL = micros_of(datetime(2026, 6, 1, tzinfo=UTC))


def event(lead: str, name: str, day: str, **more) -> dict:
    return {"lead_id": lead, "event": name, "occurred_at": day, **more}


FACTS = [
    event("ana", "call", "2026-02-01"), event("ana", "deal_won", "2026-02-20", amount=900),
    event("ben", "call", "2026-02-03"), event("ben", "deal_won", "2026-04-20"),
    event("cleo", "call", "2026-05-20"), event("cleo", "deal_won", "2026-05-25"),
    event("dan", "deal_won", "2026-01-05"), event("dan", "call", "2026-01-20"),
    event("eve", "visit", "2026-01-07"),
    event("fay", "visit", "2026-01-09"), event("fay", "lead_accepted", "2026-01-10"),
]  # fmt: skip
TRAITS = [
    {"lead_id": lead, "field": "size", "value": str(size), "occurred_at": "2026-01-01"}
    for lead, size in (("ana", 20), ("ben", 5), ("fay", 7))
]


def examples(events=FACTS, traits=TRAITS, **more):
    facts = Facts.read(with_every_field(MODEL), events=events, traits=traits)
    return examples_from_facts(MODEL, facts, **({"until": UNTIL} | more))


def rows(found) -> dict:
    return dict(zip(found.ids.to_pylist(), found.features.to_pylist(), strict=True))


def test_won_are_those_who_reach_the_goal_within_its_horizon():
    found = examples()
    assert dict(zip(found.ids.to_pylist(), found.won.tolist(), strict=True)) == {
        "ana": True,
        "ben": False,
        "fay": False,
    }
    assert dict(found.left_out) == {
        "never handed over": 1, "goal reached before the moment": 1, "horizon still open": 1,
    }  # fmt: skip
    assert found.worth.tolist()[0] == 900


def test_whom_sales_took_unasked_was_handed_over_then():
    found = examples()
    at = dict(zip(found.ids.to_pylist(), found.at.tolist(), strict=True))
    assert at["fay"] == micros_of(datetime(2026, 1, 10, tzinfo=UTC))


def test_the_first_contact_and_a_stage_are_moments_too():
    assert len(examples(moment="first")) == 4  # Dan's goal is his first fact, and Cleo's horizon is open
    assert examples(moment="sal").ids.to_pylist() == ["fay"]
    with pytest.raises(ValueError, match="expected handoff, first, mql, sal"):
        examples(moment="sla")


def test_nothing_later_than_the_moment_is_seen():
    later = [
        *FACTS, event("ana", "call", "2026-02-02"), event("ben", "call", "2026-03-09"), event("fay",
        "call", "2026-02-09"),
    ]  # fmt: skip
    changed = [*TRAITS, {"lead_id": "ana", "field": "size", "value": "999", "occurred_at": "2026-02-03"}]
    assert rows(examples(later, changed)) == rows(examples())


def test_a_planted_trait_that_tells_the_outcome_afterwards_is_not_seen():
    told = [
        {"lead_id": e["lead_id"], "field": "city", "value": "Rome", "occurred_at": e["occurred_at"]}
        for e in FACTS
        if e["event"] == "deal_won"
    ]
    assert "city" not in examples(FACTS, [*TRAITS, *told]).features.column_names


def test_order_and_repetition_change_nothing():
    shuffled = [FACTS[i] for i in np.random.default_rng(1).permutation(len(FACTS))]
    numbered = [{**e, "event_id": f"e{i}"} for i, e in enumerate(FACTS)]
    assert rows(examples(shuffled)) == rows(examples())
    assert rows(examples(numbered + numbered[::-1])) == rows(examples())


def test_a_voided_goal_does_not_count():
    void = [{**e, "void": e["lead_id"] == "ana" and e["event"] == "deal_won"} for e in FACTS]
    assert not examples(void).won.any()


def test_facts_after_the_end_are_not_looked_at():
    late = [*FACTS, event("eve", "call", "2026-07-01"), event("gus", "call", "2026-07-01")]
    assert rows(examples(late)) == rows(examples())
    assert examples(late).left_out == examples().left_out


def test_a_model_without_a_goal_says_so():
    bare = read_model(text="leadline: 1\nname: Bare\nfields: {size: number}\n")
    with pytest.raises(ValueError, match="has no `goal`"):
        examples_from_facts(bare, Facts.read(bare, events=FACTS), until=UNTIL)


def test_inputs_are_what_the_model_speaks_of():
    company = simulated_company(600, seed=3)
    facts = Facts.read(with_every_field(company.model), leads=company.leads, events=company.events)
    found = examples_from_facts(company.model, facts, until=company.end, measures=["intent"])
    names = {i.name for i in found.inputs}
    assert {"seniority", "employees", "pricing_points", "pricing_events", "days_known", "intent"} <= names
    assert found.model == company.model.basis
    assert len(found) + sum(found.left_out.values()) == 600
