"""Replicas: the same predictor fitted to resamples; their spread is the interval of a probability."""

from __future__ import annotations

import numpy as np

from leadline.learn.calibrate import calibrated
from leadline.learn.tables import Tables, rounded
from leadline.model.predictor import Calibration, Replica

COUNT = 30


def make_replicas(
    tables: Tables, raw: np.ndarray | None, won: np.ndarray, *, seed: int, count: int = COUNT
) -> tuple[Replica, ...]:
    """`raw` and `won` are what the calibration was learned from; each replica resamples them too.

    Only the values are fitted again: bins, terms and strengths are those of the predictor.
    """
    random = np.random.default_rng([seed, 1])
    out = []
    for base, values in tables.draws(count, seed):
        line = Calibration()
        if raw is not None:
            line = calibrated(raw, won, random.poisson(1.0, len(raw)).astype(float))
        out.append(Replica(round(base, 7), tuple(rounded(v) for v in values), line))
    return tuple(out)
