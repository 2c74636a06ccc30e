"""Whose column is whose: names, mappings, constants, and what a model says itself."""

from dataclasses import replace

import pytest
from facts_cast import EVENTS, LEADS, MODEL, TRAITS, event_rows, found, lead_rows

from leadline.engine.facts import Facts, FactsError
from leadline.model.expr import Type
from leadline.model.shape import Field, Property

OTHER_NAMES = [{"User": "ana", "What": "page", "When": "2026-01-01", "Page Path": "/p"}]
MAPPED = {
    "events.lead_id": "User",
    "events.event": "What",
    "events.occurred_at": "When",
    "events.path": "Page Path",
}


@pytest.mark.parametrize("mapping", [MAPPED, [f"{ours}={theirs}" for ours, theirs in MAPPED.items()]])
def test_a_mapping_names_columns(mapping) -> None:
    (row,) = event_rows(Facts.read(MODEL, events=OTHER_NAMES, mapping=mapping))
    assert (row["lead_id"], row["event"], row["t"], row["path"]) == (
        "ana",
        "page",
        1767225600000000,
        "/p",
    )


def test_a_text_in_quotes_is_a_constant() -> None:
    rows = [{"lead_id": "ana", "occurred_at": "2026-01-01"}]
    mapping = ["events.event='it''s a page'", "events.path='/p'"]
    (row,) = event_rows(Facts.read(MODEL, events=rows, mapping=mapping))
    assert (row["event"], row["path"]) == ("it's a page", "/p")


def test_a_name_nearly_the_same_is_taken_and_said() -> None:
    facts = Facts.read(MODEL, leads=[{"Lead ID": "ana", "COUNTRY": "DE", "opted-in": "yes"}])
    assert lead_rows(facts)[0]["opted_in"] == "yes"
    assert {finding.column for finding in found(facts, "matched_column")} == {
        "Lead ID",
        "COUNTRY",
        "opted-in",
    }


def test_two_names_nearly_the_same_are_not_guessed_between() -> None:
    with pytest.raises(FactsError, match=r"no column `lead_id`; did you mean"):
        Facts.read(MODEL, leads=[{"Lead ID": "ana", "LeadId": "ana"}])


def test_the_exact_name_goes_before_others() -> None:
    assert (
        lead_rows(Facts.read(MODEL, leads=[{"lead_id": "ana", "Country": "AT", "country": "DE"}]))[0][
            "country"
        ]
        == "DE"
    )


def test_a_model_names_columns_itself() -> None:
    fields = (replace(MODEL.fields[0], column="Billing Country"), *MODEL.fields[1:])
    model = replace(MODEL, fields=fields, properties=(Property("amount", Type.NUMBER, column="Deal Amount"),))
    leads = [{"lead_id": "ana", "Billing Country": "DE", "country": "AT"}]
    events = [{"lead_id": "ana", "event": "deal_won", "occurred_at": "2026-01-01", "Deal Amount": 7}]
    facts = Facts.read(model, leads=leads, events=events)
    assert lead_rows(facts)[0]["country"] == "DE"
    assert event_rows(facts)[0]["amount"] == 7.0
    facts = Facts.read(model, leads=leads, events=events, mapping={"leads.country": "country"})
    assert lead_rows(facts)[0]["country"] == "AT"


def test_a_property_column_may_be_a_key_of_the_json() -> None:
    model = replace(MODEL, properties=(Property("amount", Type.NUMBER, column="deal/amount~1"),))
    properties = '{"deal/amount~1": 7, "amount": 1}'
    rows = [{"lead_id": "ana", "event": "deal_won", "occurred_at": "2026-01-01", "properties": properties}]
    assert event_rows(Facts.read(model, events=rows))[0]["amount"] == "7"


def test_two_models_must_name_the_same_column() -> None:
    one = replace(MODEL, fields=(replace(MODEL.fields[0], column="A"), *MODEL.fields[1:]))
    two = replace(MODEL, fields=(replace(MODEL.fields[0], column="B"), *MODEL.fields[1:]))
    with pytest.raises(FactsError, match="`country` from different columns, `A` and `B`"):
        Facts.read([one, two])
    assert lead_rows(Facts.read([one, MODEL], leads=[{"lead_id": "ana", "A": "DE"}]))[0]["country"] == "DE"


def test_a_field_of_two_types_is_kept_as_text() -> None:
    other = replace(MODEL, fields=(*MODEL.fields[:1], Field("employees", Type.TEXT), *MODEL.fields[2:]))
    facts = Facts.read([MODEL, other], leads=[{"lead_id": "ana", "employees": 12}])
    assert lead_rows(facts)[0]["employees"] == "12"


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        ({"events.lead_id": "user"}, r"has no column `user`.*did you mean `User`.*`What`"),
        ({**MAPPED, "events.path": "Pages"}, r"has no column `Pages`.*its columns are `User`, `What`"),
        ({"event.lead_id": "User"}, r"does not begin with leads., traits. or events.*did you mean `events`"),
        ({"lead_id": "User"}, r"does not begin with leads"),
        (["events.lead_id"], r"has no ="),
        ({"events.pathh": "Page Path"}, r"nothing of that name is read; did you mean `path`"),
        ({"leads.lead_id": "User"}, r"no leads table was given"),
        (["events.event=What", "events.event=When"], r"mapped to two columns"),
    ],
)
def test_a_mapping_that_cannot_be_followed(mapping, says: str) -> None:
    with pytest.raises(FactsError, match=f"(?s){says}"):
        Facts.read(MODEL, events=OTHER_NAMES, mapping=mapping)


@pytest.mark.parametrize("column", ["lead_id", "event", "occurred_at"])
def test_an_events_table_needs_its_columns(column: str) -> None:
    rows = [{"lead_id": "ana", "event": "page", "occurred_at": "2026-01-01"}]
    del rows[0][column]
    with pytest.raises(FactsError, match=rf"no column `{column}`.*events.{column}=COLUMN"):
        Facts.read(MODEL, events=rows)


def test_facts_are_read_for_a_model() -> None:
    with pytest.raises(FactsError, match="at least one"):
        Facts.read([])


def test_everything_at_once(write) -> None:
    facts = Facts.read(
        MODEL,
        leads=write("l.csv", LEADS),
        events=write("e.csv", EVENTS),
        traits=write("t.csv", TRAITS),
    )
    assert facts.findings() == tuple(found(facts, "undated"))
    assert facts.span() == (1767225600000000 + 36_000_000_000, 1769940000000000)
    assert [column.name for column in facts.fields] == ["country", "employees", "opted_in", "renews_at"]
    assert [column.name for column in facts.properties] == ["amount", "path"]
