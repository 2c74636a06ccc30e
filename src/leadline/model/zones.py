"""Time zones by their IANA names, from a list that comes along: nothing is opened by a model's word."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from leadline.model.errors import did_you_mean


@cache
def known_zones() -> frozenset[str]:
    """All names of the IANA database."""
    listed = (files("tzdata") / "zones").read_text(encoding="ascii").split()
    return frozenset(listed) - {"Factory", "localtime"}


def near_zone(given: str) -> str:
    """`; did you mean `Europe/Berlin`?` for `europe/berlin` and `Berlin` alike.

    >>> near_zone("berlin")
    '; did you mean `Europe/Berlin`?'
    """
    word = given[:100].strip().replace(" ", "_").lower()
    zones = sorted(known_zones())
    cities = [
        z for z in zones if z.lower() == word or z.lower().rpartition("/")[2] == word.rpartition("/")[2]
    ]
    return f"; did you mean `{cities[0]}`?" if word and cities else did_you_mean(word, zones)
