"""Every role at every address: what each may open, and that a refusal changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.db import transaction
from django.test import Client
from django.urls import path
from doors_cast import METHODS, WORD, address, changed, everything, guarded, nothing_written, person
from pages_cast import enter

from leadline.web.accounts.access import PUBLIC, RIGHTS, Right, Role, requires, rights_of
from leadline.web.accounts.forms import RIGHTS as RIGHT_NAMES
from leadline.web.accounts.forms import ROLES
from leadline.web.accounts.models import Invitation, Team, User
from leadline.web.accounts.routes import routes
from leadline.web.capture import installed as inboxes
from leadline.web.capture.models import FailedEvent
from leadline.web.forms.actions import create_form
from leadline.web.leads.models import Lead, Subject

# What must not change unseen: for some addresses the roles that may open them.
WHO = {
    "home": set(Role),
    "leads:list": set(Role),
    "leads:page": set(Role),
    "sources:list": {Role.ADMIN, Role.MARKETING},
    "sources:add-key": {Role.ADMIN, Role.MARKETING},
    "sources:failed": {Role.ADMIN, Role.MARKETING},
    "forms:list": {Role.ADMIN, Role.MARKETING},
    "forms:publish": {Role.ADMIN, Role.MARKETING},
    "people:list": {Role.ADMIN},
    "people:invite": {Role.ADMIN},
    "people:page": {Role.ADMIN},
    "people:password-link": {Role.ADMIN},
    "people:teams": {Role.ADMIN},
    "audit": {Role.ADMIN},
    "keys": set(Role),
    "account": set(Role),
}


@pytest.fixture
def world(db, inbox, monkeypatch, quick_passwords, source, program):
    """One of each thing, so that addresses lead to something."""
    monkeypatch.setattr(inboxes, "_shared", [inbox])
    subject = Subject.objects.create(kind="user", value="mia")
    Lead.objects.create(id=subject.id, kind="user", name="Mia Keller")
    create_form(name="Site", slug="site", program=program)
    FailedEvent.objects.create(
        id=1,
        source_id=source.id,
        received_at=0,
        kind="track",
        body=b"{",
        meta=b"{}",
        reason="json",
        detail="x",
    )
    Team.objects.create(name="North")
    boss = User.objects.create_superuser("boss@example.com", "x", name="Boss")
    Invitation.objects.create(email="new@example.com", by=boss, at=0, expires_at=2**62, nonce="n")


def ask(browser: Client, method: str, route):
    """What is answered; whatever was done is undone, in the browser too."""
    browser.raise_request_exception = False
    session = browser.cookies[settings.SESSION_COOKIE_NAME].value
    with transaction.atomic():
        answer = browser.generic(method, address(route))
        transaction.set_rollback(True)
    browser.cookies[settings.SESSION_COOKIE_NAME] = session
    return answer


@pytest.mark.parametrize("role", Role)
def test_each_role_opens_what_it_may_and_is_refused_the_rest(world, role):
    user = person(role, WORD)
    browser = enter(user)
    before = everything()
    for route in guarded():
        allowed = set(route.rights) <= rights_of(user)
        told = {}
        for method in METHODS:
            if allowed:
                told[method] = ask(browser, method, route).status_code
                assert told[method] < 500, (route.name, told)
                assert told[method] not in (401, 403), (route.name, told)
            else:
                with nothing_written():
                    told[method] = browser.generic(method, address(route)).status_code
        if not allowed:
            assert set(told.values()) <= {403, 404, 405}, (route.name, told)
            assert 403 in told.values(), (route.name, told)
    assert not changed(before, everything())


def test_strangers_are_led_to_the_sign_in_from_everywhere(world):
    browser = Client()
    before = everything()
    for route in guarded():
        for method in METHODS:
            with nothing_written():
                answer = browser.generic(method, address(route))
            assert answer.status_code in (302, 405), (route.name, method)
            if answer.status_code == 302:
                assert answer["Location"].startswith("/sign-in"), (route.name, method)
        assert browser.get(address(route)).status_code in (302, 405), route.name
    assert not changed(before, everything())


def test_whoever_is_deactivated_opens_nothing(world):
    user = person(Role.ADMIN)
    browser = enter(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    for route in guarded():
        answer = browser.get(address(route))
        assert answer.status_code in (302, 405), route.name


@pytest.mark.parametrize("name", WHO)
def test_who_may_open_what_is_as_it_was_agreed(name):
    (route,) = [r for r in guarded() if r.name == name]
    assert {role for role in Role if set(route.rights) <= RIGHTS[role]} == WHO[name]


def test_export_and_bulk_are_given_to_a_person_and_not_to_a_role(db):
    for role in set(Role) - {Role.ADMIN}:
        assert not {Right.BULK, Right.EXPORT} & RIGHTS[role]
    ben = person(Role.REP, may_export=True)
    assert Right.EXPORT in rights_of(ben)
    assert Right.BULK not in rights_of(ben)


def test_the_page_about_people_says_what_each_role_may():
    text = (Path(__file__).resolve().parents[2] / "docs" / "how-to" / "people.md").read_text()
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.split("\n") if line[:1] == "|"
    ]
    heads = [str(name).lower() for _, name in ROLES]
    assert rows[0] == ["may", *heads]
    told = {row[0]: [cell == "yes" for cell in row[1:]] for row in rows[2:]}
    assert told == {
        str(RIGHT_NAMES[right]).lower(): [right in RIGHTS[Role(role)] for role, _ in ROLES] for right in Right
    }


def test_nobody_consents_for_both_sides():
    for rights in RIGHTS.values():
        assert not {Right.CONSENT_MARKETING, Right.CONSENT_SALES} <= rights


def test_an_address_that_says_nothing_is_found_before_anything_is_served(settings):
    assert not [m for m in run_checks() if m.id == "leadline.E001"]
    settings.ROOT_URLCONF = __name__
    (found,) = [m for m in run_checks() if m.id == "leadline.E001"]
    assert "`open`" in found.msg
    assert "@requires" in found.hint


def test_every_public_name_is_an_address():
    """A name that is listed and no longer there would open whatever is called so next."""
    assert {route.name for route in routes()} >= PUBLIC


def _nothing(request):
    raise AssertionError("never called")


urlpatterns = [
    path("open", _nothing, name="open"),
    path("sources", requires(Right.CAPTURE)(_nothing), name="shut"),
]
