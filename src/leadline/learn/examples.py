"""What is learned from: leads at a moment, what was known of each by then, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from leadline.model.predictor import Input
from leadline.model.shape import Field


@dataclass(frozen=True)
class Examples:
    """One row a lead (or a moment of one).

    `features` has a column for each of `inputs`, under its name: float64 for numbers, int64 microseconds for
    times, text, boolean; null is missing. `won` says whether the goal was reached within the horizon. `at` is
    the moment of truth in microseconds (None where there is no time), `ids` the leads' ids as texts or None.
    `left_out` counts the rows that are not among them, by reason in words. `worth` is the goal's amount where
    it is known (NaN elsewhere). `explored` marks the leads that were handed over by lot. `beside` keeps
    columns that are not learned from, for looking at groups.
    """

    features: pa.Table
    inputs: tuple[Input, ...]
    fields: tuple[Field, ...]
    won: np.ndarray
    goal: str
    at: np.ndarray | None = None
    ids: pa.Array | None = None
    worth: np.ndarray | None = None
    explored: np.ndarray | None = None
    horizon: int | None = None
    model: str | None = None
    left_out: Mapping[str, int] = field(default_factory=dict)
    beside: pa.Table | None = None

    def __len__(self) -> int:
        return len(self.won)

    @property
    def rate(self) -> float:
        """The share that reached the goal; NaN of nobody."""
        return float(np.mean(self.won)) if len(self.won) else float("nan")

    def only(self, rows: np.ndarray) -> Examples:
        """Some of them: `rows` is a mask, or indices."""
        rows = np.flatnonzero(rows) if rows.dtype == bool else rows
        taken = pa.array(rows)

        def some(column):
            return None if column is None else column[rows]

        return replace(
            self,
            features=self.features.take(taken),
            won=self.won[rows],
            at=some(self.at),
            ids=None if self.ids is None else self.ids.take(taken),
            worth=some(self.worth),
            explored=some(self.explored),
            beside=None if self.beside is None else self.beside.take(taken),
        )

    def without(self, names: set[str]) -> Examples:
        """Without some of the inputs."""
        kept = tuple(i for i in self.inputs if i.name not in names)
        return replace(self, inputs=kept, features=self.features.select([i.name for i in kept]))
