"""What people decide about facts: two leads are one, or after all two; an event counts, or does not.

Each is a fact of its own, nothing is edited, and the leads concerned are judged anew in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from leadline.web.instants import EARLIEST
from leadline.web.leads.marks import mark
from leadline.web.leads.models import Event, Merge, Span, Subject, Verdict
from leadline.web.leads.people import companions, leads_of, respan
from leadline.web.leads.turn import take_turn
from leadline.web.qualification.judging import reassess


class CannotMergeError(ValueError):
    """Two leads that cannot be made one; the message says why."""


@transaction.atomic
def merge_leads(*, loser: int, winner: int, by: str, at: int, reason: str = "") -> Merge:
    """From now on, and for the past, the loser's facts are the winner's.

    `loser` and `winner` are the ids of leads. Raises CannotMergeError where they are one and the same, or one
    of them is no lead (any more).
    """
    take_turn()
    if loser == winner:
        raise CannotMergeError(f"lead {loser} cannot be merged with itself: give two leads")
    for lead in (loser, winner):
        if not Span.objects.filter(lead_id=lead).exists() or not Subject.objects.filter(id=lead).exists():
            raise CannotMergeError(
                f"there is no lead {lead}: it may have been merged already; look it up again"
            )
    before = leads_of({loser, winner})
    merge = Merge.objects.create(loser_id=loser, winner_id=winner, by=by, at=at, reason=reason)
    _resettle(before, merge, at)
    return merge


@transaction.atomic
def take_back_merge(*, merge: Merge, by: str, at: int) -> None:
    """The two are two again, each with its own facts, also those that came after the merge.

    Raises CannotMergeError where it was taken back before.
    """
    take_turn()
    before = leads_of({merge.loser_id, merge.winner_id})
    standing = Merge.objects.filter(pk=merge.pk, taken_back_at=None)
    if not standing.update(taken_back_at=at, taken_back_by=by):
        raise CannotMergeError("this merge was taken back already: there is nothing to do")
    merge.refresh_from_db()
    _resettle(before, merge, at)


@transaction.atomic
def void_event(*, event_id: str, void: bool, reason: str, by: str, at: int) -> Verdict:
    """Say that an event does not count (`void`), or that it does after all.

    It holds also where the event comes later than what was said of it.
    """
    take_turn()
    verdict = Verdict.objects.create(event_id=event_id, void=void, reason=reason, at=at, by=by)
    changed = mark([event_id], ())
    if changed:
        event = Event.objects.get(event_id=event_id)
        reassess(dict.fromkeys(_owners(event), event.occurred_at), at)
    return verdict


def _resettle(before: set[int], merge: Merge, at: int) -> None:
    """Who is who anew around a merge: all subjects of the leads that the two were, and of those they are."""
    ends = {merge.loser_id, merge.winner_id}
    moved = respan(ends | companions(before | leads_of(ends)))
    leads = set().union(*moved.values()) if moved else set()
    reassess(dict.fromkeys(leads, EARLIEST), at)


def _owners(event: Event) -> Iterable[int]:
    at = event.occurred_at
    spans = Span.objects.filter(subject_id=event.subject_id, starts__lte=at, ends__gt=at)
    return spans.values_list("lead_id", flat=True)
