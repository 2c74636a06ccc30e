"""The facts of leads, as the engine takes them.

Identify, group and alias messages are stored, so that nothing sent is lost, but they are no events of a
model: what they say arrives as traits and links.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from leadline.web.leads.rows import fetch

WITHOUT = ("identify", "group", "alias")

_EVENTS = """
    SELECT s.lead_id, e.event_id, e.event, e.occurred_at, e.properties, e.void
    FROM leads_span s JOIN leads_event e
      ON e.subject_id = s.subject_id AND e.occurred_at >= s.starts AND e.occurred_at < s.ends
    WHERE s.lead_id IN ({}) AND e.kind NOT IN ('identify', 'group', 'alias')
"""
_TRAITS = """
    SELECT s.lead_id, t.field, t.value, t.occurred_at, t.trait_id, t.verified, t.quote, t.confidence,
           t.source_id
    FROM leads_span s JOIN leads_trait t
      ON t.subject_id = s.subject_id AND t.occurred_at >= s.starts AND t.occurred_at < s.ends
    WHERE s.lead_id IN ({})
"""
_LIVE_EVENTS = """
    SELECT s.subject_id, e.event_id, e.event, e.occurred_at, e.properties
    FROM leads_span s JOIN leads_event e
      ON e.subject_id = s.subject_id AND e.occurred_at >= s.starts AND e.occurred_at < s.ends
    WHERE s.lead_id = %s AND e.kind NOT IN ('identify', 'group', 'alias') AND NOT e.void
    ORDER BY s.subject_id, e.occurred_at, e.event_id
"""
_SOURCES = """
    SELECT DISTINCT s.lead_id, e.source_id FROM leads_span s JOIN leads_event e
      ON e.subject_id = s.subject_id AND e.occurred_at >= s.starts AND e.occurred_at < s.ends
    WHERE s.lead_id IN ({})
"""
_AT_A_TIME = 5_000
COMPANY = ("company", "company_name", "organization")
SHOWN = ("email", "name", "first_name", "last_name", *COMPANY)  # what lists show of a lead


@dataclass
class Others:
    """Events that count and that nobody asked for: how many, the first and the last."""

    number: int = 0
    first: int | None = None
    last: int | None = None

    def count(self, at: int) -> None:
        self.number += 1
        self.first = at if self.first is None else min(self.first, at)
        self.last = at if self.last is None else max(self.last, at)


@dataclass
class LeadFacts:
    """One lead's facts: rows as `leadline.assess` takes them, instants in microseconds."""

    events: list[dict[str, Any]] = field(default_factory=list)
    traits: list[dict[str, Any]] = field(default_factory=list)
    others: Others = field(default_factory=Others)
    sources: list[int] | None = None  # that sent its events, where they were asked for along with them


def facts_of(leads: Iterable[int]) -> dict[int, LeadFacts]:
    """All facts of these leads, in order of time; a lead without any is left out."""
    found: dict[int, LeadFacts] = defaultdict(LeadFacts)
    wanted = sorted(leads)
    for lead, event_id, event, at, properties, void in fetch(_EVENTS, wanted):
        found[lead].events.append(
            {
                "event_id": event_id, "event": event, "occurred_at": at, "properties": json.loads(properties),
                "void": bool(void),
            }
        )  # fmt: skip
    for row in fetch(_TRAITS, wanted):
        found[row[0]].traits.append(_trait(row))
    for facts in found.values():
        facts.events.sort(key=lambda e: (e["occurred_at"], e["event_id"]))
        facts.traits = believed(facts.traits)
    return dict(found)


def _trait(row: tuple) -> dict[str, Any]:
    _, name, value, at, trait_id, verified, quote, confidence, source = row
    return {
        "field": name, "value": value, "occurred_at": at, "trait_id": trait_id, "verified": bool(verified),
        "quote": quote or None, "confidence": confidence, "source": str(source),
    }  # fmt: skip


def facts_asked_for(
    lead: int, *, events: Set[str] | None, properties: Set[str], fields: Set[str]
) -> LeadFacts | None:
    """Of a lead with very many facts those that are asked for; None of one without any facts.

    Of its events those of these names (None: all) with these properties, and the first of each subject, since
    a lead begins with it; what is void is left out, what else there is only counted. Of its traits those of
    these fields and of what lists show.
    """
    found = LeadFacts()
    wanted_fields = sorted({*fields, *SHOWN})
    marks = ", ".join(["%s"] * len(wanted_fields))
    traits = fetch(_TRAITS + f" AND t.field IN ({marks})", [lead], *wanted_fields)
    found.traits = believed([_trait(row) for row in traits])
    found.sources = sources_of([lead]).get(lead, [])
    begun: set[int] = set()
    with connection.cursor() as cursor:
        cursor.execute(_LIVE_EVENTS, [lead])
        while some := cursor.fetchmany(_AT_A_TIME):
            for subject, event_id, event, at, text in some:
                if events is not None and event not in events and subject in begun:
                    found.others.count(at)
                    continue
                begun.add(subject)
                bag = json.loads(text)
                own = {name: bag[name] for name in properties if name in bag}
                found.events.append(
                    {"event_id": event_id, "event": sys.intern(event), "occurred_at": at, "properties": own}
                )
    found.events.sort(key=lambda e: (e["occurred_at"], e["event_id"]))
    if found.events or found.traits or _any_facts(lead):
        return found
    return None


def sources_of(leads: Iterable[int]) -> dict[int, list[int]]:
    """Lead -> the sources that sent its events."""
    found = defaultdict(list)
    for lead, source in fetch(_SOURCES, sorted(leads)):
        found[lead].append(source)
    return found


def _any_facts(lead: int) -> bool:
    """Whether there is anything of a lead, be it void or of no use."""
    return any(fetch(query + " LIMIT 1", [lead]) for query in (_EVENTS, _TRAITS))


def believed(traits: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The traits that count, by time: where a field is verified, what anybody could send changes it no more.

    A browser's key is public, and a crafted link makes a page identify its visitor as anyone.
    """
    proved: dict[str, int] = {}
    for trait in traits:
        if trait["verified"]:
            proved[trait["field"]] = min(
                trait["occurred_at"], proved.get(trait["field"], trait["occurred_at"])
            )
    counted = [
        t for t in traits
        if t["verified"] or t["field"] not in proved or t["occurred_at"] < proved[t["field"]]
    ]  # fmt: skip
    return sorted(counted, key=lambda t: (t["occurred_at"], t["trait_id"]))
