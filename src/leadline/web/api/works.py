"""Imports and jobs: how far they are, and what became of them.

Whoever sees all leads sees all imports; whoever sees a part of them, the imports that they made themselves:
their numbers tell nothing that their own file did not.
"""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest

from leadline.web.accounts.access import Right, owners_seen
from leadline.web.api import shapes, told
from leadline.web.api.callers import needs
from leadline.web.api.pages import cursor_of, place_of
from leadline.web.api.problems import ProblemError
from leadline.web.api.reading import PROBLEMS, Cursor, Limit
from leadline.web.api.router import router as api
from leadline.web.importing.models import Import
from leadline.web.instants import now
from leadline.web.jobs.access import jobs_seen
from leadline.web.jobs.actions import cancel_job
from leadline.web.jobs.models import Job


@api.get("/imports", response={200: shapes.Imports, **PROBLEMS}, summary="Imports, the latest first")
@needs(Right.IMPORT)
def all_imports(request: HttpRequest, cursor: Cursor | None = None, limit: Limit = 100):
    """All of them for a key that sees all leads; else those that its person made."""
    page, more = _page(_imports(request), cursor, limit)
    return {"imports": [_import(row) for row in page], "next": more}


@api.get("/imports/{import_id}", response={200: shapes.Import, **PROBLEMS}, summary="One import")
@needs(Right.IMPORT)
def one_import(request: HttpRequest, import_id: UUID):
    """How far it is, and what became of its rows."""
    found = _imports(request).filter(pk=import_id).first()
    if found is None:
        raise Http404(f"There is no import {import_id}, or none that this key may see.")
    return _import(found)


@api.get("/jobs", response={200: shapes.Jobs, **PROBLEMS}, summary="Jobs, the latest first")
@needs()
def all_jobs(request: HttpRequest, cursor: Cursor | None = None, limit: Limit = 100):
    """Long work that the key's person started, here or on a page: imports, exports, trials of rules."""
    page, more = _page(jobs_seen(request.user), cursor, limit)
    return {"jobs": [_job(row) for row in page], "next": more}


@api.get("/jobs/{job_id}", response={200: shapes.Job, **PROBLEMS}, summary="One job")
@needs()
def one_job(request: HttpRequest, job_id: UUID):
    """How far it is."""
    return _job(_the_job(request, job_id))


@api.post("/jobs/{job_id}/cancel", response={200: shapes.Job, **PROBLEMS}, summary="Cancel a job")
@needs()
def cancel(request: HttpRequest, job_id: UUID):
    """It stops at its next step; one that has ended stays as it is."""
    found = _the_job(request, job_id)
    cancel_job(job=found, at=now())
    found.refresh_from_db()
    return _job(found)


def _imports(request: HttpRequest) -> QuerySet[Import]:
    rows = Import.objects.all()
    return rows if owners_seen(request.user) is None else rows.filter(by_id=request.user.pk)


def _the_job(request: HttpRequest, number: UUID) -> Job:
    found = jobs_seen(request.user).filter(pk=number).first()
    if found is None:
        raise Http404(f"There is no job {number}, or none that this key may see.")
    return found


def _page(rows: QuerySet[Any], cursor: str | None, limit: int) -> tuple[list[Any], str | None]:
    """The latest first, after the place of a cursor."""
    if after := place_of(cursor, int, str):
        at, number = after[0], _uuid(after[1])
        rows = rows.filter(Q(at__lt=at) | Q(at=at, pk__lt=number))
    found = list(rows.order_by("-at", "-pk")[: limit + 1])
    last = found[limit - 1] if len(found) > limit else None
    return found[:limit], cursor_of(last.at, str(last.pk)) if last else None


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise ProblemError(422, "This cursor is none of ours: begin without one.") from None


def _job(row: Job) -> dict[str, Any]:
    return {
        "id": row.pk, "kind": row.kind, "state": row.state, "done": row.done, "total": row.total,
        "said": row.said, "at": told.when(row.at), "ended_at": told.when(row.ended_at),
    }  # fmt: skip


def _import(row: Import) -> dict[str, Any]:
    return {
        "id": row.pk, "name": row.name, "state": row.state, "at": told.when(row.at), "rows": row.rows,
        "created": row.created, "changed": row.changed, "same": row.same, "refused": row.refused,
        "job": row.job_id, "ended_at": told.when(row.ended_at), "undone_at": told.when(row.undone_at),
    }  # fmt: skip
