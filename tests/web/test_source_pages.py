"""Sources as the team sees them: made, installed, watched; and what could not be read, mended."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from pages_cast import look, signed_in

from leadline.web.capture import failed_views, mending, views
from leadline.web.capture import installed as inboxes
from leadline.web.capture.inbox import NotStoredError
from leadline.web.capture.models import FailedEvent, Source, WriteKey
from leadline.web.capture.queries import RECENT
from leadline.web.capture.stores import Row
from leadline.web.leads.models import Event, Sequence, Trait


@pytest.fixture
def ana(db, inbox, clock, monkeypatch):
    monkeypatch.setattr(inboxes, "_shared", [inbox])
    for module in (views, failed_views):
        monkeypatch.setattr(module, "now", clock)
    return signed_in()


@pytest.fixture
def batch(inbox, clock):
    """Let a batch arrive; what is text or bytes is put in as it stands."""

    def batch(source_id, *messages, **meta):
        parts = [m if isinstance(m, bytes) else json.dumps(m).encode() for m in messages]
        body = b'{"batch": [%s]}' % b", ".join(parts)
        inbox.append([Row(source_id, clock(), "batch", body, json.dumps(meta).encode())])

    return batch


@pytest.fixture
def nameless(source, batch, worker):
    """A track without a name, among others that are fine."""
    fine = {"type": "track", "event": "Fine", "userId": "u1"}
    batch(source.id, fine, {"type": "track", "userId": "mia", "properties": {"plan": "team"}}, fine)
    worker.drain()
    return FailedEvent.objects.get()


def mended(ana, failed, **changes):
    """Send the message of a failed event again as its page shows it, with these members changed."""
    shown = ana.get(f"/failed/{failed.id}").context["form"]["body"].value()
    return ana.post(f"/failed/{failed.id}", {"body": json.dumps(json.loads(shown) | changes)})


# --- sources and keys ---------------------------------------------------------------------------------------


def test_a_new_source_has_a_key_and_says_how_to_install_it(ana):
    given = {"name": "Our website", "kind": "browser", "allowed_origins": "https://www.example.com/\n"}
    assert ana.post("/sources/new", given)["Location"] == "/source/our-website"
    key = WriteKey.objects.get().key
    page = look(ana, "/source/our-website")
    assert f'<script src="http://localhost:8000/leadline.js" data-key="{key}" async></script>' in page.text
    assert json.loads(Source.objects.get().allowed_origins) == ["https://www.example.com"]


def test_a_server_is_shown_the_settings_of_the_clients_that_it_has(ana):
    ana.post("/sources/new", {"name": "Billing", "kind": "server"})
    page = look(ana, "/source/billing")
    assert 'analytics.host = "http://localhost:8000"' in page.text
    assert 'dataPlaneUrl = "http://localhost:8000"' in page.text


def test_sources_of_one_name_have_addresses_of_their_own(ana):
    for _ in range(3):
        ana.post("/sources/new", {"name": "Our website", "kind": "browser"})
    ana.post("/sources/new", {"name": "我们的网站", "kind": "browser"})
    assert sorted(Source.objects.values_list("slug", flat=True)) == [
        "our-website", "our-website-2", "our-website-3", "source",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "origin", ["example.com", "https://example.com/path", "ftp://example.com", "https://", "*", "https://a_b"]
)
def test_what_is_no_origin_is_refused_and_what_was_typed_kept(ana, origin):
    answer = ana.post("/sources/new", {"name": "Site", "kind": "browser", "allowed_origins": origin})
    assert answer.status_code == 422
    assert "is no origin" in answer.content.decode()
    assert answer.context["form"]["name"].value() == "Site"
    assert not Source.objects.exists()


def test_keys_are_rotated_by_adding_one_and_revoking_the_other(ana, source, clock):
    ana.post("/source/site/keys")
    new = WriteKey.objects.exclude(key="site-key").get()
    ana.post(f"/source/site/keys/{WriteKey.objects.get(key='site-key').id}/revoke")
    assert WriteKey.objects.get(key="site-key").revoked_at == clock()
    page = look(ana, "/source/site")
    assert f'data-key="{new.key}"' in page.text
    ana.post(f"/source/site/keys/{WriteKey.objects.get(key='site-key').id}/restore")
    assert WriteKey.objects.filter(revoked_at=None).count() == 2


def test_a_key_of_another_source_is_out_of_reach(ana, source, server):
    key = WriteKey.objects.get(key="crm-key")
    assert ana.post(f"/source/site/keys/{key.id}/revoke").status_code == 404
    assert WriteKey.objects.get(key="crm-key").revoked_at is None


def test_settings_are_changed_and_nonsense_is_not(ana, source):
    given = {
        "name": "Shop",
        "allowed_origins": "https://*.shop.example",
        "rate_per_second": "50",
        "enabled": "on",
    }
    assert ana.post("/source/site/settings", given).status_code == 302
    source.refresh_from_db()
    assert (source.name, source.rate_per_second, source.respect_gpc, source.trusted) == (
        "Shop",
        50,
        False,
        False,
    )
    assert ana.post("/source/site/settings", given | {"rate_per_second": "-1"}).status_code == 422
    assert "https://*.shop.example" in look(ana, "/source/site/settings").text


def test_nothing_changes_by_looking(ana, source, nameless):
    for path in ("/source/site/keys", "/failed/again", "/failed/discard", f"/failed/{nameless.id}/discard"):
        assert ana.get(path).status_code == 405


# --- is it installed, what arrives ------------------------------------------------------------------------


def test_the_install_check_waits_for_the_first_event_and_then_says_when_it_came(ana, source, send, worker):
    waiting = ana.get("/source/site/installed")
    assert "Waiting for the first event" in waiting.content.decode()
    assert waiting["X-Refresh"] == "yes"
    assert 'data-refresh="/source/site/installed"' in look(ana, "/source/site").html
    send(source, "page", anonymousId="b1")
    worker.drain()
    there = ana.get("/source/site/installed")
    assert "First event received" in there.content.decode()
    assert "1 Jun 2026, 12:00" in there.content.decode()
    assert there["X-Refresh"] == "no"
    assert "data-refresh" not in look(ana, "/source/site").html


def test_a_source_that_began_long_ago_says_the_day(ana, source, send, worker):
    send(source, "page", anonymousId="b1")
    worker.drain()
    Sequence.objects.update(last=RECENT * 2)
    assert "1 June 2026" in look(ana, "/source/site/installed").text


def test_the_list_counts_today_by_what_became_of_messages(ana, source, send, worker, clock, nameless):
    for id_ in ("twice", "twice"):
        send(source, "page", anonymousId="b1", messageId=id_)
    worker.drain()
    name, kind, last, stored, refused, failed = look(ana, "/sources").cells[1]
    assert (name, kind, last, stored, refused, failed) == ("Website", "Website", "just now", "3", "0", "1")
    clock.at += timedelta(days=1)
    assert look(ana, "/sources").cells[1][2:4] == ["1 day ago", "0"]


def test_messages_are_shown_as_they_were_understood(ana, source, send, worker, clock):
    address = "https://example.com/pricing?utm_source=News&utm_medium=email"
    send(source, "page", anonymousId="b1", context={"page": {"url": address, "path": "/pricing"}})
    send(source, "track", event="Old", userId="mia", at=clock.at - timedelta(hours=3))
    send(source, "identify", userId="mia", anonymousId="b1", traits={"firstName": "Mia"})
    send(source, "page", anonymousId="b2", ua="Mozilla/5.0 (compatible; Googlebot/2.1)")
    worker.drain()
    text = look(ana, "/source/site/live").text
    for words in (
        "anon b1",
        "news / email",
        "happened 3 hours earlier",
        "user mia",
        "first_name Mia",
        "Googlebot",
    ):
        assert words in text
    assert text.index("Googlebot") < text.index("news / email")  # the latest stands first


def test_messages_are_filtered_by_name_bots_and_failure(ana, source, send, worker, nameless):
    send(source, "track", event="Signed Up", userId="u1")
    send(source, "page", anonymousId="b2", ua="Googlebot/2.1")
    worker.drain()

    def shown(**query):
        return [m.event for m in ana.get("/source/site/live/messages", query).context["shown"]]

    assert set(shown()) == {"Fine", "Signed Up", "page", "no_event"}
    assert shown(name="signed") == ["Signed Up"]
    assert shown(show="bots") == ["page"]
    assert shown(show="failed") == ["no_event"]
    assert len(shown(show="everything")) == 5
    again = ana.get("/source/site/live", {"show": "bots", "name": "a&b"}).context["refresh"]
    assert again == "/source/site/live/messages?show=bots&name=a%26b"


def test_the_number_of_queries_does_not_grow_with_messages(ana, source, send, worker, nameless):
    send(source, "identify", userId="u", traits={"name": "x"})
    worker.drain()
    paths = ("/source/site/live", "/sources", "/failed")
    counted = {path: queries_of(ana, path) for path in paths}
    for number in range(30):
        send(source, "identify", userId=f"u{number}", traits={"name": "x"})
        send(source, "track", userId=f"u{number}")
    worker.drain()
    assert {path: queries_of(ana, path) for path in paths} == counted
    assert max(counted.values()) <= 10


def queries_of(browser, path):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as caught:
        assert browser.get(path).status_code == 200
    return len(caught)


# --- failed events ------------------------------------------------------------------------------------------


def test_a_mended_message_is_stored_as_though_it_had_just_come(ana, nameless, worker, clock):
    arrived = nameless.received_at
    clock.at += timedelta(days=2)
    assert "needs the name" in look(ana, f"/failed/{nameless.id}").text
    assert mended(ana, nameless, event="Trial started").status_code == 302
    worker.drain()
    event = Event.objects.get(event="Trial started")
    assert json.loads(event.properties)["plan"] == "team"
    assert (event.occurred_at, event.received_at) == (arrived, arrived)
    nameless.refresh_from_db()
    assert (nameless.mended_at, nameless.settled_by) == (clock(), "ana@example.com")
    assert "sent again" in look(ana, f"/failed/{nameless.id}").text
    assert "Nothing to mend" in look(ana, "/failed").text


def test_a_message_that_still_cannot_be_read_stays_with_what_is_wrong_and_what_was_typed(
    ana, nameless, inbox
):
    answer = mended(ana, nameless, event="", userId="null")
    assert answer.status_code == 422
    assert "is a placeholder" in answer.content.decode()
    answer = ana.post(f"/failed/{nameless.id}", {"body": '{"type": "track",\n  "event": '})
    assert "This is not JSON: expecting value in line 2, column 12." in answer.content.decode()
    assert answer.context["form"]["body"].value() == '{"type": "track",\n  "event": '
    nameless.refresh_from_db()
    assert nameless.mended_at is None
    assert inbox.count() == 0


def test_a_message_that_is_sent_again_twice_is_stored_once(ana, nameless, worker, inbox):
    for _ in range(2):
        mended(ana, nameless, event="Trial started")
    assert inbox.count() == 1
    FailedEvent.objects.update(mended_at=None)  # as after a crash between the inbox and the mark
    mended(ana, nameless, event="Trial started")
    worker.drain()
    assert Event.objects.filter(event="Trial started").count() == 1


def test_a_message_that_cannot_be_stored_stays_open(ana, nameless, inbox, monkeypatch):
    def full(rows):
        raise NotStoredError("the disk is full")

    monkeypatch.setattr(inbox, "append", full)
    answer = mended(ana, nameless, event="Trial started")
    assert "is still here" in answer.content.decode()
    ana.post("/failed/again", {"source": nameless.source_id, "reason": "no_event"})
    assert FailedEvent.objects.get().mended_at is None


def test_all_of_one_reason_are_sent_again_once_their_cause_is_gone(ana, source, batch, worker):
    batch(0, {"type": "track", "event": "One", "userId": "u1"}, key="lost-key")
    batch(0, {"type": "track", "event": "Two", "userId": "u1"}, key="lost-key")
    batch(0, {"type": "track", "event": "Three", "userId": "u1"}, key="other-key")
    worker.drain()
    assert FailedEvent.objects.filter(reason="unknown_key").count() == 3
    assert "write key that no source had" in look(ana, "/sources").text
    ana.post("/failed/again", {"source": "0", "reason": "unknown_key"})
    assert FailedEvent.objects.filter(mended_at=None).count() == 3
    WriteKey.objects.create(source=source, key="lost-key", created_at=0)
    answer = ana.post("/failed/again", {"source": "0", "reason": "unknown_key"}, follow=True)
    assert "2 sent again, 1 still cannot be read" in answer.content.decode()
    worker.drain()
    assert set(Event.objects.values_list("event", "source_id")) == {("One", source.id), ("Two", source.id)}


def test_what_cannot_be_read_does_not_bar_the_way_of_the_rest(ana, source, batch, worker, monkeypatch):
    monkeypatch.setattr(mending, "AT_ONCE", 2)
    batch(0, *[{"type": "track", "event": "Lost", "userId": "u1"}], key="a")
    batch(0, *[{"type": "track", "event": "Lost", "userId": "u1"}], key="b")
    batch(0, {"type": "track", "event": "Found", "userId": "u1"}, key="c")
    worker.drain()
    WriteKey.objects.create(source=source, key="c", created_at=0)
    chosen = {"source": "0", "reason": "unknown_key"}
    answer = ana.post("/failed/again", chosen, follow=True)
    assert "0 sent again, 2 still cannot be read. 1 more were not tried yet" in answer.content.decode()
    assert "1 sent again, 1 still" in ana.post("/failed/again", chosen, follow=True).content.decode()
    worker.drain()
    assert Event.objects.get().event == "Found"


def test_a_visitors_wish_holds_also_for_what_is_sent_again(ana, source, batch, worker):
    Source.objects.update(respect_gpc=True)
    batch(source.id, {"type": "page", "anonymousId": "b1", "messageId": {}}, gpc=True)
    batch(source.id, {"type": "track", "anonymousId": "b1", "userId": "null", "event": ""}, gpc=True)
    worker.drain()
    for failed in FailedEvent.objects.all():
        assert mended(ana, failed, messageId="m", event="Bought").status_code == 422
    assert not Event.objects.exists()


def test_what_is_not_wanted_is_discarded_with_a_reason_and_can_be_taken_up_again(ana, nameless, clock):
    assert ana.post(f"/failed/{nameless.id}/discard", {"because": " "}).status_code == 302
    assert FailedEvent.objects.get().discarded_at is None
    ana.post(f"/failed/{nameless.id}/discard", {"because": "A test of the agency"})
    page = look(ana, f"/failed/{nameless.id}")
    assert "A test of the agency" in page.text
    assert "ana@example.com" in page.text
    assert nameless.reason.replace("_", " ") in look(ana, "/failed", state="discarded").text
    assert ana.post(f"/failed/{nameless.id}", {"body": "{}"}).status_code == 422
    ana.post(f"/failed/{nameless.id}/take-up")
    assert FailedEvent.objects.filter(discarded_at=None, mended_at=None).exists()


def test_all_of_one_reason_are_discarded_and_no_others(ana, source, batch, worker):
    batch(source.id, *[{"type": "track", "userId": "u1"}] * 3, {"type": "track", "event": "x"}, b"7")
    worker.drain()
    ana.post("/failed/discard", {"source": source.id, "reason": "no_event", "because": "Old client"})
    left = FailedEvent.objects.filter(discarded_at=None).values_list("reason", flat=True)
    assert sorted(left) == ["no_id", "not_an_object"]


def test_bytes_that_are_no_text_are_shown_as_text_and_can_be_mended(ana, source, batch, worker):
    batch(source.id, b'{"type": "track", "event": "\xff\x00<b>", "userId": "u1"}', b'{"a": 1, "a": 2}')
    worker.drain()
    broken, doubled = FailedEvent.objects.order_by("id")
    assert "\\xff\\x00<b>" in look(ana, f"/failed/{broken.id}").text
    assert '{"a": 1, "a": 2}' in look(ana, f"/failed/{doubled.id}").text  # laid out anew, one would be lost
    text = '{"type": "track", "event": "Fine", "userId": "u1"}'
    assert ana.post(f"/failed/{broken.id}", {"body": text}).status_code == 302


def test_a_long_message_is_shown_in_part_and_not_edited(ana, source, batch, worker):
    batch(source.id, {"type": "track", "event": "x", "userId": "u1", "properties": {"t": "y" * 100_000}})
    worker.drain()
    failed = FailedEvent.objects.get()
    page = look(ana, f"/failed/{failed.id}")
    assert "Only the beginning of 97" in page.text
    assert len(page.html) < 90_000
    ana.post(f"/failed/{failed.id}", {"body": '{"type": "track", "event": "x", "userId": "u1"}'})
    assert FailedEvent.objects.get().mended_at is None


def test_a_form_that_failed_is_mended_too(ana, source, inbox, worker, clock):
    body = json.dumps({"ll_form": "demo", "email": "nobody", "company": "Acme"}).encode()
    inbox.append([Row(source.id, clock(), "form", body, b"{}")])
    worker.drain()
    assert mended(ana, FailedEvent.objects.get(), email="mia@acme.example").status_code == 302
    worker.drain()
    assert Event.objects.get().kind == "form"
    assert Trait.objects.get(field="company").value == "Acme"


def test_failed_events_are_leafed_through_to_the_last(ana, source, batch, worker):
    batch(source.id, *[{"type": "track", "userId": f"u{n}"} for n in range(120)])
    worker.drain()
    seen, path = [], "/failed"
    while path:
        page = look(ana, path)
        seen += [link for link in page.links if link.startswith("/failed/")]
        older = [link for link in page.links if "before=" in link]
        path = f"/failed{older[0]}" if older else ""
    assert len(seen) == len(set(seen)) == 120
