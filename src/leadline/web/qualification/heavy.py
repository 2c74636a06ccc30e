"""Heavy leads: those of so many facts that they are judged apart from the others, one after the other.

Whoever changes a lead's facts judges it in the same transaction, which holds up everybody else who writes. Of
a heavy lead it is only written down that there is something new. Such leads are taken one at a time, in a
process of their own: it reads and walks without holding anybody up, writes what it found in a short
transaction, and lets the lead rest for some times as long as that took. What comes of it is the same, later:
stages are walked from facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Q

from leadline.web.instants import EARLIEST, LATEST, SECOND
from leadline.web.leads.facts import LeadFacts, facts_asked_for
from leadline.web.leads.rows import Table, fetch
from leadline.web.leads.turn import take_turn
from leadline.web.qualification.models import HeavyLead, Program
from leadline.web.qualification.programs import enabled_programs
from leadline.web.qualification.walk import Published

MOST_FACTS = 1000  # of a lead that is judged at once
STEPS = 2000  # of a walk before what was found is written
REST = 4  # times as long as judging it took; where the walk only paused, as long: others have a turn
LEASE = 10 * SECOND  # at least, after which a lead may be taken again by another worker
PATIENCE = 5  # times as long as judging it took, likewise
NOTHING_BEFORE = LATEST  # from when on facts differ, of a lead that is only to be walked on

_HEAVY = Table("qualification_heavylead", ("lead_id", "since", "ready_at", "cost", "ticket"))
_PENDING = Q(since__isnull=False) | Q(begun__isnull=False)
_WEIGHT = """
    SELECT s.lead_id,
      (SELECT count(*) FROM (SELECT 1 FROM leads_event e WHERE e.subject_id = s.subject_id
         AND e.occurred_at >= s.starts AND e.occurred_at < s.ends LIMIT {most}) some_events)
      + (SELECT count(*) FROM (SELECT 1 FROM leads_trait t WHERE t.subject_id = s.subject_id
         AND t.occurred_at >= s.starts AND t.occurred_at < s.ends LIMIT {most}) some_traits)
    FROM leads_span s WHERE s.lead_id IN ({{}})
"""


@dataclass(frozen=True)
class Taken:
    """A heavy lead that is being judged; `since` says from when on its facts differ."""

    lead: int
    since: int
    ticket: int


@dataclass(frozen=True)
class InHand:
    """What there is to judge it by: its facts, None where it has none any more, and the programs."""

    facts: LeadFacts | None
    programs: list[tuple[Program, list[Published]]]


def heavy_among(leads: list[int]) -> set[int]:
    """Those with so many facts, and those that wait already."""
    weight: dict[int, int] = {}
    for lead, some in fetch(_WEIGHT.format(most=MOST_FACTS + 1), leads):
        weight[lead] = weight.get(lead, 0) + some
    heavy = {lead for lead, some in weight.items() if some > MOST_FACTS}
    return heavy | {lead for (lead,) in fetch(_PENDING_AMONG, leads)}


_PENDING_AMONG = """
    SELECT lead_id FROM qualification_heavylead
    WHERE lead_id IN ({}) AND (since IS NOT NULL OR begun IS NOT NULL)
"""


def defer(since: Mapping[int, int], now: int) -> None:
    """Let these leads be judged apart; each with the instant from when on its facts differ."""
    there = {row.lead_id: row for row in HeavyLead.objects.filter(lead_id__in=list(since))}
    _HEAVY.insert((lead, at, now, 0, 0) for lead, at in since.items() if lead not in there)
    for lead, row in there.items():
        if row.since is None or since[lead] < row.since:
            HeavyLead.objects.filter(pk=lead).update(since=since[lead])


def pending_leads() -> Iterable[int]:
    """Heavy leads that wait or are being judged, as a query."""
    return HeavyLead.objects.filter(_PENDING).values("lead_id")


def ready(now: int) -> bool:
    """Whether there is a lead to take."""
    return HeavyLead.objects.filter(_PENDING, ready_at__lte=now).exists()


def take(now: int, *, at_once: bool = False) -> Taken | None:
    """The heavy lead that has been ready the longest; `at_once` also one that rests or is in other hands."""
    ready = HeavyLead.objects.filter(_PENDING) if at_once else HeavyLead.objects.filter(ready_at__lte=now)
    if not ready.exists():
        return None
    with transaction.atomic():
        take_turn()
        HeavyLead.objects.filter(ready_at__lte=now).exclude(_PENDING).delete()  # they have rested
        row = ready.filter(_PENDING).order_by("ready_at", "lead_id").first()
        if row is None:
            return None
        if row.begun is not None:  # who took it before did not come back
            row.cost = max(2 * row.cost, LEASE)
        row.begun = min(at for at in (row.since, row.begun) if at is not None)
        row.since, row.ticket, row.ready_at = None, row.ticket + 1, now + max(LEASE, PATIENCE * row.cost)
        row.save()
        return Taken(row.lead_id, row.begun, row.ticket)


def read(taken: Taken) -> InHand:
    """Its facts as they stand at one instant, and the programs; nobody waits meanwhile."""
    with _snapshot():
        programs = enabled_programs()
        lives = [published.live for _, models in programs for published in models]
        names = {live.wanted for live in lives}
        facts = facts_asked_for(
            taken.lead,
            events=None if None in names else frozenset().union(*(n for n in names if n is not None)),
            properties=frozenset().union(*(live.properties for live in lives)),
            fields=frozenset().union(*(live.fields for live in lives)),
        )
        return InHand(facts, programs)


def still_holds(taken: Taken, found: InHand, cost: int) -> bool:
    """Whether what was found of a lead may be written: nobody else took it, and what it rests on stands.

    Ask within the transaction that writes. Facts that were added meanwhile wait for the next time; where who
    is who changed, or a model, it is to be done again.
    """
    HeavyLead.objects.filter(pk=taken.lead, cost__lt=cost).update(cost=cost)
    row = HeavyLead.objects.filter(pk=taken.lead, ticket=taken.ticket).first()
    return (
        row is not None
        and row.since != EARLIEST
        and _versions(found.programs) == _versions(enabled_programs())
    )


def let_go(taken: Taken, *, written: bool, finished: bool, cost: int, now: int) -> None:
    """It rests; where it is not judged to its end, it waits for its next turn."""
    row = HeavyLead.objects.filter(pk=taken.lead, ticket=taken.ticket).first()
    if row is None:
        return
    left = [row.since] if row.since is not None else []
    left += [] if written else [taken.since]
    left += [] if finished else [NOTHING_BEFORE]
    row.since, row.begun = min(left, default=None), None
    row.cost, row.ready_at = cost, now + (REST if finished else 1) * cost
    row.save()


def _versions(programs: list[tuple[Program, list[Published]]]) -> list[tuple]:
    return [(p.id, *((m.at, m.live.model.version, m.predictor) for m in models)) for p, models in programs]


@contextmanager
def _snapshot() -> Iterator[None]:
    """All that is read is of one instant, and no lock is held; within a transaction it is anyhow."""
    if connection.in_atomic_block:
        yield
        return
    postgres = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" if postgres else "BEGIN")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")
