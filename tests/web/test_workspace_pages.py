"""The pages that everybody opens: signing in, the start, the list of leads, a lead."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from pages_cast import BAD_LINK, CANARY, Page, look, signed_in
from web_cast import micros

from leadline.web.accounts.models import User
from leadline.web.capture import installed as inboxes
from leadline.web.capture.stores import Row
from leadline.web.instants import moment
from leadline.web.lead_pages import acting_views, lead_views, views
from leadline.web.lead_pages import standing as lead_page
from leadline.web.leads.models import Lead, Subject
from leadline.web.leads.templatetags.shown import is_web_address, linked
from leadline.web.qualification.models import Standing
from leadline.web.today import views as home


@pytest.fixture
def ana(db, inbox, clock, monkeypatch):
    """Ana at her browser, at the instant of the test's clock."""
    monkeypatch.setattr(inboxes, "_shared", [inbox])
    for module in (views, lead_views, acting_views, home):
        monkeypatch.setattr(module, "now", clock)
    return signed_in()


@pytest.fixture
def mia(server, program, send, worker, clock):
    """A vice president who looked at the prices twice."""
    day = timedelta(days=1)
    who = {"userId": "mia", "traits": {"firstName": "Mia", "lastName": "Keller", "seniority": "vp",
                                       "email": "mia@acme.example", "company": "Acme"}}  # fmt: skip
    send(server, "identify", at=clock.at - 9 * day, **who)
    for ago in (10 * day, day):
        send(server, "page", userId="mia", properties={"path": "/pricing"}, at=clock.at - ago)
    worker.drain()
    return Lead.objects.get(name="Mia Keller")


def lead_of(number: int, **more) -> Lead:
    subject = Subject.objects.create(kind="user", value=f"u{number}")
    return Lead.objects.create(id=subject.id, **{"kind": "user", "name": f"Lead {number}", **more})


def stand(program, lead: Lead, *, fit: float = 0, intent: float = 0, **more) -> None:
    given = {"quality": "bad", "stage": "lead", "measures": "{}", "ledger": "[]", **more}
    Standing.objects.create(
        program=program,
        lead_id=lead.id,
        as_of=0,
        episode=1,
        fit=fit,
        intent=intent,
        model_version="x",
        **given,
    )


# --- signing in -------------------------------------------------------------------------------------------


def test_signing_in_does_not_tell_whether_somebody_has_an_account(db, quick_passwords):
    User.objects.create_user("ana@example.com", "a long enough word")
    User.objects.create_user("gone@example.com", "a long enough word", is_active=False)
    told = set()
    for email in ("ana@example.com", "nobody@example.com", "gone@example.com"):
        page = Page(Client().post("/sign-in", {"login": email, "password": "wrong"}))
        told.add((page.status, page.text))
    assert len(told) == 1
    assert "do not fit together" in told.pop()[1]


def test_signing_in_leads_on_to_where_one_wanted_to_go_but_never_elsewhere(db, quick_passwords):
    User.objects.create_user("ana@example.com", "a long enough word")
    given = {"login": "Ana@Example.com", "password": "a long enough word"}
    assert Client().post("/sign-in", {**given, "next": "/leads"})["Location"] == "/leads"
    assert Client().post("/sign-in", {**given, "next": "https://evil.example/"})["Location"] == "/"


def test_what_is_not_there_has_a_page_with_a_way_on(ana):
    for path in ("/nowhere", "/lead/1", f"/lead/{10**30}", "/source/none", "/failed/7"):
        page = look(ana, path)
        assert page.status == 404
        assert "Page not found" in page.text
        assert "/leads" in page.links


def test_a_fault_of_ours_has_a_page_that_tells_nothing_of_it(ana, mia, monkeypatch):
    def broken(at):
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr(lead_page, "programs", broken)
    ana.raise_request_exception = False
    page = look(ana, f"/lead/{mia.id}")
    assert page.status == 500
    assert "Something failed here" in page.text
    assert "secret" not in page.html


def test_a_form_from_elsewhere_is_refused_with_a_page(ana, source):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = ana.cookies
    page = Page(strict.post("/source/site/keys"))
    assert page.status == 403
    assert "no longer valid" in page.text
    assert source.keys.count() == 1


# --- the start --------------------------------------------------------------------------------------------


def test_an_empty_workspace_says_the_next_step(ana):
    assert "Make a source" in look(ana, "/").text
    assert "/sources/new" in look(ana, "/sources").links
    assert "/sources" in look(ana, "/leads").links


def test_the_start_shows_the_leads_with_the_most_points(ana, mia):
    page = look(ana, "/")
    assert "Mia Keller" in page.text
    assert "next steps" not in page.text


# --- a lead -------------------------------------------------------------------------------------------------


def test_the_points_on_a_leads_page_add_up_to_its_scores(ana, mia):
    cells = [row for row in look(ana, f"/lead/{mia.id}").cells if row and row[-1][:1] in "+−0123456789"]
    points = {row[0]: float(row[-1].replace("−", "-")) for row in cells if len(row) == 3}
    intent = [v for name, v in points.items() if name.startswith("Viewed pricing twice")]
    assert points["Fit"] == 30
    assert len(intent) == 1
    assert points["Intent"] == pytest.approx(sum(intent), abs=0.006)


def test_a_leads_page_says_who_it_is_why_and_what_happened(ana, mia):
    page = look(ana, f"/lead/{mia.id}")
    for words in ("Mia Keller", "mia@acme.example", "Decides", "Viewed pricing", "seniority: vp", "CRM"):
        assert words in page.text
    assert page.text.count("/pricing") >= 2
    assert "Lead → MQL" in page.text


def test_a_lead_with_very_many_events_is_shown_as_it_was_last_judged(ana, mia):
    Lead.objects.filter(pk=mia.id).update(events=10**6)
    page = look(ana, f"/lead/{mia.id}")
    assert "Viewed pricing, 2 events" in page.text
    assert "Decides" in page.text


def test_a_browser_that_became_somebody_leads_to_that_lead(ana, source, program, send, worker):
    send(source, "page", anonymousId="b1", properties={"path": "/"})
    worker.drain()
    visitor = Lead.objects.get()
    assert "Anonymous visitor" in look(ana, f"/lead/{visitor.id}").text
    send(source, "identify", anonymousId="b1", userId="ana")
    worker.drain()
    answer = ana.get(f"/lead/{visitor.id}")
    assert answer["Location"] == f"/lead/{Subject.objects.get(kind='user').id}"


# --- what was tracked is hostile ----------------------------------------------------------------------------


@pytest.fixture
def haunted(source, server, program, send, worker, inbox, clock):
    """Every field that a stranger fills, filled with script."""
    page = {"url": BAD_LINK, "path": CANARY, "title": CANARY, "referrer": BAD_LINK, "search": CANARY}
    context = {"page": page, "campaign": dict.fromkeys(("source", "medium", "name", "term"), CANARY),
               "locale": CANARY, "timezone": CANARY, "library": {"name": CANARY}, "os": {"name": CANARY},
               }  # fmt: skip
    said = {
        CANARY: CANARY,
        "url": BAD_LINK,
        "href": BAD_LINK,
        "path": CANARY,
        "deep": {CANARY: {CANARY: CANARY}},
    }
    fields = ("name", "firstName", "lastName", "company", "title", "website", "seniority", CANARY)
    traits = {**dict.fromkeys(fields, CANARY), "email": f'"{CANARY}"@x.example', "website": BAD_LINK}
    ids = {"anonymousId": CANARY, "userId": CANARY}
    for of in (source, server):
        send(of, "track", event=CANARY, properties=said, context=context, ua=CANARY, **ids)
        send(of, "page", name=CANARY, properties=page, context=context, **ids)
        send(of, "identify", traits=traits, context=context, **ids)
        send(of, "track", event="", messageId=CANARY, **ids)
        send(of, "alias", previousId=CANARY, userId="null")
    inbox.append(
        [Row(source.id, clock(), "batch", b'{"batch": [{"type": "<script>canary()</script>"}, 7]}', b"{}")]
    )
    worker.drain()


def test_script_in_any_tracked_field_is_shown_as_text(ana, haunted):
    seen, waiting = {}, ["/", "/leads?kind=all", "/sources", "/failed", "/source/site/live/messages"]
    while waiting:
        path = waiting.pop()
        if path in seen or not path.startswith("/") or len(seen) > 300:
            continue
        page = seen[path] = Page(ana.get(path, follow=True))
        assert page.status == 200, path
        assert page.runs == [], path
        waiting += page.links
    shown = [path for path, page in seen.items() if "<script>canary()" in page.text]
    for part in ("/leads", "/lead/", "/source/site/live", "/source/crm/live", "/failed", "/failed/"):
        assert any(path.startswith(part) for path in shown), part


def test_only_whole_web_addresses_become_links():
    assert 'href="https://example.com/a?b=1&amp;c=2"' in linked("https://example.com/a?b=1&c=2")
    for text in (BAD_LINK, "java\tscript:canary()", "//example.com", "data:text/html,x", "https://", "http://[",
                 "https://a b", " https://example.com", "mailto:a@example.com", 7, None):  # fmt: skip
        assert linked(text) == str(text)
    assert not is_web_address("HTTPSX://example.com")


def test_links_that_break_out_of_their_quotes_do_not():
    assert "<b" not in linked('https://example.com/"><b')


# --- speed --------------------------------------------------------------------------------------------------


def test_the_number_of_queries_does_not_grow_with_facts(ana, mia, server, send, worker, clock):
    path = f"/lead/{mia.id}"
    look(ana, path)
    counted = queries_of(ana, path)
    for number in range(40):
        send(server, "track", userId="mia", event=f"Thing {number}", at=clock.at - timedelta(hours=number))
        send(server, "identify", userId="mia", traits={f"field_{number}": "x"})
    worker.drain()
    assert queries_of(ana, path) == counted <= 26


def queries_of(browser: Client, path: str) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as caught:
        assert browser.get(path).status_code == 200
    return len(caught)


def test_times_have_their_instant_on_hover(ana, mia, clock):
    yesterday = moment(micros(clock.at - timedelta(days=1)))
    assert f'title="{yesterday:%Y-%m-%dT%H:%M:%S}.000Z"' in look(ana, f"/lead/{mia.id}").html
