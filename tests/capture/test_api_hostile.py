"""What is sent to break the server costs it milliseconds, and no memory that it does not give back."""

from __future__ import annotations

import asyncio
import gzip
import os
import socket
import time
import zlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from capture_server import KEY, Place, Server, serving

from leadline.web.capture.answers import Refusal
from leadline.web.capture.bodies import Bodies
from leadline.web.capture.options import CaptureSettings

MIB = 1024 * 1024
EVERYDAY_SECONDS = 0.5  # of a machine that does much else; alone it takes a tenth of that
EVERYDAY_MEMORY = 64 * MIB


def bomb(size: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(MIB)
    return b"".join(packer.compress(zeros) for _ in range(size // MIB)) + packer.flush()


SMALL_BOMB = gzip.compress(b'{"batch": [' + b" " * 3 * MIB)
BODIES: dict[str, bytes] = {
    "a gzip bomb": bomb(256 * MIB),
    "a gzip bomb in many members": SMALL_BOMB * 100,
    "a body of gzip within gzip": gzip.compress(gzip.compress(b"{}" * MIB)),
    "20,000 lists deep": b'{"batch": [' + b"[" * 20_000 + b"]" * 20_000 + b"]}",
    "20,000 objects deep": b'{"batch": [' + b'{"a":' * 20_000 + b"1" + b"}" * 20_000 + b"]}",
    "lists that never end": b'{"batch": ' + b"[" * 4_000_000,
    "a million empty messages": b'{"batch": [' + b"{}," * 1_300_000 + b"{}]}",
    "a million empty lists": b'{"batch": [' + b"[]," * 1_300_000 + b"[]]}",
    "a million broken values": b'{"batch": [' + b"NaN," * 260_000 + b"NaN]}",
    "backslashes to the end": b'{"batch": ["' + b"\\" * 4_000_000,
    "an integer of 5,000 digits": b'{"batch": [{"n": ' + b"9" * 5_000 + b"}]}",
    "an integer of a million digits": b'{"batch": [{"n": ' + b"9" * 1_000_000 + b"}]}",
    "a number with a huge exponent": b'{"batch": [{"n": 1e999999999}]}',
    "lone surrogates": b'{"batch": [{"event": "' + b"\\ud800" * 100_000 + b'"}]}',
    "NUL everywhere": b'{"batch": [{"event": "' + b"\\u0000" * 4_000 + b'"}]}' + b"\x00" * 1000,
    "invalid UTF-8": b'{"batch": [{"event": "' + b"\xff\xfe\xc0\x80" * 200_000 + b'"}]}',
    "a key twice": b'{"batch": [{"event": "a"}], "batch": [{"event": "b"}]}',
    "100,000 keys": b"{" + b",".join(b'"k%d":%d' % (n, n) for n in range(100_000)) + b"}",
    "a byte order mark alone": b"\xef\xbb\xbf",
    "a write key that is an object": b'{"writeKey": {"a": 1}, "batch": [{}]}',
}


def memory_of(process: int) -> int:
    """Resident bytes."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("name", BODIES)
def test_hostile_bodies_are_answered_in_milliseconds(running: Server, name: str) -> None:
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        answer = running.ask("POST", "/v1/batch", BODIES[name], key=KEY)
        times.append(time.perf_counter() - begun)
        assert answer.status in (200, 400), answer.body
        assert answer.json["success"] is (answer.status == 200)
    assert min(times) < EVERYDAY_SECONDS
    running.take()


def test_hostile_bodies_leave_no_memory_behind(on_sqlite: Place) -> None:
    with serving(on_sqlite) as server:

        def all_of_them() -> None:
            for body in BODIES.values():
                server.ask("POST", "/v1/batch", body, key=KEY)

        all_of_them()
        before = memory_of(server.worker_pid())
        for _ in range(3):
            all_of_them()
        assert memory_of(server.worker_pid()) - before < EVERYDAY_MEMORY
        assert before < 300 * MIB


def test_hostile_addresses_and_headers_are_answered(server: Server) -> None:
    many = "&".join(f"properties.a{n}=1" for n in range(5_000))
    deep = ".".join(["properties"] + ["a"] * 5_000)
    for query in (
        many,
        f"{deep}=1",
        "data=" + "A" * 60_000,
        "properties=1&properties.a=2",
        "%00=%00&event=%ff",
    ):
        assert server.ask("GET", f"/v1/pixel/track?writeKey={KEY}&{query}"[:64_000]).status == 200
    for headers in (
        {"Authorization": "Basic " + "=" * 8_000}, {"Authorization": "Basic ÿÿ"}, {"Authorization": "Basic"},
        {"X-Forwarded-For": "not an address," * 100}, {"Origin": "\x7f" * 100}, {"User-Agent": "ÿ" * 8_000},
    ):  # fmt: skip
        headers = {name: value.encode("latin-1") for name, value in headers.items()}
        assert server.ask("POST", "/v1/track", {"writeKey": KEY}, headers).status in (200, 400, 401)


def test_connections_that_say_nothing_keep_nobody_from_being_served(server: Server) -> None:
    beginnings = (
        b"",
        b"POST /v1/batch HTTP/1.1\r\nHost: x\r\n",
        b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{",
    )
    idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(300)]
    try:
        for number, connection in enumerate(idle):
            connection.sendall(beginnings[number % 3])
        begun = time.perf_counter()
        assert server.ask("POST", "/v1/track", {"writeKey": KEY}).status == 200
        assert time.perf_counter() - begun < 5 * EVERYDAY_SECONDS
    finally:
        for connection in idle:
            connection.close()


def test_a_body_that_never_ends_is_given_up() -> None:
    bodies = Bodies(CaptureSettings("sqlite:///a", "sqlite:///b", body_timeout=0.05))

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b"x", "more_body": True}

    assert refusal_of(bodies, receive) == (408, "body_too_slow")


def test_each_body_has_its_own_time_and_who_goes_away_is_let_go() -> None:
    bodies = Bodies(CaptureSettings("sqlite:///a", "sqlite:///b", body_timeout=0.2))

    def sender(*pauses: float) -> Callable[[], Awaitable[Any]]:
        parts = iter(pauses)

        async def receive() -> dict[str, Any]:
            pause = next(parts, None)
            await asyncio.sleep(pause or 0)
            return {"type": "http.request", "body": b"x", "more_body": pause is not None}

        return receive

    async def run() -> list[Any]:
        early = [asyncio.ensure_future(bodies.read(sender(*pauses), b"")) for pauses in ((), (5.0,), (5.0,))]
        await asyncio.sleep(0.15)
        late = [asyncio.ensure_future(bodies.read(sender(*pauses), b"")) for pauses in ((0.1,), (5.0,))]
        early[1].cancel()
        return await asyncio.gather(*early, *late, return_exceptions=True)

    for _ in range(2):  # in a second event loop as in the first
        whole, gone, slow, patient, late = asyncio.run(run())
        assert (whole, patient) == (b"x", b"xx")
        assert isinstance(gone, asyncio.CancelledError)
        assert (slow.code, late.code) == ("body_too_slow", "body_too_slow")


def test_bodies_under_way_are_bounded_altogether() -> None:
    settings = CaptureSettings("sqlite:///a", "sqlite:///b", most_reading=1000)
    bodies = Bodies(settings)
    parts = iter([b"x" * 600] * 10)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": next(parts), "more_body": True}

    assert refusal_of(bodies, receive) == (503, "busy")
    whole = iter([b'{"a"', b": 1}"])

    async def small() -> dict[str, Any]:
        part = next(whole)
        return {"type": "http.request", "body": part, "more_body": part.startswith(b"{")}

    assert asyncio.run(bodies.read(small, b"")) == b'{"a": 1}', "what was refused counts no longer"


def refusal_of(bodies: Bodies, receive: Callable[[], Awaitable[Any]]) -> tuple[int, str]:
    with pytest.raises(Refusal) as told:
        asyncio.run(bodies.read(receive, b""))
    return told.value.status, told.value.code


def test_a_log_that_cannot_be_written_stops_nothing(on_sqlite: Place) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    with serving(on_sqlite) as server:
        server.kill()
        (on_sqlite.folder / "server.log").unlink()
        (on_sqlite.folder / "server.log").symlink_to("/dev/full")
        server.start()
        assert server.ask("POST", "/v1/track", {"writeKey": "nobody"}).status == 401
        assert server.ask("POST", "/v1/track", {"writeKey": KEY}).status == 200
