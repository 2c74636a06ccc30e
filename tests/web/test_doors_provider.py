"""Signing in by the provider: the team, the invited, and the domains that were named; nobody else."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from django.test import Client
from doors_cast import NOON, WORD, code_of, person, secret_on
from oidc_cast import CLIENT, SECRET, Provider
from pages_cast import Page, look

from leadline.web.accounts import actions
from leadline.web.accounts.audit import AuditEntry
from leadline.web.accounts.models import User
from leadline.web.env import Oidc
from leadline.web.instants import now

pytestmark = pytest.mark.django_db
CLAIMS = {"sub": "7", "email": "ben@example.com", "email_verified": True, "name": "Ben"}


@pytest.fixture
def provider(settings, quick_passwords):
    found = Provider()
    found.says = dict(CLAIMS)
    here = settings.SURROUNDINGS
    oidc = Oidc(found.issuer, CLIENT, SECRET, ("acme.example",), "Acme")
    settings.SURROUNDINGS = replace(here, doors=replace(here.doors, oidc=oidc))
    app = {
        "provider_id": "oidc",
        "name": "Acme",
        "client_id": CLIENT,
        "secret": SECRET,
        "settings": {"server_url": found.issuer},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
    yield found
    found.close()


def by_provider(provider: Provider, browser: Client, following: str = ""):
    """The way there and back."""
    leave = browser.get("/sign-in/provider", {"next": following} if following else {})
    assert leave["Location"].startswith(provider.issuer + "/authorize?")
    return browser.get("/sign-in/provider/back?" + provider.vouch(leave["Location"]))


def is_in(browser: Client) -> bool:
    return browser.get("/account").status_code == 200


def test_without_a_provider_there_is_no_such_way():
    assert "Sign in with" not in look(Client(), "/sign-in").text
    assert Client().get("/sign-in/provider").status_code == 404
    assert Client().get("/sign-in/provider/back?code=x&state=y").status_code == 404


def test_somebody_of_the_team_is_let_in(provider):
    ben = person("rep")
    browser = Client()
    page = look(browser, "/sign-in", next="/keys")
    assert "Sign in with Acme" in page.text
    link = next(link for link in page.links if link.startswith("/sign-in/provider"))
    leave = browser.get(link)
    answer = browser.get("/sign-in/provider/back?" + provider.vouch(leave["Location"]))
    assert answer["Location"] == "/keys"
    assert is_in(browser)
    assert provider.asked["code_challenge_method"] == "S256"
    assert provider.asked["redirect_uri"].endswith("/sign-in/provider/back")
    verbs = AuditEntry.objects.filter(by=ben.id).order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["connect provider", "sign in"]


def test_whom_the_provider_knows_is_known_by_their_number_there(provider):
    person("rep")
    by_provider(provider, Client())
    provider.says["email"] = "benedikt@example.com"
    browser = Client()
    by_provider(provider, browser)
    assert "ben@example.com" in look(browser, "/account").text
    assert User.objects.count() == 1


def test_the_invited_join_with_what_was_granted(provider):
    ana = person()
    actions.invite(email="ben@example.com", grant=actions.Grant(role="manager"), by=ana, at=now())
    browser = Client()
    by_provider(provider, browser)
    assert is_in(browser)
    ben = User.objects.get(email="ben@example.com")
    assert (ben.role, ben.name, ben.has_usable_password()) == ("manager", "Ben", False)


def test_people_of_a_named_domain_join_as_readers(provider):
    provider.says["email"] = "New@Acme.example"
    browser = Client()
    by_provider(provider, browser)
    assert is_in(browser)
    assert User.objects.get().role == "reader"
    assert User.objects.get().email == "new@acme.example"


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "eve@elsewhere.example"},
        {"email": "eve@acme.example.elsewhere.example"},
        {"email": "eve@notacme.example"},
        {"email": "eve@acme.example", "email_verified": False},
        {"email": "eve@acme.example", "email_verified": None},
        {"email": ""},
        {"email": "ana@example.com", "email_verified": False},
    ],
)
def test_all_others_are_refused(provider, claims):
    person()
    provider.says |= claims
    browser = Client()
    answer = by_provider(provider, browser)
    assert answer.status_code == 403
    assert "Not let in" in Page(answer).text
    assert not is_in(browser)
    assert User.objects.count() == 1


def test_whoever_is_deactivated_is_refused(provider):
    ben = person("rep")
    by_provider(provider, Client())
    User.objects.filter(pk=ben.pk).update(is_active=False)
    browser = Client()
    assert by_provider(provider, browser).status_code == 403
    assert not is_in(browser)


def test_the_second_factor_is_asked_for_all_the_same(provider, monkeypatch):
    person("rep", WORD)
    first = Client()
    first.post("/sign-in", {"login": "ben@example.com", "password": WORD})
    secret = secret_on(look(first, "/account/second-factor/set-up"))
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.time", SimpleNamespace(time=lambda: NOON))
    first.post("/account/second-factor/set-up", {"code": code_of(secret)})
    browser = Client()
    assert by_provider(provider, browser)["Location"] == "/sign-in/code"
    assert not is_in(browser)


def test_what_comes_back_must_have_been_asked_for_by_this_browser(provider):
    person("rep")
    leave = Client().get("/sign-in/provider")
    back = provider.vouch(leave["Location"])
    browser = Client()
    answer = browser.get("/sign-in/provider/back?" + back)
    assert "Sign-in failed" in Page(answer).text
    assert not is_in(browser)


def test_a_way_back_counts_once(provider):
    person("rep")
    browser = Client()
    leave = browser.get("/sign-in/provider")
    back = "/sign-in/provider/back?" + provider.vouch(leave["Location"])
    browser.get(back)
    browser.post("/sign-out")
    assert "Sign-in failed" in Page(browser.get(back)).text
    assert not is_in(browser)


def test_a_token_for_somebody_else_is_refused(provider):
    person("rep")
    for wrong in ({"aud": "another"}, {"iss": "https://evil.example"}, {"exp": 1}):
        provider.says = {**CLAIMS, **wrong}
        browser = Client()
        answer = by_provider(provider, browser)
        assert "Sign-in failed" in Page(answer).text, wrong
        assert not is_in(browser)


def test_afterwards_nobody_is_led_elsewhere(provider):
    person("rep")
    answer = by_provider(provider, Client(), following="https://evil.example/")
    assert urlsplit(answer["Location"]).netloc == ""


def test_a_provider_that_is_away_is_told_without_a_traceback(provider):
    provider.close()
    browser = Client()
    browser.raise_request_exception = False
    answer = browser.get("/sign-in/provider")
    assert "Sign-in failed" in Page(answer).text


def test_cancelling_there_changes_nothing(provider):
    browser = Client()
    leave = browser.get("/sign-in/provider")
    provider.vouch(leave["Location"])
    told = {"error": "access_denied", "state": provider.asked["state"]}
    answer = browser.get("/sign-in/provider/back", told, follow=True)
    assert "cancelled" in Page(answer).text
    assert not is_in(browser)
