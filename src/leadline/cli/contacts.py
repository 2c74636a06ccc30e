"""Names, companies and addresses of a few leads, as far as their table has them: so a list can be called."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from leadline.engine.facts import Facts
from leadline.engine.facts.columns import Mappings, Matcher
from leadline.engine.facts.part import Workshop
from leadline.engine.facts.sources import open_source
from leadline.engine.facts.values_sql import as_text

_WORDS = {
    "name": ("name", "fullname", "contactname", "leadname", "contact"),
    "first": ("firstname", "givenname", "vorname"),
    "last": ("lastname", "surname", "familyname", "nachname"),
    "company": ("company", "companyname", "organisation", "organization", "account", "accountname", "firma"),
    "email": ("email", "emailaddress", "mail", "workemail"),
    "phone": ("phone", "phonenumber", "telephone", "mobile", "mobilephone"),
}


def contacts_of(
    facts: Facts, leads: Any, mapping: Sequence[str], lead_ids: Sequence[str]
) -> dict[str, dict[str, str]]:
    """Lead id -> name, company, email and phone, as far as the leads table has such columns."""
    if leads is None or not lead_ids:
        return {}
    # a cursor of its own: what reading made for the facts has the same names
    with tempfile.TemporaryDirectory() as folder, facts.connection.cursor() as connection:
        source = open_source(leads, "leads", Workshop(connection, Path(folder)))
        matcher = Matcher("leads", source.label, source.columns, Mappings(mapping))
        columns = _columns(matcher)
        if not columns:
            return {}
        key = matcher.needed("lead_id")
        lead_id = as_text(key.sql, key.type)
        cells = ", ".join(f"{as_text(c.sql, c.type)} AS {part}" for part, c in columns.items())
        rows = connection.execute(
            f"SELECT {lead_id} AS lead_id, {cells} FROM ({source.sql}) "
            f"WHERE ({lead_id}) IN (SELECT unnest(?))",
            [list(lead_ids)],
        ).fetchall()
    found: dict[str, dict[str, str]] = {}
    for lead, *values in sorted(rows, key=str):
        filled = {p: v.strip() for p, v in zip(columns, values, strict=True) if v and v.strip()}
        found[lead] = {**found.get(lead, {}), **filled}
    return {lead: _contact(parts) for lead, parts in found.items()}


def _columns(matcher: Matcher) -> Mapping[str, Any]:
    plain = {
        re.sub(r"[^a-z]", "", name.casefold()): column for name, column in reversed(matcher.columns.items())
    }
    found = {part: next((plain[w] for w in words if w in plain), None) for part, words in _WORDS.items()}
    return {part: column for part, column in found.items() if column is not None}


def _contact(parts: Mapping[str, str]) -> dict[str, str]:
    name = parts.get("name") or " ".join(parts[p] for p in ("first", "last") if p in parts)
    rest = {p: parts[p] for p in ("company", "email", "phone") if p in parts}
    return ({"name": name} if name else {}) | rest
