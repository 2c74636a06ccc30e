"""API keys: shown once, with some of a person's rights, for a while."""

from __future__ import annotations

import re

import pytest
from doors_cast import WORD, person
from pages_cast import Page, enter, look

from leadline.web.accounts.access import Right, may, owners_seen, rights_of
from leadline.web.accounts.api_keys import NotGivenError, acting, key_of, make_key
from leadline.web.accounts.audit import AuditEntry, record
from leadline.web.accounts.models import ApiKey, User
from leadline.web.instants import DAY, MINUTE

pytestmark = pytest.mark.django_db
HERE = "203.0.113.7"


def key_for(user: User, *rights: Right, networks=(), days=90) -> str:
    given = rights or (Right.SEE_LEADS,)
    return make_key(
        user=user, name="CRM", rights=given, networks=networks, expires_at=days * DAY, at=0
    )[1]  # fmt: skip


def opened(text: str, address=HERE, at=1) -> ApiKey | None:
    return key_of(f"Bearer {text}", address, at)


def test_a_key_is_shown_once_and_kept_nowhere():
    browser = enter(person("rep", WORD))
    given = {"name": "CRM sync", "rights": ["see leads"], "days": "90", "networks": "203.0.113.7, 10.0.0.0/8"}
    text = re.search(r"sk_live_[\w-]{43}", Page(browser.post("/keys/new", given)).html)[0]
    key = ApiKey.objects.get()
    assert text not in repr(ApiKey.objects.values())
    assert text not in look(browser, "/keys").html
    assert key.begins == text[:14]
    assert opened(text, at=key.created_at + 1) == key
    assert text not in repr(AuditEntry.objects.values())


def test_a_key_may_what_it_was_given_and_its_person_still_may():
    ben = person("rep")
    text = key_for(ben, Right.SEE_LEADS, Right.EDIT_LEADS)
    user = acting(opened(text))
    assert user == ben
    assert rights_of(user) == {Right.SEE_LEADS, Right.EDIT_LEADS}
    assert not may(user, Right.DECIDE)
    User.objects.filter(pk=ben.pk).update(role="reader")
    assert rights_of(acting(opened(text))) == {Right.SEE_LEADS}
    assert owners_seen(acting(opened(text))) == owners_seen(ben)


def test_nobody_gives_a_key_what_they_may_not():
    ben = person("rep")
    with pytest.raises(NotGivenError):
        key_for(ben, Right.SEE_LEADS, Right.EXPORT)
    browser = enter(ben)
    told = browser.post("/keys/new", {"name": "x", "rights": ["see leads", "export"], "days": "90"})
    assert told.status_code == 422
    assert not ApiKey.objects.exists()


def test_no_key_consents_or_makes_keys():
    for role, right in [("admin", Right.PEOPLE), ("manager", Right.CONSENT_SALES)]:
        user = person(role)
        with pytest.raises(NotGivenError):
            key_for(user, right)
    ApiKey.objects.all().delete()
    text = key_for(User.objects.get(role="admin"))
    ApiKey.objects.update(rights=["people", "see leads", "a right of long ago"])
    assert rights_of(acting(opened(text))) == {Right.SEE_LEADS}


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic {}",
        "Bearer {}x",
        "Bearer sk_live_",
        "{}",
        "Bearer sk_test_x",
        "Bearer \0",
    ],
)
def test_what_is_no_key_of_ours_opens_nothing(header):
    text = key_for(person())
    assert key_of(header.format(text), HERE, 1) is None


def test_revoked_old_and_deactivated_keys_open_nothing():
    ben = person("rep")
    text = key_for(ben, days=90)
    assert opened(text, at=90 * DAY - 1)
    assert opened(text, at=90 * DAY) is None
    User.objects.filter(pk=ben.pk).update(is_active=False)
    assert opened(text) is None
    User.objects.filter(pk=ben.pk).update(is_active=True)
    assert opened(text)
    enter(ben).post(f"/keys/{ApiKey.objects.get().id}/revoke")
    assert opened(text) is None


@pytest.mark.parametrize(
    ("address", "fits"),
    [("203.0.113.7", True), ("10.9.8.7", True), ("203.0.113.8", False), ("", False), ("::1", False),
     ("2001:db8::5", True)],
)  # fmt: skip
def test_a_key_is_bound_to_networks(address, fits):
    text = key_for(person(), networks=["203.0.113.7", "10.0.0.0/8", "2001:db8::/32"])
    assert (opened(text, address) is not None) == fits


def test_networks_are_checked_as_they_are_typed():
    browser = enter(person())
    told = browser.post("/keys/new", {"name": "x", "rights": ["see leads"], "days": "90", "networks": "home"})
    assert told.status_code == 422
    assert "“home” is no address" in Page(told).text


def test_the_last_use_is_noted_by_the_minute():
    text = key_for(person())
    for at in (MINUTE, MINUTE + 1, 2 * MINUTE - 1):
        opened(text, at=at)
    assert ApiKey.objects.get().last_used_at == MINUTE
    opened(text, at=2 * MINUTE)
    assert ApiKey.objects.get().last_used_at == 2 * MINUTE


def test_what_a_key_does_names_the_key():
    text = key_for(person())
    key = opened(text)
    entry = record(acting(key), "export", "segment:a")
    assert (entry.by, entry.key) == (key.user_id, key.id)


def test_people_see_and_revoke_their_own_keys_and_admins_all():
    ben, rita = person("rep"), person("reader")
    key_for(ben)
    number = ApiKey.objects.get().id
    assert "CRM" not in look(enter(rita), "/keys").text
    assert enter(rita).post(f"/keys/{number}/revoke").status_code == 404
    admin = enter(person())
    assert "CRM" in look(admin, "/keys").text
    admin.post(f"/keys/{number}/revoke")
    assert "revoked" in look(enter(ben), "/keys").text
