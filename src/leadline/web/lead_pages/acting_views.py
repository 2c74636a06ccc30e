"""What is done from a lead's page. Each act says what it did, and most can be taken back."""

from __future__ import annotations

import json
from urllib.parse import urlsplit
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import Resolver404, resolve, reverse
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from leadline.model.shape import spoken
from leadline.web.accounts import audit
from leadline.web.accounts.access import Right, requires
from leadline.web.accounts.models import User
from leadline.web.instants import now
from leadline.web.lead_pages.entering import Decided, Joined, Learnt, Noted
from leadline.web.lead_pages.reach import reached
from leadline.web.lead_pages.standing import programs
from leadline.web.lead_pages.timeline import NOTE
from leadline.web.leads.actions import (
    CannotTagError,
    NothingToUndoError,
    assign_leads,
    tag_leads,
    undo_acts,
    untag_leads,
)
from leadline.web.leads.models import Act, Event, Lead, Merge, Span
from leadline.web.operations import undo
from leadline.web.qualification.actions import CannotMergeError, merge_leads, take_back_merge, void_event
from leadline.web.recording import Answered, record_event, record_traits


@require_POST
@requires(Right.EDIT_LEADS)
def learn(request: HttpRequest, number: int) -> HttpResponseBase:
    """Answer a criterion, or fill in a field."""
    lead, at = _the(request, number), now()
    found = programs(at)
    entered = Learnt(request.POST, model=found[0][0].model if found else None)
    if not entered.is_valid():
        return _refused(request, lead, entered)
    given = entered.cleaned_data
    sure = given["confidence"] / 100 if given["confidence"] else None
    answer = Answered(given["field"], given["value"] or None, given["quote"] or None, sure)
    ids = record_traits(lead=lead.id, answers=[answer], by=request.user.get_username(), at=at)
    undo.offer(request, _("Written down; the lead has been judged again."), _void_url(lead, ids[0]))
    return _back(lead)


@require_POST
@requires(Right.EDIT_LEADS)
def note(request: HttpRequest, number: int) -> HttpResponseBase:
    lead = _the(request, number)
    entered = Noted(request.POST)
    if not entered.is_valid():
        return _refused(request, lead, entered)
    ids = _say(request, lead, NOTE, {"text": entered.cleaned_data["text"]})
    undo.offer(request, _("The note is there."), _void_url(lead, ids[0]))
    return _back(lead)


@require_POST
@requires(Right.DECIDE)
def decide(request: HttpRequest, number: int) -> HttpResponseBase:
    """Accept, reject, recycle, disqualify, requalify."""
    lead = _the(request, number)
    entered = Decided(request.POST)
    if not entered.is_valid():
        return _refused(request, lead, entered)
    event, reason = entered.cleaned_data["event"], entered.cleaned_data["reason"]
    ids = _say(request, lead, event, {"reason": reason} if reason else {})
    said = _("%(decision)s: written down.") % {"decision": spoken(event)}
    undo.offer(request, said, _void_url(lead, ids[0]))
    return _back(lead)


@require_POST
@requires(Right.EDIT_LEADS)
def take_back(request: HttpRequest, number: int, code: str) -> HttpResponseBase:
    """Take back what one has said oneself: a note, a decision, what was learnt."""
    lead, event = _the(request, number), _event(number, code)
    own = _said_by(event) == request.user.get_username()
    if not own:
        raise Http404
    void_event(
        event_id=event.event_id, void=True, reason="taken back", by=request.user.get_username(), at=now()
    )
    messages.success(request, _("Taken back; the lead has been judged again."))
    return _back(lead)


@require_POST
@requires(Right.VOID)
def void(request: HttpRequest, number: int, code: str) -> HttpResponseBase:
    """Say that an event does not count."""
    lead, event = _the(request, number), _event(number, code)
    _give_verdict(request, event, void=True)
    undo.offer(
        request,
        _("It does not count any more; the lead has been judged again."),
        _count_url(lead, event.event_id),
    )
    return _back(lead)


@require_POST
@requires(Right.VOID)
def count(request: HttpRequest, number: int, code: str) -> HttpResponseBase:
    """Say that an event counts after all."""
    lead, event = _the(request, number), _event(number, code)
    _give_verdict(request, event, void=False)
    messages.success(request, _("It counts again; the lead has been judged again."))
    return _back(lead)


@require_POST
@requires(Right.ASSIGN)
def assign(request: HttpRequest, number: int) -> HttpResponseBase:
    """Make somebody of the team the owner, or nobody."""
    lead = _the(request, number)
    text = request.POST.get("to", "")
    owner = User.objects.filter(pk=int(text), is_active=True).first() if text.isdecimal() else None
    if text and owner is None:
        messages.error(request, _("There is nobody of that name in the team: choose one of the list."))
        return _back(lead)
    to = owner.pk if owner else None
    done = assign_leads(leads=[lead.id], to=to, by=request.user.get_username(), at=now())
    said = _("It belongs to %(owner)s now.") % {"owner": owner} if owner else _("It belongs to nobody now.")
    undo.offer(request, said, reverse("leads:undo", args=[lead.id, done.batch]))
    return redirect("leads:list") if reached(request.user, lead.id) is None else _back(lead)


@require_POST
@requires(Right.EDIT_LEADS)
def tag(request: HttpRequest, number: int) -> HttpResponseBase:
    """Put a tag on, or take one off."""
    lead, by, at = _the(request, number), request.user.get_username(), now()
    off = request.POST.get("off", "")
    try:
        if off:
            done, said = untag_leads(leads=[lead.id], tag=off, by=by, at=at), _("The tag is off.")
        else:
            done = tag_leads(leads=[lead.id], tag=request.POST.get("tag", ""), by=by, at=at)
            said = _("The tag is on.")
    except CannotTagError as error:
        messages.error(request, str(error))
        return _back(lead)
    undo.offer(request, said, reverse("leads:undo", args=[lead.id, done.batch]))
    return _back(lead)


@require_POST
@requires(Right.EDIT_LEADS)
def undo_act(request: HttpRequest, number: int, batch: UUID) -> HttpResponseBase:
    """Undo what one has done oneself with this lead: its owner, a tag."""
    lead = _the(request, number)
    own = Act.objects.filter(batch=batch, by=request.user.get_username())
    if set(own.values_list("lead_id", flat=True)) != {lead.id}:
        raise Http404
    try:
        undo_acts(batch=batch, by=request.user.get_username(), at=now())
    except NothingToUndoError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Undone."))
    return _back(lead)


@require_POST
@requires(Right.MERGE)
def merge(request: HttpRequest, number: int) -> HttpResponseBase:
    """Make this lead and another one: the other's facts are this one's."""
    lead = _the(request, number)
    entered = Joined(request.POST)
    if not entered.is_valid():
        return _refused(request, lead, entered)
    other = _other(request, entered.cleaned_data["other"])
    if other is None:
        messages.error(
            request,
            _("There is no such lead: give the other lead's e-mail, its number or its page's address."),
        )
        return _back(lead)
    try:
        made = merge_leads(loser=other.id, winner=lead.id, by=request.user.get_username(), at=now())
    except CannotMergeError as error:
        messages.error(request, str(error))
        return _back(lead)
    audit.record(request, "merge", f"lead:{lead.id}", other=other.id, merge=made.id)
    undo.offer(
        request, _("%(other)s is this lead now.") % {"other": other}, reverse("leads:unmerge", args=[made.id])
    )
    return _back(lead)


@require_POST
@requires(Right.MERGE)
def unmerge(request: HttpRequest, number: int) -> HttpResponseBase:
    """Two leads again, each with its own facts, also those that came since."""
    made = get_object_or_404(Merge, pk=number)
    span = Span.objects.filter(subject_id=made.winner_id).order_by("-starts").first()
    lead = _the(request, span.lead_id if span else made.winner_id)
    try:
        take_back_merge(merge=made, by=request.user.get_username(), at=now())
    except CannotMergeError as error:
        messages.error(request, str(error))
        return _back(lead)
    audit.record(request, "take back merge", f"lead:{lead.id}", other=made.loser_id, merge=made.id)
    messages.success(request, _("They are two leads again."))
    return _back(lead)


def _the(request: HttpRequest, number: int) -> Lead:
    found = reached(request.user, number)
    if found is None:
        raise Http404
    return found


def _say(request: HttpRequest, lead: Lead, event: str, properties: dict[str, str]) -> list[str]:
    by = request.user.get_username()
    return record_event(leads=[lead.id], event=event, properties=properties, by=by, at=now())


def _event(number: int, code: str) -> Event:
    """The event of that code, if it is the lead's."""
    try:
        event_id = urlsafe_base64_decode(code).decode()
    except (ValueError, UnicodeDecodeError):
        raise Http404 from None
    if "\0" in event_id:  # PostgreSQL keeps none, and would rather fail than find nothing
        raise Http404
    event = get_object_or_404(Event, event_id=event_id)
    at = event.occurred_at
    spans = Span.objects.filter(subject_id=event.subject_id, starts__lte=at, ends__gt=at, lead_id=number)
    if not spans.exists():
        raise Http404
    return event


def _said_by(event: Event) -> str:
    return str(json.loads(event.context).get("by") or "")


def _give_verdict(request: HttpRequest, event: Event, *, void: bool) -> None:
    by = request.user.get_username()
    void_event(event_id=event.event_id, void=void, reason="by hand", by=by, at=now())
    audit.record(request, "void" if void else "count again", f"event:{event.seq}")


def _void_url(lead: Lead, event_id: str) -> str:
    return reverse("leads:take-back", args=[lead.id, urlsafe_base64_encode(event_id.encode())])


def _count_url(lead: Lead, event_id: str) -> str:
    return reverse("leads:count", args=[lead.id, urlsafe_base64_encode(event_id.encode())])


def _other(request: HttpRequest, text: str) -> Lead | None:
    """A lead by its number, its page's address or its e-mail."""
    text = text.strip()
    if "/" in text:
        try:
            text = str(resolve(urlsplit(text).path).kwargs.get("number", ""))
        except (Resolver404, ValueError):
            return None
    if text.isascii() and text.isdigit():
        return reached(request.user, int(text))
    found = list(Lead.objects.filter(email=text.lower())[:2])
    return reached(request.user, found[0].id) if len(found) == 1 else None


def _refused(request: HttpRequest, lead: Lead, entered) -> HttpResponseBase:
    for faults in entered.errors.values():
        for fault in faults:
            messages.error(request, fault)
    return _back(lead)


def _back(lead: Lead) -> HttpResponseBase:
    return redirect("leads:page", lead.id)
