"""What each input does to the probability, everything else as it is on average; and bins in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise, product

import numpy as np

from leadline.learn.calibrate import applied
from leadline.model.expr import Type
from leadline.model.predictor import Axis, Calibration, Input, Predictor, Term

MISSING, OTHER = "missing", "any other"
INTERVAL = (10, 90)  # percentiles of the replicas, as those of a probability
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Bar:
    """A bin of a term: its words, what part of the training leads fell into it (None of pairs), and what it
    does to the probability of the average lead, with the interval of the replicas."""

    words: tuple[str, ...]
    share: float | None
    change: float
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class Effect:
    """A term. `weight` is the mean size of its changes over the training leads, in probability."""

    inputs: tuple[Input, ...]
    axes: tuple[Axis, ...]
    bars: tuple[Bar, ...]
    weight: float

    @property
    def label(self) -> str:
        return " × ".join(i.label for i in self.inputs)

    @property
    def ordered(self) -> bool:
        """Whether its bins follow each other: of one number or time."""
        return len(self.inputs) == 1 and self.inputs[0].type in (Type.NUMBER, Type.TIME)


def effects(predictor: Predictor, shares: Mapping[str, Sequence[float]] | None = None) -> tuple[Effect, ...]:
    """Each term's effect, greatest weight first; `shares` are those of the bins, by the input's name."""
    inputs = {i.name: i for i in predictor.inputs}
    found = []
    for k, term in enumerate(predictor.terms):
        of = tuple(inputs[a.input] for a in term.axes)
        found.append(_effect(predictor, k, of, dict(shares or {})))
    return tuple(sorted(found, key=lambda e: -e.weight))


def _effect(
    predictor: Predictor, k: int, inputs: tuple[Input, ...], shares: dict[str, Sequence[float]]
) -> Effect:
    term = predictor.terms[k]
    changes = _changes(predictor.base, predictor.calibration, term.values)
    replicas = [_changes(r.base, r.calibration, r.values[k]) for r in predictor.replicas]
    low, high = np.percentile(replicas, INTERVAL, axis=0) if replicas else (None, None)
    part = _shares(term, inputs, shares)
    names = [bin_words(i, a) for i, a in zip(inputs, term.axes, strict=True)]
    bars = tuple(
        Bar(words, None if part is None else float(part[j]), float(changes[j]),
            None if low is None else (float(low[j]), float(high[j])))
        for j, words in enumerate(product(*names))
    )  # fmt: skip
    weights = np.full(len(changes), 1 / len(changes)) if part is None else part
    return Effect(inputs, term.axes, bars, float(np.abs(changes) @ weights))


def _shares(term: Term, inputs: tuple[Input, ...], shares: dict[str, Sequence[float]]) -> np.ndarray | None:
    """Of a pair as though its inputs had nothing to do with each other."""
    part = np.ones(1)
    for each, axis in zip(inputs, term.axes, strict=True):
        given = shares.get(each.name)
        if given is None or len(given) != axis.size(each.type):
            return None
        part = np.outer(part, np.asarray(given, float)).ravel()
    return part


def _changes(base: float, calibration: Calibration, values: Sequence[float]) -> np.ndarray:
    raw = base + np.concatenate([[0.0], np.asarray(values, float)])
    told = 1 / (1 + np.exp(-np.clip(applied(calibration, raw), -700, 700)))
    return told[1:] - told[0]


# --- words ---------------------------------------------------------------------------------------------


def bin_words(given: Input, axis: Axis) -> list[str]:
    """
    >>> bin_words(Input("n", Type.NUMBER, "Employees"), Axis("n", edges=(10.0, 50.0)))
    ['missing', 'below 10', '10 to 50', '50 or more']
    """
    if given.type is Type.BOOLEAN:
        return [MISSING, "no", "yes"]
    if given.type is Type.TEXT:
        return [MISSING, *axis.levels, OTHER]
    if not axis.edges:
        return [MISSING, "known"]
    told = [value_words(given.type, edge) for edge in axis.edges]
    inner = [f"{a} to {b}" for a, b in pairwise(told)]
    below, above = ("before", "or later") if given.type is Type.TIME else ("below", "or more")
    return [MISSING, f"{below} {told[0]}", *inner, f"{told[-1]} {above}"]


def value_words(type_: Type, value: object) -> str:
    """A value as people write it.

    >>> value_words(Type.NUMBER, 12000.0), value_words(Type.BOOLEAN, True), value_words(Type.TEXT, None)
    ('12,000', 'yes', 'missing')
    """
    if value is None or value != value:
        return MISSING
    if type_ is Type.BOOLEAN:
        return "yes" if value else "no"
    if type_ is Type.TIME:
        return _day(float(value))  # type: ignore[arg-type]
    if type_ is Type.NUMBER:
        return _number(float(value))  # type: ignore[arg-type]
    return str(value)


def _day(micros: float) -> str:
    try:
        return f"{_EPOCH + timedelta(microseconds=micros):%Y-%m-%d}"
    except OverflowError:
        return "beyond the calendar"


def _number(value: float) -> str:
    if value == int(value) if np.isfinite(value) else False:
        return f"{int(value):,}" if abs(value) < 1e15 else f"{value:.3g}"
    return f"{value:,.2f}".rstrip("0").rstrip(".") if 0.1 <= abs(value) < 1e9 else f"{value:.3g}"
