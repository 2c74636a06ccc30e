"""What was wrong with the data is counted and said, and nothing else is."""

from dataclasses import replace

import pytest
from facts_cast import EVENTS, LEADS, MODEL, event_rows, found, lead_rows, one

from leadline.engine.facts import Facts
from leadline.model.expr import Type
from leadline.model.shape import Field


def event(**more) -> dict:
    return {"event_id": "e1", "lead_id": "ana", "event": "page", "occurred_at": "2026-01-01", **more}


@pytest.mark.parametrize("column", ["lead_id", "event", "occurred_at"])
@pytest.mark.parametrize("cell", [None, "", " \t"])
def test_rows_that_are_no_facts_are_left_out_and_said(column: str, cell: str | None) -> None:
    facts = Facts.read(MODEL, events=[event(), event(**{"event_id": "e2", column: cell})])
    assert [row["event_id"] for row in event_rows(facts)] == ["e1"]
    finding = one(facts, "left_out")
    assert (finding.table, finding.column, finding.count) == ("events", column, 1)


@pytest.mark.parametrize("time", ["yesterday", "01/02/2026", "2026-02-30", 1767225600, 1767225600.5])
def test_a_time_that_cannot_be_read_leaves_the_row_out(time: object) -> None:
    facts = Facts.read(MODEL, events=[event(occurred_at=time)])
    assert event_rows(facts) == []
    finding = one(facts, "left_out")
    assert "ISO 8601" in finding.message
    assert finding.examples == (str(time),)


def test_a_created_at_that_cannot_be_read_holds_from_always() -> None:
    facts = Facts.read(MODEL, leads=[{"lead_id": "ana", "created_at": "long ago"}])
    assert lead_rows(facts)[0]["t"] is None
    finding = one(facts, "unreadable")
    assert (finding.column, finding.examples) == ("created_at", ("long ago",))


@pytest.mark.parametrize(
    ("field", "cell"),
    [("employees", "about 50"), ("employees", "1e999"), ("employees", float("inf")), ("employees", True),
     ("opted_in", "perhaps"), ("opted_in", 2), ("renews_at", "soon"), ("renews_at", 2026)],
)  # fmt: skip
@pytest.mark.parametrize("table", ["leads", "traits"])
def test_values_that_do_not_read_as_declared(field: str, cell: object, table: str) -> None:
    if table == "leads":
        facts = Facts.read(MODEL, leads=[{"lead_id": "ana", field: cell}])
    else:
        trait = {"lead_id": "ana", "field": field, "value": cell, "occurred_at": "2026-01-01"}
        facts = Facts.read(MODEL, traits=[trait])
    finding = one(facts, "unreadable")
    assert (finding.table, finding.column, finding.count) == (table, field, 1)


def test_properties_that_do_not_read_as_declared() -> None:
    facts = Facts.read(MODEL, events=[event(amount="lots"), event(event_id="e2", amount="5")])
    finding = one(facts, "unreadable")
    assert (finding.column, finding.count, finding.examples) == ("amount", 1, ("lots",))


@pytest.mark.parametrize("cell", ["", None, "  "])
def test_an_empty_value_is_no_finding(cell: str | None) -> None:
    facts = Facts.read(MODEL, leads=[{"lead_id": "ana", "employees": cell, "country": cell}])
    assert not found(facts, "unreadable")
    assert not found(facts, "unlisted_value")


def test_values_that_the_model_does_not_list() -> None:
    trait = {"lead_id": "ana", "field": "country", "value": "FR", "occurred_at": "2026-01-01"}
    leads = [{"lead_id": "ana", "country": "DE"}, {"lead_id": "ben", "country": "de"}]
    facts = Facts.read(MODEL, leads=leads, traits=[trait])
    of = {finding.table: finding for finding in found(facts, "unlisted_value")}
    assert of["leads"].examples == ("de",)
    assert of["traits"].examples == ("FR",)
    assert "DE, AT" in of["leads"].message


def test_examples_are_few_and_short() -> None:
    leads = [{"lead_id": str(i), "employees": f"{i}" + "x" * 100} for i in range(9)]
    examples = one(Facts.read(MODEL, leads=leads), "unreadable").examples
    assert len(examples) == 3
    assert all(len(example) == 60 for example in examples)


def test_a_field_that_nobody_has_offers_near_columns() -> None:
    model = replace(MODEL, fields=(*MODEL.fields, Field("seniority", Type.TEXT)))
    lead = {"lead_id": "a", "country": "DE", "employees": "1", "opted_in": "1", "renews_at": "2026-01-01"}
    finding = one(Facts.read(model, leads=[{**lead, "senority": "vp"}]), "absent_field")
    assert finding.column == "seniority"
    assert "did you mean `senority`" in finding.message


def test_a_column_without_any_value_is_a_field_that_nobody_has() -> None:
    facts = Facts.read(MODEL, leads=[{"lead_id": "ana", "country": "", "employees": 1}])
    assert {finding.column for finding in found(facts, "absent_field")} == {
        "country",
        "opted_in",
        "renews_at",
    }


def test_a_field_that_traits_have_is_not_absent() -> None:
    trait = {"lead_id": "ana", "field": "country", "value": "DE", "occurred_at": "2026-01-01"}
    facts = Facts.read(MODEL, leads=[{"lead_id": "ana", "employees": 1}], traits=[trait])
    assert {finding.column for finding in found(facts, "absent_field")} == {"opted_in", "renews_at"}


def test_without_leads_and_traits_that_is_said_once() -> None:
    facts = Facts.read(MODEL, events=[event()])
    assert one(facts, "no_profiles").count == 4
    assert not found(facts, "absent_field")


def test_a_property_that_no_event_has() -> None:
    finding = one(Facts.read(MODEL, events=[event(amont=1, path="/p")]), "absent_property")
    assert "did you mean `amont`" in finding.message


def test_traits_of_fields_that_no_model_declares() -> None:
    traits = [
        {"lead_id": "ana", "field": field, "value": "x", "occurred_at": "2026-01-01"}
        for field in ("contry", "contry", *(f"f{i:02}" for i in range(25)))
    ]
    findings = found(Facts.read(MODEL, traits=traits), "undeclared_field")
    assert len(findings) == 21
    assert findings[0].count == 2
    assert "did you mean `country`" in findings[0].message
    assert findings[-1].count == 6


def test_doubled_events_are_counted() -> None:
    rows = [event(), event(), event(occurred_at="2026-01-02"), event(event_id="e2"), event(event_id="e2")]
    facts = Facts.read(MODEL, events=rows)
    assert facts.has_duplicate_events()
    finding = one(facts, "doubled_event")
    assert finding.count == 3
    assert "of 1 id the rows differ" in finding.message


def test_events_that_stand_once_are_no_finding(write) -> None:
    facts = Facts.read(MODEL, events=write("e.csv", EVENTS))
    assert not facts.has_duplicate_events()
    assert not found(facts, "doubled_event")


def test_events_without_a_lead() -> None:
    facts = Facts.read(
        MODEL,
        leads=[{"lead_id": "ben"}],
        events=[event(), event(event_id="e2"), event(event_id="e3", lead_id="ben")],
    )
    finding = one(facts, "event_without_lead")
    assert (finding.count, finding.examples) == (1, ("ana",))
    assert "2 events of 1 lead" in finding.message


def test_without_a_leads_table_no_event_lacks_its_lead() -> None:
    assert not found(Facts.read(MODEL, events=[event()]), "event_without_lead")


def test_leads_that_stand_twice() -> None:
    facts = Facts.read(MODEL, leads=[{"lead_id": "ana"}, {"lead_id": "ana"}, {"lead_id": "ben"}])
    finding = one(facts, "lead_twice")
    assert (finding.count, finding.examples) == (1, ("ana",))


def test_undated_values_never_go_stale_and_that_is_said(write) -> None:
    facts = Facts.read(MODEL, leads=write("l.csv", LEADS))
    finding = one(facts, "undated")
    assert (finding.column, finding.count) == ("size", 1)
    dated = Facts.read(MODEL, leads=[{"lead_id": "ana", "employees": 5, "created_at": "2026-01-01"}])
    assert not found(dated, "undated")


def test_findings_are_made_once() -> None:
    facts = Facts.read(MODEL, events=[event()])
    assert facts.findings() is facts.findings()
