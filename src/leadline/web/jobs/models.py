"""Work that somebody started, and how far it is."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leadline.web.instants import SECOND

LOOKED_AT = 3 * SECOND  # before which a pace says nothing


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
    paced_at = models.BigIntegerField(null=True)  # since when `total` is what it is, and `done` then
    paced_done = models.BigIntegerField(default=0)
    stepped_at = models.BigIntegerField(null=True)  # of the last step
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
    def left(self) -> int | None:
        """Seconds that are left if it goes on as it did; None where nothing can be said of that yet."""
        if not self.total or self.paced_at is None or self.stepped_at is None:
            return None
        passed, moved = self.stepped_at - self.paced_at, self.done - self.paced_done
        if passed < LOOKED_AT or moved <= 0:
            return None
        return max(0, (self.total - self.done) * passed // moved // SECOND)

    @property
    def left_said(self) -> str:
        """The same as people say it, in steps that do not flicker."""
        left = self.left
        if left is None or self.ended:
            return ""
        if left < 10:
            return _("some seconds left")
        if left < 90:
            return _("about %(n)d seconds left") % {"n": -(-left // 10) * 10}
        if left < 90 * 60:
            minutes = round(left / 60)
            return ngettext("about %(n)d minute left", "about %(n)d minutes left", minutes) % {"n": minutes}
        hours = round(left / 3600)
        return ngettext("about %(n)d hour left", "about %(n)d hours left", hours) % {"n": hours}

    @property
    def goes_to(self) -> str:
        """The screen that its own page gives way to once it is done."""
        return self.url if self.state == self.DONE and not self.result.get("part") else ""

    @property
    def url(self) -> str:
        """Where the result is, in this workspace alone."""
        url = str(self.result.get("url", ""))
        return url if url.startswith("/") and not url.startswith(("//", "/\\")) else ""
