"""What a predictor remembers of its leads, so that later ones can be held against them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from leadline.analysis.intervals import Estimate
from leadline.learn.bins import codes_of
from leadline.learn.evaluate import Evaluation
from leadline.learn.examples import Examples
from leadline.model.predictor import Axis, Input, Predictor

KEY = "watch"


class NothingWatchedError(ValueError):
    """A predictor that does not say what its leads were like."""


@dataclass(frozen=True)
class Profile:
    """How many leads there were, how many of them reached the goal (None: not known), and of each input how
    many fell into each bin. `auc` is that of leads which the predictor had not seen."""

    rows: int
    known: int
    won: int
    counts: Mapping[str, np.ndarray]
    auc: Estimate | None = None

    @property
    def shares(self) -> dict[str, list[float]]:
        return {name: (n / max(n.sum(), 1)).tolist() for name, n in self.counts.items()}


def axes_of(predictor: Predictor) -> dict[str, tuple[Input, Axis]]:
    """Of each input that is used, how it is cut; the finest, where several terms cut it."""
    inputs = {i.name: i for i in predictor.inputs}
    found: dict[str, tuple[Input, Axis]] = {}
    for axis in (a for term in predictor.terms for a in term.axes):
        given = inputs[axis.input]
        if axis.input not in found or axis.size(given.type) > found[axis.input][1].size(given.type):
            found[axis.input] = (given, axis)
    return found


def counts_of(predictor: Predictor, features: pa.Table) -> dict[str, np.ndarray]:
    """Of each input, how many rows are in each bin."""
    return {
        name: np.bincount(codes_of(features.column(name), given.type, axis), minlength=axis.size(given.type))
        for name, (given, axis) in axes_of(predictor).items()
    }


def profile(predictor: Predictor, examples: Examples, auc: Estimate | None = None) -> Profile:
    """What these leads are like, by the predictor's own bins."""
    won = int(np.sum(examples.won))
    return Profile(len(examples), len(examples), won, counts_of(predictor, examples.features), auc)


def watched(predictor: Predictor, examples: Examples, evaluation: Evaluation | None = None) -> Predictor:
    """The same predictor, with the profile of its training leads in `about`, and its metrics."""
    auc = evaluation.auc if evaluation and evaluation.signal else None
    seen = profile(predictor, examples, auc)
    about: dict[str, Any] = {
        KEY: {
            "rows": seen.rows, "won": seen.won, "auc": list((auc and auc.interval) or ()),
            "counts": {name: n.tolist() for name, n in seen.counts.items()},
        }
    }  # fmt: skip
    if evaluation is not None:
        about["metrics"] = _metrics(evaluation)
    return replace(predictor, about={**predictor.about, **about})


def _metrics(found: Evaluation) -> dict[str, Any]:
    figures = {"auc": found.auc, "average_precision": found.average_precision, "brier": found.brier,
               "log_loss": found.log_loss, "gained": found.gained}  # fmt: skip
    told: dict[str, Any] = {
        name: {"value": _short(f.value), "interval_95": [_short(end) for end in f.interval or ()]}
        for name, f in figures.items()
    }
    told["ece"] = _short(found.calibration.ece) if found.calibration else None
    told["how"] = found.how
    return told


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def remembered(predictor: Predictor) -> Profile:
    """The profile that :func:`watched` wrote.

    Raises :class:`NothingWatchedError` where there is none, or it does not fit the predictor's bins.
    """
    given = predictor.about.get(KEY)
    advice = "learn it anew with `leadline learn`, or give the leads that it was learned from"
    if not isinstance(given, Mapping):
        raise NothingWatchedError(f"the predictor does not say what its leads were like; {advice}")
    try:
        counts = {name: np.asarray(n, float) for name, n in dict(given["counts"]).items()}
        rows, won, ends = int(given["rows"]), int(given["won"]), [float(e) for e in given["auc"]]
    except (KeyError, TypeError, ValueError):
        raise NothingWatchedError(f"what the predictor says of its leads cannot be read; {advice}") from None
    for name, (of, axis) in axes_of(predictor).items():
        if name not in counts or counts[name].shape != (axis.size(of.type),) or (counts[name] < 0).any():
            raise NothingWatchedError(f"what the predictor says of `{name}` does not fit its bins; {advice}")
    auc = Estimate(sum(ends) / 2, (ends[0], ends[1])) if len(ends) == 2 else None
    return Profile(rows, rows, won, counts, auc)
