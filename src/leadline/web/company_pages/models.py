"""Target accounts, and what a buying group is."""

from __future__ import annotations

from django.db import models

from leadline.web.qualification.models import Program


class Account(models.Model):
    """What the team says of a domain: a company that it wants, or no company but a provider of mailboxes."""

    TIERS = ("A", "B", "C")
    MAILBOXES = "-"  # in place of a tier

    domain = models.CharField(max_length=255, primary_key=True)
    tier = models.CharField(max_length=1, choices=[(t, t) for t in (*TIERS, MAILBOXES)])
    name = models.CharField(max_length=200, blank=True, default="")
    at = models.BigIntegerField()
    by = models.CharField(max_length=254)

    def __str__(self) -> str:
        return self.name or self.domain


class Role(models.Model):
    """Somebody who is needed to buy: people for whom a condition of the model's language holds."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    condition = models.TextField()
    place = models.SmallIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["program", "name"], name="one_role_a_name"),)
        ordering = ("place", "id")

    def __str__(self) -> str:
        return self.name


class Rule(models.Model):
    """When a company is qualified: a condition over what is measured of companies."""

    program = models.OneToOneField(Program, on_delete=models.CASCADE, primary_key=True, related_name="+")
    condition = models.TextField()
    at = models.BigIntegerField()
    by = models.CharField(max_length=254)
