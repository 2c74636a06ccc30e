"""Where people land after signing in: the next steps, or the leads that matter."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from leadline.web.accounts.access import Right, requires
from leadline.web.capture import queries
from leadline.web.capture.installed import waiting
from leadline.web.capture.models import Source
from leadline.web.instants import now
from leadline.web.lead_pages import lists, standing
from leadline.web.leads.models import Event

BEST = 10


@require_GET
@requires(Right.SEE_LEADS)
def home(request: HttpRequest) -> HttpResponse:
    at = now()
    programs = standing.programs(at)
    judging = programs[0][0] if programs else None
    today = queries.counts_of(queries.day_of(at))
    started, has_source = Event.objects.exists(), Source.objects.exists()
    context = {
        "judging": judging,
        "lines": lists.page_of(judging, lists.Wanted(to_call=True), BEST).lines,
        "stored": sum(counts.get(queries.STORED, 0) for counts in today.values()),
        "failed": queries.open_failures().count(),
        "waiting": waiting()[0],
        "has_source": has_source,
        "started": started,
        "done": has_source and started and judging is not None,
        "now": at,
    }
    return render(request, "leadline/home.html", context)
