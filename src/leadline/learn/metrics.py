"""How good probabilities are, each figure with its 95 % interval.

`won` is whether the goal was reached, `probability` what was said of it by a predictor that had not seen the
row. A figure that does not exist (no AUC where all won) is an `Estimate(None)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np

from leadline.analysis.intervals import Estimate, Rate, Z

BINS = 10
FEWEST = 25  # rows in a bin of the calibration curve
CHANCE_DRAWS = 400
_TINY = 1e-6  # probabilities have six decimals


def roc_auc(won: np.ndarray, probability: np.ndarray) -> Estimate:
    """The chance that one who bought was given more than one who did not; ties count half.

    The interval is that of DeLong, DeLong and Clarke-Pearson (1988), by midranks (Sun and Xu 2014), on the
    scale of log-odds so that it stays within 0 and 1. Of a perfect order it is that of Hanley's "rule of
    three" for the smaller side.

    >>> roc_auc(np.array([True, False, True, False]), np.array([0.9, 0.2, 0.4, 0.4])).value
    0.875
    """
    won = np.asarray(won, bool)
    wins, losses = int(won.sum()), int((~won).sum())
    if not wins or not losses:
        return Estimate(None)
    above, below = _placed(probability[won], probability[~won])
    value = float(above.mean())
    if min(wins, losses) < 2:
        return Estimate(value)
    spread = sqrt(float(np.var(above, ddof=1)) / wins + float(np.var(below, ddof=1)) / losses)
    if value in (0.0, 1.0):
        edge = min(1.0, 3 / min(wins, losses))
        return Estimate(value, (1 - edge, 1.0) if value else (0.0, edge))
    if not spread:  # one probability for all
        return Estimate(value)
    return Estimate(value, _by_log_odds(value, spread / (value * (1 - value))))


def _placed(wins: np.ndarray, losses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each of the one side the share of the other that it lies above (below); ties are half."""
    from scipy.stats import rankdata

    ranks = rankdata(np.concatenate([wins, losses]))
    m, n = len(wins), len(losses)
    return (ranks[:m] - rankdata(wins)) / n, 1 - (ranks[m:] - rankdata(losses)) / m


def _by_log_odds(value: float, spread: float) -> tuple[float, float]:
    middle = log(value / (1 - value))
    low, high = (1 / (1 + exp(-(middle + side * Z * spread))) for side in (-1, 1))
    return low, high


def average_precision(won: np.ndarray, probability: np.ndarray) -> Estimate:
    """The area under precision and recall, as scikit-learn sums it; by chance it is the base rate.

    The interval is the logit interval of Boyd, Eng and Page (2013).
    """
    from sklearn.metrics import average_precision_score

    wins = int(np.sum(won))
    if not wins:
        return Estimate(None)
    value = float(average_precision_score(won, probability))
    if value >= 1 or wins == len(won):
        return Estimate(value)
    return Estimate(value, _by_log_odds(value, 1 / sqrt(wins * value * (1 - value))))


def brier(won: np.ndarray, probability: np.ndarray) -> Estimate:
    """The mean square of probability less outcome (Brier 1950); less is better."""
    return mean_of((probability - won) ** 2)


def log_losses(won: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """Of each row, the negative log of the probability that was given to what happened."""
    sure = np.clip(probability, _TINY, 1 - _TINY)
    return -np.where(won, np.log(sure), np.log1p(-sure))


def log_loss(won: np.ndarray, probability: np.ndarray) -> Estimate:
    """The mean of :func:`log_losses`, in nats; less is better."""
    return mean_of(log_losses(won, probability))


def mean_of(values: np.ndarray) -> Estimate:
    """A mean with the interval of its standard error."""
    if not len(values):
        return Estimate(None)
    value = float(np.mean(values))
    if len(values) < 2:
        return Estimate(value)
    half = Z * float(np.std(values, ddof=1)) / sqrt(len(values))
    return Estimate(value, (value - half, value + half))


# --- calibration ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bin:
    """Leads of about the same probability: what was said of them on average, and what happened."""

    low: float
    high: float
    said: float
    rate: Rate


@dataclass(frozen=True)
class CalibrationCurve:
    """Bins of equal counts, and what they come to.

    `ece` is the expected calibration error: the mean over rows of the distance between what their bin was
    told and what happened in it. Chance alone makes it greater than 0, so `by_chance` says what it would be
    of probabilities that are exactly right: its mean, and what it stays below 19 times in 20. `gap` is rate
    less mean probability over all.
    """

    bins: tuple[Bin, ...]
    ece: float
    by_chance: tuple[float, float]
    gap: Estimate

    @property
    def within_chance(self) -> bool:
        return self.ece <= self.by_chance[1]


def calibration(
    won: np.ndarray, probability: np.ndarray, bins: int = BINS, seed: int = 0
) -> CalibrationCurve | None:
    """The calibration curve over up to `bins` bins of equal counts (fewer where rows are few; rows of one
    probability stay together); None of no rows."""
    if not len(won):
        return None
    order = np.argsort(probability, kind="stable")
    said, happened = np.asarray(probability, float)[order], np.asarray(won, bool)[order]
    starts = _starts(said, max(1, min(bins, len(said) // FEWEST)))
    ends = np.append(starts[1:], len(said))
    drawn = tuple(
        Bin(
            said[a].item(), said[b - 1].item(), said[a:b].mean().item(), Rate(int(happened[a:b].sum()), b - a)
        )
        for a, b in zip(starts.tolist(), ends.tolist(), strict=True)
        for won_in in (happened[a:b],)
    )
    means = mean_of(happened - said)
    rate = Rate(int(happened.sum()), len(happened))
    gap = Estimate(means.value, _less(rate.interval, float(said.mean())))
    return CalibrationCurve(drawn, _error(said, happened, starts), _chance(said, starts, seed), gap)


def _less(interval: tuple[float, float] | None, what: float) -> tuple[float, float] | None:
    return None if interval is None else (interval[0] - what, interval[1] - what)


def _starts(said: np.ndarray, bins: int) -> np.ndarray:
    """Where bins begin: at equal counts, moved to where a run of equal probabilities begins."""
    wanted = np.floor(np.arange(bins) * len(said) / bins).astype(int)
    return np.unique(np.searchsorted(said, said[wanted], side="left"))


def _error(said: np.ndarray, happened: np.ndarray, starts: np.ndarray) -> float:
    return float(np.abs(np.add.reduceat(happened - said, starts)).sum() / len(said))


def _chance(said: np.ndarray, starts: np.ndarray, seed: int) -> tuple[float, float]:
    """The error of probabilities that are right: outcomes drawn by them, as normal sums in each bin."""
    spread = np.sqrt(np.add.reduceat(said * (1 - said), starts))
    draws = np.random.default_rng(seed).normal(size=(CHANCE_DRAWS, len(starts))) * spread
    errors = np.abs(draws).sum(axis=1) / len(said)
    return float(errors.mean()), float(np.quantile(errors, 0.95))


# --- lift ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reach:
    """The best `share` of the leads: what part of all buyers is among them, and how many times a lot's."""

    share: float
    reached: Estimate
    lift: Estimate
    rate: Estimate


def reach(won: np.ndarray, probability: np.ndarray, shares: Sequence[float]) -> tuple[Reach, ...]:
    """Gain and lift at each share of the leads, best first.

    Where the border falls among leads of one probability, they are taken in part, which is what drawing lots
    among them gives on average; so a constant probability has a lift of exactly 1. Intervals are Wilson's,
    for the border as it is.
    """
    buyers, n = int(np.sum(won)), len(won)
    if not n:
        return ()
    taken, hits = _gains(np.asarray(won, bool), np.asarray(probability, float))
    told = []
    for share in shares:
        leads = share * n
        found = float(np.interp(leads, taken, hits))
        reached, rate = _estimate(found, buyers), _estimate(found, leads)
        scaled = None if reached.value is None or not share else reached.value / share
        around = reached.interval and (reached.interval[0] / share, reached.interval[1] / share)
        told.append(Reach(share, reached, Estimate(scaled, around), rate))
    return tuple(told)


def _gains(won: np.ndarray, probability: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Leads taken and buyers among them, after each distinct probability from the best down."""
    values, place = np.unique(-probability, return_inverse=True)
    taken = np.bincount(place, minlength=len(values)).cumsum()
    hits = np.bincount(place, weights=won, minlength=len(values)).cumsum()
    return np.concatenate([[0], taken]), np.concatenate([[0.0], hits])


def _estimate(hits: float, n: float) -> Estimate:
    if not n:
        return Estimate(None)
    rate = Rate(hits, n)  # type: ignore[arg-type]  # parts of leads, where lots are drawn
    return Estimate(hits / n, rate.interval)


@dataclass(frozen=True)
class Threshold:
    """Calling everyone from a probability on: how many that are, and what came of them."""

    at: float
    leads: int
    expected: float  # deals that the probabilities promise
    deals: Rate  # that there were, of those called
    reached: Rate  # of all deals
    worth: float | None = None  # of the deals there were, where amounts are known


_ROUND = (0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


def thresholds(
    won: np.ndarray, probability: np.ndarray, worth: np.ndarray | None = None
) -> tuple[Threshold, ...]:
    """Everyone, and each round probability that divides the leads."""
    order = np.argsort(-probability, kind="stable")
    said, happened = probability[order], np.asarray(won, bool)[order]
    promised, hits = np.cumsum(said), np.cumsum(happened)
    amounts = None if worth is None else np.cumsum(np.where(happened, np.nan_to_num(worth[order]), 0.0))
    told, before = [], None
    for at in (0.0, *_ROUND):
        n = int(np.searchsorted(-said, -at, side="right"))
        if n and n != before:
            deals = int(hits[n - 1])
            told.append(
                Threshold(at, n, float(promised[n - 1]), Rate(deals, n), Rate(deals, int(hits[-1])),
                          None if amounts is None else float(amounts[n - 1]))
            )  # fmt: skip
        before = n
    return tuple(told)
