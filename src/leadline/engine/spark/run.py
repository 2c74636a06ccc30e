"""Runs a plan's steps on Spark.

The steps call their tables `events`, `points`, `hits` …, names that a session may well have tables of. So
each query gets them as common table expressions, over temporary views with names of their own.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING

from leadline.engine.plan import Step
from leadline.engine.spark.session import settled

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def _reads(sql: str, name: str) -> bool:
    """Whether a query may read a relation: its name stands in it."""
    return re.search(rf"\b{name}\b", sql) is not None


class Run:
    """One run of a plan: its relations by name, and what of them Spark was asked to keep."""

    def __init__(self, session: SparkSession, relations: Mapping[str, DataFrame]):
        self.session = session
        self._prefix = f"leadline_{uuid.uuid4().hex}_"
        self._views: dict[str, str] = {}
        self._kept: list[DataFrame] = []
        self._cuts: list[DataFrame] = []
        for name, frame in relations.items():
            self.name(name, frame)

    def query(self, sql: str) -> DataFrame:
        """The rows of a query over the run's relations, not computed yet."""
        used = [name for name in self._views if _reads(sql, name)]
        named = ", ".join(f"{name} AS (SELECT * FROM {self._views[name]})" for name in used)
        with settled(self.session):
            return self.session.sql(f"WITH {named} {sql}" if named else sql)

    def steps(self, steps: Sequence[Step]) -> None:
        """Name the rows of all steps but the last two, the results, which are then a short way from rows
        that are there: all that more than one step reads is computed once.
        """
        for number, step in enumerate(steps[:-2]):
            later = [other.sql for other in steps[number + 1 :]]
            frame = self.query(step.sql)
            if any(_reads(sql, step.name) for sql in later[-2:]):
                frame = self._cut(frame)
            elif step.keep and sum(_reads(sql, step.name) for sql in later) > 1:
                frame = self.keep(frame)
            self.name(step.name, frame)

    def keep(self, frame: DataFrame) -> DataFrame:
        """Rows that are computed once, in memory, and on disk beyond that; lost ones are computed again."""
        from pyspark import StorageLevel

        self._kept.append(frame.persist(StorageLevel.MEMORY_AND_DISK))
        return self._kept[-1]

    def _cut(self, frame: DataFrame) -> DataFrame:
        """Rows that are computed now and have no past: Spark plans seconds over a past like that of `judged`.

        With a checkpoint directory they outlive the loss of an executor; without one they do not, and the
        job fails and is run again.
        """
        from pyspark import StorageLevel

        if self.session.sparkContext.getCheckpointDir():
            return frame.checkpoint()
        self._cuts.append(frame.localCheckpoint(storageLevel=StorageLevel.MEMORY_AND_DISK))
        return self._cuts[-1]

    def name(self, name: str, frame: DataFrame) -> None:
        self._views[name] = self._prefix + name
        frame.createOrReplaceTempView(self._views[name])

    def release_past(self) -> None:
        """Give back all that only steps on the way read; frames made of the rest keep working."""
        for view in self._views.values():
            self.session.catalog.dropTempView(view)
        self._views.clear()
        while self._kept:
            self._kept.pop().unpersist()

    def release(self) -> None:
        """Give back all memory and disk."""
        self.release_past()
        while self._cuts:
            _forget_rows(self._cuts.pop())

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _forget_rows(frame: DataFrame) -> None:
    """Spark gives a local checkpoint back when its garbage is collected, which may be never: ask for it."""
    frame._jdf.queryExecution().analyzed().rdd().unpersist(False)
