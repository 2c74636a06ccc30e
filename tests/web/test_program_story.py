"""A rule is changed: edited, tried, consented to by two people, published, and rolled back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pages_cast import look
from program_cast import browser_of, change, draft_of, path_of, proposed, publish, say
from web_cast import MODEL

from leadline.web.accounts.audit import AuditEntry
from leadline.web.jobs.running import Runner
from leadline.web.leads.models import Lead
from leadline.web.program_pages import consent_views, draft_views, queries, views
from leadline.web.qualification.models import (
    Consent,
    Draft,
    Outbox,
    Proposal,
    Publication,
    StageChange,
    Standing,
)
from leadline.web.qualification.programs import holding

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _one_clock(clock, monkeypatch):
    for module in (views, draft_views, consent_views):
        monkeypatch.setattr(module, "now", clock)


@pytest.fixture
def runner(clock) -> Runner:
    return Runner(clock)


@pytest.fixture
def mia(db):
    return browser_of("marketing")


@pytest.fixture
def sam(db):
    return browser_of("manager")


@pytest.fixture
def world(program, server, send, worker, clock):
    """Ana decides and looked at prices twice; Ben looked once and decides nothing."""
    for user, title, times in (("ana", "vp", 2), ("ben", "staff", 1), ("cleo", "vp", 0)):
        send(server, "identify", userId=user, traits={"seniority": title, "email": f"{user}@example.com"})
        for _ in range(times):
            send(server, "page", userId=user, properties={"path": "/pricing"})
    clock.at += timedelta(minutes=1)
    worker.drain()
    clock.at += timedelta(minutes=1)
    return program


def lead(user: str) -> int:
    return Lead.objects.get(email=f"{user}@example.com").id


def standing_of(user: str) -> Standing:
    return Standing.objects.get(lead_id=lead(user))


def standings() -> list[tuple]:
    names = ("lead_id", "fit", "band", "quality", "stage", "since", "episode", "disqualified", "hand_raised")
    return list(Standing.objects.order_by("lead_id").values_list(*names))


def test_the_page_says_the_model_in_sentences_and_where_the_leads_stand(world):
    page = look(browser_of("reader"), "/program/trial")
    assert "Decides Seniority is vp" in page.text
    assert "Each page where path is /pricing, halving every 10 days" in page.text
    assert "MQL" in page.text
    assert "Stage and quality now" in page.text
    assert ["MQL", "", "1"] in page.cells
    assert page.runs == []


def test_a_rep_reads_the_rules_and_no_numbers(world):
    page = look(browser_of("rep"), "/program/trial")
    assert "Decides Seniority is vp" in page.text
    assert "Stage and quality now" not in page.text


def test_from_an_edited_rule_to_publication_and_back(world, mia, sam, runner, worker, clock):
    before = standings()
    assert standing_of("ana").quality == "good"
    assert standing_of("ben").quality == "bad"
    draft = draft_of(mia, world)

    found = change(mia, draft, verb="set", part="fit", entry="0", f_when="seniority in ('vp', 'staff')")
    assert found["status"] == 200
    assert found["valid"]
    assert "seniority in ('vp', 'staff')" in found["text"]

    impact = look(mia, path_of(draft, "/impact"))
    assert "1 lead rises" in impact.text
    assert "0 fall" in impact.text
    assert f"/lead/{lead('ben')}" in impact.links
    assert f"/lead/{lead('ana')}" not in impact.links
    assert "Decides +30.00" in impact.text

    proposal = proposed(mia, runner, draft)
    assert [a.proposal.pk for a in queries.awaiting(user_of("manager"))] == [proposal.pk]
    assert (
        "the consent of marketing and of sales is missing" in publish(mia, proposal).content.decode().lower()
    )
    say(mia, proposal, verb="agree", side="marketing")
    assert "the consent of sales is missing" in publish(mia, proposal).content.decode().lower()
    say(sam, proposal, verb="agree", side="sales")
    assert holding(world).how == Publication.COMMAND

    waiting = Outbox.objects.count()
    clock.at += timedelta(minutes=1)
    answer = publish(sam, proposal)
    assert "0 of 3 leads" in answer.content.decode()
    assert holding(world).how == Publication.CONSENT
    worker.drain()
    assert standing_of("ben").quality == "good"
    assert standing_of("ben").stage == "mql"
    assert Outbox.objects.count() == waiting, "what the new rules found of the past has no effect"
    assert "Judging everybody" not in look(sam, "/program/trial").text

    clock.at += timedelta(minutes=1)
    latest = holding(world)
    first = world.publications.first()
    sam.post(f"/program/trial/version/{first.pk}/roll-back", {"replaces": latest.pk, "note": "too many"})
    worker.drain()
    assert standings() == before
    assert not StageChange.objects.filter(lead_id=lead("ben"), after="mql").exists()
    assert Outbox.objects.count() == waiting
    assert holding(world).how == Publication.ROLL_BACK
    verbs = list(AuditEntry.objects.values_list("verb", flat=True).order_by("id"))
    assert verbs == ["begin draft", "consent", "consent", "publish", "roll back"]
    text = look(mia, "/program/trial/versions").text
    assert "rolled back" in text
    assert "too many" in text


def user_of(role: str):
    from leadline.web.accounts.models import User

    return User.objects.get(email=f"{role}@example.com")


def test_one_person_does_not_speak_for_both_sides(world, mia, runner):
    draft = draft_of(mia, world)
    change(mia, draft, verb="set", part="fit", entry="0", f_points="35")
    proposal = proposed(mia, runner, draft)
    assert say(mia, proposal, verb="agree", side="sales").status_code == 403
    admin = browser_of("admin")
    assert say(admin, proposal, verb="agree", side="sales").status_code == 403
    assert Consent.objects.count() == 0
    # a person who changed sides does not agree a second time
    say(mia, proposal, verb="agree", side="marketing")
    user = user_of("marketing")
    user.role = "manager"
    user.save(update_fields=["role"])
    again = browser_of("manager", "marketing@example.com")
    assert "another person" in say(again, proposal, verb="agree", side="sales").content.decode()
    assert Consent.objects.count() == 1


def test_a_change_of_the_draft_voids_what_was_agreed_to(world, mia, sam, runner):
    draft = draft_of(mia, world)
    change(mia, draft, verb="set", part="fit", entry="0", f_points="35")
    proposal = proposed(mia, runner, draft)
    say(mia, proposal, verb="agree", side="marketing")
    say(sam, proposal, verb="agree", side="sales")
    change(mia, draft, verb="set", part="fit", entry="0", f_points="99")
    assert "this no longer counts" in publish(mia, proposal).content.decode().lower()
    assert world.publications.count() == 1
    assert queries.awaiting(user_of("manager")) == []


def test_the_evidence_is_frozen(world, mia, sam, runner, send, server, worker, clock):
    draft = draft_of(mia, world)
    change(mia, draft, verb="set", part="fit", entry="0", f_when="seniority in ('vp', 'staff')")
    proposal = proposed(mia, runner, draft)
    path = f"/program/trial/proposal/{proposal.pk}"
    assert "1 lead rises" in look(sam, path).text
    send(server, "identify", userId="dan", traits={"seniority": "staff", "email": "dan@example.com"})
    send(server, "page", userId="dan", properties={"path": "/pricing"})
    worker.drain()
    assert "1 lead rises" in look(sam, path).text
    assert "2 leads rise" in look(mia, path_of(draft_of_text(mia, world, proposal.text), "/impact")).text


def draft_of_text(browser, program, text: str) -> Draft:
    draft = draft_of(browser, program)
    change(browser, draft, verb="text", text=text)
    return draft


def test_two_publish_at_once_and_one_succeeds(world, mia, sam, runner, clock):
    proposals = []
    for points in ("35", "40"):
        draft = draft_of(mia, world)
        change(mia, draft, verb="set", part="fit", entry="0", f_points=points)
        proposals.append(proposed(mia, runner, draft))
        say(mia, proposals[-1], verb="agree", side="marketing")
        say(sam, proposals[-1], verb="agree", side="sales")
    clock.at += timedelta(minutes=1)
    publish(mia, proposals[0])
    clock.at += timedelta(minutes=1)
    refused = publish(mia, proposals[1]).content.decode()
    assert "published version" in refused
    assert world.publications.count() == 2
    # held against what is published now, and agreed to again, it can be
    draft = proposals[1].draft
    mia.post(path_of(draft, "/act"), {"verb": "rebase", "revision": draft.revision})
    assert Proposal.objects.filter(draft=draft, voided_at=None).count() == 0


def test_where_no_consent_is_needed_the_reason_stands_on_the_page(world, runner, clock):
    admin = browser_of("admin")
    refused = admin.post("/program/trial/consent", {"needed": "no", "reason": " "}, follow=True)
    assert "Say why" in refused.content.decode()
    admin.post("/program/trial/consent", {"needed": "no", "reason": "I do both jobs"})
    assert "I do both jobs" in look(admin, "/program/trial").text
    draft = draft_of(admin, world)
    change(admin, draft, verb="set", part="fit", entry="0", f_points="35")
    clock.at += timedelta(minutes=1)
    publish(admin, proposed(admin, runner, draft))
    assert holding(world).how == Publication.WAIVED
    assert "waive consent" in AuditEntry.objects.values_list("verb", flat=True)


def test_off_and_on_again_judges_everybody_from_the_beginning_without_effects(world, mia, worker, clock):
    before, waiting = standings(), Outbox.objects.count()
    mia.post("/program/trial/switch", {"to": "off"})
    assert "switched off" in look(mia, "/program/trial").text
    assert standings() == before
    clock.at += timedelta(minutes=1)
    mia.post("/program/trial/switch", {"to": "on"})
    assert standings() == []
    worker.drain()
    assert standings() == before
    assert Outbox.objects.count() == waiting


def test_a_first_model_judges_the_whole_of_history(db, mia, sam, runner, worker, server, send, clock):
    send(server, "identify", userId="ana", traits={"seniority": "vp", "email": "ana@example.com"})
    worker.drain()
    mia.post("/programs/new", {"name": "Trial users"})
    draft = Draft.objects.get()
    change(mia, draft, verb="text", text=MODEL)
    clock.at += timedelta(minutes=1)
    proposal = proposed(mia, runner, draft)
    say(mia, proposal, verb="agree", side="marketing")
    say(sam, proposal, verb="agree", side="sales")
    publish(mia, proposal)
    worker.drain()
    assert standing_of("ana").fit == 30
