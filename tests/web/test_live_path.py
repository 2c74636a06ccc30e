"""From what arrives to how a lead stands."""

import json
from datetime import timedelta

import pytest
from django.db import OperationalError
from web_cast import MODEL, START, micros

from leadline.web.capture.models import FailedEvent, Tally
from leadline.web.leads.models import Event, Lead, Subject
from leadline.web.qualification.models import Outbox, StageChange, Standing
from leadline.web.worker import Worker


def stage_of(lead: Lead) -> str:
    return Standing.objects.get(lead_id=lead.id).stage


def test_a_stranger_who_comes_back_and_fills_in_a_form_is_a_person_with_a_history(
    send, source, program, worker, clock
):
    send(source, "page", anonymousId="browser-1", properties={"path": "/pricing"})
    worker.drain()
    assert Lead.objects.get().kind == Subject.ANON

    clock.at += timedelta(days=1)
    send(source, "page", anonymousId="browser-1", properties={"path": "/pricing"})
    send(
        source,
        "identify",
        anonymousId="browser-1",
        userId="u1",
        traits={"seniority": "vp", "firstName": "Ana"},
    )
    worker.drain()

    ana = Lead.objects.get()
    standing = Standing.objects.get()
    assert (ana.kind, ana.name, ana.events) == (Subject.USER, "Ana", 2)
    assert (standing.fit, standing.intent, standing.stage) == (30.0, 19.33, "mql")
    why = {entry["rule"]: (entry["points"], entry["events"]) for entry in json.loads(standing.ledger)}
    assert why == {"decides": (30.0, 0), "pricing": (19.33, 2)}
    change = StageChange.objects.get()
    assert (change.before, change.after, change.changed_at) == ("lead", "mql", micros(clock.at))


def test_a_message_that_is_sent_a_thousand_times_counts_once(send, source, program, worker):
    for _ in range(1000):
        send(source, "page", userId="u1", messageId="same", properties={"path": "/pricing"})
    worker.drain()
    assert Event.objects.count() == 1
    assert Standing.objects.get().intent == 10.0
    assert dict(Tally.objects.values_list("what", "count")) == {"stored": 1, "duplicate": 999}


def test_a_bots_events_are_kept_and_give_no_points(send, source, program, worker):
    send(
        source,
        "page",
        userId="u1",
        properties={"path": "/pricing"},
        ua="Googlebot/2.1 (+http://www.google.com/bot.html)",
    )
    send(source, "page", userId="u1", properties={"path": "/"})
    worker.drain()
    assert sorted(Event.objects.values_list("void", flat=True)) == [False, True]
    assert Standing.objects.get().intent == 0.0


def test_a_lead_falls_when_its_interest_has_decayed_and_nobody_looks(send, source, program, worker, clock):
    send(source, "identify", userId="u1", traits={"seniority": "vp"})
    send(source, "page", userId="u1", properties={"path": "/pricing"})
    worker.drain()
    assert Standing.objects.get().stage == "mql"
    due = Standing.objects.get().due_at
    assert micros(START) < due <= micros(START + timedelta(days=11))

    clock.at += timedelta(days=30)
    worker.drain()
    standing, fall = Standing.objects.get(), StageChange.objects.order_by("changed_at").last()
    assert (standing.stage, standing.due_at) == ("lead", None)
    assert (fall.cause, fall.episode) == ("leave", 2)
    days = (fall.changed_at - micros(START)) / 86_400_000_000
    assert 10.0 < days < 10.1  # when 10 points with a half-life of 10 days are below 5.00


def test_late_facts_give_the_history_that_punctual_ones_would(send, source, program, worker, clock):
    clock.at += timedelta(days=3)
    send(source, "page", userId="u1", at=START + timedelta(days=2), properties={"path": "/pricing"})
    worker.drain()
    assert StageChange.objects.count() == 0
    send(source, "identify", userId="u1", at=START, traits={"seniority": "vp"})
    worker.drain()
    change = StageChange.objects.get()
    assert (change.after, change.changed_at) == ("mql", micros(START + timedelta(days=2)))


def test_a_stage_is_announced_once_and_history_never(send, source, program, worker, clock):
    program.effects_from = micros(START)
    program.save()
    before = START - timedelta(days=9)
    send(source, "track", userId="old", event="form", at=before, properties={"name": "demo"})
    for kind in ("page", "page"):
        send(source, kind, userId="new", properties={"path": "/pricing"})
    send(source, "identify", userId="new", traits={"seniority": "vp"})
    worker.drain()
    assert StageChange.objects.count() == 2
    assert Outbox.objects.count() == 1
    send(source, "identify", userId="new", at=START - timedelta(days=1), traits={"seniority": "vp"})
    worker.drain()
    assert Outbox.objects.count() == 1


def test_what_cannot_be_read_is_set_aside_with_its_reason_and_the_rest_flows(send, source, program, worker):
    send(source, "track", userId="u1")
    send(source, "page", userId="u1", properties={"path": "/pricing"})
    worker.drain()
    assert Event.objects.count() == 1
    failed = FailedEvent.objects.get()
    assert failed.reason
    assert json.loads(bytes(failed.body))["userId"] == "u1"


def test_a_request_that_breaks_the_worker_is_set_aside_after_a_few_tries(
    send, source, program, worker, monkeypatch
):
    from leadline.web import worker as working

    read = working.read_arrival

    def breaks(arrival):
        if b"poison" in arrival.body:
            raise RuntimeError("this one breaks")
        return read(arrival)

    monkeypatch.setattr(working, "read_arrival", breaks)
    send(source, "page", userId="u1", properties={"path": "/a"})
    send(source, "page", userId="u2", properties={"path": "/poison"})
    send(source, "page", userId="u3", properties={"path": "/b"})
    worker.drain()
    assert Event.objects.count() == 2
    assert FailedEvent.objects.get().reason == "not_processed"
    assert worker.inbox.count() == 0


def test_a_crash_before_the_inbox_is_emptied_repeats_the_batch_and_changes_nothing(
    send, source, program, worker, monkeypatch
):
    send(source, "page", userId="u1", properties={"path": "/pricing"})
    with monkeypatch.context() as broken:
        broken.setattr(worker.inbox, "delete", lambda ids: (_ for _ in ()).throw(OperationalError("gone")))
        with pytest.raises(OperationalError):
            worker.take()
    Worker(worker.inbox, worker.clock).drain()
    assert Event.objects.count() == 1
    assert Standing.objects.get().intent == 10.0


def test_what_anybody_could_send_does_not_overwrite_what_is_verified(
    send, source, server, program, worker, clock
):
    send(server, "identify", userId="u1", traits={"seniority": "vp"})
    clock.at += timedelta(hours=1)
    send(source, "identify", userId="u1", traits={"seniority": "intern"})
    worker.drain()
    assert Standing.objects.get().fit == 30.0


def test_a_second_program_judges_the_leads_that_are_there(send, source, program, worker, clock):
    from leadline.web.qualification.programs import create_program, publish

    send(source, "page", userId="u1", properties={"path": "/pricing"})
    worker.drain()
    other = create_program(slug="other", name="Other", at=clock())
    publish(program=other, text=MODEL.replace("points: 10,", "points: 20,"), by="Ben", at=clock())
    worker.drain()
    assert dict(Standing.objects.values_list("program__slug", "intent")) == {"trial": 10.0, "other": 20.0}


def test_a_new_model_judges_everybody_from_now_on_and_leaves_history(send, source, program, worker, clock):
    from leadline.web.qualification.programs import publish

    send(source, "page", userId="u1", properties={"path": "/pricing"})
    worker.drain()
    clock.at += timedelta(days=1)
    lower = MODEL.replace("fit >= 30 and intent >= 10", "intent >= 5")
    publish(program=program, text=lower, by="Ben", at=clock())
    worker.drain()
    change = StageChange.objects.get()
    assert (change.after, change.changed_at) == ("mql", micros(clock.at))
    assert change.model_version == program.publications.last().version


def test_a_fact_that_is_dated_ahead_of_the_workers_clock_counts_when_its_time_has_come(
    send, source, program, worker, clock
):
    send(source, "identify", userId="u1", traits={"seniority": "vp"})
    worker.drain()
    clock.at += timedelta(hours=2)
    ahead = clock()
    send(source, "page", userId="u1", properties={"path": "/pricing"})
    clock.at -= timedelta(hours=2)
    worker.drain()
    assert (Standing.objects.get().stage, Standing.objects.get().due_at) == ("lead", ahead)
    clock.at += timedelta(hours=3)
    worker.drain()
    assert StageChange.objects.get().changed_at == ahead
