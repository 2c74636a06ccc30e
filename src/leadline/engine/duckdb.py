"""DuckDB: the engine that comes along. It runs the plan's steps on the connection that holds the facts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from leadline.engine.counting import Counting, Numbers
from leadline.engine.dialects import DuckDB
from leadline.engine.facts import Facts
from leadline.engine.facts.doubled import SUSPECT
from leadline.engine.plan import COUNTED, HELD, Instants, Plan, Shape, Step, first_of_each_id
from leadline.model.shape import Model

DIALECT = DuckDB()


def shape_of(facts: Facts) -> Shape:
    """What the plan must know of these facts. Doubles are looked for, since most data has few or none."""
    return Shape(
        properties={c.name: (c.sql, c.kind) for c in facts.properties},
        fields={c.name: (c.sql, c.kind) for c in facts.fields},
        doubled_events=facts.has_duplicate_events(),
        doubled_leads=_any_twice(facts),
        has_traits=facts.given("traits"),
    )


def _doubles_set_aside(facts: Facts, shape: Shape) -> Shape:
    """So that only events that may stand twice are looked at by their ids; `firsts` has those that count."""
    if not shape.doubled_events:
        return shape
    firsts = first_of_each_id(shape, facts.aside)
    facts.connection.execute(f"CREATE OR REPLACE TEMP TABLE firsts AS {firsts}")
    return replace(shape, suspects=SUSPECT)


def _any_twice(facts: Facts) -> bool:
    query = "SELECT count(*) <> count(DISTINCT lead_id) FROM leads"
    return facts.given("leads") and bool(facts.connection.execute(query).fetchall()[0][0])


class DuckDBEngine:
    """Judges points from facts that DuckDB can scan; a plan is made once and run many times."""

    name = "duckdb"

    def __init__(self, model: Model, facts: Facts, *, with_seen: bool = True, with_inputs: bool = False):
        self.model = model
        self.facts = facts
        shape = _doubles_set_aside(facts, shape_of(facts))
        self.plan = Plan(model, DIALECT, shape, with_seen=with_seen, with_inputs=with_inputs)
        self._held: set[str] = set()

    @contextmanager
    def hold(self, last: int) -> Iterator[None]:
        """Read the events up to `last` once for many calls of :meth:`measures`, each of some points."""
        made: list[str] = []
        try:
            for step in self.plan.steps(Instants(last, last, mixed=True)):
                if step.name in HELD:
                    self._run(replace(step, keep=step.keep or step.name != "valid"), made)
                    self._held.add(step.name)
            yield
        finally:
            self._held.clear()
            self._forget(made)

    def measures(
        self, points: pa.Table | None, instants: Instants, *, with_ledger: bool = True
    ) -> tuple[pa.Table, pa.Table | None]:
        """The measures and the ledger of `points` (lead_id, as_of), or of everyone where there are none.

        Instants are int64 microseconds. Neither table is in any order.
        """
        instants = replace(instants, mixed=True) if self._held else instants
        steps = self.plan.steps(instants, everyone=points is None)
        made: list[str] = []
        try:
            if points is not None:
                self._points(points, instants)
            counted = False
            for step in steps[:-2]:
                if step.name == "tallies" and self.plan.countable(instants):
                    counted = self._count(instants.last, made)
                if step.name not in self._held and not (counted and step.name in COUNTED):
                    self._run(step, made)
            measures = self._fetch(steps[-2])
            ledger = self._fetch(steps[-1]) if with_ledger else None
            return measures, ledger
        finally:
            self._forget(made)

    def _points(self, points: pa.Table, instants: Instants) -> None:
        """One instant needs no numbers: the lead is the key."""
        self.facts.connection.register("points_given", points)
        key = "lead_id" if instants.one else "CAST(ROW_NUMBER() OVER () AS INTEGER)"
        query = f"SELECT {key} AS k, lead_id, as_of FROM (SELECT DISTINCT lead_id, as_of FROM points_given)"
        self.facts.connection.execute(f"CREATE OR REPLACE TEMP TABLE points AS {query}")
        self.facts.connection.unregister("points_given")

    def _count(self, at: int, made: list[str]) -> bool:
        """Do the steps COUNTED in one pass over the classed events; False where that would not be exact."""
        connection = self.facts.connection
        leads = "SELECT lead_id, hash(lead_id) AS h FROM (SELECT DISTINCT lead_id FROM events)"
        lead_ids, hashes = (c.combine_chunks() for c in connection.sql(leads).to_arrow_table().columns)
        if pc.count_distinct(hashes).as_py() < len(hashes):
            return False
        numbers, counting = Numbers(hashes.to_numpy()), Counting(self.model, at, len(lead_ids))
        rows = connection.sql("SELECT hash(lead_id) AS lead, t, code, step FROM classed")
        for batch in rows.to_arrow_reader(1 << 20):
            lead, *what = (column.to_numpy() for column in batch.columns)
            counting.add(numbers.of(lead), *what)
        if not counting.is_exact:
            return False
        for name, table in (
            ("moments", counting.moments(lead_ids)),
            ("signals", counting.signal_sums(lead_ids)),
        ):
            connection.register(f"{name}_given", table)
            self._run(Step(name, f"SELECT * FROM {name}_given"), made)
            connection.unregister(f"{name}_given")
        return True

    def _run(self, step: Step, made: list[str]) -> None:
        kind = "TABLE" if step.keep else "VIEW"
        self.facts.connection.execute(f"CREATE TEMP {kind} {step.name} AS {step.sql}")
        made.append(f"{kind} {step.name}")

    def _fetch(self, step: Step) -> pa.Table:
        return self.facts.connection.sql(step.sql).to_arrow_table()

    def _forget(self, made: list[str]) -> None:
        for what in reversed(made):
            self.facts.connection.execute(f"DROP {what}")
        self.facts.connection.execute("DROP TABLE IF EXISTS points")
