"""Reading a body: by its bytes, never by what its labels say, and never more of it than is allowed."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from itertools import takewhile
from typing import Any

from leadline.web.capture.answers import Refusal
from leadline.web.capture.options import CaptureSettings

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

GZIP = b"\x1f\x8b"
GZIP_WINDOW = 16 + zlib.MAX_WBITS


class Patience:
    """What `asyncio.timeout` does, with one timer for all.

    A timer for each request costs a fifth of all that is done for a small one. All wait equally long, so they
    end in the order in which they began; one may wait a tenth longer than is said.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._ends: dict[asyncio.Task[Any], float] = {}
        self._late: set[asyncio.Task[Any]] = set()
        self._watched: asyncio.AbstractEventLoop | None = None

    def __enter__(self) -> None:
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        assert task is not None
        self._ends[task] = loop.time() + self._seconds
        if self._watched is not loop:
            self._watch(loop)

    def __exit__(self, kind: type[BaseException] | None, fault: object, trace: object) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._ends.pop(task, None)
        if task in self._late:
            self._late.discard(task)
            if task.uncancel() == 0 and kind is asyncio.CancelledError:
                raise TimeoutError

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        self._watched = loop
        loop.call_later(self._seconds / 10, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        late = list(takewhile(lambda task: self._ends[task] <= now, self._ends))
        for task in late:
            del self._ends[task]
            self._late.add(task)
            task.cancel()
        self._watched = None
        if self._ends:
            self._watch(loop)


class Bodies:
    """Reads bodies, and knows how much is on its way in altogether."""

    def __init__(self, settings: CaptureSettings) -> None:
        self._settings = settings
        self._reading = 0
        self._patience = Patience(settings.body_timeout)

    async def read(self, receive: Receive, encoding: bytes) -> bytes:
        """The body as the sender wrote it. Raises Refusal where it is too large, too slow or not readable."""
        try:
            with self._patience:
                raw = await self._received(receive)
        except TimeoutError:
            raise Refusal(408, "body_too_slow", "the body did not arrive in time; send it again") from None
        if raw.startswith(GZIP):
            return self._inflated(raw)
        if encoding not in (b"", b"identity", b"gzip", b"x-gzip"):
            raise Refusal(
                400, "unknown_encoding",
                f"the body is encoded as `{encoding[:20].decode('latin-1')}`, expected gzip or none",
            )  # fmt: skip
        return raw

    async def _received(self, receive: Receive) -> bytes:
        message = await receive()
        first = message.get("body", b"")
        if not message.get("more_body"):
            self._check(first, len(first))
            return first
        return await self._joined(receive, first)

    async def _joined(self, receive: Receive, first: bytes) -> bytes:
        parts, size, more = [first], len(first), True
        self._reading += size
        try:
            while more:
                if self._reading > self._settings.most_reading:
                    raise Refusal(503, "busy", "too much is on its way in; send it again", retry_after=1)
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Refusal(400, "body_incomplete", "the connection was closed within the body")
                part = message.get("body", b"")
                more = message.get("more_body", False)
                size += len(part)
                self._reading += len(part)
                self._check(parts[0], size)
                parts.append(part)
        finally:
            self._reading -= size
        return b"".join(parts)

    def _check(self, begins: bytes, size: int) -> None:
        compressed = begins.startswith(GZIP)
        most = self._settings.most_compressed if compressed else self._settings.most_body
        if size > most:
            raise _too_large(most, "compressed" if compressed else "")

    def _inflated(self, raw: bytes) -> bytes:
        most = self._settings.most_body
        parts: list[bytes] = []
        size = 0
        while raw:
            stream = zlib.decompressobj(GZIP_WINDOW)
            try:
                part = stream.decompress(raw, most + 1 - size)
            except zlib.error:
                raise Refusal(
                    400, "broken_gzip", "the body begins like gzip and cannot be decompressed"
                ) from None
            size += len(part)
            if size > most:
                raise _too_large(most, "decompressed")
            if not stream.eof:
                raise Refusal(400, "broken_gzip", "the compressed body ends too early")
            parts.append(part)
            raw = stream.unused_data if stream.unused_data.startswith(GZIP) else b""
        return b"".join(parts)


def _too_large(most: int, how: str) -> Refusal:
    return Refusal(
        400,
        "body_too_large",
        f"the body has more than {most:,} bytes{' ' if how else ''}{how}; send smaller batches",
    )
