"""Long work: started in a view, done by the worker, looked at, cancelled, and gone on with after a kill."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from pages_cast import look, signed_in
from web_cast import Clock

from leadline.web import jobs
from leadline.web.accounts.models import User
from leadline.web.jobs import actions, kinds
from leadline.web.jobs.models import Job
from leadline.web.jobs.running import Runner

pytestmark = pytest.mark.django_db


@pytest.fixture
def runner(clock: Clock) -> Runner:
    return Runner(clock)


@pytest.fixture
def counted() -> Iterator[list[int]]:
    """A kind of work that counts to five, a step each, and breaks off where its list says so."""
    counts: list[int] = []

    @jobs.work("count")
    def count(progress: jobs.Progress) -> dict:
        for n in range((progress.cursor or 0) + 1, 6):
            with transaction.atomic():
                counts.append(n)
                if progress.payload.get("breaks_at") == n and counts.count(n) == 1:
                    raise KeyboardInterrupt  # as a kill does, it passes everything that catches faults
                progress.step(n, 5, f"{n} of 5", cursor=n)
        return {"url": "/leads", "label": "To the leads"}

    yield counts
    del kinds.KINDS["count"]


@pytest.fixture
def ana() -> User:
    return User.objects.create_user("ana@example.com", name="Ana", role="admin")


def started(by: User | None, clock: Clock, **payload: object) -> Job:
    return jobs.start("count", payload, by=by, at=clock())


def test_a_job_is_done_and_links_to_its_result(runner, counted, clock):
    browser = signed_in()
    job = started(User.objects.get(), clock)
    before = look(browser, f"/job/{job.id}/part")
    assert "Waiting for the worker" in before.text
    assert 'hx-trigger="every 1s"' in before.html
    runner.drain()
    after = look(browser, f"/job/{job.id}/part")
    assert "Done 5 of 5" in after.text
    assert "/leads" in after.links
    assert "hx-get" not in after.html
    assert counted == [1, 2, 3, 4, 5]


def test_without_script_the_page_looks_again_until_the_job_has_ended(runner, counted, clock):
    browser = signed_in()
    job = started(User.objects.get(), clock)
    assert "http-equiv" in look(browser, f"/job/{job.id}").html
    runner.drain()
    assert browser.get(f"/job/{job.id}")["Location"] == "/leads"


def test_the_page_of_a_job_gives_way_to_its_result(runner, counted, clock):
    browser = signed_in()
    job = started(User.objects.get(), clock)
    runner.drain()
    own = {"HX-Current-URL": f"http://testserver/job/{job.id}"}
    assert browser.get(f"/job/{job.id}/part", headers=own)["HX-Redirect"] == "/leads"
    elsewhere = browser.get(f"/job/{job.id}/part", headers={"HX-Current-URL": "http://testserver/companies"})
    assert "HX-Redirect" not in elsewhere


def test_the_time_that_is_left_follows_the_pace_of_the_part_at_hand(counted, clock, ana):
    job = started(ana, clock)
    taken = actions.take_job(clock())
    step = lambda done, total: actions.note_step(  # noqa: E731
        taken, done=done, total=total, said="", cursor=kinds.KEEP, at=clock()
    )
    step(0, 100)
    clock.at += timedelta(seconds=2)
    step(1, 100)
    assert left(job) == "", "too early to tell"
    clock.at += timedelta(seconds=8)
    step(10, 100)
    assert left(job) == "about 90 seconds left" or left(job) == "about 2 minutes left"
    clock.at += timedelta(seconds=80)
    step(95, 100)
    assert left(job) == "some seconds left"
    step(0, 7)
    assert left(job) == "", "another part has a pace of its own"


def left(job):
    job.refresh_from_db()
    return job.left_said


def test_what_a_killed_worker_left_is_taken_over_once_its_lease_is_out(runner, counted, clock, ana):
    job = started(ana, clock, breaks_at=3)
    with pytest.raises(KeyboardInterrupt):
        runner.round()
    assert Runner(clock).round() is False, "its worker may still be alive"
    clock.at += timedelta(seconds=31)
    Runner(clock).drain()
    job.refresh_from_db()
    assert (job.state, job.done) == (Job.DONE, 5)
    assert counted == [1, 2, 3, 3, 4, 5]


def test_a_worker_that_lost_its_lease_writes_nothing_more(runner, counted, clock, ana):
    started(ana, clock)
    slow = actions.take_job(clock())
    clock.at += timedelta(seconds=31)
    runner.drain()
    with pytest.raises(kinds.Interrupted):
        actions.note_step(slow, done=1, total=5, said="", cursor=1, at=clock())
    actions.end_job(slow, state=Job.FAILED, at=clock())
    assert Job.objects.get().state == Job.DONE


def test_a_worker_that_is_told_to_stop_gives_its_job_back(counted, clock, ana):
    job = started(ana, clock)
    stop = threading.Event()
    stop.set()
    Runner(clock, stop).round()
    job.refresh_from_db()
    assert job.state == Job.QUEUED
    Runner(clock).drain()
    job.refresh_from_db()
    assert job.state == Job.DONE


def test_a_job_that_waits_is_cancelled_at_once(runner, counted, clock):
    browser = signed_in()
    job = started(User.objects.get(), clock)
    assert browser.post(f"/job/{job.id}/cancel").status_code == 302
    runner.drain()
    assert counted == []
    assert "Cancelled" in look(browser, f"/job/{job.id}").text


def test_a_job_under_way_stops_at_its_next_step(runner, clock):
    browser = signed_in()
    seen = []

    @jobs.work("stopped")
    def stopped(progress: jobs.Progress) -> None:
        progress.step(1, 9)
        seen.append(browser.post(f"/job/{progress.id}/cancel", headers={"HX-Request": "true"}))
        progress.step(2, 9)
        seen.append("went on")

    try:
        job = jobs.start("stopped", {}, by=User.objects.get(), at=clock())
        runner.drain()
    finally:
        del kinds.KINDS["stopped"]
    assert [answer.status_code for answer in seen] == [200]
    assert b"Stopping" in seen[0].content
    job.refresh_from_db()
    assert (job.state, job.done) == (Job.CANCELLED, 1)


def test_one_that_cannot_be_done_says_why_and_a_fault_says_where_to_look(runner, clock):
    browser = signed_in()
    ana = User.objects.get()

    @jobs.work("refuses")
    def refuses(progress: jobs.Progress) -> None:
        raise jobs.CannotDoError("The file has no rows: choose another one.")

    @jobs.work("breaks")
    def breaks(progress: jobs.Progress) -> None:
        raise ZeroDivisionError("ana@example.com")

    try:
        told, broke = (jobs.start(kind, {}, by=ana, at=clock()) for kind in ("refuses", "breaks"))
        runner.drain()
    finally:
        del kinds.KINDS["refuses"], kinds.KINDS["breaks"]
    assert "Failed The file has no rows: choose another one." in look(browser, f"/job/{told.id}").text
    page = look(browser, f"/job/{broke.id}/part").text
    assert "ZeroDivisionError" in page
    assert str(broke.id) in page
    assert "example.com" not in page


def test_a_job_that_kills_its_worker_each_time_is_given_up(counted, clock, ana):
    job = started(ana, clock)
    for _ in range(actions.TRIES):
        assert actions.take_job(clock()) is not None
        clock.at += timedelta(seconds=31)
    Runner(clock).drain()
    job.refresh_from_db()
    assert job.state == Job.FAILED
    assert "never got on" in job.said
    assert counted == []


def test_only_its_maker_and_who_looks_after_people_see_a_job(counted, clock, client):
    ben = User.objects.create_user("ben@example.com", role="marketing")
    cleo = User.objects.create_user("cleo@example.com", role="marketing")
    job = started(ben, clock)
    client.force_login(cleo)
    for answer in (
        client.get(f"/job/{job.id}"), client.get(f"/job/{job.id}/part"), client.post(f"/job/{job.id}/cancel")
    ):  # fmt: skip
        assert answer.status_code == 404
    assert Job.objects.get().state == Job.QUEUED
    client.force_login(ben)
    assert client.get(f"/job/{job.id}").status_code == 200
    assert signed_in().get(f"/job/{job.id}").status_code == 200


def test_old_jobs_are_swept_with_what_they_left(runner, clock, ana):
    forgotten = []

    @jobs.work("leaves", forget=forgotten.append)
    def leaves(progress: jobs.Progress) -> dict:
        return {"file": "a.csv"}

    try:
        jobs.start("leaves", {}, by=ana, at=clock())
        runner.drain()
        clock.at += timedelta(days=29)
        runner.drain()
        assert forgotten == []
        clock.at += timedelta(days=2)
        runner.drain()
    finally:
        del kinds.KINDS["leaves"]
    assert forgotten == [{"file": "a.csv"}]
    assert not Job.objects.exists()


def test_a_kind_that_nobody_does_is_refused_with_a_hint(counted, clock, ana):
    with pytest.raises(ValueError, match="did you mean `count`"):
        jobs.start("cuont", {}, by=ana, at=clock())
