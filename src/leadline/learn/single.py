"""How well one input alone tells won from lost, measured on leads that it was not fitted to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

FOLDS = 5
BINS = 20
PRIOR = 5.0  # leads at the base rate that each bin begins with
Z = 3.0  # standard errors


@dataclass(frozen=True)
class Power:
    """An AUC, and the least that it is beyond chance, by Hanley and McNeil's standard error (1982)."""

    auc: float
    least: float

    @staticmethod
    def of(score: np.ndarray, won: np.ndarray) -> Power:
        """Of a score; ties count half."""
        n1, n0 = int(won.sum()), int((~won).sum())
        if not n1 or not n0:
            return Power(0.5, 0.0)
        _, place, count = np.unique(score, return_inverse=True, return_counts=True)
        rank = (np.cumsum(count) - (count - 1) / 2)[place]
        auc = float((rank[won].sum() - n1 * (n1 + 1) / 2) / (n1 * n0))
        # Near 0 and 1 the formula thinks itself surer than few rows can be.
        a = min(max(auc, 0.5 / n1, 0.5 / n0), 1 - 0.5 / n1, 1 - 0.5 / n0)
        q1, q2 = a / (2 - a), 2 * a * a / (1 + a)
        variance = (a * (1 - a) + (n1 - 1) * (q1 - a * a) + (n0 - 1) * (q2 - a * a)) / (n1 * n0)
        return Power(auc, auc - Z * float(np.sqrt(max(variance, 0.0))))


def power(cells: pa.ChunkedArray, won: np.ndarray) -> Power:
    """The AUC of one column, each lead judged by the rates of its bin among the others."""
    return Power.of(probabilities(cells, won), won)


def probabilities(cells: pa.ChunkedArray, won: np.ndarray) -> np.ndarray:
    """For each lead the rate of its bin in the other folds, shrunk towards the rate of all."""
    codes = _bins(cells)
    size = int(codes.max(initial=0)) + 1
    fold = np.random.default_rng(0).permutation(len(won)) % FOLDS
    found = np.full(len(won), float(won.mean()))
    for number in range(FOLDS):
        train, test = fold != number, fold == number
        n = np.bincount(codes[train], minlength=size)
        wins = np.bincount(codes[train], weights=won[train], minlength=size)
        rate = (won[train].sum() + 0.5) / (train.sum() + 1)
        found[test] = ((wins + PRIOR * rate) / (n + PRIOR))[codes[test]]
    return np.clip(found, 1e-6, 1 - 1e-6)


def _bins(cells: pa.ChunkedArray) -> np.ndarray:
    """Bin 0 is missing; numbers by quantiles, all else by value."""
    valid = pc.is_valid(cells).to_numpy()
    if pa.types.is_floating(cells.type) or pa.types.is_integer(cells.type):
        values = pc.fill_null(pc.cast(cells, pa.float64()), 0.0).to_numpy()
        some = values[valid]
        edges = np.unique(np.quantile(some, np.linspace(0, 1, BINS + 1)[1:-1])) if len(some) else np.array([])
        return np.where(valid, 1 + np.searchsorted(edges, values, side="right"), 0)
    codes = pc.dictionary_encode(cells).combine_chunks().indices
    return np.where(valid, 1 + pc.fill_null(codes, 0).to_numpy(zero_copy_only=False).astype(np.int64), 0)
