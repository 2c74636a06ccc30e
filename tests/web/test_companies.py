"""Companies: people by domain, targets, the buying group, and when a company is qualified."""

from datetime import timedelta

import pytest
from django.test import Client
from pages_cast import look, signed_in
from web_cast import micros

from leadline.web.accounts.models import User
from leadline.web.company_pages import views
from leadline.web.company_pages.actions import CannotSetError, domain_of, set_group
from leadline.web.company_pages.models import Account, Role, Rule
from leadline.web.leads.actions import assign_leads
from leadline.web.leads.models import Lead
from leadline.web.qualification.programs import compiled


@pytest.fixture
def ana(db, clock, monkeypatch):
    monkeypatch.setattr(views, "now", clock)
    return signed_in()


@pytest.fixture
def people(server, program, send, worker, clock):
    """Two of Acme, one of them a vice president who looks at prices; one of Sommer; one with free mail."""
    for user, email, seniority, visits in (
        ("mia", "mia@acme.example", "vp", 2), ("max", "max@acme.example", "analyst", 1),
        ("ben", "ben@sommer.example", "vp", 0), ("eve", "eve@gmail.com", "vp", 5),
    ):  # fmt: skip
        traits = {"email": email, "seniority": seniority, "company": email.partition("@")[2].title()}
        send(server, "identify", userId=user, traits=traits, at=clock.at - timedelta(days=20))
        for number in range(visits):
            at = clock.at - timedelta(days=number)
            send(server, "page", userId=user, properties={"path": "/pricing"}, at=at)
    worker.drain()
    return {lead.email.partition("@")[0]: lead for lead in Lead.objects.all()}


def grouped(program, roles, rule=""):
    model = compiled(program.publications.last().text).model
    set_group(program=program, model=model, roles=roles, rule=rule, by="ana", at=1)


def domains(browser, query):
    return [c.domain for c in browser.get("/companies", query).context["found"].companies]


def test_people_of_one_domain_are_a_company_and_free_mail_is_nobodys(ana, people):
    found = ana.get("/companies").context["found"]
    assert [(c.domain, c.people, c.name) for c in found.companies] == [
        ("acme.example", 2, "Acme.Example"), ("sommer.example", 1, "Sommer.Example"),
    ]  # fmt: skip
    assert found.companies[0].intent == pytest.approx(10 + 10 * 0.933 + 10, abs=0.01)
    assert domains(ana, {"search": "somer"}) == []
    assert domains(ana, {"search": "sommer"}) == ["sommer.example"]


def test_a_domain_of_mailboxes_is_nobodys_company_until_somebody_says_otherwise(ana, people):
    ana.post("/companies/targets", {"domains": "acme.example", "tier": "-", "back": "acme.example"})
    assert domains(ana, {}) == ["sommer.example"]
    page = ana.get("/company/acme.example")
    assert "a provider of mailboxes, no company" in page.content.decode()
    assert len(page.context["people"]) == 2
    assert 'href="/company/acme.example"' in ana.get("/companies").content.decode()
    ana.post("/companies/targets", {"domains": "acme.example", "tier": "", "back": "acme.example"})
    assert domains(ana, {}) == ["acme.example", "sommer.example"]


def test_a_company_shows_who_of_the_buying_group_is_missing(ana, people, program):
    grouped(
        program, [("Decides", "seniority = 'vp'"), ("Uses", "seniority = 'analyst'"), ("Signs", "fit > 90")]
    )
    acme, sommer = ana.get("/companies").context["found"].companies
    assert acme.missing == ["Signs"]
    assert sommer.missing == ["Uses", "Signs"]
    page = look(ana, "/company/acme.example")
    assert "missing" in page.text
    assert page.text.count("mia@acme.example") >= 2


def test_a_company_is_qualified_by_a_condition(ana, people, program):
    grouped(program, [("Decides", "seniority = 'vp'")], "roles >= 1 and intent > 20 and people >= 2")
    assert domains(ana, {"qualified": "1"}) == ["acme.example"]
    ana.post("/companies/targets", {"domains": "https://www.sommer.example/\nana@new.example", "tier": "B"})
    grouped(program, [], "tier = 'B'")
    assert domains(ana, {"qualified": "1"}) == ["sommer.example"]
    assert domains(ana, {"targets": "1"}) == ["sommer.example"]
    assert "Nobody of this company is known yet" in look(ana, "/company/new.example").text


def test_a_target_that_is_dropped_can_be_had_again(ana, people):
    ana.post("/companies/targets", {"domains": "acme.example", "tier": "A"}, follow=True)
    answer = ana.post("/companies/targets", {"domains": "acme.example", "tier": ""}, follow=True)
    assert not Account.objects.exists()
    (message,) = answer.context["messages"]
    ana.post(message.extra_tags.removeprefix("undo:"))
    assert Account.objects.get().tier == "A"


@pytest.mark.parametrize(
    "text", ["", "acme", "http://", "a b.com", "x" * 300 + ".com", "-.com", "<script>.com"]
)
def test_what_is_no_domain_is_refused(ana, people, text):
    with pytest.raises(CannotSetError):
        domain_of(text)
    ana.post("/companies/targets", {"domains": f"good.example\n{text or '@'}", "tier": "A"})
    assert not Account.objects.exists()


def test_a_condition_that_does_not_read_is_said_at_its_role(ana, people, program):
    grouped(program, [("Decides", "seniority = 'vp'")], "people >= 2")
    wrong = (
        ("Uses", "shoe_size > 4", ""), ("Uses", "", ""), ("", "fit > 1", ""),
        ("Uses", "fit > 1", "turnover > 5"), ("Uses", "fit > 1); drop table x", ""),
    )  # fmt: skip
    for name, condition, rule in wrong:
        answer = ana.post("/companies/group", {"name": [name], "condition": [condition], "rule": rule})
        assert answer.status_code == 422
    assert (Role.objects.get().name, Rule.objects.get().condition) == ("Decides", "people >= 2")
    assert (
        ana.post("/companies/group", {"name": ["Uses"], "condition": ["fit >= 0"], "rule": ""}).status_code
        == 302
    )
    assert (Role.objects.get().name, Rule.objects.exists()) == ("Uses", False)


def test_the_trend_is_of_every_week(ana, people):
    rows = ana.get("/company/acme.example").context["picture"]["dataset"]["source"]
    assert len(rows) == 14
    assert (rows[0][1], rows[-1][1] > 20) == (0, True)


def test_a_rep_sees_the_companies_of_their_own_leads(people, ana, clock):
    ben = User.objects.create_user("ben@example.com", role="rep", scope="own")
    browser = Client()
    browser.force_login(ben)
    assert browser.get("/companies").context["found"].companies == []
    assert browser.get("/company/acme.example").status_code == 404
    assign_leads(leads=[people["mia"].id], to=ben.id, by="ana", at=micros(clock.at))
    (acme,) = browser.get("/companies").context["found"].companies
    assert acme.people == 1
    assert browser.get("/companies/group").status_code == 403


def test_a_workspace_without_a_model_has_companies_too(ana, server, send, worker):
    send(server, "identify", userId="mia", traits={"email": "mia@acme.example"})
    worker.drain()
    assert "acme.example" in look(ana, "/companies").text
    assert look(ana, "/company/acme.example").status == 200
