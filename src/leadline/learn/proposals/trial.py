"""Two models on the same later leads, handing over equally many: which of them chooses better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from leadline.analysis.intervals import Estimate, Rate, Resampled
from leadline.learn.proposals.doors import Handed

FEW = 5  # goals of either model, below which nothing is said
BETTER, WORSE, NOISE, SCARCE, SAME = "better", "worse", "within noise", "too few to tell", "the same"


@dataclass(frozen=True)
class Trial:
    """`old` and `new` are precisions; `change` is new less old, with the interval of a paired bootstrap over
    leads. `base` is the rate of all leads."""

    old: Rate
    new: Rate
    change: Estimate
    base: Rate
    finding: str

    def as_dict(self) -> dict[str, Any]:
        return {
            "old": self.old.as_dict(), "new": self.new.as_dict(), "change": self.change.as_dict(),
            "base": self.base.as_dict(), "finding": self.finding,
        }  # fmt: skip

    def __str__(self) -> str:
        if self.old.value is None or self.new.value is None:
            return "one of the models hands nobody over, so nothing can be said"
        change, around = 100 * (self.change.value or 0), ""
        if self.change.interval is not None:
            low, high = self.change.interval
            around = f", 95 %: {100 * low:+.1f} to {100 * high:+.1f}"
        new = f"{self.new.value:.1%} of {self.new.n:,} hand-offs reach the goal"
        old = f"{self.old.value:.1%} of {self.old.n:,}"
        return f"{new} instead of {old} ({change:+.1f} points of percent{around}): {self.finding}"


def compared(old: Handed, new: Handed, *, reached: int, seed: int = 1) -> Trial:
    """Paired over the same leads; `reached` is how many of them came to the goal at all.

    >>> import numpy as np
    >>> both = Handed(np.arange(4), np.array([1, 1, 0, 0], bool), np.array([1, 0, 0, 0], bool))
    >>> compared(both, both, reached=1).finding
    'the same'
    """
    columns = {"old": old.chosen, "old_won": old.won, "new": new.chosen, "new_won": new.won}
    drawn = Resampled(columns, seed=seed)
    change = drawn.estimate(lambda s: s["new_won"] / s["new"] - s["old_won"] / s["old"])
    finding = NOISE
    if (old.chosen == new.chosen).all() and (old.won == new.won).all():
        finding = SAME
    elif min(old.won.sum(), new.won.sum()) < FEW:
        finding = SCARCE
    elif change.apart_from():
        finding = BETTER if (change.value or 0) > 0 else WORSE
    return Trial(old.rate, new.rate, change, Rate(reached, len(old.chosen)), finding)
