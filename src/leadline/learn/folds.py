"""On which leads a predictor is tried that it was not trained on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from leadline.learn.examples import Examples

LATER = "later in time"
BY_LOT = "by lot: optimistic"
_FIRST = 0.5  # of the leads in order of time: trained on before the first trial
_AGREE = 0.9
_LARGE = 0.05  # more than this share of the leads alike is a common case, not a copy


@dataclass(frozen=True)
class Folds:
    """Pairs of training and trial rows. `copies` counts the rows that equal an earlier one in every input."""

    pairs: tuple[tuple[np.ndarray, np.ndarray], ...]
    how: str
    copies: int = 0


def make_folds(examples: Examples, *, seed: int, count: int | None = None) -> Folds:
    """By time where instants are known: trained on what came before, tried on what came next.

    Else by lot, each side with the same share of outcomes, and leads that are equal in every input on the
    same side.
    """
    rarer = int(min(examples.won.sum(), (~examples.won).sum()))
    if examples.at is not None and len(np.unique(examples.at)) > 10:
        pairs = _by_time(examples, count or 5)
        if pairs:
            return Folds(tuple(pairs), LATER)
    count = min(count or (10 if rarer < 200 else 5), len(examples))
    groups, copies = alike(examples)
    fold = _by_lot(examples.won, groups, count, seed)
    pairs = [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(count)]
    return Folds(tuple(p for p in pairs if len(p[0]) and len(p[1])), BY_LOT, copies)


def alike(examples: Examples) -> tuple[np.ndarray, int]:
    """A number for each row, the same for copies of one row; and how many rows are copies.

    Copies are equal in every input, and in their outcome: where a tenth of the rows that equal another in
    every input differ from it in outcome, they are taken for leads that are alike, and none for a copy.
    """
    n = len(examples)
    group, size = _equal(examples.features)
    twins = size[group] > 1
    share = np.bincount(group, examples.won) / size
    agree = np.where(examples.won, share[group], 1 - share[group])
    if not twins.any() or agree[twins].mean() < _AGREE:
        return np.arange(n), 0
    common = size[group] > max(_LARGE * n, 1)
    group = np.where(common, n + np.arange(n), group)
    heads, group = np.unique(group, return_inverse=True)
    return group, n - len(heads)


def _equal(features: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """A number for each row, the same for equal rows, and how many rows have each number."""
    key = np.zeros(len(features), np.uint64)
    for column in features.columns:
        code = column.combine_chunks().dictionary_encode().indices.fill_null(-1)
        with np.errstate(over="ignore"):
            key = _mixed(key * np.uint64(31) + code.to_numpy().astype(np.int64).astype(np.uint64))
    _, group, size = np.unique(key, return_inverse=True, return_counts=True)
    return group, size


def _mixed(key: np.ndarray) -> np.ndarray:
    """The finishing of splitmix64 (Steele, Lea and Flood 2014), so that unequal rows hardly ever meet."""
    with np.errstate(over="ignore"):
        key = (key ^ (key >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        key = (key ^ (key >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return key ^ (key >> np.uint64(31))


def _by_lot(won: np.ndarray, groups: np.ndarray, count: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    heads = int(groups.max()) + 1
    outcome = np.zeros(heads, bool)
    np.logical_or.at(outcome, groups, won)
    fold = np.zeros(heads, int)
    start = 0
    for side in (True, False):
        those = random.permutation(np.flatnonzero(outcome == side))
        fold[those] = (start + np.arange(len(those))) % count
        start += len(those)
    return fold[groups]


def _by_time(examples: Examples, count: int) -> list[tuple[np.ndarray, np.ndarray]]:
    at, won = examples.at, examples.won
    ordered = np.sort(at)
    cuts = [ordered[int(len(at) * (_FIRST + (1 - _FIRST) * k / count))] for k in range(count)]
    pairs = []
    for begin, end in zip(cuts, [*cuts[1:], np.inf], strict=True):
        before, test = np.flatnonzero(at < begin), np.flatnonzero((at >= begin) & (at < end))
        before = _answered(examples, before, begin)
        if len(test) and min(Counter(won[before].tolist()).get(side, 0) for side in (True, False)) > 1:
            pairs.append((before, test))
    return pairs


def _answered(examples: Examples, before: np.ndarray, begin: int) -> np.ndarray:
    """Those whose outcome was known by then; all of them where that leaves out more than half."""
    if not examples.horizon:
        return before
    known = before[examples.at[before] + examples.horizon <= begin]
    return known if len(known) * 2 >= len(before) else before
