"""Who it was: ids as clients send them, and which of them name nobody."""

from __future__ import annotations

import re
from typing import Any

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


def usable(text: str) -> bool:
    """Whether an id names somebody: `null`, `guest` and their kin do not."""
    return bool(text) and not _is_placeholder(text)


def user(text: str) -> Subject | None:
    return Subject("user", text) if usable(text) else None


def visitor(text: str) -> Subject | None:
    return Subject("anon", text) if usable(text) else None


def email(value: Any) -> Subject | None:
    """The e-mail as a subject, or None where it is none or a placeholder."""
    if not isinstance(value, str) or not usable(value.strip()):
        return None
    address = _normal_email(value)
    return Subject("email", address) if address and usable(address) else None


# Until leadline.identity brings its own.
_PLACEHOLDERS = {
    "0", "-1", "null", "nil", "none", "undefined", "nan", "n/a", "na", "unknown", "anonymous", "anon",
    "guest", "test", "user", "true", "false", "[object object]", "(none)", "(not set)", "not set",
    "test@test.com", "test@example.com", "a@a.com", "none@none.com", "example@example.com",
}  # fmt: skip
_EMAIL = re.compile(r"[^\s@<>,;\"]{1,64}@[^\s@<>,;\"]{1,190}\.[^\s@<>,;\".]{2,63}")


def _is_placeholder(text: str) -> bool:
    text = text.strip().lower()
    return text in _PLACEHOLDERS or not text.strip("0-")


def _normal_email(text: str) -> str | None:
    text = text.strip().lower()
    return text if _EMAIL.fullmatch(text) else None
