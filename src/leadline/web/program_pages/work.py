"""The work that programs give to the worker: trying a draft on everybody and on the past."""

from __future__ import annotations

import json
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from leadline.model import ModelError
from leadline.web import jobs
from leadline.web.program_pages.trying import Pending, Told, try_on_all, try_on_the_past
from leadline.web.qualification.consents import CannotConsentError, evidence_of, propose
from leadline.web.qualification.drafts import current_text, digest_of
from leadline.web.qualification.models import Draft, Evidence
from leadline.web.qualification.predicting import judging

EVIDENCE = "program evidence"


@jobs.work(EVIDENCE)
def gather(progress: jobs.Progress) -> dict[str, Any]:
    """Try a draft as its payload says, keep what was found, and put it to both sides where that is asked.

    `payload`: draft, digest (of the text that it is about), kinds (preview, backtest), propose, by.
    """
    asked = progress.payload
    draft = Draft.objects.select_related("program", "base").get(pk=asked["draft"])
    text = current_text(draft).text
    if digest_of(draft, text) != asked["digest"]:
        raise jobs.CannotDoError(_("The draft was changed meanwhile: try it again as it is now."))
    try:
        pending = pending_of(draft, text)
        for kind in asked["kinds"]:
            if kind not in evidence_of(draft, asked["digest"]):
                _find(kind, draft, pending, asked["digest"], progress)
        if asked["propose"]:
            made = propose(draft=draft, digest=asked["digest"], by=asked["by"], at=progress.at)
            url = reverse("program:proposal", args=[draft.program.slug, made.pk])
            return {"url": url, "label": _("To the consent of both sides")}
    except ModelError as error:
        raise jobs.CannotDoError(str(error.problems[0])) from None
    except CannotConsentError as error:
        raise jobs.CannotDoError(str(error)) from None
    url = reverse("program:evidence", args=[draft.program.slug, draft.pk])
    return {"url": url, "label": _("See what it would do"), "part": True}


def pending_of(draft: Draft, text: str) -> Pending:
    """The draft's model and the one that it is held against. Raises ModelError.

    Both with the probabilities of the program's predictor, where it was learned by rules like theirs.
    """
    old = judging(draft.base.text, draft.program).model if draft.base else None
    return Pending(draft.program, old, judging(text, draft.program).model)


def _find(kind: str, draft: Draft, pending: Pending, digest: str, progress: jobs.Progress) -> None:
    told: Told = lambda done, of, said: progress.step(done, of, said)  # noqa: E731
    if kind == Evidence.PREVIEW:
        result, page = try_on_all(pending, at=progress.at, told=told), ""
    else:
        result, page = _backtest(pending, progress.at, told)
    with transaction.atomic():
        Evidence.objects.create(
            draft=draft, kind=kind, digest=digest, at=progress.at, result=json.dumps(result), page=page
        )


def _backtest(pending: Pending, at: int, told: Told) -> tuple[dict[str, Any], str]:
    """What the backtest found, and its page; where there is nothing to try, the reason."""
    if pending.old is None:
        return {"cannot": _("There is no published model yet to hold the draft against.")}, ""
    try:
        found = try_on_the_past(pending, at=at, told=told)
    except ValueError as error:
        return {"cannot": str(error)}, ""
    data = found.as_dict()
    del data["movers"]  # the preview tells who moves, as of now and with their names
    return data, found.to_html()
