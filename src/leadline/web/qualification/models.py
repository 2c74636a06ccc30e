"""Published models, and how each lead stands by them."""

from __future__ import annotations

from django.db import models


class Program(models.Model):
    """One published model and the leads that are judged by it."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    enabled = models.BooleanField(default=True)
    effects_from = models.BigIntegerField()  # what changed before it is history, and fires nothing
    judged_up_to = models.BigIntegerField(null=True)  # a new program's way through all leads; null: done

    def __str__(self) -> str:
        return self.name


class Publication(models.Model):
    """From this instant on, this text is the program's model. Never edited: the latest one holds."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="publications")
    version = models.CharField(max_length=64)
    text = models.TextField()
    at = models.BigIntegerField()
    by = models.CharField(max_length=254)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["program", "at"], name="one_publication_an_instant"),)
        ordering = ("at",)


class Standing(models.Model):
    """Where a lead stands in a program, as of the last instant at which anything of it could change. Derived.

    `due_at` is the next instant at which time alone may change it, null where none will.
    """

    pk = models.CompositePrimaryKey("program_id", "lead_id")
    program = models.ForeignKey(Program, on_delete=models.CASCADE)
    lead_id = models.BigIntegerField()
    as_of = models.BigIntegerField()
    episode = models.IntegerField()
    fit = models.FloatField()
    intent = models.FloatField()
    band = models.CharField(max_length=20, null=True)
    quality = models.CharField(max_length=60, null=True)
    stage = models.CharField(max_length=60, null=True)
    since = models.BigIntegerField(null=True)
    disqualified = models.BooleanField(default=False)
    hand_raised = models.BooleanField(default=False)
    measures = models.TextField()
    ledger = models.TextField()
    model_version = models.CharField(max_length=64)
    due_at = models.BigIntegerField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=["due_at"], name="standing_due"),
            models.Index(fields=["program", "stage"], name="standing_stage"),
            models.Index(fields=["lead_id"], name="standing_lead"),
        )


class StageChange(models.Model):
    """A lead changed its stage, with cause and ledger as they stood. Derived from facts and publications."""

    pk = models.CompositePrimaryKey("program_id", "lead_id", "changed_at", "step")
    program = models.ForeignKey(Program, on_delete=models.CASCADE)
    lead_id = models.BigIntegerField()
    changed_at = models.BigIntegerField(db_index=True)
    step = models.SmallIntegerField()  # a lead may fall and climb at one instant
    episode = models.IntegerField()
    since = models.BigIntegerField(null=True)
    before = models.CharField(max_length=60)
    after = models.CharField(max_length=60)
    cause = models.CharField(max_length=120)
    skipped = models.TextField(default="[]")
    model_version = models.CharField(max_length=64)
    ledger = models.TextField()


class Outbox(models.Model):
    """An effect that is to happen once: written with what caused it, taken by a worker under a lease."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=200, unique=True)  # the same cause writes no second row
    kind = models.CharField(max_length=60)
    payload = models.TextField()
    written_at = models.BigIntegerField()
    due_at = models.BigIntegerField(db_index=True)
    leased_until = models.BigIntegerField(null=True)
    tries = models.IntegerField(default=0)
    done_at = models.BigIntegerField(null=True)


class ReplicaFile(models.Model):
    """A file of the columnar replica that readers may open: facts `first_seq`..`last_seq` of one table."""

    path = models.CharField(max_length=200, primary_key=True)
    table = models.CharField(max_length=12)
    month = models.CharField(max_length=7)
    first_seq = models.BigIntegerField()
    last_seq = models.BigIntegerField()
    rows = models.BigIntegerField()
