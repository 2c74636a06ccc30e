"""The gateway: whom it lets in, and the one way into the inbox."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from leadline.web.capture.answers import Refusal
from leadline.web.capture.asked import Asked, Senders
from leadline.web.capture.bodies import Bodies
from leadline.web.capture.counts import STORED, UNKNOWN, Counts
from leadline.web.capture.inbox import BusyError, Inbox, NotStoredError, open_inbox
from leadline.web.capture.keys import Keys, KeysAwayError, Source, finder
from leadline.web.capture.options import CaptureSettings
from leadline.web.capture.rates import Rates
from leadline.web.capture.stores import Row

UNRESOLVED = 0  # the source of what arrived while keys could not be looked up


@dataclass(frozen=True, slots=True)
class Admitted:
    """A sender that may append: a source, or a key that cannot be looked up now."""

    key: str
    source: Source | None

    @property
    def source_id(self) -> int:
        return self.source.id if self.source else UNRESOLVED

    @property
    def slug(self) -> str:
        return self.source.slug if self.source else "unresolved"

    @property
    def meta(self) -> dict[str, Any]:
        return {"key_id": self.source.key_id} if self.source else {"key": self.key}


class Gateway:
    """All that the addresses share. Others in the same process use `accept`, and read `counts`."""

    def __init__(
        self, settings: CaptureSettings, *, inbox: Inbox | None = None, keys: Keys | None = None
    ) -> None:
        self.settings = settings
        self.inbox = inbox or open_inbox(settings.inbox_url, timeout=settings.receipt_timeout)
        self.keys = keys or Keys(finder(settings.database_url))
        self.bodies = Bodies(settings)
        self.senders = Senders(settings.trusted_proxies)
        self.counts = Counts()
        self._rates = Rates()

    async def admit(self, key: str, origin: str) -> Admitted | None:
        """Who holds this key; None where it is to be dropped unseen. Raises Refusal."""
        if not key:
            raise self.refused(
                UNKNOWN,
                401,
                "no_write_key",
                "no write key was given; send one as the name of Basic authorization",
            )
        try:
            source = await self.keys.look_up(key)
        except KeysAwayError:
            return Admitted(key, None)
        if source is None:
            return self._unknown()
        self._check(source, key, origin)
        return Admitted(key, source)

    async def accept(self, kind: str, source_id: int, body: bytes, meta: bytes) -> None:
        """Append one row to the inbox; returns once it is on disk. Raises Refusal with status 503.

        `meta` is a JSON object as `Row` describes it; `Senders.meta` makes it of a request.
        """
        begun = time.perf_counter()
        row = Row(source_id, time.time_ns() // 1000, kind, body, meta)
        try:
            await self.inbox.receive([row])
        except NotStoredError as fault:
            code = "busy" if isinstance(fault, BusyError) else "not_stored"
            message = "this could not be stored now; send it again in some seconds"
            raise Refusal(503, code, message, retry_after=fault.retry_after) from None
        self.counts.stored(len(body), time.perf_counter() - begun)

    async def store(self, asked: Asked, admitted: Admitted, kind: str, body: bytes) -> None:
        """The body of a request of a source, into the inbox."""
        try:
            await self.accept(kind, admitted.source_id, body, self.senders.meta(asked, **admitted.meta))
        except Refusal as refusal:
            self.counts.outcome(admitted.slug, refusal.code)
            raise
        self.counts.outcome(admitted.slug, STORED)

    def refused(self, slug: str, status: int, code: str, message: str, **more: Any) -> Refusal:
        self.counts.outcome(slug, code)
        return Refusal(status, code, message, **more)

    async def close(self) -> None:
        """Give the receipts that are due, then stop."""
        self.inbox.close()
        self.keys.close()

    def _unknown(self) -> None:
        if self.settings.unknown_key == "accept_and_drop":
            self.counts.outcome(UNKNOWN, "dropped")
            return
        raise self.refused(
            UNKNOWN, 401, "unknown_write_key", "there is no such write key; see the source's page for it"
        )

    def _check(self, source: Source, key: str, origin: str) -> None:
        if not source.enabled:
            raise self.refused(source.slug, 404, "source_disabled", "this source is switched off")
        if not source.allows(origin):
            raise self.refused(
                source.slug, 403, "origin_not_allowed", "pages of this site may not send with this write key"
            )
        if seconds := self._rates.wait(key, source.rate_per_second):
            raise self.refused(
                source.slug, 429, "too_many_requests",
                f"this key may send {source.rate_per_second} requests a second", retry_after=seconds,
            )  # fmt: skip
