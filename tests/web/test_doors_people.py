"""People: invited, joined, changed, let go; teams; and the log of it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from allauth.usersessions.models import UserSession
from django.core import mail
from django.db import DatabaseError, connection, transaction
from django.test import Client
from doors_cast import WORD, person
from pages_cast import CANARY, Page, enter, look

from leadline.web.accounts import actions, entrance
from leadline.web.accounts.access import Role, Scope, owners_seen
from leadline.web.accounts.api_keys import make_key
from leadline.web.accounts.audit import AuditEntry, NeverChangedError, guard, record, unguard
from leadline.web.accounts.models import Invitation, Team, User
from leadline.web.env import EVERYBODY, WITH_SECOND_FACTOR
from leadline.web.instants import DAY, now

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quick(quick_passwords):
    """Argon2 is slow on purpose."""


@pytest.fixture
def ana():
    return enter(person(password=WORD))


def invite(browser: Client, email="new@example.com", **more) -> Page:
    return Page(browser.post("/people/invite", {"email": email, "role": "rep", "scope": "own", **more}))


def link_on(page: Page) -> str:
    return re.search(r"http://localhost:8000(/join/[^<\s]+)", page.html)[1]


def join(link: str, name="Neo", password=WORD, browser: Client | None = None):
    return (browser or Client()).post(link, {"name": name, "password": password})


def verbs() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("verb", flat=True))


# --- invitations ------------------------------------------------------------------------------------------


def test_whoever_is_invited_joins_with_what_was_granted(ana):
    north = Team.objects.create(name="North")
    page = invite(ana, "New@Example.com", scope="team", team=north.id, may_export="on")
    assert "Hand them this link" in page.text
    link = link_on(page)
    form = look(Client(), link)
    assert "Ana invited new@example.com" in form.text
    browser = Client()
    assert join(link, browser=browser)["Location"] == "/"
    neo = User.objects.get(email="new@example.com")
    assert (neo.name, neo.role, neo.scope, neo.team, neo.may_export, neo.may_bulk) == (
        "Neo", "rep", "team", north, True, False,
    )  # fmt: skip
    assert browser.get("/account").status_code == 200
    assert list(AuditEntry.objects.order_by("id").values_list("verb", flat=True)) == [
        "invite",
        "join",
        "sign in",
    ]


def test_an_invitations_link_opens_once(ana):
    link = link_on(invite(ana))
    for _ in range(3):
        assert look(Client(), link).status == 200, "to look at it uses nothing up"
    join(link)
    for answer in (Client().get(link), join(link, "Eve")):
        assert answer.status_code == 410
        assert "opens nothing any more" in Page(answer).text
    assert User.objects.filter(email="new@example.com").count() == 1


@pytest.mark.parametrize("days", [8, 400])
def test_an_invitation_grows_old(ana, monkeypatch, days):
    link = link_on(invite(ana))
    monkeypatch.setattr(entrance, "now", lambda: now() + days * DAY)
    assert join(link).status_code == 410
    assert not User.objects.filter(email="new@example.com").exists()


def test_a_withdrawn_or_renewed_invitation_opens_nothing(ana):
    first = link_on(invite(ana))
    number = Invitation.objects.get().id
    second = link_on(Page(ana.post(f"/people/invitation/{number}/again")))
    assert join(first).status_code == 410
    ana.post(f"/people/invitation/{Invitation.objects.latest('id').id}/withdraw")
    assert join(second).status_code == 410
    assert not User.objects.filter(email="new@example.com").exists()


def test_a_link_cannot_be_made_up(ana):
    link = link_on(invite(ana))
    head, tail = link[:-1], link[-1]
    for forged in (head + ("a" if tail != "a" else "b"), "/join/x", "/join/" + "y" * 500, link.split(":")[0]):
        assert Client().get(forged).status_code == 410, forged


def test_a_weak_password_is_refused_and_the_link_goes_on_to_hold(ana):
    link = link_on(invite(ana))
    told = Page(join(link, password="short"))
    assert told.status == 422
    assert "too short" in told.text
    assert join(link)["Location"] == "/"


def test_somebody_else_who_is_signed_in_becomes_the_invited_one(ana):
    link = link_on(invite(ana))
    join(link, browser=ana)
    assert "new@example.com" in look(ana, "/account").text


def test_whoever_is_of_the_team_is_not_invited_again(ana):
    page = invite(ana, "ana@example.com")
    assert page.status == 422
    assert "of the team already" in page.text


def test_invitations_go_out_by_mail_where_there_is_a_server(ana, settings):
    here = settings.SURROUNDINGS
    settings.SURROUNDINGS = replace(here, doors=replace(here.doors, email_url="smtp://mail.example.com"))
    page = invite(ana)
    assert "A mail is on its way" in page.text
    assert mail.outbox[0].to == ["new@example.com"]
    assert link_on(page) in mail.outbox[0].body


def test_a_mail_that_cannot_be_sent_leaves_the_link_to_be_copied(ana, settings, monkeypatch):
    here = settings.SURROUNDINGS
    settings.SURROUNDINGS = replace(here, doors=replace(here.doors, email_url="smtp://mail.example.com"))

    def away(self, *_):
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", away)
    assert "No mail was sent" in invite(ana).text


def test_a_team_to_see_must_be_named(ana):
    page = invite(ana, scope="team")
    assert page.status == 422
    assert "Choose the team" in page.text


# --- people -----------------------------------------------------------------------------------------------


def change(browser: Client, user: User, **more):
    given = {"name": user.name, "role": user.role, "scope": user.scope, **more}
    return browser.post(f"/person/{user.id}", given)


def test_rights_are_changed_and_written_down_without_names(ana):
    ben = person("rep")
    bens = enter(ben)
    change(ana, ben, name="Benedikt", role="manager", may_bulk="on")
    ben.refresh_from_db()
    assert (ben.name, ben.role, ben.may_bulk) == ("Benedikt", "manager", True)
    assert bens.get("/account").status_code == 302, "another role ends sessions"
    entry = AuditEntry.objects.get(verb="change rights")
    assert entry.about == f"user:{ben.id}"
    assert entry.detail == {
        "was": {"role": "rep", "may_bulk": False},
        "now": {"role": "manager", "may_bulk": True},
    }


def test_the_last_admin_stays_one(ana):
    only = User.objects.get(email="ana@example.com")
    told = Page(change(ana, only, role="reader"))
    assert "last admin" in told.text
    assert "last admin" in Page(ana.post(f"/person/{only.id}/deactivate", follow=True)).text
    only.refresh_from_db()
    assert (only.role, only.is_active) == ("admin", True)
    with pytest.raises(actions.LastAdminError):
        actions.let_in(email="ana@example.com", password=WORD, role="rep")


def test_an_admin_who_is_deactivated_is_none(ana):
    only = User.objects.get(email="ana@example.com")
    person("admin", name="Old", is_active=False)
    assert "last admin" in Page(change(ana, only, role="reader")).text
    person("admin", name="New")
    assert change(ana, only, role="reader").status_code == 302


def test_whoever_is_deactivated_is_out_at_once_and_stays_out_when_let_in_again(ana):
    ben = person("rep", WORD)
    bens = enter(ben)
    ana.post(f"/person/{ben.id}/deactivate")
    assert bens.get("/account").status_code == 302
    ana.post(f"/person/{ben.id}/activate")
    assert bens.get("/account").status_code == 302, "an old session does not come back"
    assert Client().post("/sign-in", {"login": ben.email, "password": WORD})["Location"] == "/"


def test_an_admin_ends_somebodys_sessions(ana):
    ben = person("rep")
    bens = enter(ben)
    ana.post(f"/person/{ben.id}/end-sessions")
    assert bens.get("/account").status_code == 302
    assert ana.get("/account").status_code == 200


def test_an_admin_hands_out_a_link_for_a_password(ana):
    ben = person("rep")
    page = Page(ana.post(f"/person/{ben.id}/password-link"))
    link = re.search(r"http://localhost:8000(/password/[^<\s]+)", page.html)[1]
    browser = Client()
    path = browser.get(link, follow=True).redirect_chain[-1][0]
    browser.post(path, {"password1": WORD, "password2": WORD})
    assert Client().post("/sign-in", {"login": ben.email, "password": WORD})["Location"] == "/"


def test_names_that_would_be_script_are_text_everywhere(ana):
    odd = person("rep", name="Odd")
    User.objects.filter(pk=odd.pk).update(name=CANARY)
    Team.objects.create(name=CANARY[:80])
    record(odd, CANARY[:60], CANARY[:200], word=CANARY)
    for path in ("/people", f"/person/{odd.id}", "/teams", "/audit", "/people/invite"):
        page = look(ana, path)
        assert page.status == 200, path
        assert not page.runs, (path, page.runs)


def test_a_browser_s_and_a_key_s_name_that_would_be_script_are_text(ana):
    boss = User.objects.get(email="ana@example.com")
    User.objects.filter(pk=boss.pk).update(name=CANARY)
    make_key(user=boss, name=CANARY[:80], rights=["see leads"], networks=[], expires_at=2**60, at=0)
    UserSession.objects.create(
        user=boss, ip="198.51.100.1", session_key=ana.session.session_key, user_agent=CANARY
    )
    shown = ""
    for path in ("/keys", "/account", "/people", f"/person/{boss.id}", "/audit", "/leads", "/"):
        page = look(ana, path)
        assert (page.status, page.runs) == (200, []), path
        shown += page.text
    assert "<script>canary()" in shown


def test_the_list_of_people_needs_no_more_queries_for_more_people(ana, django_assert_max_num_queries):
    for number in range(20):
        person("rep", name=f"Rep{number}")
        actions.invite(
            email=f"i{number}@example.com", grant=actions.Grant(), by=User.objects.first(), at=now()
        )
    ana.get("/people")
    with django_assert_max_num_queries(12):
        ana.get("/people")


# --- teams and what they see ------------------------------------------------------------------------------


def test_whose_leads_somebody_sees():
    north, south = Team.objects.create(name="North"), Team.objects.create(name="South")
    sofia = person("manager", scope=Scope.TEAM, team=north)
    ben = person("rep", scope=Scope.OWN, team=north)
    other = person("rep", name="Ida", team=south)
    assert owners_seen(sofia) == {sofia.id, ben.id}
    assert owners_seen(ben) == {ben.id}
    assert owners_seen(other) is None
    sofia.team = None
    assert owners_seen(sofia) == {sofia.id}


def test_a_team_is_made_renamed_and_deleted_and_its_people_stay(ana):
    ana.post("/teams", {"name": "North"})
    assert "exists" in Page(ana.post("/teams", {"name": "North"})).text
    north = Team.objects.get()
    ben = person("rep", team=north)
    ana.post(f"/team/{north.id}", {"name": "South"})
    assert "South" in look(ana, "/teams").text
    ana.post(f"/team/{north.id}/delete")
    ben.refresh_from_db()
    assert ben.team is None
    assert verbs() == ["make team", "rename team", "delete team"]


# --- the log ----------------------------------------------------------------------------------------------


def test_an_entry_is_neither_changed_nor_deleted_by_our_own_code():
    entry = record(None, "publish", "program:x")
    entry.verb = "nothing"
    for attempt in (
        entry.save, entry.delete, AuditEntry.objects.all().delete,
        lambda: AuditEntry.objects.update(verb="nothing"),
        lambda: AuditEntry.objects.filter(by=None).delete(),
        lambda: AuditEntry.objects.bulk_update([entry], ["verb"]),
    ):  # fmt: skip
        with pytest.raises(NeverChangedError):
            attempt()
    assert AuditEntry.objects.get().verb == "publish"


@pytest.mark.django_db(transaction=True)
def test_the_database_itself_refuses():
    record(None, "publish", "program:x")
    table = AuditEntry._meta.db_table
    with connection.schema_editor() as editor:
        guard(editor)
    try:
        for statement in (f"UPDATE {table} SET verb = 'x'", f"DELETE FROM {table}"):
            with (
                pytest.raises(DatabaseError),
                transaction.atomic(),
                connection.cursor() as it,
            ):
                it.execute(statement)
    finally:
        with connection.schema_editor() as editor:
            unguard(editor)
    assert AuditEntry.objects.get().verb == "publish"


def test_the_log_is_filtered_by_who_what_and_about(ana):
    ben = person("rep")
    record(ben, "export", "segment:a", rows=3)
    record(None, "let in", "user:7")
    assert "rows: 3" in look(ana, "/audit").text
    for query, seen in [
        ({"by": ben.id}, {"export"}), ({"by": "server"}, {"let in"}), ({"verb": "let in"}, {"let in"}),
        ({"about": "segment:"}, {"export"}), ({"verb": "none"}, set()),
    ]:  # fmt: skip
        cells = [row[2] for row in look(ana, "/audit", **query).cells if len(row) == 5][1:]
        assert set(cells) == seen, query


def test_the_log_goes_on_a_page_at_a_time(ana):
    for number in range(205):
        record(None, "let in", f"user:{number}")
    first = look(ana, "/audit")
    older = next(link for link in first.links if "before=" in link)
    second = look(ana, f"/audit{older}")
    third = look(ana, "/audit" + next(link for link in second.links if "before=" in link))
    about = [row[3] for page in (first, second, third) for row in page.cells if len(row) == 5]
    assert [a for a in about if a.startswith("user:")] == [f"user:{n}" for n in reversed(range(205))]


def test_what_is_done_and_its_entry_stand_or_fall_together(ana, monkeypatch):
    ben = person("rep")

    def broken(*_, **__):
        raise RuntimeError

    monkeypatch.setattr(actions, "record", broken)
    ana.raise_request_exception = False
    assert ana.post(f"/person/{ben.id}/deactivate").status_code == 500
    ben.refresh_from_db()
    assert ben.is_active


def test_people_pages_have_nothing_inline(ana):
    for path in ("/people", "/people/invite", "/teams", "/keys", "/keys/new", "/audit", "/account",
                 "/account/password", "/account/second-factor/set-up", "/person/1"):  # fmt: skip
        answer = ana.get(path)
        assert not Page(answer).runs or path.endswith("set-up"), (path, Page(answer).runs)
        assert "unsafe" not in answer["Content-Security-Policy"]


def test_roles_are_named_alike_in_code_and_settings():
    assert set(WITH_SECOND_FACTOR) == {EVERYBODY, *Role}
