"""Half-lives and caps, looked for over a small grid; changed only where later leads agree beyond noise."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from scipy.special import expit
from scipy.stats import norm

from leadline.learn.proposals.counts import CAPS, HALF_LIVES, Counts, Rule
from leadline.learn.proposals.evidence import ERROR
from leadline.learn.proposals.rows import Rows
from leadline.learn.proposals.weights import FOLDS, fit_weights

_STRENGTH = 10.0


def searched(rules: tuple[Rule, ...], counts: Counts, rows: Rows) -> tuple[Rule, ...]:
    """Signals with the half-life and the cap under which later leads are foretold best.

    One signal at a time, beside the others as they are. Of all settings looked at, one is taken up only
    where it is better than the team's by more than noise, held for their number (Bonferroni); so where
    nothing is to be found, 19 of 20 models are left as they are.
    """
    folds = _folds(counts.matrix(rules), rows, rules)
    options = {r.id: _options(r, counts) for r in rules if r.part == "intent"}
    number = sum(map(len, options.values()))
    if not folds or not number:
        return rules
    needed = norm.isf(ERROR / number)
    found = []
    for i, rule in enumerate(rules):
        best, least = rule, needed
        if options.get(rule.id):
            own = _losses(folds, counts.column(rule), i)
            for option in options[rule.id]:
                gain = own - _losses(folds, counts.column(option), i)
                surely = gain.mean() / max(gain.std(ddof=1) / np.sqrt(len(gain)), 1e-12)
                if surely > least:
                    best, least = option, surely
        found.append(best)
    return tuple(found)


def _options(rule: Rule, counts: Counts) -> list[Rule]:
    lives = [h for h in HALF_LIVES if h != rule.half_life and (rule.id, h) in counts.plain]
    caps = [c for c in CAPS if c != rule.cap]
    return [replace(rule, half_life=h) for h in lives] + [replace(rule, cap=c) for c in caps]


def _folds(matrix: np.ndarray, rows: Rows, rules: tuple[Rule, ...]):
    """Of each fold: rows to fit on, rows to try on, and the score of everything as fitted."""
    found, first, won, weight = [], rows.first, rows.won, rows.weight
    ends = [*np.quantile(np.unique(first), FOLDS), np.inf] if len(rows) else []
    for begin, end in pairwise(ends):
        known, tried = first <= begin, (first > begin) & (first <= end)
        if won[known].sum() < 20 or won[tried].sum() < 5:
            continue
        fitted = fit_weights(matrix[known], won[known], weight[known], rules, _STRENGTH)
        parts = matrix * fitted.values
        _, place = np.unique(rows.lead[tried], return_inverse=True)
        found.append((known, tried, parts, fitted.base + parts.sum(axis=1), won, weight, place))
    return found


def _losses(folds, column: np.ndarray, i: int) -> np.ndarray:
    found = []
    for known, tried, parts, score, won, weight, place in folds:
        offset = score - parts[:, i]
        base, slope = _slope(column[known], offset[known], won[known], weight[known])
        told = base + offset[tried] + slope * column[tried]
        found.append(np.bincount(place, weight[tried] * (np.logaddexp(0, told) - won[tried] * told)))
    return np.concatenate(found)


def _slope(column: np.ndarray, offset: np.ndarray, won: np.ndarray, weight: np.ndarray):
    spread = max(float(column.std()), 1e-8)
    both = np.column_stack([np.ones(len(column)), column / spread])
    theta = np.zeros(2)
    held = np.diag([1e-3, 1.0])
    for _ in range(12):
        chance = expit(offset + both @ theta)
        curve = (both * (weight * np.maximum(chance * (1 - chance), 1e-9))[:, None]).T @ both + held
        step = np.linalg.solve(curve, both.T @ (weight * (won - chance)) - held @ theta)
        theta = theta + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-6:
            break
    return theta[0], theta[1] / spread
