"""The sender: connections that each wait for their receipt and then send the next request.

A process of its own, run by `python -m benchmarks.ingest`. It says one line of JSON: how many answers it got,
the times until them, and what it cost.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
from collections.abc import Iterator

from benchmarks.ingest.messages import batches, singles


class Sender(asyncio.Protocol):
    """One connection, one request under way at a time."""

    def __init__(self, requests: Iterator[bytes], until: float, times: list[float], bad: list[bytes]) -> None:
        self.requests, self.until, self.times, self.bad = requests, until, times, bad
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.next()

    def next(self) -> None:
        self.begun = time.perf_counter()
        if self.begun >= self.until:
            self.done.set_result(None)
            self.transport.close()
        else:
            self.transport.write(next(self.requests))

    def data_received(self, data: bytes) -> None:
        # Answers are short and come in one piece, since only one request is under way.
        self.times.append(time.perf_counter() - self.begun)
        if not data.startswith(b"HTTP/1.1 200"):
            self.bad.append(data[:300])
        self.next()

    def connection_lost(self, fault: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(fault or ConnectionError("the server closed the connection"))


async def send(port: int, requests: Iterator[bytes], connections: int, seconds: float) -> dict[str, object]:
    times: list[float] = []
    bad: list[bytes] = []
    begun = time.perf_counter()
    cost = os.times()
    until = begun + seconds
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(lambda: Sender(requests, until, times, bad), "127.0.0.1", port)
        for _ in range(connections)
    ]
    await asyncio.gather(*(sender.done for _, sender in made))
    spent = time.perf_counter() - begun
    after = os.times()
    times.sort()
    return {
        "requests": len(times), "seconds": spent, "bad": [each.decode("latin-1") for each in bad[:3]],
        "number bad": len(bad), "cpu": after.user + after.system - cost.user - cost.system,
        "p50": times[len(times) // 2], "p99": times[int(len(times) * 0.99)], "most": times[-1],
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("what", choices=["singles", "batches"])
    parser.add_argument("connections", type=int)
    parser.add_argument("seconds", type=float)
    given = parser.parse_args()
    requests = singles() if given.what == "singles" else batches()
    runner = _runner()
    print(json.dumps(runner(send(given.port, requests, given.connections, given.seconds))))


def _runner():
    try:
        import uvloop
    except ImportError:
        return asyncio.run
    return uvloop.run


if __name__ == "__main__":
    main()
