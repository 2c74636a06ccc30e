"""What one or more models read of a lead and of an event."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from leadline.engine.facts.errors import FactsError
from leadline.model.expr import Expr, Kind, Type, names
from leadline.model.shape import Model


@dataclass(frozen=True)
class Read:
    """A field or property that is read: its types in the models, as a rule one, and its column if named."""

    name: str
    types: tuple[Type, ...]
    column: str | None = None

    @property
    def type(self) -> Type:
        """The one type, or text where models differ: from text each reads its own."""
        return self.types[0] if len(self.types) == 1 else Type.TEXT


@dataclass(frozen=True)
class Reads:
    """Everything that the models read; `declared` fields that no rule reads are looked up, but not bound."""

    fields: tuple[Read, ...]
    properties: tuple[Read, ...]
    declared: tuple[Read, ...]
    allowed: dict[str, tuple[str, ...]]  # field -> its `values`, where every model that reads it has the same

    @staticmethod
    def of(models: Sequence[Model]) -> Reads:
        if not models:
            raise FactsError("facts are read for a model: give at least one")
        declared = _merged(
            [(field.name, field.type, field.column) for model in models for field in model.fields], "field"
        )
        own = [(p.name, p.type, p.column) for model in models for p in model.properties]
        built_in = [
            (name, model.property_type(name), None)
            for model in models
            for name in _read(model, Kind.PROPERTY)
            if name not in {p.name for p in model.properties}
        ]
        properties = _merged([*own, *built_in], "event property")
        read_fields = {name for model in models for name in _read(model, Kind.FIELD)}
        read_properties = {name for model in models for name in _read(model, Kind.PROPERTY)}
        return Reads(
            tuple(read for read in declared if read.name in read_fields),
            tuple(read for read in properties if read.name in read_properties),
            declared,
            _allowed(models),
        )


def _read(model: Model, kind: Kind) -> list[str]:
    found = [name for tree in conditions(model) for name in names(tree, kind)]
    if kind is Kind.PROPERTY and model.goal is not None and model.goal.value is not None:
        found.append(model.goal.value)
    return list(dict.fromkeys(found))


def conditions(model: Model) -> Iterator[Expr]:
    """Every condition of a model, and every value that its predictor reads."""
    yield from (rule.when for rule in model.fit.rules)
    yield from (part.where for part in (*model.intent.signals, *model.journey) if part.where is not None)
    for criterion in model.criteria:
        yield from (tree for tree in (criterion.yes_if, criterion.no_if) if tree is not None)
    yield from (quality.when for quality in model.quality)
    for stage in model.lifecycle.stages:
        yield from (tree for tree in (stage.enter, stage.leave) if tree is not None)
    if model.predicting is not None:
        yield from model.predicting.trees


def _merged(given: Sequence[tuple[str, Type, str | None]], noun: str) -> tuple[Read, ...]:
    merged: dict[str, Read] = {}
    for name, type_, column in given:
        before = merged.get(name, Read(name, (), column))
        if None not in (before.column, column) and before.column != column:
            raise FactsError(
                f"two models read the {noun} `{name}` from different columns, "
                f"`{before.column}` and `{column}`: give both the same `column`"
            )
        types = tuple(dict.fromkeys((*before.types, type_)))
        merged[name] = Read(name, types, before.column or column)
    return tuple(merged.values())


def _allowed(models: Sequence[Model]) -> dict[str, tuple[str, ...]]:
    of: dict[str, set[tuple[str, ...]]] = {}
    for model in models:
        for field in model.fields:
            of.setdefault(field.name, set()).add(field.values)
    return {
        name: next(iter(values)) for name, values in of.items() if len(values) == 1 and next(iter(values))
    }
