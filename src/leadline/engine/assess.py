"""`assess`: facts, a model and points in; assessments and their ledger out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leadline.engine import lifecycle
from leadline.engine.facts import Facts, Finding
from leadline.engine.facts.rows import Rows
from leadline.engine.oracle import ReferenceEngine, columns_of, each_once, everyone, judge_points
from leadline.engine.plan import Instants
from leadline.engine.reference import group_by_lead
from leadline.model.shape import ASSESSMENT_COLUMNS, Model

INSTANT = pa.timestamp("us", "UTC")
FEW = 128  # points up to which the reference evaluator is surely faster; measured: 250 of 40 events each

LEDGER_SCHEMA = pa.schema(
    [
        ("lead_id", pa.string()), ("as_of", INSTANT), ("part", pa.string()), ("rule", pa.string()),
        ("points", pa.float64()), ("events", pa.int64()), ("first_at", INSTANT), ("last_at", INSTANT),
    ]
)  # fmt: skip


@dataclass(frozen=True)
class Assessments:
    """What `assess` gives.

    `assessments` has a row for each point, in order of lead and instant; `ledger` a row for each entry.
    Both are Arrow tables; `.to_pandas()` and `.to_polars()` give the assessments as a data frame.
    """

    assessments: pa.Table
    ledger: pa.Table
    notice: Callable[[], tuple[Finding, ...]] = tuple

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What was noticed about the data, looked for when it is first asked."""
        return self.notice()

    def to_pandas(self):
        """The assessments as a pandas DataFrame."""
        return self.assessments.to_pandas()

    def to_polars(self):
        """The assessments as a polars DataFrame."""
        import polars

        return polars.from_arrow(self.assessments)

    def __len__(self) -> int:
        return len(self.assessments)


def engine_for(name: str, model: Model, facts: Facts, **options):
    """The engine called `duckdb`, `spark` or `reference`."""
    if name == "duckdb":
        from leadline.engine.duckdb import DuckDBEngine

        return DuckDBEngine(model, facts, **options)
    if name == "reference":
        return ReferenceEngine(model, facts)
    if name == "spark":
        from leadline.engine.spark import SparkEngine

        return SparkEngine(model, facts, **options)
    raise ValueError(f"there is no engine `{name}`: it is duckdb, spark or reference")


def points_table(points: Iterable[tuple[str, int]] | pa.Table) -> pa.Table:
    """Points as a table of `lead_id` text and `as_of` int64 microseconds."""
    if not isinstance(points, pa.Table):
        rows = list(points)
        return pa.table(
            {
                "lead_id": pa.array([r[0] for r in rows], pa.string()),
                "as_of": pa.array([r[1] for r in rows], pa.int64()),
            }
        )
    as_of = points.column("as_of")
    if pa.types.is_timestamp(as_of.type):
        as_of = as_of.cast(INSTANT if as_of.type.tz else pa.timestamp("us")).cast(pa.int64())
    return pa.table({"lead_id": points.column("lead_id").cast(pa.string()), "as_of": as_of.cast(pa.int64())})


def assess_facts(
    model: Model,
    facts: Facts,
    *,
    as_of: int | None = None,
    points: pa.Table | None = None,
    engine: str = "auto",
) -> Assessments:
    """Judge everyone at `as_of` (microseconds), or `points` each at its own instant.

    The engine `auto` is the reference evaluator for a handful of points and DuckDB beyond.
    """
    if (as_of is None) == (points is None):
        raise ValueError("give either as_of, to judge everyone at that instant, or points")
    if points is not None and not len(points):
        points, as_of, nobody = None, 0, True
    else:
        nobody = False
    few = points is not None and len(points) <= FEW and not facts.has_duplicate_events()
    chosen = ("reference" if few else "duckdb") if engine == "auto" else engine
    run = engine_for(chosen, model, facts)
    measures, ledger = run.measures(points, instants_of(points, as_of))
    result = Assessments(finished(model, measures), with_instants(ledger))
    return Assessments(result.assessments.slice(0, 0), result.ledger.slice(0, 0)) if nobody else result


def assess_rows(
    model: Model, rows: Rows, *, as_of: int | None = None, points: pa.Table | None = None
) -> Assessments | None:
    """The same for a handful of leads whose rows are in hand; None where they are too many for that."""
    columns = columns_of(rows)
    of_lead = group_by_lead(rows.events, rows.traits, rows.leads, columns)
    wanted = everyone(of_lead, as_of) if as_of is not None else each_once(points)
    if len(wanted) > FEW:
        return None
    measures, ledger = judge_points(model, of_lead, columns, wanted)
    return Assessments(finished(model, measures), with_instants(ledger))


def instants_of(points: pa.Table | None, as_of: int | None) -> Instants:
    if points is None:
        assert as_of is not None
        return Instants(as_of, as_of)
    bounds = pc.min_max(points.column("as_of")).as_py()
    return Instants(bounds["min"], bounds["max"])


def finished(model: Model, measures: pa.Table) -> pa.Table:
    """Measures with stage and version, in the published columns, ordered by lead and instant."""
    count = len(measures)
    if model.lifecycle.stages:
        state, _ = lifecycle.step(model, lifecycle.Signs.of(model, measures))
        stage = lifecycle.stage_names(model, state)
    else:
        stage = pa.nulls(count, pa.string())
    version = pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)), pa.array([model.version]))
    columns = {name: measures.column(name) for name in measures.column_names}
    columns |= {"stage": stage, "model_version": version.cast(pa.string())}
    columns |= {name: columns[name].cast(pa.int64()) for name in ("yes_count", "no_count", "unknown_count")}
    columns |= {name: columns[name].cast(INSTANT) for name in ("as_of", "first_seen", "last_seen")}
    ordered = {name: columns[name] for name in ASSESSMENT_COLUMNS}
    ordered |= {c.name: columns[f"c{i}"] for i, c in enumerate(model.criteria)}
    return pa.table(ordered).sort_by([("lead_id", "ascending"), ("as_of", "ascending")])


def with_instants(ledger: pa.Table) -> pa.Table:
    """The ledger in its published columns."""
    return ledger.select(LEDGER_SCHEMA.names).cast(LEDGER_SCHEMA)
