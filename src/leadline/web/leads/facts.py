"""The facts of leads, as the engine takes them.

Identify, group and alias messages are stored, so that nothing sent is lost, but they are no events of a
model: what they say arrives as traits and links.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

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


@dataclass
class LeadFacts:
    """One lead's facts: rows as `leadline.assess` takes them, instants in microseconds."""

    events: list[dict[str, Any]] = field(default_factory=list)
    traits: list[dict[str, Any]] = field(default_factory=list)


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
    for lead, name, value, at, trait_id, verified, quote, confidence, source in fetch(_TRAITS, wanted):
        found[lead].traits.append(
            {
                "field": name,
                "value": value,
                "occurred_at": at,
                "trait_id": trait_id,
                "verified": bool(verified),
                "quote": quote or None,
                "confidence": confidence,
                "source": str(source),
            }
        )
    for facts in found.values():
        facts.events.sort(key=lambda e: (e["occurred_at"], e["event_id"]))
        facts.traits = believed(facts.traits)
    return dict(found)


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
