"""One lead, judged from rows in hand; and when time alone will change what was judged."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from unittest import mock

import pyarrow as pa
import pytest
from agreeing import examples
from generated_facts import Case, cases
from generated_models import models
from hypothesis import given
from hypothesis import strategies as st
from test_rows_in_hand import as_rows

from leadline.engine import occurrences
from leadline.engine.assess import Assessments, assess_facts, assess_rows, points_table
from leadline.engine.facts import Facts
from leadline.engine.facts.reads import Reads
from leadline.engine.facts.rows import bind_rows
from leadline.engine.live import Assessment, Live
from leadline.engine.reference import LeadFacts
from leadline.engine.stepping import Standing
from leadline.model.read import read_model
from leadline.model.shape import Model
from leadline.model.values import DAY, HOUR, LATEST, MINUTE, SECOND, micros_of, moment_of, read_time

NOT_FACTS = ("event_id", "lead_id", "event", "occurred_at", "void", "until")


def rows_of(case: Case, lead: str) -> dict[str, Any]:
    """A lead's events and traits as a worker has them."""
    case = replace(case, leads=[], given=(True, True, False))
    tables = {name: table or [] for name, table in as_rows(case).items()}
    events = [e for e in tables["events"] if e["lead_id"] == lead]
    if case.bagged:
        own = [{k: v for k, v in e.items() if k not in NOT_FACTS} for e in events]
        events = [
            {k: v for k, v in e.items() if k in NOT_FACTS} | {"properties": bag}
            for e, bag in zip(events, own, strict=True)
        ]
    return {"events": events, "traits": [t for t in tables["traits"] if t["lead_id"] == lead]}


@examples()
@given(models(), cases())
def test_a_lead_is_judged_live_as_by_every_engine(model: Model, case: Case) -> None:
    live = Live(model)
    for lead in sorted({lead for lead, _ in case.points}):
        rows = rows_of(case, lead)
        if not any(rows.values()):
            continue
        expected = assessed(model, rows, points_table([p for p in case.points if p[0] == lead]))
        facts = live.facts(**rows)
        entries = expected.ledger.to_pylist()
        for row in expected.assessments.to_pylist():
            told = live.judge(facts, as_of=micros_of(row["as_of"]))
            assert published(told, model) == row | {"lead_id": ""}
            assert ledger(told) == [e | {"lead_id": ""} for e in entries if e["as_of"] == row["as_of"]]


@examples()
@given(models(), cases())
def test_a_lead_with_many_events_is_judged_as_one_with_few(model: Model, case: Case) -> None:
    live = Live(model)
    with mock.patch.object(occurrences, "_FEW", 0):  # everything as of many
        for lead in sorted({lead for lead, _ in case.points}):
            facts = live.facts(**rows_of(case, lead))
            upcoming = live.upcoming(facts)
            points = {at for of, at in case.points if of == lead}
            for at in sorted(points | set(upcoming.instants())):
                expected, told = live.judge(facts, as_of=at), live.judge_again(upcoming, as_of=at)
                assert told.measures == expected.measures
                assert (told.ledger, told.standing, told.moves) == (
                    expected.ledger, expected.standing, expected.moves,
                )  # fmt: skip


def assessed(model: Model, rows: dict[str, Any], points: pa.Table) -> Assessments:
    there = {name: table for name, table in rows.items() if table}
    bound = bind_rows(Reads.of([model]), **{"leads": None, "traits": None, "events": None} | there)
    short = None if bound is None else assess_rows(model, bound, points=points)
    return short or assess_facts(model, Facts.read(model, **there), points=points, engine="reference")


def published(told: Assessment, model: Model) -> dict[str, Any]:
    row = {"lead_id": "", "as_of": told.as_of, **told.measures, "model_version": model.version}
    row["stage"] = told.standing.stage if told.standing else None
    return {k: dated(v) if k in ("as_of", "first_seen", "last_seen") else v for k, v in row.items()}


def ledger(told: Assessment) -> list[dict[str, Any]]:
    return [
        {"lead_id": "", "as_of": dated(told.as_of), "part": e.part, "rule": e.rule, "points": e.cents / 100,
         "events": e.events, "first_at": dated(e.first_at), "last_at": dated(e.last_at)}
        for e in told.ledger
    ]  # fmt: skip


def dated(micros: int | None) -> datetime | None:
    return None if micros is None else moment_of(micros)


def matters(live: Live, facts: LeadFacts, at: int, state: Standing | None) -> tuple:
    """What next_change promises to tell of, judged from scratch."""
    told = live.judge(facts, as_of=at, state=state)
    names = ("quality", "band", "disqualified", "hand_raised", "next_question")
    criteria = [told.measures[c.name] for c in live.model.criteria]
    return (told.standing and told.standing.stage, *(told.measures[n] for n in names), *criteria)


SOON = st.lists(st.integers(1, 40 * DAY), min_size=12, max_size=12)
LATER = st.lists(st.integers(1, 3000 * DAY), min_size=6, max_size=6)


@examples()
@given(models(), cases(instants=2), SOON, LATER, st.booleans())
def test_nothing_that_matters_changes_before_the_next_change(
    model: Model, case: Case, soon: list[int], later: list[int], stepping: bool
) -> None:
    live = Live(model)
    for lead, after in case.points:
        facts = live.facts(**rows_of(case, lead))
        assert_nothing_changes_before(live, facts, after, [*soon, *later], stepping)


def assert_nothing_changes_before(
    live: Live, facts: LeadFacts, after: int, waits: list[int], stepping: bool = False
) -> None:
    """What matters is at many instants what it was, up to the one that is told."""
    state = live.judge(facts, as_of=after).standing if stepping else None
    was = matters(live, facts, after, state)
    if state is not None:
        was = (state.stage, *was[1:])
    following = live.next_change(facts, after=after, state=state)
    end = min(following or LATEST, LATEST)
    looks = [*(after + n for n in waits), *(after + n * HOUR for n in range(1, 49))]
    looks += [end - n for n in (1, 2, SECOND, MINUTE, HOUR, DAY)]
    looks += [e["t"] + n * 30 * MINUTE for e in facts.events for n in (0, 1, 2, 4, 12, 48)]
    end += following is None  # the calendar's last instant too
    for at in sorted({t for t in looks if after < t < end}):
        assert matters(live, facts, at, state) == was, f"changed at {at}, told {following}"
    if following is not None:
        assert following > after


MODEL = read_model(
    text="""
leadline: 1
name: Live
timezone: Europe/Berlin
fields: {budget: number, founded: time, role: {type: text, ask: Who decides?}}
fit: {rules: [{id: old, when: days_since(founded) > 10, points: 20}]}
intent:
  signals:
    - {id: pricing, event: page, where: path = '/pricing', points: 16, half_life: 2d, max_per_day: 1}
    - {id: demo, event: demo, points: 10, window: 5d, hand_raise: true}
    - {id: job, event: careers, points: -8, half_life: 1d}
criteria:
  money: {yes_if: budget > 5, valid_for: 30d}
  who: {yes_if: role = 'boss'}
bands: {fit: {A: 20, B: 0}, intent: {"1": 8, "2": 0}}
quality: {hot: intent >= 8, warm: intent >= 4, cold: true}
lifecycle:
  cooldown: 10d
  stages:
    - {stage: lead}
    - {stage: mql, enter: intent >= 8, leave: intent < 2 and not hand_raised}
    - {stage: customer, event: won}
"""
)
LIVE = Live(MODEL)
T = read_time("2026-03-02T09:00:00Z") or 0


def event(name: str, at: int, **more: Any) -> dict[str, Any]:
    return {"event_id": f"{name}{at}", "event": name, "occurred_at": at, **more}


def trait(field: str, value: Any, at: int) -> dict[str, Any]:
    return {"field": field, "value": value, "occurred_at": at}


PRICING = event("page", T, properties={"path": "/pricing"})
CHANGES = {
    "decay crosses a number": ([PRICING], [], T, T + 2 * DAY + 1, "quality", "hot"),
    "a window ends": ([event("demo", T)], [], T, T + 5 * DAY, "hand_raised", True),
    "an event lies ahead": ([event("demo", T + DAY)], [], T, T + DAY, "hand_raised", False),
    "an answer lies ahead": ([], [trait("role", "boss", T + DAY)], T, T + DAY, "who", "unknown"),
    "an answer goes stale": ([], [trait("budget", 9, T)], T, T + 30 * DAY + 1, "money", "yes"),
    "days pass": ([], [trait("founded", "2026-03-01", T)], T, None, "band", "B2"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_the_next_change_is_the_instant_at_which(what: str) -> None:
    events, traits, after, expected, measure, before = CHANGES[what]
    facts = LIVE.facts(events, traits)
    following = LIVE.next_change(facts, after=after)
    assert following is not None
    if what == "decay crosses a number":  # at 2 days it is 8.00 to the cent, and still some time after
        assert 0 < following - expected < 5 * MINUTE
    elif expected is not None:
        assert following == expected
    assert LIVE.judge(facts, as_of=following - 1).measures[measure] == before
    assert LIVE.judge(facts, as_of=following).measures[measure] != before


def test_a_cooldown_that_ends_is_a_change() -> None:
    rows = [
        event("lead_recycled", T),
        *(event("page", T + n * DAY, path="/pricing") for n in range(1, 12)),
    ]
    facts = LIVE.facts(rows)
    before = LIVE.judge(facts, as_of=T + 9 * DAY + 8 * HOUR)
    assert before.standing == Standing("lead", T)
    moments = [a.as_of for a in LIVE.walk(facts, first=T, last=T + 11 * DAY) if a.moves]
    assert moments == [T + 10 * DAY]


def test_nothing_will_change_of_a_lead_at_rest() -> None:
    facts = LIVE.facts([event("page", T, path="/blog")], [trait("role", "boss", T)])
    assert LIVE.next_change(facts, after=T) is None


def test_a_walk_finds_each_change_of_stage_at_its_instant() -> None:
    facts = LIVE.facts([PRICING, event("won", T + 60 * DAY)])
    walked = [a for a in LIVE.walk(facts, first=T, last=T + 90 * DAY) if a.moves]
    moves = [(m.before, m.after) for a in walked for m in a.moves]
    assert moves == [("lead", "mql"), ("mql", "lead"), ("lead", "customer")]
    fell = walked[1].as_of
    assert LIVE.judge(facts, as_of=fell - 1).measures["intent"] >= 2 > walked[1].measures["intent"]


def test_a_signal_that_takes_points_away_fades_upwards() -> None:
    facts = LIVE.facts([PRICING, event("careers", T)])
    assert LIVE.judge(facts, as_of=T).measures["intent"] == 8.0
    following = LIVE.next_change(facts, after=T)
    assert following is not None
    assert LIVE.judge(facts, as_of=following).measures["quality"] != "hot"


def test_properties_may_be_json_text_and_void_events_do_not_count() -> None:
    rows = [
        event("page", T, properties='{"path": "/pricing"}'),
        event("page", T - 1, properties='{"path": NaN}'),
        event("demo", T, void=True),
    ]
    told = LIVE.judge(LIVE.facts(rows), as_of=T)
    assert (told.measures["intent"], told.measures["hand_raised"]) == (16.0, False)


@pytest.mark.parametrize(
    ("events", "traits", "said"),
    [
        ([{"event": "page", "occurred_at": 0}], [], "no `event_id`"),
        ([{"event_id": "e", "event": "page"}], [], "`occurred_at` of a row is None: expected whole micro"),
        ([], [{"value": 1, "occurred_at": datetime(2026, 1, 1, tzinfo=UTC)}], "no `field`"),
    ],
)
def test_a_row_that_is_no_fact_is_an_error(events: list, traits: list, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        LIVE.facts(events, traits)
