"""What the outcomes say of each rule: whether it works, is useless, does harm, or cannot be told.

Each rule's weight beside all others is estimated with an interval that holds for leads rather than rows (the
sandwich of Huber 1967 and White 1982, by lead). What is said of a rule is said beyond the noise of having
looked at all of them: p-values are held by Holm's step-down (Scandinavian Journal of Statistics 6, 1979), so
among models in which a kind of finding is true of no rule, one in 20 at most has any such finding.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.special import expit
from scipy.stats import norm

from leadline.analysis.intervals import Rate, Z
from leadline.learn.proposals.counts import Rule

ERROR = 0.05
FEWEST = 10  # leads for and against, below which nothing is said of a rule
WORKS, USELESS, HARMFUL, UNSURE, PROMISING = "works", "useless", "harmful", "cannot tell", "promising"


@dataclass(frozen=True)
class Evidence:
    """`having` and `lacking` are rates of the goal among leads with the rule and without it.

    `worth` is its weight beside the other rules, with its 95 % interval, in points of such a size that those
    of all rules come to as much as the team gives; `p` is held for the number of rules.
    """

    rule: str
    part: str
    title: str
    points: float
    having: Rate
    lacking: Rate
    worth: float
    interval: tuple[float, float]
    p: float
    finding: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"having": self.having.as_dict(), "lacking": self.lacking.as_dict()}

    def __str__(self) -> str:
        low, high = self.interval
        rates = f"{_share(self.having)} of those with it reach the goal, {_share(self.lacking)} without"
        return (
            f"{self.title} ({self.rule}): {self.finding}; worth {self.worth:+.0f} points "
            f"(95 %: {low:+.0f} to {high:+.0f}), the model gives {self.points:+g}; {rates}"
        )


def _share(rate: Rate) -> str:
    return "-" if rate.value is None else f"{rate.value:.1%} of {rate.n:,}"


def evidence_of(
    matrix: np.ndarray, won: np.ndarray, weight: np.ndarray, lead: np.ndarray, rules: tuple[Rule, ...],
    scale: float,
) -> tuple[Evidence, ...]:  # fmt: skip
    """What is found of each rule; `scale` is log-odds a point of the team's."""
    if not rules:
        return ()
    values, errors = _estimated(matrix, won, weight, lead)
    points = np.array([r.points for r in rules])
    way = np.where(points < 0, -1.0, 1.0)
    having, lacking = _rates(matrix, won, lead)
    told = np.array([min(h.n, w.n) >= FEWEST for h, w in zip(having, lacking, strict=True)])
    wrong = _held(np.where(told & (points != 0), norm.cdf(values * way / errors), 1.0))
    right = _held(np.where(told & (points != 0), norm.sf(values * way / errors), 1.0))
    either = _held(np.where(told, 2 * norm.sf(np.abs(values) / errors), 1.0))
    less = _held(np.where(told & (points != 0), norm.cdf((values - points * scale) * way / errors), 1.0))
    told_in = max(scale, _size(values, points, matrix))
    found = []
    for i, rule in enumerate(rules):
        low, high = values[i] - Z * errors[i], values[i] + Z * errors[i]
        finding, p = UNSURE, float(either[i])
        if rule.points == 0:
            finding = PROMISING if either[i] < ERROR else UNSURE
        elif wrong[i] < ERROR:
            finding, p = HARMFUL, float(wrong[i])
        elif right[i] < ERROR:
            finding, p = WORKS, float(right[i])
        elif low <= 0 <= high and less[i] < ERROR:
            finding, p = USELESS, float(less[i])
        found.append(
            Evidence(
                rule.id, rule.part, rule.title, rule.points, having[i], lacking[i],
                float(values[i] / told_in), (float(low / told_in), float(high / told_in)), p, finding,
            )
        )  # fmt: skip
    return tuple(found)


def _estimated(
    matrix: np.ndarray, won: np.ndarray, weight: np.ndarray, lead: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Weights beside each other, hardly penalised, with standard errors by lead."""
    spread = np.maximum(matrix.std(axis=0), 1e-8)
    column = np.column_stack([np.ones(len(won)), (matrix - matrix.mean(axis=0)) / spread])
    held = np.eye(column.shape[1])
    held[0, 0] = 1e-6
    theta = np.zeros(column.shape[1])
    for _ in range(60):
        chance = expit(np.clip(column @ theta, -30, 30))
        curve = (column * (weight * np.maximum(chance * (1 - chance), 1e-9))[:, None]).T @ column + held
        root = cho_factor(curve)
        step = cho_solve(root, column.T @ (weight * (won - chance)) - held @ theta)
        theta = theta + step * min(1.0, 3.0 / max(np.abs(step).max(), 1e-12))
        if np.abs(step).max() < 1e-7:
            break
    parts = column * (weight * (won - expit(column @ theta)))[:, None]
    _, place = np.unique(lead, return_inverse=True)
    sums = np.zeros((place.max() + 1, column.shape[1]))
    np.add.at(sums, place, parts)
    inverse = cho_solve(root, np.eye(column.shape[1]))
    few = len(sums) / max(len(sums) - column.shape[1], 1)
    around = np.sqrt(np.diag(inverse @ (sums.T @ sums) @ inverse) * few)
    # where few won, the sandwich is too narrow; the curvature's own width is the least that is believed
    error = np.maximum(around, np.sqrt(np.diag(inverse)))
    return theta[1:] / spread, error[1:] / spread


def _size(values: np.ndarray, points: np.ndarray, matrix: np.ndarray) -> float:
    """Log-odds a point, where all that the team gives is to be worth as much as all that was found."""
    spread = matrix.std(axis=0)
    given = np.abs(points) @ spread
    return float((values * np.sign(points)) @ spread / given) if given else 0.0


def _held(p: np.ndarray) -> np.ndarray:
    """Holm's adjusted p-values."""
    order = np.argsort(p)
    scaled = np.minimum(1.0, p[order] * (len(p) - np.arange(len(p))))
    out = np.empty(len(p))
    out[order] = np.maximum.accumulate(scaled)
    return out


def _rates(matrix: np.ndarray, won: np.ndarray, lead: np.ndarray) -> tuple[list[Rate], list[Rate]]:
    """Of leads that ever had it, and of those that never did."""
    _, place = np.unique(lead, return_inverse=True)
    people = place.max() + 1 if len(place) else 0
    reached = np.bincount(place, won, people) > 0
    having, lacking = [], []
    for column in matrix.T:
        has = np.bincount(place, column != 0, people) > 0
        having.append(Rate(int((reached & has).sum()), int(has.sum())))
        lacking.append(Rate(int((reached & ~has).sum()), int((~has).sum())))
    return having, lacking
