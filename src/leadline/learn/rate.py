"""The constant rate: what to say of everyone where nothing is to be learned."""

from __future__ import annotations

import numpy as np
from scipy.special import logit
from scipy.stats import beta

from leadline.learn.examples import Examples
from leadline.learn.tables import Draw, Tables


def fit_rate(examples: Examples) -> Tables:
    """Everyone's probability is the share that reached the goal, drawn a little towards one half.

    ``(won + 1/2) / (leads + 1)``, after Jeffreys, so that it is neither 0 nor 1. The replicas are evenly
    spaced quantiles of the beta distribution ``(won + 1/2, not won + 1/2)``: the interval of Jeffreys, which
    covers as promised also where outcomes are few (Brown, Cai and DasGupta, Statistical Science 16, 2001).
    """
    won = float(np.sum(examples.won))
    lost = len(examples) - won

    def draws(count: int, seed: int) -> list[Draw]:
        at = (np.arange(count) + 0.5) / count
        return [(float(logit(p)), ()) for p in beta.ppf(at, won + 0.5, lost + 0.5)]

    base = float(logit((won + 0.5) / (len(examples) + 1)))
    return Tables("rate", (), (), (), base, draws)
