"""The server and the worker are killed hard, again and again, while four clients send."""

import http.client
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from web_cast import CHROME, MODEL

KILLS = 10


class Workspace:
    """A workspace on disk with its two processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        drop = ("DATABASE_URL", "LEADLINE_TEST_DATABASE_URL")
        self.environment = {k: v for k, v in os.environ.items() if k not in drop} | {
            "LEADLINE_DATA": str(folder), "LEADLINE_PORT": str(self.port), "LEADLINE_LOG_LEVEL": "ERROR",
        }  # fmt: skip
        self.parts: dict[str, subprocess.Popen] = {}

    def run(self, *command: str) -> str:
        return subprocess.run(
            [sys.executable, *command], env=self.environment, check=True, capture_output=True, text=True
        ).stdout

    def start(self, part: str) -> None:
        """`web`, `worker`, or another `worker-2`."""
        command = [sys.executable, "-m", "leadline.web", part.partition("-")[0]]
        self.parts[part] = subprocess.Popen(command, env=self.environment, start_new_session=True)

    def kill(self, part: str) -> None:
        os.killpg(self.parts[part].pid, signal.SIGKILL)
        self.parts[part].wait()

    def stop(self) -> None:
        for part in self.parts.values():
            if part.poll() is None:
                os.killpg(part.pid, signal.SIGKILL)
                part.wait()

    def waits(self) -> bool:
        """Whether a request is not read yet, or a lead of many events not judged."""
        heavy = "SELECT count(*) FROM qualification_heavylead WHERE since IS NOT NULL OR begun IS NOT NULL"
        inbox = self.rows("SELECT count(*) FROM capture_inbox", "inbox")
        return inbox != [(0,)] or self.rows(heavy) != [(0,)]

    def rows(self, query: str, database: str = "leadline") -> list[tuple]:
        connection = sqlite3.connect(f"file:{self.folder}/{database}.sqlite3?mode=ro", uri=True, timeout=20)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()


SET_UP = f"""
from leadline.web import serve
serve.migrate()
from leadline.web.capture.models import Source, WriteKey
from leadline.web.qualification.programs import always, create_program, publish
site = Source.objects.create(slug="site", name="Site", trusted=True)  # so much at once is no bot's
WriteKey.objects.create(source=site, key="key", created_at=0)
program = create_program(slug="trial", name="Trial", at=0)
publish(program=program, text={MODEL!r}, by="Ana", at=0, holds_from=always())
"""


@pytest.fixture
def workspace(tmp_path):
    made = Workspace(tmp_path / "data")
    made.run("-c", SET_UP)
    yield made
    made.stop()


class Client(threading.Thread):
    """Sends as clients do: the same message again, with the same id, until it is acknowledged."""

    def __init__(self, number: int, port: int, over: threading.Event) -> None:
        super().__init__()
        self.number, self.port, self.over = number, port, over
        self.begun: set[str] = set()
        self.acknowledged: set[str] = set()

    def run(self) -> None:
        count = 0
        while not self.over.is_set():
            count += 1
            name = f"c{self.number}-{count}"
            self.begun.add(name)
            body = json.dumps(
                {
                    "writeKey": "key", "messageId": name, "type": "page", "userId": f"u{count % 7}",
                    "properties": {"path": "/pricing"},
                }
            )  # fmt: skip
            while not self.over.is_set() and not self._sent(body):
                time.sleep(0.05)
            if not self.over.is_set():
                self.acknowledged.add(name)

    def _sent(self, body: str) -> bool:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            connection.request("POST", "/v1/page", body, {"User-Agent": CHROME})
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False


def acknowledge_more(clients: list[Client]) -> None:
    """Wait until the server is up again, however slow the machine is, and something arrives."""
    before, deadline = sum(len(c.acknowledged) for c in clients), time.monotonic() + 60
    while sum(len(c.acknowledged) for c in clients) < before + 40:
        assert time.monotonic() < deadline, "the server does not come up"
        time.sleep(0.1)


@pytest.mark.slow
def test_every_acknowledged_event_is_there_once_whoever_was_killed_when(workspace):
    chance = random.Random(1)
    for part in ("web", "worker", "worker-2"):
        workspace.start(part)
    over = threading.Event()
    clients = [Client(n, workspace.port, over) for n in range(4)]
    for client in clients:
        client.start()
    for _ in range(KILLS):
        acknowledge_more(clients)
        for part in ("web", "worker", "worker-2"):
            time.sleep(chance.uniform(0.5, 1.8))
            workspace.kill(part)
            workspace.start(part)
    acknowledge_more(clients)
    time.sleep(4)
    over.set()
    for client in clients:
        client.join(20)
    deadline = time.monotonic() + 120
    while workspace.waits():
        assert time.monotonic() < deadline, "the worker does not come to an end"
        time.sleep(0.2)

    stored = Counter(i.partition(":")[2] for (i,) in workspace.rows("SELECT event_id FROM leads_event"))
    acknowledged = set().union(*(c.acknowledged for c in clients))
    begun = set().union(*(c.begun for c in clients))
    assert len(acknowledged) > 100
    assert acknowledged - set(stored) == set()
    assert set(stored) - begun == set()
    assert set(stored.values()) == {1}
    counted = dict(workspace.rows("SELECT id, events FROM leads_lead"))
    assert sum(counted.values()) == len(stored)
    assert workspace.rows("PRAGMA integrity_check") == [("ok",)]
