"""Clients of other makers, unmodified, send to a running server; what counts is what is stored."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from capture_server import SERVER_KEY, Place, Server, messages_of, serving
from clients_at_hand import run_node

from leadline.web.capture.facts import Arrival, Failed, Read, SourceInfo
from leadline.web.capture.inbox import Item
from leadline.web.capture.reading import read_arrival

EXPECTED: list[tuple[str, dict[str, Any]]] = [
    ("identify", {"userId": "ana"}),
    ("track", {"userId": "ana", "event": "Trial Started", "properties": {"plan": "team"}}),
    ("page", {"userId": "ana", "name": "Pricing", "properties": {"path": "/pricing"}}),
    ("screen", {"userId": "ana", "name": "Home"}),
    ("group", {"userId": "ana", "groupId": "acme", "traits": {"name": "Acme"}}),
    ("alias", {"userId": "ana", "previousId": "visitor-1"}),
]


def lacking(message: Any, expected: Any) -> list[str]:
    """What was expected and is not there."""
    if not isinstance(expected, dict) or not isinstance(message, dict):
        return [] if message == expected else [f"{message!r} is not {expected!r}"]
    return [fault for name, value in expected.items() for fault in lacking(message.get(name), value)]


def check(server: Server, expected: list[tuple[str, dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """Each message is stored once, as expected, under an id of its own, and can be read."""
    items = server.take()
    messages = [message for item in items for message in messages_of(item)]
    # Batches go out side by side, so the order is the clients' own affair.
    messages.sort(key=lambda message: (message["type"], message.get("event", "")))
    wanted = sorted(expected, key=lambda each: (each[0], each[1].get("event", "")))
    assert [message["type"] for message in messages] == [kind for kind, _ in wanted]
    for message, (_, values) in zip(messages, wanted, strict=True):
        assert not lacking(message, values)
    assert len({message["messageId"] for message in messages}) == len(messages)
    read = [each for item in items for each in read_arrival(arrival_of(item))]
    assert [type(each) for each in read] == [Read] * len(messages)
    assert sorted(each.event.kind for each in read) == [kind for kind, _ in wanted]
    return {message.get("event") or message["type"]: message for message in messages}


def arrival_of(item: Item) -> Arrival:
    source = SourceInfo(2, "shop", trusted=True, kind="server")
    return Arrival(item.id, source, item.received_at, item.kind, bytes(item.body))


@pytest.mark.parametrize("gzip", [False, True], ids=["plain", "gzip"])
def test_segments_python_client(server: Server, gzip: bool) -> None:
    from segment.analytics.client import Client

    faults: list[Any] = []
    client = Client(SERVER_KEY, host=server.url, gzip=gzip, on_error=lambda *told: faults.append(told))
    client.identify("ana", {"email": "ana@example.com", "employees": 120})
    client.track("ana", "Trial Started", {"plan": "team"})
    client.page("ana", "Docs", "Pricing", {"path": "/pricing"})
    client.screen("ana", "App", "Home")
    client.group("ana", "acme", {"name": "Acme"})
    client.alias("visitor-1", "ana")
    client.track(4711, "Long ago", timestamp=datetime(2014, 2, 3, 4, 5, 6, tzinfo=UTC))
    client.shutdown()
    assert not faults
    messages = check(server, [*EXPECTED, ("track", {"userId": "4711", "event": "Long ago"})])
    assert datetime.fromisoformat(messages["Long ago"]["timestamp"]) == datetime(
        2014, 2, 3, 4, 5, 6, tzinfo=UTC
    )
    assert messages["identify"]["traits"]["email"] == "ana@example.com"


def test_a_number_that_json_does_not_know_costs_its_own_message_alone(server: Server) -> None:
    from segment.analytics.client import Client

    client = Client(SERVER_KEY, host=server.url)
    for price in (1.5, float("nan"), 2.5):
        client.track("ana", "Priced", {"price": price})
    client.shutdown()
    read = [each for item in server.take() for each in read_arrival(arrival_of(item))]
    assert [type(each) for each in read] == [Read, Failed, Read]


def test_rudderstacks_python_client(server: Server) -> None:
    from rudderstack.analytics.client import Client

    faults: list[Any] = []
    client = Client(SERVER_KEY, host=server.url, on_error=lambda *told: faults.append(told))
    client.identify("ana", {"email": "ana@example.com", "employees": 120})
    client.track("ana", "Trial Started", {"plan": "team"})
    client.page("ana", "Docs", "Pricing", {"path": "/pricing"})
    client.screen("ana", "App", "Home")
    client.group("ana", "acme", {"name": "Acme"})
    client.alias("visitor-1", "ana")
    client.shutdown()
    assert not faults
    messages = check(server, EXPECTED)
    assert messages["identify"]["context"]["traits"]["email"] == "ana@example.com"


def test_segments_node_client(server: Server) -> None:
    told = run_node("segment_node.mjs", server.url, SERVER_KEY)
    assert told == {"failed": []}
    last = ("track", {"anonymousId": "visitor-2", "event": "Naïve – ünïcode 🎈"})
    messages = check(server, [*EXPECTED, last])
    assert messages["Trial Started"]["context"]["campaign"] == {"name": "autumn", "source": "google"}
    assert messages["Naïve – ünïcode 🎈"]["timestamp"] == "2014-02-03T04:05:06.789Z"


def test_rudderstacks_node_client(server: Server) -> None:
    run_node("rudder_node.mjs", server.url, SERVER_KEY)
    messages = check(server, [*EXPECTED, ("track", {"event": "Number as id"})])
    assert str(messages["Number as id"]["userId"]) == "4711"


# Segment's suite sends to Segment's address; all that is changed is where that address leads.
SUITE = """
import os, sys, unittest
from pathlib import Path
from requests.adapters import HTTPAdapter
import segment.analytics.test
from segment.analytics import request

class Here(HTTPAdapter):
    def send(self, request, **options):
        request.url = request.url.replace("https://api.segment.io", os.environ["HERE"])
        return super().send(request, **options)

request._session.mount("https://api.segment.io", Here())
tests = Path(segment.analytics.test.__file__).parent
unittest.main(module=None, argv=["suite", "discover", "-s", str(tests), "-t", str(tests.parents[2])])
"""


@pytest.mark.slow
def test_segments_own_test_suite_passes_against_this_server(on_sqlite: Place) -> None:
    pytest.importorskip("mock", reason="Segment's test suite needs the package mock")
    with (
        serving(on_sqlite, INGEST_UNKNOWN_KEY="accept_and_drop") as server,
        at_a_distance(server.port) as port,
    ):
        environment = os.environ | {"HERE": f"http://127.0.0.1:{port}", "PYTHONDONTWRITEBYTECODE": "1"}
        run = subprocess.run(
            [sys.executable, "-c", SUITE],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert run.returncode == 0, run.stderr[-3000:]
    assert int(re.findall(r"^Ran (\d+) tests", run.stderr, re.MULTILINE)[-1]) > 100, run.stderr[-300:]


@contextmanager
def at_a_distance(port: int, seconds: float = 0.005) -> Iterator[int]:
    """A way to the server as over a network: one test of the suite wants 0.1 ms to be too short."""
    listening = socket.create_server(("127.0.0.1", 0))

    def carry(source: socket.socket, target: socket.socket, late: float) -> None:
        try:
            while data := source.recv(65536):
                time.sleep(late)
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            target.close()

    def accept() -> None:
        while True:
            try:
                near, _ = listening.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", port))
            for pair in ((near, far, seconds), (far, near, 0.0)):
                threading.Thread(target=carry, args=pair, daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.close()
