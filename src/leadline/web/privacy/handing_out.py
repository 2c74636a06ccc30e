"""All that is kept about a person, to be handed to them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from leadline.engine.explain import explained
from leadline.model.values import time_text
from leadline.web.capture.models import Source
from leadline.web.instants import EARLIEST, LATEST
from leadline.web.leads.facts import facts_of
from leadline.web.leads.models import Lead, Span, Subject
from leadline.web.leads.rows import fetch
from leadline.web.qualification.models import StageChange, Standing
from leadline.web.qualification.programs import enabled_programs, in_force

_EVENTS = """
    SELECT e.event_id, e.occurred_at, e.received_at, e.kind, e.event, e.properties, e.context, e.source_id,
           e.bot, e.void
    FROM leads_span s JOIN leads_event e
      ON e.subject_id = s.subject_id AND e.occurred_at >= s.starts AND e.occurred_at < s.ends
    WHERE s.lead_id IN ({}) ORDER BY e.occurred_at, e.event_id
"""
_TRAITS = """
    SELECT t.field, t.value, t.occurred_at, t.source_id, t.verified, t.quote, t.confidence
    FROM leads_span s JOIN leads_trait t
      ON t.subject_id = s.subject_id AND t.occurred_at >= s.starts AND t.occurred_at < s.ends
    WHERE s.lead_id IN ({}) ORDER BY t.occurred_at, t.trait_id
"""
_CONSENT = re.compile(r"consent|opt_?(in|out)|unsubscribe|do_not_|gdpr|dsgvo", re.IGNORECASE)
_ASIDE = _TRAITS.replace("leads_trait ", "leads_traitaside ")


def person_data(lead: Lead, at: int) -> dict[str, Any]:
    """Everything about one lead as plain JSON, instants as ISO 8601 texts.

    It answers the rights of access and portability (GDPR, articles 15 and 20), with the logic of the judging.
    """
    sources = dict(Source.objects.values_list("id", "name"))
    return {
        "made_at": time_text(at),
        "lead": {"id": lead.id, "name": lead.name, "email": lead.email, "company": lead.company},
        "goes_by": list(_ids(lead)),
        "learnt": _learnt(_TRAITS, lead, sources),
        "learnt_and_taken_back": _learnt(_ASIDE, lead, sources),
        "happened": [
            {"id": event_id, "at": time_text(t), "received_at": time_text(received), "kind": kind,
             "event": event, "properties": json.loads(properties), "context": json.loads(context),
             "source": sources.get(source, ""), "taken_for_a_machine": bot or None, "counts": not void}
            for event_id, t, received, kind, event, properties, context, source, bot, void
            in fetch(_EVENTS, [lead.id])
        ],
        "consents": [c | {"at": time_text(c["at"])} for c in consents(lead, sources)],
        "judged": list(_judged(lead, at)),
    }  # fmt: skip


def _learnt(query: str, lead: Lead, sources: dict[int, str]) -> list[dict[str, Any]]:
    return [
        {"field": field, "value": value, "at": time_text(t), "source": sources.get(source, ""),
         "verified": bool(verified), "words": quote or None, "confidence": confidence}
        for field, value, t, source, verified, quote, confidence in fetch(query, [lead.id])
    ]  # fmt: skip


def consents(lead: Lead, sources: dict[int, str]) -> list[dict[str, Any]]:
    """The consent log: what the person agreed to or refused, when and where; the latest first.

    It has the words of forms, the categories of a banner where they change, and fields that speak of consent,
    whoever sent them.
    """
    found: list[tuple[int, str, str, str, str]] = []
    banner: dict[str, bool] = {}
    for _, t, _, kind, event, properties, context, source, _, _ in fetch(_EVENTS, [lead.id]):
        where = sources.get(source, "")
        if words := json.loads(properties).get("consent"):
            found.append((t, where, event, kind, str(words)))
        said = json.loads(context).get("consent") or {}
        if said and said != banner:
            banner = said
            found.append((t, where, event, kind, _categories(said)))
    for field, value, t, source, *_ in fetch(_TRAITS, [lead.id]):
        if _CONSENT.search(field):
            said = f"{field}: {value}" if value else f"{field}: –"
            found.append((t, sources.get(source, ""), field, "trait", said))
    names = ("at", "source", "event", "kind", "words")
    return [dict(zip(names, line, strict=True)) for line in sorted(found, key=lambda f: f[0], reverse=True)]


def _categories(said: dict[str, bool]) -> str:
    return " · ".join(f"{'✓' if allowed else '✗'} {name}" for name, allowed in sorted(said.items()))


def _ids(lead: Lead) -> Iterable[dict[str, Any]]:
    spans = list(Span.objects.filter(lead_id=lead.id).order_by("starts", "subject_id"))
    subjects = Subject.objects.in_bulk({s.subject_id for s in spans})
    for span in spans:
        subject = subjects[span.subject_id]
        yield {
            "kind": subject.kind, "value": subject.value,
            "from": None if span.starts <= EARLIEST else time_text(span.starts),
            "until": None if span.ends >= LATEST else time_text(span.ends),
        }  # fmt: skip


def _judged(lead: Lead, at: int) -> Iterable[dict[str, Any]]:
    """How automated judging sees them, with its logic: each point and its reason."""
    facts = facts_of([lead.id]).get(lead.id)
    standings = {s.program_id: s for s in Standing.objects.filter(lead_id=lead.id)}
    for program, models in enabled_programs():
        held, standing = in_force(models, at), standings.get(program.id)
        if held is None or standing is None or facts is None:
            continue
        found = held.live.judge(held.live.facts(facts.events, facts.traits), as_of=at)
        told = explained(held.live.model, str(lead.id), found.judged)
        changes = StageChange.objects.filter(lead_id=lead.id, program=program).order_by("changed_at", "step")
        yield {
            "program": program.name, "stage": standing.stage, "why": told.sentences(),
            "ledger": told.as_dict()["ledger"],
            "changes_of_stage": [
                {"at": time_text(c.changed_at), "before": c.before, "after": c.after, "cause": c.cause}
                for c in changes
            ],
        }  # fmt: skip
