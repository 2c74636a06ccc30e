"""Facts bound to models: three relations, and what was noticed while reading them."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from leadline.engine.facts import findings as noticing
from leadline.engine.facts.bind import Bound, Column, bind_events, bind_leads, bind_traits
from leadline.engine.facts.columns import TABLES, Mappings
from leadline.engine.facts.doubled import DOUBLED, SUSPECT, doubled_places
from leadline.engine.facts.errors import FactsError, told
from leadline.engine.facts.finding import Finding
from leadline.engine.facts.part import Workshop
from leadline.engine.facts.reads import Reads
from leadline.engine.facts.sources import Source, open_source
from leadline.engine.facts.values_sql import identifier, literal
from leadline.model.shape import Model
from leadline.model.values import EARLIEST

_IN_MEMORY = 64 << 20  # larger sources than this, in bytes, are kept on disk
_BINDERS = {"leads": bind_leads, "traits": bind_traits, "events": bind_events}


class Facts:
    """Leads, traits and events as canonical relations. Make one with :meth:`read`."""

    models: tuple[Model, ...]
    reads: Reads
    properties: tuple[Column, ...]
    fields: tuple[Column, ...]
    connection: duckdb.DuckDBPyConnection

    @classmethod
    def read(
        cls,
        models: Model | Sequence[Model],
        *,
        leads: Any = None,
        traits: Any = None,
        events: Any = None,
        mapping: Mapping[str, str] | Sequence[str] = (),
        connection: duckdb.DuckDBPyConnection | None = None,
    ) -> Facts:
        """Read what is known of leads, as far as `models` read it.

        `leads`, `traits` and `events` are each a path (CSV, TSV, JSON, JSON Lines, Parquet, Excel), a glob,
        a folder, a list of those, a pandas or polars DataFrame, an Arrow table, a DuckDB relation, or a list
        of dicts. `mapping` says which column is meant where names differ: ``{"events.lead_id": "user_id"}``
        or ``["events.lead_id=user_id"]``; a source in single quotes is a constant: ``"events.event='page'"``.

        `connection` is a DuckDB connection to work in, so that relations of it are scanned where they lie;
        its time zone is set to UTC.

        Raises :class:`FactsError` where a table cannot be read at all; whatever is left out of one that can
        be read is told by :meth:`findings`.

        >>> facts = Facts.read(Model("Any"), events=[
        ...     {"lead_id": "ana", "event": "page", "occurred_at": "2026-01-31T09:00:00Z"}])
        >>> facts.lead_ids().to_pydict()
        {'lead_id': ['ana']}
        """
        facts = cls()
        facts.models = (models,) if isinstance(models, Model) else tuple(models)
        facts.reads = Reads.of(facts.models)
        facts._start(connection)
        mappings = Mappings(mapping)
        given = {"leads": leads, "traits": traits, "events": events}
        facts._bound = {table: facts._take(table, given[table], mappings) for table in TABLES}
        facts.properties = facts._bound["events"].own
        facts.fields = facts._bound["leads"].own
        return facts

    def _start(self, connection: duckdb.DuckDBPyConnection | None) -> None:
        folder = Path(tempfile.mkdtemp(prefix="leadline-"))
        self._finalizer = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self._opened: list[Finding] = []
        if connection is None:
            connection = _database().cursor()
        else:
            _refuse_taken_names(connection)
        connection.execute("SET TimeZone = 'UTC'")
        (folder / "files").mkdir()
        self.connection = connection
        self._folder = folder
        self._shop = Workshop(connection, folder / "files")

    def _take(self, table: str, given: Any, mappings: Mappings) -> Bound:
        source = None if given is None else open_source(given, table, self._shop)
        bound = _BINDERS[table](source, self.reads, mappings)
        self._keep(bound, source)
        conditions = " AND ".join(f"{column} IS NOT NULL" for column in bound.required) or "true"
        columns = ", ".join(bound.columns)
        self._view(table, f"SELECT {columns} FROM {table}_read WHERE {conditions}")
        if source is not None:
            self._opened += self._noticed(table, source)
        return bound

    def _noticed(self, table: str, source: Source) -> list[Finding]:
        """Findings of the files themselves."""
        lines = sum(part.lines for part in source.parts)
        missing = False
        if lines:
            ((rows,),) = self.connection.execute(f"SELECT count(*) FROM {table}_read").fetchall()
            missing = lines > rows or any(not part.lines for part in source.parts)
        later = (part.after(missing) if part.after else [] for part in source.parts)
        return [
            finding
            for part, more in zip(source.parts, later, strict=True)
            for finding in part.findings + more
        ]

    def _keep(self, bound: Bound, source: Source | None) -> None:
        """Cheap sources are scanned where they lie; the others are read once and kept, large ones on disk."""
        name = f"{bound.table}_read"
        label = source.label if source else bound.table
        with told(f"{label} could not be read to its end: it is broken, or changes while it is read"):
            if source is None or (source.lazy and not bound.heavy):
                self._view(name, bound.select)
            elif source.size <= _IN_MEMORY:
                self.connection.execute(f"CREATE TEMP TABLE {name} AS {bound.select}")
            else:
                kept = literal(str(self._folder / f"{name}.parquet"))
                self.connection.execute(f"COPY ({bound.select}) TO {kept} (FORMAT parquet)")
                self._view(name, f"SELECT * FROM read_parquet({kept})")

    def _view(self, name: str, select: str) -> None:
        self.connection.execute(f"CREATE TEMP VIEW {identifier(name)} AS {select}")

    def given(self, table: str) -> bool:
        """Whether there was such a table, be it an empty one."""
        return self._bound[table].given

    def findings(self) -> tuple[Finding, ...]:
        """What was noticed about the data, computed once."""
        return self._findings

    @cached_property
    def _findings(self) -> tuple[Finding, ...]:
        return tuple(noticing.all_of(self, self._bound, self._opened))

    @cached_property
    def seen(self) -> str:
        """The table of all leads: `lead_id`, `first`, `last` and `first_dated` (µs), and its `events`.

        `first` is the beginning of time for a lead with an undated row. Made in one pass over the facts.
        """
        name = "leadline_seen"
        each = " UNION ALL ".join(
            f"SELECT lead_id, t, {int(table == 'events')} AS one FROM {table}"
            for table in TABLES
            if self.given(table)
        )
        each = each or "SELECT '' AS lead_id, CAST(NULL AS BIGINT) AS t, 0 AS one WHERE false"
        self.connection.execute(
            f"CREATE TEMP TABLE {name} AS "
            f"SELECT lead_id, min(coalesce(t, {EARLIEST})) AS first, min(t) AS first_dated, max(t) AS last, "
            f"CAST(sum(one) AS BIGINT) AS events FROM ({each}) GROUP BY lead_id"
        )
        return name

    def lead_ids(self, up_to: int | None = None) -> pa.Table:
        """The leads known at or before that instant (µs), of any table, in order of their ids.

        Undated rows of the leads table are known always. One column, `lead_id`.
        """
        known = "" if up_to is None else f"WHERE first <= {int(up_to)}"
        query = f"SELECT lead_id FROM {self.seen} {known} ORDER BY lead_id"
        return self.connection.sql(query).to_arrow_table()

    def span(self) -> tuple[int | None, int | None]:
        """The first and the last instant of any fact, in µs; (None, None) where none is dated."""
        return self.connection.execute(f"SELECT min(first_dated), max(last) FROM {self.seen}").fetchall()[0]

    def has_duplicate_events(self) -> bool:
        """Whether an event id may stand twice.

        False is certain; True may, very rarely, be two ids with one hash.
        """
        return len(self._doubled_places) > 0

    @cached_property
    def _doubled_places(self) -> np.ndarray:
        return doubled_places(self.connection) if self.given("events") else np.empty(0, np.uint32)

    @cached_property
    def aside(self) -> str:
        """The table of all events that are :data:`doubled.SUSPECT`, which only then can be asked.

        Of an id that stands twice it has all rows.
        """
        name = "leadline_aside"
        self.connection.register("leadline_places", pa.table({"place": self._doubled_places}))
        self.connection.execute(f"CREATE TEMP TABLE {DOUBLED} AS SELECT place FROM leadline_places")
        self.connection.unregister("leadline_places")
        self.connection.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM events WHERE {SUSPECT}")
        return name

    def to_arrow(self, table: str) -> pa.Table:
        """One of the canonical relations as an Arrow table."""
        return self.connection.sql(f"SELECT * FROM {_known(table)}").to_arrow_table()

    def export(self, folder: str | Path) -> dict[str, str]:
        """Write the canonical relations to `folder` as Parquet; gives table -> path."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        paths = {table: str(folder / f"{table}.parquet") for table in TABLES}
        for table, path in paths.items():
            self.connection.execute(f"COPY (SELECT * FROM {table}) TO {literal(path)} (FORMAT parquet)")
        return paths

    def python_rows(
        self, lead_ids: Sequence[str] | None = None
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
        """Events, traits and leads as dicts, by canonical column; of those leads alone, if given."""
        return (
            self._rows("events", lead_ids),
            self._rows("traits", lead_ids),
            self._rows("leads", lead_ids),
        )

    def _rows(self, table: str, lead_ids: Sequence[str] | None) -> list[dict[str, Any]]:
        if not self.given(table):
            return []
        columns = self._bound[table].columns
        query = f"SELECT {', '.join(columns)} FROM {table}"
        if lead_ids is None:
            rows = self.connection.execute(query).fetchall()
        else:
            rows = self.connection.execute(
                f"{query} WHERE lead_id IN (SELECT unnest(?))", [list(lead_ids)]
            ).fetchall()
        return [dict(zip(columns, row, strict=True)) for row in rows]


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """One database in memory for all facts: each has a session of its own, with tables only it can see."""
    folder = tempfile.mkdtemp(prefix="leadline-spill-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    database = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    database.execute(f"SET temp_directory = {literal(folder)}")
    database.execute("SET preserve_insertion_order = false")
    return database


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_database.cache_clear)  # a child cannot share its parent's threads


def _known(table: str) -> str:
    if table not in TABLES:
        raise FactsError(f"there is no table `{table}`: it is one of {', '.join(TABLES)}")
    return table


def _refuse_taken_names(connection: duckdb.DuckDBPyConnection) -> None:
    """Ours would hide tables of the same name."""
    ours = [name for table in TABLES for name in (table, f"{table}_read")]
    rows = connection.execute("SELECT table_name FROM information_schema.tables").fetchall()
    taken = sorted({name for (name,) in rows} & set(ours))
    if taken:
        raise FactsError(
            f"the connection already has `{taken[0]}`, a name that is needed here: "
            "leave `connection` out, and relations of it are copied"
        )
