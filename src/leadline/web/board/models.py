"""What people keep of the board: views, segments and how many were in them; and the board's own file."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from leadline.web.qualification.models import Program


class BoardFile(models.Model):
    """A file with all leads as they were once what had changed up to `seq` was in it; one row, the latest."""

    path = models.CharField(max_length=200, primary_key=True)
    seq = models.BigIntegerField()
    leads = models.BigIntegerField()
    at = models.BigIntegerField()


class SavedView(models.Model):
    """A way of looking at the leads under a name: `query` is the query string of its address."""

    name = models.CharField(max_length=80)
    query = models.TextField(blank=True)
    shared = models.BooleanField(default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    at = models.BigIntegerField()
    removed_at = models.BigIntegerField(null=True)  # kept, so that its removal can be undone

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["by", "name"], name="one_view_a_name", condition=models.Q(removed_at=None)
            ),
        )
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Segment(models.Model):
    """The leads of a program for which a condition holds, in the language of its model."""

    name = models.CharField(max_length=80)
    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="+")
    condition = models.TextField()
    by = models.CharField(max_length=254)
    at = models.BigIntegerField()
    removed_at = models.BigIntegerField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["name"], name="one_segment_a_name", condition=models.Q(removed_at=None)
            ),
        )
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class SegmentCount(models.Model):
    """How many leads were in a segment, one number a day (UTC)."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="counts")
    day = models.DateField()
    leads = models.BigIntegerField(null=True)  # null: the condition did not read by the model of that day
    at = models.BigIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["segment", "day"], name="one_count_a_day"),)
        ordering = ("day",)
