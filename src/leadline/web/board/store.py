"""The board of this process: a file that the worker wrote, and over it what has changed since then.

All that is written to leads takes its number in turn, so what lies beyond the last number seen is all that a
process has to read before it answers. So what was just written is seen, in every process. The file is opened
for reading alone, and shared by all processes through the system's own cache of files.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
from django.conf import settings
from django.db import connection

from leadline.web.board.models import BoardFile
from leadline.web.board.reading import SCHEMAS, tables_of

log = logging.getLogger("leadline.board")

AT_ONCE = 500  # leads read in one go
MOST = 5_000  # changed leads that a page waits for; the rest waits for the next one, or for the worker
MEMORY = "768MB"
THREADS = 2

_STATE = """
    SELECT coalesce((SELECT last FROM leads_sequence WHERE id = 1), 0), b.path, b.seq
    FROM (SELECT 1 AS one) o LEFT JOIN board_boardfile b ON 1 = 1
    ORDER BY b.seq DESC LIMIT 1
"""


def folder() -> Path:
    return settings.SURROUNDINGS.data / "board"


@dataclass
class Board:
    """Leads in DuckDB: the file at `path` (none: nothing yet), and all that has changed up to `seq`."""

    path: str | None
    base: int
    database: duckdb.DuckDBPyConnection
    seq: int = 0
    behind: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def open(cls, path: str | None, seq: int, place: str = ":memory:", memory: str = MEMORY) -> Board:
        """Open a file with nothing laid over it; raises duckdb.Error where it is gone or of another shape."""
        config = {"autoinstall_known_extensions": "false", "memory_limit": memory, "threads": str(THREADS)}
        database = duckdb.connect(place, config=config)
        try:
            _prepare(database, path)
        except duckdb.Error:
            database.close()
            raise
        return cls(path, seq, database, seq)

    def catch_up(self, last: int, now: int, most: int | None = MOST) -> int:
        """Lay over what has changed since the last time, `most` leads at once (None: all); gives how many."""
        done = 0
        self.behind = False
        while self.seq < last:
            changes = _changed(self.seq, last, AT_ONCE)
            if not changes:
                self.seq = last
                break
            if most is not None and done >= most:
                self.behind = True
                break
            upto = changes[-1][1] if len(changes) < AT_ONCE else _whole(self.seq, changes)
            leads = [lead for lead, seq in changes if seq <= upto] if upto else _all_of(changes[0][1])
            for begin in range(0, len(leads), AT_ONCE):
                self.lay(leads[begin : begin + AT_ONCE], now)
            self.seq = upto or changes[0][1]
            done += len(leads)
        return done

    def lay(self, leads: Sequence[int], now: int) -> None:
        """These leads as they are now instead of what was known of them."""
        tables = tables_of(leads, now)
        database = self.database.cursor()
        database.register("ids", pa.table({"lead_id": pa.array(leads, pa.int64())}))
        database.execute("BEGIN")
        database.execute("INSERT INTO fresh SELECT lead_id FROM ids ON CONFLICT DO NOTHING")
        for name, rows in tables.items():
            database.execute(f"DELETE FROM new_{name} WHERE lead_id IN (SELECT lead_id FROM ids)")
            database.register("rows_now", rows)
            database.execute(f"INSERT INTO new_{name} SELECT * FROM rows_now")
            database.unregister("rows_now")
        database.execute("COMMIT")
        database.unregister("ids")

    def changes(self) -> int:
        return self.database.cursor().execute("SELECT count(*) FROM fresh").fetchall()[0][0]


def _prepare(database: duckdb.DuckDBPyConnection, path: str | None) -> None:
    """The file, tables for what changes, and views of both."""
    database.execute("SET TimeZone = 'UTC'")
    database.execute("SET preserve_insertion_order = false")
    if path is not None:
        database.execute(f"ATTACH {_literal(str(folder() / path))} AS base (READ_ONLY)")
    database.execute("CREATE TABLE fresh (lead_id BIGINT PRIMARY KEY)")
    for name, schema in SCHEMAS.items():
        database.register("empty_one", schema.empty_table())
        database.execute(f"CREATE TABLE new_{name} AS SELECT * FROM empty_one")
        database.unregister("empty_one")
        old = f"SELECT * FROM base.{name} ANTI JOIN fresh USING (lead_id) UNION ALL " if path else ""
        database.execute(f"CREATE VIEW {name} AS {old}SELECT * FROM new_{name}")


_board: Board | None = None
_opening = threading.Lock()


@contextmanager
def current(now: int) -> Iterator[tuple[duckdb.DuckDBPyConnection, bool]]:
    """A cursor over the board as it is now, and whether more has changed than could be read in yet."""
    board = _refreshed(now)
    cursor = board.database.cursor()
    try:
        yield cursor, board.behind
    finally:
        cursor.close()


def forget() -> None:
    """Begin anew with the next question, such as after a restore."""
    global _board
    with _opening:
        _board = None


def _refreshed(now: int) -> Board:
    global _board
    with _opening:
        last, path, base = state()
        if _board is None or _board.seq > last or (path and path != _board.path and base >= _board.base):
            _board = _opened(path, base)
        board = _board
        board.catch_up(last, now)
    return board


def state() -> tuple[int, str | None, int]:
    """The last number given out, and the newest file with the number up to which it goes."""
    with connection.cursor() as cursor:
        cursor.execute(_STATE)
        last, path, base = cursor.fetchone()
    return (last, path, base) if path and base <= last else (last, None, 0)


def _opened(path: str | None, seq: int) -> Board:
    if path is not None:
        try:
            return Board.open(path, seq)
        except (duckdb.Error, OSError) as error:
            log.error(
                "the board's file cannot be read, beginning anew", extra={"fault": type(error).__name__}
            )
            BoardFile.objects.filter(path=path).delete()
    return Board.open(None, 0)


def _changed(after: int, upto: int, most: int) -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lead_id, seq FROM leads_changed WHERE seq > %s AND seq <= %s ORDER BY seq LIMIT %s",
            [after, upto, most],
        )
        return cursor.fetchall()


def _whole(after: int, changes: Sequence[tuple[int, int]]) -> int | None:
    """The last number of which all leads are among these; None where they share one number."""
    last = changes[-1][1]
    return max((seq for _, seq in changes if after < seq < last), default=None)


def _all_of(seq: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT lead_id FROM leads_changed WHERE seq = %s", [seq])
        return [lead for (lead,) in cursor.fetchall()]


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
