"""The workspace as a process of its own, for tests that ask it over the network."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from web_cast import CHROME

LEADLINE = Path(sys.executable).with_name("leadline")


def environment_in(folder: Path) -> dict[str, str]:
    """What a command needs to know of a workspace of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    drop = ("DATABASE_URL", "LEADLINE_TEST_DATABASE_URL")
    return {k: v for k, v in os.environ.items() if k not in drop} | {
        "LEADLINE_DATA": str(folder / "data"), "LEADLINE_PORT": str(port), "LEADLINE_LOG_LEVEL": "ERROR",
    }  # fmt: skip


def ask(
    environment: dict[str, str], method: str, path: str, body: Any = None, **headers: str
) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", int(environment["LEADLINE_PORT"]), timeout=5)
    try:
        connection.request(method, path, body, {"User-Agent": CHROME} | headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def until(what: Callable[[], Any], seconds: float = 20.0) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if found := what():
                return found
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError("it did not come")


@contextmanager
def served(environment: dict[str, str], command: str = "serve") -> Iterator[subprocess.Popen[bytes]]:
    """`leadline serve`, ready; it ends as a supervisor ends it."""
    server = subprocess.Popen([LEADLINE, command], env=environment, start_new_session=True)
    try:
        until(lambda: ask(environment, "GET", "/readyz")[0] == 200)
        yield server
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 0
