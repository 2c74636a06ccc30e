"""Files of the replica: written whole, synced and renamed before the database names them.

A reader opens named files alone, so what a crash leaves behind is never seen; :func:`sweep` removes it.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from django.conf import settings
from django.db import connection

from leadline.web.instants import MINUTE, SECOND
from leadline.web.qualification.models import ReplicaFile

KEPT = 15 * MINUTE  # before a file that is no longer named is removed: somebody may be reading it
EVENTS, TRAITS = "events", "traits"

SCHEMAS = {
    EVENTS: pa.schema(
        [
            ("seq", pa.int64()), ("subject_id", pa.int64()), ("occurred_at", pa.int64()),
            ("event_id", pa.string()), ("kind", pa.string()), ("event", pa.string()),
            ("properties", pa.string()), ("context", pa.string()), ("source_id", pa.int64()),
            ("received_at", pa.int64()), ("bot", pa.string()), ("void", pa.bool_()),
        ]
    ),
    TRAITS: pa.schema(
        [
            ("seq", pa.int64()), ("subject_id", pa.int64()), ("occurred_at", pa.int64()),
            ("trait_id", pa.string()), ("field", pa.string()), ("value", pa.string()),
            ("source_id", pa.int64()), ("verified", pa.bool_()), ("quote", pa.string()),
            ("confidence", pa.float64()),
        ]
    ),
}  # fmt: skip

_SEEN = """
    SELECT f."table", f.month, f.path, f.rows, 0 FROM qualification_replicafile f
    UNION ALL
    SELECT '', '', '', 0, s.seq FROM leads_superseded s
    JOIN leads_sequence q ON q.id = 1 AND s.since <= q.replicated
"""


@dataclass(frozen=True)
class Named:
    """A file that may be opened."""

    table: str
    month: str
    path: str
    rows: int

    @property
    def place(self) -> Path:
        return folder() / self.path


@dataclass(frozen=True)
class Seen:
    """The replica at one instant: its files, and the numbers of rows in them that no longer stand."""

    files: tuple[Named, ...]
    superseded: tuple[int, ...]

    def of(self, table: str, last_month: str = "9999-99") -> list[Named]:
        return [f for f in self.files if f.table == table and f.month <= last_month]


def folder() -> Path:
    return settings.SURROUNDINGS.data / "replica"


def seen() -> Seen:
    """Files and numbers as of one instant: one statement, so that nothing changes in between."""
    with connection.cursor() as cursor:
        cursor.execute(_SEEN)
        rows = cursor.fetchall()
    files = (Named(table, month, path, count) for table, month, path, count, _ in rows if path)
    return Seen(
        tuple(sorted(files, key=lambda f: f.path)), tuple(seq for *_, path, _, seq in rows if not path)
    )


def write(table: str, month: str, label: str, write_to: Callable[[Path], None]) -> str:
    """Have a file written, sync it and give it its name, which none had before; gives the path."""
    path = Path(table) / month / f"{label}-{secrets.token_hex(4)}.parquet"
    final = folder() / path
    final.parent.mkdir(parents=True, exist_ok=True)
    unfinished = final.with_name(f".{final.name}.unfinished")
    write_to(unfinished)
    with unfinished.open("rb") as file:
        os.fsync(file.fileno())
    unfinished.rename(final)
    for parent in (final.parent, final.parent.parent, folder()):
        _sync_folder(parent)
    return str(path)


def _sync_folder(place: Path) -> None:
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def let_go(files: Iterable[Named], now: int) -> None:
    """These are named no more: from now on they are kept only for who reads them at this moment."""
    for file in files:
        if file.place.exists():
            os.utime(file.place, (now / SECOND, now / SECOND))


def remove(paths: Iterable[str]) -> None:
    for path in paths:
        (folder() / path).unlink(missing_ok=True)


def sweep(now: int) -> int:
    """Remove files that nothing names and nobody reads any more; gives their number."""
    old = (now - KEPT) / SECOND
    there = [p for p in folder().rglob("*") if p.suffix in (".parquet", ".unfinished") and _mtime(p) < old]
    named = set(ReplicaFile.objects.values_list("path", flat=True))
    left = [p for p in there if str(p.relative_to(folder())) not in named]
    for place in left:
        place.unlink(missing_ok=True)
    return len(left)


def _mtime(place: Path) -> float:
    try:
        return place.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def paths_of(files: Sequence[Named]) -> list[str]:
    return [str(file.place) for file in files]
