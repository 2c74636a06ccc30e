"""Segments: read, written with the rights that their pages ask for, their leads, and how many there were."""

from datetime import date
from typing import Annotated, Any

from django.db import transaction
from django.http import Http404, HttpRequest
from ninja import Query, Status

from leadline.model.conditions import ConditionError
from leadline.model.words import condition_words
from leadline.web.accounts import audit
from leadline.web.accounts.access import Right, owners_seen
from leadline.web.api import shapes, told
from leadline.web.api.callers import needs, once
from leadline.web.api.pages import cursor_of, place_of
from leadline.web.api.problems import ProblemError
from leadline.web.api.reading import PROBLEMS, Cursor, Limit, Number
from leadline.web.api.router import router as api
from leadline.web.api.writing import Repeatable
from leadline.web.board import filters, table
from leadline.web.board.judging import Judging, judgings
from leadline.web.board.keeping import NameTakenError, keep_segment, remove_segment
from leadline.web.board.models import Segment, SegmentCount
from leadline.web.board.segments import read_condition, where_of
from leadline.web.instants import now
from leadline.web.leads.models import Lead


@api.get("/segments", response={200: shapes.Segments, **PROBLEMS}, summary="Segments, by number")
@needs(Right.SEE_LEADS)
def all_segments(request: HttpRequest, cursor: Cursor | None = None, limit: Limit = 100):
    """Each with its condition; how many leads are in one is told where that one is asked for."""
    after = place_of(cursor, int) or (0,)
    rows = Segment.objects.filter(removed_at=None, id__gt=after[0]).select_related("program")
    found = list(rows.order_by("id")[: limit + 1])
    more = cursor_of(found[limit - 1].id) if len(found) > limit else None
    return {"segments": [_told(row) for row in found[:limit]], "next": more}


@api.get("/segments/{number}", response={200: shapes.CountedSegment, **PROBLEMS}, summary="One segment")
@needs(Right.SEE_LEADS)
def one_segment(request: HttpRequest, number: Number):
    """With the number of leads in it now, of those that the caller may see."""
    return _counted(request, _the_segment(number))


@api.post("/segments", response={201: shapes.CountedSegment, **PROBLEMS}, summary="Write a segment")
@needs(Right.EDIT_LEADS)
@once
def new_segment(request: HttpRequest, given: shapes.NewSegment, idempotency_key: Repeatable = None):
    """A condition that does not read is refused, with every fault and its place in `errors`."""
    return Status(201, shapes.CountedSegment(**_kept(request, given, None)))


@api.put("/segments/{number}", response={200: shapes.CountedSegment, **PROBLEMS}, summary="Change a segment")
@needs(Right.EDIT_LEADS)
@once
def change_segment(
    request: HttpRequest, number: Number, given: shapes.NewSegment, idempotency_key: Repeatable = None
):
    """Another name, condition or program; its history of counts stays."""
    return Status(200, shapes.CountedSegment(**_kept(request, given, _the_segment(number))))


@api.delete("/segments/{number}", response={204: None, **PROBLEMS}, summary="Remove a segment")
@needs(Right.EDIT_LEADS)
def drop_segment(request: HttpRequest, number: Number):
    """Its leads stay as they are."""
    segment = _the_segment(number)
    with transaction.atomic():
        remove_segment(segment=segment, at=now())
        audit.record(request, "remove segment", f"segment:{segment.pk}")
    return Status(204, None)


@api.get("/segments/{number}/leads", response={200: shapes.Leads, **PROBLEMS}, summary="Its leads, by number")
@needs(Right.SEE_LEADS)
def segment_leads(request: HttpRequest, number: Number, cursor: Cursor | None = None, limit: Limit = 100):
    """Those for which its condition holds at the instant of the call, page by page."""
    after, at = place_of(cursor, int) or (0,), now()
    segment = _the_segment(number)
    try:
        judging = _judging(segment, at)
        where = where_of(segment, judging)
    except ConditionError as error:
        raise ProblemError(409, f"The condition does not read by the model that holds now: {error}") from None
    ids = table.first_ids(
        judging, where, now=at, scope=owners_seen(request.user), limit=limit + 1, after=after[0]
    )
    rows = Lead.objects.in_bulk(ids[:limit])
    more = cursor_of(ids[limit - 1]) if len(ids) > limit else None
    return {"leads": [told.lead(rows[i]) for i in ids[:limit] if i in rows], "next": more}


@api.get(
    "/segments/{number}/counts", response={200: shapes.SegmentCounts, **PROBLEMS}, summary="Its number by day"
)
@needs(Right.SEE_LEADS)
def segment_counts(
    request: HttpRequest,
    number: Number,
    since: date | None = None,
    cursor: Cursor | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 366,
):
    """One number a day (UTC) of all leads, the oldest first; for keys that see all leads."""
    segment = _the_segment(number)
    if owners_seen(request.user) is not None:
        raise ProblemError(403, "These numbers are of all leads, and this key sees a part of them.")
    rows = SegmentCount.objects.filter(segment=segment)
    if since is not None:
        rows = rows.filter(day__gte=since)
    if after := place_of(cursor, int):
        rows = rows.filter(day__gt=_day(after[0]))
    found = list(rows.order_by("day")[: limit + 1])
    more = cursor_of(found[limit - 1].day.toordinal()) if len(found) > limit else None
    return {"counts": [{"day": c.day, "leads": c.leads} for c in found[:limit]], "next": more}


def _day(ordinal: int) -> date:
    if not 1 <= ordinal <= date.max.toordinal():
        raise ProblemError(422, "This cursor is none of ours: begin without one.")
    return date.fromordinal(ordinal)


def _the_segment(number: int) -> Segment:
    found = Segment.objects.select_related("program").filter(pk=number, removed_at=None).first()
    if found is None:
        raise Http404(f"There is no segment {number}.")
    return found


def _judging(segment: Segment, at: int) -> Judging:
    found = next((j for j in judgings(at) if j.program.id == segment.program_id), None)
    if found is None:
        raise ProblemError(409, f"Its program `{segment.program.slug}` judges nobody at present.")
    return found


def _told(segment: Segment) -> dict[str, Any]:
    return {
        "id": segment.pk, "name": segment.name, "program": segment.program.slug,
        "condition": segment.condition, "by": segment.by, "at": told.when(segment.at),
    }  # fmt: skip


def _counted(request: HttpRequest, segment: Segment) -> dict[str, Any]:
    """A segment with its number now, or why there is none."""
    at, leads, words, fault = now(), None, "", None
    try:
        judging = _judging(segment, at)
        tree = read_condition(judging.model, segment.condition)
        leads = table.count(judging, filters.holds(tree), now=at, scope=owners_seen(request.user))
        words = _words(tree, judging)
    except (ProblemError, ConditionError) as error:
        fault = str(error)
    return {**_told(segment), "leads": leads, "words": words, "fault": fault}


def _words(tree: Any, judging: Judging) -> str:
    try:
        return condition_words(tree, judging.model)
    except (KeyError, ValueError, TypeError):  # the model has no words for it
        return ""


def _kept(request: HttpRequest, given: shapes.NewSegment, segment: Segment | None) -> dict[str, Any]:
    at = now()
    found = judgings(at)
    slug = given.program or (segment.program.slug if segment else "")
    judging = next((j for j in found if slug in ("", j.program.slug)), None)
    if judging is None:
        known = ", ".join(f"`{j.program.slug}`" for j in found) or "none: publish a model first"
        raise ProblemError(422, f"There is no program `{slug}` that judges leads. There are: {known}.")
    try:
        kept = keep_segment(
            segment=segment, name=" ".join(given.name.split()), condition=given.condition.strip(),
            judging=judging, by=request.user.get_username(), at=at,
        )  # fmt: skip
    except ConditionError as error:
        faults = [
            {"at": ["body", "given", "condition", str(f.offset)], "detail": f.message} for f in error.faults
        ]
        raise ProblemError(422, "The condition does not read: see `errors`.", errors=faults) from None
    except NameTakenError as error:
        said = str(error)
        raise ProblemError(422, f"{said[0].upper()}{said[1:]}.") from None
    audit.record(request, "segment", f"segment:{kept.pk}", program=judging.program.slug)
    return _counted(request, kept)
