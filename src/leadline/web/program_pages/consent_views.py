"""A proposal: the evidence as it was frozen, what each side says to it, and publishing."""

from __future__ import annotations

import json

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from leadline.web.accounts.access import Right, may, requires
from leadline.web.accounts.audit import record
from leadline.web.instants import now
from leadline.web.program_pages.access import RIGHT_OF, sides_of
from leadline.web.program_pages.differing import changes_between, lines_between
from leadline.web.program_pages.draft_views import charts_of
from leadline.web.program_pages.showing import preview_of, tested_of
from leadline.web.qualification import consents
from leadline.web.qualification.models import Proposal
from leadline.web.qualification.programs import OvertakenError, compiled


def proposal_or_404(slug: str, number: int) -> Proposal:
    rows = Proposal.objects.select_related("draft__program", "draft__base", "preview", "backtest")
    found = rows.filter(draft__program__slug=slug, pk=number).first()
    if found is None:
        raise Http404
    return found


@require_GET
@requires(Right.SEE_LEADS, Right.SEE_NUMBERS)
def proposal(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """What both sides see before they agree: the same evidence, as it was when they were asked."""
    found = proposal_or_404(slug, number)
    draft, program = found.draft, found.draft.program
    base = draft.base.text if draft.base else ""
    new = compiled(found.text).model
    old = compiled(base).model if base else new
    given = {c.side: c for c in found.consents.all()}
    tested = tested_of(found.backtest) if found.backtest else None
    open_ = found.voided_at is None and found.published_at is None
    mine = None if any(c.user_id == request.user.pk for c in given.values()) else sides_of(request.user)
    context = {
        "proposal": found, "draft": draft, "program": program, "now": now(), "open": open_,
        "preview": preview_of(json.loads(found.preview.result), old, new, request.user), "frozen": True,
        "tested": tested, "changes": changes_between(base, found.text) if base else None,
        "lines": lines_between(base, found.text) if base else None,
        "sides": [{"side": side, "title": _title(side), "given": given.get(side),
                   "mine": open_ and side in (mine or []) and side not in given} for side in consents.SIDES],
        "agreed": mine is None, "missing": consents.missing_sides(program, found),
        "edits": may(request.user, Right.EDIT_MODEL), "whole": found.preview, **charts_of(tested),
        "says": open_ and bool(sides_of(request.user)),
    }  # fmt: skip
    return render(request, "programs/proposal.html", context)


def _title(side: str) -> str:
    return {"marketing": _("Marketing"), "sales": _("Sales")}[side]


@require_POST
@requires(Right.SEE_LEADS, Right.SEE_NUMBERS)
def say(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """Agree for a side, take it back, or say no."""
    found, at, user = proposal_or_404(slug, number), now(), request.user
    verb, side = request.POST.get("verb", ""), request.POST.get("side", "")
    if verb == "agree" and (side not in RIGHT_OF or not may(user, RIGHT_OF[side])):
        raise PermissionDenied
    if verb not in ("agree", "withdraw", "decline") or not sides_of(user):
        raise PermissionDenied
    about = f"program:{slug}"
    try:
        with transaction.atomic():
            if verb == "agree":
                consents.consent(proposal=found, side=side, user_id=user.pk, by=str(user), at=at)
                record(request, "consent", about, proposal=found.pk, side=side, version=found.version)
            elif verb == "withdraw":
                consents.withdraw(proposal=found, user_id=user.pk)
                record(request, "withdraw consent", about, proposal=found.pk)
            else:
                because = request.POST.get("because", "").replace("\0", "")
                consents.decline(proposal=found, because=because, by=str(user), at=at)
                record(request, "decline", about, proposal=found.pk)
    except consents.CannotConsentError as error:
        messages.error(request, _upper(str(error)))
    return redirect("program:proposal", slug, number)


@require_POST
@requires(Right.EDIT_MODEL)
def publish(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """Let it hold from now on."""
    found, at = proposal_or_404(slug, number), now()
    note = request.POST.get("note", "").replace("\0", "").strip()[:500]
    try:
        with transaction.atomic():
            made = consents.publish_proposal(proposal=found, by=str(request.user), at=at, note=note)
            record(
                request, "publish", f"program:{slug}", publication=made.pk, version=made.version,
                proposal=found.pk, how=made.how,
            )  # fmt: skip
    except (consents.CannotConsentError, OvertakenError) as error:
        messages.error(request, _upper(str(error)))
        return redirect("program:proposal", slug, number)
    told = _(
        "Version %(version)s holds. Everybody is judged anew; nothing that lies before now has an effect."
    )
    messages.success(request, told % {"version": made.version})
    return redirect("program:page", slug)


def _upper(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
