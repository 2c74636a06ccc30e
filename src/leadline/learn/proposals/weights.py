"""Weights in log-odds, drawn towards the team's own, with its signs and order kept where asked.

A logistic regression whose penalty is zero at the team's weights rather than at nothing: with few outcomes
the answer is what the team said, with many what the outcomes say. How strongly it is drawn is settled on
later leads than it was fitted on, and "as the team has it" is one of the candidates.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from leadline.learn.proposals.counts import Rule

STRENGTHS = (300.0, 100.0, 30.0, 10.0, 3.0, 1.0)
FOLDS = (0.4, 0.6, 0.8)  # fitted on the leads up to here, tried on those up to the next
_HARDLY = 1e-8


@dataclass(frozen=True)
class Weights:
    """`base` and log-odds a unit of each rule. `strength` is None where they are the team's own."""

    base: float
    values: np.ndarray
    strength: float | None
    scale: float  # log-odds a point of the team's


@dataclass(frozen=True)
class Kept:
    """What of the team's opinion must hold whatever the outcomes say: the sign of each rule, and their order
    within fit and intent. Without either a sign is given up only where a rule does harm beyond noise."""

    signs: bool = False
    order: bool = False


def fit_weights(
    matrix: np.ndarray, won: np.ndarray, weight: np.ndarray, rules: tuple[Rule, ...],
    strength: float | None, kept: Kept = Kept(),
) -> Weights:  # fmt: skip
    """Fit; `strength` is the penalty in units of the weight of leads, None keeps the team's weights."""
    points = np.array([r.points for r in rules])
    base, scale = team_scale(matrix @ points, won, weight)
    if strength is None or not len(rules):
        return Weights(base, points * scale, None, scale)
    prior = points * scale
    spread = np.sqrt(np.maximum(_variance(matrix, weight), _HARDLY))
    ties = prior
    if kept.order:
        ties = fit_weights(matrix, won, weight, rules, strength, Kept(signs=True)).values
    turn, low = _turned(points, rules, kept, ties)
    turn = turn / np.maximum(spread, spread.max() * 1e-3)  # so that all steps are of about one size
    start = np.concatenate([[base], np.linalg.solve(turn, prior)])
    size = weight.sum()
    start[1:] = np.maximum(start[1:], low)

    def loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
        values = turn @ theta[1:]
        score = theta[0] + matrix @ values
        away = (values - prior) * spread
        value = weight @ (np.logaddexp(0, score) - won * score) + strength * (away @ away) / 2
        left = weight * (expit(score) - won)
        way = turn.T @ (matrix.T @ left + strength * away * spread)
        return value / size, np.concatenate([[left.sum()], way]) / size

    bounds = [(None, None)] + [(None if not np.isfinite(b) else b, None) for b in low]
    found = minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 300, "ftol": 1e-9}
    )
    return Weights(float(found.x[0]), turn @ found.x[1:], strength, scale)


def choose_strength(
    matrix: np.ndarray, won: np.ndarray, weight: np.ndarray, rules: tuple[Rule, ...], first: np.ndarray,
    lead: np.ndarray, kept: Kept = Kept(),
) -> tuple[float | None, dict[str, float]]:  # fmt: skip
    """The strongest pull to the team's weights that does not predict later leads worse, beyond noise.

    `first` is each row's lead's first moment, by which leads are earlier or later. Gives the strength, and
    the loss of each candidate as a mean over leads (`team` is as the team has it).
    """
    losses: dict[float | None, np.ndarray] = {}
    for strength in (None, *STRENGTHS):
        losses[strength] = later_losses(matrix, won, weight, rules, first, lead, strength, kept)
    means = {s: float(each.mean()) if len(each) else 0.0 for s, each in losses.items()}
    best = min(means, key=lambda s: (means[s], -(s or np.inf)))
    told = {"team" if s is None else f"{s:g}": mean for s, mean in means.items()}
    for strength in (None, *STRENGTHS):
        behind = losses[strength] - losses[best]
        if not len(behind) or behind.mean() <= behind.std(ddof=1) / np.sqrt(len(behind)):
            return strength, told
    return best, told


def later_losses(
    matrix: np.ndarray, won: np.ndarray, weight: np.ndarray, rules: tuple[Rule, ...], first: np.ndarray,
    lead: np.ndarray, strength: float | None, kept: Kept = Kept(),
) -> np.ndarray:  # fmt: skip
    """Log loss of each later lead, over folds in order of time."""
    ends = [*np.quantile(np.unique(first), FOLDS), np.inf] if len(first) else []
    found = []
    for begin, end in pairwise(ends):
        known, tried = first <= begin, (first > begin) & (first <= end)
        if won[known].sum() < 5 or not tried.any():
            continue
        fitted = fit_weights(matrix[known], won[known], weight[known], rules, strength, kept)
        score = fitted.base + matrix[tried] @ fitted.values
        row = weight[tried] * (np.logaddexp(0, score) - won[tried] * score)
        found.append(np.bincount(np.unique(lead[tried], return_inverse=True)[1], row))
    return np.concatenate(found) if found else np.zeros(0)


def team_scale(total: np.ndarray, won: np.ndarray, weight: np.ndarray) -> tuple[float, float]:
    """Base and log-odds a point of a score; held a little above nothing, where points tell nothing."""
    spread = max(float(np.sqrt(_variance(total[:, None], weight)[0])), _HARDLY)
    theta = np.zeros(2)
    column = np.column_stack([np.ones(len(total)), total / spread])
    for _ in range(50):
        chance = expit(column @ theta)
        curve = (column * (weight * np.maximum(chance * (1 - chance), 1e-6))[:, None]).T @ column
        step = np.linalg.solve(curve + 1e-3 * np.eye(2), column.T @ (weight * (won - chance)) - 1e-3 * theta)
        theta = theta + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-8:
            break
    return float(theta[0]), max(float(theta[1]), 0.05) / spread


def _variance(matrix: np.ndarray, weight: np.ndarray) -> np.ndarray:
    mean = weight @ matrix / weight.sum()
    return weight @ (matrix - mean) ** 2 / weight.sum()


def _turned(points: np.ndarray, rules: tuple[Rule, ...], kept: Kept, ties: np.ndarray):
    """Weights as sums of parts that are not negative: values = turn @ parts, parts >= low.

    Signs: each part is a weight by its sign. Order: the parts are the steps from each rule to the one of its
    section that has the next more points. Among rules of equal points nobody stated an order; they stand as
    `ties` has them. Order keeps the signs too, as zero has its place in it.
    """
    size = len(points)
    way = np.where(points < 0, -1.0, 1.0)
    if kept.order:
        turn = np.zeros((size, size))
        for part, sign in ((part, sign) for part in ("fit", "intent") for sign in (-1, 1)):
            mine = [i for i in range(size) if rules[i].part == part and way[i] == sign]
            mine.sort(key=lambda i: (abs(points[i]), abs(ties[i])))
            for k, i in enumerate(mine):
                turn[i, mine[: k + 1]] = sign
        return turn, np.zeros(size)
    if kept.signs:
        return np.diag(way), np.where(points == 0, -np.inf, 0.0)  # no sign was stated of zero
    return np.eye(size), np.full(size, -np.inf)
