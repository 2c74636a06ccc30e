"""Following the facts: what was written since the last time is appended, month by month.

Rows are never edited under their number: one that is marked otherwise, or replaced, gets a new one, and its
old one is noted as superseded. So the rows beyond the last number are all that changed.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from django.db import connection, transaction

from leadline.web.leads.models import Sequence, Superseded
from leadline.web.qualification.models import ReplicaFile
from leadline.web.replica.compaction import compact
from leadline.web.replica.files import EVENTS, SCHEMAS, TRAITS, let_go, remove, seen, sweep, write

STEP = 100_000  # numbers taken in one go
COMPRESSION = "zstd"

_SOURCES = {EVENTS: "leads_event", TRAITS: "leads_trait"}


class OvertakenError(Exception):
    """Somebody else followed meanwhile."""


def follow(now: int) -> int:
    """Append what is new since the last time; gives the number of rows.

    Safe to call from several processes: one of them appends. Afterwards :func:`all_facts` gives what the
    database had at the beginning of the call.
    """
    rows = 0
    try:
        while (upper := _upper()) is not None:
            rows += _step(*upper)
    except OvertakenError:
        return rows
    if rows:
        compact(now)
        sweep(now)
    return rows


def rebuild_replica(now: int) -> int:
    """Write the whole replica anew from the database; gives the number of rows."""
    with transaction.atomic():
        Sequence.objects.filter(id=1).update(replicated=0)
        let_go(seen().files, now)
        ReplicaFile.objects.all().delete()
        Superseded.objects.all().delete()
    rows = follow(now)
    compact(now, wholly=True)
    return rows


def _upper() -> tuple[int, int] | None:
    """From which number to which the next step goes; None where there is nothing new."""
    sequence = Sequence.objects.filter(id=1).first()
    if sequence is None or sequence.replicated >= sequence.last:
        return None
    return sequence.replicated, min(sequence.last, sequence.replicated + STEP)


def _step(after: int, upto: int) -> int:
    files = [file for table in SCHEMAS for file in _written(table, after, upto)]
    try:
        with transaction.atomic():
            if not Sequence.objects.filter(id=1, replicated=after).update(replicated=upto):
                raise OvertakenError
            ReplicaFile.objects.bulk_create(files)
            # What came and went since the last time is in no file.
            Superseded.objects.filter(seq__gt=after, since__lte=upto).delete()
    except BaseException:
        remove(file.path for file in files)
        raise
    return sum(file.rows for file in files)


def _written(table: str, after: int, upto: int) -> list[ReplicaFile]:
    """Files of the rows with these numbers, one a month."""
    rows = _rows(table, after, upto)
    if not len(rows):
        return []
    months = rows.column("occurred_at").to_numpy().astype("datetime64[us]").astype("datetime64[M]")
    order = np.lexsort((rows.column("occurred_at"), rows.column("subject_id"), months))
    rows, months = rows.take(order), months[order]
    begins = np.flatnonzero(np.r_[True, months[1:] != months[:-1]])
    files = []
    for begin, end in zip(begins, [*begins[1:], len(rows)], strict=True):
        part, month = rows.slice(begin, end - begin), str(months[begin])

        def write_to(place: Path, part: pa.Table = part) -> None:
            pq.write_table(part, place, compression=COMPRESSION)

        path = write(table, month, str(upto), write_to)
        files.append(
            ReplicaFile(
                path=path, table=table, month=month, first_seq=after + 1, last_seq=upto, rows=part.num_rows
            )
        )
    return files


def _rows(table: str, after: int, upto: int) -> pa.Table:
    schema = SCHEMAS[table]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(schema.names)} FROM {_SOURCES[table]} WHERE seq > %s AND seq <= %s",
            [after, upto],
        )
        columns = list(zip(*cursor.fetchall(), strict=True)) or [()] * len(schema)
    arrays = [_array(cells, field.type) for cells, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def _array(cells: tuple, type_: pa.DataType) -> pa.Array:
    if pa.types.is_boolean(type_):  # SQLite has 0 and 1
        cells = tuple(map(bool, cells))
    return pa.array(cells, type_)
