"""Today: what wants doing for whom, who rose, the numbers that moved. And what stands around pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse
from pages_cast import CANARY, Page, look
from web_cast import micros

from leadline.web.accounts.models import User
from leadline.web.capture import installed as inboxes
from leadline.web.capture.models import FailedEvent, Source, Tally
from leadline.web.capture.queries import day_of
from leadline.web.frame import go, places
from leadline.web.instants import DAY
from leadline.web.leads.models import Lead
from leadline.web.leads.templatetags.charts import chart, table_of
from leadline.web.operations import undo
from leadline.web.today import decisions, moved, rejections, rises, views

DAY_AGO = timedelta(days=1)
LAST = "{stage: customer, event: deal_won}"


@pytest.fixture
def at_work(db, inbox, clock, monkeypatch):
    """People at their browsers, at the instant of the test's clock: `at_work("rep")`."""
    monkeypatch.setattr(inboxes, "_shared", [inbox])
    for module in (views, rejections, go):
        monkeypatch.setattr(module, "now", clock)

    def at_work(role: str, **more) -> Client:
        browser = Client()
        browser.force_login(User.objects.create_user(f"{role}@example.com", name=role, role=role, **more))
        return browser

    return at_work


@pytest.fixture
def mia(server, program, send, worker, clock):
    """A vice president who looked at the prices yesterday, and was lifted by it."""
    told = {"firstName": "Mia", "lastName": "Keller", "seniority": "vp", "email": "mia@acme.example"}
    send(server, "identify", at=clock.at - 9 * DAY_AGO, userId="mia", traits={**told, "company": "Acme"})
    send(server, "page", userId="mia", properties={"path": "/pricing"}, at=clock.at - timedelta(hours=3))
    worker.drain()
    return Lead.objects.get(name="Mia Keller")


# --- who rose ---------------------------------------------------------------------------------------------


def test_who_rose_stands_there_with_what_lifted_them(at_work, mia):
    page = look(at_work("rep"), "/")
    (row,) = [r for r in page.cells if r and r[0].startswith("Mia Keller") and "MQL" in r[1]]
    assert "Viewed pricing +" in row[2]
    assert "Decides +30" in row[2]


def test_who_fell_again_is_not_shown_as_risen(at_work, mia, server, send, worker, clock):
    clock.at += 14 * DAY_AGO  # intent fades, and the rules let her fall
    worker.drain()
    assert "The rules lifted nobody since then" in look(at_work("rep"), "/").text


def test_on_a_monday_since_friday(clock):
    clock.at = clock.at.replace(month=6, day=1)  # a Monday
    assert rises.since(clock()) == micros(clock.at.replace(month=5, day=29, hour=0))
    tuesday = clock.at + DAY_AGO
    assert rises.since(micros(tuesday)) == micros(clock.at.replace(hour=0))


def test_who_sees_only_their_own_leads_is_told_of_no_others(at_work, mia):
    page = look(at_work("rep", scope="own"), "/")
    assert page.status == 200
    assert "Mia Keller" not in page.html


# --- what wants doing ---------------------------------------------------------------------------------


def test_a_lead_that_waits_for_a_word_is_wanted_of_sales_alone(at_work, mia, program):
    program.publications.update(text=program.publications.get().text.replace(
        LAST, f"{{stage: sal, event: accepted}}\n    - {LAST}"
    ))  # fmt: skip
    assert "1 lead waits for your word: MQL" in look(at_work("rep"), "/").text
    assert "waits for your word" not in look(at_work("reader"), "/").text


def test_the_last_stage_waits_for_nobodys_word(program):
    from leadline.web.qualification.programs import compiled

    assert decisions.decided_from(compiled(program.publications.get().text).model) == []


def test_a_rejection_is_wanted_until_its_reason_was_read(at_work, mia, server, send, worker, clock):
    send(server, "track", userId="mia", event="lead_rejected", at=clock.at - timedelta(hours=1),
         properties={"reason": CANARY, "rep": "Ben"})  # fmt: skip
    worker.drain()
    marketer = at_work("marketing")
    assert "1 lead was rejected" in look(marketer, "/").text
    assert "was rejected" not in look(at_work("rep"), "/").text
    reasons = look(marketer, "/rejections")
    assert "Mia Keller" in reasons.text
    assert CANARY in reasons.text
    assert not reasons.runs
    assert "was rejected" not in look(marketer, "/").text


def test_a_source_that_went_silent_is_told_of_but_not_one_that_sends_seldom(at_work, clock):
    today = day_of(clock())
    daily, seldom, fine = (Source.objects.create(slug=s, name=s.title()) for s in ("daily", "seldom", "fine"))
    for ago in range(3, 10):
        Tally.objects.create(source_id=daily.id, day=today - timedelta(days=ago), what="stored", count=400)
    Tally.objects.create(source_id=seldom.id, day=today - timedelta(days=9), what="stored", count=4)
    for ago in range(1, 8):
        Tally.objects.create(source_id=fine.id, day=today - timedelta(days=ago), what="stored", count=4)
    page = look(at_work("admin"), "/")
    assert "Daily went silent" in page.text
    assert "about 400 a day" in page.text
    assert "Seldom went" not in page.text
    assert "Fine went" not in page.text
    assert "Daily went silent" not in look(at_work("rep"), "/").text


def test_what_could_not_be_read_is_wanted_of_those_who_can_mend_it(at_work, source, clock):
    FailedEvent.objects.create(
        arrival="1:0", source_id=source.id, received_at=clock() - 3 * DAY, kind="track", reason="not_json",
        detail="…", body=b"{", meta="{}",
    )  # fmt: skip
    page = look(at_work("marketing"), "/")
    assert "1 message could not be read" in page.text
    assert "from 3 days ago" in page.text
    assert reverse("sources:failed") in page.links
    assert "could not be read" not in look(at_work("rep"), "/").text


# --- the numbers that moved ---------------------------------------------------------------------------


def test_the_last_seven_days_stand_against_the_seven_before(db, program, clock):
    for number, days in enumerate((1, 2, 6, 8, 20)):
        Lead.objects.create(id=number, kind="user", first_seen=clock() - days * DAY)
    Lead.objects.create(id=99, kind="anon", first_seen=clock() - DAY)
    ana = User.objects.create_user("ana@example.com", role="admin")
    (leads,) = moved.numbers(ana, None, clock())
    assert (leads.latest, leads.before, leads.change) == (3, 1, 2)
    assert leads.weeks == (0, 0, 0, 0, 0, 1, 1, 3)


def test_whoever_may_not_see_numbers_sees_none(at_work, mia):
    assert "Numbers that moved" in look(at_work("marketing"), "/").text
    assert "Numbers that moved" not in look(at_work("rep"), "/").text


def test_the_number_of_queries_does_not_grow_with_what_there_is(
    at_work, mia, server, send, worker, clock, django_assert_max_num_queries
):
    for number in range(12):
        who = {"userId": f"u{number}", "traits": {"seniority": "vp", "name": f"Lead {number}"}}
        send(server, "identify", at=clock.at - 9 * DAY_AGO, **who)
        at = clock.at - timedelta(hours=2)
        send(server, "page", userId=f"u{number}", properties={"path": "/pricing"}, at=at)
    worker.drain()
    browser = at_work("admin")
    browser.get("/")
    with django_assert_max_num_queries(60):
        assert "8 of 13, by points" in look(browser, "/").text


# --- around every page --------------------------------------------------------------------------------


def test_the_navigation_shows_what_the_door_lets_in(at_work):
    seen = {role: set(look(at_work(role), "/").links) for role in ("admin", "rep", "reader")}
    for role, links in seen.items():
        browser = Client()
        browser.force_login(User.objects.get(role=role))
        for place in places.all_places():
            if place.rights is not None and place.url in links:
                assert browser.get(place.url).status_code == 200, (role, place.name)
    assert {"/sources", "/people"} <= seen["admin"]
    assert not {"/sources", "/people"} & seen["rep"]


def test_keys_are_given_once():
    keys = [place.key for place in places.all_places() if place.key]
    assert len(keys) == len(set(keys))


def test_ctrl_k_finds_leads_companies_and_screens_each_by_rights(at_work, mia):
    admin, rep, own = at_work("admin"), at_work("rep"), at_work("reader", scope="own")
    part = Page(admin.get("/go", {"q": "kell"}, headers={"HX-Request": "true"}))
    assert f"/lead/{mia.id}" in part.links
    assert "<html" not in part.html
    assert f"/lead/{mia.id}" in look(admin, "/go", q="keler mia").links  # nearly so
    assert "Acme" in look(admin, "/go", q="acm").text
    assert "/sources" in look(admin, "/go", q="sorces").links
    assert "/sources" not in look(rep, "/go", q="sources").links
    assert "Mia Keller" not in look(own, "/go", q="kell").text
    assert "Acme" not in look(own, "/go", q="acm").text.replace("“acm”", "")
    assert "Nothing fits" in look(admin, "/go", q=CANARY).text


def test_the_look_comes_with_the_page_and_leads_back_to_where_one_was(at_work):
    browser = at_work("rep")
    back = browser.post("/me/theme", {"theme": "dark"}, headers={"Referer": "http://testserver/leads?a=b"})
    assert back["Location"] == "/leads?a=b"
    assert 'data-theme="dark"' in look(browser, "/leads").html
    away = browser.post("/me/theme", {"theme": "light"}, headers={"Referer": "https://evil.example/x"})
    assert away["Location"] == "/"
    nonsense = browser.post("/me/theme", {"theme": '"><script>'})
    assert nonsense.cookies.get("theme") is None


def test_an_act_that_can_be_undone_shows_a_button_that_posts(at_work):
    request = RequestFactory().get("/")
    for address in ("https://evil.example/", "//evil.example", "javascript:x()", "/a b", ""):
        with pytest.raises(ValueError, match="undo address"):
            undo.offer(request, "Done.", address)


# --- charts -------------------------------------------------------------------------------------------


def test_a_chart_is_data_and_a_table_and_runs_nothing():
    option = {
        "dataset": {"dimensions": ["week", {"name": "leads", "displayName": "Leads"}],
                    "source": [["3 Mar", 1200], [CANARY, 2.5]]},
        "series": [{"type": "bar", "itemStyle": {"color": "$good"}}],
    }  # fmt: skip
    html = chart(option, title=CANARY)
    assert "<script>canary" not in html
    assert "1,200" in html
    assert table_of(option).columns == [("week", False), ("Leads", True)]


def test_a_chart_without_its_numbers_in_a_dataset_is_refused():
    with pytest.raises(ValueError, match="needs a dataset"):
        chart({"series": [{"type": "bar", "data": [1]}]})
    with pytest.raises(ValueError, match="height"):
        chart({"dataset": {"dimensions": ["a"], "source": []}}, height="xl")


def test_a_table_of_a_chart_is_cut_and_says_so():
    long = {"dataset": {"dimensions": ["n"], "source": [[n] for n in range(1000)]}}
    assert table_of(long).left_out == 600
    assert "600 more rows" in chart(long)
