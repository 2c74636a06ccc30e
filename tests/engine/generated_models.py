"""Models as Hypothesis draws them: every section, written out and read through the door that people use."""

import json
from typing import Any

from generated_conditions import Conditions, Draw, Words
from hypothesis import strategies as st

from leadline.model.read import read_model
from leadline.model.shape import DECISIONS, Model

# Zones that change their clocks by an hour, by half an hour, skip a day, or stand at odd offsets.
ZONES = [
    "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu",
    "Africa/Casablanca", "America/St_Johns", "Africa/Monrovia",
]  # fmt: skip
DURATIONS = ["1h", "2h", "6h", "1d", "2d", "1w", "30m", "365d"]
POINTS = [12, 1, -10, 40, 0, 0.005, -0.005, 0.015, 33.335, -0.125, 0.1, 1e6, -1e6, 1e-9, 0.0049999, 7.77]
EVENTS = ["page", "form", "Page", "x'; drop table events; --", "deal_won", "lead_accepted"]
STEPS = ["learning", "deciding", "decided"]
# Names that stand for something else in the SQL that an engine is given.
TEXT_FIELDS, NUMBER_FIELDS, FLAG_FIELDS, TIME_FIELDS = (
    ["t", "void"],
    ["k", "f_0"],
    ["flag"],
    ["as_of", "until"],
)
LIMITED_FIELD, LIMITED_VALUES = "size", ["small", "große"]
NUMBER_PROPERTIES, FLAG_PROPERTIES, TIME_PROPERTIES = ["amount", "n"], ["paid"], ["due"]
CRITERIA = ["budget", "w0", "need"]
QUALITIES = ["excellent", "good", "bad"]
STAGES = ["lead", "mql", "sal", "sql", "customer"]


def _maybe(draw: Draw, of: list[Any], likely: int = 1) -> Any:
    """One of them, or None."""
    return draw(st.sampled_from([*of * likely, None]))


def _filled(mapping: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in mapping.items() if value is not None}


@st.composite
def models(draw: Draw) -> Model:
    """Any model, small enough to judge quickly; its text is in its errors and under `explain`."""
    return read_model(text=json.dumps(draw(written_models()), ensure_ascii=False, indent=1))


@st.composite
def written_models(draw: Draw) -> dict[str, Any]:
    """A model as its file has it."""
    of_lead = Words(TEXT_FIELDS, NUMBER_FIELDS, FLAG_FIELDS, TIME_FIELDS, {LIMITED_FIELD: LIMITED_VALUES})
    of_event = Words(["path", "name"], NUMBER_PROPERTIES, FLAG_PROPERTIES, TIME_PROPERTIES)
    fields = Conditions(draw, of_lead)
    model: dict[str, Any] = {
        "leadline": 1, "name": "Generated", "timezone": draw(st.sampled_from(ZONES)),
        "fields": _fields(draw), "properties": _properties(),
        "fit": _bounded(draw) | {"rules": _rules(draw, fields)},
        "intent": _bounded(draw) | {"signals": _signals(draw, Conditions(draw, of_event))},
        "journey": _journey(draw, Conditions(draw, of_event)),
        "criteria": _criteria(draw, fields),
    }  # fmt: skip
    if draw(st.booleans()):
        model["bands"] = _bands(draw)
    limited = _limited(model)
    model["quality"] = _quality(draw, Conditions(draw, _measured(of_lead, limited)))
    limited |= {"quality": list(model["quality"]), "band": _band_names(model)}
    model["lifecycle"] = _lifecycle(draw, Conditions(draw, _measured(of_lead, limited)))
    return model


def _fields(draw: Draw) -> dict[str, Any]:
    types = {"text": TEXT_FIELDS, "number": NUMBER_FIELDS, "boolean": FLAG_FIELDS, "time": TIME_FIELDS}
    declared = {name: {"type": type_} for type_, names in types.items() for name in names}
    declared[LIMITED_FIELD] = {"type": "text", "values": LIMITED_VALUES}
    for entry in declared.values():
        if draw(st.booleans()):
            entry["ask"] = "What is it?"
    return declared


def _properties() -> dict[str, str]:
    types = {"number": NUMBER_PROPERTIES, "boolean": FLAG_PROPERTIES, "time": TIME_PROPERTIES}
    return {name: type_ for type_, names in types.items() for name in names}


def _bounded(draw: Draw) -> dict[str, Any]:
    return _filled({"min": _maybe(draw, [0, -5, 10]), "max": _maybe(draw, [100, 20.005, 10])})


def _rules(draw: Draw, conditions: Conditions) -> list[dict[str, Any]]:
    rules = []
    for i in range(draw(st.integers(0, 4))):
        gives = (
            {"disqualify": True}
            if draw(st.integers(0, 5)) == 5
            else {"points": draw(st.sampled_from(POINTS))}
        )
        rules.append({"id": f"rule_{i}", "when": conditions.condition()} | gives)
    return rules


def _signals(draw: Draw, conditions: Conditions) -> list[dict[str, Any]]:
    return [
        _filled(
            {
                "id": f"signal_{i}",
                "event": draw(st.sampled_from([*EVENTS[:2] * 3, *EVENTS, *DECISIONS])),
                "points": draw(st.sampled_from(POINTS)),
                "where": conditions.condition(2) if draw(st.booleans()) else None,
                "half_life": _maybe(draw, DURATIONS),
                "window": _maybe(draw, DURATIONS),
                "max_per_day": _maybe(draw, [1, 2]),
                "max_points": _maybe(draw, [0, 0.005, 16, 20.004, 1e9]),
                "hand_raise": _maybe(draw, [True, False]),
            }
        )
        for i in range(draw(st.integers(0, 4)))
    ]


def _journey(draw: Draw, conditions: Conditions) -> list[dict[str, Any]]:
    return [
        _filled(
            {
                "step": step,
                "event": draw(st.sampled_from(EVENTS)),
                "where": conditions.condition(1) if draw(st.booleans()) else None,
            }
        )
        for step in STEPS[: draw(st.integers(0, 3))]
    ]


def _criteria(draw: Draw, conditions: Conditions) -> dict[str, Any]:
    return {
        name: _filled(
            {
                "yes_if": conditions.condition(2),
                "no_if": conditions.condition(1) if draw(st.booleans()) else None,
                "valid_for": _maybe(draw, DURATIONS),
            }
        )
        for name in CRITERIA[: draw(st.integers(0, 3))]
    }


def _bands(draw: Draw) -> dict[str, Any]:
    numbers = st.lists(st.sampled_from([100, 75, 50, 20.01, 12, 0, -10]), max_size=3, unique=True)
    letters, digits = (sorted(draw(numbers), reverse=True) for _ in range(2))
    return {
        "fit": dict(zip("ABC", letters, strict=False)),
        "intent": dict(zip("123", digits, strict=False)),
    }


def _band_names(model: dict[str, Any]) -> list[str]:
    bands = model.get("bands", {"fit": {}, "intent": {}})
    return [f"{letter}{digit}" for letter in [*bands["fit"], "-"] for digit in [*bands["intent"], "-"]]


def _limited(model: dict[str, Any]) -> dict[str, list[str]]:
    """Names whose values are known when the model is read."""
    limited = {name: ["yes", "no", "unknown"] for name in model["criteria"]}
    return limited | {
        "journey": [step["step"] for step in model["journey"]],
        "next_question": list(model["criteria"]),
    }


def _measured(of_lead: Words, limited: dict[str, list[str]]) -> Words:
    counts = ["yes_count", "no_count", "unknown_count"]
    return Words(
        of_lead.text,
        [*of_lead.number, "fit", "intent", "fit", "intent", *counts, "probability"],
        [*of_lead.boolean, "hand_raised", "hand_raised", "disqualified"],
        [*of_lead.time, "first_seen", "last_seen"],
        {**of_lead.limited, **limited},
    )


def _quality(draw: Draw, conditions: Conditions) -> dict[str, str]:
    easy = st.sampled_from(["fit >= 12 and intent >= 12", "fit >= 12 or intent >= 12", "true"])
    names = QUALITIES[: draw(st.integers(0, 3))]
    return {name: draw(easy) if draw(st.booleans()) else conditions.condition(2) for name in names}


def _lifecycle(draw: Draw, conditions: Conditions) -> dict[str, Any]:
    easy = st.sampled_from(
        ["intent >= 12", "hand_raised", "fit > 0 or hand_raised", "true", "not hand_raised"]
    )

    def condition(likely: int) -> str | None:
        if draw(st.integers(0, likely)) == 0:
            return None
        return draw(easy) if draw(st.booleans()) else conditions.condition(2)

    stages: list[dict[str, Any]] = [{"stage": STAGES[0]}]
    for stage in STAGES[1 : draw(st.sampled_from([1, 3, 4, 5, 5]))]:
        event = _maybe(draw, ["lead_accepted", "deal_won", "page"])
        stages.append(_filled({"stage": stage, "enter": condition(2), "event": event, "leave": condition(1)}))
    return _filled({"cooldown": _maybe(draw, ["0d", *DURATIONS]), "stages": stages})
