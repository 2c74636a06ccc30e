"""Counting over arrays gives what the plan's SQL gives, and what the facts say."""

import numpy as np
import pytest
from agreeing import assert_same, examples
from generated_facts import Case, cases
from generated_models import models
from hypothesis import given
from hypothesis import strategies as st

from leadline.engine import counting
from leadline.engine.assess import Assessments, assess_facts
from leadline.engine.facts import Facts
from leadline.engine.plan import Plan
from leadline.model import read_model
from leadline.model.shape import Model
from leadline.model.values import time_text

HOUR, DAY = 3_600_000_000, 86_400_000_000
NOW = 20_000 * DAY

ALONE = """
leadline: 1
name: Signals that share no event
timezone: Europe/Berlin
intent:
  min: -1000
  max: 1000
  signals:
    - {id: pricing, event: page, where: "path like '/pricing%'", points: 7, half_life: 9d, window: 20d, max_per_day: 2}
    - {id: docs, event: page, where: "starts_with(path, '/docs')", points: 0.125, half_life: 3d, max_per_day: 1, max_points: 1}
    - {id: jobs, event: page, where: "path = '/jobs'", points: -3, window: 5d, max_points: 10}
    - {id: demo, event: form, points: 40, half_life: 30d, hand_raise: true}
journey:
  - {step: learning, event: page, where: "starts_with(path, '/docs')"}
  - {step: deciding, event: page, where: "path like '/pricing%'"}
lifecycle:
  stages:
    - {stage: lead}
    - {stage: mql, enter: intent >= 20}
    - {stage: sal, event: lead_accepted}
    - {stage: customer, event: form}
"""  # noqa: E501


def judged(model: Model, facts: Facts, at: int, counts: bool) -> Assessments:
    with pytest.MonkeyPatch.context() as patch:
        if not counts:
            patch.setattr(Plan, "countable", lambda *_: False)
        return assess_facts(model, facts, as_of=at, engine="duckdb")


@examples(2)
@given(models(), cases())
def test_arrays_count_what_the_sql_of_any_model_counts(model: Model, case: Case) -> None:
    facts = case.read(model)
    at = case.points[0][1]
    assert_same(judged(model, facts, at, counts=True), judged(model, facts, at, counts=False))


events = st.lists(
    st.fixed_dictionaries(
        {
            "event_id": st.sampled_from([f"e{i}" for i in range(40)]),
            "lead_id": st.sampled_from(["ana", "ben", "cleo"]),
            "event": st.sampled_from(
                ["page", "page", "page", "form", "lead_accepted", "lead_rejected", "other"]
            ),
            "occurred_at": st.integers(-25 * 24, 30).map(lambda hours: NOW + hours * HOUR),
            "path": st.sampled_from(["/pricing", "/pricing/team", "/docs/a", "/jobs", "/", None]),
            "void": st.sampled_from([False, False, False, True]),
        }
    ),
    min_size=1,
    max_size=60,
)


@examples(2)
@given(events, st.sampled_from([1, 3, 1 << 16]))
def test_arrays_count_what_the_events_say(rows: list[dict], part: int) -> None:
    model = read_model(ALONE)
    facts = Facts.read(model, events=[row | {"occurred_at": time_text(row["occurred_at"])} for row in rows])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counting, "_PART", part)  # so that leads of several parts meet
        counted = judged(model, facts, NOW, counts=True)
    assert_same(counted, judged(model, facts, NOW, counts=False))
    assert_same(counted, assess_facts(model, facts, as_of=NOW, engine="reference"))


def test_an_event_beside_a_doubled_one_counts() -> None:
    """Both are of one lead at one instant, so they are set aside together."""
    page = {"lead_id": "ana", "occurred_at": time_text(NOW), "event": "page", "path": "/pricing"}
    rows = [page | {"event_id": "1"}, page | {"event_id": "1"}, page | {"event_id": "2", "path": "/jobs"}]
    model = read_model(ALONE)
    result = assess_facts(model, Facts.read(model, events=rows), as_of=NOW, engine="duckdb")
    entries = {row["rule"]: (row["points"], row["events"]) for row in result.ledger.to_pylist()}
    assert entries == {"pricing": (7.0, 1), "jobs": (-3.0, 1)}


def test_points_too_large_for_whole_numbers_are_left_to_the_sql() -> None:
    model = read_model(ALONE.replace("points: 40,", "points: 1000000,"))
    form = {"lead_id": "ana", "occurred_at": time_text(NOW), "event": "form", "event_id": "1"}
    facts = Facts.read(model, events=[form])
    result = assess_facts(model, facts, as_of=NOW, engine="duckdb")
    assert sorted(result.ledger.column("points").to_pylist()) == [-999_000.0, 1_000_000.0]
    assert_same(result, assess_facts(model, facts, as_of=NOW, engine="reference"))


def test_hashes_that_share_their_first_bits_are_told_apart() -> None:
    chance = np.random.default_rng(1)
    hashes = np.unique(
        np.concatenate([chance.integers(0, 1 << 63, 500), np.arange(500)]).astype(np.uint64) << 1
    )
    chance.shuffle(hashes)
    rows = chance.integers(0, len(hashes), 5000)
    assert (counting.Numbers(hashes).of(hashes[rows]) == rows).all()
