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
        names, make = _made(kind, region)
        for name, values in zip(names, _each(cells[column], make, len(names)), strict=True):
            type_ = pa.list_(pa.string()) if name == "first_forms" else pa.string()
            _add(out, name, pa.array(values, type_))
    for name in [name for name in out if name.startswith("email_local")]:
        out[name] = _unless_the_name_again(out, out[name])
    return pa.table(out)


def _unless_the_name_again(out: Mapping[str, pa.Array], local: pa.Array) -> pa.Array:
    """What stands before the @, but where it is made of the name alone: namesakes write it alike, too."""
    names = [out[name].to_pylist() for name in ("first_name", "last_name") if name in out]
    rows = zip(local.to_pylist(), *names, strict=True)
    return pa.array(
        [None if value and _is_made_of(value, parts) else value for value, *parts in rows], pa.string()
    )


def _is_made_of(local: str, names: Sequence[str | None]) -> bool:
    """Of letters, with a name in it: ana.winter, awinter, ana; but not ana255.

    >>> _is_made_of("a.winter", ["ana", "winter"]), _is_made_of("ana255", ["ana", "winter"])
    (True, False)
    """
    letters = fold(local).replace(" ", "")
    return letters.isalpha() and any(name and name.replace(" ", "") in letters for name in names)


def _add(out: dict[str, pa.Array], name: str, array: pa.Array) -> None:
    number, free = 1, name
    while free in out:
        number += 1
        free = f"{name}_{number}"
    out[free] = array


def _made(kind: str, region: str | None) -> tuple[tuple[str, ...], Callable[[str], tuple[Any, ...]]]:
    """The columns that one of somebody's columns becomes, and how a value of each is made."""
    match kind:
        case "email":
            return ("email", "email_key", "email_local", "work_domain"), _address
        case "full_name":
            return ("first_name", "last_name", "first_forms"), _whole_name
        case "first_name":
            return ("first_name", "first_forms"), lambda v: (_folded(v), given_forms(fold(v)))
        case "phone":
            return (kind,), lambda v: (phone_key(v, region),)
        case "birth":
            return (kind,), lambda v: (iso_date(v),)
        case "company":
            return (kind,), lambda v: (company_key(v),)
        case "website":
            return (kind,), lambda v: (company_domain(v),)
        case "postcode" | "street_number" | "national_id":
            return (kind,), lambda v: (fold(v).replace(" ", "") or None,)
    return (kind,), lambda v: (_folded(v),)


def _each(cells: Cells, make: Callable[[str], tuple[Any, ...]], width: int) -> list[list[Any]]:
    """Column by column. Each different value is made once: names and companies stand in many rows."""
    nothing = (None,) * width
    made = {value: make(value) if is_usable(value) else nothing for value in set(cells) if value is not None}
    rows = [nothing if cell is None else made[cell] for cell in cells]
    return [[row[i] for row in rows] for i in range(width)]


def _folded(text: str) -> str | None:
    return fold(text) or None


def fold_address(text: str) -> str | None:
    """An address with a fault in it is still alike to itself without the fault."""
    bare = "".join(text.split()).casefold()
    return bare if "@" in bare else None


def _address(text: str) -> tuple[str | None, ...]:
    """Address, key, what is before the @, company's domain; an info@ is everybody's: its domain alone."""
    domain = company_domain(text)
    if email_kind(text) == "role":
        return None, None, None, domain
    key = email_key(text) or fold_address(text)
    return email(text) or fold_address(text), key, (key or "").partition("@")[0] or None, domain


def _whole_name(text: str) -> tuple[Any, ...]:
    name = person_name(text)
    return name.first, name.last, given_forms(name.first)


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
