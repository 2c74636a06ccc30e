"""Consent: a model is put to marketing and to sales with what it would do, and published once both agree."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from leadline.web.leads.turn import take_turn
from leadline.web.qualification.drafts import current_text, digest_of, void_proposals
from leadline.web.qualification.models import Consent, Draft, Evidence, Program, Proposal, Publication
from leadline.web.qualification.programs import compiled, publish

SIDES = (Consent.MARKETING, Consent.SALES)


class CannotConsentError(ValueError):
    """What was asked for cannot be agreed to, or not by this person; the message says why."""


def evidence_of(draft: Draft, digest: str) -> dict[str, Evidence]:
    """The latest of each kind about exactly this text and base."""
    return {e.kind: e for e in Evidence.objects.filter(draft=draft, digest=digest).order_by("id")}


@transaction.atomic
def propose(*, draft: Draft, digest: str, by: str, at: int) -> Proposal:
    """Put the draft's text to both sides, with the evidence that there is of it.

    Raises CannotConsentError where the draft is another one by now, or nobody has looked at what it would do;
    ModelError where it is no model.
    """
    take_turn()
    draft = Draft.objects.select_related("program", "base").get(pk=draft.pk)
    text = current_text(draft).text
    if draft.closed_at is not None or digest_of(draft, text) != digest:
        raise CannotConsentError("the draft was changed meanwhile: see what it would do now, and ask again")
    model = compiled(text).model
    if draft.base is not None and draft.base.version == model.version:
        raise CannotConsentError("the draft means what is published already: there is nothing to agree to")
    found = evidence_of(draft, digest)
    if Evidence.PREVIEW not in found:
        raise CannotConsentError("nobody has seen whom it would move: let it be tried on all leads first")
    void_proposals(draft=draft, because="asked again", at=at)
    return Proposal.objects.create(
        draft=draft, text=text, version=model.version, digest=digest, preview=found[Evidence.PREVIEW],
        backtest=found.get(Evidence.BACKTEST), by=by, at=at,
    )  # fmt: skip


@transaction.atomic
def consent(*, proposal: Proposal, side: str, user_id: int, by: str, at: int) -> Consent:
    """One person agrees for one side.

    Raises CannotConsentError where the proposal is void, the side has agreed, or this person spoke for the
    other one.
    """
    take_turn()
    _check_open(proposal)
    if proposal.consents.filter(user_id=user_id).exists():
        raise CannotConsentError("you have agreed already: the other side is another person's to speak for")
    try:
        with transaction.atomic():
            return Consent.objects.create(proposal=proposal, side=side, user_id=user_id, by=by, at=at)
    except IntegrityError:
        raise CannotConsentError(f"somebody has agreed for {side} already") from None


@transaction.atomic
def withdraw(*, proposal: Proposal, user_id: int) -> bool:
    """Take one's consent back, as long as the model is not published."""
    take_turn()
    _check_open(proposal)
    return bool(proposal.consents.filter(user_id=user_id).delete()[0])


@transaction.atomic
def decline(*, proposal: Proposal, because: str, by: str, at: int) -> None:
    """Say no, and why: the draft goes back to those who write it."""
    take_turn()
    _check_open(proposal)
    void_proposals(
        draft=proposal.draft, because=f"{by} declined: {because.strip() or 'no reason given'}", at=at
    )


@transaction.atomic
def publish_proposal(*, proposal: Proposal, by: str, at: int, note: str = "") -> Publication:
    """Publish what both sides agreed to, as long as nothing else was published meanwhile.

    Raises CannotConsentError where consent is missing, OvertakenError where another model was published.
    """
    take_turn()
    _check_open(proposal)
    draft = Draft.objects.select_related("program", "base").get(pk=proposal.draft_id)
    missing = missing_sides(draft.program, proposal)
    if missing:
        raise CannotConsentError(f"the consent of {' and of '.join(missing)} is missing")
    agreed = {c.side for c in proposal.consents.all()} >= set(SIDES)
    made = publish(
        program=draft.program, text=proposal.text, by=by, at=at, note=note[:500], proposal=proposal,
        how=Publication.CONSENT if agreed else Publication.WAIVED, replaces=draft.base,
    )  # fmt: skip
    Proposal.objects.filter(pk=proposal.pk).update(published_at=at)
    Draft.objects.filter(pk=draft.pk).update(closed_at=at, by=by, at=at)
    return made


def missing_sides(program: Program, proposal: Proposal) -> list[str]:
    """Whose consent is still needed."""
    given = {c.side for c in proposal.consents.all()}
    people = {c.user_id for c in proposal.consents.all()}
    if not program.needs_consent:
        return []
    missing = [side for side in SIDES if side not in given]
    return missing if missing or len(people) >= len(SIDES) else [Consent.SALES]


def open_proposal(draft: Draft) -> Proposal | None:
    """What was put to both sides of this draft and still counts."""
    return draft.proposals.filter(voided_at=None, published_at=None).order_by("-id").first()


def _check_open(proposal: Proposal) -> None:
    found = Proposal.objects.get(pk=proposal.pk)
    if found.published_at is not None:
        raise CannotConsentError("this was published already")
    if found.voided_at is not None:
        raise CannotConsentError(
            f"this no longer counts: {found.voided_because}; look at the draft as it is now"
        )
