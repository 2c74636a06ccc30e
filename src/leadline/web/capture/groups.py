"""Group commit: what waits on one event loop is written together, and each request gets its receipt after."""

from __future__ import annotations

from asyncio import AbstractEventLoop, Future
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from itertools import chain

from leadline.web.capture.stores import Row

MOST_WAITING_ROWS = 10_000
MOST_WAITING_BYTES = 64 * 1024 * 1024
MOST_ROWS_AT_ONCE = 1024
MOST_BYTES_AT_ONCE = 8 * 1024 * 1024  # so that no small request waits for more than this to be written


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
    receipt: Future[None]


class Groups:
    """Of one event loop. `write` runs in `thread`, for one group at a time.

    The thread is woken once a group, and wakes the loop once a group: doing so for each request costs more
    than all else that is done for it. For the same reason one timer watches a group, not each request.
    """

    def __init__(
        self,
        loop: AbstractEventLoop,
        thread: Executor,
        write: Callable[[Sequence[Row]], None],
        timeout: float,
    ) -> None:
        self._loop, self._thread, self._write, self._timeout = loop, thread, write, timeout
        self._waiting: deque[_Waiting] = deque()
        self._written: list[_Waiting] = []  # the group in the thread
        self._rows = self._bytes = 0  # waiting or being written
        self._begun = False
        self._stuck = False

    def receipt(self, rows: Sequence[Row]) -> Future[None]:
        """Done once these rows are on disk. Raises BusyError, and NotStoredError while a write hangs."""
        if self._stuck:
            raise NotStoredError("the database has not answered in time")
        size = sum(len(row.body) + len(row.meta) for row in rows)
        if self._rows + len(rows) > MOST_WAITING_ROWS or self._bytes + size > MOST_WAITING_BYTES:
            raise BusyError("too much waits to be written")
        waiting = _Waiting(rows, size, self._loop.create_future())
        self._waiting.append(waiting)
        self._rows += len(rows)
        self._bytes += size
        if not self._begun:
            self._begun = True
            self._loop.call_soon(self._next)  # with all others that arrive in this turn of the loop
        return waiting.receipt

    def _next(self) -> None:
        group, rows, size = self._written, 0, 0
        while self._waiting and rows < MOST_ROWS_AT_ONCE and size < MOST_BYTES_AT_ONCE:
            group.append(self._waiting.popleft())
            rows += len(group[-1].rows)
            size += group[-1].size
        watch = self._loop.call_later(self._timeout, self._give_up)
        work = self._loop.run_in_executor(
            self._thread, self._write, list(chain.from_iterable(each.rows for each in group))
        )
        work.add_done_callback(partial(self._done, watch.cancel))

    def _done(self, unwatch: Callable[[], None], work: Future[None]) -> None:
        unwatch()
        self._stuck = False
        group, self._written = self._written, []
        self._settle(group, work.exception())
        self._begun = bool(self._waiting)
        if self._begun:
            self._next()

    def _give_up(self) -> None:
        """The thread hangs. Nobody waits any longer, and nobody begins to, until it comes back."""
        self._stuck = True
        fault = NotStoredError("the database has not answered in time")
        for each in self._written:
            _give(each.receipt, fault)
        waiting = list(self._waiting)
        self._waiting.clear()
        self._settle(waiting, fault)

    def _settle(self, group: Iterable[_Waiting], fault: BaseException | None) -> None:
        for each in group:
            self._rows -= len(each.rows)
            self._bytes -= each.size
            _give(each.receipt, fault)


def _give(receipt: Future[None], fault: BaseException | None) -> None:
    if receipt.done():  # given up by its sender
        return
    if fault is None:
        receipt.set_result(None)
    else:
        receipt.set_exception(fault)
