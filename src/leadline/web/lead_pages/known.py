"""Who a lead is: what is known of it, the ids that it goes by, and what it was merged with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Q

from leadline.model.shape import Model, spoken
from leadline.web.instants import EARLIEST, LATEST
from leadline.web.leads.facts import believed
from leadline.web.leads.models import Lead, Merge, Span, Subject
from leadline.web.leads.rows import fetch

MOST = 200


@dataclass(frozen=True)
class Known:
    """A field's latest value that counts."""

    field: str
    title: str
    value: str
    at: int
    source: str
    verified: bool


@dataclass(frozen=True)
class Identifier:
    """An id whose facts are this lead's, always (`starts` and `ends` None) or within a time."""

    subject: Subject
    starts: int | None
    ends: int | None


_TRAITS = """
    SELECT t.field, t.value, t.occurred_at, t.trait_id, t.verified, t.source_id
    FROM leads_span s JOIN leads_trait t
      ON t.subject_id = s.subject_id AND t.occurred_at >= s.starts AND t.occurred_at < s.ends
    WHERE s.lead_id IN ({}) AND t.occurred_at <= %s
"""


def profile(lead: Lead, model: Model | None, sources: Mapping[int, str], at: int) -> list[Known]:
    """What was known of the lead at an instant: the model's fields first, in their order."""
    names = ("field", "value", "occurred_at", "trait_id", "verified", "source")
    rows = [dict(zip(names, row, strict=True)) for row in fetch(_TRAITS, [lead.id], at)]
    latest = {t["field"]: t for t in believed(rows)}
    titles = {f.name: f.title for f in model.fields} if model else {}
    order = {name: number for number, name in enumerate(titles)}
    found = [
        Known(
            name, titles.get(name, spoken(name)), t["value"], t["occurred_at"],
            sources.get(t["source"], ""), bool(t["verified"]),
        )
        for name, t in latest.items()
        if t["value"]
    ]  # fmt: skip
    return sorted(found, key=lambda k: (order.get(k.field, len(order)), k.title))


def identifiers(lead: Lead) -> list[Identifier]:
    """All ids whose facts are the lead's: user ids, e-mails, browsers."""
    spans = list(Span.objects.filter(lead_id=lead.id).order_by("starts", "subject_id")[:MOST])
    subjects = Subject.objects.in_bulk({s.subject_id for s in spans})
    order = {Subject.USER: 0, Subject.EMAIL: 1, Subject.ANON: 2}
    found = [
        Identifier(
            subjects[s.subject_id],
            None if s.starts <= EARLIEST else s.starts,
            None if s.ends >= LATEST else s.ends,
        )
        for s in spans
        if s.subject_id in subjects
    ]
    return sorted(found, key=lambda i: order.get(i.subject.kind, 3))


def merges(ids: list[Identifier]) -> list[tuple[Merge, str]]:
    """The merges that concern these ids, the latest first, with what the one who went goes by."""
    numbers = [i.subject.id for i in ids]
    found = list(
        Merge.objects.filter(Q(loser_id__in=numbers) | Q(winner_id__in=numbers)).order_by("-at")[:MOST]
    )
    losers = Subject.objects.in_bulk({m.loser_id for m in found})
    return [(m, losers[m.loser_id].value if m.loser_id in losers else str(m.loser_id)) for m in found]


def successor(number: int) -> int | None:
    """The lead that the facts of a subject went to, where they are not its own any more."""
    span = Span.objects.filter(subject_id=number).order_by("-starts").first()
    return span.lead_id if span and span.lead_id != number else None
