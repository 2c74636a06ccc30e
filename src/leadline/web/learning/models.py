"""How a program learns: what people decided about it."""

from __future__ import annotations

from django.db import models

from leadline.web.qualification.models import Draft, Program


class Learning(models.Model):
    """One row a program. `quota` is the share of lower leads, in per cent, that is handed over by lot.

    `quota_from` is when it was set: leads that were known before are never drawn. `kept` names the columns
    that the leak guard would refuse and that somebody vouches for. `tried_at` is when the schedule last
    looked, `alarm` what drifted then (JSON; empty: nothing).
    """

    program = models.OneToOneField(
        Program, on_delete=models.CASCADE, primary_key=True, related_name="learning"
    )
    weekly = models.BooleanField(default=True)
    promotes = models.BooleanField(default=True)  # where better beyond noise; else a person does
    quota = models.SmallIntegerField(default=0)
    quota_from = models.BigIntegerField(null=True)
    kept = models.JSONField(default=list)
    tried_at = models.BigIntegerField(null=True)
    alarm = models.TextField(default="", blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(quota__gte=0) & models.Q(quota__lte=20), name="quota_of_0_to_20"
            ),
        )


class Asked(models.Model):
    """What the outcomes said of a program's rules, and of who buys, when somebody asked. Never edited.

    `result` is JSON, `persona` a page of its own; `draft` has the better rules, where there are any.
    """

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="asked")
    model_version = models.CharField(max_length=64)
    result = models.TextField()
    persona = models.TextField(blank=True)
    draft = models.ForeignKey(Draft, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.BigIntegerField()
    by = models.CharField(max_length=254, blank=True)

    class Meta:
        ordering = ("at", "id")
