"""Signing in: passwords, attempts, a second factor, forgotten passwords, sessions."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from doors_cast import NOON, WORD, code_of, person, secret_on
from pages_cast import Page, enter, look

from leadline.web.accounts.audit import AuditEntry
from leadline.web.accounts.models import User
from leadline.web.accounts.sessions import BEGAN, SEEN

pytestmark = pytest.mark.django_db
OTHER = "quite another long word"
ASKING = ("/people/invite", "/person/1", "/teams", "/keys/new", "/account/second-factor/set-up")


@pytest.fixture(autouse=True)
def _quick(quick_passwords, monkeypatch):
    """Argon2 is slow on purpose; and no half minute ends within a test."""
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.time", SimpleNamespace(time=lambda: NOON))


@pytest.fixture
def doors(settings):
    """Change what the installation decides about the doors."""

    def decide(**changed):
        here = settings.SURROUNDINGS
        settings.SURROUNDINGS = replace(here, doors=replace(here.doors, **changed))

    return decide


def sign_in(browser: Client, email="ana@example.com", password=WORD, address="198.51.100.1", **more):
    return browser.post("/sign-in", {"login": email, "password": password, **more}, REMOTE_ADDR=address)


def is_in(browser: Client) -> bool:
    return browser.get("/account").status_code == 200


def with_codes(browser: Client) -> tuple[str, list[str]]:
    """Set up a second factor: its key, and the recovery codes."""
    page = look(browser, "/account/second-factor/set-up")
    secret = secret_on(page)
    answer = browser.post("/account/second-factor/set-up", {"code": code_of(secret)})
    assert answer["Location"] == "/account/recovery-codes"
    shown = look(browser, "/account/recovery-codes")
    return secret, re.findall(r"<li><code>(\d+)</code>", shown.html)


# --- passwords --------------------------------------------------------------------------------------------


def test_the_password_lets_in_and_it_is_written_down():
    ana = person(password=WORD)
    browser = Client()
    assert sign_in(browser)["Location"] == "/"
    assert is_in(browser)
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.by) == ("sign in", ana.id)


def test_passwords_are_kept_by_argon2(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    assert person(password=WORD).password.startswith("argon2$argon2id$")


def test_wrong_unknown_and_deactivated_are_told_the_same_even_with_the_right_password():
    person(password=WORD)
    person("rep", WORD, is_active=False)
    told = set()
    for number, (email, password) in enumerate(
        [("ana@example.com", "wrong"), ("nobody@example.com", WORD), ("ben@example.com", WORD)]
    ):
        page = Page(sign_in(Client(), email, password, address=f"198.51.100.{number}"))
        told.add((page.status, page.text))
    assert len(told) == 1
    assert "do not fit together" in told.pop()[1]
    assert not AuditEntry.objects.exists()


def test_whoever_guesses_is_stopped_but_locks_nobody_out_elsewhere():
    person(password=WORD)
    for _ in range(5):
        assert "do not fit" in Page(sign_in(Client(), password="wrong", address="203.0.113.9")).text
    stopped = sign_in(Client(), password=WORD, address="203.0.113.9")
    assert "Too many attempts" in Page(stopped).text
    browser = Client()
    assert sign_in(browser, address="198.51.100.1")["Location"] == "/"
    assert is_in(browser)


def test_guesses_at_a_name_that_nobody_has_are_stopped_alike():
    for _ in range(5):
        sign_in(Client(), "nobody@example.com", "wrong")
    assert "Too many attempts" in Page(sign_in(Client(), "nobody@example.com", "wrong")).text


def test_attempts_are_not_forgotten_in_a_flood_of_others():
    person(password=WORD)
    for _ in range(5):
        sign_in(Client(), password="wrong")
    for number in range(1000):
        cache.set(f"somebody:{number}", [0.0], 300)
    assert "Too many attempts" in Page(sign_in(Client(), password="wrong")).text


def test_sessions_that_nobody_came_back_to_are_cleared_away():
    person(password=WORD)
    enter(person("rep"))
    Session.objects.update(expire_date=timezone.now() - timedelta(days=1))
    sign_in(Client())
    assert Session.objects.count() == 1


def test_many_accounts_cannot_be_tried_from_one_address():
    for number in range(10):
        sign_in(Client(), f"user{number}@example.com", "wrong")
    assert "Too many attempts" in Page(sign_in(Client(), "user11@example.com", "wrong")).text


def test_signing_in_rightly_now_and_then_buys_no_more_guesses():
    person(password=WORD)
    person("rep", WORD)
    for _ in range(5):
        sign_in(Client(), password="wrong")
        sign_in(Client(), "ben@example.com", WORD)
    assert "Too many attempts" in Page(sign_in(Client(), password="wrong")).text


def test_an_address_that_a_stranger_claims_is_not_believed():
    person(password=WORD)
    for number in range(5):
        given = {"login": "ana@example.com", "password": "wrong"}
        Client().post("/sign-in", given, REMOTE_ADDR="203.0.113.9", HTTP_X_FORWARDED_FOR=f"10.0.0.{number}")
    assert "Too many attempts" in Page(sign_in(Client(), password="wrong", address="203.0.113.9")).text


def test_signing_out_takes_a_post():
    browser = enter(person())
    assert browser.get("/sign-out").status_code == 405
    assert is_in(browser)
    browser.post("/sign-out")
    assert not is_in(browser)


def test_nobody_signs_up_by_themselves():
    for path in ("/sign-up", "/accounts/signup/", "/signup"):
        answer = Client().post(path, {"email": "eve@example.com", "password1": WORD})
        assert answer.status_code in (302, 404)
    assert not User.objects.exists()


# --- the second factor ------------------------------------------------------------------------------------


def test_with_a_second_factor_a_password_alone_opens_nothing():
    person(password=WORD)
    first = Client()
    sign_in(first)
    secret, _codes = with_codes(first)
    other = Client()
    assert sign_in(other, next="/account")["Location"] == "/sign-in/code"
    assert not is_in(other)
    wrong = other.post("/sign-in/code", {"code": "000000"})
    assert "Incorrect code" in Page(wrong).text
    assert not is_in(other)
    answer = other.post("/sign-in/code", {"code": code_of(secret)})
    assert answer.status_code == 302
    assert is_in(other)


def test_a_code_counts_once():
    person(password=WORD)
    first = Client()
    sign_in(first)
    secret, _codes = with_codes(first)
    code = code_of(secret)
    entered = []
    for _ in range(2):
        browser = Client()
        sign_in(browser)
        browser.post("/sign-in/code", {"code": code})
        entered.append(is_in(browser))
    assert entered == [True, False]


@pytest.mark.parametrize(("off", "lets_in"), [(-60, False), (-30, True), (30, True), (60, False)])
def test_a_telephone_s_clock_may_be_off_by_one_step(off, lets_in):
    person(password=WORD)
    first = Client()
    sign_in(first)
    secret, _codes = with_codes(first)
    other = Client()
    sign_in(other)
    other.post("/sign-in/code", {"code": code_of(secret, NOON + off)})
    assert is_in(other) is lets_in


def test_a_code_counts_once_for_as_long_as_a_slow_clock_lets_it_through(monkeypatch):
    person(password=WORD)
    first = Client()
    sign_in(first)
    secret, _codes = with_codes(first)
    # after one step the library has forgotten that the code was used
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.TOTP._mark_code_used", lambda *_: True)
    entered = []
    for _ in range(2):
        browser = Client()
        sign_in(browser)
        browser.post("/sign-in/code", {"code": code_of(secret, NOON + 30)})
        entered.append(is_in(browser))
    assert entered == [True, False]


def test_a_recovery_code_lets_in_once_and_is_shown_once():
    person(password=WORD)
    first = Client()
    sign_in(first)
    _secret, codes = with_codes(first)
    assert len(set(codes)) == 10
    assert not set(codes) & set(re.findall(r"\d{8}", look(first, "/account/recovery-codes").html))
    entered = []
    for _ in range(2):
        browser = Client()
        sign_in(browser)
        browser.post("/sign-in/code", {"code": codes[0]})
        entered.append(is_in(browser))
    assert entered == [True, False]


def test_codes_cannot_be_guessed():
    person(password=WORD)
    first = Client()
    sign_in(first)
    secret, _codes = with_codes(first)
    browser = Client()
    sign_in(browser)
    for number in range(5):
        browser.post("/sign-in/code", {"code": f"{number:06}"})
    told = Page(browser.post("/sign-in/code", {"code": code_of(secret)}))
    assert "Too many attempts" in told.text
    assert not is_in(browser)


def test_a_copy_of_the_database_gives_no_codes():
    person(password=WORD)
    browser = Client()
    sign_in(browser)
    secret, codes = with_codes(browser)
    kept = "".join(str(each.data) for each in Authenticator.objects.all())
    assert secret not in kept
    assert not any(code in kept for code in codes)


def test_setting_up_a_second_factor_ends_all_other_sessions_and_is_written_down():
    person(password=WORD)
    here, elsewhere = Client(), Client()
    sign_in(here)
    sign_in(elsewhere)
    with_codes(here)
    assert is_in(here)
    assert not is_in(elsewhere)
    assert AuditEntry.objects.filter(verb="set up second factor").count() == 1


def test_a_second_factor_can_be_removed_where_the_role_needs_none(doors):
    person(password=WORD)
    here, elsewhere = Client(), Client()
    sign_in(here)
    with_codes(here)
    doors(second_factor=("admin",))
    assert "cannot be removed" in look(here, "/account/second-factor/remove").text
    here.post("/account/second-factor/remove")
    assert Authenticator.objects.exists()
    doors(second_factor=("rep",))
    here.post("/account/second-factor/remove")
    assert not Authenticator.objects.exists()
    assert is_in(here)
    assert sign_in(elsewhere)["Location"] == "/"


@pytest.mark.parametrize("needed", [("admin", "marketing"), ("everybody",)])
def test_whoever_needs_a_second_factor_sets_it_up_before_anything_else(doors, needed):
    doors(second_factor=needed)
    person(password=WORD)
    browser = Client()
    sign_in(browser)
    for path in ("/", "/leads", "/people", "/account", "/keys", "/account/password"):
        answer = browser.get(path)
        assert (answer.status_code, answer["Location"]) == (302, "/account/second-factor/set-up"), path
    with_codes(browser)
    assert is_in(browser)


def test_roles_that_need_none_are_left_alone(doors):
    doors(second_factor=("admin",))
    person("rep", WORD)
    browser = Client()
    sign_in(browser, "ben@example.com")
    assert is_in(browser)


# --- forgotten passwords ----------------------------------------------------------------------------------


@pytest.fixture
def mails(doors):
    doors(email_url="smtp://mail.example.com")
    return mail.outbox


def test_a_forgotten_password_is_replaced_by_a_link_that_opens_once(mails):
    person(password=WORD)
    held = Client()
    sign_in(held)
    answer = Client().post("/password", {"email": "Ana@example.com"}, follow=True)
    assert "mail is on its way" in Page(answer).text
    link = re.search(r"http://localhost:8000(/password/\S+)", mails[0].body)[1]
    browser = Client()
    form = browser.get(link, follow=True)
    assert "Choose a password" in Page(form).text
    path = form.redirect_chain[-1][0]
    weak = Page(browser.post(path, {"password1": "short", "password2": "short"}))
    assert "too short" in weak.text
    done = browser.post(path, {"password1": OTHER, "password2": OTHER}, follow=True)
    assert "password is changed" in Page(done).text
    assert not is_in(browser), "the link itself lets nobody in"
    assert not is_in(held), "sessions end with the password"
    assert sign_in(Client(), password=OTHER)["Location"] == "/"
    assert "was used" in Page(Client().get(link, follow=True)).text


def test_a_reset_does_not_skip_the_second_factor(mails):
    person(password=WORD)
    first = Client()
    sign_in(first)
    with_codes(first)
    Client().post("/password", {"email": "ana@example.com"})
    link = re.search(r"http://localhost:8000(/password/\S+)", mails[0].body)[1]
    browser = Client()
    path = browser.get(link, follow=True).redirect_chain[-1][0]
    browser.post(path, {"password1": OTHER, "password2": OTHER})
    assert sign_in(browser, password=OTHER)["Location"] == "/sign-in/code"
    assert not is_in(browser)


def test_a_reset_does_not_tell_who_has_an_account(mails):
    person(password=WORD)
    person("rep", WORD, is_active=False)
    told = {
        Page(Client().post("/password", {"email": email}, follow=True)).text
        for email in ("ana@example.com", "nobody@example.com", "ben@example.com")
    }
    assert len(told) == 1
    assert len(mails) == 3
    links = [m.to[0] for m in mails if "/password/" in m.body]
    assert links == ["ana@example.com"]


def test_the_link_leads_to_the_installation_whatever_the_request_calls_it(mails):
    person(password=WORD)
    Client().post("/password", {"email": "ana@example.com"}, HTTP_HOST="127.0.0.1")
    assert "http://localhost:8000/password/" in mails[0].body


def test_a_mail_server_that_is_away_is_no_fault_that_tells_anything(mails, monkeypatch):
    def away(self, *_):
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", away)
    person(password=WORD)
    told = [
        Page(Client().post("/password", {"email": e}, follow=True)).text
        for e in ("ana@example.com", "nobody@example.com")
    ]
    assert told[0] == told[1]


def test_without_a_mail_server_the_page_says_who_can_help():
    person(password=WORD)
    for answer in (Client().get("/password"), Client().post("/password", {"email": "ana@example.com"})):
        assert "Ask an admin" in Page(answer).text
    assert not mail.outbox


# --- sessions ---------------------------------------------------------------------------------------------


def test_a_new_password_ends_all_sessions_but_this_one():
    person(password=WORD)
    here, elsewhere = Client(), Client()
    sign_in(here)
    sign_in(elsewhere)
    given = {"oldpassword": WORD, "password1": OTHER, "password2": OTHER}
    assert here.post("/account/password", given)["Location"] == "/account"
    assert is_in(here)
    assert not is_in(elsewhere)


def test_another_role_ends_all_sessions():
    ben = person("rep")
    browser = enter(ben)
    User.objects.filter(pk=ben.pk).update(role="reader")
    assert not is_in(browser)


def test_a_session_gets_another_name_when_somebody_signs_in():
    person(password=WORD)
    browser = Client()
    browser.get("/password")
    session = browser.session
    session["planted"] = "x"
    session.save()
    before = session.session_key
    browser.cookies["leadline"] = before
    sign_in(browser)
    assert browser.cookies["leadline"].value != before


@pytest.mark.parametrize(("field", "hours"), [(SEEN, 13), (BEGAN, 14 * 24 + 1)])
def test_idle_or_old_sessions_end(field, hours):
    browser = enter(person())
    session = browser.session
    session[field] = time.time() - hours * 3600
    session.save()
    answer = browser.get("/account", follow=True)
    assert "signed out after a while" in Page(answer).text
    assert not is_in(browser)


def test_whoever_clicks_now_and_then_stays():
    browser = enter(person())
    session = browser.session
    session[SEEN] = time.time() - 11 * 3600
    session.save()
    assert is_in(browser)
    assert browser.session[SEEN] > time.time() - 60


def test_people_see_where_they_are_signed_in_and_end_that():
    person(password=WORD)
    person("rep", WORD)
    here, elsewhere, bens = Client(), Client(), Client()
    sign_in(here)
    sign_in(elsewhere, address="198.51.100.77")
    sign_in(bens, "ben@example.com")
    page = look(here, "/account")
    assert "198.51.100.77" in page.text
    numbers = re.findall(r'action="/account/session/(\d+)"', page.html)
    assert len(numbers) == 2
    here.post(f"/account/session/{numbers[1]}")
    assert not is_in(elsewhere)
    assert is_in(here)
    (bens_own,) = re.findall(r'action="/account/session/(\d+)"', look(bens, "/account").html)
    here.post(f"/account/session/{bens_own}")
    assert is_in(bens), "one's own alone"


def test_all_others_are_ended_at_once():
    person(password=WORD)
    here, elsewhere = Client(), Client()
    sign_in(here)
    sign_in(elsewhere)
    here.post("/account/sessions/others")
    assert is_in(here)
    assert not is_in(elsewhere)


# --- asked once more --------------------------------------------------------------------------------------


def long_ago(browser: Client) -> None:
    session = browser.session
    records = session["account_authentication_methods"]
    session["account_authentication_methods"] = [{**r, "at": r["at"] - 3600} for r in records]
    session.save()


@pytest.mark.parametrize(
    "path", ["/people/invite", "/person/1", "/teams", "/keys/new", "/account/second-factor/set-up"]
)
def test_what_matters_asks_once_more_who_it_is(path):
    ana = person(password=WORD, id=1)
    browser = Client()
    sign_in(browser)
    assert browser.get(path).status_code == 200
    long_ago(browser)
    answer = browser.get(path)
    assert answer["Location"].startswith("/account/again?next=")
    wrong = browser.post(answer["Location"], {"password": "wrong", "next": path})
    assert wrong.status_code == 200
    assert browser.get(path).status_code == 302
    assert browser.post(answer["Location"], {"password": WORD, "next": path})["Location"] == path
    assert browser.get(path).status_code == 200
    assert ana.is_active


def test_an_act_that_had_to_wait_changes_nothing_before_the_password():
    person(password=WORD)
    browser = Client()
    sign_in(browser)
    long_ago(browser)
    browser.post("/people/invite", {"email": "new@example.com", "role": "reader", "scope": "all"})
    assert not AuditEntry.objects.filter(verb="invite").exists()
