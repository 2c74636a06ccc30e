"""A lead's page: any past day as it was, and what is done from there."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from pages_cast import look, signed_in
from web_cast import micros

from leadline.web.accounts.models import User
from leadline.web.lead_pages import acting_views, lead_views
from leadline.web.leads.models import Event, Lead, Merge, Trait
from leadline.web.qualification.models import Standing


@pytest.fixture
def ana(db, clock, monkeypatch):
    for module in (lead_views, acting_views):
        monkeypatch.setattr(module, "now", clock)
    return signed_in()


@pytest.fixture
def mia(server, program, send, worker, clock):
    """Seen ten days ago, known for a vice president nine days ago, on the prices again yesterday."""
    day = timedelta(days=1)
    send(server, "page", userId="mia", properties={"path": "/pricing"}, at=clock.at - 10 * day)
    traits = {"firstName": "Mia", "seniority": "vp", "email": "mia@acme.example"}
    send(server, "identify", userId="mia", traits=traits, at=clock.at - 9 * day)
    send(server, "page", userId="mia", properties={"path": "/pricing"}, at=clock.at - day)
    worker.drain()
    return Lead.objects.get()


def standing(lead: Lead) -> Standing:
    return Standing.objects.get(lead_id=lead.id)


def post(browser, lead, act, **fields):
    answer = browser.post(f"/lead/{lead.id}/{act}", fields, follow=True)
    assert answer.status_code == 200
    return answer


def undo_address(answer) -> str:
    (message,) = answer.context["messages"]
    return message.extra_tags.removeprefix("undo:")


# --- the past -----------------------------------------------------------------------------------------------


def test_any_past_day_is_shown_as_it_was(ana, mia, clock):
    now = look(ana, f"/lead/{mia.id}").text
    assert "As it is now" in now
    assert "mql" in now.lower()
    ten_days_ago = (clock.at - timedelta(days=10)).date()
    then = look(ana, f"/lead/{mia.id}", day=ten_days_ago.isoformat())
    assert "As it was at the end of" in then.text
    assert "Not known: Decides" in then.text  # what she is was learnt the day after
    (viewed,) = (row for row in then.cells if row[0].startswith("Viewed pricing once"))
    assert viewed[-1] == "+9.66"  # 12 hours old at that midnight


def test_the_slider_fetches_its_part_alone(ana, mia, clock):
    number = str((clock.at - timedelta(days=5)).date().toordinal())
    part = ana.get(f"/lead/{mia.id}", {"day": number}, headers={"HX-Request": "true", "HX-Target": "then"})
    assert part.content.decode().strip().startswith('<div id="then">')
    assert "What happened" not in part.content.decode()


@pytest.mark.parametrize(
    "day", ["0", "99999999999999", "2026-02-31", "x", "-5", "9" * 30, "1900-01-01", "2999-01-01"]
)
def test_a_day_that_there_is_not_breaks_nothing(ana, mia, day):
    assert ana.get(f"/lead/{mia.id}", {"day": day}).status_code == 200


# --- the timeline -------------------------------------------------------------------------------------------


def test_the_timeline_shows_one_kind_and_finds_words(ana, mia, server, send, worker, clock):
    send(server, "track", userId="mia", event="Webinar attended", properties={"title": "100%_sure"})
    worker.drain()
    path = f"/lead/{mia.id}"
    assert lines(ana, path, kind="actions") == ["Webinar attended"]
    assert lines(ana, path, kind="visits") == ["page", "page"]
    assert lines(ana, path, words="0%_s") == ["Webinar attended"]
    assert lines(ana, path, words="vp") == ["Learnt"]
    assert lines(ana, path, kind="stages") == ["Lead → MQL"]


def test_a_long_timeline_comes_in_pages_without_a_gap(ana, mia, server, send, worker, clock):
    for number in range(230):
        send(server, "track", userId="mia", event=f"n{number}", at=clock.at - timedelta(minutes=number))
    worker.drain()
    found, before = [], {}
    while before is not None:
        context = ana.get(f"/lead/{mia.id}", {"kind": "actions", **before}).context
        found += [fact.name for fact in context["lines"].facts]
        at = context["lines"].before
        before = None if at is None else {"before": at}
    assert found == [f"n{number}" for number in range(230)]


def lines(browser, path, **asked):
    return [fact.name for fact in browser.get(path, asked).context["lines"].facts]


# --- acts ---------------------------------------------------------------------------------------------------


def test_what_is_learnt_is_a_fact_with_its_words_and_certainty(ana, mia, clock):
    post(ana, mia, "learn", field="seniority", value="manager", quote="I only help out", confidence="80")
    trait = Trait.objects.get(quote="I only help out")
    assert (trait.value, trait.confidence, trait.verified) == ("manager", 0.8, True)
    assert standing(mia).fit == 0
    clock.at += timedelta(minutes=1)
    post(ana, mia, "learn", field="seniority", value="")
    assert "seniority" not in {k.field for k in look_context(ana, mia)["profile"]}


def look_context(browser, lead):
    return browser.get(f"/lead/{lead.id}").context


def test_a_field_that_the_model_does_not_have_is_refused(ana, mia):
    answer = post(ana, mia, "learn", field="shoe_size", value="44")
    assert "no field of the model" in answer.content.decode()
    assert not Trait.objects.filter(field="shoe_size").exists()


def test_a_decision_moves_the_lead_and_can_be_taken_back(ana, mia):
    assert standing(mia).stage == "mql"
    answer = post(ana, mia, "decide", event="lead_disqualified", reason="a competitor")
    assert standing(mia).stage == "disqualified"
    assert json.loads(Event.objects.get(event="lead_disqualified").properties) == {"reason": "a competitor"}
    ana.post(undo_address(answer))
    assert standing(mia).stage == "mql"


def test_a_rejection_without_a_reason_is_sent_back(ana, mia):
    answer = post(ana, mia, "decide", event="lead_rejected")
    assert "Say why" in answer.content.decode()
    assert not Event.objects.filter(event="lead_rejected").exists()


def test_a_note_stands_in_the_timeline(ana, mia):
    answer = post(ana, mia, "note", text="Call after <b>Easter</b>")
    assert "Call after <b>Easter</b>" in look(ana, f"/lead/{mia.id}", kind="notes").text
    ana.post(undo_address(answer))
    assert Event.objects.get(event="note").void


def test_an_event_that_does_not_count_gives_no_points_until_it_counts_again(ana, mia):
    before = standing(mia).intent
    visit = look_context(ana, mia)["lines"].facts[0]
    while visit.name != "page":
        visit = next(f for f in look_context(ana, mia)["lines"].facts if f.name == "page")
    answer = post(ana, mia, f"void/{visit.code}")
    assert standing(mia).intent < before
    ana.post(undo_address(answer))
    assert standing(mia).intent == before


def test_two_leads_are_made_one_and_two_again(ana, mia, server, send, worker, clock):
    send(server, "identify", userId="mia2", traits={"email": "mia@home.example"})
    worker.drain()
    other = Lead.objects.exclude(id=mia.id).get()
    answer = post(ana, mia, "merge", other="Mia@Home.example")
    assert Lead.objects.count() == 1
    assert "mia2" in look(ana, f"/lead/{mia.id}").text
    ana.post(undo_address(answer))
    assert set(Lead.objects.values_list("id", flat=True)) == {mia.id, other.id}
    assert Merge.objects.get().taken_back_at == micros(clock.at)


@pytest.mark.parametrize(
    "other", ["nobody@example.com", "999", "http://elsewhere/lead/7", "/lead/x", "9" * 40]
)
def test_merging_with_nobody_is_said(ana, mia, other):
    answer = post(ana, mia, "merge", other=other)
    assert "There is no such lead" in answer.content.decode()


def test_an_event_of_another_lead_is_not_found_here(ana, mia, server, send, worker):
    send(server, "page", userId="zoe", properties={"path": "/"})
    worker.drain()
    zoe = Lead.objects.exclude(id=mia.id).get()
    visit = next(f for f in look_context(ana, zoe)["lines"].facts if f.code)
    for code in (visit.code, "%%%", "AAAA", "_" * 300):
        assert ana.post(f"/lead/{mia.id}/void/{code}").status_code == 404
    assert not Event.objects.filter(void=True).exists()


@pytest.mark.parametrize(
    ("role", "refused"),
    [("reader", {"learn", "note", "decide", "merge"}), ("rep", {"merge"}), ("marketing", {"decide"})],
)
def test_who_may_not_is_refused_before_anything_is_written(mia, role, refused):
    somebody = Client()
    somebody.force_login(User.objects.create_user("somebody@example.com", role=role))
    count = Event.objects.count()
    fields = {"field": "seniority", "value": "x", "text": "x", "event": "lead_recycled", "other": "x"}
    for act in ("learn", "note", "decide", "merge"):
        status = somebody.post(f"/lead/{mia.id}/{act}", fields).status_code
        assert status == (403 if act in refused else 302), act
    assert Event.objects.count() - count == len({"learn", "note", "decide"} - refused)


def test_an_owner_and_tags_are_given_and_undone(ana, mia):
    ben = User.objects.create_user("ben@example.com", role="rep")
    answer = post(ana, mia, "assign", to=ben.id)
    assert look_context(ana, mia)["owner"] == ben.id
    ana.post(undo_address(answer))
    assert look_context(ana, mia)["owner"] is None
    post(ana, mia, "tag", tag="Trade  fair")
    answer = post(ana, mia, "tag", off="trade fair")
    assert look_context(ana, mia)["tags"] == []
    ana.post(undo_address(answer))
    assert look_context(ana, mia)["tags"] == ["trade fair"]
    assert lines(ana, f"/lead/{mia.id}", kind="team").count("tag") == 1
    for bad in ({"tag": " "}, {"tag": "x" * 61}):
        post(ana, mia, "tag", **bad)
    assert look_context(ana, mia)["tags"] == ["trade fair"]


def test_a_rep_sees_and_changes_their_own_leads_alone(ana, mia):
    ben = User.objects.create_user("ben@example.com", role="rep", scope="own")
    browser = Client()
    browser.force_login(ben)
    assert browser.get(f"/lead/{mia.id}").status_code == 404
    assert browser.post(f"/lead/{mia.id}/note", {"text": "mine"}).status_code == 404
    post(ana, mia, "assign", to=ben.id)
    assert browser.get(f"/lead/{mia.id}").status_code == 200
    assert browser.post(f"/lead/{mia.id}/note", {"text": "mine"}).status_code == 302


# --- what was learnt, taken back ----------------------------------------------------------------------------


def test_a_wrong_answer_is_taken_back_and_the_earlier_one_holds_again(ana, mia, clock):
    before = standing(mia).fit
    answer = post(ana, mia, "learn", field="seniority", value="intern")
    assert standing(mia).fit < before
    assert post(ana, mia, undo_address(answer).split("/", 3)[3]).status_code == 200
    assert standing(mia).fit == before
    (then,) = Trait.objects.filter(field="seniority")
    assert (then.value, then.occurred_at) == ("vp", micros(clock.at - timedelta(days=9)))
    page = look(ana, f"/lead/{mia.id}").text
    assert "taken back" in page
    assert "intern" in page


def test_what_a_source_said_is_taken_back_from_the_timeline_and_holds_again(ana, mia):
    before = standing(mia).fit
    (learnt,) = [f for f in look_lines(ana, mia) if f.kind == "trait"]
    post(ana, mia, f"void/{learnt.code}")
    assert standing(mia).fit < before
    assert not Trait.objects.exists()
    (learnt,) = [f for f in look_lines(ana, mia) if f.kind == "trait"]
    assert learnt.void
    post(ana, mia, f"count/{learnt.code}")
    assert standing(mia).fit == before


def test_a_rep_takes_back_what_they_said_and_nothing_of_others(mia, clock, ana):
    User.objects.create_user("rep@example.com", role="rep", scope="all")
    rep = Client()
    rep.force_login(User.objects.get(email="rep@example.com"))
    (theirs,) = [f for f in look_lines(rep, mia) if f.kind == "trait"]
    assert rep.post(f"/lead/{mia.id}/take-back/{theirs.code}").status_code == 404
    post(rep, mia, "learn", field="seniority", value="intern")
    mine = next(f for f in look_lines(rep, mia) if f.by == "rep@example.com")
    post(rep, mia, f"take-back/{mine.code}")
    assert not Trait.objects.filter(value="intern").exists()


def look_lines(browser, lead):
    return browser.get(f"/lead/{lead.id}").context["lines"].facts
