"""A log that nobody reads stops nobody, and a log that somebody reads lacks nothing."""

from __future__ import annotations

import json
import logging
import os
import select
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from capture_server import KEY, Place, Server, free_port, serving

from leadline.web.operations.logs import JsonLines
from leadline.web.operations.pipe import Pipe

REFUSED = 300  # requests whose log lines alone would fill a pipe twice over


@contextmanager
def a_pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    try:
        yield reading, writing
    finally:
        for end in (reading, writing):
            os.close(end)


def fill(writing: int) -> int:
    """Put in all that it holds; how many bytes."""
    os.set_blocking(writing, False)
    size = 0
    try:
        while True:
            size += os.write(writing, b" " * 4096)
    except BlockingIOError:
        os.set_blocking(writing, True)
        return size


def drain(reading: int, size: int) -> bytes:
    parts = []
    while size > 0:
        parts.append(os.read(reading, size))
        size -= len(parts[-1])
    return b"".join(parts)


def lines_of(reading: int) -> Iterator[dict]:
    """Lines as they come; one that does not come in half a minute is missing."""
    text = b""
    while True:
        line, end, rest = text.partition(b"\n")
        if end:
            text = rest
            yield json.loads(line)
        else:
            assert select.select([reading], [], [], 30)[0], "a line is missing"
            text += os.read(reading, 65536)


def say(pipe: Pipe, text: str) -> None:
    pipe.handle(logging.makeLogRecord({"msg": text, "levelname": "INFO", "name": "test"}))


def lined(descriptor: int, **more: int) -> Pipe:
    pipe = Pipe(descriptor, **more)
    pipe.setFormatter(JsonLines())
    return pipe


def test_every_line_comes_out_once_and_in_order() -> None:
    with a_pipe() as (reading, writing):
        pipe = lined(writing)
        senders = [
            threading.Thread(target=lambda n=n: [say(pipe, f"{n} {i}") for i in range(500)]) for n in range(4)
        ]
        for sender in senders:
            sender.start()
        lines = lines_of(reading)
        told = [next(lines)["message"].split() for _ in range(2000)]
        for sender in senders:
            sender.join()
        pipe.close()
    for n in range(4):
        assert [int(i) for sender, i in told if sender == str(n)] == list(range(500))


def test_lines_beyond_the_queue_are_dropped_and_told_when_the_pipe_moves_again() -> None:
    with a_pipe() as (reading, writing):
        size = fill(writing)
        pipe = lined(writing, most_bytes=1000)
        for i in range(200):
            say(pipe, f"line {i}")
        drain(reading, size)
        told = []
        for line in lines_of(reading):
            told.append(line)
            if "count" in line:
                break
        pipe.flush()
    kept = [line["message"] for line in told[:-1]]
    assert kept == [f"line {i}" for i in range(len(kept))]
    assert told[-1]["message"] == "log lines were dropped, since they could not be written"
    waited = 1000 // len(
        json.dumps(told[0])
    )  # as many as the queue holds, with the one that is being written
    assert abs(200 - told[-1]["count"] - waited) <= 1


ENDS = """
import multiprocessing
def work():
    for number in range(100):
        log.warning(str(number))
child = multiprocessing.get_context("fork").Process(target=work)
child.start()
child.join()
"""

FORKS = """
import os
log.warning("of the parent")
if os.fork() == 0:
    log.warning("of the child")
    logging.shutdown()
    os._exit(0)
print("forked", flush=True)
os.wait()
"""


def process(script: str, descriptor: int) -> subprocess.Popen[str]:
    """A small process that logs there. It forks, which a process with all that tests load must not."""
    before = (
        "import logging\nfrom leadline.web.operations.logs import configure, logging_config\n"
        "configure(logging_config('INFO'))\nlog = logging.getLogger('test')\n"
    )
    command = [sys.executable, "-c", before + script]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=descriptor, text=True)


def test_what_waits_is_written_when_a_child_of_the_server_ends() -> None:
    with a_pipe() as (reading, writing), process(ENDS, writing):
        lines = lines_of(reading)
        assert [next(lines)["message"] for _ in range(100)] == [str(i) for i in range(100)]


def test_a_forked_child_says_nothing_of_its_parents() -> None:
    with a_pipe() as (reading, writing):
        size = fill(writing)
        with process(FORKS, writing) as forking:
            assert forking.stdout is not None
            assert forking.stdout.readline() == "forked\n"
            drain(reading, size)
            lines = lines_of(reading)
            assert sorted(next(lines)["message"] for _ in range(2)) == ["of the child", "of the parent"]
            assert forking.wait(20) == 0
        os.set_blocking(reading, False)
        with pytest.raises(BlockingIOError):
            os.read(reading, 1)


def test_a_server_whose_log_nobody_reads_goes_on(on_sqlite: Place) -> None:
    with a_pipe() as (_, writing):
        fill(writing)
        server = Server(on_sqlite, free_port(), {"LEADLINE_LOG_LEVEL": "DEBUG"}, output=writing)
        try:
            server.start()
            for number in range(REFUSED):
                assert server.ask("POST", "/v1/track", {"writeKey": "nobody"}).status == 401
                sent = {"writeKey": KEY, "messageId": str(number), "event": "x"}
                assert server.ask("POST", "/v1/track", sent).status == 200
            server.stop()
            assert len(server.messages()) == REFUSED
        finally:
            server.kill()


def test_the_last_lines_of_a_server_are_written(on_sqlite: Place) -> None:
    with serving(on_sqlite, LEADLINE_LOG_LEVEL="INFO") as server:
        for _ in range(50):
            server.ask("POST", "/v1/track", {"writeKey": "nobody"})
        server.stop()
        told = [json.loads(line) for line in server.log.read_text().splitlines()]
    assert sum(line["message"] == "refused" for line in told) == 50
