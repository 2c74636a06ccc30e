"""The replica has what the database has, whatever happened and whenever it followed."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_rebuild_generated import END, Life, bit_by_bit, lives
from world_cast import MODELS, empty

from leadline.engine.assess import assess_facts
from leadline.engine.live import Live
from leadline.model import Model, read_model
from leadline.model.shape import ASSESSMENT_COLUMNS
from leadline.web import replica
from leadline.web.instants import HOUR
from leadline.web.leads import marks
from leadline.web.leads.facts import LeadFacts, facts_of
from leadline.web.leads.models import Event, Span, Trait
from leadline.web.replica import compaction, following
from leadline.web.replica.scan import connect

pytestmark = pytest.mark.django_db

READ = [read_model(text) for text in MODELS]


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps, sizes and minutes so small that everything happens."""
    for module, name, value in (
        (marks, "FASTEST", 3), (marks, "FASTEST_PERSON", 2), (following, "STEP", 4), (compaction, "MANY", 2),
        (compaction, "SMALLEST", 3),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, value)


@settings(
    max_examples=max(1, settings.default.max_examples // 12),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(lives(merging=True), st.sampled_from(READ), st.integers(0, 100), st.booleans())
def test_all_leads_facts_are_each_leads_facts(life: Life, model: Model, hour: int, anew: bool) -> None:
    bit_by_bit(life, after_round=replica.follow)
    if anew:
        replica.rebuild_replica(END)
    assert_replicated(model, END - hour * HOUR)
    empty()


def assert_replicated(model: Model, at: int) -> None:
    """The rows are those of the database, and every lead is judged by them as it is by its own facts."""
    assert replicated("replica_events", "event_id") == stored(Event, "event_id")
    assert replicated("replica_traits", "trait_id") == stored(Trait, "trait_id")
    facts = replica.all_facts(model, up_to=at)
    found = assess_facts(model, facts, as_of=at, engine="duckdb")
    rows = {row["lead_id"]: row for row in found.assessments.to_pylist()}
    ledgers = found.ledger.to_pylist()
    leads = facts_of(set(Span.objects.values_list("lead_id", flat=True)))
    alone = {str(lead): judged(model, of, at) for lead, of in leads.items() if counts(of, at)}
    assert rows.keys() == alone.keys()
    for lead, (measures, ledger) in alone.items():
        names = [n for n in measures if n in ASSESSMENT_COLUMNS and n not in ("first_seen", "last_seen")]
        assert {n: rows[lead][n] for n in names} == {n: measures[n] for n in names}
        assert sorted((e["rule"], e["points"]) for e in ledgers if e["lead_id"] == lead) == ledger


def replicated(table: str, key: str) -> list[tuple]:
    more = "void, bot, properties" if key == "event_id" else "verified, value, field"
    query = f"SELECT {key}, subject_id, occurred_at, {more} FROM {table} ORDER BY ALL"
    return connect().sql(query).fetchall()


def stored(model: type, key: str) -> list[tuple]:
    more = ("void", "bot", "properties") if key == "event_id" else ("verified", "value", "field")
    rows = model.objects.values_list(key, "subject_id", "occurred_at", *more)
    return sorted(rows, key=lambda row: row[:3])


def judged(model: Model, of: LeadFacts, at: int) -> tuple[dict, list]:
    live = Live(model)
    found = live.judge(live.facts(of.events, of.traits), as_of=at)
    return found.measures, sorted((e.rule, e.cents / 100) for e in found.ledger)


def counts(of: LeadFacts, at: int) -> bool:
    return any(f["occurred_at"] <= at for f in (*of.events, *of.traits) if not f.get("void"))
