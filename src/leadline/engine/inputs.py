"""What a model's predictor reads of one lead, and its probability: at an instant, or over a stretch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any, Protocol

from leadline.engine.evaluate import Names, Value, compiled, once_for_each
from leadline.engine.outcomes import Range, moves, numbers, outcomes
from leadline.engine.predict import (
    MILLION,
    Prediction,
    Scorer,
    Table,
    millionths_of,
    predicted,
    probability,
)
from leadline.model import expr
from leadline.model.expr import Type
from leadline.model.predicting import Reading
from leadline.model.shape import Model, Signal


class Counted(Protocol):
    """The events of a signal that count, and what they give at an instant."""

    def __len__(self) -> int: ...
    def cents(self, at: int) -> int: ...


def input_values(
    model: Model, names: Names, cents: Mapping[str, int], kept: Mapping[str, Sequence[Any]], at: int
) -> dict[str, Value]:
    """What the predictor reads of a lead: `cents` is what each signal gives, `kept` its events that count."""

    def value(reading: Reading) -> Value:
        if reading.tree is not None:
            return compiled(reading.tree)(names, at)
        signal = model.intent.signals[reading.signal or 0].id
        return float(len(kept[signal])) if reading.input.part == "events" else cents.get(signal, 0) / 100

    readings = model.predicting.readings if model.predicting else ()
    return {r.input.name: value(r) for r in readings}


def prediction_of(
    model: Model, names: Names, cents: Mapping[str, int], kept: Mapping[str, Sequence[Any]], at: int
) -> Prediction | None:
    """The prediction of a lead; None where the model has no predictor."""
    if model.predicting is None or model.predicting.predictor is None:
        return None
    return predicted(model.predicting.predictor, input_values(model, names, cents, kept, at))


def asks_for_probability(model: Model) -> bool:
    """Whether there is a predictor, and a condition that reads what it gives."""
    if model.predicting is None or model.predicting.predictor is None:
        return False
    stages = (tree for stage in model.lifecycle.stages for tree in (stage.enter, stage.leave))
    trees = (tree for tree in (*stages, *(q.when for q in model.quality)) if tree is not None)
    return any(_reads_probability(tree) for tree in trees)


@once_for_each
def _reads_probability(tree: expr.Expr) -> bool:
    return "probability" in expr.names(tree, expr.Kind.MEASURE)


def probability_between(
    model: Model, names: Mapping[str, Value | Range], kept: Mapping[str, Counted], first: int, last: int
) -> Value | Range:
    """The probability at every instant from `first` to `last`, in which only time moves.

    Bins are steps: as long as no input leaves its bin, it is one number. Where an input may, it is the range
    from the least to the most that all the bins in question could add up to.
    """
    if model.predicting is None or model.predicting.predictor is None:
        return None
    scorer = Scorer.of(model.predicting.predictor)
    values = {r.input.name: _possible(model, r, names, kept, first, last) for r in model.predicting.readings}
    low = high = 0.0
    for table in scorer.tables:
        bins = [_bins(table, i, values[axis.input]) for i, (axis, _) in enumerate(table.axes)]
        found = [table.at(places) for places in product(*bins)]
        low, high = low + min(found), high + max(found)
    base = scorer.predictor.base
    ends = [millionths_of(probability(odds)) for odds in scorer.line.between(base + low, base + high)]
    least, most = min(ends) / MILLION, max(ends) / MILLION
    return least if least == most else Range(least, most)


Possible = Range | tuple[Value, ...]
"""Numbers in a range, or single values."""


def _possible(
    model: Model,
    reading: Reading,
    names: Mapping[str, Value | Range],
    kept: Mapping[str, Counted],
    first: int,
    last: int,
) -> Possible:
    """What an input may be at the instants of a stretch."""
    tree = reading.tree
    if tree is None:
        events, signal = _signal(model, reading, kept)
        if reading.input.part == "events":
            return (float(len(events)),)
        ends = [events.cents(at) / 100 for at in ({first, last} if signal.half_life else {first})]
        return Range(min(ends), max(ends))
    if first == last or not moves(tree):
        return (compiled(tree)(names, first),)  # type: ignore[arg-type]
    if tree.type is Type.BOOLEAN:
        return tuple(outcomes(tree, names, first, last))
    return numbers(tree)(names, first, last)


def _signal(model: Model, reading: Reading, kept: Mapping[str, Counted]) -> tuple[Counted, Signal]:
    signal = model.intent.signals[reading.signal or 0]
    return kept[signal.id], signal


def _bins(table: Table, number: int, possible: Possible) -> Sequence[int]:
    """The bins of an axis that a value may be in."""
    if not isinstance(possible, Range):
        return sorted({table.bin(number, value) for value in possible})
    missing = [0] if possible.null else []
    if possible.low is None or possible.high is None:
        return missing
    low, high = table.bin(number, possible.low), table.bin(number, possible.high)
    return [*missing, *range(low, high + 1)]
