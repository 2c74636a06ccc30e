"""Facts that lie where Spark reads them: DataFrames, tables, Parquet. No row passes through the driver."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from leadline.engine.facts.columns import TABLES, Mappings
from leadline.engine.facts.errors import FactsError
from leadline.engine.facts.finding import Finding, counted
from leadline.engine.facts.reads import Reads
from leadline.engine.plan import Shape
from leadline.engine.spark.bind import Bound, Table, bind_events, bind_leads, bind_traits
from leadline.engine.spark.run import Run
from leadline.engine.spark.session import spark_session
from leadline.model.shape import Model

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_BINDERS = {"leads": bind_leads, "traits": bind_traits, "events": bind_events}
_EMPTY = {
    "leads": "lead_id STRING, t BIGINT",
    "traits": "trait_id STRING, lead_id STRING, field STRING, value STRING, t BIGINT, source STRING, "
    "quote STRING, confidence DOUBLE",
    "events": "event_id STRING, lead_id STRING, event STRING, t BIGINT, void BOOLEAN, until BIGINT",
}
_WHERE = {"lead_id": "lead_id", "event": "event", "field": "field", "t": "occurred_at"}


class SparkFacts:
    """Leads, traits and events in Spark, as far as models read them. Make one with :meth:`read`."""

    session: SparkSession
    models: tuple[Model, ...]

    @classmethod
    def read(
        cls,
        models: Model | Sequence[Model],
        session: SparkSession | None = None,
        *,
        leads: Any = None,
        traits: Any = None,
        events: Any = None,
        mapping: Mapping[str, str] | Sequence[str] = (),
        doubled_events: bool | None = None,
    ) -> SparkFacts:
        """Bind Spark data to what `models` read of it.

        `leads`, `traits` and `events` are each a Spark DataFrame, the name of a table or view, or a path of
        Parquet (a text with a `/` in it, a `Path`, a list of them). `mapping` says which column is meant
        where names differ, as for files: ``{"events.lead_id": "user_id"}``.

        `doubled_events=False` says that no event id stands twice; left out, it is looked for, in one pass
        over the ids. Nothing else is computed before somebody asks.

        Raises :class:`FactsError` where a table lacks a column that it must have.
        """
        facts = cls()
        facts.session = spark_session(session)
        facts.models = (models,) if isinstance(models, Model) else tuple(models)
        facts._reads = Reads.of(facts.models)
        facts._doubled = doubled_events
        given = {"leads": leads, "traits": traits, "events": events}
        mappings = Mappings(mapping)
        facts._read, facts._bound, facts.relations = {}, {}, {}
        for table in TABLES:
            facts._take(table, given[table], mappings)
        return facts

    def _take(self, name: str, given: Any, mappings: Mappings) -> None:
        if given is None:
            mappings.check(name, (), False)
            self.relations[name] = self.session.createDataFrame([], _EMPTY[name] + self._own_columns(name))
            return
        table = Table.of(f"the {name} table", _frame(given, self.session))
        bound = _BINDERS[name](table, self._reads, mappings)
        run = Run(self.session, {"given": table.frame})
        rows = run.query(bound.select("given"))
        run.name("rows", rows)
        required = " AND ".join(f"{column} IS NOT NULL" for column in bound.required)
        self.relations[name] = run.query(f"SELECT {', '.join(bound.cells)} FROM rows WHERE {required}")
        self._read[name], self._bound[name] = rows, bound
        run.release()

    def _own_columns(self, name: str) -> str:
        own = {"leads": ("f", self._reads.fields), "events": ("p", self._reads.properties)}.get(
            name, ("", ())
        )
        return "".join(f", {own[0]}_{i} STRING" for i in range(len(own[1])))

    @cached_property
    def shape(self) -> Shape:
        """What a plan must know of these facts."""
        return Shape(
            properties=self._kinds("events", "p", self._reads.properties),
            fields=self._kinds("leads", "f", self._reads.fields),
            doubled_events="events" in self._bound and self._is_doubled(),
            doubled_leads="leads" in self._bound and self._any_twice("leads", "lead_id"),
            has_traits="traits" in self._bound,
        )

    def _kinds(self, table: str, letter: str, reads: Sequence[Any]) -> dict[str, tuple[str, str]]:
        if table in self._bound:
            return self._bound[table].own
        return {read.name: (f"{letter}_{i}", "text") for i, read in enumerate(reads)}

    def _is_doubled(self) -> bool:
        return self._any_twice("events", "event_id") if self._doubled is None else self._doubled

    def _any_twice(self, table: str, column: str) -> bool:
        """Whether a value stands twice; True may, very rarely, be two of one hash."""
        count = f"count(1) <> count(DISTINCT xxhash64({column})) AS twice"
        return bool(self.relations[table].selectExpr(count).first()["twice"])

    def findings(self) -> tuple[Finding, ...]:
        """Rows that were left out and cells that do not read, counted in one pass over each table."""
        return self._findings

    @cached_property
    def _findings(self) -> tuple[Finding, ...]:
        found = (one for name in self._bound for one in _left_out(name, self._bound[name], self._read[name]))
        return tuple(found)


def _frame(given: Any, session: SparkSession) -> DataFrame:
    """What was given as a DataFrame."""
    if hasattr(given, "selectExpr"):
        return given
    paths = given if isinstance(given, (list, tuple)) else [given]
    if not paths or not all(isinstance(path, (str, os.PathLike)) for path in paths):
        raise FactsError(
            f"what Spark does not read (of type {type(given).__name__}) was given: give a Spark DataFrame, "
            "the name of a table, or paths of Parquet files"
        )
    if isinstance(given, str) and "/" not in given:
        if not session.catalog.tableExists(given):
            raise FactsError(f"there is no table `{given}`; a path has a / in it, such as ./{given}")
        return session.table(given)
    from pyspark.errors import AnalysisException

    try:
        return session.read.option("mergeSchema", "true").parquet(*(os.fspath(path) for path in paths))
    except AnalysisException as error:
        some = ", ".join(f"`{os.fspath(path)}`" for path in paths[:3])
        raise FactsError(f"{some} cannot be read as Parquet: {str(error).splitlines()[0]}") from error


def _left_out(name: str, bound: Bound, rows: DataFrame) -> list[Finding]:
    absent = [
        Finding("absent_property" if name == "events" else "absent_field", name, own, 0,
                f"`{own}` is read by the model, and no column of {name} has it")
        for own in bound.absent
    ]  # fmt: skip
    tests = {f"missing_{c}": f"{c} IS NULL" for c in bound.required}
    if "t" in bound.required:
        tests["missing_t"] = "t IS NULL AND bad_occurred_at IS NULL"
    tests |= {f"bad_{c}": f"bad_{c} IS NOT NULL" for c in bound.bad}
    counts = rows.selectExpr(
        "count(1) AS n", *(f"count_if({test}) AS {c}" for c, test in tests.items())
    ).first()
    if not counts["n"]:
        return [*absent, Finding("no_rows", name, None, 0, f"the {name} table has no rows")]
    for column in bound.required:
        if count := counts[f"missing_{column}"]:
            what = f"{counted(count, 'row is', 'rows are')} left out of {name}: no `{_WHERE[column]}`"
            absent.append(Finding("left_out", name, _WHERE[column], count, what))
    for column in bound.bad:
        if count := counts[f"bad_{column}"]:
            drops = column == "occurred_at"
            what = "so the row is left out" if drops else "and is read as empty"
            message = f"`{column}` of {counted(count, 'row')} of {name} does not read, {what}"
            absent.append(Finding("left_out" if drops else "unreadable", name, column, count, message))
    return absent
