"""What every kind of predictor is fitted to: a sum of tables over bins, before it is calibrated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from leadline.learn.bins import codes_of
from leadline.model.predictor import Axis, Input, Term

Draw = tuple[float, tuple[np.ndarray, ...]]  # a base, and the values of each term
Draws = Callable[[int, int], list[Draw]]  # how many, seed


class LearnError(ValueError):
    """Nothing can be learned from what was given; the message says why, and what to do."""


@dataclass(frozen=True)
class Tables:
    """Log-odds: `base`, and for each term the values of its bins, centred over the training rows.

    `draws(count, seed)` gives the same fitted to resamples. `dropped` says of inputs that are not used why
    not. `notes` are sentences for people.
    """

    kind: str
    inputs: tuple[Input, ...]
    axes: tuple[tuple[Axis, ...], ...]
    values: tuple[np.ndarray, ...]
    base: float
    draws: Draws
    dropped: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def score(self, features: pa.Table) -> np.ndarray:
        """Raw log-odds of each row."""
        return score(self.inputs, self.axes, self.base, self.values, features)

    def terms(self) -> tuple[Term, ...]:
        pairs = zip(self.axes, self.values, strict=True)
        return tuple(Term(axes, rounded(values)) for axes, values in pairs)


def score(inputs, axes, base: float, values, features: pa.Table) -> np.ndarray:
    """Raw log-odds of each row, from tables."""
    types = {i.name: i.type for i in inputs}
    known: dict[Axis, np.ndarray] = {}
    total = np.full(len(features), base)
    for those, table in zip(axes, values, strict=True):
        for axis in those:
            if axis not in known:
                known[axis] = codes_of(features.column(axis.input), types[axis.input], axis)
        total += np.asarray(table)[cell([known[a] for a in those], [a.size(types[a.input]) for a in those])]
    return total


def cell(codes: list[np.ndarray], sizes: list[int]) -> np.ndarray:
    """The entry of a term's table: of one axis its bin, of two the second running fastest."""
    return codes[0] if len(codes) == 1 else codes[0].astype(np.int64) * sizes[1] + codes[1]


def rounded(values) -> tuple[float, ...]:
    """To a millionth of log-odds, which no probability of six decimals can tell."""
    return tuple(float(v) + 0.0 for v in np.round(values, 7))


def centred(base: float, values: list[np.ndarray], counts: list[np.ndarray]) -> Draw:
    """Each table with mean zero over the rows counted; what is taken off goes into the base."""
    out = []
    for table, count in zip(values, counts, strict=True):
        mean = float(table @ count / max(count.sum(), 1))
        base += mean
        out.append(table - mean)
    return base, tuple(out)
