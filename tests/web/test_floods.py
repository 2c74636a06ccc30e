"""What one subject can be flooded with, and what that does to everybody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from web_cast import START

from leadline.web.leads import marks
from leadline.web.leads.models import Event, Lead
from leadline.web.qualification.actions import void_event
from leadline.web.qualification.models import Standing

pytestmark = pytest.mark.django_db

PRICING = {"path": "/pricing"}


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than three events a minute of a visitor, or six of a person, are a machine's."""
    monkeypatch.setattr(marks, "FASTEST", 3)
    monkeypatch.setattr(marks, "FASTEST_PERSON", 6)


def pages(send, source, count: int, second: float = 0.0, **who: str) -> list[str]:
    """Pages that were looked at within one minute."""
    at = [START + timedelta(seconds=second + n / 1000) for n in range(count)]
    return [send(source, "page", at=each, properties=PRICING, **who) for each in at]


def told() -> set[tuple[str, bool]]:
    return set(Event.objects.values_list("bot", "void"))


def test_a_person_who_is_faster_than_people_are_is_a_machine(few, send, source, program, worker):
    pages(send, source, 6, userId="ana")
    worker.drain()
    assert told() == {("", False)}
    assert Standing.objects.get().intent > 0
    pages(send, source, 1, userId="ana")
    worker.drain()
    assert told() == {("rate", True)}
    assert Event.objects.count() == 7
    assert Lead.objects.get().events == 0
    assert not Standing.objects.exists()


def test_what_comes_to_a_minute_that_is_a_machines_is_marked_too(few, send, source, program, worker):
    for _ in range(4):
        pages(send, source, 10, 0, userId="ana")
        worker.drain()
    pages(send, source, 2, -61, userId="ana")
    worker.drain()
    assert Event.objects.filter(bot="rate", void=True).count() == 40
    assert Lead.objects.get().events == 2


def test_a_trusted_source_may_tell_much_at_once(few, send, source, server, program, worker):
    pages(send, server, 20, userId="ana")
    pages(send, server, 20, anonymousId="b1")
    pages(send, source, 6, userId="ana")
    worker.drain()
    assert told() == {("", False)}


def test_a_flood_through_one_source_leaves_what_others_say(few, send, source, server, program, worker):
    pages(send, source, 9, userId="ana")
    send(server, "track", event="form", properties={"name": "demo"}, userId="ana", at=START)
    worker.drain()
    assert set(Event.objects.filter(source_id=server.id).values_list("bot", "void")) == {("", False)}
    assert Standing.objects.get().hand_raised


def test_what_a_person_says_of_a_marked_event_holds(few, send, source, program, worker, clock):
    first, *_ = pages(send, source, 9, userId="ana")
    worker.drain()
    void_event(event_id=f"site:{first}", void=False, reason="it was her", by="ben", at=clock())
    pages(send, source, 9, userId="ana")
    worker.drain()
    assert Event.objects.get(void=False).event_id == f"site:{first}"
    assert Lead.objects.get().events == 1


def test_the_rate_of_people_is_beyond_people():
    assert marks.FASTEST_PERSON >= marks.FASTEST >= 100
