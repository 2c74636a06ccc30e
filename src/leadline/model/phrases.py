"""The sentences of a difference between two models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leadline.model.values import duration_text

_DURATIONS = ("half_life", "window", "valid_for", "cooldown", "sla", "horizon")
_WORDS = {
    "half_life": "half-life",
    "max_per_day": "most per day",
    "max_points": "most points",
    "hand_raise": "counts as a hand-raise",
    "valid_for": "valid for",
    "at": "from",
    "sla": "SLA",
    "ask": "question",
    "min": "minimum",
    "max": "maximum",
}
# How a condition is said: with one, and without.
_CONDITIONS = {
    "when": ("holds where", "holds nowhere"),
    "where": ("counts where", "counts every such event"),
    "yes_if": ("is yes where", "is never yes"),
    "no_if": ("is no where", "is no where the yes does not hold"),
    "enter": ("enters where", "enters without a condition"),
    "leave": ("leaves where", "leaves by decision alone"),
}


def change_text(subject: str, what: str, before: Any, after: Any) -> str:
    """One changed key: `pricing (Viewed pricing): 12 → 18 points`."""
    if what in _CONDITIONS:
        now, was = _condition(what, after), _condition(what, before)
        if before is not None and after is not None:  # say the verb once
            was = was.partition("where ")[1] + was.partition("where ")[2]
        return f"{subject}: now {now}; before {was}"
    if what == "points":
        return f"{subject}: {value_text(what, before)} → {value_text(what, after)} points"
    told = f"{_WORDS.get(what, what)} {value_text(what, before)} → {value_text(what, after)}"
    return f"{subject}: {told}" if subject else told


def _condition(what: str, text: str | None) -> str:
    given, absent = _CONDITIONS[what]
    return absent if text is None else f"{given} {text}"


def value_text(what: str, value: Any) -> str:
    """A value of the canonical form as people read it."""
    if value is None or value == []:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if what in _DURATIONS:
        return duration_text(value)
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return str(value)


def item_text(noun: str, item: Mapping[str, Any]) -> str:
    """What follows the name of something new: `: 8 points on webinar_attended`."""
    match noun:
        case "rule":
            effect = "disqualifies" if item["disqualify"] else _points(item["points"])
            return f": {effect} where {item['when']}"
        case "signal":
            raised = ", a hand-raise" if item["hand_raise"] else ""
            return f": {_points(item['points'])} on {item['event']}{_where(item)}{raised}"
        case "step":
            return f": on {item['event']}{_where(item)}"
        case "criterion":
            return f": yes where {item['yes_if']}"
        case "quality":
            return f": where {item['when']}"
        case "fit band" | "intent band":
            return f": from {item['at']}"
        case "stage":
            ways = [f"where {item['enter']}"] * bool(item["enter"]) + [f"on {item['event']}"] * bool(
                item["event"]
            )
            return f": entered {' and '.join(ways)}" if ways else ": entered by hand"
        case "field" | "property":
            return f": {item['type']}"
    return ""


def _where(item: Mapping[str, Any]) -> str:
    return f" where {item['where']}" if item["where"] else ""


def _points(points: float) -> str:
    return f"{points} point" if abs(points) == 1 else f"{points} points"
