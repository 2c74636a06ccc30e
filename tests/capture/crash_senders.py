"""Clients that write down what they sent and what they were told, and the check of that history."""

from __future__ import annotations

import base64
import http.client
import itertools
import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from capture_server import KEY, Server, messages_of

AUTHORIZATION = "Basic " + base64.b64encode(f"{KEY}:".encode()).decode()


@dataclass
class History:
    """The ids of messages by what became of them: stored for certain, refused for certain, or not known."""

    ok: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def check(self, server: Server) -> Counter[str]:
        """Every acknowledged message is there, no refused one is, and none that nobody sent. Times stored."""
        stored = Counter(message["messageId"] for item in server.take() for message in messages_of(item))
        assert not [each for each in self.ok if each not in stored], "acknowledged, and lost"
        assert not [each for each in self.refused if each in stored], "refused, and stored"
        assert set(stored) <= set(self.ok) | set(self.unknown), "stored, and never sent"
        return stored


class Senders:
    """Threads that each send one small batch after the other, and again what may not be stored."""

    def __init__(self, server: Server, count: int = 4, *, again: bool = True) -> None:
        self.history = History()
        self._server, self._again = server, again
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._send, args=(n,), daemon=True) for n in range(count)]

    def __enter__(self) -> Senders:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *fault: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive()

    def wait_for(self, more: int, seconds: float = 30) -> None:
        """Until so many further messages are acknowledged."""
        wanted, until = len(self.history.ok) + more, time.monotonic() + seconds
        while len(self.history.ok) < wanted:
            assert time.monotonic() < until, f"not acknowledged in time: {self.history.statuses}"
            time.sleep(0.01)

    def _send(self, number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._server.port, timeout=15)
        for count in itertools.count():
            if self._ended.is_set():
                connection.close()
                return
            ids = [f"{number}-{count}-{n}" for n in range(3)]
            while not self._once(connection, ids) and self._again and not self._ended.is_set():
                time.sleep(0.02)

    def _once(self, connection: http.client.HTTPConnection, ids: list[str]) -> bool:
        batch = [{"type": "track", "event": "Sent", "userId": "u", "messageId": each} for each in ids]
        try:
            connection.request(
                "POST", "/v1/batch", json.dumps({"batch": batch}), {"Authorization": AUTHORIZATION}
            )
            answer = connection.getresponse()
            told = answer.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            self.history.unknown.extend(ids)
            return False
        self.history.statuses[answer.status] += 1
        if answer.status == 200:
            assert json.loads(told) == {"success": True}
            self.history.ok.extend(ids)
        else:
            (self.history.unknown if answer.status >= 500 else self.history.refused).extend(ids)
        return answer.status == 200
