"""Whose leads somebody sees: at no address one that is not theirs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from doors_cast import METHODS, WORD, address, changed, everything, guarded, nothing_written, person
from pages_cast import enter

from leadline.web.accounts.access import Role, Scope
from leadline.web.accounts.models import Team
from leadline.web.capture import installed as inboxes
from leadline.web.leads.actions import assign_leads
from leadline.web.leads.models import Lead

THEIRS, OURS, NOBODYS = "Zyxwanda", "Bonifatia", "Quintessa"


@pytest.fixture
def leads(db, inbox, monkeypatch, quick_passwords, server, program, send, worker, clock):
    """Three leads who looked at the prices: Ida's, Ben's, and one that nobody owns."""
    monkeypatch.setattr(inboxes, "_shared", [inbox])
    for name in (THEIRS, OURS, NOBODYS):
        traits = {"firstName": name, "lastName": "Keller", "seniority": "vp", "company": f"{name} Works",
                  "email": f"{name.lower()}@{name.lower()}.example"}  # fmt: skip
        send(server, "identify", userId=name, traits=traits, at=clock.at - timedelta(days=9))
        send(server, "page", userId=name, properties={"path": "/pricing"}, at=clock.at - timedelta(days=1))
    worker.drain()
    found = {name: Lead.objects.get(name__startswith=name).id for name in (THEIRS, OURS, NOBODYS)}
    ida = person(Role.REP, name="Ida", team=Team.objects.create(name="South"))
    assign_leads(leads=[found[THEIRS]], to=ida.id, by="Ana", at=clock())
    return found


def of_scope(role: Role, scope: Scope, leads, clock):
    """Somebody of that role who owns one of the leads."""
    north = Team.objects.create(name="North")
    user = person(role, WORD, scope=scope, team=north, may_bulk=True, may_export=True)
    assign_leads(leads=[leads[OURS]], to=user.id, by="Ana", at=clock())
    return user


@pytest.mark.parametrize("scope", [Scope.OWN, Scope.TEAM])
@pytest.mark.parametrize("role", [r for r in Role if r is not Role.ADMIN])
def test_a_lead_of_somebody_else_is_at_no_address(leads, clock, role, scope):
    browser = enter(of_scope(role, scope, leads, clock))
    browser.raise_request_exception = False
    for route in guarded():
        for name in (THEIRS, NOBODYS):
            path = address(route, int=str(leads[name]), slug="trial")
            answer = browser.get(path)
            assert answer.status_code < 500, (route.name, path)
            if not getattr(answer, "streaming", False):
                assert name not in answer.content.decode("utf-8", "replace"), (route.name, path)


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.ADMIN])
def test_nothing_is_done_to_a_lead_of_somebody_else(leads, clock, role):
    browser = enter(of_scope(role, Scope.OWN, leads, clock))
    browser.raise_request_exception = False
    of_leads = [route for route in guarded() if route.path.startswith("lead/<int:")]
    assert of_leads
    before = everything()
    for route in of_leads:
        for method in METHODS:
            with nothing_written():
                answer = browser.generic(method, address(route, int=str(leads[THEIRS])))
            assert answer.status_code in (403, 404, 405), (route.name, method)
    assert not changed(before, everything())


@pytest.mark.parametrize("sought", [THEIRS, NOBODYS])
def test_looking_for_somebody_elses_lead_finds_nothing(leads, clock, sought):
    browser = enter(of_scope(Role.REP, Scope.OWN, leads, clock))
    for path, query in (("/leads", "search"), ("/leads", "q"), ("/go", "q")):
        answer = browser.get(path, {query: sought[:5]})
        assert sought not in answer.content.decode(), path
        answer = browser.get(path, {query: OURS[:5]}, HTTP_HX_REQUEST="true")
        assert f"{sought} " not in answer.content.decode(), path


@pytest.mark.parametrize("scope", Scope)
def test_ones_own_leads_are_there_in_every_scope(leads, clock, scope):
    browser = enter(of_scope(Role.REP, scope, leads, clock))
    assert OURS in browser.get("/leads").content.decode()
    assert OURS in browser.get(f"/lead/{leads[OURS]}").content.decode()
    seen = browser.get(f"/lead/{leads[THEIRS]}").status_code
    assert seen == (200 if scope == Scope.ALL else 404)


def test_a_team_sees_what_anybody_in_it_owns(leads, clock):
    sofia = person(Role.MANAGER, scope=Scope.TEAM, team=Team.objects.get(name="South"))
    browser = enter(sofia)
    listed = browser.get("/leads").content.decode()
    assert THEIRS in listed
    assert OURS not in listed
    assert NOBODYS not in listed
