"""A lead's page."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from leadline.web.accounts.access import Right, requires, rights_of
from leadline.web.accounts.models import User
from leadline.web.capture.models import Source
from leadline.web.instants import LATEST, now
from leadline.web.lead_pages import days, known, standing, timeline
from leadline.web.lead_pages.entering import fields_of
from leadline.web.lead_pages.pictures import course_picture
from leadline.web.lead_pages.reach import reached
from leadline.web.leads.models import Lead
from leadline.web.leads.owners import owner_of, tags_of

THEN, LINES = "then", "timeline"  # parts of the page that are fetched by themselves


@require_safe
@requires(Right.SEE_LEADS)
def lead(request: HttpRequest, number: int) -> HttpResponseBase:
    found = reached(request.user, number)
    if found is None:
        return _moved(request, number)
    part = request.headers.get("HX-Target")
    at = now()
    sources = dict(Source.objects.values_list("id", "name"))
    facts = standing.in_hand(found, sources)
    span = days.days_of(_first(found, facts), at, request.GET.get("day", ""))
    as_of = days.end_of(span.chosen) if span.chosen else at
    judged = standing.judged(found, facts, as_of, now=at)
    context: dict[str, Any] = {
        "lead": found, "now": at, "rights": {r.name for r in rights_of(request.user)},
        "days": span, "as_of": as_of, "judged": judged,
    }  # fmt: skip
    if part == LINES:
        return render(request, "leads/timeline.html", context | _lines(request, found, sources, judged))
    if part != THEN:
        context |= _lines(request, found, sources, judged) | _about(found) | _whose(found)
    model = judged[0].judging.model if judged else None
    context |= {
        "profile": known.profile(found, model, sources, as_of),
        "course": _course(judged, facts, span, at),
        "enterable": fields_of(model),
    }
    return render(request, "leads/then.html" if part == THEN else "leads/lead.html", context)


def _about(found: Lead) -> dict[str, Any]:
    ids = known.identifiers(found)
    return {"identifiers": ids, "merges": known.merges(ids)}


def _whose(found: Lead) -> dict[str, Any]:
    team = list(User.objects.filter(is_active=True).order_by("name", "email"))
    return {"owner": owner_of(found.id), "tags": tags_of([found.id]).get(found.id, []), "team": team}


def _first(found: Lead, facts: Any) -> int | None:
    """When the lead was first known: by an event, or by what was learnt of it."""
    told = [t["occurred_at"] for t in facts.traits] if facts else []
    seen = [found.first_seen] if found.first_seen is not None else []
    return min((*told, *seen), default=None)


def _course(judged: list[standing.Judged], facts: Any, span: days.Days, at: int) -> dict[str, Any] | None:
    """The picture of the first program's scores over time."""
    if not judged or facts is None or not span.any:
        return None
    instants = [min(days.end_of(day), at) for day in span.points()]
    course = standing.course(judged[0].judging, facts, instants)
    return course_picture(course, judged[0].changes) if len(course) > 1 else None


def _lines(
    request: HttpRequest, found: Lead, sources: dict[int, str], judged: list[standing.Judged]
) -> dict[str, Any]:
    given = request.GET.get
    kind = given("kind", "") if given("kind", "") in dict(timeline.KINDS) else ""
    words = given("words", "").replace("\0", "").strip()[:100]
    before = int(given("before", "")) if given("before", "").lstrip("-").isdecimal() else LATEST
    asked = timeline.Asked(kind, words, min(max(before, -LATEST), LATEST))
    lines = timeline.timeline(found, asked, sources, judged)
    return {"lines": lines, "asked": asked, "kinds": timeline.KINDS, "begun": before != LATEST}


def _moved(request: HttpRequest, number: int) -> HttpResponseBase:
    """A lead that was joined with another is found there."""
    successor = known.successor(number) if number < 2**63 else None
    if successor is None or reached(request.user, successor) is None:
        raise Http404
    return redirect("leads:page", successor)
