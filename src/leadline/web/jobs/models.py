"""Work that somebody started, and how far it is."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models


class Job(models.Model):
    """One piece of work. A worker takes it under a lease; where that runs out, another takes it over."""

    QUEUED, RUNNING, DONE, FAILED, CANCELLED = "queued", "running", "done", "failed", "cancelled"
    OPEN = (QUEUED, RUNNING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40)
    state = models.CharField(max_length=10, default=QUEUED)
    payload = models.JSONField(default=dict)
    cursor = models.JSONField(null=True)
    result = models.JSONField(default=dict)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)  # 0: not known
    said = models.CharField(max_length=500, default="")
    language = models.CharField(max_length=12, default="")  # in which it speaks
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.BigIntegerField()
    ended_at = models.BigIntegerField(null=True)
    cancel_at = models.BigIntegerField(null=True)  # when somebody pressed Cancel
    lease = models.CharField(max_length=32, default="")  # of the worker that has it
    lease_until = models.BigIntegerField(default=0)
    tries = models.IntegerField(default=0)  # times that it was taken since it last moved on

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(state__in=["queued", "running", "done", "failed", "cancelled"]),
                name="job_in_a_state",
            ),
        )
        indexes = (
            models.Index(fields=["at"], name="job_open", condition=models.Q(state__in=["queued", "running"])),
            models.Index(fields=["ended_at"], name="job_ended"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def ended(self) -> bool:
        return self.state not in self.OPEN

    @property
    def failed(self) -> bool:
        return self.state == self.FAILED

    @property
    def cancelled(self) -> bool:
        return self.state == self.CANCELLED

    @property
    def percent(self) -> int:
        return min(100, self.done * 100 // self.total) if self.total else 0

    @property
    def url(self) -> str:
        """Where the result is, in this workspace alone."""
        url = str(self.result.get("url", ""))
        return url if url.startswith("/") and not url.startswith(("//", "/\\")) else ""
