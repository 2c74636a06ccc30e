"""Keeping the files few, in order of subject and time, and free of what no longer stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
from django.db import transaction

from leadline.engine.facts.values_sql import literal
from leadline.web.leads.models import Superseded
from leadline.web.leads.rows import chunks
from leadline.web.qualification.models import ReplicaFile
from leadline.web.replica.files import Named, folder, let_go, paths_of, remove, seen, write

MANY = 8  # files of about one size, before they become one
SMALLEST = 1_000  # rows; files below are all of one size
MEMORY = "1GB"


def compact(now: int, *, wholly: bool = False) -> int:
    """Join small files of a month to larger ones; with `wholly` to one. Gives the number of new files.

    Files of about one size are joined once there are eight of them, so that a row is rewritten a few times in
    its life, however many come.
    """
    view = seen()
    groups = defaultdict(list)
    for file in view.files:
        groups[file.table, file.month, 0 if wholly else _size(file.rows)].append(file)
    full = [files for files in groups.values() if len(files) >= (2 if wholly else MANY)]
    return sum(_rewrite(files, view.superseded, now) for files in full)


def erase(subject_ids: Iterable[int], now: int) -> int:
    """Write the files anew that have facts of these subjects, without them; gives the number of such files.

    Erase them in the database first. The old files are removed at once.
    """
    gone, view = sorted(set(subject_ids)), seen()
    found = [file for file in view.files if gone and _has(file, gone)]
    for file in found:
        _rewrite([file], view.superseded, now, without=gone)
        remove([file.path])
    return len(found)


def _size(rows: int) -> int:
    """0 for the smallest files, 1 for those about eight times as large, and so on."""
    size = 0
    while rows >= SMALLEST:
        rows, size = rows // MANY, size + 1
    return size


def _rewrite(
    files: Sequence[Named], superseded: Sequence[int], now: int, without: Sequence[int] = ()
) -> bool:
    """One file instead of these; False where somebody else was faster."""
    table, month = files[0].table, files[0].month
    bounds = _bounds(files)
    if not bounds:
        return False
    with _database(superseded=superseded, without=without) as database:
        read = f"read_parquet({literal_list(paths_of(files))})"
        dropped = [
            seq
            for (seq,) in database.execute(
                f"SELECT seq FROM {read} SEMI JOIN superseded USING (seq)"
            ).fetchall()
        ]
        kept = f"{read} ANTI JOIN superseded USING (seq) ANTI JOIN without USING (subject_id)"
        ((rows,),) = database.execute(f"SELECT count(*) FROM {kept}").fetchall()

        def write_to(place: Path) -> None:
            database.execute(
                f"COPY (SELECT * FROM {kept} ORDER BY subject_id, occurred_at, seq) TO {literal(str(place))} "
                "(FORMAT parquet, COMPRESSION zstd)"
            )

        path = write(table, month, f"{bounds[1]}", write_to) if rows else ""
    return _swap(files, path, rows, bounds, dropped, now)


def _swap(
    files: Sequence[Named], path: str, rows: int, bounds: tuple[int, int], dropped: Sequence[int], now: int
) -> bool:
    """Name the new file instead of the old ones, if they are all named still."""
    with transaction.atomic():
        old = ReplicaFile.objects.select_for_update().filter(path__in=[f.path for f in files])
        still = len(old) == len(files)
        if still:
            table, month = files[0].table, files[0].month
            old.delete()
            if path:
                ReplicaFile.objects.create(
                    path=path, table=table, month=month, first_seq=bounds[0], last_seq=bounds[1], rows=rows
                )
            for some in chunks(dropped):
                Superseded.objects.filter(seq__in=some).delete()
    if still:
        let_go(files, now)
    elif path:
        remove([path])
    return still


def _bounds(files: Sequence[Named]) -> tuple[int, int] | None:
    rows = ReplicaFile.objects.filter(path__in=[f.path for f in files]).values_list("first_seq", "last_seq")
    return (min(r[0] for r in rows), max(r[1] for r in rows)) if len(rows) == len(files) else None


def _has(file: Named, subjects: Sequence[int]) -> bool:
    with _database(wanted=subjects) as database:
        read = f"read_parquet({literal(str(file.place))}) SEMI JOIN wanted USING (subject_id)"
        return bool(database.execute(f"SELECT 1 FROM {read} LIMIT 1").fetchall())


def _database(**numbers: Sequence[int]) -> duckdb.DuckDBPyConnection:
    """A database for one job; spills beside the files, and takes no more memory than is due to a side job."""
    database = duckdb.connect(config={"autoinstall_known_extensions": "false", "memory_limit": MEMORY})
    database.execute(f"SET temp_directory = {literal(str(folder() / '.spill'))}")
    for name, values in numbers.items():
        column = "seq" if name == "superseded" else "subject_id"
        database.register(name, pa.table({column: pa.array(values, pa.int64())}))
    return database


def literal_list(texts: Iterable[str]) -> str:
    """Texts as a list of SQL.

    >>> literal_list(["a", "it's"])
    "['a', 'it''s']"
    """
    return f"[{', '.join(map(literal, texts))}]"
