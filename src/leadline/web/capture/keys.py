"""Write keys: which source a key belongs to, remembered for some seconds.

A key is public, it stands in every page, and lets its holder append facts and nothing else. Only a
definite "there is no such key" turns a sender away. Where the database cannot say, what is known from
before holds, and with nothing known the facts are taken: they can be set aside later, not asked for again.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import psycopg

from leadline.web.capture.stores import sqlite_path

log = logging.getLogger("leadline.capture.keys")

REMEMBERED = 30.0  # seconds, for keys that are there and for keys that are not
AWAY = 5.0  # seconds until a database that failed is asked again
PATIENCE = 2.0  # seconds that a look-up may take
MOST_MISSES = 10_000
POSSIBLE = re.compile(r"[!-~]{1,64}")  # nothing else is ever a key, so the database is not troubled with it

_FIND = """
    SELECT s.id, s.slug, s.kind, s.trusted, s.enabled, s.allowed_origins, s.rate_per_second,
           s.consent_category, s.respect_gpc, k.id
    FROM capture_writekey k JOIN capture_source s ON s.id = k.source_id
    WHERE k.key = {0} AND (k.revoked_at IS NULL OR k.revoked_at > {0})
"""


class KeysAwayError(Exception):
    """The database cannot say, and nothing is known from before."""


@dataclass(frozen=True, slots=True)
class Source:
    """A source as capture sees it, by one of its keys."""

    id: int
    slug: str
    kind: str
    trusted: bool
    enabled: bool
    allowed_origins: tuple[str, ...]
    rate_per_second: int
    consent_category: str
    respect_gpc: bool
    key_id: int

    def allows(self, origin: str) -> bool:
        """May a page of this origin send? `https://*.example.com` stands for all hosts below example.com."""
        if not origin or not self.allowed_origins:
            return True
        return any(_fits(origin, allowed) for allowed in self.allowed_origins)


Find = Callable[[str, int], Source | None]


@dataclass(slots=True)
class _Known:
    source: Source
    until: float


class Keys:
    """Looks keys up; `find` asks the database, in a thread of its own."""

    def __init__(self, find: Find, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._find, self._clock = find, clock
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="keys")
        self._known: dict[str, _Known] = {}
        self._missed: dict[str, float] = {}
        self._asking: dict[str, asyncio.Future[Source | None]] = {}
        self._away_until = float("-inf")

    async def look_up(self, key: str) -> Source | None:
        """The source of a key, None where there definitely is none. Raises KeysAwayError."""
        now = self._clock()
        known = self._known.get(key)
        if known is None and not POSSIBLE.fullmatch(key):
            return None
        if known is not None and now < known.until:
            return known.source
        if now < self._missed.get(key, now):
            return None
        if now < self._away_until:
            return self._from_before(key)
        return await self._asked(key)

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _asked(self, key: str) -> Source | None:
        """Ask the database, once for all who ask at the same time."""
        if key not in self._asking:
            work = asyncio.get_running_loop().run_in_executor(
                self._thread, self._find, key, time.time_ns() // 1000
            )
            work.add_done_callback(lambda _: self._asking.pop(key, None))
            self._asking[key] = work
        try:
            async with asyncio.timeout(PATIENCE):
                source = await asyncio.shield(self._asking[key])
        except Exception as fault:
            self._away_until = self._clock() + AWAY
            log.warning("write keys cannot be looked up", extra={"reason": type(fault).__name__})
            return self._from_before(key)
        self._remember(key, source)
        return source

    def _remember(self, key: str, source: Source | None) -> None:
        until = self._clock() + REMEMBERED
        if source is not None:
            self._known[key] = _Known(source, until)
            self._missed.pop(key, None)
            return
        self._known.pop(key, None)
        if len(self._missed) >= MOST_MISSES:
            self._missed.clear()
        self._missed[key] = until

    def _from_before(self, key: str) -> Source:
        known = self._known.get(key)
        if known is None:
            raise KeysAwayError
        return known.source


def finder(url: str) -> Find:
    """How to find a key in the main database at `sqlite:///PATH` or `postgresql://…`."""
    return _Finder(url.startswith("sqlite"), url)


class _Finder:
    """One connection, used by one thread, made anew after a fault."""

    def __init__(self, sqlite: bool, url: str) -> None:
        self._sqlite, self._url = sqlite, url
        self._sql = _FIND.format("?" if sqlite else "%s")
        self._db: Any = None

    def __call__(self, key: str, now: int) -> Source | None:
        try:
            self._db = self._db or self._connect()
            row = self._db.execute(self._sql, (key, now)).fetchone()
        except Exception:
            if self._db is not None:
                self._db.close()
                self._db = None
            raise
        return None if row is None else _source(row)

    def _connect(self) -> Any:
        if self._sqlite:
            # Of mode rw, so that a database that is not there is an error, not an empty file.
            where = f"{sqlite_path(self._url).absolute().as_uri()}?mode=rw"
            return sqlite3.connect(
                where, uri=True, timeout=PATIENCE, isolation_level=None, check_same_thread=False
            )
        return psycopg.connect(
            self._url,
            autocommit=True,
            connect_timeout=2,
            application_name="leadline capture keys",
            options=f"-c statement_timeout={int(PATIENCE * 1000)} -c default_transaction_read_only=on",
        )


def _source(row: tuple) -> Source:
    ident, slug, kind, trusted, enabled, origins, rate, category, gpc, key_id = row
    return Source(
        id=ident, slug=slug, kind=kind, trusted=bool(trusted), enabled=bool(enabled),
        allowed_origins=tuple(json.loads(origins or "[]")), rate_per_second=rate or 0,
        consent_category=category or "", respect_gpc=bool(gpc), key_id=key_id,
    )  # fmt: skip


def _fits(origin: str, allowed: str) -> bool:
    allowed = allowed.rstrip("/").lower()
    origin = origin.lower()
    if "://*." not in allowed:
        return origin == allowed
    scheme, _, host = allowed.partition("://*.")
    given = urlsplit(origin)
    return given.scheme == scheme and given.netloc.endswith("." + host)
