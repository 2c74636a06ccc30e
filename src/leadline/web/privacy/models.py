"""What was erased, by numbers alone, and how long things are kept."""

from __future__ import annotations

import uuid

from django.db import models


class Erasure(models.Model):
    """The certificate of an erasure. `seals` stand for the ids that were erased; they name nobody."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    at = models.BigIntegerField(db_index=True)
    by = models.BigIntegerField(null=True)  # a user's id; null: a rule of retention or a restored copy
    because = models.CharField(max_length=200)
    counts = models.JSONField(default=dict)
    seals = models.JSONField(default=list)
    files_until = models.BigIntegerField(null=True)  # null once the columnar files are free of it too
    subjects = models.JSONField(default=list)  # numbers that the files still have; empty afterwards


class ErasedTotal(models.Model):
    """How many changes of stage of erased leads there were on a day: totals stay, people do not."""

    program_id = models.BigIntegerField()
    day = models.DateField()
    before = models.CharField(max_length=60)
    after = models.CharField(max_length=60)
    count = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["program_id", "day", "before", "after"], name="one_erased_total"),
        )


class RetentionRule(models.Model):
    """How long something is kept after it was last of use; nothing is removed while the rule is off."""

    VISITORS, LEADS, FAILED = "visitors", "leads", "failed"
    KINDS = (VISITORS, LEADS, FAILED)

    kind = models.CharField(max_length=12, primary_key=True)
    days = models.PositiveIntegerField()
    enabled = models.BooleanField(default=False)
    changed_at = models.BigIntegerField()
    changed_by = models.BigIntegerField(null=True)
    ran_at = models.BigIntegerField(null=True)
