"""`assess_on_spark`: facts in Spark, assessments in Spark; for those who outgrow one machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING

import pyarrow as pa

from leadline.engine.assess import finished
from leadline.engine.dialects import Spark
from leadline.engine.facts.errors import FactsError
from leadline.engine.plan import Instants, Plan
from leadline.engine.spark.facts import SparkFacts
from leadline.engine.spark.run import Run
from leadline.model.shape import Model
from leadline.model.values import micros_of, read_time

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass
class SparkAssessments:
    """What `assess_on_spark` gives: two Spark DataFrames of the same columns as `assess` gives.

    They may be taken apart, ``assessments, ledger = assess_on_spark(...)``. What is kept for them in the
    executors is given back by :meth:`release`, or at the end of a ``with`` block.
    """

    assessments: DataFrame
    ledger: DataFrame
    run: Run

    def __iter__(self) -> Iterator[DataFrame]:
        return iter((self.assessments, self.ledger))

    def release(self) -> None:
        """Give back memory and disk; the DataFrames cannot be read any more."""
        self.run.release()

    def __enter__(self) -> SparkAssessments:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def assess_on_spark(
    model: Model,
    facts: SparkFacts,
    *,
    as_of: int | str | datetime | None = None,
    points: DataFrame | None = None,
) -> SparkAssessments:
    """Judge everyone at `as_of`, or `points` each at its own instant, without leaving Spark.

    `as_of` is ISO 8601 text, a datetime (without a zone it is UTC) or whole microseconds since 1970 UTC.
    `points` is a DataFrame of `lead_id` text and `as_of` timestamp, or bigint microseconds.

    Scores are computed by this call; stages are added as the result is read, by the same code as everywhere
    (`engine.lifecycle`), so workers need the package too: see docs/how-to/spark.md.
    """
    if (as_of is None) == (points is None):
        raise ValueError("give either as_of, to judge everyone at that instant, or points")
    run = Run(facts.session, facts.relations)
    try:
        instants = _instant(as_of) if points is None else _take_points(run, points)
        steps = Plan(model, Spark(), facts.shape).steps(instants, everyone=points is None)
        run.steps(steps)
        measures = run.query(steps[-2].sql)
        ledger = run.query(_dated(steps[-1].sql))
    except BaseException:
        run.release()
        raise
    run.release_past()
    return SparkAssessments(_finished(model, measures), ledger, run)


def _instant(as_of: int | str | datetime | None) -> Instants:
    if isinstance(as_of, datetime):
        as_of = micros_of(as_of)
    if isinstance(as_of, str):
        text, as_of = as_of, read_time(as_of)
        if as_of is None:
            raise ValueError(f"as_of `{text}` is no instant: write it as 2026-01-31 or 2026-01-31T09:30:00Z")
    assert as_of is not None
    return Instants(as_of, as_of)


def _take_points(run: Run, points: DataFrame) -> Instants:
    """Each point once, with its key: a text made of lead and instant, which no two share."""
    types = dict(points.dtypes)
    missing = [name for name in ("lead_id", "as_of") if name not in types]
    if missing:
        raise FactsError(
            f"points has no column `{missing[0]}`: it needs lead_id and as_of, and has {', '.join(types)}"
        )
    at = "as_of" if types["as_of"] == "bigint" else "unix_micros(CAST(as_of AS TIMESTAMP))"
    run.name("points_given", points)
    plain = run.query(f"SELECT DISTINCT CAST(lead_id AS STRING) AS lead_id, {at} AS as_of FROM points_given")
    run.name("points_plain", plain)
    bounds = run.query(
        "SELECT min(as_of) AS first, max(as_of) AS last, count_if(lead_id IS NULL OR as_of IS NULL) AS nulls "
        "FROM points_plain"
    ).first()
    if bounds["nulls"]:
        raise FactsError("points has rows without a lead_id or an as_of: each point is a lead and an instant")
    instants = Instants(bounds["first"] or 0, bounds["last"] or 0)
    key = "lead_id" if instants.one else "concat(CAST(as_of AS STRING), ' ', lead_id)"
    run.name("points", run.query(f"SELECT {key} AS k, lead_id, as_of FROM points_plain"))
    return instants


def _dated(ledger: str) -> str:
    columns = ", ".join(
        f"timestamp_micros({name}) AS {name}" if name in ("as_of", "first_at", "last_at") else name
        for name in ("lead_id", "as_of", "part", "rule", "points", "events", "first_at", "last_at")
    )
    return f"SELECT {columns} FROM ({ledger}) AS entries"


def _finished(model: Model, measures: DataFrame) -> DataFrame:
    """Stage and version beside the measures, a batch of rows at a time, where the rows are."""
    from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema

    of_measures = to_arrow_schema(measures.schema)
    model = replace(model, predicting=None)  # probabilities are there; no need to send their tables along

    def finish(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield from finished(model, pa.Table.from_batches([batch])).to_batches()

    schema = finished(model, of_measures.empty_table()).schema
    return measures.mapInArrow(finish, from_arrow_schema(schema))
