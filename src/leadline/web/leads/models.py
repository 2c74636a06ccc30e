"""Facts, and who they are about.

Facts are rows that are never edited: `Event`, `Trait`, `Link`, `Claim`, `Merge`, `Verdict`. What follows from
them, `Span` and `Lead`, is written by the worker and can be made anew at any time. `Ownership`, `Tag` and
`Act` are what the team does with leads: no model reads them.

Instants are whole microseconds since 1970 (UTC). Facts name their subject by number without a foreign key
that the database would check each time: the store writes both in one transaction.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Subject(models.Model):
    """Whom facts are about, as they arrived: a user id, an e-mail address, an anonymous browser."""

    USER, EMAIL, ANON = "user", "email", "anon"

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=8)
    value = models.CharField(max_length=512)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["kind", "value"], name="one_subject_a_value"),)

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


class Event(models.Model):
    """Something somebody did, or a person decided, or that came of it.

    Clustered by subject and time, so that one lead's events lie together.
    """

    pk = models.CompositePrimaryKey("subject_id", "occurred_at", "event_id")
    subject_id = models.BigIntegerField()
    occurred_at = models.BigIntegerField()
    event_id = models.CharField(max_length=260, unique=True)
    seq = models.BigIntegerField(db_index=True)  # order of writing, which the replica follows
    kind = models.CharField(max_length=12)
    event = models.CharField(max_length=200)
    properties = models.TextField()
    context = models.TextField()
    source_id = models.BigIntegerField()
    received_at = models.BigIntegerField()
    digest = models.CharField(max_length=32)
    bot = models.CharField(max_length=80, default="")
    void = models.BooleanField(default=False)


class Trait(models.Model):
    """Something that was learnt of somebody: a form's field, an answer, an enrichment, a rep's note."""

    pk = models.CompositePrimaryKey("subject_id", "field", "occurred_at", "trait_id")
    subject_id = models.BigIntegerField()
    field = models.CharField(max_length=100)
    occurred_at = models.BigIntegerField()
    trait_id = models.CharField(max_length=370)
    seq = models.BigIntegerField(db_index=True)
    value = models.TextField(null=True)
    source_id = models.BigIntegerField()
    verified = models.BooleanField()
    quote = models.TextField(default="")
    confidence = models.FloatField(null=True)


class TraitAside(models.Model):
    """A trait that somebody took back: it lies here until that is taken back too, and nobody counts it."""

    pk = models.CompositePrimaryKey("subject_id", "field", "occurred_at", "trait_id")
    subject_id = models.BigIntegerField()
    field = models.CharField(max_length=100)
    occurred_at = models.BigIntegerField()
    trait_id = models.CharField(max_length=370)
    value = models.TextField(null=True)
    source_id = models.BigIntegerField()
    verified = models.BooleanField()
    quote = models.TextField(default="")
    confidence = models.FloatField(null=True)


class Link(models.Model):
    """This browser was this person at that time."""

    pk = models.CompositePrimaryKey("anon_id", "occurred_at", "link_id")
    anon_id = models.BigIntegerField()
    occurred_at = models.BigIntegerField()
    link_id = models.CharField(max_length=260)
    person_id = models.BigIntegerField(db_index=True)


class Claim(models.Model):
    """This user id says that this e-mail address is theirs."""

    pk = models.CompositePrimaryKey("email_id", "occurred_at", "claim_id")
    email_id = models.BigIntegerField()
    occurred_at = models.BigIntegerField()
    claim_id = models.CharField(max_length=260)
    user_id = models.BigIntegerField(db_index=True)
    verified = models.BooleanField()


class Merge(models.Model):
    """A person of the team said that two leads are one; it can be taken back."""

    id = models.BigAutoField(primary_key=True)
    loser_id = models.BigIntegerField(db_index=True)
    winner_id = models.BigIntegerField(db_index=True)
    at = models.BigIntegerField()
    by = models.CharField(max_length=254)
    reason = models.CharField(max_length=500, blank=True)
    taken_back_at = models.BigIntegerField(null=True)
    taken_back_by = models.CharField(max_length=254, blank=True)


class Verdict(models.Model):
    """Somebody, or a rule, said later what an event is worth: void, or after all a person's."""

    id = models.BigAutoField(primary_key=True)
    event_id = models.CharField(max_length=260, db_index=True)
    void = models.BooleanField()
    reason = models.CharField(max_length=200)
    at = models.BigIntegerField()
    by = models.CharField(max_length=254)


class Span(models.Model):
    """From when to when the facts of a subject are those of a lead (`starts` <= t < `ends`). Derived."""

    pk = models.CompositePrimaryKey("subject_id", "starts")
    subject_id = models.BigIntegerField()
    starts = models.BigIntegerField()
    ends = models.BigIntegerField()
    lead_id = models.BigIntegerField(db_index=True)


class Lead(models.Model):
    """A lead as lists show it. Derived; its id is that of the subject it goes by."""

    id = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=8)
    name = models.CharField(max_length=200, default="")
    email = models.CharField(max_length=320, default="")
    company = models.CharField(max_length=200, default="")
    first_seen = models.BigIntegerField(null=True)
    last_seen = models.BigIntegerField(null=True, db_index=True)
    events = models.IntegerField(default=0)
    sources = models.TextField(default="[]")  # JSON: the numbers of those that sent its events

    def __str__(self) -> str:
        return self.name or self.email or f"Visitor {self.id}"


class Sequence(models.Model):
    """The last number given to a fact, one row: writers take their turn on it."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    last = models.BigIntegerField(default=0)
    replicated = models.BigIntegerField(default=0)  # up to here the replica has followed


class Superseded(models.Model):
    """A number under which an event or trait no longer stands: replaced, or marked otherwise since then.

    A replica that has followed up to `since` leaves it out.
    """

    seq = models.BigIntegerField(primary_key=True)
    since = models.BigIntegerField()


class Changed(models.Model):
    """A lead that was written anew, or that is no more, under the number of that writing.

    Writers take their turn, so whoever has seen all up to a number has missed nothing below it.
    """

    lead_id = models.BigIntegerField(primary_key=True)
    seq = models.BigIntegerField(db_index=True)


class Ownership(models.Model):
    """Whose a lead is. It stays with the subject that the lead went by, so a merge carries it over."""

    lead_id = models.BigIntegerField(primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    at = models.BigIntegerField()
    by = models.CharField(max_length=254)


class Tag(models.Model):
    """A word that somebody put on a lead; it stays with the subject that the lead went by."""

    pk = models.CompositePrimaryKey("lead_id", "tag")
    lead_id = models.BigIntegerField()
    tag = models.CharField(max_length=60, db_index=True)
    at = models.BigIntegerField()
    by = models.CharField(max_length=254)


class Act(models.Model):
    """What somebody of the team did with leads: a line of the timeline of each, and what undoes it.

    Acts on many leads share their `batch`. `detail` is JSON.
    """

    id = models.BigAutoField(primary_key=True)
    lead_id = models.BigIntegerField(db_index=True)
    batch = models.UUIDField(db_index=True)
    at = models.BigIntegerField()
    by = models.CharField(max_length=254)
    verb = models.CharField(max_length=30)
    detail = models.JSONField(default=dict)
    undone_at = models.BigIntegerField(null=True)
    undone_by = models.CharField(max_length=254, default="")


class Tombstone(models.Model):
    """Somebody was erased: facts about them from before do not come back.

    `seal` is a keyed hash of what they went by: it names nobody to whoever does not know them already.
    """

    seal = models.CharField(max_length=64, primary_key=True)
    at = models.BigIntegerField()


class SealingKey(models.Model):
    """The key of the seals, one row. It goes with the database, so that a restored one knows its erased."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    key = models.CharField(max_length=64)
