"""What somebody does in the form, done to the text: comments and layout stay, all else follows the form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leadline.model.document import ModelDocument
from leadline.web.program_pages.form_parts import FIELDS, FIT, ITSELF, NAME, PROPERTIES, QUALITY, Part, Path
from leadline.web.program_pages.slots import NotInAFormError, meant, shown, tidy

SET, ADD, REMOVE, UP, DOWN = "set", "add", "remove", "up", "down"
VERBS = (SET, ADD, REMOVE, UP, DOWN)


class CannotEditError(ValueError):
    """A change that the form cannot make; the message says what to do."""


def edited(text: str, part: Part, verb: str, entry: str, given: Mapping[str, str]) -> str:
    """The text after one act in the form.

    `entry` is the number or name of the rule, empty for the part's settings; `given` what stands in boxes, by
    their keys. What is not given stays.
    Raises CannotEditError, or ModelError where the text is not YAML.
    """
    document = ModelDocument.read(text=text, file="draft")
    try:
        if verb == ADD:
            _add(document, part)
        elif not entry:
            for setting in part.settings:
                _put(document, setting.path, setting.slot.kind, given.get(setting.slot.key))
        else:
            _act(document, part, verb, (*part.path, int(entry) if part.listed else entry), given)
    except (KeyError, NotInAFormError) as error:
        told = error.args[0] if error.args else "this is laid out in a way that the form cannot change"
        raise CannotEditError(f"{told}; change it in the text") from None
    except ValueError as error:
        raise CannotEditError(str(error)) from None
    return document.text()


def _act(document: ModelDocument, part: Part, verb: str, path: Path, given: Mapping[str, str]) -> None:
    document.get(path)
    if verb == REMOVE:
        document.remove(path)
        _sweep(document, part.path)
    elif verb in (UP, DOWN):
        document.move(path, -1 if verb == UP else 1)
    elif verb == SET:
        _set(document, part, path, given)


def _sweep(document: ModelDocument, path: Path) -> None:
    """A list whose last entry went is left out, with the sections that held nothing else."""
    while path and document.get(path) in ([], {}):
        document.remove(path)
        path = path[:-1]


def _set(document: ModelDocument, part: Part, path: Path, given: Mapping[str, str]) -> None:
    if part is FIT:
        given = _either_points_or_out(document.get(path), given)
    slots = {slot.key: slot for slot in part.slots}
    short = part in (FIELDS, PROPERTIES) and _in_short(document, path, given)
    for key, slot in slots.items():
        if key == ITSELF:
            _put(document, path, slot.kind, given.get(key), keep=True)
        elif key != NAME and not short:
            _put(document, (*path, key), slot.kind, given.get(key))
    if NAME in given and (name := tidy(given[NAME])) != path[-1]:
        if not name:
            raise CannotEditError("a name is needed: take the whole entry out to remove it")
        document.rename(path, name)


def _put(document: ModelDocument, path: Path, kind: str, text: str | None, *, keep: bool = False) -> None:
    """Write a box's value where it differs from what is there; an empty box takes the key out."""
    if text is None:
        return
    now = _at(document, path)
    if shown(kind, now) == (tidy(text) if kind != "flag" else shown(kind, meant(kind, text))):
        return
    value = meant(kind, text)
    if value is not None or keep:
        document.set(path, value)
    elif _has(document, path):
        document.remove(path)
        if path[:-1] in (("goal",), ("fit",), ("intent",), ("lifecycle",)):
            _sweep(document, path[:-1])


def _has(document: ModelDocument, path: Path) -> bool:
    try:
        document.get(path)
    except KeyError:
        return False
    return True


def _at(document: ModelDocument, path: Path) -> Any:
    return document.get(path) if _has(document, path) else None


def _either_points_or_out(rule: Any, given: Mapping[str, str]) -> Mapping[str, str]:
    """A rule that rules out gives no points: ticking the box takes them, clearing it asks for some."""
    if "disqualify" not in given or not isinstance(rule, dict):
        return given
    out = bool(given["disqualify"])
    if out:
        return {**given, "points": ""}
    return {**given, "points": given.get("points") or "0"} if rule.get("disqualify") else given


def _in_short(document: ModelDocument, path: Path, given: Mapping[str, str]) -> bool:
    """Whether `size: number` says it all; where more is said it becomes `size: {type: number}`."""
    if isinstance(document.get(path), dict):
        return False
    if any(tidy(given.get(key, "")) for key in ("label", "values", "ask")):
        document.set(path, {"type": document.get(path)})
        return False
    _put(document, path, "text", given.get("type"), keep=True)
    return True


# --- something new ---------------------------------------------------------------------------------------


def _add(document: ModelDocument, part: Part) -> None:
    there = _at(document, part.path)
    if part.listed:
        taken = {str(e.get(part.named)) for e in there or [] if isinstance(e, dict)}
        name = _free(part.blank[part.named], taken | _ids(document))
        document.add(part.path, {**part.blank, part.named: name})
        return
    if there is not None and not isinstance(there, dict):
        raise CannotEditError(f"`{'.'.join(map(str, part.path))}` is no mapping; change it in the text")
    name, value = _new_entry(part, there or {})
    if there == {}:
        document.set(part.path, {name: value})
    else:
        document.set((*part.path, name), value)
    if part is QUALITY and there and list(there.values())[-1] is True:
        document.move((*part.path, name), -1)


def _new_entry(part: Part, there: dict[str, Any]) -> tuple[str, Any]:
    if part.path[0] == "bands":
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if part.path[1] == "fit" else "123456789"
        name = next((n for n in letters if n not in there), "") or _free("Z", set(there))
        last = list(there.values())[-1] if there else 110.0
        return name, last - 10 if isinstance(last, float) else 0.0
    if part is QUALITY:
        return _free("new_quality", set(there)), "fit >= 50" if there else True
    blank: Any = part.blank["type"] if part in (FIELDS, PROPERTIES) else dict(part.blank)
    return _free(_NEW[part.key], set(there)), blank


_NEW = {"criteria": "new_criterion", "fields": "new_field", "properties": "new_property"}


def _ids(document: ModelDocument) -> set[str]:
    """Rules and signals share their ids."""
    found = (_at(document, path) for path in (("fit", "rules"), ("intent", "signals")))
    return {str(e.get("id")) for entries in found for e in entries or [] if isinstance(e, dict)}


def _free(name: str, taken: set[str]) -> str:
    """
    >>> _free("new_rule", {"new_rule"})
    'new_rule_2'
    """
    numbered = (f"{name}_{n}" for n in range(2, len(taken) + 3))
    return name if name not in taken else next(n for n in numbered if n not in taken)
