"""Failed events, and those who did not want to be stored: from their arrival to the page that shows them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from leadline.web.capture import installed, mending
from leadline.web.capture.models import FailedEvent, Source, WriteKey
from leadline.web.capture.stores import Row

SECRET = "ana@acme.com"
BROKEN = f'{{"anonymousId": "a1", "properties": {{"note": "{SECRET}"}}, "price": NaN}}'.encode()


@pytest.fixture
def arrive(inbox, clock):
    def arrive(source_id: int, body: Any, kind: str = "track", **meta: Any) -> None:
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        known = {"ip": "203.0.113.7", "ua": "Firefox", "referer": f"https://example.com/?me={SECRET}"} | meta
        inbox.append([Row(source_id, clock(), kind, text, json.dumps(known).encode())])

    return arrive


def everything_of(failed: FailedEvent) -> str:
    return " ".join(str(getattr(failed, f.attname)) for f in FailedEvent._meta.concrete_fields)


def test_of_a_visitor_who_said_no_the_reason_is_kept_and_nothing_else(source, worker, arrive):
    arrive(source.id, BROKEN, gpc=True)
    worker.drain()
    failed = FailedEvent.objects.get()
    assert (failed.reason, failed.source_id, failed.kind) == ("not_json", source.id, "track")
    assert f"{len(BROKEN)} bytes" in failed.detail
    for mark in (SECRET, "203.0.113.7", "Firefox", "a1"):
        assert mark not in everything_of(failed)


def test_the_page_says_so_and_offers_no_mending(source, worker, arrive, inbox, clock, client, monkeypatch):
    monkeypatch.setattr(installed, "_shared", [inbox])
    arrive(source.id, BROKEN, gpc=True)
    worker.drain()
    failed = FailedEvent.objects.get()
    client.force_login(get_user_model().objects.create_superuser("ana@example.com", "a-long-password"))
    page = client.get(reverse("sources:failure", args=[failed.id])).content.decode()
    assert "not kept" in page
    assert "Send again" not in page
    with pytest.raises(mending.NotMendedError, match="can only be discarded"):
        mending.mend(failed=failed, text='{"anonymousId": "a1"}', inbox=inbox, by="Ana", at=clock())
    sent = mending.send_again(reason="not_json", source_id=source.id, inbox=inbox, by="Ana", at=clock())
    assert (sent.handed_over, sent.unreadable) == (0, 1)


def test_what_came_with_an_unknown_key_waits_for_it_unless_its_visitor_says_no(
    db, worker, arrive, inbox, clock
):
    visit = {"anonymousId": "a1", "messageId": "m1"}
    arrive(0, visit, "page", key="later")
    arrive(0, {**visit, "properties": {"note": SECRET}}, "page", key="later", gpc=True)
    worker.drain()
    kept, withheld = FailedEvent.objects.order_by("id")
    assert json.loads(kept.body) == visit
    assert SECRET not in everything_of(withheld)
    WriteKey.objects.create(
        source=Source.objects.create(slug="late", name="Late"), key="later", created_at=clock()
    )
    sent = mending.send_again(reason="unknown_key", source_id=0, inbox=inbox, by="Ana", at=clock())
    assert (sent.handed_over, sent.unreadable) == (1, 1)


def test_a_request_that_cannot_be_processed_is_set_aside_without_those_who_said_no(
    source, worker, arrive, monkeypatch
):
    from leadline.web import worker as module

    said = {"type": "page", "anonymousId": "a1", "messageId": "m1"}
    no = {**said, "messageId": "m2", "properties": {"note": SECRET}, "context": {"gpc": True}}
    arrive(source.id, {"batch": [said, no]}, "batch")
    monkeypatch.setattr(module, "append", lambda messages: 1 / 0)
    for _ in range(module.TRIES):
        worker.take()
    failed = FailedEvent.objects.get()
    assert failed.reason == "not_processed"
    assert [m["messageId"] for m in json.loads(failed.body)["batch"]] == ["m1"]
    assert "Messages not kept, by their visitors' wish: 1" in failed.detail
