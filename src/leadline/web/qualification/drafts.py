"""Drafts: models that are being written. Every change is a step that can be undone, and none is lost.

Who changes a draft says which revision they saw; where somebody else was faster, nothing is written.
A change voids what was agreed to of the draft.
"""

from __future__ import annotations

import hashlib

from django.db import transaction
from django.db.models import F

from leadline.model.source import source_of_text
from leadline.web.qualification.models import Draft, DraftText, Program, Proposal, Publication
from leadline.web.qualification.programs import holding

STEPS = 300  # that can be undone


class ChangedMeanwhileError(ValueError):
    """Somebody else changed the draft; `draft` is what it is now."""

    def __init__(self, draft: Draft):
        self.draft = draft
        closed = "published or put away" if draft.closed_at is not None else "changed"
        super().__init__(f"{draft.by} {closed} this draft meanwhile: nothing of yours was written over it")


@transaction.atomic
def begin_draft(
    *, program: Program, text: str, by: str, at: int, title: str = "", base: Publication | None = None
) -> Draft:
    """A new draft with this text; its base is what holds now, or another publication."""
    base = base or holding(program)
    title = title.strip()[:120] or f"Draft {program.drafts.count() + 1}"
    draft = Draft.objects.create(
        program=program, base=base, title=title, begun_by=by, begun_at=at, by=by, at=at
    )
    DraftText.objects.create(draft=draft, position=0, text=text, did="begun", by=by, at=at)
    return draft


@transaction.atomic
def write_draft(*, draft: Draft, revision: int, text: str, did: str, by: str, at: int) -> Draft:
    """The draft's text from now on; steps that were undone before are gone.

    Raises ModelError for a text that can be no file of a model (too large, or with characters that cannot
    stand in one), ChangedMeanwhileError where the draft has another revision. A text with other mistakes is
    kept: somebody is still writing it.
    """
    source_of_text(text, draft.title)
    seen = current_text(draft)
    if text == seen.text and draft.revision == revision:
        return draft
    draft = _claim(draft, revision, by, at, position=F("position") + 1)
    DraftText.objects.filter(draft=draft, position__gte=draft.position).delete()
    DraftText.objects.filter(draft=draft, position__lt=draft.position - STEPS).delete()
    DraftText.objects.create(draft=draft, position=draft.position, text=text, did=did[:120], by=by, at=at)
    void_proposals(draft=draft, because=f"{by} changed the draft", at=at)
    return draft


@transaction.atomic
def step_draft(*, draft: Draft, revision: int, by_steps: int, by: str, at: int) -> Draft:
    """Undo (-1) or redo (1) one change; the draft as it is where there is none.

    Raises ChangedMeanwhileError where the draft has another revision.
    """
    if not DraftText.objects.filter(draft=draft, position=draft.position + by_steps).exists():
        return draft
    draft = _claim(draft, revision, by, at, position=F("position") + by_steps)
    void_proposals(draft=draft, because=f"{by} changed the draft", at=at)
    return draft


@transaction.atomic
def rebase_draft(*, draft: Draft, revision: int, by: str, at: int) -> Draft:
    """Hold the draft against what is published now, of which it was not begun. Its text stays."""
    draft = _claim(draft, revision, by, at, base=holding(draft.program))
    void_proposals(draft=draft, because=f"{by} held the draft against another version", at=at)
    return draft


@transaction.atomic
def close_draft(*, draft: Draft, revision: int, by: str, at: int) -> Draft:
    """Put a draft away; it can be opened again."""
    draft = _claim(draft, revision, by, at, closed_at=at)
    void_proposals(draft=draft, because=f"{by} put the draft away", at=at)
    return draft


@transaction.atomic
def reopen_draft(*, draft: Draft, by: str, at: int) -> None:
    Draft.objects.filter(pk=draft.pk).exclude(closed_at=None).update(closed_at=None, by=by, at=at)


def rename_draft(*, draft: Draft, title: str) -> None:
    if title.strip():
        Draft.objects.filter(pk=draft.pk).update(title=title.strip()[:120])


def current_text(draft: Draft) -> DraftText:
    return DraftText.objects.get(draft=draft, position=draft.position)


def reach(draft: Draft) -> tuple[bool, bool]:
    """Whether there is a change to undo, and one to redo."""
    beside = DraftText.objects.filter(draft=draft, position__in=(draft.position - 1, draft.position + 1))
    there = set(beside.values_list("position", flat=True))
    return draft.position - 1 in there, draft.position + 1 in there


def digest_of(draft: Draft, text: str) -> str:
    """What evidence is about: this very text, held against this very base."""
    base = draft.base.version if draft.base else ""
    return hashlib.sha256(f"{draft.base_id}\n{base}\n{text}".encode()).hexdigest()


def void_proposals(*, draft: Draft, because: str, at: int) -> int:
    """Whatever was put to both sides of this draft no longer counts, nor what they said to it."""
    open_ones = Proposal.objects.filter(draft=draft, voided_at=None, published_at=None)
    return open_ones.update(voided_at=at, voided_because=because[:200])


def _claim(draft: Draft, revision: int, by: str, at: int, **news: object) -> Draft:
    """The draft with `news`, one revision further; by compare-and-set."""
    standing = Draft.objects.filter(pk=draft.pk, revision=revision, closed_at=None)
    if not standing.update(revision=F("revision") + 1, by=by, at=at, **news):
        raise ChangedMeanwhileError(Draft.objects.get(pk=draft.pk))
    return Draft.objects.select_related("program", "base").get(pk=draft.pk)
