"""A model as YAML, from scratch. To change a file that people wrote, see :mod:`leadline.model.document`."""

from __future__ import annotations

from typing import Any

from leadline.model.canonical import number
from leadline.model.document import ModelDocument
from leadline.model.emit import block_lines
from leadline.model.expr import TRUE, Expr, text_of
from leadline.model.shape import FORMAT, Field, FitRule, Model, Property, Signal
from leadline.model.values import duration_text

__all__ = ["ModelDocument", "file_data", "to_yaml"]


def to_yaml(model: Model) -> str:
    """The model as a file, what is left at its default left out. It reads back to the same version.

    >>> from leadline.model import read_model
    >>> print(to_yaml(read_model(text='{"leadline": 1, "name": "Small", "fields": {"size": "number"}}\\n')))
    leadline: 1
    name: Small
    <BLANKLINE>
    fields: {size: number}
    <BLANKLINE>
    """
    data = file_data(model)
    head = {key: data.pop(key) for key in ("leadline", "name", "timezone") if key in data}
    sections = [block_lines(head), *(_section(key, value) for key, value in data.items())]
    return "\n\n".join("\n".join(lines) for lines in sections) + "\n"


def _section(key: str, value: Any) -> list[str]:
    """One entry a line where they are many: that is what people change one by one."""
    many = key in ("fields", "properties", "quality") and len(value) > 1
    return [f"{key}:", *block_lines(value, 2)] if many else block_lines({key: value})


def file_data(model: Model) -> dict[str, Any]:
    """The model as the data of a file: what a JSON or YAML reader would give."""
    goal = model.goal
    return _said(
        leadline=FORMAT,
        name=model.name,
        timezone=None if model.timezone == Model.timezone else model.timezone,
        fields={f.name: _field(f) for f in model.fields},
        properties={p.name: _property(p) for p in model.properties},
        fit=_said(min=model.fit.min, max=model.fit.max, rules=[_rule(r) for r in model.fit.rules]),
        intent=_said(
            min=model.intent.min, max=model.intent.max, signals=[_signal(s) for s in model.intent.signals]
        ),
        journey=[_said(step=s.step, event=s.event, where=s.where) for s in model.journey],
        criteria={
            c.name: _said(label=c.label, yes_if=c.yes_if, no_if=c.no_if, valid_for=_duration(c.valid_for))
            for c in model.criteria
        },
        bands=_said(
            fit={b.name: number(b.at) for b in model.bands.fit},
            intent={b.name: number(b.at) for b in model.bands.intent},
        ),
        quality={q.name: _written(q.when) for q in model.quality},
        lifecycle=_lifecycle(model),
        goal=_said(event=goal.event, value=goal.value, horizon=_duration(goal.horizon)) if goal else None,
    )


def _said(**keys: Any) -> dict[str, Any]:
    """The keys that say something: not None, not false, not empty."""
    kept = {key: _written(value) for key, value in keys.items()}
    return {key: value for key, value in kept.items() if value not in (None, [], {}) and value is not False}


def _written(value: Any) -> Any:
    if isinstance(value, Expr):
        return True if value == TRUE else text_of(value)
    return number(value) if isinstance(value, float) else value


def _field(field: Field) -> Any:
    data = _said(
        type=str(field.type), label=field.label, values=list(field.values), ask=field.ask, column=field.column
    )
    return data if len(data) > 1 else data["type"]


def _property(prop: Property) -> Any:
    data = _said(type=str(prop.type), label=prop.label, column=prop.column)
    return data if len(data) > 1 else data["type"]


def _rule(rule: FitRule) -> dict[str, Any]:
    effect = {"disqualify": True} if rule.disqualify else {"points": rule.points}
    return {**_said(id=rule.id, label=rule.label), "when": _written(rule.when), **_said(**effect)}


def _signal(signal: Signal) -> dict[str, Any]:
    return _said(
        id=signal.id,
        label=signal.label,
        event=signal.event,
        where=signal.where,
        points=signal.points,
        half_life=_duration(signal.half_life),
        window=_duration(signal.window),
        max_per_day=signal.max_per_day,
        max_points=signal.max_points,
        hand_raise=signal.hand_raise,
    )


def _lifecycle(model: Model) -> dict[str, Any]:
    stages = [
        _said(
            stage=s.stage,
            label=s.label,
            owner=s.owner,
            enter=s.enter,
            event=s.event,
            leave=s.leave,
            sla=_duration(s.sla),
        )
        for s in model.lifecycle.stages
    ]
    if model.lifecycle == type(model.lifecycle)():
        return {}
    return {"cooldown": _duration(model.lifecycle.cooldown), "stages": stages}


def _duration(micros: int | None) -> str | None:
    return None if micros is None else duration_text(micros)
