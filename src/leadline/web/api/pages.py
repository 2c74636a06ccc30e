"""Cursors: where a page ends, in a form that callers hand back as it is."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode

from leadline.web.api.problems import ProblemError

LONGEST = 1000


def cursor_of(*place: int | str) -> str:
    return urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def place_of(cursor: str | None, *kinds: type) -> tuple | None:
    """What a cursor says, if it says things of these kinds. Raises ProblemError otherwise."""
    if not cursor:
        return None
    try:
        place = json.loads(urlsafe_b64decode(cursor[:LONGEST] + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        place = None
    fits = isinstance(place, list) and len(place) == len(kinds)
    if not fits or not all(type(p) is k for p, k in zip(place, kinds, strict=True)):
        raise ProblemError(422, "This cursor is none of ours: begin without one.")
    if any(isinstance(p, int) and not -(2**62) <= p <= 2**62 for p in place):
        raise ProblemError(422, "This cursor is none of ours: begin without one.")
    return tuple(place)
