"""Logistic regression on bins, shrunk: each table is drawn towards zero, neighbours towards each other.

How strongly is learned from the data, table by table (empirical Bayes): the variance of a table's entries is
raised or lowered until it agrees with what the data say of them, the update of Fellner and Schall as in Wood
and Fasiolo, Biometrics 73 (2017). A table without signal goes to zero. Tables borrow from each other: a
variance is drawn towards that of all, with the weight of eight entries, since a table of few levels
says little of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.special import expit

_LEAST, _MOST = 0.02, 1e5  # strengths
_BORROWED = 8.0
_ROUNDS = 40
_TIMES = (0.5, 1.0, 2.0, 4.0, 8.0)


@dataclass(frozen=True)
class Shrunk:
    """Log-odds: `base`, and for each table its entries. `strengths` are the tables' penalties.

    `slope` belongs to the prior column, where there is one. `root` factors the curvature at the optimum,
    in the order base, slope, tables: its inverse is the spread of the estimate.
    """

    base: float
    slope: float | None
    tables: tuple[np.ndarray, ...]
    strengths: np.ndarray
    root: tuple
    useful: np.ndarray  # effective degrees of freedom of each table

    @property
    def theta(self) -> np.ndarray:
        """All of it in one column: base, slope if there is one, tables."""
        return np.concatenate([[self.base], [] if self.slope is None else [self.slope], *self.tables])


@dataclass(frozen=True)
class Design:
    """Rows by their bins: one array of codes and a size a table; `prior` is a column that is not shrunk."""

    codes: list[np.ndarray]
    sizes: tuple[int, ...]
    ordered: tuple[bool, ...]
    prior: np.ndarray | None = None

    @property
    def free(self) -> int:
        return 1 if self.prior is None else 2

    @property
    def spans(self) -> list[slice]:
        ends = np.cumsum([self.free, *self.sizes])
        return [slice(a, b) for a, b in pairwise(ends)]

    def scores(self, theta: np.ndarray) -> np.ndarray:
        total = np.full(self._rows, theta[0])
        if self.prior is not None:
            total += theta[1] * self.prior
        for code, span in zip(self.codes, self.spans, strict=True):
            total += theta[span][code]
        return total

    def sums(self, weight: np.ndarray) -> np.ndarray:
        """The transposed design times a column."""
        out = [[weight.sum()]]
        if self.prior is not None:
            out.append([weight @ self.prior])
        out += [np.bincount(c, weight, s) for c, s in zip(self.codes, self.sizes, strict=True)]
        return np.concatenate(out)

    def gram(self, weight: np.ndarray) -> np.ndarray:
        """The transposed design, weighted, times the design."""
        width = self.free + sum(self.sizes)
        out = np.zeros((width, width))
        out[0] = self.sums(weight)
        if self.prior is not None:
            out[1] = self.sums(weight * self.prior)
        spans = self.spans
        for i, (code, size, at) in enumerate(zip(self.codes, self.sizes, spans, strict=True)):
            out[at, at] = np.diag(out[0, at])
            for k in range(i + 1, len(self.codes)):
                both = code.astype(np.int64) * self.sizes[k] + self.codes[k]
                counted = np.bincount(both, weight, size * self.sizes[k])
                out[at, spans[k]] = counted.reshape(size, self.sizes[k])
        upper = np.triu(out)
        return upper + np.triu(out, 1).T

    def penalties(self) -> list[np.ndarray]:
        return [penalty(s, o) for s, o in zip(self.sizes, self.ordered, strict=True)]

    def only(self, rows: np.ndarray) -> Design:
        prior = None if self.prior is None else self.prior[rows]
        return Design([c[rows] for c in self.codes], self.sizes, self.ordered, prior)

    @property
    def _rows(self) -> int:
        return len(self.codes[0]) if self.codes else len(self.prior)


def penalty(size: int, ordered: bool) -> np.ndarray:
    """What is dear in a table: entries far from zero, and in an ordered one neighbours that differ.

    The ordered bins begin after *missing*; their common level is held by a little of the first kind.
    """
    if not ordered or size < 4:
        return np.eye(size)
    steps = np.diff(np.eye(size - 1), axis=0)
    out = np.zeros((size, size))
    out[1:, 1:] = steps.T @ steps + 0.05 * np.eye(size - 1)
    out[0, 0] = 1.0
    return out


def shrink(
    design: Design,
    won: np.ndarray,
    *,
    weight: np.ndarray | None = None,
    strengths: np.ndarray | None = None,
    start: np.ndarray | None = None,
) -> Shrunk:
    """Fit the tables; `strengths` are learned where they are not given."""
    weight = np.ones(len(won)) if weight is None else weight
    penalties, spans = design.penalties(), design.spans
    learned = strengths is None
    strength = np.full(len(spans), 4.0) if learned else np.asarray(strengths, float)
    theta = _first(design, won, weight) if start is None else start.copy()
    useful = np.zeros(len(spans))
    for _ in range(_ROUNDS):
        held = _held(design, penalties, strength)
        moved, root = _step(design, won, weight, theta, held)
        change = np.abs(moved - theta).max()
        theta = moved
        if not learned:
            if change < 1e-5:
                break
            continue
        inverse = cho_solve(root, np.eye(len(theta)))
        useful, before = _useful(inverse, penalties, spans, strength), strength
        strength = _renewed(theta, penalties, spans, useful)
        if change < 1e-3 and np.abs(np.log(strength / before)).max(initial=0) < 0.1:
            break
    tables = tuple(theta[s] for s in spans)
    slope = float(theta[1]) if design.free == 2 else None
    return Shrunk(float(theta[0]), slope, tables, strength, root, useful)


def _first(design: Design, won: np.ndarray, weight: np.ndarray) -> np.ndarray:
    theta = np.zeros(design.free + sum(design.sizes))
    share = (weight @ won + 0.5) / (weight.sum() + 1)
    theta[0] = np.log(share / (1 - share))
    return theta


def _held(design: Design, penalties: list[np.ndarray], strength: np.ndarray) -> np.ndarray:
    width = design.free + sum(design.sizes)
    out = np.zeros((width, width))
    for span, each, k in zip(design.spans, penalties, strength, strict=True):
        out[span, span] = k * each
    out[np.diag_indices(width)] += 1e-6
    if design.free == 2:
        out[1, 1] += 1e-3
    return out


def _step(design, won, weight, theta, held):
    """One step of Newton, halved until the penalised likelihood does not fall."""
    chance = expit(design.scores(theta))
    root = cho_factor(design.gram(weight * np.maximum(chance * (1 - chance), 1e-9)) + held)
    way = cho_solve(root, design.sums(weight * (won - chance)) - held @ theta)
    now = _worth(design, won, weight, theta, held)
    for _ in range(12):
        if _worth(design, won, weight, theta + way, held) >= now - 1e-9 * abs(now):
            break
        way = way / 2
    return theta + way, root


def _worth(design, won, weight, theta, held) -> float:
    score = design.scores(theta)
    return float(weight @ (won * score - np.logaddexp(0, score)) - theta @ held @ theta / 2)


def _useful(inverse, penalties, spans, strength) -> np.ndarray:
    """Effective degrees of freedom: entries of the table less those that the penalty holds."""
    taken = [k * np.sum(inverse[s, s] * each) for s, each, k in zip(spans, penalties, strength, strict=True)]
    return np.maximum([len(p) for p in penalties] - np.asarray(taken), 1e-6)


def _renewed(theta, penalties, spans, useful) -> np.ndarray:
    size = np.array([theta[s] @ each @ theta[s] for s, each in zip(spans, penalties, strict=True)])
    common = size.sum() / max(useful.sum(), 1e-6)
    variance = (size + _BORROWED * common) / (useful + _BORROWED)
    return np.clip(1 / np.maximum(variance, 1e-12), _LEAST, _MOST)


def steadied(design: Design, won: np.ndarray, fitted: Shrunk, *, seed: int, count: int = 5) -> Shrunk:
    """With all strengths multiplied by what does best on rows left out, fold by fold; fitted again by it.

    With few outcomes the strengths are themselves estimated poorly, and mostly too weak.
    """
    fold = np.empty(len(won), int)
    random = np.random.default_rng(seed)
    for side in (0, 1):
        those = random.permutation(np.flatnonzero(won == side))
        fold[those] = np.arange(len(those)) % count
    losses = dict.fromkeys(_TIMES, 0.0)
    for k in range(count):
        train, test = np.flatnonzero(fold != k), np.flatnonzero(fold == k)
        part, held, theta = design.only(train), design.only(test), fitted.theta
        for times in _TIMES:
            theta = shrink(part, won[train], strengths=fitted.strengths * times, start=theta).theta
            score = held.scores(theta)
            losses[times] += float(np.sum(np.logaddexp(0, score) - won[test] * score))
    best = min(losses, key=losses.get)
    if best == 1.0:
        return fitted
    return shrink(design, won, strengths=fitted.strengths * best, start=fitted.theta)
