"""The format as JSON Schema, so that editors complete and explain a model while it is typed.

A schema cannot know names: whether a condition reads what is declared is told by reading the model.
"""

from __future__ import annotations

import json
from typing import Any

from leadline.model.section import BAND_NAME, HYPHENATED, IDENTIFIER, MAX_POINTS, MAX_SCORE
from leadline.model.shape import DISQUALIFIED, FORMAT
from leadline.model.values import DURATION

Schema = dict[str, Any]


def json_schema() -> Schema:
    """The format as JSON Schema, draft 2020-12.

    >>> json_schema()["required"]
    ['leadline', 'name']
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": "Written by `make docs` from leadline.model.schema; change it there.",
        "title": "Leadline qualification model, format 1",
        "description": "What makes a lead worth a call, written down by marketing and sales together.",
        **_mapping(
            {
                "leadline": {"const": FORMAT, "description": "The format of this file: 1."},
                "name": _ref("text", "What the model is called."),
                "timezone": _ref(
                    "text", "IANA time zone, such as Europe/Berlin, in which a day is meant; default UTC."
                ),
                "fields": _named(_field(), IDENTIFIER, "What the model reads of a lead: name -> type."),
                "properties": _named(
                    _property(),
                    IDENTIFIER,
                    "What it reads of an event, beyond the texts path, url, title, referrer and name.",
                ),
                "fit": _fit(),
                "intent": _intent(),
                "journey": _list(_step(), "Content tells the step of the buying journey; later is further."),
                "criteria": _named(_criterion(), IDENTIFIER, "BANT, or whatever the team agrees on."),
                "bands": _bands(),
                "quality": _named(_ref("condition"), HYPHENATED, "Name -> condition; the first that holds."),
                "lifecycle": _lifecycle(),
                "goal": _goal(),
            },
            required=("leadline", "name"),
        ),
        "$defs": _definitions(),
    }


def schema_text() -> str:
    """The schema as the file that is published."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _definitions() -> Schema:
    return {
        "text": {"type": "string", "pattern": r"\S"},
        "identifier": {"type": "string", "pattern": f"^{IDENTIFIER}$"},
        "hyphenated": {"type": "string", "pattern": f"^{HYPHENATED}$"},
        "score": {"type": "number", "minimum": -MAX_SCORE, "maximum": MAX_SCORE},
        "points": {"type": "number", "minimum": -MAX_POINTS, "maximum": MAX_POINTS},
        "duration": {
            "type": "string",
            "pattern": f"^{DURATION}$",
            "description": "A whole number and m (minutes), h, d or w.",
            "examples": ["30d", "4h", "2w"],
        },
        "condition": {
            "type": ["string", "boolean"],
            "pattern": r"\S",
            "description": (
                "A condition in SQL's words: = <> < <= > >=, and or not, in, between, like, ilike, is null, "
                "+ - * /, lower upper length coalesce starts_with ends_with contains abs days_since."
            ),
            "examples": ["country in ('DE', 'AT')", "employees between 50 and 1000"],
        },
        "type": {"enum": ["text", "number", "boolean", "time"]},
    }


def _field() -> Schema:
    long = _mapping(
        {
            "type": _ref("type"),
            "label": _ref("text", "What people call it."),
            "values": {
                "type": "array",
                "items": _ref("text"),
                "minItems": 1,
                "uniqueItems": True,
                "description": "Every value that a text field can have; conditions are held against them.",
            },
            "ask": _ref("text", "The question that finds it out."),
            "column": _ref("text", "Its name in the data, where that differs."),
        },
        required=("type",),
    )
    return {"anyOf": [_ref("type"), long]}


def _property() -> Schema:
    long = _mapping(
        {
            "type": _ref("type"),
            "label": _ref("text", "What people call it."),
            "column": _ref("text", "Its name in the data, where that differs."),
        },
        required=("type",),
    )
    return {"anyOf": [_ref("type"), long]}


def _fit() -> Schema:
    rule = _mapping(
        {
            "id": _ref("identifier", "Unique among rules and signals."),
            "label": _ref("text", "What people call it."),
            "when": _ref("condition", "Where it holds; reads fields."),
            "points": _ref("points", "Given where it holds; may be negative."),
            "disqualify": {
                "type": "boolean",
                "description": "Instead of points: such a lead is disqualified.",
            },
        },
        required=("id", "when"),
    )
    rule |= {
        "if": {"properties": {"disqualify": {"const": True}}, "required": ["disqualify"]},
        "then": {"not": {"required": ["points"]}},
        "else": {"required": ["points"]},
    }
    return _part({**_ends("fit"), "rules": _list(rule, "Rules, in any order.")}, "Potential: who they are.")


def _intent() -> Schema:
    signal = _mapping(
        {
            "id": _ref("identifier", "Unique among rules and signals."),
            "label": _ref("text", "What people call it."),
            "event": _ref("text", "The name of the events that count."),
            "where": _ref("condition", "Which of them count; reads event properties."),
            "points": _ref("points", "Of each event that counts; may be negative."),
            "half_life": _ref("duration", "After this long, an event gives half its points."),
            "window": _ref("duration", "Older events do not count."),
            "max_per_day": {
                "type": "integer",
                "minimum": 1,
                "description": "The first so many of each day count.",
            },
            "max_points": {
                "type": "number",
                "minimum": 0,
                "maximum": MAX_SCORE,
                "description": "What all events together can give at most, whatever their sign.",
            },
            "hand_raise": {"type": "boolean", "description": "Such an event asks for a call."},
        },
        required=("id", "event", "points"),
    )
    parts = {**_ends("intent"), "signals": _list(signal, "Signals, in any order.")}
    return _part(parts, "Behaviour: what they do.")


def _step() -> Schema:
    return _mapping(
        {
            "step": _ref("hyphenated", "What the step is called."),
            "event": _ref("text", "The name of the events that tell it."),
            "where": _ref("condition", "Which of them; reads event properties."),
        },
        required=("step", "event"),
    )


def _criterion() -> Schema:
    return _mapping(
        {
            "label": _ref("text", "What people call it."),
            "yes_if": _ref("condition", "Yes where this holds; reads fields."),
            "no_if": _ref("condition", "No where this holds; left out, where yes_if does not."),
            "valid_for": _ref("duration", "Answers that are older count as unknown."),
        },
        required=("yes_if",),
    )


def _bands() -> Schema:
    band = _named(_ref("score"), BAND_NAME, "Name -> the number it starts at, from the top down.")
    return _part({"fit": band, "intent": band}, "The letter and the digit of the matrix.")


def _lifecycle() -> Schema:
    stage = _mapping(
        {
            "stage": {**_ref("hyphenated", "What the stage is called."), "not": {"const": DISQUALIFIED}},
            "label": _ref("text", "What people call it."),
            "owner": _ref("text", "Who looks after leads in it."),
            "enter": _ref("condition", "Entered where this holds; reads fields and measures."),
            "event": _ref("text", "Entered once this event has happened."),
            "leave": _ref("condition", "Left again, for the first stage, where this holds."),
            "sla": _ref("duration", "How soon the owner is to act."),
        },
        required=("stage",),
    )
    first = {"not": {"anyOf": [{"required": [key]} for key in ("enter", "event", "leave")]}}
    stages = {
        **_list(stage, "In order; every lead starts at the first."),
        "prefixItems": [{**stage, **first}],
    }
    cooldown = _ref("duration", "After a rejection or a recycling; default 30d.")
    return _mapping({"cooldown": cooldown, "stages": stages}, required=("stages",), optional=True) | {
        "description": "Stages that a lead climbs, and can fall back from."
    }


def _goal() -> Schema:
    return _mapping(
        {
            "event": _ref("text", "The event that is the conversion."),
            "value": _ref("identifier", "The number among its properties that says what it was worth."),
            "horizon": _ref("duration", "How long after a lead is judged it may come; default 180d."),
        },
        required=("event",),
        optional=True,
    ) | {"description": "The conversion that this model is judged by."}


def _ends(score: str) -> Schema:
    return {
        "min": _ref("score", f"The least that {score} can be."),
        "max": _ref("score", f"The most that {score} can be."),
    }


def _ref(name: str, description: str = "") -> Schema:
    return {"$ref": f"#/$defs/{name}", **({"description": description} if description else {})}


def _mapping(properties: Schema, *, required: tuple[str, ...] = (), optional: bool = False) -> Schema:
    """A mapping of these keys alone; `optional` where nothing after the colon says nothing."""
    return {
        "type": ["object", "null"] if optional else "object",
        "properties": properties,
        "additionalProperties": False,
        **({"required": list(required)} if required else {}),
    }


def _part(properties: Schema, description: str) -> Schema:
    return {**_mapping(properties, optional=True), "description": description}


def _named(value: Schema, pattern: str, description: str) -> Schema:
    return {
        "type": ["object", "null"],
        "description": description,
        "propertyNames": {"pattern": f"^{pattern}$"},
        "additionalProperties": value,
    }


def _list(item: Schema, description: str) -> Schema:
    return {"type": ["array", "null"], "description": description, "items": item}
