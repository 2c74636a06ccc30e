"""One act on many leads: only on those that one sees, with a right of its own, and undone as a whole."""

from __future__ import annotations

import pytest
from pages_cast import Page, look, signed_in

from leadline.web.accounts.models import AuditEntry, User
from leadline.web.jobs.models import Job
from leadline.web.lead_pages import bulk_views, views
from leadline.web.lead_pages.work import act_on_many
from leadline.web.leads.actions import assign_leads
from leadline.web.leads.models import Act, Event, Lead, Ownership, Tag
from leadline.web.leads.owners import tags_of
from leadline.web.qualification.models import Standing

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_the_test_s_time(monkeypatch, clock):
    for module in (views, bulk_views):
        monkeypatch.setattr(module, "now", clock)


@pytest.fixture
def people(worker, program, server, send, clock):
    for name in ("ana", "ben", "cleo"):
        send(server, "identify", userId=name, traits={"name": name.title(), "seniority": "vp"})
        for _ in range(3):
            send(server, "page", userId=name, properties={"path": "/pricing"}, at=clock.at)
    worker.drain()
    return {lead.name.lower(): lead.id for lead in Lead.objects.all()}


def undo(browser):
    return browser.post(f"/leads/act/{Act.objects.latest('id').batch}/undo")


def stages() -> dict[str, str]:
    names = dict(Lead.objects.values_list("id", "name"))
    return {names[s.lead_id].lower(): s.stage for s in Standing.objects.all()}


def test_those_that_were_ticked_are_tagged_and_it_is_undone(people):
    browser = signed_in()
    browser.post("/leads/act", {"verb": "tag", "tag": "Fair", "lead": [people["ana"], people["ben"]]})
    assert set(tags_of(people.values())) == {people["ana"], people["ben"]}
    assert "undone" not in look(browser, "/leads").text
    undo(browser)
    assert tags_of(people.values()) == {}


def test_all_that_fit_are_meant_not_those_of_the_page_alone(people):
    browser = signed_in()
    browser.post("/leads/act", {"verb": "tag", "tag": "fair", "all": "1", "query": "q=cleo"})
    assert set(tags_of(people.values())) == {people["cleo"]}
    browser.post("/leads/act", {"verb": "tag", "tag": "all", "all": "1", "query": ""})
    assert sum("all" in tags for tags in tags_of(people.values()).values()) == 3


def test_recycled_leads_fall_back_and_stand_where_they_stood_once_it_is_undone(people):
    browser = signed_in()
    before = stages()
    assert set(before.values()) == {"mql"}
    browser.post("/leads/act", {"verb": "recycle", "reason": "Later", "lead": [people["ana"], people["ben"]]})
    assert stages() == {"ana": "lead", "ben": "lead", "cleo": "mql"}
    assert Event.objects.filter(event="lead_recycled").count() == 2
    undo(browser)
    assert stages() == before


def test_what_bots_did_counts_no_more_and_what_was_void_before_stays_so(people, clock):
    from leadline.web.qualification.actions import void_event

    first = Event.objects.filter(subject_id=people["ana"], event="page").order_by("event_id").first()
    void_event(event_id=first.event_id, void=True, reason="test", by="x", at=clock())
    before = dict(Standing.objects.values_list("lead_id", "intent"))
    browser = signed_in()
    browser.post("/leads/act", {"verb": "void", "lead": [people["ana"], people["ben"]]})
    after = dict(Standing.objects.values_list("lead_id", "intent"))
    assert (after[people["ana"]], after[people["ben"]], after[people["cleo"]]) == (
        0,
        0,
        before[people["cleo"]],
    )
    undo(browser)
    assert dict(Standing.objects.values_list("lead_id", "intent")) == before
    assert before[people["ana"]] < before[people["ben"]]


def test_owners_come_back_as_they_were(people, clock):
    browser = signed_in()
    old, new = (User.objects.create_user(f"{n}@example.com", role="rep") for n in ("old", "new"))
    assign_leads(leads=[people["ana"]], to=old.pk, by="x", at=clock())
    browser.post("/leads/act", {"verb": "assign", "to": new.pk, "all": "1"})
    assert set(Ownership.objects.values_list("user_id", flat=True)) == {new.pk}
    undo(browser)
    assert dict(Ownership.objects.values_list("lead_id", "user_id")) == {people["ana"]: old.pk}


def test_a_second_undo_says_that_there_is_nothing_left(people):
    browser = signed_in()
    browser.post("/leads/act", {"verb": "tag", "tag": "a", "lead": [people["ana"]]})
    undo(browser)
    assert (
        "undone already" in Page(browser.post(f"/leads/act/{Act.objects.get().batch}/undo", follow=True)).text
    )


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"verb": "tag", "tag": "  ", "all": "1"}, "needs a letter"),
        ({"verb": "tag", "tag": "x" * 61, "all": "1"}, "at most 60"),
        ({"verb": "tag", "tag": "a"}, "No lead is chosen"),
        ({"verb": "dance", "all": "1"}, "Choose what to do"),
        ({"verb": "assign", "to": "999999", "all": "1"}, "Choose to whom"),
        ({"verb": "tag", "tag": "a", "all": "1", "query": "f=nonsense:is:1"}, "not understood"),
        ({"verb": "tag", "tag": "a", "all": "1", "query": "segment=99"}, "no such segment"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_done(people, sent, told):
    assert told in Page(signed_in().post("/leads/act", sent, follow=True)).text
    assert not Act.objects.exists()


@pytest.mark.parametrize(
    ("role", "bulk", "verb", "status"),
    [
        ("rep", False, "tag", 403), ("rep", True, "tag", 302), ("rep", True, "void", 403),
        ("rep", True, "assign", 403), ("reader", True, "tag", 403), ("marketing", True, "recycle", 403),
        ("marketing", True, "void", 302),
    ],
)  # fmt: skip
def test_it_needs_the_right_to_act_on_many_and_that_of_the_act(people, client, role, bulk, verb, status):
    client.force_login(User.objects.create_user("u@example.com", role=role, may_bulk=bulk))
    answer = client.post("/leads/act", {"verb": verb, "tag": "a", "to": "none", "all": "1"})
    assert answer.status_code == status
    assert Act.objects.exists() == (status == 302)
    assert Tag.objects.exists() == (status == 302 and verb == "tag")


def test_leads_out_of_scope_are_not_touched_even_where_they_are_named(people, client, clock):
    rep = User.objects.create_user("rep@example.com", role="rep", scope="own", may_bulk=True)
    assign_leads(leads=[people["ana"]], to=rep.pk, by="x", at=clock())
    client.force_login(rep)
    client.post("/leads/act", {"verb": "tag", "tag": "mine", "lead": list(people.values())})
    client.post("/leads/act", {"verb": "tag", "tag": "all", "all": "1", "query": "kind=all"})
    assert tags_of(people.values()) == {people["ana"]: ["all", "mine"]}


def test_only_who_did_it_or_an_admin_undoes_it(people, client):
    browser = signed_in()
    browser.post("/leads/act", {"verb": "tag", "tag": "a", "lead": [people["ana"]]})
    client.force_login(User.objects.create_user("m@example.com", role="marketing", may_bulk=True))
    assert undo(client).status_code == 404
    assert Tag.objects.exists()


def test_it_is_in_the_audit_log_without_a_name(people):
    signed_in().post("/leads/act", {"verb": "tag", "tag": "a", "all": "1"})
    entry = AuditEntry.objects.filter(verb="tag").get()
    assert entry.detail == {"leads": 3, "changed": 3, "by_filter": True}


def test_very_many_are_a_job_that_goes_on_where_it_was(people, clock, monkeypatch):
    monkeypatch.setattr(bulk_views, "AT_ONCE", 2)
    monkeypatch.setattr("leadline.web.lead_pages.work.AT_ONCE", 1)
    browser = signed_in()
    answer = browser.post("/leads/act", {"verb": "tag", "tag": "a", "all": "1"})
    job = Job.objects.get()
    assert answer["Location"].endswith(f"?job={job.id}")
    assert look(browser, answer["Location"]).status == 200

    class Hand:
        id, payload, cursor, by, at = str(job.id), job.payload, 1, "ana@example.com", clock()
        steps: list[int] = []  # noqa: RUF012

        def step(self, done, total=0, said="", *, cursor=None):
            self.steps.append(cursor)

        def now(self):
            return clock()

    hand = Hand()
    done = act_on_many(hand)
    assert hand.steps == [2, 3]
    assert Tag.objects.count() == 2
    assert "2 leads" in look(browser, done["url"]).text
