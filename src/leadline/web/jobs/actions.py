"""What may be done with a job: start it, cancel it, and what its worker does to it.

A change of state is one UPDATE that asks for the state before, so of two who try one succeeds.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.db.models import F, Q
from django.utils.translation import get_language

from leadline.web.accounts.models import User
from leadline.web.instants import DAY, SECOND
from leadline.web.jobs.kinds import KEEP, KINDS, Cancelled, Interrupted, kind_of
from leadline.web.jobs.models import Job

LEASE = 30 * SECOND  # after which a job of a worker that shows no life is another's
TRIES = 5  # times that a job is begun without moving on: it may be what kills the worker
KEPT = 30 * DAY
SWEPT = 500  # old jobs in one go


def start_job(*, kind: str, payload: dict[str, Any], by: User | None, at: int, said: str = "") -> Job:
    """Queue work of a registered kind; raises ValueError for another.

    `payload` is what JSON holds. In the transaction of what it depends on, the worker sees both.
    """
    kind_of(kind)
    return Job.objects.create(
        kind=kind, payload=payload, by=by, at=at, said=said[:500], language=get_language() or ""
    )


def cancel_job(*, job: Job, at: int) -> bool:
    """End a job that waits; ask one that is under way to stop at its next step. False where it has ended."""
    waiting = Job.objects.filter(pk=job.pk, state=Job.QUEUED)
    if waiting.update(state=Job.CANCELLED, cancel_at=at, ended_at=at):
        return True
    return bool(Job.objects.filter(pk=job.pk, state=Job.RUNNING).update(cancel_at=at))


def take_job(at: int) -> Job | None:
    """The next job that waits, or whose worker died, under a new lease; None where there is none."""
    free = Q(state=Job.QUEUED) | Q(state=Job.RUNNING, lease_until__lt=at)
    for job in Job.objects.filter(free).order_by("at", "id")[:10]:
        lease = uuid4().hex
        taken = Job.objects.filter(free, pk=job.pk, lease=job.lease).update(
            state=Job.RUNNING, lease=lease, lease_until=at + LEASE, tries=F("tries") + 1, paced_at=None
        )
        if taken:
            return Job.objects.select_related("by").get(pk=job.pk)
    return None


def renew_lease(job: Job, at: int) -> None:
    _held(job).update(lease_until=at + LEASE)


def note_step(job: Job, *, done: int, total: int, said: str, cursor: Any, at: int) -> None:
    """How far it is. Raises Cancelled where somebody wishes it, Interrupted where another has the job."""
    news: dict[str, Any] = {"done": done, "total": total, "said": said[:500], "lease_until": at + LEASE}
    if job.paced_at is None or total != job.total or done < job.done:  # another part of the work
        news |= {"paced_at": at, "paced_done": done}
    news["stepped_at"] = at
    if cursor is not KEEP:
        news |= {"cursor": cursor, "tries": 0}
    if not _held(job).filter(cancel_at=None).update(**news):
        raise Cancelled if _held(job).exists() else Interrupted
    for name in ("done", "total", "paced_at", "paced_done"):
        setattr(job, name, news.get(name, getattr(job, name)))


def give_back(job: Job) -> None:
    """Another worker, or this one when it is begun again, goes on with it at once."""
    _held(job).update(state=Job.QUEUED, lease="", lease_until=0)


def end_job(job: Job, *, state: str, at: int, said: str | None = None, result: dict | None = None) -> None:
    """The last change of a job, unless another worker has it now."""
    news: dict[str, Any] = {"state": state, "ended_at": at, "lease": "", "lease_until": 0}
    if said is not None:
        news["said"] = said[:500]
    if result is not None:
        news["result"] = result
    _held(job).update(**news)


def _held(job: Job) -> Any:
    return Job.objects.filter(pk=job.pk, lease=job.lease, state=Job.RUNNING)


def sweep_jobs(at: int) -> int:
    """Remove jobs that ended long ago, with what they left behind; gives how many."""
    old = list(Job.objects.filter(ended_at__lt=at - KEPT)[:SWEPT])
    for job in old:
        kind = KINDS.get(job.kind)
        if kind and kind.forget:
            kind.forget(job.result)
        job.delete()
    return len(old)
