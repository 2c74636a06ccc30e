"""The databases that an inbox can lie in. A store is one connection, used by one thread at a time."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from typing import NamedTuple, Protocol
from urllib.parse import unquote, urlsplit

import psycopg

BUSY_SECONDS = 5
COLUMNS = "source_id, received_at, kind, body, meta"
_OLDEST = "SELECT received_at, meta FROM capture_inbox ORDER BY id LIMIT 1"


class Row(NamedTuple):
    """One request as it arrived.

    `received_at` in microseconds UTC. `kind` is `batch`, a type (`track`, `identify`, `page`, `screen`,
    `group`, `alias`) or `form`. `body` is what was sent, decompressed; `meta` a JSON object of what is known
    of the sender: `ip`, `ua`, `origin`, `referer`, `gpc`, `key_id`, and `key` where it could not be looked up
    (`source_id` is then 0). Of what is handed over a second time it also has `mended_from` and `queued_at`,
    since when it waits again.
    """

    source_id: int
    received_at: int
    kind: str
    body: bytes
    meta: bytes


class Item(NamedTuple):
    """A row of the inbox with its id, which is never used again."""

    id: int
    source_id: int
    received_at: int
    kind: str
    body: bytes
    meta: bytes


class Store(Protocol):
    def write(self, rows: Sequence[Row]) -> None: ...
    def peek(self, limit: int, after: int) -> list[Item]: ...
    def delete(self, ids: Sequence[int]) -> None: ...
    def oldest(self) -> int | None: ...
    def count(self) -> int: ...
    def close(self) -> None: ...


def store_for(url: str) -> Callable[[], Store]:
    """How to connect to the store at an address. Raises ValueError on one that is neither of the two."""
    scheme = url.partition(":")[0]
    if scheme == "sqlite":
        return lambda: SQLiteStore(sqlite_path(url))
    if scheme in ("postgres", "postgresql"):
        return lambda: PostgresStore(url)
    raise ValueError(
        f"the address of a database begins with `{scheme[:20]}`, expected sqlite:///PATH or postgresql://…"
    )


def sqlite_path(url: str) -> Path:
    """The file that `sqlite:///PATH` names.

    >>> sqlite_path("sqlite:////var/lib/leadline/inbox.sqlite3").as_posix()
    '/var/lib/leadline/inbox.sqlite3'
    """
    return Path(unquote(urlsplit(url).path[1:]))


class SQLiteStore:
    """A file of its own, so that neither the worker nor an import makes a sender wait."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")  # a commit is on disk when it returns
            self._db.execute("PRAGMA journal_size_limit = 67108864")
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS capture_inbox (id INTEGER PRIMARY KEY AUTOINCREMENT, "
                "source_id INTEGER NOT NULL, received_at INTEGER NOT NULL, kind TEXT NOT NULL, "
                "body BLOB NOT NULL, meta BLOB NOT NULL)"
            )
        except BaseException:
            self._db.close()
            raise

    def write(self, rows: Sequence[Row]) -> None:
        # One statement, one commit: each call gives up the interpreter's lock, and has to win it back from
        # the thread that serves. Filled up to a power of two, since each new length is compiled anew.
        if rows:
            length = 1 << (len(rows) - 1).bit_length()
            values = list(chain.from_iterable(rows)) + [None] * (length - len(rows)) * len(Row._fields)
            self._db.execute(_insert(length), values)
        else:
            self._db.execute("DELETE FROM capture_inbox WHERE id < 0")  # takes the lock, and so shows faults

    def peek(self, limit: int, after: int) -> list[Item]:
        found = self._db.execute(
            f"SELECT id, {COLUMNS} FROM capture_inbox WHERE id > ? ORDER BY id LIMIT ?", (after, limit)
        )
        return [Item(*row) for row in found]

    def delete(self, ids: Sequence[int]) -> None:
        # Without a sync: should the power fail, the rows come back and are taken once more, to no effect.
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute(
            "DELETE FROM capture_inbox WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(ids)),)
        )

    def oldest(self) -> int | None:
        return _waits_since(self._db.execute(_OLDEST).fetchone())

    def count(self) -> int:
        return self._db.execute("SELECT count(*) FROM capture_inbox").fetchone()[0]

    def close(self) -> None:
        self._db.close()


class PostgresStore:
    """A table beside the others, so that the worker lets go of rows in the transaction that takes them."""

    def __init__(self, url: str) -> None:
        self._db = psycopg.connect(
            url, autocommit=True, connect_timeout=BUSY_SECONDS, application_name="leadline capture"
        )
        try:
            self._prepare()
        except BaseException:
            self._db.close()
            raise

    def _prepare(self) -> None:
        if _first(self._db.execute("SHOW synchronous_commit").fetchone()) == "off":
            self._db.execute("SET synchronous_commit = on")  # a commit is on disk when it returns
        if _first(self._db.execute("SELECT to_regclass('capture_inbox')").fetchone()) is None:
            with self._db.transaction():
                self._db.execute("SELECT pg_advisory_xact_lock(hashtext('leadline capture_inbox'))")
                self._db.execute(
                    "CREATE TABLE IF NOT EXISTS capture_inbox ("
                    "id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, "
                    "source_id bigint NOT NULL, received_at bigint NOT NULL, kind text NOT NULL, "
                    "body bytea NOT NULL, meta bytea NOT NULL)"
                )

    def write(self, rows: Sequence[Row]) -> None:
        if not rows:
            self._db.execute("SELECT 1")  # shows whether the server is there
            return
        # One statement by itself is one transaction, without two more journeys to begin and to end it.
        copying = f"COPY capture_inbox ({COLUMNS}) FROM STDIN (FORMAT BINARY)"
        with self._db.cursor() as cursor, cursor.copy(copying) as copy:
            copy.set_types(["int8", "int8", "text", "bytea", "bytea"])
            for row in rows:
                copy.write_row(row)

    def peek(self, limit: int, after: int) -> list[Item]:
        found = self._db.execute(
            f"SELECT id, {COLUMNS} FROM capture_inbox WHERE id > %s ORDER BY id LIMIT %s",
            (after, limit),
            binary=True,
        )
        return [Item(*row) for row in found]

    def delete(self, ids: Sequence[int]) -> None:
        delete_in(self._db.cursor(), ids)

    def oldest(self) -> int | None:
        return _waits_since(self._db.execute(_OLDEST).fetchone())

    def count(self) -> int:
        return self._db.execute("SELECT count(*) FROM capture_inbox").fetchone()[0]

    def close(self) -> None:
        self._db.close()


def delete_in(cursor: psycopg.Cursor, ids: Sequence[int]) -> None:
    """Delete rows on PostgreSQL within the transaction of a cursor, Django's too."""
    cursor.execute("DELETE FROM capture_inbox WHERE id = ANY(%s)", (list(ids),))


@cache
def _insert(length: int) -> str:
    values = ", ".join(["(?, ?, ?, ?, ?)"] * length)
    return f"INSERT INTO capture_inbox ({COLUMNS}) SELECT * FROM (VALUES {values}) WHERE column1 IS NOT NULL"


def _waits_since(row: tuple[int, bytes] | None) -> int | None:
    """When a row was received, or queued again; ids are in the order in which rows were queued."""
    if row is None:
        return None
    received_at, meta = row
    if b'"queued_at"' not in meta:
        return received_at
    try:
        return int(json.loads(meta)["queued_at"])
    except (ValueError, TypeError, KeyError):
        return received_at


def _first(row: tuple | None):
    return None if row is None else row[0]
