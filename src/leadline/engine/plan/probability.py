"""The probability as layers of a query: inputs, the bins that they fall into, their log-odds added up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from leadline.engine.dialects import Dialect, quoted
from leadline.engine.predict import FAR, LEAST, MILLION, MOST
from leadline.engine.render import Renderer, double
from leadline.model.expr import Type
from leadline.model.predicting import Predicting, Reading
from leadline.model.predictor import Axis, Calibration, Predictor, Term
from leadline.model.predictor_check import slopes

_TOGETHER = 50  # terms in one sum: engines refuse expressions that nest a thousand deep
_FEW = 6  # comparisons in a row; of more it is decided which half comes next
NO_PROBABILITY = "CAST(NULL AS DOUBLE) AS probability"


class Inputs:
    """The columns `x0`, `x1` … of what is read beside the rules."""

    def __init__(self, readings: Sequence[Reading], dialect: Dialect, with_events: bool):
        self.readings, self.dialect, self.with_events = readings, dialect, with_events

    @property
    def names(self) -> list[str]:
        return [f"x{i}" for i, _ in enumerate(self.readings)]

    @property
    def signals(self) -> list[int]:
        """The places of the signals that are read."""
        return sorted({r.signal for r in self.readings if r.signal is not None})

    def layer(self, columns: Mapping[str, str]) -> list[str]:
        """`columns` has the SQL of each name that an expression may read."""
        render = Renderer(self.dialect, columns, "as_of")
        return [f"{self._value(r, render)} AS x{i}" for i, r in enumerate(self.readings)]

    def _value(self, reading: Reading, render: Renderer) -> str:
        if reading.tree is not None:
            return render(reading.tree)
        if not self.with_events:
            return double(0.0)
        if reading.input.part == "events":
            return f"CAST(COALESCE(s{reading.signal}_n, 0) AS DOUBLE)"
        return f"CAST(COALESCE(s{reading.signal}_cents, 0) AS DOUBLE) / {double(100.0)}"


def of_signals(signals: Sequence[int]) -> list[str]:
    """The columns of the step `sums` that :class:`Inputs` reads."""
    return [
        f"MAX(CASE WHEN s = {i} THEN {what} END) AS s{i}_{what}" for i in signals for what in ("n", "cents")
    ]


class Probability:
    """The layers above the inputs, up to the column `probability`."""

    def __init__(self, given: Predicting, predictor: Predictor, dialect: Dialect):
        self.predictor, self.dialect = predictor, dialect
        self.column = {r.input.name: f"x{i}" for i, r in enumerate(given.readings)}
        self.type = {r.input.name: r.input.type for r in given.readings}
        axes = dict.fromkeys(axis for term in predictor.terms for axis in term.axes)
        self.bin = {axis: f"b{i}" for i, axis in enumerate(axes)}

    def layers(self) -> list[list[str]]:
        """Lists of columns; each list may use those before it."""
        bins = [f"{self._bin(axis)} AS {name}" for axis, name in self.bin.items()]
        sums, total = [], double(0.0)
        for number in range(-(-len(self.predictor.terms) // _TOGETHER)):
            terms = self.predictor.terms[number * _TOGETHER : (number + 1) * _TOGETHER]
            added = " + ".join([total, *map(self._log_odds, terms)])
            total = f"sum{number}"
            sums.append([f"{added} AS {total}"])
        raw = f"{double(float(self.predictor.base))} + {total}"
        log_odds = f"{self._calibrated('raw', self.predictor.calibration)} AS log_odds"
        return [bins, *sums, [f"{raw} AS raw"], [log_odds], [f"{_probability('log_odds')} AS probability"]]

    def _log_odds(self, term: Term) -> str:
        place = "0"
        for axis in term.axes:
            place = f"({place}) * {axis.size(self.type[axis.input])} + {self.bin[axis]}"
        return self.dialect.at([double(float(v)) for v in term.values], f"{place} + 1")

    def _bin(self, axis: Axis) -> str:
        x, type_ = self.column[axis.input], self.type[axis.input]
        if type_ is Type.BOOLEAN:
            return f"CASE WHEN {x} THEN 2 WHEN NOT {x} THEN 1 ELSE 0 END"
        if type_ is Type.TEXT:
            ordered = sorted((level, i) for i, level in enumerate(axis.levels, 1))
            levels = [(quoted(level, self.dialect), i) for level, i in ordered]
            return f"CASE WHEN {x} IS NULL THEN 0 ELSE {_level(x, levels, len(levels) + 1)} END"
        number = f"CAST({x} AS DOUBLE)" if type_ is Type.TIME else x
        edges = [double(float(e)) for e in axis.edges]
        place = _between(number, edges, [str(i + 1) for i in range(len(edges) + 1)])
        return f"CASE WHEN {x} IS NULL THEN 0 ELSE {place} END"

    def _calibrated(self, raw: str, given: Calibration) -> str:
        pieces = [
            f"{double(float(y))} + ({raw} - {double(float(x))}) * {double(slope)}"
            for x, y, slope in zip(given.x, given.y, slopes(given), strict=False)
        ]
        line = _between(raw, [double(float(x)) for x in given.x[1:-1]], pieces)
        return f"GREATEST(LEAST({line}, {double(FAR)}), {double(-FAR)})"


def _probability(log_odds: str) -> str:
    exact = f"{double(1.0)} / ({double(1.0)} + EXP(-{log_odds}))"
    held = f"GREATEST(LEAST({exact}, {double(MOST / MILLION)}), {double(LEAST / MILLION)})"
    millionths = f"FLOOR({held} * {double(float(MILLION))} + {double(0.5)})"
    return f"CAST({millionths} AS DOUBLE) / {double(float(MILLION))}"


def _between(number: str, edges: list[str], results: list[str]) -> str:
    """The result of the piece that a number is in: the first is below all edges, the last at or above all."""
    if len(edges) <= _FEW:
        cases = "".join(f" WHEN {number} < {e} THEN {r}" for e, r in zip(edges, results, strict=False))
        return f"CASE{cases} ELSE {results[-1]} END" if cases else results[-1]
    middle = len(edges) // 2
    below = _between(number, edges[:middle], results[: middle + 1])
    above = _between(number, edges[middle + 1 :], results[middle + 1 :])
    return f"CASE WHEN {number} < {edges[middle]} THEN {below} ELSE {above} END"


def _level(text: str, levels: list[tuple[str, int]], other: int) -> str:
    """The number of a text among levels that stand in order."""
    if len(levels) <= _FEW:
        cases = "".join(f" WHEN {level} THEN {number}" for level, number in levels)
        return f"CASE {text}{cases} ELSE {other} END" if cases else str(other)
    middle = len(levels) // 2
    below, above = _level(text, levels[:middle], other), _level(text, levels[middle:], other)
    return f"CASE WHEN {text} < {levels[middle][0]} THEN {below} ELSE {above} END"
