"""Data quality: who stands twice, what does not read, what nobody fills, who went quiet."""

from datetime import timedelta

import pytest
from django.test import Client
from pages_cast import look, signed_in
from web_cast import micros

from leadline.web.accounts.models import User
from leadline.web.leads.models import Lead, Merge
from leadline.web.privacy.erasing import erase_leads
from leadline.web.quality import views
from leadline.web.quality.finding import look_for_duplicates
from leadline.web.quality.models import Pair
from leadline.web.quality.work import look_daily


@pytest.fixture
def ana(db, clock, monkeypatch):
    monkeypatch.setattr(views, "now", clock)
    return signed_in()


@pytest.fixture
def leads(server, program, send, worker):
    """Ana Winter twice, and three others."""
    people = {
        "a": {"name": "Ana Winter", "email": "ana.winter@gmail.com", "seniority": "vp"},
        "b": {"name": "WINTER, Ana", "email": "anawinter+crm@gmail.com"},
        "c": {"name": "Ben Sommer", "email": "ben@sommer.example"},
        "d": {"name": "Dee Dee", "email": "dee@mailinator.com"},
        "e": {"name": "Eve", "email": "eve@nowhere"},
    }
    for user, traits in people.items():
        send(server, "identify", userId=user, traits=traits)
        send(server, "page", userId=user, properties={"path": "/"})
    send(server, "page", userId="nameless", properties={"path": "/"})
    worker.drain()
    return {lead.name: lead for lead in Lead.objects.all()}


def test_two_halves_of_a_person_are_proposed_with_reasons_and_made_one(ana, leads, clock):
    assert look_for_duplicates(micros(clock.at)) == 1
    page = look(ana, "/quality/duplicates")
    for words in ("Ana Winter", "WINTER, Ana", "ana.winter@gmail.com", "anawinter+crm@gmail.com"):
        assert words in page.text
    pair = Pair.objects.get()
    assert pair.reasons or pair.rule
    keep = leads["Ana Winter"]
    answer = ana.post(f"/quality/duplicates/{pair.id}", {"winner": keep.id}, follow=True)
    assert Lead.objects.filter(id__in=[pair.one, pair.two]).get().id == keep.id
    (message,) = answer.context["messages"]
    ana.post(message.extra_tags.removeprefix("undo:"))
    assert Lead.objects.filter(id__in=[pair.one, pair.two]).count() == 2
    assert Merge.objects.get().taken_back_at is not None
    assert Pair.objects.get().decided == ""


def test_a_lead_s_page_shows_who_may_be_the_same_person(ana, leads, clock):
    look_for_duplicates(micros(clock.at))
    winter, other = leads["Ana Winter"], leads["Ben Sommer"]
    page = look(ana, f"/lead/{winter.id}")
    assert f"/quality/duplicates/of/{winter.id}" in page.html
    part = look(ana, f"/quality/duplicates/of/{winter.id}")
    assert "WINTER, Ana" in part.text
    assert f"/lead/{leads['WINTER, Ana'].id}" in part.links
    assert "WINTER, Ana" in look(ana, f"/quality/duplicates?lead={winter.id}").text
    assert look(ana, f"/quality/duplicates/of/{other.id}").text.strip() == ""
    assert "WINTER, Ana" not in look(ana, f"/quality/duplicates?lead={other.id}").text
    assert ana.get("/quality/duplicates/of/999999").status_code == 404


def test_what_was_decided_is_not_proposed_again(ana, leads, clock):
    look_for_duplicates(micros(clock.at))
    pair = Pair.objects.get()
    ana.post(f"/quality/duplicates/{pair.id}", {})
    assert look_for_duplicates(micros(clock.at)) == 0
    assert Pair.objects.get().decided == Pair.DIFFERENT
    again = ana.post(f"/quality/duplicates/{pair.id}", {"winner": pair.one}, follow=True)
    assert "decided about these two already" in again.content.decode()
    assert Lead.objects.count() == 6


def test_a_pair_of_somebody_erased_goes_with_them(leads, clock):
    look_for_duplicates(micros(clock.at))
    erase_leads(leads=[leads["Ana Winter"].id], because="asked", by=None, at=micros(clock.at))
    assert not Pair.objects.exists()


def test_the_worker_looks_once_a_day_where_anybody_is_new(leads, clock):
    from leadline.web.jobs.models import Job

    look_daily(micros(clock.at))
    assert Job.objects.filter(kind="duplicates").count() == 1
    look_daily(micros(clock.at))
    assert Job.objects.filter(kind="duplicates").count() == 1
    Job.objects.update(state=Job.DONE)
    look_for_duplicates(micros(clock.at))
    look_daily(micros(clock.at + timedelta(hours=25)))
    assert Job.objects.filter(kind="duplicates").count() == 1  # nobody is new


def test_findings_count_and_show_the_leads_concerned(ana, leads, clock):
    clock.at += timedelta(days=200)
    page = look(ana, "/quality")
    counts = {row[0].split("  ")[0]: row[1] for row in page.cells if len(row) == 3}
    assert next(v for k, v in counts.items() if k.startswith("Throw-away")) == "1"
    assert next(v for k, v in counts.items() if k.startswith("E-mail addresses that cannot")) == "1"
    assert next(v for k, v in counts.items() if k.startswith("People without a name")) == "1"
    assert "dee@mailinator.com" in look(ana, "/quality/leads/throw-away").text
    assert "eve@nowhere" in look(ana, "/quality/leads/invalid").text
    assert "ben@" not in look(ana, "/quality/leads/invalid").text


def test_fields_say_how_many_fill_them(ana, leads):
    page = look(ana, "/quality")
    seniority = next(row for row in page.cells if row and row[0] == "Seniority")
    assert seniority[1].startswith("17 %")  # one of six
    assert "Ben Sommer" in look(ana, "/quality/leads/empty/seniority").text
    assert "Ana Winter" not in look(ana, "/quality/leads/empty/seniority").text.replace("WINTER, Ana", "")


@pytest.mark.parametrize("path", ["x", "empty", "empty/nope", "stale/seniority", "unread/nope"])
def test_what_there_is_not_is_not_found(ana, leads, path):
    assert ana.get(f"/quality/leads/{path}").status_code == 404


def test_a_rep_neither_compares_nor_merges(leads, clock):
    look_for_duplicates(micros(clock.at))
    rep = Client()
    rep.force_login(User.objects.create_user("ben@example.com", role="rep"))
    assert rep.get("/quality/duplicates").status_code == 403
    assert (
        rep.post(
            f"/quality/duplicates/{Pair.objects.get().id}", {"winner": Pair.objects.get().one}
        ).status_code
        == 403
    )
    assert Lead.objects.count() == 6
