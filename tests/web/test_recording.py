"""What people of the team say of leads is a fact like all others."""

from datetime import timedelta

import pytest
from web_cast import micros

from leadline.web.leads.models import Event, Lead, Trait
from leadline.web.qualification.actions import merge_leads, take_back_merge, void_event
from leadline.web.qualification.models import Standing
from leadline.web.recording import Answered, NoSuchLeadError, record_event, record_traits


@pytest.fixture
def lead(send, source, program, worker, clock) -> Lead:
    send(source, "page", userId="u1", properties={"path": "/pricing"})
    worker.drain()
    clock.at += timedelta(hours=1)
    return Lead.objects.get()


def test_a_deal_that_somebody_enters_makes_a_customer_at_once(lead, clock):
    (event_id,) = record_event(leads=[lead.id], event="deal_won", by="ana@example.com", at=micros(clock.at))
    assert Standing.objects.get().stage == "customer"
    void_event(event_id=event_id, void=True, reason="undone", by="ana@example.com", at=micros(clock.at) + 1)
    assert Standing.objects.get().stage == "lead"


def test_an_answer_is_believed_and_kept_with_its_words(lead, clock):
    heard = Answered("seniority", "vp", "I run the department", 0.8)
    record_traits(lead=lead.id, answers=[heard], by="ana@example.com", at=micros(clock.at))
    trait = Trait.objects.get(field="seniority")
    assert (trait.value, trait.quote, trait.confidence, trait.verified) == (
        "vp", "I run the department", 0.8, True,
    )  # fmt: skip
    assert Standing.objects.get().fit == 30.0


def test_what_is_said_of_a_merged_lead_goes_back_with_it(lead, send, source, worker, clock):
    send(source, "page", userId="u2", properties={"path": "/"})
    worker.drain()
    other = Lead.objects.exclude(id=lead.id).get()
    record_traits(lead=other.id, answers=[Answered("seniority", "vp")], by="ana", at=micros(clock.at))
    merge = merge_leads(loser=other.id, winner=lead.id, by="ana", at=micros(clock.at) + 1)
    assert Standing.objects.get().fit == 30.0
    take_back_merge(merge=merge, by="ana", at=micros(clock.at) + 2)
    assert dict(Standing.objects.values_list("lead_id", "fit")) == {lead.id: 0.0, other.id: 30.0}


def test_nothing_is_said_of_a_lead_that_there_is_not(lead, clock):
    with pytest.raises(NoSuchLeadError, match="there is no lead 999"):
        record_event(leads=[lead.id, 999], event="lead_recycled", by="ana", at=micros(clock.at))
    assert not Event.objects.filter(event="lead_recycled").exists()
