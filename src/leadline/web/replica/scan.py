"""Everybody's facts for the engine: the files joined with who is who as it is now."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa
from django.db import connection

from leadline.engine.facts import Facts
from leadline.model import Model
from leadline.web.instants import EARLIEST, LATEST, moment
from leadline.web.replica.compaction import literal_list
from leadline.web.replica.files import EVENTS, SCHEMAS, TRAITS, Named, paths_of, seen

_AT_ONCE = 50_000

# Most subjects are leads of their own for all time, and need no row here.
_SPANS = """
    SELECT subject_id, starts, ends, lead_id FROM leads_span
    WHERE NOT (lead_id = subject_id AND starts = %s AND ends = %s)
"""

_OF_LEADS = """
    SELECT CAST(coalesce(s.lead_id, f.subject_id) AS VARCHAR) AS lead_id, f.*
    FROM {table} f LEFT JOIN spans s
      ON s.subject_id = f.subject_id AND s.starts <= f.occurred_at AND s.ends > f.occurred_at
"""
_EVENTS = f"""
    SELECT event_id, lead_id, event, make_timestamptz(occurred_at) AS occurred_at, properties, void
    FROM ({_OF_LEADS.format(table="replica_events")})
    WHERE kind NOT IN ('identify', 'group', 'alias')
"""

# As `believed` of leads.facts: where a field is verified, what anybody could send changes it no more.
_TRAITS = f"""
    SELECT trait_id, lead_id, field, value, make_timestamptz(occurred_at) AS occurred_at,
      CAST(source_id AS VARCHAR) AS source, nullif(quote, '') AS quote, confidence
    FROM (
      SELECT *, min(occurred_at) FILTER (WHERE verified) OVER (PARTITION BY lead_id, field) AS proved
      FROM ({_OF_LEADS.format(table="replica_traits")})
    )
    WHERE verified OR proved IS NULL OR occurred_at < proved
"""


def all_facts(models: Model | Sequence[Model], up_to: int | None = None) -> Facts:
    """The facts of all leads as far as the replica has followed, ready for `models`; lead ids are texts.

    With `up_to` (microseconds) those up to that instant; later months are not opened at all.
    It gives what `leads.facts.facts_of` gives lead by lead.
    """
    database = connect(up_to)
    return Facts.read(models, events=database.sql(_EVENTS), traits=database.sql(_TRAITS), connection=database)


def connect(up_to: int | None = None) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection with the views `replica_events` and `replica_traits`, and the table `spans`."""
    database = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    database.execute("SET preserve_insertion_order = false")
    database.execute("SET TimeZone = 'UTC'")
    view = seen()
    database.register("superseded", pa.table({"seq": pa.array(view.superseded, pa.int64())}))
    database.register("spans", _spans())
    month = "9999-99" if up_to is None else f"{moment(up_to):%Y-%m}"
    for table in (EVENTS, TRAITS):
        _view(database, table, view.of(table, month), bool(view.superseded), up_to)
    return database


def _view(
    database: duckdb.DuckDBPyConnection, table: str, files: list[Named], thinned: bool, up_to: int | None
) -> None:
    if files:
        read = f"read_parquet({literal_list(paths_of(files))})"
    else:
        read = f"no_{table}"
        database.register(read, SCHEMAS[table].empty_table())
    without = "ANTI JOIN superseded USING (seq)" if thinned else ""
    where = "" if up_to is None else f"WHERE occurred_at <= {int(up_to)}"
    database.execute(f"CREATE VIEW replica_{table} AS SELECT * FROM {read} {without} {where}")


def _spans() -> pa.Table:
    names = ("subject_id", "starts", "ends", "lead_id")
    batches = []
    with connection.cursor() as cursor:
        cursor.execute(_SPANS, [EARLIEST, LATEST])
        while rows := cursor.fetchmany(_AT_ONCE):
            arrays = [pa.array(cells, pa.int64()) for cells in zip(*rows, strict=True)]
            batches.append(pa.RecordBatch.from_arrays(arrays, names=names))
    return pa.Table.from_batches(batches, pa.schema([(name, pa.int64()) for name in names]))
