"""Log lines on their way out, so that a log which nobody reads stops nobody.

A full disk refuses a line, but a full pipe makes its writer wait, for ever where its reader hangs. So lines
go through a queue, which one thread empties: it alone waits. What the queue cannot hold is dropped, and
counted.
"""

from __future__ import annotations

import logging
import os
import threading
import weakref
from collections import deque
from multiprocessing.util import Finalize

from prometheus_client import CollectorRegistry, Counter

MOST_BYTES = 4 * 1024 * 1024  # of lines that wait
FLUSH_SECONDS = 2.0  # that an ending process gives its last lines
STANDARD_ERROR = 2

registry = CollectorRegistry()
_dropped = Counter(
    "leadline_log_lines_dropped", "Log lines that could not be written, of this process", registry=registry
)
_pipes: weakref.WeakSet[Pipe] = weakref.WeakSet()


class Pipe(logging.Handler):
    """Writes records to a file descriptor, in their order, without making whoever logs wait for it.

    At most `most_bytes` wait; lines beyond that, and lines that the descriptor refuses, are dropped. How many
    is said in one line with the next that is written, and counted in `leadline_log_lines_dropped_total`.
    """

    def __init__(self, descriptor: int = STANDARD_ERROR, *, most_bytes: int = MOST_BYTES) -> None:
        super().__init__()
        self._descriptor, self._most_bytes = descriptor, most_bytes
        self._begin_anew()
        _pipes.add(self)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self._line(record)
        except Exception:
            self.handleError(record)
            return
        with self._changed:
            if self._size + len(line) > self._most_bytes:
                self._drop()
                return
            self._lines.append(line)
            self._size += len(line)
            if self._thread is None:
                self._start()
            self._changed.notify_all()

    def flush(self) -> None:
        """Wait until all is written, for at most FLUSH_SECONDS; not again while nothing moves."""
        with self._changed:
            patience = 0 if self._stuck else FLUSH_SECONDS
            self._stuck = not self._changed.wait_for(lambda: self._size == 0, patience)

    def close(self) -> None:
        self.flush()
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        super().close()

    def _begin_anew(self) -> None:
        """Nothing waits and no thread runs: so it is at first, and in a forked child."""
        self._changed = threading.Condition()
        self._lines: deque[bytes] = deque()
        self._size = 0  # of the lines that wait, and of the one that is being written
        self._untold = 0  # lines dropped, of which nothing has been said yet
        self._thread: threading.Thread | None = None
        self._stuck = False  # it was waited for in vain
        self._closed = False

    def _start(self) -> None:
        # A daemon, or a pipe that stays full would keep the process from ending. A child of
        # `multiprocessing`, as the server's are, ends without `atexit`, by which logging flushes.
        self._thread = threading.Thread(target=self._carry, name="log", daemon=True)
        self._thread.start()
        Finalize(None, self.flush, exitpriority=0)

    def _carry(self) -> None:
        while (line := self._next()) is not None:
            written = self._write(line)
            with self._changed:
                self._size -= len(line)
                self._stuck = False
                if not written:
                    self._drop()
                untold, self._untold = (self._untold, 0) if written else (0, self._untold)
                self._changed.notify_all()
            if untold:
                self._write(self._line(_told(untold)))

    def _next(self) -> bytes | None:
        with self._changed:
            self._changed.wait_for(lambda: self._lines or self._closed)
            if self._lines:
                return self._lines.popleft()
            self._thread = None
            return None

    def _write(self, line: bytes) -> bool:
        """A line alone, so that those of several processes do not mix in one pipe."""
        try:
            while line:
                line = line[os.write(self._descriptor, line) :]
        except OSError:
            return False
        return True

    def _line(self, record: logging.LogRecord) -> bytes:
        return self.format(record).encode("utf-8", "backslashreplace") + b"\n"

    def _drop(self) -> None:
        self._untold += 1
        _dropped.inc()


def _told(count: int) -> logging.LogRecord:
    return logging.makeLogRecord(
        {
            "name": "leadline.log",
            "levelno": logging.WARNING,
            "levelname": "WARNING",
            "msg": "log lines were dropped, since they could not be written",
            "count": count,
        }
    )


def _in_forked_child() -> None:
    for pipe in _pipes:
        pipe._begin_anew()


os.register_at_fork(after_in_child=_in_forked_child)
