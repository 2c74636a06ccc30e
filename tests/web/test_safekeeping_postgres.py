"""Copies of a workspace on PostgreSQL, with its own tools: made under load, restored into another database.

They run where LEADLINE_TEST_DATABASE_URL names a server on which databases may be made.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
import uuid
from pathlib import Path

import psycopg
import pytest
from test_safekeeping import DUMP, ERASE, SEND, SET_UP, Place

pytestmark = pytest.mark.xdist_group("safekeeping_postgres")

STANDING = "SELECT lead_id, fit, intent, stage FROM qualification_standing ORDER BY lead_id, program_id"
OPEN = "SELECT count(*) FROM qualification_outbox WHERE done_at IS NULL"
EMAILS = "SELECT email FROM leads_lead ORDER BY email"


class OnPostgres(Place):
    """A workspace whose databases are on a server; made, and dropped."""

    def __init__(self, folder: Path, server: str) -> None:
        super().__init__(folder)
        self.server, self.name = server, f"leadline_copy_{uuid.uuid4().hex[:12]}"
        self._ask(f"CREATE DATABASE {self.name}")
        self.url = f"{server}/{self.name}"
        self.environment |= {"DATABASE_URL": self.url}

    def _ask(self, statement: str) -> None:
        with psycopg.connect(f"{self.server}/postgres", autocommit=True) as server:
            server.execute(statement)

    def drop(self) -> None:
        self._ask(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")

    def rows(self, query: str) -> list[tuple]:
        with psycopg.connect(self.url) as database:
            return database.execute(query).fetchall()


@pytest.fixture(scope="module")
def make(tmp_path_factory):
    """Workspaces of their own, each with an empty database."""
    given = os.environ.get("LEADLINE_TEST_DATABASE_URL")
    if not given:
        pytest.skip("LEADLINE_TEST_DATABASE_URL names no PostgreSQL server")
    if shutil.which("pg_dump") is None or shutil.which("pg_restore") is None:
        pytest.skip("PostgreSQL's client programs are not installed")
    made: list[OnPostgres] = []

    def make(name: str) -> OnPostgres:
        made.append(OnPostgres(tmp_path_factory.mktemp(name) / "data", given.rsplit("/", 1)[0]))
        return made[-1]

    yield make
    for place in made:
        place.drop()


@pytest.fixture(scope="module")
def original(make):
    place = make("original")
    place.run("-c", SET_UP)
    place.run("-c", SEND, "mia", "zoe")
    return place


@pytest.fixture(scope="module")
def copy(original, tmp_path_factory):
    file = tmp_path_factory.mktemp("copies") / "copy.tar"
    assert "is a copy as of" in original.leadline("backup", str(file))
    return file


def test_a_copy_is_restored_elsewhere_as_it_was_and_sends_nothing_again(original, copy, make):
    assert "is sound" in original.leadline("verify", str(copy))
    assert original.rows(OPEN) == [(2,)]
    elsewhere = make("elsewhere")
    assert "The workspace is as of" in elsewhere.leadline("restore", str(copy))
    assert elsewhere.run("-c", DUMP) == original.run("-c", DUMP)
    assert elsewhere.rows(STANDING) == original.rows(STANDING)
    assert elsewhere.rows(OPEN) == [(0,)]
    assert elsewhere.rows("SELECT count(*) FROM django_session") == [(0,)]
    # it goes on: numbers that were given are not given again, and the audit log is guarded
    elsewhere.run("-c", SEND, "ben")
    assert elsewhere.rows(EMAILS) == [("ben@acme.example",), ("mia@acme.example",), ("zoe@acme.example",)]
    assert elsewhere.rows("SELECT count(*) FROM pg_trigger WHERE tgname LIKE '%auditentry_refused'") == [(1,)]


@pytest.mark.slow
def test_what_waits_in_the_inbox_is_in_the_copy(original, copy, make, tmp_path):
    place, elsewhere = make("waiting"), make("elsewhere")
    place.leadline("restore", str(copy))
    place.run("-c", SEND, "ben", "--leave")
    place.leadline("backup", str(tmp_path / "waiting.tar"))
    elsewhere.leadline("restore", str(tmp_path / "waiting.tar"))
    elsewhere.run("-c", SEND)
    assert ("ben@acme.example",) in elsewhere.rows(EMAILS)


def test_people_who_were_erased_since_stay_erased(copy, make, tmp_path):
    place = make("erased")
    place.leadline("restore", str(copy))
    place.run("-c", ERASE, "mia@acme.example")
    place.leadline("erased", str(tmp_path / "erased.json"))

    assert "--replace" in place.leadline("restore", str(copy), fine=False)
    place.leadline("restore", str(copy), "--replace")
    assert place.rows(EMAILS) == [("zoe@acme.example",)]
    place.run("-c", SEND, "mia")
    assert place.rows(EMAILS) == [("zoe@acme.example",)]

    other = make("other")
    other.leadline("restore", str(copy), "--erased", str(tmp_path / "erased.json"))
    assert other.rows(EMAILS) == [("zoe@acme.example",)]


@pytest.mark.slow
def test_a_restore_that_cannot_be_done_says_why_and_changes_nothing(original, copy, tmp_path):
    before = original.run("-c", DUMP)
    spoilt = bytearray(copy.read_bytes())
    spoilt[len(spoilt) // 2] ^= 0xFF
    (tmp_path / "spoilt.tar").write_bytes(bytes(spoilt))
    told = original.leadline("restore", str(tmp_path / "spoilt.tar"), "--replace", fine=False)
    assert "Traceback" not in told
    on_sqlite = Place(tmp_path / "sqlite")
    assert "DATABASE_URL" in on_sqlite.leadline("restore", str(copy), fine=False)
    assert original.run("-c", DUMP) == before


@pytest.mark.slow
def test_a_copy_made_while_facts_come_in_is_consistent(copy, make, tmp_path):
    place, elsewhere = make("busy"), make("elsewhere")
    place.leadline("restore", str(copy))
    stop = threading.Event()

    def keep_sending() -> None:
        number = 0
        while not stop.is_set():
            place.run("-c", SEND, *(f"busy{number + n}" for n in range(200)))
            number += 200

    sender = threading.Thread(target=keep_sending)
    sender.start()
    try:
        for number in range(4):
            time.sleep(2)
            place.leadline("backup", str(tmp_path / f"{number}.tar"))
            assert "is sound" in place.leadline("verify", str(tmp_path / f"{number}.tar"))
    finally:
        stop.set()
        sender.join()
    elsewhere.leadline("restore", str(tmp_path / "3.tar"))
    elsewhere.run("-c", SEND)
    assert elsewhere.rows("SELECT count(*) > 50 FROM leads_lead") == [(True,)]
    # whoever is there is there whole: their trait and their visit
    assert elsewhere.rows("SELECT count(*) FROM leads_lead WHERE events <> 1") == [(0,)]
    assert elsewhere.rows("SELECT count(*) FROM leads_lead WHERE email = ''") == [(0,)]
