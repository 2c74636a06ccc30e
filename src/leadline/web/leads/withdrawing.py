"""Taking facts back: a list was imported that should not have been, and all that it said goes again.

Facts are never edited. What is withdrawn leaves the tables as a whole, its numbers are given up so that the
replica follows, and who did so and when stays with the import. A lead that nothing is known of any more goes
with it. As there is nothing of it left, a rebuild comes to the same as what stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import connection

from leadline.web.instants import EARLIEST
from leadline.web.leads.aside import event_of, forget
from leadline.web.leads.marks import give_up
from leadline.web.leads.models import Subject
from leadline.web.leads.people import companions, respan
from leadline.web.leads.rows import chunks, fetch
from leadline.web.leads.turn import take_turn

_TRAITS = "SELECT subject_id, field, occurred_at, trait_id, seq FROM leads_trait WHERE subject_id IN ({})"
_CLAIMS = "SELECT email_id, occurred_at, claim_id, user_id FROM leads_claim WHERE user_id IN ({})"


@dataclass
class Withdrawn:
    """Whom a withdrawal concerns: leads, with the instant from which their facts differ; and subjects."""

    since: dict[int, int] = field(default_factory=dict)
    subjects: set[int] = field(default_factory=set)


def withdraw(event_ids: Sequence[str]) -> Withdrawn:
    """Take out these events and all that they said.

    Runs inside the caller's transaction, which judges the leads anew. Ids that are not there are passed over.
    """
    take_turn()
    events = fetch("SELECT event_id, subject_id, seq FROM leads_event WHERE event_id IN ({})", event_ids)
    gone = {event_id for event_id, _, _ in events}
    subjects = {subject for _, subject, _ in events}
    if not gone:
        return Withdrawn()
    traits = [row for row in fetch(_TRAITS, sorted(subjects)) if event_of(row[1], row[3]) in gone]
    claims = [row for row in fetch(_CLAIMS, sorted(subjects)) if row[2] in gone]
    before = _leads(subjects | {row[0] for row in claims})
    with connection.cursor() as cursor:
        for some in chunks(sorted(gone)):
            marks = ", ".join(["%s"] * len(some))
            cursor.execute(f"DELETE FROM leads_event WHERE event_id IN ({marks})", some)
        key = "subject_id = %s AND field = %s AND occurred_at = %s AND trait_id = %s"
        cursor.executemany(f"DELETE FROM leads_trait WHERE {key}", [row[:4] for row in traits])
        key = "email_id = %s AND occurred_at = %s AND claim_id = %s"
        cursor.executemany(f"DELETE FROM leads_claim WHERE {key}", [row[:3] for row in claims])
    forget(gone, subjects)
    give_up([seq for _, _, seq in events] + [row[4] for row in traits])
    moved = respan(companions(before) | {row[0] for row in claims}) if claims else {}
    leads = before.union(*moved.values())
    return Withdrawn(dict.fromkeys(leads, EARLIEST), subjects | {row[0] for row in claims})


def forget_unnamed(subjects: Iterable[int]) -> int:
    """Remove subjects of whom there is no fact and nothing that people noted; gives how many.

    For after `withdraw`, and after the leads concerned were judged.
    """
    wanted = sorted(set(subjects))
    named: set[int] = set()
    for query in _NAMED:
        named |= {number for (number,) in fetch(query, wanted)}
    unnamed = [number for number in wanted if number not in named]
    for some in chunks(unnamed):
        marks = ", ".join(["%s"] * len(some))
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM leads_span WHERE subject_id IN ({marks})", some)
        Subject.objects.filter(id__in=some).delete()
    return len(unnamed)


_NAMED = [
    f"SELECT {column} FROM {table} WHERE {column} IN ({{}})"
    for table, column in (
        ("leads_event", "subject_id"), ("leads_trait", "subject_id"), ("leads_link", "anon_id"),
        ("leads_link", "person_id"), ("leads_claim", "email_id"), ("leads_claim", "user_id"),
        ("leads_merge", "loser_id"), ("leads_merge", "winner_id"),
        # what people keep of a lead, under the subject that it went by
        ("leads_ownership", "lead_id"), ("leads_tag", "lead_id"), ("leads_act", "lead_id"),
    )
]  # fmt: skip


def _leads(subjects: Iterable[int]) -> set[int]:
    rows = fetch("SELECT lead_id FROM leads_span WHERE subject_id IN ({})", sorted(subjects))
    return {lead for (lead,) in rows}
