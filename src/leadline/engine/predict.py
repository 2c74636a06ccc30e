"""The probability that a predictor gives, of many leads at once and of one, with what each input adds to it.

Everything is added in one order, term by term, lead by lead, so that a lead alone and a lead among a million
get the same to the last bit. Probabilities are whole millionths, as scores are whole hundredths.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leadline.engine.evaluate import Value
from leadline.model.expr import Type
from leadline.model.predictor import Axis, Calibration, Predictor, Term
from leadline.model.predictor_check import slopes

MILLION = 1_000_000
LEAST, MOST = 1, MILLION - 1  # nothing is impossible, and nothing certain
FAR = 30.0  # log-odds beyond which a probability is LEAST or MOST anyway
NEAR = 1e-9  # a sum of log-odds that is nothing
LOW, HIGH = 0.1, 0.9  # quantiles of the replicas
_ROWS = 1 << 14  # at once: what is summed stays in the cache
_REPLICATED = 1 << 20  # leads times replicas at once


@dataclass(frozen=True)
class Predictions:
    """What :func:`probabilities` gives, a row a lead, all in points of probability (0.08 is 8 %).

    `low` and `high` are the 10th and the 90th percentile of the replicas, widened to hold the probability;
    None where they were not asked for or there are no replicas. `contributions` has a column for each term,
    called by its inputs joined by ` × `: whole millionths that, with `start`, sum to the probability.
    """

    probability: np.ndarray
    start: float
    low: np.ndarray | None = None
    high: np.ndarray | None = None
    contributions: pa.Table | None = None


@dataclass(frozen=True)
class Prediction:
    """The same of one lead, in millionths; `contributions` by the name of the term."""

    millionths: int
    start: int
    contributions: Mapping[str, int]

    @property
    def probability(self) -> float:
        return self.millionths / MILLION


def probabilities(
    predictor: Predictor, features: pa.Table, *, intervals: bool = False, contributions: bool = False
) -> Predictions:
    """The probability of each row of `features`, which has a column for each input that the terms read.

    Numbers are float64, times int64 microseconds since 1970 UTC, then texts and booleans; null and what is
    not finite are missing. Contributions are integrated gradients along the straight line in log-odds from
    the average lead to this one (Sundararajan, Taly and Yan, *Axiomatic Attribution for Deep Networks*,
    2017): of additive terms `c`, each has `c_j * (p - start) / sum(c)`.

    Raises ValueError where a column is missing or of another type.

    >>> from leadline.model.predictor import Input, Predictor, Term
    >>> from leadline.model.shape import Field
    >>> size = Term((Axis("size", edges=(50.0,)),), (0.0, -1.0, 1.0))
    >>> given = Predictor(
    ...     "Trials", "scorecard", "a deal", (Field("size", Type.NUMBER),),
    ...     (Input("size", Type.NUMBER, "Employees", expr="size"),), (size,), base=0.0,
    ... )
    >>> found = probabilities(given, pa.table({"size": [10.0, 50.0, None]}), contributions=True)
    >>> found.probability.tolist(), found.start
    ([0.268941, 0.731059, 0.5], 0.5)
    >>> found.contributions.column("size").to_pylist()
    [-0.231059, 0.231059, 0.0]
    """
    scorer = Scorer.of(predictor)
    columns = {name: _column(features, name, type_) for name, type_ in scorer.types.items()}
    rows = _ROWS if not intervals else max(1, min(_ROWS, _REPLICATED // max(1, len(predictor.replicas))))
    parts = [
        scorer.scored(
            {n: c[i : i + rows] for n, c in columns.items()},
            min(rows, len(features) - i),
            intervals,
            contributions,
        )
        for i in range(0, len(features), rows)
    ]
    return scorer.together(parts, intervals, contributions)


def predicted(predictor: Predictor, values: Mapping[str, Value]) -> Prediction:
    """The prediction of one lead from the values of its inputs, in plain Python."""
    return Scorer.of(predictor).one(values)


@dataclass(frozen=True)
class _Part:
    millionths: np.ndarray
    low: np.ndarray | None
    high: np.ndarray | None
    contributions: list[np.ndarray]


class Scorer:
    """A predictor made ready to score: its tables as arrays."""

    def __init__(self, predictor: Predictor):
        self.predictor = predictor
        types = {i.name: i.type for i in predictor.inputs}
        self.types = {a.input: types[a.input] for term in predictor.terms for a in term.axes}
        self.tables = [Table(term, self.types) for term in predictor.terms]
        self.line = Line(predictor.calibration)
        self.start_exact = probability(self.line.at(predictor.base))
        self.start = millionths_of(self.start_exact)
        self.slope = self.line.slope(predictor.base) * self.start_exact * (1 - self.start_exact)

    @staticmethod
    def of(predictor: Predictor) -> Scorer:
        """The scorer of a predictor, made once and kept with it."""
        found = vars(predictor).get("_scorer")
        if found is None:
            found = vars(predictor)["_scorer"] = Scorer(predictor)
        return found

    # --- one lead --------------------------------------------------------------------------------------

    def one(self, values: Mapping[str, Value]) -> Prediction:
        parts = [t.value(values) for t in self.tables]
        total = 0.0
        for part in parts:
            total += part
        exact = probability(self.line.at(self.predictor.base + total))
        millionths = millionths_of(exact)
        each = (exact - self.start_exact) / total if abs(total) > NEAR else self.slope
        found, before, along = [], 0, 0.0
        for part in parts:
            along += part
            reached = math.floor(along * (each * MILLION) + 0.5)
            found.append(reached - before)
            before = reached
        if parts:
            sizes = [abs(p) for p in parts]
            found[sizes.index(max(sizes))] += millionths - self.start - before
        names = (t.name for t in self.tables)
        return Prediction(millionths, self.start, dict(zip(names, found, strict=True)))

    # --- many leads ------------------------------------------------------------------------------------

    def scored(
        self, columns: Mapping[str, pa.Array], rows: int, intervals: bool, contributions: bool
    ) -> _Part:
        bins: dict[Axis, np.ndarray] = {}
        places = [t.places(columns, bins) for t in self.tables]
        parts = [t.values[place] for t, place in zip(self.tables, places, strict=True)]
        total = np.zeros(rows)
        for part in parts:
            total += part
        log_odds = self.line.along(self.predictor.base + total)
        exact = np.clip(1 / (1 + _exp(-log_odds)), LEAST / MILLION, MOST / MILLION)
        millionths = np.floor(exact * MILLION + 0.5).astype(np.int64)
        low, high = self._interval(places, rows, millionths) if intervals else (None, None)
        found = self._contributions(parts, total, exact, millionths) if contributions else []
        return _Part(millionths, low, high, found)

    def _contributions(
        self, parts: list[np.ndarray], total: np.ndarray, exact: np.ndarray, millionths: np.ndarray
    ) -> list[np.ndarray]:
        """Differences of a sum that is rounded on the way; what is over goes to the largest."""
        if not parts:
            return []
        each = np.full(len(total), self.slope)
        np.divide(exact - self.start_exact, total, out=each, where=np.abs(total) > NEAR)
        each *= MILLION
        found, before, along = [], np.zeros(len(total), np.int64), np.zeros(len(total))
        for part in parts:
            along += part
            reached = np.floor(along * each + 0.5).astype(np.int64)
            found.append(reached - before)
            before = reached
        over = millionths - self.start - before
        rows = np.flatnonzero(over)
        largest = np.argmax([np.abs(p[rows]) for p in parts], axis=0) if len(rows) else rows
        for term in np.unique(largest):
            found[term][rows[largest == term]] += over[rows[largest == term]]
        return found

    @cached_property
    def _replicas(self) -> tuple[np.ndarray, list[np.ndarray], list[Line]]:
        """Bases, of each term its values by bin and replica, and calibrations."""
        replicas = self.predictor.replicas
        tables = [np.array([r.values[i] for r in replicas], float).T.copy() for i in range(len(self.tables))]
        return np.array([r.base for r in replicas]), tables, [Line(r.calibration) for r in replicas]

    def _interval(
        self, places: list[np.ndarray], rows: int, millionths: np.ndarray
    ) -> tuple[np.ndarray | None, np.ndarray | None]:
        if not self.predictor.replicas:
            return None, None
        bases, tables, lines = self._replicas
        raw = np.zeros((rows, len(bases)))
        for table, place in zip(tables, places, strict=True):
            raw += table[place]
        raw += bases
        for i, line in enumerate(lines):
            raw[:, i] = line.along(raw[:, i])
        raw.sort(axis=1)
        ends = []
        for quantile, hold in ((LOW, np.minimum), (HIGH, np.maximum)):
            at = quantile * (len(bases) - 1)
            below = int(at)
            above = min(below + 1, len(bases) - 1)
            one, two = (1 / (1 + _exp(-raw[:, i])) for i in (below, above))
            exact = np.clip(one + (two - one) * (at - below), LEAST / MILLION, MOST / MILLION)
            ends.append(hold(np.floor(exact * MILLION + 0.5).astype(np.int64), millionths))
        return ends[0], ends[1]

    def together(self, parts: Sequence[_Part], intervals: bool, contributions: bool) -> Predictions:
        def joined(arrays: list[np.ndarray]) -> np.ndarray:
            return (np.concatenate(arrays) if arrays else np.empty(0)) / MILLION

        ends = intervals and bool(self.predictor.replicas)
        table = None
        if contributions:
            names = [t.name for t in self.tables]
            by_term = {n: joined([p.contributions[i] for p in parts]) for i, n in enumerate(names)}
            table = pa.table(by_term)
        return Predictions(
            joined([p.millionths for p in parts]),
            self.start / MILLION,
            joined([p.low for p in parts if p.low is not None]) if ends else None,
            joined([p.high for p in parts if p.high is not None]) if ends else None,
            table,
        )


class Line:
    """A calibration made ready: a broken line, its end pieces going on."""

    def __init__(self, given: Calibration):
        self.x, self.y, self.slopes = given.x, given.y, slopes(given)
        self._x, self._y, self._slopes = (np.array(v, float) for v in (self.x, self.y, self.slopes))

    def at(self, raw: float) -> float:
        i = self._piece(raw)
        return min(max(self.y[i] + (raw - self.x[i]) * self.slopes[i], -FAR), FAR)

    def slope(self, raw: float) -> float:
        return self.slopes[self._piece(raw)]

    def _piece(self, raw: float) -> int:
        return min(max(bisect_right(self.x, raw) - 1, 0), len(self.slopes) - 1)

    def between(self, low: float, high: float) -> list[float]:
        """Values among which are the least and the most from `low` to `high`: at both, and at each bend."""
        found = [self.at(low), self.at(high)]
        for i, slope in enumerate(self.slopes[:-1]):
            if low < self.x[i + 1] <= high:  # the end of one piece, and the beginning of the next
                end = self.y[i] + (self.x[i + 1] - self.x[i]) * slope
                found += [min(max(end, -FAR), FAR), self.at(self.x[i + 1])]
        return found

    def along(self, raw: np.ndarray) -> np.ndarray:
        i = np.clip(np.searchsorted(self._x, raw, "right") - 1, 0, len(self.slopes) - 1)
        return np.clip(self._y[i] + (raw - self._x[i]) * self._slopes[i], -FAR, FAR)


class Table:
    """A term's log-odds by the bins of its axes."""

    def __init__(self, term: Term, types: Mapping[str, Type]):
        self.axes = [(axis, types[axis.input]) for axis in term.axes]
        self.name = term_name(term)
        self.values = np.array(term.values, float)
        self._plain = [float(v) for v in term.values]
        self._levels = [{level: i for i, level in enumerate(axis.levels, 1)} for axis in term.axes]

    def value(self, values: Mapping[str, Value]) -> float:
        return self.at([self.bin(i, values[axis.input]) for i, (axis, _) in enumerate(self.axes)])

    def bin(self, number: int, value: Value) -> int:
        """Where a value falls on one of the axes."""
        axis, type_ = self.axes[number]
        return _bin(axis, type_, self._levels[number], value)

    def at(self, bins: Sequence[int]) -> float:
        """The log-odds of a bin on each axis."""
        place = 0
        for (axis, type_), of_axis in zip(self.axes, bins, strict=True):
            place = place * axis.size(type_) + of_axis
        return self._plain[place]

    def places(self, columns: Mapping[str, pa.Array], bins: dict[Axis, np.ndarray]) -> np.ndarray:
        """Where each row falls into the table; `bins` remembers axes that several terms share."""
        found = None
        for axis, type_ in self.axes:
            if axis not in bins:
                bins[axis] = _bins(axis, type_, columns[axis.input])
            found = bins[axis] if found is None else found * axis.size(type_) + bins[axis]
        assert found is not None
        return found


def term_name(term: Term) -> str:
    """What a term is called: its inputs, joined by ` × `."""
    return " × ".join(axis.input for axis in term.axes)


def _bin(axis: Axis, type_: Type, levels: Mapping[str, int], value: Value) -> int:
    if value is None:
        return 0
    if type_ is Type.BOOLEAN:
        return 2 if value else 1
    if type_ is Type.TEXT:
        return levels.get(str(value), len(levels) + 1)
    return 1 + bisect_right(axis.edges, float(value)) if math.isfinite(value) else 0  # type: ignore[arg-type]


def _bins(axis: Axis, type_: Type, column: pa.Array) -> np.ndarray:
    there = np.asarray(column.is_valid())
    if type_ is Type.BOOLEAN:
        return np.where(there, 1 + np.asarray(pc.fill_null(column, False)).astype(np.int64), 0)
    if type_ is Type.TEXT:
        found = pc.index_in(column, value_set=pa.array(axis.levels, pa.string()))
        place = pc.fill_null(found, len(axis.levels)).to_numpy(zero_copy_only=False).astype(np.int64)
        return np.where(there, 1 + place, 0)
    values = pc.fill_null(column, 0).to_numpy(zero_copy_only=False).astype(float)
    place = 1 + np.searchsorted(np.array(axis.edges, float), values, "right")
    return np.where(there & np.isfinite(values), place, 0)


_ARROW = {
    Type.TEXT: pa.string(), Type.NUMBER: pa.float64(), Type.TIME: pa.int64(), Type.BOOLEAN: pa.bool_(),
}  # fmt: skip
_FITS = {
    Type.TEXT: (pa.types.is_string, pa.types.is_large_string, pa.types.is_dictionary),
    Type.NUMBER: (pa.types.is_floating, pa.types.is_integer, pa.types.is_decimal),
    Type.TIME: (pa.types.is_int64, pa.types.is_timestamp),
    Type.BOOLEAN: (pa.types.is_boolean,),
}


def _column(features: pa.Table, name: str, type_: Type) -> pa.Array:
    """An input's column in one piece, as its type."""
    if name not in features.column_names:
        raise ValueError(f"the features have no column `{name}`, which the predictor reads as a {type_}")
    column, wanted = features.column(name), _ARROW[type_]
    if not any(fits(column.type) for fits in (*_FITS[type_], pa.types.is_null)):
        raise ValueError(
            f"the column `{name}` is {column.type}; the predictor reads it as a {type_}: {wanted}"
        )
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    return pa.concat_arrays(column.cast(wanted).chunks or [pa.array([], wanted)])


def _exp(values: np.ndarray) -> np.ndarray:
    """`math.exp` of each: numpy's own may differ from it in the last bit, and one lead is scored with it."""
    return np.fromiter(map(math.exp, values.tolist()), float, len(values))


def probability(log_odds: float) -> float:
    """Of log-odds, held away from the impossible and the certain."""
    return min(max(1 / (1 + math.exp(-log_odds)), LEAST / MILLION), MOST / MILLION)


def millionths_of(probability: float) -> int:
    return math.floor(probability * MILLION + 0.5)
