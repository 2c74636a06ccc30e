"""Pairs of leads that may be one person, and what somebody said of them."""

from __future__ import annotations

from django.db import models


class Pair(models.Model):
    """Two leads, the one with the lower number first. `decided` is empty until somebody has looked."""

    MERGED, DIFFERENT = "merged", "different"

    one = models.BigIntegerField()
    two = models.BigIntegerField(db_index=True)
    probability = models.FloatField()
    rule = models.CharField(max_length=200, default="", blank=True)  # the sure sign, if there is one
    reasons = models.JSONField(default=list)
    against = models.JSONField(default=list)
    found_at = models.BigIntegerField()
    decided = models.CharField(max_length=10, default="", blank=True)
    decided_at = models.BigIntegerField(null=True)
    decided_by = models.CharField(max_length=254, default="", blank=True)
    merge_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["one", "two"], name="one_pair"),
            models.CheckConstraint(condition=models.Q(one__lt=models.F("two")), name="pair_in_order"),
        )
        indexes = (models.Index(fields=["-probability"], name="pair_open", condition=models.Q(decided="")),)


class Search(models.Model):
    """When duplicates were last looked for, and among how many; one row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    at = models.BigIntegerField()
    leads = models.BigIntegerField()
    learnt = models.BooleanField()
