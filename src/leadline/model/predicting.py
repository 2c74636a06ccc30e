"""A model with the inputs of a predictor: bound to its fields, measures, criteria and signals, or refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from leadline.model import expr
from leadline.model.conditions import ConditionError
from leadline.model.errors import PredictorError, did_you_mean
from leadline.model.expr import Expr, Kind
from leadline.model.predictor import Input, Predictor
from leadline.model.predictor_scope import criteria_in, tree_of
from leadline.model.shape import Field, Model


@dataclass(frozen=True)
class Reading:
    """An input made ready: the tree of its expression, or the place of its signal in the model."""

    input: Input
    tree: Expr | None = None
    signal: int | None = None


@dataclass(frozen=True)
class Predicting:
    """What a model reads beside its rules, and the predictor that reads it, if any."""

    readings: tuple[Reading, ...]
    predictor: Predictor | None = None

    @property
    def trees(self) -> list[Expr]:
        return [r.tree for r in self.readings if r.tree is not None]


def predicting(model: Model, predictor: Predictor | None) -> Model:
    """The model with a predictor that fills `probability`; its version stays, since its rules do.

    Raises :class:`PredictorError` where the predictor was trained on other rules (see
    :attr:`leadline.model.shape.Model.basis`), or reads what the model does not have.

    >>> from leadline.model import read_model
    >>> model = read_model(text='''
    ... leadline: 1
    ... name: Calls
    ... ''')
    >>> rate = Predictor("Base rate", "rate", "a deal", (), (), (), base=-2.0)
    >>> predicting(model, rate).predicting.predictor.name
    'Base rate'
    """
    if predictor is None:
        return replace(model, predicting=None) if model.predicting else model
    if predictor.model not in (None, model.basis, model.version):
        told = (
            f"it was trained on the rules {predictor.model}, and those of this model ({model.name}, version "
            f"{model.version}) are {model.basis}: train it again, or take the model that it was trained on"
        )
        raise PredictorError(predictor.name, [("model", told)])
    used = {axis.input for term in predictor.terms for axis in term.axes}
    read = [i for i in predictor.inputs if i.name in used]
    if problems := [*_unlike(model, predictor, read)]:
        raise PredictorError(predictor.name, problems)
    return replace(model, predicting=Predicting(_readings(model, read, predictor.name), predictor))


def predicting_as(model: Model, other: Model) -> Model:
    """The model with the predictor of `other`, where it fits; without one where it does not.

    Raises :class:`PredictorError` where it does not fit and a condition of the model asks for it.
    """
    if other.predicting is None or other.predicting.predictor is None:
        return model
    try:
        return predicting(model, other.predicting.predictor)
    except PredictorError:
        stages = [tree for stage in model.lifecycle.stages for tree in (stage.enter, stage.leave)]
        trees = [tree for tree in (*stages, *(q.when for q in model.quality)) if tree is not None]
        if any("probability" in expr.names(tree, Kind.MEASURE) for tree in trees):
            raise
        return model


def with_inputs(model: Model, inputs: Sequence[Input]) -> Model:
    """The model with inputs that it reads beside its rules, so that facts are read for them too.

    Raises :class:`PredictorError` where an input reads what the model does not have.
    """
    return replace(model, predicting=Predicting(_readings(model, inputs, model.name)))


def with_every_field(model: Model) -> Model:
    """The model reading each field that it declares, whether or not a rule does: for facts to learn from."""
    return with_inputs(model, [Input(f.name, f.type, f.title, expr=_named(f.name)) for f in model.fields])


def _named(field: str) -> str:
    return expr.text_of(expr.Name(field, Kind.FIELD, expr.Type.NULL))


def _readings(model: Model, inputs: Sequence[Input], name: str) -> tuple[Reading, ...]:
    problems: list[tuple[str, str]] = []
    found = [_reading(model, given, problems) for given in inputs]
    if problems:
        raise PredictorError(name, problems)
    return tuple(found)


def _reading(model: Model, given: Input, problems: list[tuple[str, str]]) -> Reading:
    path = f"input `{given.name}`"
    if given.signal is not None:
        signals = [s.id for s in model.intent.signals]
        if given.signal in signals:
            return Reading(given, signal=signals.index(given.signal))
        hint = did_you_mean(given.signal[:100], signals)
        problems.append((path, f"the model has no signal `{given.signal[:100]}`{hint}"))
        return Reading(given)
    try:
        tree = tree_of(given.expr or "", model.fields, [c.name for c in model.criteria])
    except ConditionError as error:
        problems += [(path, fault.message) for fault in error.faults]
        return Reading(given)
    if tree.type is not given.type:
        problems.append((path, f"`{given.expr}` is a {tree.type} in this model, not a {given.type}"))
    return Reading(given, tree)


def _unlike(model: Model, predictor: Predictor, read: Sequence[Input]) -> Iterator[tuple[str, str]]:
    """Fields that the predictor reads and the model has not, or has as another type."""
    declared = {f.name: f for f in predictor.fields}
    there = {f.name: f for f in model.fields}
    for given in read:
        for name in _fields_of(given, declared, predictor):
            field = there.get(name)
            if field is None:
                hint = (
                    did_you_mean(name, there) or f"; declare it, `fields: {{{name}: {declared[name].type}}}`"
                )
                yield f"input `{given.name}`", f"the model has no field `{name}`{hint}"
            elif field.type is not declared[name].type:
                yield (
                    f"input `{given.name}`",
                    f"`{name}` is a {field.type} in the model and a {declared[name].type} in the predictor",
                )


def _fields_of(given: Input, declared: dict[str, Field], predictor: Predictor) -> list[str]:
    if given.expr is None:
        return []
    criteria = criteria_in(given.expr, predictor.fields) if predictor.model is not None else None
    return expr.names(tree_of(given.expr, predictor.fields, criteria), Kind.FIELD)
