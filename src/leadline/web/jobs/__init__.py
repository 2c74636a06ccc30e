"""Work that takes over a second: done by the worker, with progress and a Cancel button, resumed after a kill.

A part of the workspace says in its `work.py` how a kind of work is done, and starts one from a view::

    from leadline.web import jobs

    @jobs.work("export")
    def export(progress: jobs.Progress) -> dict:
        for done, rows in batches(progress.payload, after=progress.cursor):
            with transaction.atomic():
                write(rows)
                progress.step(done, total, cursor=done)   # raises where the work must stop
        return {"url": reverse("leads:exported", args=[progress.id]), "label": "Download"}

    job = jobs.start("export", {"program": "trial"}, by=request.user, at=now())

What is written in the transaction of a `step` with a `cursor` stands together with the cursor or not at all:
so a worker that is killed costs one batch, and none is done twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadline.web.jobs.kinds import Cancelled, CannotDoError, Progress, hourly, work

if TYPE_CHECKING:
    from leadline.web.accounts.models import User
    from leadline.web.jobs.models import Job

__all__ = ["Cancelled", "CannotDoError", "Progress", "hourly", "start", "work"]


def start(kind: str, payload: dict[str, Any], by: User | None, at: int, said: str = "") -> Job:
    """Queue work of a kind for the worker; see :func:`leadline.web.jobs.actions.start_job`."""
    from leadline.web.jobs.actions import start_job  # models exist only once Django is ready

    return start_job(kind=kind, payload=payload, by=by, at=at, said=said)
