"""The REST API: what a program with a key reads and writes."""

import json
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from web_cast import micros

from leadline.web.accounts.access import Right
from leadline.web.accounts.api_keys import make_key
from leadline.web.accounts.models import ApiKey, User
from leadline.web.api import callers, reading, writing
from leadline.web.instants import DAY
from leadline.web.leads.actions import assign_leads
from leadline.web.leads.models import Event, Lead
from leadline.web.qualification.models import Standing

ALL = [
    Right.SEE_LEADS, Right.SEE_NUMBERS, Right.EDIT_LEADS, Right.DECIDE, Right.VOID, Right.IMPORT,
]  # fmt: skip


@pytest.fixture
def moment(clock, monkeypatch, db):
    for module in (callers, reading, writing):
        monkeypatch.setattr(module, "now", clock)
    cache.clear()
    return clock


def client_of(clock, rights=ALL, **user) -> Client:
    about = {"role": "admin", **user}
    email = about.pop("email", "robot@example.com")
    owner = User.objects.create_user(email, **about)
    at = micros(clock.at)
    _, text = make_key(user=owner, name="CRM", rights=rights, networks=[], expires_at=at + 400 * DAY, at=at)
    return Client(headers={"Authorization": f"Bearer {text}"})


@pytest.fixture
def crm(moment) -> Client:
    return client_of(moment)


@pytest.fixture
def mia(server, program, send, worker, clock) -> Lead:
    day = timedelta(days=1)
    send(server, "page", userId="mia", properties={"path": "/pricing"}, at=clock.at - 10 * day)
    send(server, "identify", userId="mia", traits={"seniority": "vp", "email": "mia@acme.example"},
         at=clock.at - 9 * day)  # fmt: skip
    worker.drain()
    return Lead.objects.get()


def post(browser, path, body, **headers):
    return browser.post(f"/api/v1{path}", json.dumps(body), content_type="application/json", headers=headers)


def get(browser, path, **query):
    answer = browser.get(f"/api/v1{path}", query)
    assert answer.status_code == 200, answer.content
    return answer.json()


# --- reading ------------------------------------------------------------------------------------------------


def test_a_lead_with_where_it_stands_and_why(crm, mia):
    told = get(crm, f"/leads/{mia.id}")
    assert (told["email"], told["standings"][0]["fit"]) == ("mia@acme.example", 30.0)
    assert {i["value"] for i in told["goes_by"]} == {"mia", "mia@acme.example"}
    judged = get(crm, f"/leads/{mia.id}/assessment")
    assert sum(e["points"] for e in judged["ledger"] if e["part"] == "fit") == judged["measures"]["fit"] == 30


def test_an_assessment_of_the_past_knows_nothing_of_later(crm, mia, moment):
    then = (moment.at - timedelta(days=9, hours=12)).isoformat()
    assert get(crm, f"/leads/{mia.id}/assessment", as_of=then)["measures"]["fit"] == 0
    before = crm.get(f"/api/v1/leads/{mia.id}/assessment", {"as_of": "2020-01-01T00:00:00Z"})
    assert before.status_code == 404


def test_many_leads_at_once(crm, mia):
    found = post(crm, "/assessments", {"leads": [mia.id, 999, mia.id]}).json()
    assert [a["lead_id"] for a in found["assessments"]] == [mia.id]
    assert found["unknown"] == [999]


def test_facts_come_in_pages_without_a_gap(crm, mia, server, send, worker, clock):
    for number in range(25):
        send(
            server,
            "track",
            userId="mia",
            event=f"n{number}",
            at=clock.at - timedelta(minutes=90 - number % 3),
        )
    worker.drain()
    found, cursor = [], {}
    while cursor is not None:
        page = get(crm, f"/leads/{mia.id}/facts", limit=4, **cursor)
        found += [e["event"] for e in page["events"]]
        cursor = {"cursor": page["next"]} if page["next"] else None
    assert sorted(found) == sorted(["page", *(f"n{number}" for number in range(25))])
    assert {t["field"] for t in get(crm, f"/leads/{mia.id}/facts", of="traits")["traits"]} == {
        "seniority",
        "email",
    }


def test_leads_are_found_by_what_they_are(crm, mia, server, send, worker):
    for number in range(5):
        send(server, "page", userId=f"u{number}", properties={"path": "/"})
    worker.drain()
    assert [row["id"] for row in get(crm, "/leads", email="Mia@acme.example")["leads"]] == [mia.id]
    assert [row["id"] for row in get(crm, "/leads", quality="bad", limit=2)["leads"]]
    first = get(crm, "/leads", limit=4)
    rest = get(crm, "/leads", limit=4, cursor=first["next"])
    assert len({row["id"] for row in (*first["leads"], *rest["leads"])}) == Lead.objects.count() == 6
    assert rest["next"] is None


def test_programs_and_changes_of_stage(crm, mia, server, send, worker):
    assert get(crm, "/programs")[0]["stages"] == ["lead", "mql", "customer"]
    assert "leadline: 1" in get(crm, "/programs/trial")["model"]
    send(server, "form", userId="mia")
    send(server, "track", userId="mia", event="deal_won")
    worker.drain()
    changes = get(crm, "/programs/trial/changes")["changes"]
    assert changes[-1]["after"] == "customer"


# --- writing ------------------------------------------------------------------------------------------------


def test_what_is_learnt_is_judged_at_once(crm, mia):
    answer = post(crm, f"/leads/{mia.id}/facts", {"traits": [{"field": "seniority", "value": "intern"}]})
    assert answer.status_code == 201
    assert answer.json()["standings"][0]["fit"] == 0


def test_a_decision_is_done_once_however_often_it_is_sent(crm, mia):
    body = {"decision": "lead_rejected", "reason": "no budget"}
    key = {"Idempotency-Key": "crm-1"}
    first = post(crm, f"/leads/{mia.id}/decisions", body, **key)
    again = post(crm, f"/leads/{mia.id}/decisions", body, **key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"
    assert Event.objects.filter(event="lead_rejected").count() == 1
    other = post(crm, f"/leads/{mia.id}/decisions", {"decision": "lead_accepted"}, **key)
    assert other.status_code == 422


def test_an_event_is_voided_and_counts_again(crm, mia):
    event = get(crm, f"/leads/{mia.id}/facts")["events"][0]["id"]
    post(crm, f"/leads/{mia.id}/void", {"event": event})
    assert Standing.objects.get().intent == 0
    post(crm, f"/leads/{mia.id}/void", {"event": event, "void": False})
    assert Standing.objects.get().intent > 0


def test_tags_are_changed(crm, mia):
    assert post(crm, f"/leads/{mia.id}/tags", {"add": ["VIP", "fair"], "remove": []}).json() == {
        "tags": ["fair", "vip"]
    }
    assert post(crm, f"/leads/{mia.id}/tags", {"remove": ["fair"]}).json() == {"tags": ["vip"]}
    assert post(crm, f"/leads/{mia.id}/tags", {"add": [" "]}).status_code == 422


# --- who may ------------------------------------------------------------------------------------------------


def test_without_a_key_there_is_nothing(moment, mia):
    browser = Client()
    browser.force_login(User.objects.create_user("ana@example.com", role="admin"))
    answer = browser.get("/api/v1/leads")
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert browser.get("/api/v1/openapi.json").status_code == 200
    assert Client().get("/api/v1/openapi.json").status_code == 401


def test_a_key_does_what_it_was_given_and_no_more(moment, mia):
    reader = client_of(moment, rights=[Right.SEE_LEADS])
    count = Event.objects.count()
    assert get(reader, f"/leads/{mia.id}")
    for path, body in (("facts", {"event": "x"}), ("decisions", {"decision": "lead_recycled"}),
                       ("tags", {"add": ["x"]}), ("void", {"event": "x"})):  # fmt: skip
        answer = post(reader, f"/leads/{mia.id}/{path}", body)
        assert (answer.status_code, answer.json()["status"]) == (403, 403)
    assert reader.get("/api/v1/programs").status_code == 403
    assert Event.objects.count() == count


def test_a_key_sees_the_leads_of_its_person(moment, mia):
    ben = client_of(moment, rights=[Right.SEE_LEADS], email="ben@example.com", role="rep", scope="own")
    paths = (f"/leads/{mia.id}", f"/leads/{mia.id}/facts", f"/leads/{mia.id}/assessment")
    assert {ben.get(f"/api/v1{path}").status_code for path in paths} == {404}
    assert get(ben, "/leads")["leads"] == []
    assert get(ben, "/programs/trial/changes")["changes"] == []
    assert post(ben, "/assessments", {"leads": [mia.id]}).json()["assessments"] == []
    owner = User.objects.get(email="ben@example.com")
    assign_leads(leads=[mia.id], to=owner.id, by="ana", at=micros(moment.at))
    assert {ben.get(f"/api/v1{path}").status_code for path in paths} == {200}
    assert [row["id"] for row in get(ben, "/leads")["leads"]] == [mia.id]


def test_a_key_that_was_revoked_or_is_too_old_opens_nothing(crm, mia, moment):
    moment.at += timedelta(days=401)
    assert crm.get("/api/v1/leads").status_code == 401
    moment.at -= timedelta(days=401)
    ApiKey.objects.update(revoked_at=1)
    assert crm.get("/api/v1/leads").status_code == 401


def test_too_many_calls_are_told_to_wait(crm, mia, monkeypatch):
    monkeypatch.setattr(callers, "PER_MINUTE", 3)
    statuses = [crm.get("/api/v1/programs").status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    assert int(crm.get("/api/v1/programs")["Retry-After"]) <= 60


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/leads/0", 422), ("/leads/99999999999999999999", 422), ("/leads/x", 422), ("/leads/7", 404),
        ("/leads?cursor=AAAA", 422), ("/leads?limit=0", 422), ("/leads?limit=501", 422),
        ("/programs/nope", 404),
        ("/leads?seen_since=yesterday", 422), ("/leads?seen_since=0001-01-01T00:00:00%2B23:00", 422),
        ("/leads?program=nope", 404), ("/programs/trial/changes?cursor=W10", 422),
    ],
)  # fmt: skip
def test_what_does_not_read_is_a_problem_with_its_place(crm, mia, path, status):
    answer = crm.get(f"/api/v1{path}")
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert set(answer.json()) >= {"type", "title", "status", "detail", "instance"}


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"\xff", b'{"traits": 1}', b"[" * 5000, b'{"event": "a\\u0000"}']
)
def test_a_body_that_does_not_read_is_a_problem(crm, mia, body):
    answer = crm.post(f"/api/v1/leads/{mia.id}/facts", body, content_type="application/json")
    assert (answer.status_code // 100, answer["Content-Type"]) == (4, "application/problem+json")
