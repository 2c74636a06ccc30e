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
    needs_consent = models.BooleanField(
        default=True
    )  # of marketing and of sales, before a model is published
    waived_reason = models.CharField(max_length=500, blank=True)  # why it needs none
    waived_by = models.CharField(max_length=254, blank=True)
    waived_at = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return self.name


class Publication(models.Model):
    """From this instant on, this text is the program's model. Never edited: the latest one holds.

    One that was rolled back stays in the list, and leads are judged as though it had never held.
    """

    COMMAND, CONSENT, WAIVED, ROLL_BACK = "command", "consent", "waived", "roll_back"
    HOW = ((COMMAND, "by command line"), (CONSENT, "with the consent of both sides"),
           (WAIVED, "without consent, which is not needed here"), (ROLL_BACK, "as a roll back"))  # fmt: skip

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="publications")
    version = models.CharField(max_length=64)
    text = models.TextField()
    at = models.BigIntegerField()
    by = models.CharField(max_length=254)
    how = models.CharField(max_length=12, choices=HOW, default=COMMAND)
    note = models.CharField(max_length=500, blank=True)
    proposal = models.ForeignKey("Proposal", on_delete=models.PROTECT, null=True, related_name="publications")
    restores = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="restored_by")
    rolled_back_by = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="takes_back")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["program", "at"], name="one_publication_an_instant"),)
        ordering = ("at",)


class Predictor(models.Model):
    """What was learned of a program's outcomes: the predictor's file as it was written. Never edited.

    `report` is JSON for the pages: how it was tried, the columns that were refused, what it was held against.
    `mean_worth` is what a goal was worth on average, where the model says what it is worth.
    """

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="predictors")
    version = models.CharField(max_length=64)
    text = models.TextField()
    kind = models.CharField(max_length=20)
    model_version = models.CharField(max_length=64)
    rows = models.BigIntegerField()  # leads that it was learned from
    won = models.BigIntegerField()  # of them those that reached the goal
    begins = models.BigIntegerField(null=True)  # the first and the last of their moments
    ends = models.BigIntegerField(null=True)
    mean_worth = models.FloatField(null=True)
    report = models.TextField(default="{}")
    at = models.BigIntegerField()
    by = models.CharField(max_length=254, blank=True)  # empty: the schedule

    class Meta:
        ordering = ("at", "id")

    def __str__(self) -> str:
        return self.version


class Activation(models.Model):
    """From this instant on, this predictor gives the program's probabilities; without one there are none.

    Never edited. One that was taken back stays in the list, and leads are judged as though it had never held.
    """

    PERSON, RENEWAL, BACK, OFF = "person", "renewal", "back", "off"
    HOW = ((PERSON, "by a person"), (RENEWAL, "better beyond noise"), (BACK, "taken back"),
           (OFF, "switched off"))  # fmt: skip

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="activations")
    predictor = models.ForeignKey(Predictor, on_delete=models.PROTECT, null=True, related_name="activations")
    at = models.BigIntegerField()
    by = models.CharField(max_length=254, blank=True)
    how = models.CharField(max_length=10, choices=HOW, default=PERSON)
    because = models.CharField(max_length=500, blank=True)
    taken_back_by = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="takes_back")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["program", "at"], name="one_activation_an_instant"),)
        ordering = ("at",)


class Draft(models.Model):
    """A model that is being written. `position` is the text shown; `revision` counts every change of it.

    `base` is the publication that it begins from, and the one that it would replace.
    """

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="drafts")
    base = models.ForeignKey(Publication, on_delete=models.CASCADE, null=True, related_name="+")
    title = models.CharField(max_length=120)
    position = models.IntegerField(default=0)
    revision = models.IntegerField(default=0)
    begun_by = models.CharField(max_length=254)
    begun_at = models.BigIntegerField()
    by = models.CharField(max_length=254)  # who changed it last
    at = models.BigIntegerField()
    closed_at = models.BigIntegerField(null=True)  # published, or put away

    def __str__(self) -> str:
        return self.title


class DraftText(models.Model):
    """What a draft read after a change: the steps that undo and redo go along. Text need not be a model."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="texts")
    position = models.IntegerField()
    text = models.TextField()
    did = models.CharField(max_length=120, blank=True)
    by = models.CharField(max_length=254)
    at = models.BigIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["draft", "position"], name="one_text_a_position"),)


class Evidence(models.Model):
    """What a draft's text would do, beside the base that it was held against. Never edited."""

    PREVIEW, BACKTEST = "preview", "backtest"

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="evidence")
    kind = models.CharField(max_length=12)
    digest = models.CharField(max_length=64)  # of the text and of the base's, see `drafts.digest_of`
    at = models.BigIntegerField()
    result = models.TextField()  # JSON
    page = models.TextField(blank=True)  # the backtest as a page of its own

    class Meta:
        indexes = (models.Index(fields=["draft", "digest"], name="evidence_of_text"),)


class Proposal(models.Model):
    """A draft's text put to both sides, with the evidence as it was then. A change of the draft voids it."""

    draft = models.ForeignKey(Draft, on_delete=models.PROTECT, related_name="proposals")
    text = models.TextField()
    version = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    preview = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="+")
    backtest = models.ForeignKey(Evidence, on_delete=models.PROTECT, null=True, related_name="+")
    by = models.CharField(max_length=254)
    at = models.BigIntegerField()
    voided_at = models.BigIntegerField(null=True)
    voided_because = models.CharField(max_length=200, blank=True)
    published_at = models.BigIntegerField(null=True)


class Consent(models.Model):
    """One side agrees to a proposal. The two sides are two people."""

    MARKETING, SALES = "marketing", "sales"

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="consents")
    side = models.CharField(max_length=12)
    user_id = models.BigIntegerField()
    by = models.CharField(max_length=254)
    at = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["proposal", "side"], name="one_consent_a_side"),
            models.UniqueConstraint(fields=["proposal", "user_id"], name="one_consent_a_person"),
        )


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
    probability = models.FloatField(null=True)  # of the goal, by the predictor of that version
    worth = models.FloatField(null=True)  # that, times what a goal is worth
    predictor_version = models.CharField(max_length=64, default="", blank=True)
    due_at = models.BigIntegerField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=["due_at"], name="standing_due"),
            models.Index(fields=["program", "stage", "quality", "band"], name="standing_stage"),
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


class HeavyLead(models.Model):
    """A lead of so many facts that it is judged apart; it has a row while it waits, and while it rests.

    `since` says from when on its facts differ from what was judged (null: nothing is new), `begun` the same
    of what is being judged now. `ticket` counts how often it was taken, so that one of two writes.
    """

    lead_id = models.BigIntegerField(primary_key=True)
    since = models.BigIntegerField(null=True)
    begun = models.BigIntegerField(null=True)
    ready_at = models.BigIntegerField(db_index=True)
    cost = models.BigIntegerField(default=0)  # microseconds that judging it took
    ticket = models.BigIntegerField(default=0)


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
