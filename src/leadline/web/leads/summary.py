"""What lists show of a lead, taken from its facts."""

from __future__ import annotations

from collections.abc import Mapping

from leadline.web.leads.facts import LeadFacts
from leadline.web.leads.models import Lead, Subject
from leadline.web.leads.rows import Table

LEADS = Table("leads_lead", ("id", "kind", "name", "email", "company", "first_seen", "last_seen", "events"))
_COMPANY = ("company", "company_name", "organization")


def summarise(facts: Mapping[int, LeadFacts]) -> None:
    """Write the leads' rows anew."""
    subjects = {s.id: s for s in Subject.objects.filter(id__in=list(facts))}
    Lead.objects.filter(id__in=list(facts)).delete()
    LEADS.insert(_row(subjects[lead], of) for lead, of in facts.items() if lead in subjects)


def _row(subject: Subject, facts: LeadFacts) -> tuple:
    latest = {t["field"]: t["value"] or "" for t in facts.traits}
    seen = [e["occurred_at"] for e in facts.events if not e["void"]]
    email = latest.get("email") or (subject.value if subject.kind == Subject.EMAIL else "")
    name = latest.get("name") or " ".join(filter(None, (latest.get("first_name"), latest.get("last_name"))))
    company = next((latest[f] for f in _COMPANY if latest.get(f)), "")
    return (
        subject.id, subject.kind, name[:200], email[:320], company[:200], min(seen, default=None),
        max(seen, default=None), len(seen),
    )  # fmt: skip
