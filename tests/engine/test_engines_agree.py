"""Generated models and facts: every engine says the same, and says what the facts say, in whatever order."""

import os
import random
from decimal import Decimal

import pyarrow.compute as pc
import pytest
from agreeing import assert_same, examples, measured, walked_by_arrays, walked_by_reference
from generated_facts import Case, cases
from generated_models import models
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from leadline.engine.assess import assess_facts, points_table
from leadline.model.shape import Model


@examples()
@given(models(), cases())
def test_duckdb_says_what_the_reference_says(model: Model, case: Case) -> None:
    facts, points = case.read(model), points_table(case.points)
    expected = assess_facts(model, facts, points=points, engine="reference")
    assert_same(assess_facts(model, facts, points=points, engine="duckdb"), expected)
    for assessment, entries in _with_entries(expected):
        for part in ("fit", "intent"):
            given_points = sum((Decimal(repr(e["points"])) for e in entries if e["part"] == part), Decimal(0))
            assert given_points == Decimal(repr(assessment[part]))


def _with_entries(result):
    of_point: dict[tuple, list] = {}
    for entry in result.ledger.to_pylist():
        of_point.setdefault((entry["lead_id"], entry["as_of"]), []).append(entry)
    return [(a, of_point.get((a["lead_id"], a["as_of"]), [])) for a in result.assessments.to_pylist()]


@examples(4)
@given(models(), cases(instants=6))
def test_a_walk_of_many_leads_is_the_walk_of_each(model: Model, case: Case) -> None:
    facts = case.read(model)
    instants = sorted({at for _, at in case.points})
    leads = sorted({lead for lead, _ in case.points})
    measures = measured("duckdb", model, facts, case.points)
    expected = walked_by_reference(model, facts, leads, instants)
    assert walked_by_arrays(model, measures, instants) == expected


@examples(4)
@given(models(), cases())
def test_one_instant_for_everyone_gives_what_points_give(model: Model, case: Case) -> None:
    facts = case.read(model)
    for at in sorted({at for _, at in case.points})[:2]:
        everyone = assess_facts(model, facts, as_of=at, engine="duckdb")
        assert_same(assess_facts(model, facts, as_of=at, engine="reference"), everyone)
        known = points_table([(lead, at) for lead in everyone.assessments.column("lead_id").to_pylist()])
        others = points_table([*_rows(known), ("nobody at all", at + 1)])  # a second instant: points mode
        mixed = assess_facts(model, facts, points=others, engine="duckdb")
        mixed = type(mixed)(_at(mixed.assessments, at), _at(mixed.ledger, at))
        assert_same(mixed, everyone)


def _rows(points):
    return list(zip(points.column("lead_id").to_pylist(), points.column("as_of").to_pylist(), strict=True))


def _at(table, at):
    return table.filter(pc.equal(pc.cast(table.column("as_of"), "int64"), at))


@examples(4)
@given(models(), cases(), st.integers(0, 1 << 30))
def test_doubled_and_shuffled_facts_change_nothing(model: Model, case: Case, seed: int) -> None:
    expected = assess_facts(model, case.read(model), points=points_table(case.points), engine="duckdb")
    mixed = _mixed(case, random.Random(seed))
    for engine in ("duckdb", "reference"):
        assert_same(
            assess_facts(model, mixed.read(model), points=points_table(case.points), engine=engine), expected
        )


def _mixed(case: Case, chance: random.Random) -> Case:
    def again(rows):
        mixed = rows + [row for row in rows if chance.random() < 0.5]
        chance.shuffle(mixed)
        return mixed

    return Case(
        again(case.events),
        again(case.traits),
        again(case.leads),
        again(case.points),
        case.typed,
        case.bagged,
        case.given,
    )


@examples(4)
@given(models(), cases())
def test_the_past_is_what_it_was_when_it_was_now(model: Model, case: Case) -> None:
    at = case.points[0][1]
    points = points_table([p for p in case.points if p[1] == at])
    then = assess_facts(model, case.up_to(at).read(model), points=points, engine="duckdb")
    assert_same(assess_facts(model, case.read(model), points=points, engine="duckdb"), then)
    assert_same(assess_facts(model, case.read(model), points=points, engine="reference"), then)


SPARK_EXAMPLES = int(os.environ.get("LEADLINE_SPARK_CASES") or 40)


@pytest.mark.spark
@pytest.mark.slow  # each example takes seconds; of one or two a day nobody would learn much
@settings(
    max_examples=SPARK_EXAMPLES, phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    database=None, deadline=None,
)  # fmt: skip
@given(models(), cases(leads=10, instants=6))
def test_spark_says_what_the_reference_says(spark: object, model: Model, case: Case) -> None:
    facts, points = case.read(model), points_table(case.points)
    expected = assess_facts(model, facts, points=points, engine="reference")
    assert_same(assess_facts(model, facts, points=points, engine="spark"), expected)
    at = case.points[0][1]
    facts = case.read(model)
    everyone = assess_facts(model, facts, as_of=at, engine="reference")
    assert_same(assess_facts(model, facts, as_of=at, engine="spark"), everyone)
