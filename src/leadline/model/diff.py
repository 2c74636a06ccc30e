"""What two models do differently, in sentences that marketing and sales can agree on.

Two models have the same version exactly where nothing is told here: both are read off the canonical form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from leadline.model.canonical import canonical
from leadline.model.phrases import change_text, item_text
from leadline.model.shape import BUILT_IN_PROPERTIES, Model

Items = Mapping[str, dict[str, Any]]


@dataclass(frozen=True)
class Change:
    """One difference.

    `part` is the section of the model; `id` the rule, field, stage … in it, empty for the section itself.
    `what` is `added`, `removed`, `renamed`, `order` or the key that has changed; `before` and `after` are
    its values as in the canonical form (durations in microseconds), None where there is none.
    """

    part: str
    id: str
    what: str
    before: Any
    after: Any
    text: str

    def __str__(self) -> str:
        return self.text

    def as_dict(self) -> dict[str, Any]:
        """The change as JSON data."""
        return {
            "part": self.part,
            "id": self.id,
            "what": self.what,
            "before": self.before,
            "after": self.after,
            "text": self.text,
        }


def diff(old: Model, new: Model) -> list[Change]:
    """The changes from `old` to `new`, in the order of the file's sections; empty where both mean the same.

    >>> from leadline.model import read_model
    >>> text = "leadline: 1\\nname: A\\nintent: {signals: [{id: demo, event: form, points: 12}]}"
    >>> changes = diff(read_model(text=text), read_model(text=text.replace("12", "18")))
    >>> [str(change) for change in changes]
    ['demo: 12 → 18 points']
    """
    one, two = canonical(old), canonical(new)
    changes = [c for key in ("name", "timezone") for c in _changed(key, "", "", one, two, (key,))]
    for part, noun, items_of in _PARTS:
        if part in _SETTINGS:
            keys = _SETTINGS[part]
            changes += _changed(part, "", part, one[part], two[part], keys)
        changes += _compare(part, noun, items_of(one), items_of(two))
    return changes + _goal(one["goal"], two["goal"])


def _compare(part: str, noun: str, old: Items, new: Items) -> list[Change]:
    """Items by their ids: those that are new, gone, called otherwise, changed, and put in another order."""
    renamed = _renamed(old, new)
    found = []
    for before, after in renamed.items():
        found.append(Change(part, after, "renamed", before, after, f"{noun} {before} is now called {after}"))
    for key in old:
        if key in new:
            found += _changed(part, key, _subject(part, noun, key, new[key]), old[key], new[key])
        elif key not in renamed:
            found.append(Change(part, key, "removed", old[key], None, f"removed {noun} {key}"))
    for key in new:
        if key not in old and key not in renamed.values():
            text = f"new {noun} {key}{item_text(noun, new[key])}"
            found.append(Change(part, key, "added", None, new[key], text))
    return found + (_order(part, old, new, renamed) if part in _ORDERED else [])


def _renamed(old: Items, new: Items) -> dict[str, str]:
    """What went and came with the same content."""
    came = [key for key in new if key not in old]
    pairs: dict[str, str] = {}
    for key in (k for k in old if k not in new):
        twin = next((other for other in came if new[other] == old[key]), None)
        if twin is not None:
            came.remove(twin)
            pairs[key] = twin
    return pairs


def _order(part: str, old: Items, new: Items, renamed: Mapping[str, str]) -> list[Change]:
    before = [renamed.get(key, key) for key in old if key in new or key in renamed]
    stayed = set(before)
    after = [key for key in new if key in stayed]
    if before == after:
        return []
    text = f"{part}: order {', '.join(before)} → {', '.join(after)}"
    return [Change(part, "", "order", before, after, text)]


def _changed(
    part: str, key: str, subject: str, old: Any, new: Any, keys: tuple[str, ...] | None = None
) -> list[Change]:
    return [
        Change(part, key, what, old[what], new[what], change_text(subject, what, old[what], new[what]))
        for what in keys or new
        if old[what] != new[what]
    ]


def _goal(old: dict[str, Any] | None, new: dict[str, Any] | None) -> list[Change]:
    if old and new:
        return _changed("goal", "", "goal", old, new)
    if old == new:
        return []
    what = "removed" if old else "added"
    text = f"removed the goal ({old['event']})" if old else f"new goal: {new['event'] if new else ''}"
    return [Change("goal", "", what, old, new, text)]


def _subject(part: str, noun: str, key: str, item: Mapping[str, Any]) -> str:
    """Rules and signals by their ids alone: that is how people speak of them."""
    label = item.get("label")
    name = f"{key} ({label})" if label and label.lower() != key.lower().replace("_", " ") else key
    return name if part in ("fit", "intent") else f"{noun} {name}"


def _listed(key: str, name: str) -> Callable[[Mapping[str, Any]], Items]:
    """A list's items under their names; a name that stands again is counted: decision, decision (2)."""

    def items(form: Mapping[str, Any]) -> Items:
        listed = form[key]["stages"] if key == "lifecycle" else form[key]
        found: dict[str, dict[str, Any]] = {}
        for item in listed:
            again = sum(1 for other in found if other.split(" (")[0] == item[name])
            title = f"{item[name]} ({again + 1})" if again else item[name]
            found[title] = {k: v for k, v in item.items() if k != name}
        return found

    return items


def _banded(which: str) -> Callable[[Mapping[str, Any]], Items]:
    return lambda form: {name: {"at": at} for name, at in form["bands"][which]}


def _properties(form: Mapping[str, Any]) -> Items:
    """Built-in ones come first in each, whether they are declared or not."""
    listed = form["properties"]
    return {
        key: listed[key] for key in (*BUILT_IN_PROPERTIES, *sorted(set(listed) - set(BUILT_IN_PROPERTIES)))
    }


_SETTINGS = {"fit": ("min", "max"), "intent": ("min", "max"), "lifecycle": ("cooldown",)}
_ORDERED = ("journey", "criteria", "quality", "lifecycle")
_PARTS: tuple[tuple[str, str, Callable[[Mapping[str, Any]], Items]], ...] = (
    ("fields", "field", lambda form: form["fields"]),
    ("properties", "property", _properties),
    ("fit", "rule", lambda form: form["fit"]["rules"]),
    ("intent", "signal", lambda form: form["intent"]["signals"]),
    ("journey", "step", _listed("journey", "step")),
    ("criteria", "criterion", _listed("criteria", "name")),
    ("bands", "fit band", _banded("fit")),
    ("bands", "intent band", _banded("intent")),
    ("quality", "quality", _listed("quality", "name")),
    ("lifecycle", "stage", _listed("lifecycle", "stage")),
)
