"""Who did something: leads with an event that a signal of the model counts, within days.

A semi-join over the columnar replica, and over what has not been replicated yet, so that nothing is missed.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

import duckdb
import pyarrow as pa
from django.db import connection

from leadline.engine.dialects import DuckDB
from leadline.engine.facts.json_files import pointer
from leadline.engine.render import Renderer, read_as
from leadline.model.expr import Kind, names
from leadline.model.shape import Model, Signal
from leadline.web.instants import DAY, MINUTE, moment
from leadline.web.leads.models import Sequence
from leadline.web.replica.compaction import literal_list
from leadline.web.replica.files import EVENTS, paths_of, seen

REMEMBERED = 16  # answers of the replica that a process keeps
_DIALECT = DuckDB()
_SCHEMA = pa.schema([("subject_id", pa.int64()), ("occurred_at", pa.int64()), ("properties", pa.string())])
_TAIL = """
    SELECT subject_id, occurred_at, properties FROM leads_event
    WHERE seq > %s AND event = %s AND occurred_at > %s AND occurred_at <= %s AND void = %s
      AND kind NOT IN ('identify', 'group', 'alias')
"""
_OWNERS = """
    SELECT DISTINCT coalesce(p.lead_id, d.subject_id) AS lead_id FROM {deeds} d LEFT JOIN spans p
      ON p.subject_id = d.subject_id AND p.starts <= d.occurred_at AND p.ends > d.occurred_at
"""
_remembered: OrderedDict[tuple, pa.Table] = OrderedDict()
_lock = Lock()


def who_did(
    database: duckdb.DuckDBPyConnection, model: Model, signal: Signal, days: int, now: int
) -> list[int]:
    """The leads with an event that the signal counts, in the last `days` (0: ever); on a board."""
    now -= now % MINUTE  # within a minute the replica has one answer
    after = now - days * DAY if days else -(2**62)
    upto = now + MINUTE
    deeds = pa.concat_tables(
        [_replicated(model, signal, after, upto), _tail(database, model, signal, after, upto)]
    )
    database.register("deeds", deeds)
    try:
        rows = database.execute(_OWNERS.format(deeds="deeds")).fetchnumpy()["lead_id"]
    finally:
        database.unregister("deeds")
    return rows.tolist()


def _replicated(model: Model, signal: Signal, after: int, upto: int) -> pa.Table:
    view = seen()
    month = f"{moment(after):%Y-%m}" if after > 0 else ""
    files = [f for f in view.of(EVENTS, f"{moment(upto):%Y-%m}") if f.month >= month]
    key = (tuple(f.path for f in files), hash(view.superseded), model.version, signal.id, after, upto)
    with _lock:
        if key in _remembered:
            _remembered.move_to_end(key)
            return _remembered[key]
    found = _scanned(model, signal, paths_of(files), view.superseded, after, upto) if files else _nobody()
    with _lock:
        _remembered[key] = found
        while len(_remembered) > REMEMBERED:
            _remembered.popitem(last=False)
    return found


def _scanned(
    model: Model, signal: Signal, paths: list[str], superseded: tuple[int, ...], after: int, upto: int
) -> pa.Table:
    with duckdb.connect(config={"autoinstall_known_extensions": "false", "threads": "2"}) as database:
        database.execute("SET preserve_insertion_order = false")
        database.execute("SET TimeZone = 'UTC'")
        database.register("superseded", pa.table({"seq": pa.array(superseded, pa.int64())}))
        without = "ANTI JOIN superseded USING (seq)" if superseded else ""
        return database.sql(
            f"SELECT DISTINCT subject_id, occurred_at FROM read_parquet({literal_list(paths)}) {without} "
            f"WHERE event = $event AND occurred_at > $after AND occurred_at <= $upto AND NOT void "
            f"AND kind NOT IN ('identify', 'group', 'alias') AND {_fits(model, signal)}",
            params={"event": signal.event, "after": after, "upto": upto},
        ).to_arrow_table()


def _tail(
    database: duckdb.DuckDBPyConnection, model: Model, signal: Signal, after: int, upto: int
) -> pa.Table:
    """What the replica has not followed yet."""
    sequence = Sequence.objects.filter(id=1).first()
    replicated = sequence.replicated if sequence else 0
    with connection.cursor() as cursor:
        cursor.execute(_TAIL, [replicated, signal.event, after, upto, False])
        found = cursor.fetchall()
    if not found:
        return _nobody()
    columns = zip(*found, strict=True)
    arrays = [pa.array(cells, field.type) for cells, field in zip(columns, _SCHEMA, strict=True)]
    database.register("tail", pa.Table.from_arrays(arrays, schema=_SCHEMA))
    where = _fits(model, signal)
    rows = database.execute(f"SELECT subject_id, occurred_at FROM tail WHERE {where}").fetchnumpy()
    database.unregister("tail")
    return pa.table({name: pa.array(cells, pa.int64()) for name, cells in rows.items()})


def _nobody() -> pa.Table:
    return _SCHEMA.empty_table().drop_columns(["properties"])


def _fits(model: Model, signal: Signal) -> str:
    """The SQL of a signal's `where` over the JSON of an event's properties."""
    if signal.where is None:
        return "TRUE"
    named = {p.name: p.column or p.name for p in model.properties}
    columns = {}
    for name in names(signal.where, Kind.PROPERTY):
        key = _DIALECT.text(pointer(named.get(name, name)))
        cell = f"json_extract_string(properties, {key})"
        columns[name] = read_as(cell, "text", model.property_type(name), _DIALECT)
    return f"coalesce({Renderer(_DIALECT, columns, '0')(signal.where)}, FALSE)"
