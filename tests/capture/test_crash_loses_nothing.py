"""Kills, full disks, failing syncs, jumping clocks: what was acknowledged is there, and is counted once."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from capture_server import KEY, Place, Server, place_on, serving
from crash_senders import AUTHORIZATION, Senders

from leadline.web.capture.facts import Arrival, SourceInfo
from leadline.web.capture.reading import read_arrival


def whole(place: Place) -> None:
    """The file of the inbox is sound."""
    if place.inbox_url.startswith("sqlite"):
        db = sqlite3.connect(place.folder / "inbox.sqlite3")
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        db.close()


@pytest.mark.parametrize("kills", [2, pytest.param(10, marks=pytest.mark.slow)])
def test_a_server_killed_hard_loses_nothing_that_it_acknowledged(place: Place, kills: int) -> None:
    with serving(place) as server:
        with Senders(server) as senders:
            for _ in range(kills):
                senders.wait_for(60)
                server.kill()
                server.start()
            senders.wait_for(60)
        stored = senders.history.check(server)
    assert len(senders.history.ok) == len(set(senders.history.ok))
    assert sum(stored.values()) >= len(stored) >= 60 * kills
    whole(place)


def test_a_server_told_to_stop_gives_its_receipts_first(place: Place) -> None:
    with serving(place) as server:
        with Senders(server, again=False) as senders:
            senders.wait_for(60)
            process = server.process
            assert server.stop() < 10
            assert process is not None
            assert process.returncode == 0
        server.start()
        senders.history.check(server)


def test_a_batch_that_arrives_a_thousand_times_counts_once(place: Place) -> None:
    batch = [{"type": "track", "event": "Sent", "userId": "u", "messageId": f"m{n}"} for n in range(10)]
    body = json.dumps({"batch": batch})
    with serving(place) as server:

        def deliver(times: int) -> None:
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=15)
            for _ in range(times):
                connection.request("POST", "/v1/batch", body, {"Authorization": AUTHORIZATION})
                assert connection.getresponse().read() == b'{"success":true}'
            connection.close()

        with ThreadPoolExecutor(20) as senders:
            list(senders.map(deliver, [50] * 20))
        items = server.take()
    source = SourceInfo(1, "site", trusted=False, kind="browser")
    read = [
        each
        for item in items
        for each in read_arrival(Arrival(item.id, source, item.received_at, item.kind, bytes(item.body)))
    ]
    assert len(items) == 1000
    assert {each.event.event_id for each in read} == {f"site:m{n}" for n in range(10)}
    assert len({each.event.digest for each in read if each.event.event_id == "site:m0"}) == 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of four megabytes."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("may not mount a small file system here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_told_and_nothing_is_half_written(small_disk: Path) -> None:
    with place_on("sqlite", small_disk) as place, serving(place, TMPDIR=str(small_disk)) as server:
        ballast = small_disk / "ballast"
        ballast.write_bytes(bytes(2_000_000))
        stored, answer = 0, server.ask("POST", "/v1/track", message(0), key=KEY)
        while answer.status == 200 and stored < 1000:
            stored += 1
            answer = server.ask("POST", "/v1/track", message(stored), key=KEY)
        assert (answer.status, answer.json["code"]) == (503, "not_stored")
        assert int(answer.headers["retry-after"]) >= 1
        assert server.ask("GET", f"/v1/projects/{KEY}/settings").status == 200
        ballast.unlink()
        assert server.ask("POST", "/v1/track", message(stored), key=KEY).status == 200
        assert server.ask("GET", "/health").status == 200
        whole(place)
        ids = [json.loads(item.body)["messageId"] for item in place.inbox().peek(2000)]
    assert ids == [f"m{n}" for n in range(stored + 1)]


def message(number: int) -> dict[str, str]:
    return {"event": "Sent", "userId": "u", "messageId": f"m{number}", "filling": "x" * 20_000}


@pytest.fixture
def strace() -> str:
    found = shutil.which("strace")
    if not found:
        pytest.skip("needs strace, and there is none here")
    if subprocess.run([found, "true"], capture_output=True, check=False).returncode:
        pytest.skip("strace may not trace here")
    return found


def test_the_disk_is_synced_before_the_answer_goes_out(on_sqlite: Place, strace: str, tmp_path: Path) -> None:
    with serving(on_sqlite) as server:
        server.ask("POST", "/v1/track", {"event": "warm"}, key=KEY)
        traced = tmp_path / "trace"
        calls = "trace=fsync,fdatasync,pwrite64,write,writev,sendto,sendmsg"
        with tracing(server, strace, "-e", calls, "-y", "-s", "300", "-o", str(traced)):
            assert server.ask("POST", "/v1/track", {"event": "traced"}, key=KEY).status == 200
    lines = traced.read_text().splitlines()
    written = next(n for n, line in enumerate(lines) if "pwrite64" in line and "inbox.sqlite3-wal" in line)
    synced = next(n for n, line in enumerate(lines) if n > written and re.search(r"sync.*= 0$", line))
    answered = next(n for n, line in enumerate(lines) if "HTTP/1.1 200" in line)
    assert written < synced < answered, "\n".join(lines)


def test_a_sync_that_fails_is_never_acknowledged(on_sqlite: Place, strace: str) -> None:
    with serving(on_sqlite) as server:
        server.ask("POST", "/v1/track", {"event": "warm", "messageId": "m0"}, key=KEY)
        with tracing(server, strace, "-e", "inject=fdatasync,fsync:error=EIO", "-o", "/dev/null"):
            statuses = {server.ask("POST", "/v1/track", {"event": "lost"}, key=KEY).status for _ in range(5)}
            assert server.ask("GET", "/health").status in (200, 503)
        assert statuses == {503}
        assert server.ask("POST", "/v1/track", {"event": "again", "messageId": "m1"}, key=KEY).status == 200
        assert {"m0", "m1"} <= {message.get("messageId") for message in server.messages()}
    whole(on_sqlite)


class tracing:  # noqa: N801 - reads as a word
    """strace on the process that answers."""

    def __init__(self, server: Server, strace: str, *options: str) -> None:
        self._command = [strace, "-f", "-p", str(server.worker_pid()), *options]

    def __enter__(self) -> None:
        self._process = subprocess.Popen(self._command, stderr=subprocess.PIPE, text=True)
        assert self._process.stderr is not None
        assert "attached" in self._process.stderr.readline()
        time.sleep(0.3)

    def __exit__(self, *fault: object) -> None:
        self._process.send_signal(signal.SIGINT)
        self._process.communicate(timeout=10)


@pytest.mark.slow
def test_a_clock_that_jumps_disturbs_nobody(on_sqlite: Place, tmp_path: Path) -> None:
    library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
    if library is None:
        pytest.skip("needs libfaketime, and there is none here")
    clock = tmp_path / "clock"
    clock.write_text("+0")
    environment = {
        "LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }  # fmt: skip
    with serving(on_sqlite, **environment) as server:
        with Senders(server, count=2) as senders:
            for jump in ("+1d", "-1d", "+365d", "+0"):
                clock.write_text(jump)
                senders.wait_for(30)
        assert set(senders.history.statuses) == {200}
        times = [item.received_at / 1e6 - time.time() for item in on_sqlite.inbox().peek(100_000)]
        senders.history.check(server)
    day = 86_400
    assert max(times) > 364 * day
    assert min(times) < -0.9 * day


def test_postgresql_that_cuts_the_connection_is_found_again(tmp_path: Path) -> None:
    with place_on("postgresql", tmp_path) as place, serving(place) as server:
        with Senders(server) as senders, psycopg.connect(place.inbox_url, autocommit=True) as db:
            for _ in range(3):
                senders.wait_for(60)
                db.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            senders.wait_for(60)
        senders.history.check(server)
        assert set(senders.history.statuses) <= {200, 503}


@pytest.mark.slow
def test_postgresql_that_hangs_makes_nobody_wait_for_ever(tmp_path: Path) -> None:
    with place_on("postgresql", tmp_path) as place, serving(place) as server:
        assert server.ask("POST", "/v1/track", {"event": "before"}, key=KEY).status == 200
        with psycopg.connect(place.inbox_url) as db:
            db.execute("LOCK TABLE capture_inbox IN ACCESS EXCLUSIVE MODE")
            begun = time.monotonic()
            assert server.ask("POST", "/v1/track", {"event": "hangs"}, key=KEY).status == 503
            assert 5 < time.monotonic() - begun < 15
            begun = time.monotonic()
            assert server.ask("POST", "/v1/track", {"event": "at once"}, key=KEY).status == 503
            assert time.monotonic() - begun < 1
        time.sleep(0.5)
        assert server.ask("POST", "/v1/track", {"event": "after"}, key=KEY).status == 200
        events = [message["event"] for message in server.messages()]
    assert events[0] == "before"
    assert events[-1] == "after"
    assert "at once" not in events


def test_a_process_without_room_for_files_says_so(on_sqlite: Place) -> None:
    limited = ["prlimit", "--nofile=64:64"]
    if not shutil.which(limited[0]):
        pytest.skip("needs prlimit")
    with serving(on_sqlite) as server:
        server.kill()
        server.start(*limited)
        idle = [http.client.HTTPConnection("127.0.0.1", server.port, timeout=5) for _ in range(80)]
        for connection in idle:
            try:
                connection.connect()
            except OSError:
                break
        for connection in idle:
            connection.close()
        time.sleep(0.5)
        assert server.ask("POST", "/v1/track", {"event": "after"}, key=KEY).status == 200
    whole(on_sqlite)
    assert os.path.exists(on_sqlite.folder / "inbox.sqlite3")
