"""Rates and differences with their uncertainty."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

Z = 1.959963984540054  # of a normal distribution, 95 % lie within so many standard deviations
DRAWS = 2000
_DEFINED = 0.95  # share of the draws in which a figure must exist, so that its interval is told

Sums = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Rate:
    """`hits` of `n`, with the Wilson score interval at 95 % (Wilson 1927), which holds for small n too.

    >>> Rate(3, 10).value, [round(x, 3) for x in Rate(3, 10).interval]
    (0.3, [0.108, 0.603])
    >>> Rate(0, 0).value is None
    True
    """

    hits: int
    n: int

    @property
    def value(self) -> float | None:
        return self.hits / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        if not self.n:
            return None
        share, z2 = self.hits / self.n, Z * Z
        middle = (share + z2 / (2 * self.n)) / (1 + z2 / self.n)
        half = Z / (1 + z2 / self.n) * sqrt(share * (1 - share) / self.n + z2 / (4 * self.n**2))
        low = 0.0 if self.hits == 0 else max(0.0, middle - half)
        return low, (1.0 if self.hits == self.n else min(1.0, middle + half))

    def as_dict(self) -> dict[str, Any]:
        return {"hits": self.hits, "n": self.n, "value": self.value, "interval_95": self.interval}


@dataclass(frozen=True)
class Estimate:
    """A figure that is no plain rate, such as a difference, with its interval at 95 %.

    `value` is None where it does not exist (nothing to divide by), `interval` where it cannot be told.
    """

    value: float | None
    interval: tuple[float, float] | None = None

    def apart_from(self, nothing: float = 0.0) -> bool:
        """Whether the interval leaves out what "no difference" would be."""
        return self.interval is not None and not self.interval[0] <= nothing <= self.interval[1]

    def as_dict(self) -> dict[str, Any]:
        return {"value": self.value, "interval_95": self.interval}


class Resampled:
    """The same leads, drawn again and again with replacement: a paired percentile bootstrap.

    `columns` say of every lead what both models made of it, in whole numbers, so that a lead that is drawn
    is drawn for both. Leads of which all columns are the same are interchangeable; so it is enough to draw
    how often each pattern comes up, which is exact and costs the same for any number of leads.
    """

    def __init__(self, columns: Mapping[str, np.ndarray], draws: int = DRAWS, seed: int = 1):
        self._names = list(columns)
        rows = np.column_stack([np.asarray(column, np.int64) for column in columns.values()])
        self._total = rows.sum(axis=0)
        patterns, counts = np.unique(rows, axis=0, return_counts=True)
        if counts.sum() == 0:
            self._drawn = np.zeros((1, len(self._names)))
            return
        drawn = np.random.default_rng(seed).multinomial(counts.sum(), counts / counts.sum(), size=draws)
        self._drawn = drawn @ patterns

    def estimate(self, figure: Callable[[Sums], np.ndarray]) -> Estimate:
        """`figure` takes the sums of the columns, as arrays with one entry a draw, and gives one a draw."""
        with np.errstate(divide="ignore", invalid="ignore"):
            value = float(figure(self._sums(self._total[None, :]))[0])
            drawn = figure(self._sums(self._drawn))
        drawn = drawn[np.isfinite(drawn)]
        if not np.isfinite(value):
            return Estimate(None)
        if len(drawn) < _DEFINED * len(self._drawn):
            return Estimate(value)
        low, high = np.percentile(drawn, [2.5, 97.5])
        return Estimate(value, (float(low), float(high)))

    def _sums(self, table: np.ndarray) -> Sums:
        return {name: table[:, i].astype(float) for i, name in enumerate(self._names)}
