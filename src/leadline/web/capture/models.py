"""Where facts come from, and what could not be read."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Source(models.Model):
    """A site, a server or a form that sends facts."""

    BROWSER, SERVER, FORM = "browser", "server", "form"
    KINDS = ((BROWSER, _("Website")), (SERVER, _("Server")), (FORM, _("Form")))

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=KINDS, default=BROWSER)
    trusted = models.BooleanField(default=False)  # what it says of people is verified
    enabled = models.BooleanField(default=True)
    allowed_origins = models.TextField(default="[]")  # JSON; empty: any
    rate_per_second = models.IntegerField(default=1000)
    consent_category = models.CharField(max_length=60, default="", blank=True)
    respect_gpc = models.BooleanField(default=True)

    class Meta:
        db_table = "capture_source"

    def __str__(self) -> str:
        return self.name


class WriteKey(models.Model):
    """A public key that may append facts of its source, and nothing else. Several stand, to rotate."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="keys")
    key = models.CharField(max_length=64, unique=True)
    created_at = models.BigIntegerField()
    revoked_at = models.BigIntegerField(null=True)

    class Meta:
        db_table = "capture_writekey"


class FailedEvent(models.Model):
    """What arrived and could not be read, with the reason; it can be mended and sent on.

    `mended_at` is when it was handed to the inbox again, in a shape that reads; `discarded_at` when somebody
    said that it is not wanted. With neither it is open.
    """

    id = models.BigAutoField(primary_key=True)
    arrival = models.CharField(
        max_length=80, unique=True
    )  # inbox row and index: a second try adds no second row
    source_id = models.BigIntegerField(db_index=True)
    received_at = models.BigIntegerField(db_index=True)
    kind = models.CharField(max_length=12)
    reason = models.CharField(max_length=60)
    detail = models.TextField()
    message_id = models.CharField(max_length=260, default="", blank=True)
    body = models.BinaryField()
    meta = models.TextField()
    tries = models.IntegerField(default=0)
    mended_at = models.BigIntegerField(null=True)
    discarded_at = models.BigIntegerField(null=True)
    settled_by = models.CharField(max_length=254, default="", blank=True)
    settled_because = models.CharField(max_length=500, default="", blank=True)

    class Meta:
        indexes = (
            models.Index(
                fields=["source_id", "reason"],
                name="failed_open",
                condition=models.Q(mended_at=None, discarded_at=None),
            ),
        )


class Tally(models.Model):
    """How many messages of a source had which end on a day (UTC)."""

    source_id = models.BigIntegerField()
    day = models.DateField()
    what = models.CharField(max_length=40)  # stored, duplicate, conflict, failed, refused:gpc, ...
    count = models.BigIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["source_id", "day", "what"], name="one_tally_a_day"),)
