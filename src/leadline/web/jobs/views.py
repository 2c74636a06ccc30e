"""A job on its own page, as a part of another page, and its Cancel button."""

from __future__ import annotations

from urllib.parse import urlsplit
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from leadline.web.accounts.access import requires
from leadline.web.instants import now
from leadline.web.jobs.access import jobs_seen
from leadline.web.jobs.actions import cancel_job
from leadline.web.jobs.models import Job


@require_GET
@requires()
def page(request: HttpRequest, job: UUID) -> HttpResponseBase:
    """The job alone; without script it looks again by itself. Once it is done, its result takes its place."""
    found = _seen(request, job)
    if found.goes_to:
        return redirect(found.goes_to)
    return _kept_by_nobody(render(request, "jobs/page.html", {"job": found}))


@require_GET
@requires()
def part(request: HttpRequest, job: UUID) -> HttpResponse:
    """How far it is, for a page to look again; a page that waits for its end hears `jobs:ended`."""
    found = _seen(request, job)
    answer = _kept_by_nobody(render(request, "jobs/progress.html", {"job": found}))
    if found.ended:
        answer["HX-Trigger"] = "jobs:ended"
        if found.goes_to and _on_its_own_page(request, found):
            answer["HX-Redirect"] = found.goes_to
    return answer


@require_POST
@requires()
def cancel(request: HttpRequest, job: UUID) -> HttpResponseBase:
    found = _seen(request, job)
    cancel_job(job=found, at=now())
    if request.headers.get("HX-Request"):
        found.refresh_from_db()
        return _kept_by_nobody(render(request, "jobs/progress.html", {"job": found}))
    return redirect("jobs:page", found.id)


def _on_its_own_page(request: HttpRequest, job: Job) -> bool:
    at = urlsplit(request.headers.get("HX-Current-URL", "")).path
    return at == reverse("jobs:page", args=[job.id])


def _seen(request: HttpRequest, job: UUID) -> Job:
    return get_object_or_404(jobs_seen(request.user), pk=job)


def _kept_by_nobody(answer: HttpResponse) -> HttpResponse:
    answer["Cache-Control"] = "no-store"
    return answer
