"""Between what a model's file holds and what stands in a form's boxes."""

from __future__ import annotations

import re
from typing import Any

from leadline.model.expr import number_text
from leadline.web.program_pages.form_parts import CONDITION, DURATION, FLAG, LIST, NUMBER

_DECIMAL = re.compile(r"[-+]?([0-9]{1,15}([.][0-9]{0,15})?|[.][0-9]{1,15})")


class NotInAFormError(ValueError):
    """A value that a box cannot show, such as a list where a number should be."""


def shown(kind: str, value: Any) -> str:
    """What the box holds; a flag that is set is "on".

    >>> shown(NUMBER, 12.0), shown(CONDITION, True), shown(LIST, ["a", "b"]), shown(FLAG, None)
    ('12', 'true', 'a, b', '')
    """
    if kind == FLAG and value in (None, True, False):
        return "on" if value else ""
    if kind == LIST and isinstance(value, list) and all(_is_listable(v) for v in value):
        return ", ".join(value)
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return number_text(float(value))
        case str():
            return tidy(value)
    raise NotInAFormError


def _is_listable(value: Any) -> bool:
    return isinstance(value, str) and value == value.strip() != "" and "," not in value


def tidy(text: str) -> str:
    """A box's text without what browsers do to it, and without white space around it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def meant(kind: str, text: str) -> Any:
    """What stands in the file for what stands in the box; None: nothing.

    What does not read as its kind stays as it is, and the model's reader says what was expected.

    >>> meant(NUMBER, "12"), meant(NUMBER, "a dozen"), meant(CONDITION, "true"), meant(LIST, "a, b,")
    (12.0, 'a dozen', True, ['a', 'b'])
    """
    text = tidy(text)
    if kind == FLAG:
        return True if text else None
    if not text:
        return None
    if kind in (NUMBER, DURATION) and _DECIMAL.fullmatch(text):
        return float(text)
    if kind == CONDITION:
        text = text.replace("\n", " ")  # a box of several lines is for reading; the file has one
    if kind == CONDITION and text in ("true", "false"):
        return text == "true"
    if kind == LIST:
        return [part for part in (p.strip() for p in text.split(",")) if part]
    return text
