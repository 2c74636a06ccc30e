"""The learning curve: would more leads help?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from leadline.learn import metrics
from leadline.learn.evaluate import Step
from leadline.learn.examples import Examples

PARTS = (0.25, 0.5, 1.0)
MOST = 8_000  # rows that are learned from at most, so that the curve takes bounded time
HELD = 0.25
FEWEST = 20  # rows, and five of either outcome, below which a part is passed over


def learning_curve(
    examples: Examples,
    fitter: Callable[[Examples], Any],
    *,
    parts: Sequence[float] = PARTS,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Step, ...]:
    """The same fitter on growing parts of the leads, each judged on the same held-back quarter.

    The quarter is the latest one where there is a time, else drawn by lot. `fitter` gives something with a
    `predictor`. Each part holds the one before it; none is larger than 8,000 rows. Empty where the quarter
    holds one outcome alone.
    """
    from leadline.engine.predict import probabilities

    learned, held = _divided(examples, seed)
    judge = examples.only(held)
    if not judge.won.any() or judge.won.all():
        return ()
    order = np.random.default_rng(seed).permutation(learned)[:MOST]
    steps = []
    for i, part in enumerate(parts):
        rows = np.sort(order[: round(part * len(order))])
        if progress:
            progress(i, len(parts))
        wins = int(examples.won[rows].sum())
        if len(rows) < FEWEST or min(wins, len(rows) - wins) < 5:
            continue
        predictor = fitter(examples.only(rows)).predictor
        said = np.asarray(probabilities(predictor, judge.features).probability, float)
        steps.append(_step(len(rows), wins, predictor.kind, judge.won, said))
    return tuple(steps)


def _divided(examples: Examples, seed: int) -> tuple[np.ndarray, np.ndarray]:
    if examples.at is not None:
        order = np.argsort(examples.at, kind="stable")
    else:
        order = np.random.default_rng([seed, 1]).permutation(len(examples))
    cut = len(order) - round(HELD * len(order))
    return order[:cut], np.sort(order[cut:])


def _step(rows: int, wins: int, kind: str, won: np.ndarray, said: np.ndarray) -> Step:
    """Against the rate of the rows that were learned from, which is all that was known."""
    constant = metrics.log_losses(won, np.full(len(won), wins / rows))
    gained = metrics.mean_of(constant - metrics.log_losses(won, said))
    return Step(rows, wins, kind, metrics.roc_auc(won, said), gained)
