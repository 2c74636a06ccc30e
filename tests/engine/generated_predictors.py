"""Predictors as Hypothesis draws them, for generated models: every kind of input, axis and calibration."""

from __future__ import annotations

from generated_conditions import NUMBERS, TEXTS, TIMES, Conditions, Draw, Words
from generated_models import (
    FLAG_FIELDS,
    LIMITED_FIELD,
    LIMITED_VALUES,
    NUMBER_FIELDS,
    TEXT_FIELDS,
    TIME_FIELDS,
)
from hypothesis import strategies as st

from leadline.model.expr import Type
from leadline.model.predicting import predicting
from leadline.model.predictor import Axis, Calibration, Input, Predictor, Replica, Term
from leadline.model.predictor_scope import tree_of
from leadline.model.shape import Model
from leadline.model.values import read_time

EDGES = sorted({*NUMBERS, 0.5, 1.5, 10.0, 30.0, -3.5} - {-0.0} | {0.0})
INSTANTS = sorted(float(t) for text in TIMES if (t := read_time(text)) is not None)
LOG_ODDS = st.one_of(st.sampled_from([0.0, -0.0, 1e-12, 5.0, -40.0]), st.floats(-3, 3))
LINES = [
    Calibration(),
    Calibration((-2.0, 0.5), (-1.0, 0.25)),
    Calibration((-3.0, -1.0, -0.999, 0.0, 2.5), (-9.0, -2.0, 0.5, 0.5, 4.0)),
    Calibration((-1.0, 1.0, 2.0), (1.0, -1.0, 3.0)),  # one that falls and rises
]


@st.composite
def predictors(draw: Draw, model: Model) -> Predictor:
    """Any predictor that fits the model."""
    inputs = tuple(_input(draw, model, i) for i in range(draw(st.integers(1, 5))))
    chosen: dict[frozenset[str], tuple[Axis, ...]] = {}
    for _ in range(draw(st.integers(0, 5))):
        few = draw(st.permutations(inputs))[: draw(st.integers(1, 2))]
        chosen[frozenset(i.name for i in few)] = tuple(_axis(draw, i) for i in few)
    types = {i.name: i.type for i in inputs}
    terms = tuple(Term(axes, _values(draw, axes, types)) for axes in chosen.values())
    replicas = tuple(
        Replica(
            draw(LOG_ODDS), tuple(_values(draw, t.axes, types) for t in terms), draw(st.sampled_from(LINES))
        )
        for _ in range(draw(st.integers(0, 2)))
    )
    return Predictor(
        "Generated", "additive", "a deal", model.fields, inputs, terms, draw(LOG_ODDS),
        draw(st.sampled_from(LINES)), replicas, model=model.version,
    )  # fmt: skip


@st.composite
def predicting_models(draw: Draw, models: st.SearchStrategy[Model]) -> Model:
    """A model with a predictor."""
    model = draw(models)
    return predicting(model, draw(predictors(model)))


def _input(draw: Draw, model: Model, number: int) -> Input:
    kinds = [Type.TEXT, Type.NUMBER, Type.BOOLEAN, Type.TIME]
    signals = [s.id for s in model.intent.signals]
    if signals and draw(st.booleans()):
        part = draw(st.sampled_from(["points", "events"]))
        return Input(f"x{number}", Type.NUMBER, "X", signal=draw(st.sampled_from(signals)), part=part)
    type_ = draw(st.sampled_from(kinds))
    return Input(f"x{number}", type_, "X", expr=_expression(draw, model, type_))


def _expression(draw: Draw, model: Model, type_: Type) -> str:
    write = Conditions(draw, _words(model))
    plain = {
        Type.TEXT: TEXT_FIELDS[0], Type.NUMBER: NUMBER_FIELDS[0],
        Type.BOOLEAN: FLAG_FIELDS[0], Type.TIME: TIME_FIELDS[0],
    }  # fmt: skip
    match type_:
        case Type.TEXT:
            text = write.text(2)
        case Type.NUMBER:
            text = write.number(2)
        case Type.BOOLEAN:
            text = write.condition(2)
        case _:
            text = f"coalesce({draw(st.sampled_from([*TIME_FIELDS, 'last_seen']))}, first_seen)"
    tree = tree_of(text, model.fields, [c.name for c in model.criteria])
    return text if tree.type is type_ else plain[type_]


def _words(model: Model) -> Words:
    counts = ["yes_count", "no_count", "unknown_count"]
    criteria = {c.name: ["yes", "no", "unknown"] for c in model.criteria}
    return Words(
        TEXT_FIELDS,
        [*NUMBER_FIELDS, "fit", "intent", "intent", *counts],
        [*FLAG_FIELDS, "hand_raised", "disqualified"],
        [*TIME_FIELDS, "first_seen", "last_seen"],
        {LIMITED_FIELD: LIMITED_VALUES, "journey": [s.step for s in model.journey], **criteria},
    )


def _axis(draw: Draw, given: Input) -> Axis:
    match given.type:
        case Type.TEXT:
            levels = [t for t in [*TEXTS, "yes", "no", "unknown", "small"] if "\0" not in t]
            return Axis(
                given.name, levels=tuple(draw(st.lists(st.sampled_from(levels), max_size=30, unique=True)))
            )
        case Type.BOOLEAN:
            return Axis(given.name)
        case Type.TIME:
            return Axis(given.name, edges=tuple(sorted(draw(st.sets(st.sampled_from(INSTANTS))))))
    return Axis(given.name, edges=tuple(sorted(draw(st.sets(st.sampled_from(EDGES), max_size=20)))))


def _values(draw: Draw, axes: tuple[Axis, ...], types: dict[str, Type]) -> tuple[float, ...]:
    size = 1
    for axis in axes:
        size *= axis.size(types[axis.input])
    few = draw(st.lists(LOG_ODDS, min_size=1, max_size=8))
    return tuple(few[i % len(few)] for i in range(size))
