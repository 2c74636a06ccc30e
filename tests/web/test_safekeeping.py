"""Copies of a whole workspace: made, checked, put back elsewhere and in place."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import threading
import time
from pathlib import Path

import pytest
from web_cast import MODEL

DROPPED = ("DATABASE_URL", "LEADLINE_TEST_DATABASE_URL")

MAIN = "from leadline.cli import main; main()"
SET_UP = f"""
from leadline.web import serve
serve.migrate()
from leadline.web.accounts.models import User
from leadline.web.capture.models import Source, WriteKey
from leadline.web.instants import now
from leadline.web.qualification.programs import always, create_program, publish
from leadline.web.qualification.models import Outbox
site = Source.objects.create(slug="site", name="Site", trusted=True)
WriteKey.objects.create(source=site, key="key", created_at=0)
program = create_program(slug="trial", name="Trial", at=0)
publish(program=program, text={MODEL!r}, by="Ana", at=0, holds_from=always())
User.objects.create_user("ana@example.com", role="admin")
"""
SEND = """
import json, sys
from leadline.web import serve
serve.set_up()
from leadline.web.capture.installed import the_inbox
from leadline.web.capture.models import Source
from leadline.web.capture.stores import Row
from leadline.web.instants import now
from leadline.web.worker import Worker
site = Source.objects.get(slug="site").id
for number, name in enumerate(sys.argv[1:]):
    said = {"type": "identify", "userId": name, "messageId": f"{name}-i", "traits":
            {"email": f"{name}@acme.example", "seniority": "vp"}}
    seen = {"type": "page", "userId": name, "messageId": f"{name}-p", "properties": {"path": "/pricing"}}
    the_inbox().append([Row(site, now(), m["type"], json.dumps(m).encode(), b"{}") for m in (said, seen)])
if "--leave" not in sys.argv:
    Worker(the_inbox()).drain()
"""
DUMP = """
from leadline.web import serve
serve.set_up()
from leadline.web.dump import fact_lines
print("\\n".join(fact_lines()))
"""
ERASE = """
import sys
from leadline.web import serve
serve.set_up()
from leadline.web.instants import now
from leadline.web.leads.models import Lead
from leadline.web.privacy.erasing import erase_leads
lead = Lead.objects.get(email=sys.argv[1])
erase_leads(leads=[lead.id], because="asked", by=None, at=now())
"""


class Place:
    """A workspace on disk, and commands for it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        kept = {k: v for k, v in os.environ.items() if k not in DROPPED}
        self.environment = kept | {"LEADLINE_DATA": str(folder), "LEADLINE_LOG_LEVEL": "ERROR"}

    def run(self, *arguments: str, fine: bool = True) -> str:
        done = subprocess.run(
            [sys.executable, *arguments], env=self.environment, capture_output=True, text=True, check=False
        )
        assert (done.returncode == 0) == fine, done.stdout + done.stderr
        return done.stdout + done.stderr

    def leadline(self, *arguments: str, fine: bool = True) -> str:
        return " ".join(
            self.run("-c", "from leadline.cli import main; main()", *arguments, fine=fine).split()
        )

    def rows(self, query: str) -> list[tuple]:
        connection = sqlite3.connect(f"file:{self.folder}/leadline.sqlite3?mode=ro", uri=True, timeout=20)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    place = Place(tmp_path_factory.mktemp("original") / "data")
    place.run("-c", SET_UP)
    place.run("-c", SEND, "mia", "zoe")
    return place


@pytest.fixture(scope="module")
def copy(original, tmp_path_factory):
    file = tmp_path_factory.mktemp("copies") / "copy.tar"
    assert "is a copy as of" in original.leadline("backup", str(file))
    return file


@pytest.fixture
def elsewhere(tmp_path):
    return Place(tmp_path / "elsewhere")


def test_a_copy_is_restored_elsewhere_as_it_was(original, copy, elsewhere):
    assert "is sound" in original.leadline("verify", str(copy))
    assert "The workspace is as of" in elsewhere.leadline("restore", str(copy))
    assert elsewhere.run("-c", DUMP) == original.run("-c", DUMP)
    standing = "SELECT lead_id, fit, intent, stage FROM qualification_standing ORDER BY lead_id"
    assert elsewhere.rows(standing) == original.rows(standing)
    assert (elsewhere.folder / "secret.key").read_text() == (original.folder / "secret.key").read_text()


def test_nothing_is_sent_again_and_everybody_signs_in_anew(original, copy, elsewhere):
    assert original.rows("SELECT count(*) FROM qualification_outbox WHERE done_at IS NULL") == [(2,)]
    elsewhere.leadline("restore", str(copy))
    assert elsewhere.rows("SELECT count(*) FROM qualification_outbox WHERE done_at IS NULL") == [(0,)]
    assert elsewhere.rows("SELECT count(*) FROM django_session") == [(0,)]


def test_what_waits_in_the_inbox_is_in_the_copy(original, elsewhere, tmp_path):
    place = Place(tmp_path / "waiting")
    shutil.copytree(original.folder, place.folder)
    place.run("-c", SEND, "ben", "--leave")
    place.leadline("backup", str(tmp_path / "waiting.tar"))
    elsewhere.leadline("restore", str(tmp_path / "waiting.tar"))
    elsewhere.run("-c", SEND)
    assert elsewhere.rows("SELECT count(*) FROM leads_lead WHERE email = 'ben@acme.example'") == [(1,)]


def test_people_who_were_erased_since_stay_erased(original, copy, tmp_path):
    place = Place(tmp_path / "data")
    shutil.copytree(original.folder, place.folder)
    place.run("-c", ERASE, "mia@acme.example")
    place.leadline("erased", str(tmp_path / "erased.json"))
    assert "mia" not in (tmp_path / "erased.json").read_text()

    place.leadline("restore", str(copy), "--replace")
    assert place.rows("SELECT email FROM leads_lead") == [("zoe@acme.example",)]
    assert list(place.folder.glob("before-*/leadline.sqlite3"))

    other = Place(tmp_path / "other")
    other.leadline("restore", str(copy), "--erased", str(tmp_path / "erased.json"))
    assert other.rows("SELECT email FROM leads_lead") == [("zoe@acme.example",)]
    other.run("-c", SEND, "mia")
    assert other.rows("SELECT email FROM leads_lead") == [("zoe@acme.example",)]


def test_a_workspace_is_not_overwritten_by_mistake(original, copy):
    before = original.run("-c", DUMP)
    assert "--replace" in original.leadline("restore", str(copy), fine=False)
    assert "already" in original.leadline("backup", str(copy), fine=False)
    assert original.run("-c", DUMP) == before


def test_a_copy_that_was_damaged_is_refused(copy, elsewhere, tmp_path):
    from leadline.web.safekeeping import CopyWrongError, verify

    whole = copy.read_bytes()
    spoilt = bytearray(whole)
    spoilt[len(whole) // 2] ^= 0xFF
    texts = {"half": whole[: len(whole) // 2], "spoilt": bytes(spoilt), "empty": b"", "text": b"no tar" * 999}
    for name, data in texts.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(CopyWrongError):
            verify(tmp_path / name)
    told = elsewhere.leadline("restore", str(tmp_path / "spoilt"), fine=False)
    assert "Traceback" not in told
    assert "no file" in elsewhere.leadline("verify", str(tmp_path / "absent"), fine=False)


def test_a_copy_with_foreign_files_in_it_is_refused(copy, elsewhere, tmp_path):
    bad = tmp_path / "bad.tar"
    with tarfile.open(copy) as source, tarfile.open(bad, "w") as target:
        for member in source.getmembers():
            file = source.extractfile(member)
            if member.name == "manifest.json":
                told = json.loads(file.read())
                told["members"]["../../evil"] = told["members"]["main"]
                (tmp_path / "manifest.json").write_text(json.dumps(told))
                target.add(tmp_path / "manifest.json", "manifest.json")
            else:
                target.addfile(member, file)
    assert "no copy has" in elsewhere.leadline("verify", str(bad), fine=False)


@pytest.mark.slow
def test_a_copy_made_while_facts_come_in_is_consistent(original, elsewhere, tmp_path):
    place = Place(tmp_path / "busy")
    shutil.copytree(original.folder, place.folder)
    stop = threading.Event()

    def keep_sending() -> None:
        number = 0
        while not stop.is_set():
            place.run("-c", SEND, *(f"busy{number + n}" for n in range(200)))
            number += 200

    senders = [threading.Thread(target=keep_sending)]
    for sender in senders:
        sender.start()
    try:
        for number in range(5):
            time.sleep(1)
            place.leadline("backup", str(tmp_path / f"{number}.tar"))
            assert "is sound" in place.leadline("verify", str(tmp_path / f"{number}.tar"))
    finally:
        stop.set()
        for sender in senders:
            sender.join()
    elsewhere.leadline("restore", str(tmp_path / "4.tar"))
    elsewhere.run("-c", SEND)
    assert elsewhere.rows("SELECT count(*) > 100 FROM leads_lead") == [(1,)]
    # whoever is there is there whole: their trait and their visit
    assert elsewhere.rows("SELECT count(*) FROM leads_lead WHERE events <> 1") == [(0,)]
    assert elsewhere.rows("SELECT count(*) FROM leads_lead WHERE email = ''") == [(0,)]
