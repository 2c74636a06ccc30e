"""What is answered, and in which words. Clients act on the status, and show people code and message."""

from __future__ import annotations

import base64
import json
from typing import Any, NamedTuple

Headers = list[tuple[bytes, bytes]]

JSON = (b"content-type", b"application/json; charset=utf-8")
NOT_KEPT = (b"cache-control", b"no-store")
PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: Headers


# The clients of RudderStack take 202 and 204 for failures, and Ruby's wants an object: it is 200 and this.
STORED = Answer(200, b'{"success":true}', [JSON, NOT_KEPT])
GIF = Answer(200, PIXEL, [(b"content-type", b"image/gif"), (b"cache-control", b"no-store, max-age=0")])


class Refusal(Exception):  # noqa: N818 - an answer, not a fault
    """A request that is not stored: status, a code for programs, a sentence for people."""

    def __init__(self, status: int, code: str, message: str, *, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.retry_after = status, code, message, retry_after

    def answer(self) -> Answer:
        body = {"success": False, "code": self.code, "message": self.message}
        headers = [JSON, NOT_KEPT]
        if self.retry_after is not None:
            headers.append((b"retry-after", b"%d" % self.retry_after))
        return Answer(self.status, json.dumps(body).encode(), headers)


def json_answer(value: Any, *, seconds: int = 0) -> Answer:
    """A JSON document that may be kept for some seconds."""
    kept = (b"cache-control", b"public, max-age=%d" % seconds) if seconds else NOT_KEPT
    return Answer(200, json.dumps(value, separators=(",", ":")).encode(), [JSON, kept])


def cors(headers: dict[bytes, bytes]) -> Headers:
    """A page on any site may send facts: what it may send them with is its write key, which is public."""
    origin = headers.get(b"origin")
    if origin is None:
        return []
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-expose-headers", b"retry-after, x-request-id"),
        (b"vary", b"origin"),
    ]


def preflight(headers: dict[bytes, bytes], methods: tuple[str, ...]) -> Answer:
    """May a page send this? Yes, with whatever headers it asks for."""
    allowed: Headers = [
        (b"access-control-allow-methods", ", ".join((*methods, "OPTIONS")).encode()),
        (b"access-control-max-age", b"7200"),
    ]
    if asked := headers.get(b"access-control-request-headers"):
        allowed.append((b"access-control-allow-headers", asked))
    return Answer(204, b"", allowed)
