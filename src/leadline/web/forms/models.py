"""A form: which fields it asks for, what it promises, and from where it may be sent."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from leadline.web.capture.models import Source
from leadline.web.qualification.models import Program


class Form(models.Model):
    """A form that visitors fill in. What it asks, it asks in the words of its program's model.

    `questions` is a list of `{"name": field, "required": bool}` in the order of asking.
    """

    slug = models.SlugField(max_length=50, unique=True)  # "form-" before it is the source's
    name = models.CharField(max_length=120)
    source = models.OneToOneField(Source, on_delete=models.PROTECT, related_name="form")
    program = models.ForeignKey(Program, on_delete=models.PROTECT)
    published = models.BooleanField(default=False)

    questions = models.JSONField(default=list)
    most_asked = models.PositiveSmallIntegerField(default=0)  # questions at one visit; 0: all
    intro = models.TextField(blank=True)
    button = models.CharField(max_length=60, default="Send")
    thanks = models.TextField(default="Thank you. We have received it and will be in touch.")
    redirect_url = models.URLField(max_length=500, blank=True)
    redirect_hosts = models.JSONField(default=list, blank=True)

    consent_text = models.TextField(blank=True)
    consent_required = models.BooleanField(default=False)
    consent_version = models.PositiveIntegerField(default=0)  # of `ConsentWording`; 0: no consent is asked

    allowed_origins = models.JSONField(default=list, blank=True)  # pages that may embed it or post to it
    accept_foreign = models.BooleanField(default=False)  # posts of other people's pages, without our token
    keep_partial = models.BooleanField(default=True)
    least_seconds = models.PositiveSmallIntegerField(default=2)  # nobody fills it in faster
    per_address = models.PositiveSmallIntegerField(default=20)  # submissions a minute
    per_form = models.PositiveSmallIntegerField(default=300)

    class Meta:
        ordering = ("name", "slug")
        constraints = (
            models.CheckConstraint(
                condition=Q(consent_text="") | Q(consent_version__gt=0), name="consent_has_a_wording"
            ),
        )

    def __str__(self) -> str:
        return self.name


class ConsentWording(models.Model):
    """What exactly a form asked consent to. Never edited: another text is another version."""

    form = models.ForeignKey(Form, on_delete=models.CASCADE, related_name="wordings")
    version = models.PositiveIntegerField()
    text = models.TextField()
    at = models.BigIntegerField()
    by = models.CharField(max_length=254)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["form", "version"], name="one_wording_a_version"),
            models.CheckConstraint(condition=Q(version__gt=0), name="wordings_count_from_one"),
        )
