"""The inbox: what arrived, on disk before it is acknowledged, and kept until the worker has taken it.

Requests that arrive together share one transaction, so that a thousand receipts cost one sync of the disk:
while a thread writes and commits one group, the next one gathers; a receipt is given after its commit.
"""

from __future__ import annotations

import logging
import threading
import weakref
from asyncio import AbstractEventLoop, get_running_loop
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from leadline.web.capture.groups import BusyError, Groups, NotStoredError
from leadline.web.capture.stores import Item, Row, Store, store_for

__all__ = ["BusyError", "Inbox", "Item", "NotStoredError", "Row", "open_inbox"]

log = logging.getLogger("leadline.capture.inbox")

T = TypeVar("T")


class Inbox:
    """Rows in, in the order of their commits; rows out by id. Safe for threads and for several processes.

    `append` and `receive` return once the rows are on disk. They raise BusyError where too much waits, and
    NotStoredError where the database failed or has not answered within `timeout` seconds: the rows may then
    be there or not, and sending them again does no harm, since messages are told apart by their ids.

        >>> inbox = open_inbox(f"sqlite:///{getfixture('tmp_path')}/inbox.sqlite3")
        >>> row = Row(source_id=1, received_at=1_790_000_000_000_000, kind="track", body=b"{}", meta=b"{}")
        >>> inbox.append([row])
        >>> [(item.id, item.kind) for item in inbox.peek(10)]
        [(1, 'track')]
        >>> inbox.delete([1])
        >>> inbox.count(), inbox.oldest()
        (0, None)
        >>> inbox.close()
    """

    def __init__(self, connect: Callable[[], Store], *, timeout: float = 10) -> None:
        self._connect, self._timeout = connect, timeout
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="inbox")
        self._groups: weakref.WeakKeyDictionary[AbstractEventLoop, Groups] = weakref.WeakKeyDictionary()
        self._writer: Store | None = None
        self._reader: Store | None = None
        self._reading = threading.Lock()
        self.failing = False  # the last write failed

    # --- in ---------------------------------------------------------------------------------------------

    async def receive(self, rows: Sequence[Row]) -> None:
        """Store rows, all or none, and wait until they are on disk; with all others that wait now."""
        loop = get_running_loop()
        groups = self._groups.get(loop)
        if groups is None:
            groups = self._groups[loop] = Groups(loop, self._thread, self._write, self._timeout)
        await groups.receipt(rows)

    def append(self, rows: Sequence[Row]) -> None:
        """The same for code that is not a coroutine, in a transaction of its own."""
        try:
            self._thread.submit(self._write, rows).result(self._timeout)
        except TimeoutError:
            raise NotStoredError("the database has not answered in time") from None

    def create(self) -> None:
        """Make the table where it is missing; raises NotStoredError where the database is away."""
        self.append([])

    def close(self) -> None:
        """Finish the write that is under way, and let go of the database."""
        self._thread.shutdown(wait=True)
        self._writer = _closed(self._writer)
        with self._reading:
            self._reader = _closed(self._reader)

    def _write(self, rows: Sequence[Row]) -> None:
        try:
            self._writer = self._writer or self._connect()
            self._writer.write(rows)
            self.failing = False
        except Exception as fault:
            # After a fault no one knows what the connection holds: the next group gets a new one.
            self.failing = True
            self._writer = _closed(self._writer)
            log.warning("what arrived was not stored", extra={"reason": _told(fault), "rows": len(rows)})
            raise NotStoredError("the database failed") from None

    # --- out --------------------------------------------------------------------------------------------

    def peek(self, limit: int, after: int = 0) -> list[Item]:
        """The oldest rows with an id beyond `after`; they stay until deleted.

        `after` is for going on within one pass. With several writers on PostgreSQL a lower id may become
        visible after a higher one, so a new pass begins at 0.
        """
        return self._read(lambda store: store.peek(limit, after))

    def delete(self, ids: Iterable[int]) -> None:
        """Let go of rows that the worker has taken and committed."""
        chosen = list(ids)
        self._read(lambda store: store.delete(chosen))

    def oldest(self) -> int | None:
        """Since when the first row waits for the worker, in microseconds.

        It is when the row was received; or queued again, as a mended message is long after it came.
        """
        return self._read(lambda store: store.oldest())

    def count(self) -> int:
        """How many rows wait for the worker."""
        return self._read(lambda store: store.count())

    def _read(self, work: Callable[[Store], T]) -> T:
        with self._reading:
            try:
                self._reader = self._reader or self._connect()
                return work(self._reader)
            except Exception:
                self._reader = _closed(self._reader)
                raise


def open_inbox(url: str, *, timeout: float = 10) -> Inbox:
    """The inbox at `sqlite:///PATH` or `postgresql://…`. Nothing is opened before the first use."""
    return Inbox(store_for(url), timeout=timeout)


def _closed(store: Store | None) -> None:
    if store is not None:
        store.close()


def _told(fault: Exception) -> str:
    """The database's own words, without the lines in which it quotes what it was given."""
    return f"{type(fault).__name__}: {str(fault).partition(chr(10))[0][:200]}"
