"""Messages as Segment's clients send them, and the requests that carry them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from itertools import count, cycle

KEY = "wk_benchmark"
BATCH = 100
MARK = "0000000000000000"  # a message id of as many digits is put in its place


def message(number: int) -> dict[str, object]:
    """A page view with its context, about 700 bytes."""
    path = f"/pricing/{number % 50}"
    return {
        "type": "track",
        "event": "Viewed pricing",
        "messageId": f"bench-{number:016d}",
        "anonymousId": f"visitor-{number % 5000:08d}",
        "timestamp": "2026-11-22T10:00:00.000Z",
        "properties": {"plan": "team", "seats": number % 200, "path": path},
        "context": {
            "library": {"name": "analytics.js", "version": "npm:next-1.81.0"},
            "locale": "en-GB",
            "timezone": "Europe/Berlin",
            "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36",
            "page": {
                "path": path,
                "referrer": "https://www.google.com/",
                "search": "?utm_source=google&utm_medium=cpc&utm_campaign=autumn",
                "title": "Pricing",
                "url": f"https://example.com{path}?utm_source=google&utm_medium=cpc&utm_campaign=autumn",
            },
        },
    }


def single_body(number: int) -> bytes:
    return json.dumps(message(number), separators=(",", ":")).encode()


def batch_body(number: int) -> bytes:
    batch = [message(number * BATCH + n) for n in range(BATCH)]
    return json.dumps({"batch": batch, "sentAt": "2026-11-22T10:00:01.000Z"}, separators=(",", ":")).encode()


def singles() -> Iterator[bytes]:
    """Requests of one message each, every one with an id of its own."""
    before, _, after = single_body(0).partition(MARK.encode())
    head = _head("/v1/track", len(before) + len(MARK) + len(after))
    for number in count():
        yield b"%s%s%016d%s" % (head, before, number, after)


def batches() -> Iterator[bytes]:
    """Requests of a hundred messages each, from a stock of two hundred."""
    stock = [batch_body(number) for number in range(200)]
    return cycle([_head("/v1/batch", len(body)) + body for body in stock])


def _head(path: str, length: int) -> bytes:
    basic = base64.b64encode(f"{KEY}:".encode()).decode()
    lines = (
        f"POST {path} HTTP/1.1", "Host: localhost", "User-Agent: analytics-python/2.4.0", "Accept: */*",
        f"Authorization: Basic {basic}", "Content-Type: application/json",
        f"Content-Length: {length}", "", "",
    )  # fmt: skip
    return "\r\n".join(lines).encode()
