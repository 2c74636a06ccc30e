"""Pairs of inputs that say more together than each for itself."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from leadline.learn.bins import Binning, make_bins
from leadline.learn.examples import Examples
from leadline.learn.tables import cell

_INPUTS = 16  # among the strongest of which pairs are looked for
_BEYOND = 3.0


@dataclass(frozen=True)
class Pairs:
    """Which pairs, by position in `binning`, whose bins are coarse."""

    binning: Binning
    chosen: tuple[tuple[int, int], ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        size = self.binning.sizes
        return tuple(size[a] * size[b] for a, b in self.chosen)

    def cells(self, codes: list[np.ndarray]) -> list[np.ndarray]:
        """The entry of each pair's table for each row, from the coarse bins of the rows."""
        size = self.binning.sizes
        return [cell([codes[a], codes[b]], [size[a], size[b]]).astype(np.int32) for a, b in self.chosen]


def find_pairs(
    examples: Examples, names: list[str], gap: np.ndarray, spread: np.ndarray, *, most: int
) -> tuple[Pairs, list[np.ndarray]]:
    """The pairs of the inputs named in which what single inputs leave unexplained gathers; and their codes.

    `gap` is outcome less probability, `spread` the probability's variance. Of each cell of a pair the
    square of its summed gap by its summed spread is taken: without interplay their sum is about chi-square,
    one degree of freedom a cell less those of rows and columns (a score test; the idea of ranking all pairs
    so is that of FAST in Lou, Caruana, Gehrke and Hooker, KDD 2013).
    """
    inputs = tuple(i for i in examples.inputs if i.name in set(names[:_INPUTS]))
    least = int(np.clip(len(examples) / 100, 20, 2_000))
    binning = make_bins(examples.features, inputs, most=6, least=least, levels=7)
    codes = binning.codes(examples.features)
    size = binning.sizes
    found = []
    for a, b in combinations(range(len(codes)), 2):
        at = cell([codes[a], codes[b]], [size[a], size[b]])
        held = np.bincount(at, spread, size[a] * size[b])
        off = np.bincount(at, gap, size[a] * size[b])
        full = held > 1.0
        rows, columns = (
            full.reshape(size[a], size[b]).any(1).sum(),
            full.reshape(size[a], size[b]).any(0).sum(),
        )
        free = full.sum() - rows - columns + 1
        if free > 0:
            beyond = (np.sum(off[full] ** 2 / held[full]) - free) / np.sqrt(2 * free)
            found.append((-beyond, (a, b)))
    chosen = tuple(pair for beyond, pair in sorted(found)[:most] if -beyond > _BEYOND)
    return Pairs(binning, chosen), codes
