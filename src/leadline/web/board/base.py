"""The board's file, which the worker writes anew in the background once enough has changed."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

import duckdb
from django.db import transaction

from leadline.web.board.models import BoardFile
from leadline.web.board.reading import SCHEMAS
from leadline.web.board.store import Board, folder, state
from leadline.web.instants import MINUTE, SECOND
from leadline.web.leads.models import Changed

FEWEST = 2_000  # changed leads for which a new file is worth its while
SHARE = 50  # … and one in so many
APART = MINUTE  # at least, between two files
KEPT = 15 * MINUTE  # before a file that is no longer named is removed
MEMORY = "512MB"

_ORDER = {
    "leads": "lead_id", "standings": "program_id, lead_id", "words": "word, lead_id",
    "answers": "name, lead_id", "spans": "lead_id",
}  # fmt: skip


def keep(now: int, *, wholly: bool = False) -> int:
    """Write a new file where it is worth it (`wholly`: in any case); gives the leads in it, or 0.

    Call it from one worker, between other work. Of two who write at once the later number stays.
    """
    last, path, base = state()
    changes = Changed.objects.filter(seq__gt=base).count() if base < last else 0
    if not wholly and not _worth_it(changes, now):
        return 0
    folder().mkdir(parents=True, exist_ok=True)
    scratch = folder() / f".{secrets.token_hex(6)}.scratch"
    try:
        written, seq, leads = _written(scratch, path, base, last, now)
    finally:
        for left in folder().glob(f"{scratch.name}*"):
            shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)
    with transaction.atomic():
        newer = BoardFile.objects.filter(seq__gt=seq).exists()
        if not newer:
            BoardFile.objects.all().delete()
            BoardFile.objects.create(path=written, seq=seq, leads=leads, at=now)
    if newer:
        (folder() / written).unlink(missing_ok=True)
    sweep(now)
    return leads


def _worth_it(changes: int, now: int) -> bool:
    latest = BoardFile.objects.order_by("-seq").first()
    if latest is None:
        return changes >= FEWEST
    return changes >= max(FEWEST, latest.leads // SHARE) and now - latest.at >= APART


def _written(scratch: Path, path: str | None, base: int, last: int, now: int) -> tuple[str, int, int]:
    """Write the file under another name, sync it, and give it its own."""
    try:
        board = Board.open(path, base, str(scratch), MEMORY)
    except duckdb.Error:  # the file is gone, or of another shape: all is read anew
        for left in folder().glob(f"{scratch.name}*"):
            left.unlink()
        board = Board.open(None, 0, str(scratch), MEMORY)
    name = f"board-{last}-{secrets.token_hex(4)}.duckdb"
    unfinished = folder() / f".{name}.unfinished"
    try:
        board.catch_up(last, now, most=None)
        database = board.database
        database.execute("SET preserve_insertion_order = true")
        database.execute(f"ATTACH '{str(unfinished).replace(chr(39), chr(39) * 2)}' AS written")
        for table in SCHEMAS:
            database.execute(
                f"CREATE TABLE written.{table} AS SELECT * FROM {table} ORDER BY {_ORDER[table]}"
            )
        leads = database.execute("SELECT count(*) FROM written.leads").fetchall()[0][0]
        database.execute("DETACH written")
    finally:
        board.database.close()
    with unfinished.open("rb") as file:
        os.fsync(file.fileno())
    unfinished.rename(folder() / name)
    return name, board.seq, leads


def write_anew(now: int) -> None:
    """Free the file of erased leads at once: a new one is written, and the old one removed.

    Call it once they are gone from the database, and noted as changed.
    """
    before = list(BoardFile.objects.values_list("path", flat=True))
    if not before:
        return
    keep(now, wholly=True)
    named = set(BoardFile.objects.values_list("path", flat=True))
    for path in set(before) - named:
        (folder() / path).unlink(missing_ok=True)


def sweep(now: int) -> None:
    """Remove files that nothing names and nobody reads any more."""
    named = set(BoardFile.objects.values_list("path", flat=True))
    old = (now - KEPT) / SECOND
    for place in folder().iterdir():
        if place.name not in named and place.stat().st_mtime < old:
            place.unlink(missing_ok=True)
