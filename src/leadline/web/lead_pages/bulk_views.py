"""Acts on many leads: those that were ticked, or all that fit to what is seen."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from leadline.web import jobs
from leadline.web.accounts import audit
from leadline.web.accounts.access import Right, may, requires
from leadline.web.accounts.models import User
from leadline.web.instants import now
from leadline.web.jobs.access import jobs_seen
from leadline.web.lead_pages import listing, work
from leadline.web.lead_pages.bulk import RECYCLE, RIGHTS, WORDS, Bulk, undo_piece
from leadline.web.lead_pages.views import asked_of
from leadline.web.leads.actions import ASSIGN, TAG, UNTAG, CannotTagError, NothingToUndoError, tag_text
from leadline.web.leads.models import Act
from leadline.web.leads.templatetags.shown import count
from leadline.web.operations import undo

AT_ONCE = 1_000  # leads done while one waits; more are a job
MOST_TICKED = 5_000
SHOWN = 100
LONGEST_REASON = 500


class CannotActError(ValueError):
    """What cannot be done, in words for the person who asked."""


@require_POST
@requires(Right.BULK)
def act(request: HttpRequest) -> HttpResponseBase:
    """Tag, untag, assign, recycle or void: `lead` (several) or `all` of the list that `query` describes."""
    verb = request.POST.get("verb", "")
    if verb in RIGHTS and not may(request.user, RIGHTS[verb]):
        raise PermissionDenied
    query = request.POST.get("query", "")
    back = reverse("leads:list") + (f"?{query}" if query else "")
    at = now()
    try:
        bulk = Bulk(verb, _given(request, verb), uuid.uuid4(), request.user.get_username())
        leads = _chosen(request, query, at)
    except (CannotActError, CannotTagError, listing.CannotListError) as error:
        messages.error(request, str(error))
        return redirect(_local(back))
    if len(leads) > AT_ONCE:
        return _begun(request, bulk, leads, at)
    try:
        done = bulk.do(leads, at)
    except CannotTagError as error:
        messages.error(request, str(error))
        return redirect(_local(back))
    audit.record(
        request, verb, f"batch:{bulk.batch}", leads=len(leads), changed=done, by_filter=_by_filter(request)
    )
    if done:
        undo.offer(request, _said(verb, done), reverse("leads:undo", args=[bulk.batch]))
    else:
        messages.info(request, _("Nothing to change: all of them were so already."))
    return redirect(_local(back))


def _local(address: str) -> str:
    """The list's own address, whatever was sent along."""
    path, _sep, query = address.partition("?")
    return f"{path}?{QueryDict(query).urlencode()}" if query else path


def _begun(request: HttpRequest, bulk: Bulk, leads: list[int], at: int) -> HttpResponseBase:
    payload = {
        "verb": bulk.verb, "given": dict(bulk.given), "batch": str(bulk.batch), "by": bulk.by, "leads": leads,
    }  # fmt: skip
    audit.record(
        request, bulk.verb, f"batch:{bulk.batch}", leads=len(leads), by_filter=_by_filter(request), job=True
    )
    job = jobs.start(work.BULK, payload, by=request.user, at=at)
    return redirect(f"{reverse('leads:act', args=[bulk.batch])}?job={job.id}")


def _by_filter(request: HttpRequest) -> bool:
    return request.POST.get("all") == "1"


def _given(request: HttpRequest, verb: str) -> dict[str, Any]:
    """What an act needs. Raises CannotActError, CannotTagError."""
    given = request.POST.get
    if verb not in RIGHTS:
        raise CannotActError(_("Choose what to do with the leads: tag, untag, assign, recycle or void."))
    if verb in (TAG, UNTAG):
        return {"tag": tag_text(given("tag", ""))}
    if verb == ASSIGN:
        return {"to": _owner(given("to", ""))}
    return {"reason": given("reason", "").strip()[:LONGEST_REASON]} if verb == RECYCLE else {}


def _owner(text: str) -> int | None:
    if text == "none":
        return None
    found = (
        User.objects.filter(pk=int(text), is_active=True).first()
        if text.isascii() and text.isdigit()
        else None
    )
    if found is None:
        raise CannotActError(_("Choose to whom the leads go."))
    return found.pk


def _chosen(request: HttpRequest, query: str, at: int) -> list[int]:
    """The leads, of those that somebody sees. Raises CannotActError, CannotListError."""
    if _by_filter(request):
        asked, judging, _found = asked_of(QueryDict(query), at)
        if asked.unread:
            told = {"unread": ", ".join(asked.unread)}
            raise CannotActError(
                _("Part of the filter is not understood, so nothing was done: %(unread)s") % told
            )
        leads = listing.all_of(asked, judging, request.user, at)
    else:
        ticked = {
            int(n)
            for n in request.POST.getlist("lead")[:MOST_TICKED]
            if n.isascii() and n.isdigit() and len(n) < 19
        }
        leads = listing.seen_of(ticked, request.user, at)
    if not leads:
        raise CannotActError(_("No lead is chosen: tick some, or choose all that fit."))
    return leads


def _said(verb: str, number: int) -> str:
    told = {"number": count(number), "done": WORDS[verb]}
    return ngettext("%(number)s lead is %(done)s.", "%(number)s leads are %(done)s.", number) % told


@require_GET
@requires(Right.BULK)
def done(request: HttpRequest, batch: uuid.UUID) -> HttpResponseBase:
    """What an act changed, with the button that undoes it."""
    acts = Act.objects.filter(batch=batch).order_by("id")
    first = acts.first()
    job = _job(request)
    if first is None and job is None:
        raise Http404
    seen = listing.seen_of(acts.values_list("lead_id", flat=True), request.user, now()) if first else []
    context = {
        "batch": batch, "first": first, "job": job, "verb": WORDS.get(first.verb) if first else "",
        "number": len(seen), "undone": acts.exclude(undone_at=None).count(),
        "lines": listing.lines_of(seen[:SHOWN], None, [], now()), "most": SHOWN,
    }  # fmt: skip
    return render(request, "leads/act.html", context)


def _job(request: HttpRequest) -> Any:
    try:
        number = uuid.UUID(request.GET.get("job", ""))
    except ValueError:
        return None
    return jobs_seen(request.user).filter(pk=number).first()


@require_POST
@requires(Right.BULK)
def undo_act(request: HttpRequest, batch: uuid.UUID) -> HttpResponseBase:
    """Take an act back: one's own, or as an admin anybody's."""
    acts = Act.objects.filter(batch=batch)
    first = acts.first()
    if first is None or (first.by != request.user.get_username() and not may(request.user, Right.PEOPLE)):
        raise Http404
    if not may(request.user, RIGHTS.get(first.verb, Right.BULK)):
        raise PermissionDenied
    number = acts.filter(undone_at=None).count()
    audit.record(request, "undo", f"batch:{batch}", leads=number)
    if number > AT_ONCE:
        job = jobs.start(
            work.UNDO, {"batch": str(batch), "by": request.user.get_username()}, by=request.user, at=now()
        )
        return redirect(f"{reverse('leads:act', args=[batch])}?job={job.id}")
    try:
        while True:
            undo_piece(batch, request.user.get_username(), now())
    except NothingToUndoError as error:
        if not number:
            messages.error(request, str(error))
            return redirect("leads:list")
    messages.success(request, _("It is as it was before."))
    return redirect("leads:list")
