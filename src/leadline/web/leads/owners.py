"""Whose leads are, and the words that were put on them, through who is who as it is now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from leadline.web.leads.rows import fetch

# Of a subject that was several persons' in turn, whoever's it was when this was said of it.
_NOW = """
    SELECT s.lead_id, o.lead_id, {columns} FROM leads_span s JOIN {table} o
      ON o.lead_id = s.subject_id AND s.starts <= o.at AND s.ends > o.at
    WHERE s.lead_id IN ({{}})
"""
_OWNERS = _NOW.format(table="leads_ownership", columns="o.at, o.user_id")
_TAGS = _NOW.format(table="leads_tag", columns="o.tag")


def owners_of(leads: Iterable[int]) -> dict[int, int]:
    """Lead -> the user who owns it; of merged leads with two owners the winner's, else the later one."""
    found: dict[int, tuple[bool, int, int]] = {}
    for lead, said_of, at, user in fetch(_OWNERS, sorted(leads)):
        found[lead] = max((said_of == lead, at, user), found.get(lead, (False, at, -1)))
    return {lead: user for lead, (*_, user) in found.items()}


def owner_of(lead: int) -> int | None:
    """The user who owns a lead, if anybody does."""
    return owners_of([lead]).get(lead)


def tags_of(leads: Iterable[int]) -> dict[int, list[str]]:
    """Lead -> its tags, in order of the alphabet; a lead without any is left out."""
    found: dict[int, set[str]] = defaultdict(set)
    for lead, _, tag in fetch(_TAGS, sorted(leads)):
        found[lead].add(tag)
    return {lead: sorted(tags) for lead, tags in found.items()}
