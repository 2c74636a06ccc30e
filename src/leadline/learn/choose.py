"""Which kind of predictor: the simplest that is as good as the best, the constant rate where none helps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import mannwhitneyu

NO_SIGNAL = "no signal here"
_BEYOND = 2.0  # standard errors: what chance alone passes once in forty times
_BY_CHANCE = 0.02  # of an order as good as this, made by chance


@dataclass(frozen=True)
class Loss:
    """Log loss on leads not trained on: its mean, how much less than the constant rate's, and the error.

    `by_chance` is the probability that chance alone would put buyers as far before the others (the rank test
    of Mann and Whitney 1947). Where outcomes are few, shrunk probabilities differ little from the rate and
    so gain little, and the order tells a signal long before the loss does.
    """

    mean: float
    gain: float
    error: float
    by_chance: float = 1.0

    @property
    def beyond(self) -> bool:
        """Whether it is better than the rate beyond noise."""
        return self.gain > _BEYOND * self.error or (self.gain > 0 and self.by_chance < _BY_CHANCE)


@dataclass(frozen=True)
class Choice:
    kind: str
    why: str
    losses: Mapping[str, Loss]


NAMES = {
    "rate": "the constant rate",
    "scorecard": "the scorecard",
    "additive": "the additive model",
}


def choose(chances: Mapping[str, np.ndarray], won: np.ndarray) -> Choice:
    """`chances` holds each kind's probabilities for the same leads: the rate, then from simple to complex."""
    each = {kind: log_losses(p, won) for kind, p in chances.items()}
    losses = {
        kind: replace(_against(loss, each["rate"]), by_chance=_by_chance(chances[kind], won))
        for kind, loss in each.items()
    }
    best = min(each, key=lambda kind: losses[kind].mean)
    found = losses[best]
    if best == "rate" or not found.beyond:
        return Choice("rate", _nothing(losses), losses)
    for kind in each:
        behind = _against(each[best], each[kind])
        if kind != "rate" and losses[kind].beyond and behind.gain <= behind.error:
            return Choice(kind, _reason(kind, best, losses), losses)
    return Choice(best, _reason(best, best, losses), losses)


def log_losses(chance: np.ndarray, won: np.ndarray) -> np.ndarray:
    """Of each lead: minus the logarithm of the probability that was given to what happened."""
    chance = np.clip(chance, 1e-12, 1 - 1e-12)
    return -np.where(won, np.log(chance), np.log1p(-chance))


def _by_chance(chance: np.ndarray, won: np.ndarray) -> float:
    if won.all() or not won.any():
        return 1.0
    return float(mannwhitneyu(chance[won], chance[~won], alternative="greater").pvalue)


def _against(loss: np.ndarray, other: np.ndarray) -> Loss:
    less = other - loss
    error = float(less.std(ddof=1) / np.sqrt(len(less))) if len(less) > 1 else float("inf")
    return Loss(float(loss.mean()), float(less.mean()), error)


def _nothing(losses: Mapping[str, Loss]) -> str:
    others = [k for k in losses if k != "rate"]
    if not others:
        return NO_SIGNAL
    tried = " and ".join(
        f"{NAMES[k]} gains {losses[k].gain:+.4f} ± {losses[k].error:.4f} of log loss" for k in others
    )
    return (
        f"{NO_SIGNAL[0].upper()}{NO_SIGNAL[1:]}: against the constant rate {tried}, which is within noise; "
        "everyone gets the constant rate."
    )


def _reason(kind: str, best: str, losses: Mapping[str, Loss]) -> str:
    gain = losses[kind]
    said = (
        f"{NAMES[kind][0].upper()}{NAMES[kind][1:]} beats the constant rate by {gain.gain:.4f} ± "
        f"{gain.error:.4f} of log loss on leads that it was not trained on"
    )
    if gain.gain <= _BEYOND * gain.error:
        said += f", and chance alone would order them as well with a probability of {gain.by_chance:.2g}"
    if kind != best:
        return f"{said}; {NAMES[best]} is no better beyond noise, and the simpler one wins."
    others = [k for k in losses if k not in ("rate", kind)]
    better = " and ".join(f"{NAMES[k]} by {losses[k].mean - gain.mean:.4f}" for k in others)
    return f"{said}{', and ' + better if better else ''}."
