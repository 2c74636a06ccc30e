"""What lists show of a lead, taken from its facts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from leadline.web.leads.changes import changed
from leadline.web.leads.facts import COMPANY, LeadFacts, sources_of
from leadline.web.leads.models import Lead, Subject
from leadline.web.leads.rows import Table

LEADS = Table(
    "leads_lead",
    ("id", "kind", "name", "email", "company", "first_seen", "last_seen", "events", "sources"),
)


def summarise(facts: Mapping[int, LeadFacts]) -> None:
    """Write the leads' rows anew."""
    subjects = {s.id: s for s in Subject.objects.filter(id__in=list(facts))}
    Lead.objects.filter(id__in=list(facts)).delete()
    sources = sources_of(lead for lead, of in facts.items() if of.sources is None)
    LEADS.insert(
        _row(subjects[lead], of, sources.get(lead, of.sources or ()))
        for lead, of in facts.items()
        if lead in subjects
    )
    changed(facts)


def _row(subject: Subject, facts: LeadFacts, sources: Iterable[int]) -> tuple:
    latest = {t["field"]: t["value"] or "" for t in facts.traits}
    seen = [e["occurred_at"] for e in facts.events if not e.get("void")]
    ends = [at for at in (*seen, facts.others.first, facts.others.last) if at is not None]
    told = latest.get("email") or (subject.value if subject.kind == Subject.EMAIL else "")
    email = told.strip().lower()  # as it is looked for, and so that a domain is one company
    name = latest.get("name") or " ".join(filter(None, (latest.get("first_name"), latest.get("last_name"))))
    company = next((latest[f] for f in COMPANY if latest.get(f)), "")
    return (
        subject.id, subject.kind, name[:200], email[:320], company[:200], min(ends, default=None),
        max(ends, default=None), len(seen) + facts.others.number, json.dumps(sorted(sources)),
    )  # fmt: skip
