"""How large a body may be, and how long it may take, before anybody has looked at whom it is from.

Django takes a whole body in, onto the disk where it is large, before the view is asked. So what is larger
than any page of ours can send is turned away while it arrives.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]

KIB = 1024
MOST = 1024 * KIB  # bytes; Django keeps so much in memory
MOST_AT_ONCE = 128 * MOST  # of all such bodies together
SECONDS = 30  # for a body to arrive
SECONDS_OF_A_FILE = 30 * 60

BUSY = 503, "Too much is on its way in. Please send it again in some seconds."
SLOW = 408, "What was sent did not arrive in time. Please send it again."


class Bounded:
    """An application that is sent bodies of at most MOST bytes.

    `larger` names the beginnings of paths that take files, with how many bytes each takes of who shows a
    `cookie` of this name, as those who are signed in do. Files go to the disk, the other bodies to memory.
    """

    def __init__(self, app: App, *, larger: Mapping[str, int], cookie: str) -> None:
        self._app, self._larger, self._cookie = app, larger, f"{cookie}=".encode()
        self._held = 0  # bytes of bodies in memory

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        most = self._most_of_a_file(scope["path"], headers)
        body = _Body(receive, most or MOST, SECONDS_OF_A_FILE if most else SECONDS, self._hold)
        body.announced(headers.get(b"content-length", b""))
        try:
            if not body.refused:
                await self._app(scope, body.receive, send)
        finally:
            self._held -= body.held
        if body.refused:
            await _answer(send, *body.refused)

    def _most_of_a_file(self, path: str, headers: Mapping[bytes, bytes]) -> int | None:
        if self._cookie not in headers.get(b"cookie", b""):
            return None
        return next((size for begins, size in self._larger.items() if path.startswith(begins)), None)

    def _hold(self, size: int) -> bool:
        if self._held + size > MOST_AT_ONCE:
            return False
        self._held += size
        return True


class _Body:
    """A body on its way; where it is refused, the application is told that the sender has gone."""

    def __init__(self, receive: Receive, most: int, seconds: float, hold: Callable[[int], bool]) -> None:
        self._receive, self._most, self._hold = receive, most, hold
        self._until = asyncio.get_running_loop().time() + seconds
        self._size = 0
        self._complete = False
        self.held = 0
        self.refused: tuple[int, str] | None = None

    def announced(self, length: bytes) -> None:
        if length.isdigit() and int(length[:20]) > self._most:
            self.refused = self._too_large()

    async def receive(self) -> Message:
        if self._complete:  # from now on the application waits for the sender's end alone
            return await self._receive()
        if not self.refused:
            try:
                async with asyncio.timeout_at(self._until):
                    message = await self._receive()
            except TimeoutError:
                self.refused = SLOW
            else:
                self._look_at(message)
        return {"type": "http.disconnect"} if self.refused else message

    def _look_at(self, message: Message) -> None:
        part = len(message.get("body", b""))
        self._size += part
        self._complete = not message.get("more_body", False)
        if self._size > self._most:
            self.refused = self._too_large()
        elif self._most == MOST:
            if self._hold(part):
                self.held += part
            else:
                self.refused = BUSY

    def _too_large(self) -> tuple[int, str]:
        return 413, f"What was sent is larger than {self._most // KIB:,} KiB, the most that is taken."


async def _answer(send: Send, status: int, sentence: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    if status == BUSY[0]:
        headers.append((b"retry-after", b"5"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": f"{sentence}\n".encode()})
