"""What two texts of a model do differently: in sentences, and line by line."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher

from leadline.model import ModelError, read_model
from leadline.model.diff import diff

MOST_LINES = 3_000  # of either text; more takes too long to compare, and nobody reads it
CONTEXT = 2


@dataclass(frozen=True)
class Line:
    """A line of a comparison: `same`, `gone`, `new`, or `gap` for lines left out."""

    kind: str
    text: str
    before: int | None = None
    after: int | None = None


def changes_between(old: str, new: str) -> list[str] | None:
    """What the second does otherwise, in sentences; None where either is no model."""
    try:
        return [str(change) for change in diff(read_model(text=old), read_model(text=new))]
    except ModelError:
        return None


def lines_between(old: str, new: str) -> list[Line] | None:
    """The lines that differ with two beside them; None where the texts are too long to compare."""
    a, b = old.splitlines(), new.splitlines()
    if max(len(a), len(b)) > MOST_LINES:
        return None
    found: list[Line] = []
    for group in SequenceMatcher(None, a, b, autojunk=False).get_grouped_opcodes(CONTEXT):
        if found or group[0][1] > 0:
            found.append(Line("gap", ""))
        for tag, a1, a2, b1, b2 in group:
            if tag == "equal":
                found += [Line("same", a[i], i + 1, b1 + i - a1 + 1) for i in range(a1, a2)]
            else:
                found += [Line("gone", a[i], i + 1, None) for i in range(a1, a2)]
                found += [Line("new", b[i], None, i + 1) for i in range(b1, b2)]
    return found
