"""What can be written: facts, decisions, tags. Each is what a person could do on a screen."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Header, Path, Status

from leadline.web.accounts import audit
from leadline.web.accounts.access import Right
from leadline.web.api import shapes, told
from leadline.web.api.callers import needs, once, the_lead
from leadline.web.api.problems import ProblemError
from leadline.web.api.reading import PROBLEMS
from leadline.web.api.router import router as api
from leadline.web.instants import now
from leadline.web.leads.actions import tag_leads, untag_leads
from leadline.web.leads.models import Event, Span
from leadline.web.leads.owners import tags_of
from leadline.web.qualification.actions import void_event
from leadline.web.recording import Answered, record_event, record_traits

Number = Annotated[int, Path(ge=1, le=2**53 - 1)]
Repeatable = Annotated[
    str | None,
    Header(alias="Idempotency-Key", max_length=255, description="The same call with it again does nothing."),
]
DECISIONS = ("lead_accepted", "lead_rejected", "lead_recycled", "lead_disqualified", "lead_requalified")


@api.post("/leads/{number}/facts", response={201: shapes.Written, **PROBLEMS}, summary="Add facts")
@needs(Right.EDIT_LEADS)
@once
def add_facts(
    request: HttpRequest, number: Number, given: shapes.NewFacts, idempotency_key: Repeatable = None
):
    """What was learnt, or what happened, now. The lead has been judged again when the answer comes."""
    lead, by, at = the_lead(request, number), request.user.get_username(), now()
    if given.event in DECISIONS:
        raise ProblemError(422, f"`{given.event}` is a decision: post it to /leads/{number}/decisions.")
    if not given.traits and given.event is None:
        raise ProblemError(422, "Give `traits`, an `event`, or both.")
    ids: list[str] = []
    if given.traits:
        answers = [Answered(t.field, t.value or None, t.quote, t.confidence) for t in given.traits]
        if len({a.field for a in answers}) < len(answers):
            raise ProblemError(422, "A field stands twice among the traits.")
        ids += record_traits(lead=lead.id, answers=answers, by=by, at=at)
    if given.event is not None:
        ids += record_event(leads=[lead.id], event=given.event, properties=given.properties, by=by, at=at)
    return Status(201, shapes.Written(ids=ids, standings=told.standings(lead.id)))


@api.post("/leads/{number}/decisions", response={201: shapes.Written, **PROBLEMS}, summary="Decide")
@needs(Right.DECIDE)
@once
def decide(request: HttpRequest, number: Number, given: shapes.Decision, idempotency_key: Repeatable = None):
    """Accept, reject, recycle, disqualify or requalify. A rejection owes its reason."""
    lead = the_lead(request, number)
    if given.decision in ("lead_rejected", "lead_disqualified") and not given.reason.strip():
        raise ProblemError(422, f"`{given.decision}` needs a `reason`: the rules are made better by it.")
    properties = {"reason": given.reason} if given.reason else {}
    ids = record_event(
        leads=[lead.id], event=given.decision, properties=properties, by=request.user.get_username(), at=now()
    )
    return Status(201, shapes.Written(ids=ids, standings=told.standings(lead.id)))


@api.post("/leads/{number}/tags", response={200: shapes.Tags, **PROBLEMS}, summary="Change tags")
@needs(Right.EDIT_LEADS)
@once
def change_tags(
    request: HttpRequest, number: Number, given: shapes.Tagging, idempotency_key: Repeatable = None
):
    """Add some and remove some; gives those that it has then."""
    lead, by, at = the_lead(request, number), request.user.get_username(), now()
    for tag in given.add:
        tag_leads(leads=[lead.id], tag=tag, by=by, at=at)
    for tag in given.remove:
        untag_leads(leads=[lead.id], tag=tag, by=by, at=at)
    return Status(200, shapes.Tags(tags=tags_of([lead.id]).get(lead.id, [])))


@api.post("/leads/{number}/void", response={200: shapes.Written, **PROBLEMS}, summary="Void an event")
@needs(Right.VOID)
@once
def void(request: HttpRequest, number: Number, given: shapes.Voiding, idempotency_key: Repeatable = None):
    """Say that an event does not count, or that it does after all."""
    lead = the_lead(request, number)
    event = Event.objects.filter(event_id=given.event).first()
    at = event.occurred_at if event else 0
    spans = Span.objects.filter(starts__lte=at, ends__gt=at, lead_id=lead.id)
    if event is None or not spans.filter(subject_id=event.subject_id).exists():
        raise ProblemError(404, f"Lead {number} has no such event.")
    by = request.user.get_username()
    void_event(event_id=event.event_id, void=given.void, reason=given.reason or "by API", by=by, at=now())
    audit.record(request, "void" if given.void else "count again", f"event:{event.seq}")
    return Status(200, shapes.Written(ids=[event.event_id], standings=told.standings(lead.id)))
