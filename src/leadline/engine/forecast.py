"""One lead's probability in words: what each input adds to that of the average lead, or takes from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from leadline.engine.evaluate import Value
from leadline.engine.inputs import input_values
from leadline.engine.predict import MILLION, predicted, probabilities, term_name
from leadline.engine.reference import Judged
from leadline.model.expr import Type
from leadline.model.predictor import Input, Predictor, Term
from leadline.model.shape import Model
from leadline.model.values import moment_of
from leadline.model.words import number_words

MINUS = "−"
SMALL = 500  # millionths: what would read as 0.0 points of percent


@dataclass(frozen=True)
class Contribution:
    """What one input, or two together, add to the probability, in points of probability."""

    inputs: tuple[str, ...]
    words: str
    points: float

    @property
    def sentence(self) -> str:
        return f"{self.words}: {in_percent(self.points)}"


@dataclass(frozen=True)
class Forecast:
    """A probability, whence it comes, and how sure it is; `start` and contributions sum exactly to it.

    `low` and `high` hold it in eight of ten resamples of the training data; None where there were none.
    """

    predictor: Predictor
    probability: float
    start: float
    contributions: tuple[Contribution, ...]
    low: float | None
    high: float | None

    def sentences(self) -> list[str]:
        """The probability, then each contribution from the largest to the smallest."""
        told = [c for c in self.contributions if abs(c.points) * MILLION >= SMALL]
        rest = sum(c.points for c in self.contributions) - sum(c.points for c in told)
        small = [f"all else: {in_percent(rest)}"] if abs(rest) * MILLION >= SMALL else []
        return [self.summary(), *(c.sentence for c in told), *small]

    def summary(self) -> str:
        """One sentence: what is expected, and of the average lead."""
        sure = ""
        if self.low is not None and self.high is not None and self.low < self.high:
            sure = f" (from {100 * self.low:.1f} to {100 * self.high:.1f} %)"
        average = f"the average lead has {100 * self.start:.1f} %"
        return f"Probability of {self.predictor.goal}: {100 * self.probability:.1f} %{sure}; {average}."

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON data."""
        return {
            "predictor": self.predictor.name,
            "predictor_version": self.predictor.version,
            "goal": self.predictor.goal,
            "probability": self.probability,
            "low": self.low,
            "high": self.high,
            "start": self.start,
            "contributions": [
                {"inputs": list(c.inputs), "points": c.points, "sentence": c.sentence}
                for c in self.contributions
            ],
        }


def forecast_of(model: Model, judged: Judged) -> Forecast | None:
    """The forecast of a lead that was judged; None where the model has no predictor."""
    if model.predicting is None or model.predicting.predictor is None:
        return None
    predictor = model.predicting.predictor
    cents = {e.rule: e.cents for e in judged.entries}
    names = {**judged.fields, **judged.measures}
    values = input_values(model, names, cents, judged.kept, judged.at)
    found = predicted(predictor, values)
    inputs = {i.name: i for i in predictor.inputs}
    contributions = [
        Contribution(
            tuple(axis.input for axis in term.axes),
            _words(term, inputs, values),
            found.contributions[term_name(term)] / MILLION,
        )
        for term in predictor.terms
    ]
    low, high = _interval(predictor, inputs, values)
    return Forecast(
        predictor,
        found.probability,
        found.start / MILLION,
        tuple(sorted(contributions, key=lambda c: -abs(c.points))),
        low,
        high,
    )


def _interval(
    predictor: Predictor, inputs: Mapping[str, Input], values: Mapping[str, Value]
) -> tuple[float | None, float | None]:
    if not predictor.replicas:
        return None, None
    types = {
        Type.NUMBER: pa.float64(),
        Type.TIME: pa.int64(),
        Type.BOOLEAN: pa.bool_(),
        Type.TEXT: pa.string(),
    }
    row = {name: pa.array([value], types[inputs[name].type]) for name, value in values.items()}
    found = probabilities(predictor, pa.table({"row": [0], **row}), intervals=True)
    assert found.low is not None
    assert found.high is not None
    return float(found.low[0]), float(found.high[0])


def _words(term: Term, inputs: Mapping[str, Input], values: Mapping[str, Value]) -> str:
    return " and ".join(_value_words(inputs[axis.input], values[axis.input]) for axis in term.axes)


def _value_words(given: Input, value: Value) -> str:
    match given.type:
        case _ if value is None:
            return f"{given.label} not known"
        case Type.BOOLEAN:
            return f"{given.label}: {'yes' if value else 'no'}"
        case Type.TEXT:
            return f"{given.label} “{value}”"
        case Type.TIME:
            moment = moment_of(int(value))
            return f"{given.label} {moment.day} {moment:%B %Y}"
    return f"{given.label} {number_words(round(float(value), 2))}"


def in_percent(points: float) -> str:
    """Points of probability with their sign, as points of percent.

    >>> in_percent(0.0812), in_percent(-0.004)
    ('+8.1 points of percent', '−0.4 points of percent')
    """
    return f"{MINUS if points < 0 else '+'}{abs(100 * points):.1f} points of percent"
