"""How long things are kept. A rule is tried first: how many it would remove, and whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from leadline.web.capture.models import FailedEvent
from leadline.web.instants import DAY
from leadline.web.leads.models import Event, Lead, Span, Subject
from leadline.web.privacy.erasing import NobodyThereError, erase_leads
from leadline.web.privacy.models import RetentionRule
from leadline.web.qualification.models import Standing
from leadline.web.qualification.programs import enabled_programs

SHORTEST, LONGEST = 1, 36_500  # days
AT_ONCE = 200
TITLES = {
    RetentionRule.VISITORS: _("Anonymous visitors who were not seen for"),
    RetentionRule.LEADS: _("People who were not seen for, but for those in the last stage"),
    RetentionRule.FAILED: _("Failed events that arrived before"),
}


@dataclass(frozen=True)
class Tried:
    """What a rule would remove now."""

    count: int
    first: Sequence[Lead]


def try_rule(kind: str, days: int, at: int) -> Tried:
    """A dry run: nothing is removed. Raises ValueError for a number of days that is out of bounds."""
    _check(days)
    found = _found(kind, days, at)
    return Tried(found.count(), [] if kind == RetentionRule.FAILED else list(found[:20]))


def change_rule(*, kind: str, days: int, enabled: bool, by: int | None, at: int) -> RetentionRule:
    """Raises ValueError for a kind that there is not, or a number of days that is out of bounds."""
    if kind not in RetentionRule.KINDS:
        raise ValueError(f"`{kind}` is not kept by a rule: give one of {', '.join(RetentionRule.KINDS)}")
    _check(days)
    settings = {"days": days, "enabled": enabled, "changed_at": at, "changed_by": by}
    return RetentionRule.objects.update_or_create(kind=kind, defaults=settings)[0]


def run_rules(at: int) -> int:
    """Remove what the rules that are on no longer keep; gives how many things. Twice does no harm."""
    return sum(_run(rule, at) for rule in RetentionRule.objects.filter(enabled=True))


def _run(rule: RetentionRule, at: int) -> int:
    count = 0
    while True:
        some = list(_found(rule.kind, rule.days, at).values_list("pk", flat=True)[:AT_ONCE])
        if not some:
            break
        if rule.kind == RetentionRule.FAILED:
            FailedEvent.objects.filter(pk__in=some).delete()
        else:
            try:
                erase_leads(leads=some, because=f"retention: {rule.kind}, {rule.days} days", by=None, at=at)
            except NobodyThereError:  # merged or erased meanwhile: the next look no longer finds it
                break
        count += len(some)
    with transaction.atomic():
        RetentionRule.objects.filter(pk=rule.pk).update(ran_at=at)
    return count


def _found(kind: str, days: int, at: int) -> QuerySet:
    before = at - days * DAY
    if kind == RetentionRule.FAILED:
        return FailedEvent.objects.filter(received_at__lt=before).order_by("received_at")
    anonymous = Q(kind=Subject.ANON)
    old = Lead.objects.filter(Q(last_seen__lt=before) | _silent(before)).order_by("last_seen", "id")
    if kind == RetentionRule.VISITORS:
        return old.filter(anonymous)
    return old.exclude(anonymous).exclude(id__in=_arrived())


def _silent(before: int) -> Q:
    """Leads that nobody ever saw, such as those of a list: nothing was told of them since then.

    What counts is when it was told: a list of today that speaks of years ago is not old.
    """
    told = Event.objects.filter(subject_id=OuterRef("subject_id"), received_at__gte=before)
    lately = Span.objects.filter(Exists(told), lead_id=OuterRef("pk"))
    return Q(last_seen=None) & ~Q(Exists(lately))


def _arrived() -> QuerySet:
    """Leads in the last stage of a program, such as customers."""
    last = Q(pk__in=[])
    for program, models in enabled_programs():
        names = models[-1].live.model.lifecycle.names
        if names:
            last |= Q(program=program, stage=names[-1])
    return Standing.objects.filter(last).values("lead_id")


def _check(days: int) -> None:
    if not SHORTEST <= days <= LONGEST:
        raise ValueError(f"{days} days: give a number from {SHORTEST} to {LONGEST:,}")
