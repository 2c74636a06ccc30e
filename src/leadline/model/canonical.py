"""The canonical form of a model, and the version that is read off it.

Comments, layout, the order of keys and how a number is written do not change it; what a model means, says
or shows does. It names every assessment ever made, so what is written here is never rearranged.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from leadline.model.expr import Expr, text_of
from leadline.model.shape import BUILT_IN_PROPERTIES, FORMAT, Band, Field, FitRule, Model, Signal, Stage


def digest(model: Model) -> str:
    """The SHA-256 of the canonical form, in 64 hex digits."""
    return hashlib.sha256(canonical_json(model).encode("ascii")).hexdigest()


def canonical_json(model: Model) -> str:
    """The canonical form as text: keys sorted, no white space, ASCII."""
    return json.dumps(canonical(model), sort_keys=True, separators=(",", ":"), allow_nan=False)


def basis_digest(model: Model) -> str:
    """The SHA-256 of what its values are made of: without labels, and without what is only made of them."""
    form = {k: v for k, v in canonical(model).items() if k not in ("name", "bands", "quality", "lifecycle")}
    if form["goal"]:
        form["goal"] = {k: v for k, v in form["goal"].items() if k != "value"}
    text = json.dumps(_unlabelled(form), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _unlabelled(value: Any) -> Any:
    if isinstance(value, dict):
        # What has a label has it as a text or null; rules and fields may be called `label` themselves.
        words = ("label", "ask", "values") if not isinstance(value.get("label", {}), dict) else ()
        return {k: _unlabelled(v) for k, v in value.items() if k not in words}
    return [_unlabelled(v) for v in value] if isinstance(value, list) else value


def canonical(model: Model) -> dict[str, Any]:
    """Everything that a model says, defaults filled in, as JSON data.

    Durations are microseconds, conditions are written in one way only. What has an order that matters is
    a list; fields, properties, rules and signals have none and stand under their names.
    """
    return {
        "leadline": FORMAT,
        "name": model.name,
        "timezone": model.timezone,
        "fields": {f.name: _field(f) for f in model.fields},
        "properties": _properties(model),
        "fit": {**_ends(model.fit), "rules": {r.id: _rule(r) for r in model.fit.rules}},
        "intent": {**_ends(model.intent), "signals": {s.id: _signal(s) for s in model.intent.signals}},
        "journey": [{"step": s.step, "event": s.event, "where": _condition(s.where)} for s in model.journey],
        "criteria": [
            {
                "name": c.name,
                "label": c.label,
                "yes_if": _condition(c.yes_if),
                "no_if": _condition(c.no_if),
                "valid_for": c.valid_for,
            }
            for c in model.criteria
        ],
        "bands": {"fit": _bands(model.bands.fit), "intent": _bands(model.bands.intent)},
        "quality": [{"name": q.name, "when": _condition(q.when)} for q in model.quality],
        "lifecycle": {
            "cooldown": model.lifecycle.cooldown,
            "stages": [_stage(s) for s in model.lifecycle.stages],
        },
        "goal": model.goal
        and {"event": model.goal.event, "value": model.goal.value, "horizon": model.goal.horizon},
    }


def _field(field: Field) -> dict[str, Any]:
    return {
        "type": str(field.type),
        "label": field.label,
        "values": list(field.values),
        "ask": field.ask,
        "column": field.column or field.name,
    }


def _properties(model: Model) -> dict[str, Any]:
    """The built-in ones too: declaring one of them as what it is changes nothing."""
    built_in = {name: {"type": "text", "label": None, "column": name} for name in BUILT_IN_PROPERTIES}
    declared = {
        p.name: {"type": str(p.type), "label": p.label, "column": p.column or p.name}
        for p in model.properties
    }
    return built_in | declared


def _rule(rule: FitRule) -> dict[str, Any]:
    return {
        "label": rule.label,
        "when": _condition(rule.when),
        "points": number(rule.points),
        "disqualify": rule.disqualify,
    }


def _signal(signal: Signal) -> dict[str, Any]:
    return {
        "label": signal.label,
        "event": signal.event,
        "where": _condition(signal.where),
        "points": number(signal.points),
        "half_life": signal.half_life,
        "window": signal.window,
        "max_per_day": signal.max_per_day,
        "max_points": number(signal.max_points),
        "hand_raise": signal.hand_raise,
    }


def _stage(stage: Stage) -> dict[str, Any]:
    return {
        "stage": stage.stage,
        "label": stage.label,
        "owner": stage.owner,
        "enter": _condition(stage.enter),
        "event": stage.event,
        "leave": _condition(stage.leave),
        "sla": stage.sla,
    }


def _bands(bands: tuple[Band, ...]) -> list[list[Any]]:
    return [[band.name, number(band.at)] for band in bands]


def _ends(part: Any) -> dict[str, Any]:
    return {"min": number(part.min), "max": number(part.max)}


def _condition(tree: Expr | None) -> str | None:
    return None if tree is None else text_of(tree)


def number(value: float | None) -> int | float | None:
    """12 and 12.0 are one number, and so are 0 and -0."""
    if value is None:
        return None
    return int(value) if value == int(value) and abs(value) < 2**53 else value
