"""Runs a plan's steps on Spark.

The steps call their tables `events`, `points`, `hits` …, names that a session may well have tables of. So
each query gets them as common table expressions, over temporary views with names of their own.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING

from leadline.engine.plan import Step
from leadline.engine.spark.session import settled

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


class Run:
    """One run of a plan: its relations by name, and what of them Spark was asked to keep."""

    def __init__(self, session: SparkSession, relations: Mapping[str, DataFrame]):
        self.session = session
        self._prefix = f"leadline_{uuid.uuid4().hex}_"
        self._views: dict[str, str] = {}
        self._kept: list[DataFrame] = []
        for name, frame in relations.items():
            self._name(name, frame)

    def query(self, sql: str) -> DataFrame:
        """The rows of a query over the run's relations, not computed yet."""
        used = [name for name in self._views if re.search(rf"\b{name}\b", sql)]
        named = ", ".join(f"{name} AS (SELECT * FROM {self._views[name]})" for name in used)
        with settled(self.session):
            return self.session.sql(f"WITH {named} {sql}" if named else sql)

    def step(self, step: Step) -> DataFrame:
        frame = self.query(step.sql)
        if step.keep:
            frame = self.keep(frame)
        self._name(step.name, frame)
        return frame

    def keep(self, frame: DataFrame) -> DataFrame:
        """Rows that are read more than once are computed once, in memory, and on disk beyond that."""
        from pyspark import StorageLevel

        self._kept.append(frame.persist(StorageLevel.MEMORY_AND_DISK))
        return self._kept[-1]

    def _name(self, name: str, frame: DataFrame) -> None:
        self._views[name] = self._prefix + name
        frame.createOrReplaceTempView(self._views[name])

    def forget_names(self) -> None:
        """Drop the views; frames that were made of them keep working."""
        for view in self._views.values():
            self.session.catalog.dropTempView(view)
        self._views.clear()

    def release(self) -> None:
        """Give back memory and disk."""
        self.forget_names()
        while self._kept:
            self._kept.pop().unpersist()

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
