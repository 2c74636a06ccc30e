"""An import that breaks off goes on where it was: each row once, and undone as a whole."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from import_cast import Desk
from test_killed import SET_UP, Workspace

from leadline.web.importing import work
from leadline.web.importing.models import Import, Stored
from leadline.web.jobs.models import Job
from leadline.web.leads.models import Event
from leadline.web.leads.store import append
from leadline.web.replica import follow
from leadline.web.replica.scan import all_facts

ROWS = 450
LIST = "email,name,seniority\n" + "".join(f"p{n}@winter.de,Person {n},vp\n" for n in range(ROWS))


def breaks_at(call: int) -> Callable:
    """Of what stores rows the given call breaks off after it has written."""
    calls = iter(range(1, 1000))

    def store(*given):
        done = append(*given)
        if next(calls) == call:
            raise KeyboardInterrupt  # as a kill does, it passes everything that catches faults
        return done

    return store


@pytest.mark.django_db
@pytest.mark.parametrize("call", [1, 3, 5])
def test_an_import_killed_in_a_batch_comes_to_the_same(desk: Desk, program, monkeypatch, call: int):
    of = desk.upload(LIST)
    desk.preview(of)
    with monkeypatch.context() as patched:
        patched.setattr(work, "append", breaks_at(call))
        with pytest.raises(KeyboardInterrupt):
            desk.press(of, "run")
    of.refresh_from_db()
    assert of.row_done == (call - 1) * work.AT_ONCE
    assert Event.objects.count() == of.row_done == of.created
    desk.clock.at += timedelta(seconds=31)
    desk.work()
    of.refresh_from_db()
    assert (of.state, of.created, of.same, of.refused) == (Import.DONE, ROWS, 0, 0)
    assert Event.objects.count() == ROWS == Stored.objects.count()
    assert desk.dump() == desk.rebuilt()


@pytest.mark.django_db
def test_an_import_that_failed_goes_on_at_a_button(desk: Desk, program, monkeypatch):
    of = desk.upload(LIST)
    desk.preview(of)
    with monkeypatch.context() as patched:
        patched.setattr(work, "append", lambda *given: 1 / 0)
        desk.press(of, "run")
    page = desk.look(of)
    assert "A fault stopped it (ZeroDivisionError)" in page.text
    assert "0 of 450 rows were imported" in page.text
    desk.run(of)
    assert (of.state, of.created) == (Import.DONE, ROWS)


@pytest.mark.django_db
def test_an_import_is_cancelled_and_undone_half_way(desk: Desk, program, monkeypatch):
    of = desk.upload(LIST)
    desk.preview(of)
    before = desk.dump()

    def cancels(*given):
        job = Job.objects.get(kind="import-run")
        desk.browser.post(f"/job/{job.id}/cancel")
        return append(*given)

    with monkeypatch.context() as patched:
        patched.setattr(work, "append", cancels)
        desk.press(of, "run")
    assert of.stopped == "cancelled"
    assert "Go on from there, or take them back" in desk.look(of).text
    desk.run(of)
    desk.press(of, "undo")
    assert of.state == Import.UNDONE
    assert desk.dump() == before


@pytest.mark.django_db
def test_an_undo_killed_half_way_goes_on(desk: Desk, program, monkeypatch):
    of = desk.upload(LIST)
    before = desk.dump()
    desk.preview(of)
    desk.run(of)
    calls = iter(range(1, 100))

    def withdraws(ids):
        if next(calls) == 3:
            raise KeyboardInterrupt
        return withdraw(ids)

    withdraw = work.withdraw
    with monkeypatch.context() as patched:
        patched.setattr(work, "withdraw", withdraws)
        with pytest.raises(KeyboardInterrupt):
            desk.press(of, "undo")
    assert 0 < Stored.objects.count() < ROWS
    desk.clock.at += timedelta(seconds=31)
    desk.work()
    of.refresh_from_db()
    assert of.state == Import.UNDONE
    desk.clock.at -= timedelta(seconds=31)
    assert desk.dump() == before


@pytest.mark.django_db(transaction=True)
def test_the_replica_follows_an_undo(desk: Desk, program, settings, tmp_path):
    desk.imported("email,seniority\nana@winter.de,vp\n")
    of = desk.imported("email,seniority\nana@winter.de,cto\nben@holt.at,vp\n")
    follow(desk.clock())
    desk.press(of, "undo")
    follow(desk.clock())
    from leadline.web.qualification.programs import compiled

    facts = all_facts(compiled(program.publications.last().text).model)
    rows = facts.connection.execute(
        "SELECT value FROM (" + "SELECT DISTINCT value FROM replica_traits)"
    ).fetchall()
    assert sorted(rows) == [("ana@winter.de",), ("vp",)]


KILLS = 6


@pytest.mark.slow
def test_a_worker_that_is_killed_again_and_again_imports_each_row_once(tmp_path):
    workspace = Workspace(tmp_path / "data")
    chance = random.Random(1)
    try:
        workspace.run("-c", SET_UP + _START)
        for _ in range(KILLS):
            before = workspace.rows("SELECT row_done, state FROM importing_import")
            workspace.start("worker")
            _wait(lambda now=before: workspace.rows("SELECT row_done, state FROM importing_import") != now)
            time.sleep(chance.uniform(0, 0.7))
            workspace.kill("worker")
            _free_the_lease(workspace)
        (half,) = workspace.rows("SELECT row_done, state FROM importing_import")
        assert half[1] == "importing", "all of it was done before the last kill: give it more rows"
        workspace.start("worker")
        _wait(lambda: workspace.rows("SELECT state FROM importing_import") == [("done",)])
        assert workspace.rows("SELECT created, same, refused FROM importing_import") == [(ROWS_KILLED, 0, 0)]
        assert workspace.rows("SELECT count(*) FROM leads_event") == [(ROWS_KILLED,)]
        assert workspace.rows("SELECT count(*) FROM leads_lead") == [(ROWS_KILLED,)]
    finally:
        workspace.stop()


def _wait(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not reached():
        assert time.monotonic() < deadline, "the import does not get on"
        time.sleep(0.05)


def _free_the_lease(workspace: Workspace) -> None:
    """That of the killed worker, so that the test need not wait until it is over."""
    database = sqlite3.connect(workspace.folder / "leadline.sqlite3", timeout=20)
    with database:
        database.execute("UPDATE jobs_job SET lease_until = 0")
    database.close()


ROWS_KILLED = 6_000
_START = f"""
from django.core.files.uploadedfile import SimpleUploadedFile
from leadline.web.accounts.models import User
from leadline.web.importing import actions
from leadline.web.importing.models import Import
from leadline.web.instants import now
from leadline.web.jobs.running import Runner
ana = User.objects.create_user("ana@example.com", role="admin")
rows = "".join(f"p{{n}}@winter.de,Person {{n}},vp\\n" for n in range({ROWS_KILLED}))
file = SimpleUploadedFile("p.csv", f"email,name,seniority\\n{{rows}}".encode())
of = actions.upload(file=file, by=ana, at=now())
Runner().drain()
of = Import.objects.get()
actions.look(of=of, mapping=of.mapping, by=ana, at=now())
Runner().drain()
actions.run(of=Import.objects.get(), by=ana, at=now())
"""
