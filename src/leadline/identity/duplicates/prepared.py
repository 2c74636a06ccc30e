"""The table as it is compared: one row each, values in one spelling, keys to find candidates by."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from leadline.identity.guards import is_usable
from leadline.identity.normalise import (
    company_domain,
    company_key,
    email,
    email_key,
    email_kind,
    fold,
    given_forms,
    person_name,
    phone_key,
)

Cells = Sequence[str | None]


def prepare(cells: Mapping[str, Cells], used: Mapping[str, str], region: str | None = None) -> pa.Table:
    """Columns named by what they are (`email`, `email_key`, a second one `email_2`), beside the row's number.

    Placeholders, and what does not read as its kind, are empty: nobody is alike by them.
    """
    count = len(next(iter(cells.values()), []))
    out: dict[str, pa.Array] = {"row": pa.array(range(count), pa.int64())}
    for column, kind in used.items():
        for name, make, type_ in _made(kind, region):
            _add(out, name, _each(cells[column], make, type_))
    return pa.table(out)


def _add(out: dict[str, pa.Array], name: str, array: pa.Array) -> None:
    number, free = 1, name
    while free in out:
        number += 1
        free = f"{name}_{number}"
    out[free] = array


def _made(kind: str, region: str | None) -> list[tuple[str, Callable[[str], Any], pa.DataType]]:
    """The columns that one of somebody's columns becomes: name, how a value is made, type."""
    text, texts = pa.string(), pa.list_(pa.string())
    match kind:
        case "email":
            return [
                ("email", lambda v: _personal(v, email), text),
                ("email_key", lambda v: _personal(v, email_key), text),
                ("email_local", lambda v: (_personal(v, email_key) or "").partition("@")[0] or None, text),
                ("work_domain", company_domain, text),
            ]
        case "full_name":
            return [
                ("first_name", lambda v: person_name(v).first, text),
                ("last_name", lambda v: person_name(v).last, text),
                ("first_forms", lambda v: given_forms(person_name(v).first), texts),
            ]
        case "first_name":
            return [("first_name", _folded, text), ("first_forms", lambda v: given_forms(fold(v)), texts)]
        case "phone":
            return [("phone", lambda v: phone_key(v, region), text)]
        case "birth":
            return [("birth", iso_date, text)]
        case "company":
            return [("company", company_key, text)]
        case "website":
            return [("website", company_domain, text)]
        case "postcode" | "street_number" | "national_id":
            return [(kind, lambda v: fold(v).replace(" ", "") or None, text)]
    return [(kind, _folded, text)]


def _each(cells: Cells, make: Callable[[str], Any], type_: pa.DataType) -> pa.Array:
    """Each different value is made once: names and companies stand in many rows."""
    made = {value: make(value) if is_usable(value) else None for value in set(cells) if value is not None}
    return pa.array([None if cell is None else made[cell] for cell in cells], type_)


def _folded(text: str) -> str | None:
    return fold(text) or None


def fold_address(text: str) -> str | None:
    """An address with a fault in it is still alike to itself without the fault."""
    bare = "".join(text.split()).casefold()
    return bare if "@" in bare else None


def _personal(text: str, spelled: Callable[[str], str | None]) -> str | None:
    """Of a person's own address; an info@ is everybody's."""
    return None if email_kind(text) == "role" else spelled(text) or fold_address(text)


_ORDERS = (
    (re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:[T ].*)?"), (0, 1, 2)),
    (re.compile(r"(\d{4})[./](\d{1,2})[./](\d{1,2})"), (0, 1, 2)),
    (re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})"), (2, 1, 0)),
    (re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})"), (2, 1, 0)),
)


def iso_date(text: str) -> str | None:
    """A date as `1971-06-24`. Of `06/07/1971` the day is taken to come first, where it can be.

    A day that does not exist is kept as it is written, since a slip of one key made it.
    """
    for pattern, (year, month, day) in _ORDERS:
        found = pattern.fullmatch(text.strip())
        if found:
            y, m, d = (int(found.group(i + 1)) for i in (year, month, day))
            m, d = (d, m) if m > 12 >= d and not _is_iso(pattern) else (m, d)
            return f"{y:04}-{m:02}-{d:02}"
    return None


def _is_iso(pattern: re.Pattern[str]) -> bool:
    return pattern is _ORDERS[0][0] or pattern is _ORDERS[1][0]
