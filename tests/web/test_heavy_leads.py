"""A lead of very many events: judged apart, the others first, and in the end as any other lead."""

from __future__ import annotations

from datetime import timedelta

import pytest
from web_cast import MODEL, START, micros
from world_cast import dumped

from leadline.web.leads.models import Lead, Span, Subject
from leadline.web.qualification import heavy
from leadline.web.qualification.actions import merge_leads, void_event
from leadline.web.qualification.judging import judge_apart
from leadline.web.qualification.models import HeavyLead, Outbox, StageChange, Standing
from leadline.web.qualification.programs import publish
from leadline.web.rebuild import rebuild

pytestmark = pytest.mark.django_db

PRICING = {"path": "/pricing"}


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lead of more than twenty facts is heavy, and walked some steps at a time."""
    monkeypatch.setattr(heavy, "MOST_FACTS", 20)
    monkeypatch.setattr(heavy, "STEPS", 7)


@pytest.fixture
def visits(send, server, worker):
    """Let somebody look at so many pages, an hour apart, the last one an hour ago."""

    def visits(user: str, count: int, path: str = "/pricing") -> None:
        for n in range(count, 0, -1):
            at = START - timedelta(hours=n)
            send(server, "page", at=at, userId=user, properties={"path": path})
        while worker.take():
            pass

    return visits


def lead(user: str) -> Lead:
    return Lead.objects.get(id=Subject.objects.get(kind="user", value=user).id)


def test_a_heavy_lead_waits_while_the_others_are_judged(visits, program, worker):
    visits("busy", 30)
    visits("ana", 3)
    assert Standing.objects.get().lead_id == lead("ana").id
    assert HeavyLead.objects.get().since is not None
    worker.drain()
    assert lead("busy").events == 30
    assert Standing.objects.get(lead_id=lead("busy").id).stage == "lead"
    assert HeavyLead.objects.get().since is None


def test_judged_apart_or_at_once_a_lead_stands_alike(
    visits, send, server, program, worker, clock, monkeypatch
):
    send(server, "identify", at=START - timedelta(hours=9.5), userId="busy", traits={"seniority": "vp"})
    visits("busy", 40)
    visits("busy", 3, "/")
    clock.at += timedelta(days=90)
    worker.drain()
    was = dumped(clock())
    changes = StageChange.objects.filter(lead_id=lead("busy").id)
    assert list(changes.values_list("after", flat=True)) == ["mql", "lead"]
    assert Outbox.objects.count() == 2
    rebuild(at=clock())
    assert dumped(clock()) == was
    monkeypatch.setattr(heavy, "MOST_FACTS", 1000)
    rebuild(at=clock())
    assert dumped(clock()) == was
    assert Outbox.objects.count() == 2


def test_a_heavy_lead_falls_in_time_without_a_new_fact(visits, send, server, program, worker, clock):
    send(server, "identify", at=START - timedelta(hours=3), userId="busy", traits={"seniority": "vp"})
    visits("busy", 25)
    worker.drain()
    assert Standing.objects.get().stage == "mql"
    clock.at += timedelta(days=90)
    while worker.wake():
        pass
    assert Standing.objects.get().stage == "mql"  # it waits, and keeps nobody busy
    worker.drain()
    assert Standing.objects.get().stage == "lead"


def test_it_rests_for_some_times_as_long_as_judging_it_took(visits, program, worker, clock, monkeypatch):
    monkeypatch.setattr(heavy, "STEPS", 1000)

    def slow() -> int:
        clock.at += timedelta(seconds=1)
        return clock()

    visits("busy", 25)
    judge_apart(heavy.take(clock()), slow)
    visits("busy", 1)
    assert not heavy.ready(clock())
    clock.at += timedelta(seconds=heavy.REST)
    assert not heavy.ready(clock())
    clock.at += timedelta(seconds=heavy.REST)
    assert heavy.ready(clock())


def test_a_fact_that_comes_while_a_lead_is_judged_is_judged_next(
    visits, send, server, program, worker, clock
):
    visits("busy", 25)
    taken = heavy.take(clock())
    send(server, "track", event="form", userId="busy", at=START, properties={"name": "demo"})
    worker.take()
    judge_apart(taken, clock)
    assert not StageChange.objects.exists()
    worker.drain()
    assert Standing.objects.get().stage == "mql"
    assert HeavyLead.objects.get().since is None


def test_a_merge_while_a_lead_is_judged_makes_what_was_found_void(
    visits, program, worker, clock, monkeypatch
):
    monkeypatch.setattr(heavy, "STEPS", 1000)
    visits("busy", 25)
    visits("ana", 2)
    ana, busy = (Subject.objects.get(value=user).id for user in ("ana", "busy"))
    taken = heavy.take(clock())
    found = heavy.read(taken)
    assert len(found.facts.events) == 25
    merge_leads(loser=busy, winner=ana, by="ben", at=clock())
    assert not heavy.still_holds(taken, found, 0)
    heavy.let_go(taken, written=False, finished=True, cost=0, now=clock())
    worker.drain()
    assert [one.id for one in Lead.objects.all()] == [ana]
    assert Lead.objects.get().events == 27
    assert set(Standing.objects.values_list("lead_id", flat=True)) == {ana}


def test_a_model_published_while_a_lead_is_judged_is_the_one_it_is_judged_by(visits, program, worker, clock):
    visits("busy", 25)
    taken = heavy.take(clock())
    found = heavy.read(taken)
    kinder = MODEL.replace("quality = 'good' or hand_raised", "intent >= 10")
    publish(program=program, text=kinder, by="Ana", at=clock())
    assert not heavy.still_holds(taken, found, 0)
    heavy.let_go(taken, written=False, finished=True, cost=0, now=clock())
    worker.drain()
    change = StageChange.objects.get()
    assert (change.changed_at, change.after) == (clock(), "mql")


def test_who_took_a_lead_and_was_killed_is_followed_by_another(visits, program, worker, clock):
    visits("busy", 25)
    first = heavy.take(clock())
    clock.at += timedelta(seconds=11)
    second = heavy.take(clock())
    assert second is not None
    judge_apart(first, clock)  # it was not dead after all, and writes nothing
    assert not Standing.objects.exists()
    judge_apart(second, clock)
    assert Standing.objects.exists()
    third = heavy.take(clock())  # not yet at its end
    assert third.since > micros(START)


def test_an_event_of_a_heavy_lead_that_is_called_void_gives_its_points_back(
    visits, send, server, program, worker, clock
):
    visits("busy", 25, "/")
    demo = send(server, "track", event="form", userId="busy", at=START, properties={"name": "demo"})
    worker.drain()
    assert Standing.objects.get().stage == "mql"
    void_event(event_id=f"crm:{demo}", void=True, reason="a test", by="ana", at=clock())
    worker.drain()
    assert Standing.objects.get().stage == "lead"
    assert lead("busy").events == 25


def test_events_that_no_model_asks_for_are_counted_and_not_read(visits, send, server, program, worker, clock):
    for n in range(30):
        send(server, "track", event="scrolled", userId="busy", at=START - timedelta(hours=n))
    while worker.take():
        pass
    found = heavy.read(heavy.take(clock()))
    assert len(found.facts.events) == 1  # the first, with which the lead begins
    worker.drain()
    busy = lead("busy")
    assert (busy.events, busy.last_seen) == (30, micros(START))
    assert busy.first_seen == micros(START - timedelta(hours=29))
    assert Standing.objects.get().stage == "lead"
    assert Span.objects.count() == 1
