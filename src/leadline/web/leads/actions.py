"""What the team does with leads: to whom they belong, and the words put on them.

Each verb writes an act for every lead, all of one call in one batch, and gives the batch: with it the call
is undone. Leads that there are not (any more) are passed over, and so are those where nothing would change.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from leadline.web.leads.changes import changed
from leadline.web.leads.models import Act, Lead, Ownership, Span, Tag
from leadline.web.leads.owners import owners_of, tags_of
from leadline.web.leads.rows import Table, chunks
from leadline.web.leads.turn import take_turn

ASSIGN, TAG, UNTAG = "assign", "tag", "untag"
LONGEST_TAG = 60
MOST_TAGS = 100  # on one lead

_TAGS = Table("leads_tag", ("lead_id", "tag", "at", "by"))
_OWNERSHIPS = Table("leads_ownership", ("lead_id", "user_id", "at", "by"))


class CannotTagError(ValueError):
    """A text that cannot be a tag; the message says why."""


class NothingToUndoError(ValueError):
    """An act that was undone already, or never was; the message says so."""


@dataclass(frozen=True)
class Done:
    """What a verb did: the batch to undo it by, and the leads that it changed."""

    batch: uuid.UUID
    leads: tuple[int, ...]


def tag_text(text: str) -> str:
    """A tag as it is kept: one blank between words, lower case. Raises CannotTagError.

    >>> tag_text("  Trade  fair ")
    'trade fair'
    """
    tag = " ".join("".join(c if c.isprintable() else " " for c in text).split()).lower()
    if not tag:
        raise CannotTagError("a tag needs a letter or a number: write a word, such as `trade fair`")
    if len(tag) > LONGEST_TAG:
        raise CannotTagError(f"a tag has at most {LONGEST_TAG} characters, and this one has {len(tag)}")
    return tag


@transaction.atomic
def assign_leads(
    *, leads: Iterable[int], to: int | None, by: str, at: int, batch: uuid.UUID | None = None
) -> Done:
    """Make a user (by id; None: nobody) the owner of leads."""
    take_turn()
    wanted = _there(leads)
    before = owners_of(wanted)
    differ = [lead for lead in wanted if before.get(lead) != to]
    _own(dict.fromkeys(differ, to), by, at)
    return _noted(ASSIGN, {lead: {"before": before.get(lead), "to": to} for lead in differ}, by, at, batch)


@transaction.atomic
def tag_leads(*, leads: Iterable[int], tag: str, by: str, at: int, batch: uuid.UUID | None = None) -> Done:
    """Put a tag on leads. Raises CannotTagError."""
    take_turn()
    tag = tag_text(tag)
    wanted = _there(leads)
    there = tags_of(wanted)
    differ = [lead for lead in wanted if tag not in there.get(lead, ())]
    full = next((lead for lead in differ if len(there.get(lead, ())) >= MOST_TAGS), None)
    if full is not None:
        raise CannotTagError(f"lead {full} has {MOST_TAGS} tags, and more are not kept: take one off first")
    _TAGS.insert((lead, tag, at, by) for lead in differ)
    return _noted(TAG, {lead: {"tag": tag} for lead in differ}, by, at, batch)


@transaction.atomic
def untag_leads(*, leads: Iterable[int], tag: str, by: str, at: int, batch: uuid.UUID | None = None) -> Done:
    """Take a tag off leads. Raises CannotTagError."""
    take_turn()
    tag = tag_text(tag)
    wanted = _there(leads)
    there = tags_of(wanted)
    differ = [lead for lead in wanted if tag in there.get(lead, ())]
    _untag(differ, tag)
    return _noted(UNTAG, {lead: {"tag": tag} for lead in differ}, by, at, batch)


@transaction.atomic
def undo_acts(*, batch: uuid.UUID, by: str, at: int, most: int | None = None) -> list[int]:
    """Put back what a batch of these verbs changed, of at most so many leads; gives the leads.

    Raises NothingToUndoError. A lead that was assigned again since then stays with its new owner.
    """
    take_turn()
    acts = list(Act.objects.filter(batch=batch, undone_at=None, verb__in=_UNDO).order_by("id")[:most])
    if not acts:
        raise NothingToUndoError("this was undone already: there is nothing left to undo")
    for verb, undo in _UNDO.items():
        undo([a for a in acts if a.verb == verb], by, at)
    for some in chunks([a.id for a in acts]):
        Act.objects.filter(id__in=some).update(undone_at=at, undone_by=by)
    leads = sorted(_leads_now({a.lead_id for a in acts}))
    changed(leads)
    return leads


def note_acts(
    *, verb: str, detail: Mapping[int, Mapping[str, Any]], by: str, at: int, batch: uuid.UUID | None = None
) -> uuid.UUID:
    """One act for each of these leads, with its detail, in the caller's transaction; gives the batch."""
    batch = batch or uuid.uuid4()
    rows = [Act(lead_id=n, batch=batch, at=at, by=by, verb=verb, detail=d) for n, d in detail.items()]
    Act.objects.bulk_create(rows, batch_size=500)
    return batch


def forget_acts(subjects: Sequence[int]) -> None:
    """Whose these were, their tags, and what was done with them, for good: somebody is erased."""
    for some in chunks(sorted(subjects)):
        for model in (Ownership, Tag, Act):
            model.objects.filter(lead_id__in=some).delete()


def _there(leads: Iterable[int]) -> list[int]:
    found: list[int] = []
    for some in chunks(sorted(set(leads))):
        found += Lead.objects.filter(id__in=some).order_by("id").values_list("id", flat=True)
    return found


def _noted(
    verb: str, detail: Mapping[int, Mapping[str, Any]], by: str, at: int, batch: uuid.UUID | None
) -> Done:
    batch = note_acts(verb=verb, detail=detail, by=by, at=at, batch=batch)
    changed(detail)
    return Done(batch, tuple(detail))


def _own(owners: Mapping[int, int | None], by: str, at: int) -> None:
    """Write owners. Where nobody is to own a lead, those whose it was before a merge do not either."""
    freed = [lead for lead, user in owners.items() if user is None]
    for some in chunks(sorted({*owners, *_subjects_of(freed)})):
        Ownership.objects.filter(lead_id__in=some).delete()
    _OWNERSHIPS.insert((lead, user, at, by) for lead, user in owners.items() if user is not None)


def _untag(leads: Iterable[int], tag: str) -> None:
    for some in chunks(sorted(_subjects_of(list(leads)))):
        Tag.objects.filter(lead_id__in=some, tag=tag).delete()


def _subjects_of(leads: Sequence[int]) -> set[int]:
    """The leads, and all whose facts are theirs."""
    found = set(leads)
    for some in chunks(sorted(leads)):
        found.update(Span.objects.filter(lead_id__in=some).values_list("subject_id", flat=True))
    return found


def _leads_now(subjects: Iterable[int]) -> set[int]:
    found: set[int] = set()
    for some in chunks(sorted(subjects)):
        found.update(Span.objects.filter(subject_id__in=some).values_list("lead_id", flat=True))
    return found


def _undo_assign(acts: Sequence[Act], by: str, at: int) -> None:
    owners = owners_of([a.lead_id for a in acts])
    _own({a.lead_id: a.detail["before"] for a in acts if owners.get(a.lead_id) == a.detail["to"]}, by, at)


def _undo_tag(acts: Sequence[Act], by: str, at: int) -> None:
    del by, at
    for tag in {a.detail["tag"] for a in acts}:
        _untag([a.lead_id for a in acts if a.detail["tag"] == tag], tag)


def _undo_untag(acts: Sequence[Act], by: str, at: int) -> None:
    _TAGS.insert((a.lead_id, a.detail["tag"], at, by) for a in acts)


_UNDO: dict[str, Callable[[Sequence[Act], str, int], None]] = {
    ASSIGN: _undo_assign, TAG: _undo_tag, UNTAG: _undo_untag,
}  # fmt: skip
