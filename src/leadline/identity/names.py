"""Names of people: without case, accents, titles, and in one order."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

from anyascii import anyascii

_NO_WORD = re.compile(r"[^a-z0-9]+")


class PersonName(NamedTuple):
    """First (with middle) and last name, folded; None where there is none."""

    first: str | None
    last: str | None


def fold(text: str | None) -> str:
    """Small ASCII letters and digits, words parted by one blank: to compare by, not to show.

    >>> fold("  Łódź,  GROẞE-Straße 7 "), fold("Ørsted's")
    ('lodz grosse strasse 7', 'orsteds')
    """
    ascii_text = anyascii(text or "").lower().replace("'", "").replace("`", "")
    return _NO_WORD.sub(" ", ascii_text).strip()


def person_name(text: str | None) -> PersonName:
    """First and last name of a whole name, in whatever order it is written, without titles.

    >>> person_name("Dr. Ana-María Winter"), person_name("WINTER, Ana"), person_name("Ana")
    (PersonName(first='ana maria', last='winter'), PersonName(first='ana', last='winter'),
     PersonName(first='ana', last=None))
    """
    from nameparser import HumanName

    if not text or len(text) > 300:
        return PersonName(None, None)
    name = HumanName(text)
    first = fold(f"{name.first} {name.middle}")
    return PersonName(first or None, fold(name.last) or None)


def given_forms(name: str | None) -> list[str]:
    """A folded first name and the full names that it may be short for, in order.

    >>> given_forms("rob")
    ['bob', 'bobby', 'rob', 'robert', 'roberto']
    """
    if not name:
        return []
    return sorted({name, *_nicknames().canonicals_of(name.partition(" ")[0])})


@cache
def _nicknames() -> Any:
    from nicknames import NickNamer

    return NickNamer()
