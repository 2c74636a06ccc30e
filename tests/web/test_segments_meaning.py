"""A segment holds the leads that the model's language says it does: the reference decides, null and all."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadline.engine.evaluate import compiled
from leadline.engine.evaluate import read_as as value_as
from leadline.model.conditions import ConditionError
from leadline.web.board import table
from leadline.web.board.judging import judging_of
from leadline.web.board.models import Segment
from leadline.web.board.segments import count_segments, read_condition, where_of
from leadline.web.leads.facts import facts_of
from leadline.web.leads.models import Lead
from leadline.web.qualification.models import Program, Standing
from leadline.web.qualification.programs import always, create_program, publish

pytestmark = pytest.mark.django_db

MODEL = """
leadline: 1
name: Trial
fields:
  seniority: {type: text, values: [vp, staff]}
  employees: number
  customer: boolean
  founded: time
fit:
  rules:
    - {id: decides, when: "seniority = 'vp'", points: 30}
    - {id: large, when: "employees > 100", points: 12.5}
intent:
  signals:
    - {id: pricing, event: page, where: "path = '/pricing'", points: 10, half_life: 10d}
    - {id: demo, event: demo, points: 40, hand_raise: true}
criteria:
  budget: {yes_if: "employees > 500", no_if: "employees < 10"}
bands:
  fit: {A: 30, B: 10}
  intent: {1: 30, 2: 5}
quality:
  good: fit >= 30 and intent >= 10
  bad: true
lifecycle:
  stages:
    - {stage: lead}
    - {stage: mql, enter: quality = 'good' or hand_raised, leave: intent < 5}
"""
VALUES = {
    "seniority": ["vp", "staff", "", " ", "VP"], "employees": ["5", "20", "250", "1000", "x", "1e3", ""],
    "customer": ["yes", "no", "perhaps", "1"], "founded": ["2020-01-01", "2026-05-31T12:00:00Z", "soon"],
}  # fmt: skip
TESTS = [
    "seniority = 'vp'", "not seniority = 'vp'", "seniority <> 'staff'", "seniority is null",
    "employees > 100",
    "not (employees > 100)", "employees between 10 and 500", "customer", "not customer", "customer is null",
    "days_since(founded) < 365", "fit >= 30", "intent < 5", "fit + intent > 20", "budget = 'yes'",
    "budget <> 'no'", "budget = 'unknown'", "stage = 'mql'", "stage in ('lead', 'mql')", "quality = 'good'",
    "band like 'A%'", "band in ('A1', '--')", "hand_raised", "employees / intent > 3", "last_seen is null",
    "coalesce(employees, 0) < 50", "next_question = 'budget'", "lower(seniority) = 'vp'", "unknown_count = 1",
]  # fmt: skip
conditions = st.recursive(
    st.sampled_from(TESTS),
    lambda inner: st.one_of(
        inner.map(lambda a: f"not ({a})"),
        st.tuples(inner, inner).map(lambda ab: f"({ab[0]}) and ({ab[1]})"),
        st.tuples(inner, inner).map(lambda ab: f"({ab[0]}) or ({ab[1]})"),
    ),
    max_leaves=4,
)


@pytest.fixture
def leads(worker, server, send, clock) -> Program:
    """Forty leads of whom this and that is known, and of some nothing."""
    program = create_program(slug="trial", name="Trial", at=0)
    publish(program=program, text=MODEL, by="Ana", at=0, holds_from=always())
    for n in range(40):
        traits = {
            k: some[(n // d) % len(some)] for d, (k, some) in enumerate(VALUES.items(), 1) if (n + d) % 3
        }
        send(server, "identify", userId=f"u{n}", traits=traits)
        if n % 2:
            send(server, "page", userId=f"u{n}", properties={"path": "/pricing"}, at=clock.at)
        if n % 7 == 0:
            send(server, "track", userId=f"u{n}", event="demo", at=clock.at)
    worker.drain()
    return program


def by_reference(text: str, at: int) -> set[int]:
    model = judging_of(at).model
    tree, found = compiled(read_condition(model, text)), set()
    facts = facts_of(Lead.objects.values_list("id", flat=True))
    for standing in Standing.objects.all():
        latest = {t["field"]: t["value"] for t in facts[standing.lead_id].traits}
        names = {f.name: value_as(latest.get(f.name), "text", f.type) for f in model.fields}
        names |= json.loads(standing.measures) | {"stage": standing.stage}
        if tree(names, at) is True:
            found.add(standing.lead_id)
    return found


@given(text=conditions)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_segment_is_what_the_reference_says(leads, clock, text):
    at = clock()
    segment = Segment(name="S", program=leads, condition=text)
    judging = judging_of(at)
    found = table.ids(judging, where_of(segment, judging), now=at, scope=None)
    assert set(found.tolist()) == by_reference(text, at)


def test_every_single_test_divides_the_leads(leads, clock):
    """So that the property above is not fulfilled by conditions that hold for nobody."""
    sizes = {text: len(by_reference(text, clock())) for text in TESTS}
    assert sum(0 < n < 40 for n in sizes.values()) > len(TESTS) // 2, sizes


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("employes > 3", "did you mean `employees`"),
        ("stage = 'sql'", "no value 'sql'"),
        ("path = '/pricing'", "property of events"),
        ("employees", "not a condition"),
        ("", "empty"),
        ("fit >", "cannot be read"),
        ("quality = 'god'", "did you mean 'good'"),
    ],
)
def test_what_is_wrong_is_said(leads, clock, text, told):
    with pytest.raises(ConditionError, match=told):
        read_condition(judging_of(clock()).model, text)


def test_a_segment_is_counted_once_a_day_and_one_that_reads_no_more_is_not_a_zero(leads, clock):
    good = Segment.objects.create(name="Good", program=leads, condition="fit >= 0", by="x", at=0)
    old = Segment.objects.create(name="Old", program=leads, condition="colour = 'red'", by="x", at=0)
    assert count_segments(clock()) == 2
    assert count_segments(clock()) == 0
    assert [c.leads for c in good.counts.all()] == [Standing.objects.filter(fit__gte=0).count()]
    assert [c.leads for c in old.counts.all()] == [None]
