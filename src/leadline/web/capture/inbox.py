"""The inbox: what arrived, on disk before it is acknowledged, and kept until the worker has taken it.

Requests that arrive together share one transaction, so that a thousand receipts cost one sync of the disk:
a thread takes all that waits, inserts and commits it, and only then are the receipts given.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent import futures
from dataclasses import dataclass

from leadline.web.capture.stores import Item, Row, Store, store_for

log = logging.getLogger("leadline.capture.inbox")

MOST_WAITING_ROWS = 10_000
MOST_WAITING_BYTES = 64 * 1024 * 1024
MOST_BYTES_AT_ONCE = 8 * 1024 * 1024  # so that no small request waits for more than this to be written

Receipt = asyncio.Future | futures.Future


class NotStoredError(Exception):
    """What arrived is not known to be on disk: the sender keeps it and tries again after some seconds."""

    retry_after = 5


class BusyError(NotStoredError):
    """More waits to be written than may wait. Nothing was taken."""

    retry_after = 1


@dataclass(slots=True)
class _Waiting:
    rows: Sequence[Row]
    size: int
    receipt: Receipt


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

    def __init__(
        self,
        connect: Callable[[], Store],
        *,
        most_rows: int = MOST_WAITING_ROWS,
        most_bytes: int = MOST_WAITING_BYTES,
    ) -> None:
        self._connect = connect
        self._most_rows, self._most_bytes = most_rows, most_bytes
        self._waiting: deque[_Waiting] = deque()
        self._rows = self._bytes = 0  # waiting or being written
        self._changed = threading.Condition()
        self._writer: threading.Thread | None = None
        self._closed = False
        self._reader: Store | None = None
        self._reading = threading.Lock()
        self.failing = False  # the last write failed

    # --- in ---------------------------------------------------------------------------------------------

    def append(self, rows: Sequence[Row], *, timeout: float = 10) -> None:
        """Store rows, all or none, and wait until they are on disk."""
        receipt: futures.Future[None] = futures.Future()
        self._enqueue(rows, receipt)
        try:
            receipt.result(timeout)
        except TimeoutError:
            raise NotStoredError("the database has not answered in time") from None

    async def receive(self, rows: Sequence[Row], *, timeout: float = 10) -> None:
        """The same as `append`, for a coroutine."""
        receipt = asyncio.get_running_loop().create_future()
        self._enqueue(rows, receipt)
        try:
            async with asyncio.timeout(timeout):
                await receipt
        except TimeoutError:
            raise NotStoredError("the database has not answered in time") from None

    def create(self) -> None:
        """Make the table where it is missing; raises NotStoredError where the database is away."""
        self.append([])

    def close(self, timeout: float = 10) -> None:
        """Write what waits, then stop. What is not written within `timeout` seconds gets no receipt."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._writer is not None:
            self._writer.join(timeout)
        with self._reading:
            if self._reader is not None:
                self._reader.close()
                self._reader = None

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
        """When the first row that still waits for the worker was received, in microseconds."""
        return self._read(lambda store: store.oldest())

    def count(self) -> int:
        """How many rows wait for the worker."""
        return self._read(lambda store: store.count())

    # --- the reader ---------------------------------------------------------------------------------------

    def _read(self, work: Callable[[Store], object]):
        with self._reading:
            try:
                self._reader = self._reader or self._connect()
                return work(self._reader)
            except Exception:
                if self._reader is not None:
                    self._reader.close()
                    self._reader = None
                raise

    # --- the writer ---------------------------------------------------------------------------------------

    def _enqueue(self, rows: Sequence[Row], receipt: Receipt) -> None:
        size = sum(len(row.body) + len(row.meta) for row in rows)
        with self._changed:
            if self._closed:
                raise BusyError("the inbox is closing")
            if self._rows + len(rows) > self._most_rows or self._bytes + size > self._most_bytes:
                raise BusyError("too much waits to be written")
            self._rows += len(rows)
            self._bytes += size
            self._waiting.append(_Waiting(rows, size, receipt))
            if self._writer is None:
                self._writer = threading.Thread(target=self._write_groups, name="inbox", daemon=True)
                self._writer.start()
            self._changed.notify()

    def _write_groups(self) -> None:
        store: Store | None = None
        while group := self._next_group():
            error: NotStoredError | None = None
            try:
                store = store or self._connect()
                store.write(list(itertools.chain.from_iterable(each.rows for each in group)))
            except Exception as fault:
                # After a fault no one knows what the connection holds: the next group gets a new one.
                error = NotStoredError("the database failed")
                log.warning(
                    "what arrived was not stored", extra={"reason": _told(fault), "requests": len(group)}
                )
                store = _closed(store)
            self.failing = error is not None
            self._settle(group, error)
        _closed(store)

    def _next_group(self) -> list[_Waiting]:
        """All that waits, up to a bound; nothing once the inbox is closed and empty."""
        with self._changed:
            while not self._waiting and not self._closed:
                self._changed.wait()
            group: list[_Waiting] = []
            size = 0
            while self._waiting and size < MOST_BYTES_AT_ONCE:
                group.append(self._waiting.popleft())
                size += group[-1].size
            return group

    def _settle(self, group: Sequence[_Waiting], error: NotStoredError | None) -> None:
        with self._changed:
            self._rows -= sum(len(each.rows) for each in group)
            self._bytes -= sum(each.size for each in group)
        loops: dict[asyncio.AbstractEventLoop, list[asyncio.Future]] = {}
        for each in group:
            if isinstance(each.receipt, asyncio.Future):
                loops.setdefault(each.receipt.get_loop(), []).append(each.receipt)
            else:
                _give([each.receipt], error)
        for loop, receipts in loops.items():
            try:
                loop.call_soon_threadsafe(_give, receipts, error)
            except RuntimeError:  # that loop is closed, and nobody waits there any more
                continue


def open_inbox(url: str, **bounds: int) -> Inbox:
    """The inbox at `sqlite:///PATH` or `postgresql://…`. Nothing is opened before the first use."""
    return Inbox(store_for(url), **bounds)


def _give(receipts: Iterable[Receipt], error: NotStoredError | None) -> None:
    for receipt in receipts:
        if receipt.done():  # given up by its sender
            continue
        if error is None:
            receipt.set_result(None)
        else:
            receipt.set_exception(error)


def _closed(store: Store | None) -> None:
    if store is not None:
        store.close()


def _told(fault: Exception) -> str:
    """The database's own words without what it was given."""
    return f"{type(fault).__name__}: {str(fault).splitlines()[0][:200] if str(fault) else ''}"
