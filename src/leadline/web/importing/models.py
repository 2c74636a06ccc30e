"""Imports: what was uploaded, how it is read, what became of each row."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from leadline.web.jobs.models import Job


class Import(models.Model):
    """A file that somebody uploaded, and how far it is on its way to facts.

    Its facts are of a source of its own, and their ids follow from the file, the mapping and the row: so what
    is imported twice is there once.
    """

    READING, MAPPING, LOOKING, LOOKED = "reading", "mapping", "looking", "looked"
    IMPORTING, DONE, UNDOING, UNDONE = "importing", "done", "undoing", "undone"
    STATES = (READING, MAPPING, LOOKING, LOOKED, IMPORTING, DONE, UNDOING, UNDONE)
    BUSY = (READING, LOOKING, IMPORTING, UNDOING)  # while its job is open

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    state = models.CharField(max_length=10, default=READING)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.BigIntegerField(db_index=True)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    digest = models.CharField(max_length=64)  # of the file's bytes
    size = models.BigIntegerField()
    rows = models.BigIntegerField(default=0)
    columns = models.JSONField(default=list)  # names in order
    samples = models.JSONField(default=list)  # for each column some values
    findings = models.JSONField(default=list)  # sentences on what had to be repaired
    mapping = models.JSONField(default=dict)
    preview = models.JSONField(default=dict)
    source_id = models.BigIntegerField(null=True)
    begun_at = models.BigIntegerField(null=True)  # the instant of rows that have none of their own
    row_done = models.BigIntegerField(default=0)  # all rows up to it are dealt with
    created = models.BigIntegerField(default=0)
    changed = models.BigIntegerField(default=0)
    same = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    ended_at = models.BigIntegerField(null=True)
    undone_at = models.BigIntegerField(null=True)
    undone_by = models.CharField(max_length=254, default="")
    file_removed_at = models.BigIntegerField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(
                    state__in=[
                        "reading", "mapping", "looking", "looked", "importing", "done", "undoing", "undone",
                    ]
                ),
                name="import_in_a_state",
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return self.name

    @property
    def stopped(self) -> str:
        """`failed` or `cancelled` where its last job ended before its work did, else empty."""
        if self.state not in self.BUSY:
            return ""
        if self.job is None:
            return Job.FAILED
        return self.job.state if self.job.ended else ""


class Stored(models.Model):
    """A fact's event that an import stored, and so takes back when it is undone."""

    pk = models.CompositePrimaryKey("import_id", "event_id")
    import_id = models.UUIDField()
    event_id = models.CharField(max_length=260)


class Refused(models.Model):
    """A row that was not imported, and why. It goes when the file goes."""

    pk = models.CompositePrimaryKey("import_id", "number")
    import_id = models.UUIDField()
    number = models.BigIntegerField()
    line = models.BigIntegerField()  # in the file, as a spreadsheet counts
    broken = models.BooleanField(default=False)  # it could not be divided into cells: its text is one cell
    reason = models.CharField(max_length=300)
    cells = models.JSONField()
