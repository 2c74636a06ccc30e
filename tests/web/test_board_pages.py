"""The table of leads: its address is its state, and each filter does what it says."""

from __future__ import annotations

import pytest
from pages_cast import CANARY, Page, look, signed_in

from leadline.web.accounts.models import User
from leadline.web.board.models import SavedView, Segment
from leadline.web.lead_pages import bulk_views, export, segment_views, views
from leadline.web.leads.actions import assign_leads, tag_leads
from leadline.web.leads.models import Lead

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_the_test_s_time(monkeypatch, clock):
    for module in (views, bulk_views, export, segment_views):
        monkeypatch.setattr(module, "now", clock)


@pytest.fixture
def people(worker, program, server, source, send, clock):
    send(server, "identify", userId="ana", traits={"name": "Ana Lopez", "email": "ana@acme.example"})
    send(server, "identify", userId="ben", traits={"name": "Ben Schmidt", "email": "ben@acme.example",
                                                   "seniority": "vp", "company": "Acme"})  # fmt: skip
    send(server, "page", userId="ben", properties={"path": "/pricing"}, at=clock.at)
    send(source, "page", anonymousId="browser-1", properties={"path": "/"})
    worker.drain()
    return {(lead.name or "Visitor").split()[0]: lead.id for lead in Lead.objects.all()}


def who(page: Page) -> list[str]:
    return [
        word
        for word in ("Ana Lopez", "Ben Schmidt", "Visitor")
        if any(word in r[1] for r in page.cells[1:] if len(r) > 1)
    ]


FILTERS = [
    ({}, ["Ana Lopez", "Ben Schmidt"]),
    ({"kind": "all"}, ["Ana Lopez", "Ben Schmidt", "Visitor"]),
    ({"kind": "visitors"}, ["Visitor"]),
    ({"q": "schmitd"}, ["Ben Schmidt"]),
    ({"q": "acme.example"}, ["Ana Lopez", "Ben Schmidt"]),
    ({"stage": "mql"}, ["Ben Schmidt"]),
    ({"quality": "bad"}, ["Ana Lopez"]),
    ({"stage": ["mql", "lead"]}, ["Ana Lopez", "Ben Schmidt"]),
    ({"signal": "pricing:7"}, ["Ben Schmidt"]),
    ({"signal": "!pricing:7"}, ["Ana Lopez"]),
    ({"f": "field.seniority:is:vp"}, ["Ben Schmidt"]),
    ({"f": "field.seniority:unknown:"}, ["Ana Lopez"]),
    ({"f": "field.company:has:ACM"}, ["Ben Schmidt"]),
    ({"f": "intent:at_least:5"}, ["Ben Schmidt"]),
    ({"f": "last_seen:within:1", "kind": "all"}, ["Ben Schmidt", "Visitor"]),
    ({"owner": "none"}, ["Ana Lopez", "Ben Schmidt"]),
    ({"owner": "me"}, []),
    ({"tag": "fair"}, []),
]


@pytest.mark.parametrize(("query", "found"), FILTERS)
def test_each_filter_finds_what_it_says(people, query, found):
    assert who(look(signed_in(), "/leads", **query)) == found


def test_leads_are_counted(people):
    assert "1 of 3" in look(signed_in(), "/leads", q="schmidt").text


def test_a_source_an_owner_and_a_tag_narrow(people, source, clock):
    browser = signed_in()
    ana = User.objects.get(email="ana@example.com")
    assign_leads(leads=[people["Ben"]], to=ana.pk, by="x", at=clock())
    tag_leads(leads=[people["Ana"]], tag="Fair", by="x", at=clock())
    assert who(look(browser, "/leads", owner="me")) == ["Ben Schmidt"]
    assert who(look(browser, "/leads", tag="fair")) == ["Ana Lopez"]
    assert who(look(browser, "/leads", source=source.id, kind="all")) == ["Visitor"]


def test_what_is_not_understood_is_said_and_narrows_nothing(people):
    page = look(signed_in(), "/leads", stage="mqll", f="colour:is:red", signal="x:7", sort="-zzz")
    assert "not understood" in page.text
    assert all(word in page.html for word in ("stage=mqll", "colour:is:red", "x:7", "sort=-zzz"))
    assert who(page) == ["Ana Lopez", "Ben Schmidt"]


def test_a_filter_s_chip_is_the_address_without_it(people):
    browser = signed_in()
    page = look(browser, "/leads", q="acme", stage="mql", signal="pricing:7")
    chips = [link for link in page.links if link.startswith("?") and "acme" not in link and "mql" in link]
    assert who(Page(browser.get(f"/leads{chips[0]}"))) == ["Ben Schmidt"]


def test_the_form_leads_to_an_address_that_is_the_state(people):
    browser = signed_in()
    answer = browser.get(
        "/leads", {"go": "1", "q": "ben", "stage": "", "fc": "fit", "fo": "at_least", "fv": "10"}
    )
    assert answer.status_code == 302
    assert answer["Location"] == "/leads?q=ben&f=fit%3Aat_least%3A10"
    assert who(Page(browser.get(answer["Location"]))) == ["Ben Schmidt"]


def test_a_part_is_swapped_and_pushes_its_address(people):
    answer = signed_in().get(
        "/leads", {"go": "1", "q": "ben"}, headers={"HX-Request": "true", "HX-Target": "leads"}
    )
    assert answer["HX-Push-Url"] == "/leads?q=ben"
    assert "<html" not in answer.content.decode()
    assert who(Page(answer)) == ["Ben Schmidt"]


def test_any_column_is_shown_and_sorted_by(people):
    page = look(signed_in(), "/leads", columns="field.seniority,email,events", sort="email")
    assert [cell for row in page.cells[1:] for cell in row if cell in ("vp", "1", "0")] == ["0", "vp", "1"]


@pytest.mark.parametrize("scope", ["own", "team"])
def test_a_rep_sees_only_what_is_theirs(people, clock, client, scope):
    rep = User.objects.create_user("rep@example.com", role="rep", scope=scope)
    assign_leads(leads=[people["Ana"]], to=rep.pk, by="x", at=clock())
    client.force_login(rep)
    page = look(client, "/leads", kind="all")
    assert [row[0].split(" ana@")[0] for row in page.cells[1:]] == ["Ana Lopez"]
    assert "1 of 1" in page.text


def test_a_view_is_kept_shared_and_its_removal_undone(people, client):
    browser = signed_in()
    browser.post("/leads/views", {"name": "Hot", "query": "stage=mql&nonsense=1", "shared": "on"})
    view = SavedView.objects.get()
    assert view.query == "stage=mql"
    client.force_login(User.objects.create_user("ben@example.com", role="marketing"))
    assert "?stage=mql" in look(client, "/leads").links
    assert client.post(f"/leads/views/{view.pk}/remove").status_code == 404
    browser.post(f"/leads/views/{view.pk}/remove")
    assert "?stage=mql" not in look(client, "/leads").links
    browser.post(f"/leads/views/{view.pk}/restore")
    assert "?stage=mql" in look(client, "/leads").links


def test_the_number_of_queries_does_not_grow(people, worker, server, send, django_assert_max_num_queries):
    for number in range(60):
        send(server, "identify", userId=f"u{number}", traits={"name": f"U {number}"})
    worker.drain()
    browser = signed_in()
    browser.get("/leads")
    with django_assert_max_num_queries(28):
        browser.get("/leads")


def test_nothing_tracked_runs(worker, program, server, send, clock):
    send(
        server,
        "identify",
        userId="u",
        traits={"name": CANARY, "email": CANARY, "company": CANARY, "seniority": CANARY},
    )
    worker.drain()
    (lead,) = Lead.objects.all()
    tag_leads(leads=[lead.id], tag=CANARY[:50], by=CANARY, at=clock())
    Segment.objects.create(name=CANARY, program=program, condition=f"seniority = '{CANARY}'", by="x", at=0)
    browser = signed_in()
    browser.post("/leads/views", {"name": CANARY, "query": f"q={CANARY}", "shared": "on"})
    for path in ("/leads?columns=field.seniority,company,tags", f"/leads?q={CANARY}",
                 f"/leads?tag={CANARY[:50]}", f"/leads?f=field.seniority:is:{CANARY}&stage={CANARY}",
                 "/segments", "/segments/new",
                 f"/segment/{Segment.objects.get().pk}", f"/segments/check?condition={CANARY}"):  # fmt: skip
        page = look(browser, path)
        assert page.status == 200, path
        assert page.runs == [], path


def test_an_empty_workspace_says_the_next_step():
    assert "No leads yet" in look(signed_in(), "/leads").text
