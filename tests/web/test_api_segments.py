"""The REST API: segments, imports and jobs."""

from datetime import date, timedelta

import pytest
from test_api import ALL, client_of, crm, get, mia, moment, post  # noqa: F401  # fixtures
from web_cast import micros

from leadline.web.accounts.access import Right
from leadline.web.accounts.models import AuditEntry, User
from leadline.web.api import segments
from leadline.web.board.models import Segment, SegmentCount
from leadline.web.importing.models import Import
from leadline.web.jobs.models import Job
from leadline.web.leads.actions import assign_leads

DECIDERS = {"name": "Deciders", "condition": "seniority = 'vp'"}


@pytest.fixture(autouse=True)
def at_the_test_s_time(moment, monkeypatch):  # noqa: F811
    monkeypatch.setattr(segments, "now", moment)


def put(browser, path, body):
    return browser.put(f"/api/v1{path}", body, content_type="application/json")


def test_a_segment_is_written_read_changed_and_removed(crm, mia):  # noqa: F811
    made = post(crm, "/segments", DECIDERS)
    assert made.status_code == 201, made.content
    number = made.json()["id"]
    told = get(crm, f"/segments/{number}")
    assert (told["leads"], told["program"], told["fault"]) == (1, "trial", None)
    assert "vp" in told["words"].lower()
    assert [row["id"] for row in get(crm, f"/segments/{number}/leads")["leads"]] == [mia.id]
    changed = put(crm, f"/segments/{number}", {"name": "Others", "condition": "fit > 99"})
    assert (changed.status_code, changed.json()["leads"]) == (200, 0)
    assert [s["name"] for s in get(crm, "/segments")["segments"]] == ["Others"]
    assert crm.delete(f"/api/v1/segments/{number}").status_code == 204
    assert get(crm, "/segments")["segments"] == []
    assert crm.get(f"/api/v1/segments/{number}").status_code == 404
    verbs = list(AuditEntry.objects.values_list("verb", flat=True))
    assert (verbs.count("segment"), verbs.count("remove segment")) == (2, 1)


def test_a_condition_that_does_not_read_is_refused_with_its_place(crm, mia):  # noqa: F811
    answer = post(crm, "/segments", {"name": "X", "condition": "fit > 3 and seniorty = 'vp'"})
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    (fault,) = answer.json()["errors"]
    assert (fault["at"][-2:], "seniority" in fault["detail"]) == (["condition", "12"], True)
    assert not Segment.objects.exists()


def test_two_segments_do_not_share_a_name_and_a_call_is_done_once(crm, mia):  # noqa: F811
    first = post(crm, "/segments", DECIDERS, **{"Idempotency-Key": "a"})
    again = post(crm, "/segments", DECIDERS, **{"Idempotency-Key": "a"})
    assert (again.status_code, again.json()) == (201, first.json())
    assert "choose another name" in post(crm, "/segments", DECIDERS).json()["detail"]
    assert "`trial`" in post(crm, "/segments", {**DECIDERS, "program": "nope"}).json()["detail"]


def test_who_only_reads_writes_no_segment(moment, mia):  # noqa: F811
    reader = client_of(moment, [Right.SEE_LEADS])
    assert post(reader, "/segments", DECIDERS).status_code == 403
    assert not Segment.objects.exists()


def test_a_segment_s_leads_come_in_pages_and_in_the_caller_s_scope(crm, mia, moment, server, send, worker):  # noqa: F811
    for number in range(6):
        send(server, "identify", userId=f"u{number}", traits={"seniority": "vp"})
    worker.drain()
    number = post(crm, "/segments", DECIDERS).json()["id"]
    found, cursor = [], {}
    while cursor is not None:
        page = get(crm, f"/segments/{number}/leads", limit=3, **cursor)
        found += [row["id"] for row in page["leads"]]
        cursor = {"cursor": page["next"]} if page["next"] else None
    assert len(found) == len(set(found)) == 7
    rep = client_of(moment, [Right.SEE_LEADS], email="rep@example.com", role="rep", scope="own")
    assign_leads(
        leads=[found[2]], to=User.objects.get(email="rep@example.com").id, by="a", at=micros(moment.at)
    )
    assert get(rep, f"/segments/{number}")["leads"] == 1
    assert [row["id"] for row in get(rep, f"/segments/{number}/leads")["leads"]] == [found[2]]
    assert rep.get(f"/api/v1/segments/{number}/counts").status_code == 403


def test_the_numbers_of_a_segment_day_by_day(crm, mia):  # noqa: F811
    number = post(crm, "/segments", DECIDERS).json()["id"]
    first = date(2026, 3, 1)
    for day in range(5):
        SegmentCount.objects.create(
            segment_id=number, day=first + timedelta(days=day), leads=None if day == 2 else day, at=0
        )
    page = get(crm, f"/segments/{number}/counts", since="2026-03-02", limit=3)
    rest = get(crm, f"/segments/{number}/counts", since="2026-03-02", limit=3, cursor=page["next"])
    assert [c["leads"] for c in page["counts"] + rest["counts"]] == [1, None, 3, 4]
    assert rest["next"] is None


def test_a_segment_whose_field_went_says_so(crm, mia, program):  # noqa: F811
    gone = Segment.objects.create(name="S", program=program, condition="colour = 'red'", by="x", at=0)
    told = get(crm, f"/segments/{gone.pk}")
    assert told["leads"] is None
    assert "colour" in told["fault"]
    assert crm.get(f"/api/v1/segments/{gone.pk}/leads").status_code == 409


def test_imports_and_jobs_of_others_are_seen_by_who_sees_all_alone(moment, mia):  # noqa: F811
    boss = client_of(moment, ALL, email="boss@example.com")
    part = client_of(moment, [Right.IMPORT], email="part@example.com", role="marketing", scope="team")
    owners = {u.email: u for u in User.objects.all()}
    for number, email in enumerate(("boss@example.com", "part@example.com", "boss@example.com")):
        job = Job.objects.create(kind="k", by=owners[email], at=number)
        Import.objects.create(name=f"l{number}", by=owners[email], at=number, digest="", size=1, job=job)
    assert [i["name"] for i in get(boss, "/imports")["imports"]] == ["l2", "l1", "l0"]
    assert [i["name"] for i in get(part, "/imports")["imports"]] == ["l1"]
    first = get(boss, "/imports", limit=2)
    assert [i["name"] for i in get(boss, "/imports", limit=2, cursor=first["next"])["imports"]] == ["l0"]
    theirs = first["imports"][0]
    assert part.get(f"/api/v1/imports/{theirs['id']}").status_code == 404
    assert part.get(f"/api/v1/jobs/{theirs['job']}").status_code == 404
    assert part.post(f"/api/v1/jobs/{theirs['job']}/cancel").status_code == 404
    (mine,) = get(part, "/jobs")["jobs"]
    assert part.post(f"/api/v1/jobs/{mine['id']}/cancel").json()["state"] == "cancelled"
