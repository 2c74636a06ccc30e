"""How good a predictor is, on leads that it had not seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, is_dataclass, replace
from difflib import get_close_matches
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from leadline.analysis.intervals import Estimate, Rate
from leadline.learn import metrics
from leadline.learn.examples import Examples
from leadline.learn.metrics import CalibrationCurve, Reach, Threshold
from leadline.learn.slices import Grouping, NoSuchGroupError, groupings, marked, periods

TENTHS = tuple(i / 10 for i in range(1, 11))
FIFTH = 0.2
OPTIMISTIC = "optimistic"
FEW = 40  # of the rarer outcome, below which that is said
_MANY_TWINS = 0.01  # share of the rows from which equal rows are told


class Trial(Protocol):
    """Predictions for rows that were not learned from: what :func:`leadline.learn.fit.fit` tried."""

    rows: np.ndarray
    probability: np.ndarray
    fold: np.ndarray
    how: str
    why: str


@dataclass(frozen=True)
class Step:
    """The same fitter on a part of the data, judged on the same later (or held back) leads."""

    rows: int
    won: int
    kind: str
    auc: Estimate
    gained: Estimate


@dataclass(frozen=True)
class Evaluation:
    """All figures at 95 %; made by :func:`evaluate`.

    `gained` is by how much the log loss is less than that of one rate for everyone (the rate of the very rows
    that are judged, known in hindsight), `explained` the same as a share of it. `signal` says whether a
    predictor other than the constant rate was chosen; where not, everyone has one probability, and every
    figure of order is that of lots. `twins` counts rows that are equal to one in another fold, outcome and
    all. `notes` are what to know before believing it.
    """

    goal: str
    examples: int
    rows: int
    base: Rate
    how: str
    optimistic: bool
    signal: bool
    why: str
    auc: Estimate
    average_precision: Estimate
    brier: Estimate
    log_loss: Estimate
    gained: Estimate
    explained: float | None
    calibration: CalibrationCurve | None
    tenths: tuple[Reach, ...]
    fifth: Reach | None
    thresholds: tuple[Threshold, ...]
    periods: Grouping | None
    groups: tuple[Grouping, ...]
    learning: tuple[Step, ...]
    twins: int
    left_out: Mapping[str, int]
    notes: tuple[str, ...]
    rate: float | None = None  # of all examples, which the constant rate gives everyone

    def as_dict(self) -> dict[str, Any]:
        """As JSON data."""
        return {name: _plain(value) for name, value in vars(self).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Rate | Estimate):
        return value.as_dict()
    if isinstance(value, Grouping):
        return {"name": value.name, "label": value.label, "slices": [
            {**_fields(s), "small": s.small, "words": s.words} for s in value.slices]}  # fmt: skip
    if is_dataclass(value) and not isinstance(value, type):
        return _fields(value)
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    return value.item() if isinstance(value, np.generic) else value


def _fields(value: Any) -> dict[str, Any]:
    return {name: _plain(inner) for name, inner in vars(value).items()}


def evaluate(
    examples: Examples,
    trial: Trial,
    groups: Sequence[str] = (),
    *,
    signal: bool | None = None,
    learning: tuple[Step, ...] = (),
) -> Evaluation:
    """Every figure, from the out-of-sample predictions of `trial`.

    `groups` names columns, of the inputs or of `examples.beside`, by which the predictions are looked at
    apart. `signal` says whether something other than the constant rate was chosen; left out, whether the
    predictions beat the constant rate beyond noise. `learning` comes from
    :func:`leadline.learn.curve.learning_curve`. Raises :class:`NoSuchGroupError`.
    """
    rows = np.asarray(trial.rows)
    seen, said = examples.only(rows), np.asarray(trial.probability, float)
    won = np.asarray(seen.won, bool)
    gained, explained = _gain(won, said)
    if signal is None and hasattr(trial, "no_signal"):
        signal = not trial.no_signal
    if signal is None:
        signal = gained.interval is not None and gained.interval[0] > 0
    ordered = said if signal or not len(said) else np.full(len(said), said.mean())
    by_time, *by_group = _sliced(seen, won, said, groups)
    twins = _twins(examples, trial)
    found = Evaluation(
        examples.goal, len(examples), len(rows), Rate(int(won.sum()), len(won)), trial.how,
        OPTIMISTIC in trial.how, bool(signal), getattr(trial, "why", ""),
        metrics.roc_auc(won, ordered), metrics.average_precision(won, ordered), metrics.brier(won, said),
        metrics.log_loss(won, said), gained, explained, metrics.calibration(won, said),
        metrics.reach(won, ordered, TENTHS), next(iter(metrics.reach(won, ordered, [FIFTH])), None),
        metrics.thresholds(won, said, seen.worth), by_time, tuple(by_group), learning, twins,
        dict(examples.left_out), (), examples.rate if len(examples) else None,
    )  # fmt: skip
    return replace(found, notes=tuple(_notes(found, examples)))


def _gain(won: np.ndarray, said: np.ndarray) -> tuple[Estimate, float | None]:
    if not len(won):
        return Estimate(None), None
    constant = metrics.log_losses(won, np.full(len(won), won.mean()))
    gained = metrics.mean_of(constant - metrics.log_losses(won, said))
    whole = float(constant.mean())
    return gained, (gained.value or 0.0) / whole if won.any() and not won.all() else None


def _sliced(
    seen: Examples, won: np.ndarray, said: np.ndarray, groups: Sequence[str]
) -> list[Grouping | None]:
    by_time = periods(seen.at, won, said)
    found = groupings([_column(seen, name) for name in dict.fromkeys(groups)], won, said)
    judged = list(marked([*([by_time] if by_time else []), *found]))
    return judged if by_time else [None, *judged]


def _column(seen: Examples, name: str) -> tuple[str, str, pa.ChunkedArray]:
    """A group's column, by its name or label."""
    for given in seen.inputs:
        if name in (given.name, given.label):
            return given.name, given.label, seen.features.column(given.name)
    beside = seen.beside
    if beside is not None and name in beside.column_names:
        return name, name, beside.column(name)
    known = [i.name for i in seen.inputs] + (beside.column_names if beside is not None else [])
    near = get_close_matches(name, known, 1)
    hint = f"; did you mean `{near[0]}`?" if near else f"; there are: {', '.join(known[:20])}"
    raise NoSuchGroupError(f"there is no column `{name}` to group by{hint}")


def _twins(examples: Examples, trial: Trial) -> int:
    """Rows that have an equal one in another fold: one lead that stands there twice is seen before."""
    columns = [examples.features.column(name) for name in examples.features.column_names]
    if len(columns) < 2 or not len(trial.rows):
        return 0
    fold = np.full(len(examples), -1)
    fold[np.asarray(trial.rows)] = trial.fold
    names = [f"c{i}" for i in range(len(columns))]
    table = pa.table([*columns, pa.array(examples.won), pa.array(fold)], names=[*names, "won", "fold"])
    grouped = table.group_by([*names, "won"], use_threads=False).aggregate(
        [("fold", "min"), ("fold", "max"), ([], "count_all")]
    )
    low, high, n = (grouped.column(c).to_numpy() for c in ("fold_min", "fold_max", "count_all"))
    return int(n[low != high].sum())


def _notes(found: Evaluation, examples: Examples) -> Iterable[str]:
    fewer = min(found.base.hits, found.base.n - found.base.hits)
    if found.optimistic:
        yield (
            "It was tried on leads drawn by lot, not on later ones. The future is harder, so these figures "
            "are optimistic. A column with the time of each lead mends that."
        )
    if fewer < FEW:
        yield f"Only {fewer:,} of the rarer outcome were there to judge by; intervals are wide."
    if found.signal and found.twins > _MANY_TWINS * len(examples):
        yield (
            f"{found.twins:,} rows are equal to another in every column. Where one lead stands there more "
            "than once, it was partly known already, and these figures are too good."
        )
    if found.signal and found.calibration and not found.calibration.within_chance:
        yield "The probabilities are further from what happened than chance explains: see the calibration."
    slices = [s for g in (found.periods, *found.groups) if g for s in g.slices if s.apart]
    if slices:
        told = "; ".join(f"{s.name} {s.words}" for s in slices[:5])
        more = f"; and {len(slices) - 5} more" if len(slices) > 5 else ""
        yield f"Not right for everyone: {told}{more}."
