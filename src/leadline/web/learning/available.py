"""Whether the libraries that learning needs are here: the extra `learn`."""

from __future__ import annotations

from importlib.util import find_spec

NEEDED = ("scipy", "sklearn", "lightgbm")


def missing() -> list[str]:
    """The libraries of the extra that are not installed."""
    return [name for name in NEEDED if find_spec(name) is None]
