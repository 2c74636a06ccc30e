"""`SparkEngine`: the same face as the DuckDB engine, for facts that DuckDB has read."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from leadline.engine.dialects import Spark
from leadline.engine.duckdb import shape_of
from leadline.engine.facts import Facts
from leadline.engine.plan import HELD, Instants, Plan
from leadline.engine.spark.run import Run
from leadline.engine.spark.session import spark_session
from leadline.model.shape import Model

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

DIALECT = Spark()
TABLES = ("events", "traits", "leads")
_handed: weakref.WeakKeyDictionary[Facts, dict[str, str]] = weakref.WeakKeyDictionary()


class SparkEngine:
    """Judges points on Spark, from facts that were read on this machine.

    The facts are written once as Parquet for Spark to read, and removed when they are no longer used.
    Workers on other machines do not see this machine's disk: to them the rows are sent by the driver.
    Facts that already lie where a cluster reads them are better read by :class:`SparkFacts`.
    """

    name = "spark"

    def __init__(
        self, model: Model, facts: Facts, *, with_seen: bool = True, session: SparkSession | None = None
    ):
        self.session = spark_session(session)
        self.model = model
        self.facts = facts
        self.plan = Plan(model, DIALECT, shape_of(facts), with_seen=with_seen)
        self._held: dict[str, DataFrame] = {}

    @cached_property
    def _relations(self) -> dict[str, DataFrame]:
        return relations_of(self.facts, self.session)

    @contextmanager
    def hold(self, last: int) -> Iterator[None]:
        """Read the events up to `last` once for many calls of :meth:`measures`, each of some points."""
        with Run(self.session, self._relations) as run:
            try:
                for step in self.plan.steps(Instants(last, last, mixed=True)):
                    if step.name in HELD:
                        frame = run.query(step.sql)
                        self._held[step.name] = (
                            run.keep(frame) if step.keep or step.name != "valid" else frame
                        )
                        run.name(step.name, self._held[step.name])
                yield
            finally:
                self._held.clear()

    def measures(
        self, points: pa.Table | None, instants: Instants, *, with_ledger: bool = True
    ) -> tuple[pa.Table, pa.Table | None]:
        """The measures and the ledger of `points` (lead_id, as_of), or of everyone where there are none.

        Instants are int64 microseconds. Neither table is in any order.
        """
        relations = self._relations | self._held
        if self._held:
            instants = replace(instants, mixed=True)
        if points is not None:
            relations["points"] = self.session.createDataFrame(numbered(points, instants))
        steps = self.plan.steps(instants, everyone=points is None)
        with Run(self.session, relations) as run:
            run.steps([step for step in steps if step.name not in self._held])
            measures = run.query(steps[-2].sql).toArrow()
            return measures, run.query(steps[-1].sql).toArrow() if with_ledger else None


def relations_of(facts: Facts, session: SparkSession) -> dict[str, DataFrame]:
    """The canonical relations as Spark reads them."""
    from pyspark.sql.pandas.types import from_arrow_schema

    if not session.sparkContext.master.startswith("local"):
        return {table: session.createDataFrame(facts.to_arrow(table)) for table in TABLES}
    paths, frames = _parquet_of(facts), {}
    for table in TABLES:
        schema = facts.connection.sql(f"SELECT * FROM {table} LIMIT 0").to_arrow_table().schema
        frames[table] = session.read.schema(from_arrow_schema(schema)).parquet(paths[table])
    return frames


def _parquet_of(facts: Facts) -> dict[str, str]:
    """Paths of the canonical relations, written on the first call."""
    if facts not in _handed:
        folder = Path(tempfile.mkdtemp(prefix="leadline-spark-"))
        weakref.finalize(facts, shutil.rmtree, folder, ignore_errors=True)
        _handed[facts] = {table: Path(path).as_uri() for table, path in facts.export(folder).items()}
    return _handed[facts]


def numbered(points: pa.Table, instants: Instants) -> pa.Table:
    """Each point once, with its key: the lead where all share one instant, else a number."""
    distinct = points.select(["lead_id", "as_of"]).group_by(["lead_id", "as_of"]).aggregate([])
    key = distinct["lead_id"] if instants.one else pa.array(np.arange(len(distinct), dtype=np.int32))
    return pa.table({"k": key, "lead_id": distinct["lead_id"], "as_of": distinct["as_of"]})
