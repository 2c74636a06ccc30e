"""A capture server on loopback for tests, with its databases, and a plain way to talk to it."""

from __future__ import annotations

import base64
import http.client
import json
import os
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from leadline.web.capture.inbox import Inbox, Item, open_inbox

KEY, SERVER_KEY, SLOW_KEY, ONE_SITE_KEY, OFF_KEY, OLD_KEY = (
    "wk_site", "wk_server", "wk_slow", "wk_one_site", "wk_off", "wk_revoked"
)  # fmt: skip
SOURCES = [
    # id, slug, kind, trusted, enabled, allowed_origins, rate_per_second, consent_category, respect_gpc
    (1, "site", "browser", False, True, "[]", 0, "", True),
    (2, "shop", "server", True, True, "[]", 0, "", True),
    (3, "slow", "browser", False, True, "[]", 2, "", True),
    (4, "one-site", "browser", False, True, '["https://example.com", "https://*.example.org"]', 0, "", True),
    (5, "off", "browser", False, False, "[]", 0, "", True),
]
KEYS = [
    # source_id, key, revoked_at
    (1, KEY, None), (2, SERVER_KEY, None), (3, SLOW_KEY, None), (4, ONE_SITE_KEY, None), (5, OFF_KEY, None),
    (1, OLD_KEY, 1_000),
]  # fmt: skip
TABLES = (
    """CREATE TABLE capture_source (id integer PRIMARY KEY, slug text, name text, kind text, trusted boolean,
       enabled boolean, allowed_origins text, rate_per_second integer, consent_category text,
       respect_gpc boolean)""",
    """CREATE TABLE capture_writekey (id integer PRIMARY KEY, source_id integer, key text UNIQUE,
       revoked_at bigint, created_at bigint)""",
)


@dataclass
class Place:
    """Where the two databases of a server lie."""

    folder: Path
    database_url: str
    inbox_url: str

    def inbox(self) -> Inbox:
        return open_inbox(self.inbox_url)

    def run(self, sql: str, rows: list[tuple]) -> None:
        """Write into the main database."""
        if self.database_url.startswith("sqlite"):
            with sqlite3.connect(self.folder / "leadline.sqlite3") as db:
                db.executemany(sql, rows)
            db.close()
        else:
            with psycopg.connect(self.database_url) as db:
                db.cursor().executemany(sql.replace("?", "%s"), rows)


@contextmanager
def place_on(kind: str, folder: Path) -> Iterator[Place]:
    """Fresh databases of one kind; PostgreSQL's is dropped afterwards."""
    if kind == "sqlite":
        url = f"sqlite:///{folder}"
        place = Place(folder, f"{url}/leadline.sqlite3", f"{url}/inbox.sqlite3")
        with sqlite3.connect(folder / "leadline.sqlite3") as db:
            db.execute("PRAGMA journal_mode = WAL")
        db.close()
        _fill(place)
        yield place
        return
    server = os.environ.get("LEADLINE_TEST_DATABASE_URL")
    if not server:
        pytest.skip("LEADLINE_TEST_DATABASE_URL names no PostgreSQL server")
    name = f"leadline_test_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as db:
        db.execute(f'CREATE DATABASE "{name}"')
    try:
        url = _of_database(server, name)
        place = Place(folder, url, url)
        _fill(place)
        yield place
    finally:
        with psycopg.connect(server, autocommit=True) as db:
            db.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _of_database(server: str, name: str) -> str:
    before, mark, after = server.partition("?")
    head, _, _ = before.partition("://")
    rest = before[len(head) + 3 :]
    return f"{head}://{rest.partition('/')[0]}/{name}{mark}{after}"


def _fill(place: Place) -> None:
    for table in TABLES:
        place.run(table, [()])
    place.run(
        "INSERT INTO capture_source VALUES (?, ?, 'A source', ?, ?, ?, ?, ?, ?, ?)",
        [(*source,) for source in SOURCES],
    )
    place.run(
        "INSERT INTO capture_writekey VALUES (?, ?, ?, ?, 0)",
        [(number, *key) for number, key in enumerate(KEYS, start=1)],
    )


@dataclass
class Answered:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Server:
    """A running server and its databases."""

    place: Place
    port: int
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    output: int | None = None  # where it writes its log; a file in its folder where this is not given

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.place.folder / "server.log"

    def start(self, *before: str) -> None:
        """Begin it, under another command such as `strace` where one is given."""
        around = {k: v for k, v in os.environ.items() if not k.startswith(("LEADLINE", "INGEST"))}
        environment = around | {
            "LEADLINE_LOG_LEVEL": "INFO", "LEADLINE_DATA": str(self.place.folder),
            "DATABASE_URL": self.place.database_url,
            "LEADLINE_PORT": str(self.port), "LEADLINE_BIND": "127.0.0.1",
            "LEADLINE_SECRET_KEY": "x" * 50, "PYTHONDONTWRITEBYTECODE": "1",
        } | self.environment  # fmt: skip
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*before, sys.executable, "-m", "leadline.web.capture"],
                env=environment, stdout=self.output or log, stderr=self.output or log,
                start_new_session=True,
            )  # fmt: skip
        self.wait_until_open()

    def wait_until_open(self) -> None:
        for _ in range(400):
            assert self.process is not None
            assert self.process.poll() is None, self.log.read_text()
            try:
                if self.ask("GET", "/version").status == 200:
                    return
            except OSError:
                time.sleep(0.05)
        raise AssertionError(f"the server did not begin in time:\n{self.log.read_text()}")

    def kill(self) -> None:
        """End it and its worker process, hard."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def stop(self) -> float:
        """End it politely; the seconds that it took."""
        assert self.process is not None
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        finally:
            self.kill() if self.process.poll() is None else None
        self.process = None
        return time.monotonic() - begun

    def worker_pid(self) -> int:
        """The process that answers: the child that Granian began last."""
        assert self.process is not None
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return int(listed.split()[-1])

    def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, key: str = ""
    ) -> Answered:
        """One request; a body that is no bytes is sent as JSON."""
        given = dict(headers or {})
        if key:
            given["Authorization"] = "Basic " + base64.b64encode(f"{key}:".encode()).decode()
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, data, given)
            answer = connection.getresponse()
            return Answered(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def take(self) -> list[Item]:
        """All that is in the inbox, which is empty after."""
        inbox = self.place.inbox()
        items = inbox.peek(1_000_000)
        inbox.delete(item.id for item in items)
        inbox.close()
        return items

    def messages(self) -> list[dict[str, Any]]:
        """The messages in the inbox, which is empty after."""
        return [message for item in self.take() for message in messages_of(item)]


def messages_of(item: Item) -> list[dict[str, Any]]:
    body = json.loads(item.body)
    return body["batch"] if item.kind == "batch" else [{"type": item.kind} | body]


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


@contextmanager
def serving(place: Place, **environment: str) -> Iterator[Server]:
    server = Server(place, free_port(), environment)
    server.start()
    try:
        yield server
    finally:
        server.kill()
