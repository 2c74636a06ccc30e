"""What was answered to a call that may be repeated."""

from __future__ import annotations

from django.db import models


class AnsweredCall(models.Model):
    """The answer to a call with an idempotency key: the same call again gets it again, and does nothing."""

    api_key_id = models.BigIntegerField()
    key = models.CharField(max_length=255)
    asked = models.CharField(max_length=64)  # digest of method, address and body
    at = models.BigIntegerField(db_index=True)
    status = models.SmallIntegerField()
    body = models.TextField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["api_key_id", "key"], name="one_answer_a_call"),)
