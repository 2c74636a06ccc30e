"""The page on which everybody lands."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from leadline.web.accounts.access import Right, may, requires
from leadline.web.board.judging import Judging
from leadline.web.capture.models import Source
from leadline.web.instants import now
from leadline.web.lead_pages import standing
from leadline.web.lead_pages.listing import best
from leadline.web.leads.models import Event
from leadline.web.today import moved, rises
from leadline.web.today.wants import wants_of

BEST = 10


@require_GET
@requires(Right.SEE_LEADS)
def home(request: HttpRequest) -> HttpResponse:
    """What wants doing, who rose, who is worth a call, the numbers that moved; or the first steps."""
    at = now()
    programs = standing.programs(at)
    judging = programs[0][0] if programs else None
    user = request.user
    has_source, started = Source.objects.exists(), Event.objects.exists()
    context = {
        "now": at,
        "judging": judging,
        "has_source": has_source,
        "started": started,
        "done": has_source and started and judging is not None,
        "may_capture": may(user, Right.CAPTURE),
        "wants": wants_of(request, at),
        "numbers": moved.numbers(user, judging, at) if started and may(user, Right.SEE_NUMBERS) else [],
        **_leads(request, judging, at),
    }
    return render(request, "today/today.html", context)


def _leads(request: HttpRequest, judging: Judging | None, at: int) -> dict[str, object]:
    lines, shown = best(judging, request.user, at, BEST)
    if judging is None:
        return {"lines": lines, "shown": shown}
    found, number = rises.rises(request.user, judging, at)
    return {"lines": lines, "shown": shown, "rises": found, "rose": number, "since": rises.since(at)}
