"""What strangers can do with connections alone: hold them open, and send without end."""

from __future__ import annotations

import asyncio
import json
import resource
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from serve_cast import LEADLINE, ask, environment_in, served

from leadline.web.operations import uploads

IDLE = 10_000
MIB = 1024 * 1024
MOST_MEMORY = 600 * MIB  # of the web server with all of them open; without them it has 60
SOURCE = """
from leadline.web.serve import set_up
set_up()
from leadline.web.capture.models import Source, WriteKey
WriteKey.objects.create(source=Source.objects.create(slug="site", name="Site"), key="key", created_at=0)
"""
BEGINNINGS = {
    "saying nothing": b"",
    "in the middle of their head": b"POST /v1/track HTTP/1.1\r\nHost: example.com\r\nX-A: ",
    "after their answer": b"GET /version HTTP/1.1\r\nHost: example.com\r\n\r\n",
}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return environment_in(tmp_path)


@pytest.fixture
def many_files() -> Iterator[None]:
    """As many open files as IDLE sockets need."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = IDLE + 500
    if before[1] != resource.RLIM_INFINITY and before[1] < wanted:
        pytest.skip(f"{wanted:,} open files are needed, and this system grants {before[1]:,}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(before[0], wanted), before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.slow
@pytest.mark.parametrize("how", BEGINNINGS)
def test_ten_thousand_idle_connections_keep_nobody_from_being_served(
    environment: dict[str, str], many_files: None, how: str
) -> None:
    with served(environment) as server:
        subprocess.run([LEADLINE.with_name("python"), "-c", SOURCE], env=environment, check=True)
        port = int(environment["LEADLINE_PORT"])
        idle = []
        try:
            for _ in range(IDLE):
                idle.append(socket.create_connection(("127.0.0.1", port), timeout=20))
                idle[-1].sendall(BEGINNINGS[how])
                if how == "after their answer":
                    idle[-1].recv(4096)
            assert memory_of(server.pid) < MOST_MEMORY
            sent = {"writeKey": "key", "event": "x", "anonymousId": "a"}
            assert ask(environment, "POST", "/v1/track", json.dumps(sent))[0] == 200
            assert ask(environment, "GET", "/sign-in")[0] == 200
            assert closed_by_the_server(idle) == IDLE
            assert ask(environment, "GET", "/readyz")[0] == 200
        finally:
            for connection in idle:
                connection.close()


def closed_by_the_server(connections: list[socket.socket]) -> int:
    """How many it closes of its own accord, within a minute."""
    end = time.monotonic() + 60
    for number, connection in enumerate(connections):
        connection.settimeout(max(0.01, end - time.monotonic()))
        try:
            while connection.recv(4096):
                pass
        except TimeoutError:
            return number
        except ConnectionError:
            continue
    return len(connections)


def memory_of(pid: int) -> int:
    """Bytes of the largest process below this one."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid=,rss="], capture_output=True, text=True, check=True)
    rows = [tuple(map(int, line.split())) for line in listed.stdout.splitlines()]
    kin = {pid}
    for _ in range(3):
        kin |= {child for child, parent, _ in rows if parent in kin}
    return max(kilobytes * 1024 for child, _, kilobytes in rows if child in kin)


def chunked(size: int, *, path: str, port: int) -> bytes:
    """What is answered to a body without a length, of which `size` bytes are sent and no end."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(
            f"POST {path} HTTP/1.1\r\nHost: localhost:{port}\r\nTransfer-Encoding: chunked\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n\r\n".encode()
        )
        try:
            for _ in range(size // 65536):
                connection.sendall(b"10000\r\n" + b"a" * 65536 + b"\r\n")
        except ConnectionError:
            pass
        return connection.recv(4096)


def test_a_body_without_end_is_refused_before_it_has_arrived(environment: dict[str, str]) -> None:
    assert subprocess.run([LEADLINE, "migrate"], env=environment, check=False).returncode == 0
    with served(environment, "web"):
        port = int(environment["LEADLINE_PORT"])
        for path in ("/f/demo", "/sign-in", "/imports/new", "/nothing"):
            told = chunked(MIB + 65536, path=path, port=port)
            assert told.startswith(b"HTTP/1.1 413"), path
            assert b"larger than 1,024 KiB" in told
        announced = ask(environment, "POST", "/f/demo", **{"Content-Length": str(2 * MIB)})
        assert announced[0] == 413
        fits = ask(environment, "POST", "/f/demo", b"a=" + b"b" * (MIB - 100))
        assert fits[0] == 404  # there is no such form, and that much is for its own page to judge


def test_a_body_that_is_too_slow_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    seen, sent = [], []

    async def page(scope, receive, send) -> None:
        while (message := await receive())["type"] != "http.disconnect":
            seen.append(message)

    async def drip() -> dict:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b"a", "more_body": True}

    async def send(message: dict) -> None:
        sent.append(message)

    async def run() -> None:
        application = uploads.Bounded(page, larger={}, cookie="leadline")
        await application({"headers": [], "path": "/f/demo"}, drip, send)

    monkeypatch.setattr(uploads, "SECONDS", 0.2)
    asyncio.run(run())
    assert seen
    assert sent[0]["status"] == 408


def test_only_who_shows_a_session_may_send_a_file() -> None:
    async def status(cookie: bytes) -> int:
        answered = []

        async def page(scope, receive, send) -> None:
            while (await receive())["type"] != "http.disconnect":
                pass

        parts = iter([b"a" * MIB] * 3)

        async def receive() -> dict:
            part = next(parts, None)
            if part is None:
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": part, "more_body": True}

        async def send(message: dict) -> None:
            answered.append(message)

        guarded = uploads.Bounded(page, larger={"/imports": 8 * MIB}, cookie="leadline")
        await guarded({"headers": [(b"cookie", cookie)], "path": "/imports/new"}, receive, send)
        return answered[0]["status"] if answered else 200

    assert asyncio.run(status(b"other=1")) == 413
    assert asyncio.run(status(b"leadline=abc")) == 200
