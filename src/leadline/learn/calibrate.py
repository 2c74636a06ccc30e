"""Calibration: from raw to true log-odds, learned from predictions of leads that were not trained on."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logit
from sklearn.isotonic import IsotonicRegression

from leadline.model.predictor import Calibration

MANY = 1_000  # of the rarer outcome: enough for a broken line
_KNOTS = 12
_TRUST = (1.0, 0.25)  # of shift and slope: how far from none they are thought to lie beforehand


def calibrated(raw: np.ndarray, won: np.ndarray, weight: np.ndarray | None = None) -> Calibration:
    """A line where outcomes are few (Platt 1999), a broken line where they are many (isotonic).

    The line's shift and slope are drawn towards changing nothing, so that a handful of outcomes does not
    bend what was fitted with care.
    """
    weight = np.ones(len(raw)) if weight is None else weight
    won = won.astype(float)
    line = platt(raw, won, weight)
    rarer = min(weight @ won, weight @ (1 - won))
    return broken(raw, won, weight, line) if rarer >= MANY else line


def applied(calibration: Calibration, raw: np.ndarray) -> np.ndarray:
    """Calibrated log-odds; beyond its ends the end pieces go on."""
    x, y = np.asarray(calibration.x), np.asarray(calibration.y)
    at = np.clip(np.searchsorted(x, raw, side="right") - 1, 0, len(x) - 2)
    slope = (y[at + 1] - y[at]) / (x[at + 1] - x[at])
    return y[at] + slope * (raw - x[at])


def platt(raw: np.ndarray, won: np.ndarray, weight: np.ndarray) -> Calibration:
    middle = float(np.average(raw, weights=weight)) if weight.sum() else 0.0
    off = raw - middle

    def cost(given):
        shift, slope = given
        score = middle + shift + slope * off
        likelihood = weight @ (won * score - np.logaddexp(0, score))
        held = (shift / _TRUST[0]) ** 2 / 2 + ((slope - 1) / _TRUST[1]) ** 2 / 2
        gap = weight * (expit(score) - won)
        slant = [gap.sum() + shift / _TRUST[0] ** 2, gap @ off + (slope - 1) / _TRUST[1] ** 2]
        return held - likelihood, np.array(slant)

    bounds = [(-5, 5), (0.05, 5)]
    shift, slope = minimize(cost, [0.0, 1.0], jac=True, method="L-BFGS-B", bounds=bounds).x
    return Calibration((middle, middle + 1.0), (middle + float(shift), middle + float(shift + slope)))


def broken(raw: np.ndarray, won: np.ndarray, weight: np.ndarray, line: Calibration) -> Calibration:
    """Isotonic regression, averaged within groups of equal weight: through their middles runs the line."""
    order = np.argsort(raw, kind="stable")
    raw, won, weight = raw[order], won[order], weight[order]
    rising = IsotonicRegression(out_of_bounds="clip").fit_transform(raw, won, sample_weight=weight)
    group = np.minimum((np.cumsum(weight) - weight / 2) / weight.sum() * _KNOTS, _KNOTS - 1).astype(int)
    n = np.bincount(group, weight, _KNOTS)
    mean = np.divide(np.bincount(group, weight * raw, _KNOTS), n, where=n > 0, out=np.zeros(_KNOTS))
    share = (np.bincount(group, weight * rising, _KNOTS) + 0.5) / (n + 1)
    x, y = [], []
    for at, height in zip(mean[n > 0], logit(share[n > 0]), strict=True):
        if not x or (at - x[-1] > 0.05 and height - y[-1] > 1e-3):
            x.append(float(at))
            y.append(float(height))
    if len(x) < 3:
        return line
    slope = (line.y[1] - line.y[0]) / (line.x[1] - line.x[0])
    x, y = [x[0] - 1, *x, x[-1] + 1], [y[0] - slope, *y, y[-1] + slope]  # as steep as the line beyond
    return Calibration(tuple(x), tuple(y))
