"""Who may see a job: who started it, and who looks after the workspace."""

from __future__ import annotations

from django.db.models import QuerySet

from leadline.web.accounts.access import Right, may
from leadline.web.accounts.models import User
from leadline.web.jobs.models import Job


def jobs_seen(user: User) -> QuerySet[Job]:
    """The jobs that somebody may see, and cancel."""
    return Job.objects.all() if may(user, Right.PEOPLE) else Job.objects.filter(by_id=user.pk)
