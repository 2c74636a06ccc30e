"""What people decide about two leads that may be one."""

from __future__ import annotations

from django.db import transaction

from leadline.web.leads.models import Merge
from leadline.web.qualification.actions import CannotMergeError, merge_leads, take_back_merge
from leadline.web.quality.models import Pair


@transaction.atomic
def merge_pair(*, pair: Pair, winner: int, by: str, at: int) -> Merge:
    """Make the two one: the other's facts are the winner's. Raises CannotMergeError."""
    if winner not in (pair.one, pair.two):
        raise CannotMergeError("the winner is one of the two: choose again")
    loser = pair.two if winner == pair.one else pair.one
    _decide(pair, Pair.MERGED, by, at)
    merge = merge_leads(loser=loser, winner=winner, by=by, at=at, reason="; ".join(pair.reasons)[:500])
    Pair.objects.filter(pk=pair.pk).update(merge_id=merge.id)
    return merge


@transaction.atomic
def keep_apart(*, pair: Pair, by: str, at: int) -> None:
    """They are two people; the pair is not proposed again. Raises CannotMergeError where that was decided."""
    _decide(pair, Pair.DIFFERENT, by, at)


@transaction.atomic
def undecide(*, pair: Pair, by: str, at: int) -> None:
    """As before somebody decided. Raises CannotMergeError where nothing is to be undone."""
    there = Pair.objects.filter(pk=pair.pk).exclude(decided="")
    found = there.first()
    if found is None:
        raise CannotMergeError("nothing was decided about these two, so there is nothing to undo")
    if found.merge_id is not None:
        merge = Merge.objects.filter(pk=found.merge_id, taken_back_at=None).first()
        if merge is not None:
            take_back_merge(merge=merge, by=by, at=at)
    there.update(decided="", decided_at=None, decided_by="", merge_id=None)


def _decide(pair: Pair, what: str, by: str, at: int) -> None:
    """By compare and set: of two who decide one does."""
    done = Pair.objects.filter(pk=pair.pk, decided="")
    if not done.update(decided=what, decided_at=at, decided_by=by):
        raise CannotMergeError("somebody has decided about these two already: look at the next pair")
