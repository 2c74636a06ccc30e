"""Who it was: ids as clients send them, and which of them name nobody."""

from __future__ import annotations

import re
from typing import Any

from leadline.identity.emails import email as normal_email
from leadline.identity.guards import is_usable
from leadline.web.capture.facts import Subject
from leadline.web.capture.reading.unreadable import UnreadableError

MAX_ID = 512
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u2028\u2029\ufeff]")


def id_text(value: Any, name: str) -> str:
    """An id as text, since some clients send numbers; "" where there is none."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise UnreadableError("invalid_id", f"`{name}` is a text or a number, and this is another thing.")
    text = _CONTROLS.sub("", str(value)).strip()
    if len(text) > MAX_ID:  # cut, two people could become one
        raise UnreadableError("id_too_long", f"`{name}` has {len(text):,} characters; {MAX_ID} are allowed.")
    return text


def user(text: str) -> Subject | None:
    """The subject of a user id; None where the id names nobody, as `null` and `guest` do."""
    return Subject("user", text) if is_usable(text) else None


def visitor(text: str) -> Subject | None:
    """The subject of an anonymous id; None where the id names nobody."""
    return Subject("anon", text) if is_usable(text) else None


def email(value: Any) -> Subject | None:
    """The subject of an e-mail; None where it is none or a placeholder."""
    address = normal_email(value) if isinstance(value, str) else None
    return Subject("email", address) if address and is_usable(address) else None
