"""What sales sent back, and why: the words from which marketing learns."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from leadline.web.accounts.access import Right, may, requires
from leadline.web.accounts.models import User
from leadline.web.instants import DAY, now
from leadline.web.lead_pages import standing
from leadline.web.leads.models import Event, Lead, Span
from leadline.web.leads.templatetags.shown import count
from leadline.web.qualification.models import StageChange
from leadline.web.today.reach import within
from leadline.web.today.want import SOON, Want
from leadline.web.today.why import titles_of, why

REJECTED = "lead_rejected"
RECENT = 30 * DAY
MOST = 200
READ = "rejections_read"  # in the session: up to when somebody has read them


@dataclass(frozen=True)
class Rejection:
    """A lead that sales sent back."""

    lead: Lead
    at: int
    reason: str
    by: str
    points: str  # what had lifted it, in the model's words


@dataclass(frozen=True)
class Reason:
    """A reason, and how often it was given."""

    text: str
    number: int
    of: int  # the most frequent one's

    @property
    def width(self) -> str:
        """Of a bar, in per cent of the longest one's."""
        return f"{100 * self.number / self.of:.1f}"


def unread(request: HttpRequest, at: int) -> Iterable[Want]:
    """Rejections of the last month that somebody who writes the rules has not read yet."""
    if not may(request.user, Right.EDIT_MODEL):
        return
    since = max(at - RECENT, request.session.get(READ, 0))
    number = _changes(request.user, at, since).count()
    if number:
        title = ngettext("%(count)s lead was rejected", "%(count)s leads were rejected", number)
        text = _("And you have not read why. What sales say of them is what the rules can learn.")
        yield Want(
            title % {"count": count(number)},
            text,
            _("Read the reasons"),
            reverse("rejections"),
            SOON,
            "",
            "leads",
        )


@require_GET
@requires(Right.SEE_NUMBERS, Right.SEE_LEADS)
def page(request: HttpRequest) -> HttpResponse:
    """The rejections of the last month, by reason, then one by one."""
    at = now()
    found = rejections(request.user, at)
    request.session[READ] = at
    return render(request, "today/rejections.html", {"found": found, "reasons": by_reason(found), "now": at})


def rejections(user: User, at: int) -> list[Rejection]:
    """The latest first, those that somebody may see."""
    changes = list(_changes(user, at, at - RECENT).order_by("-changed_at", "lead_id")[:MOST])
    leads = Lead.objects.in_bulk({c.lead_id for c in changes})
    said = _said(changes)
    titles = {judging.program.id: titles_of(judging.model) for judging, _held in standing.programs(at)}
    return [
        Rejection(
            leads[c.lead_id], c.changed_at, *said.get((c.lead_id, c.changed_at), ("", "")),
            why(json.loads(c.ledger), titles.get(c.program_id, {})),
        )
        for c in changes if c.lead_id in leads
    ]  # fmt: skip


def by_reason(found: Iterable[Rejection]) -> list[Reason]:
    """How often each reason was given, the most frequent first."""
    counts = Counter(each.reason or _("No reason given") for each in found).most_common()
    return [Reason(text, number, counts[0][1]) for text, number in counts]


def _changes(user: User, at: int, since: int):
    rows = StageChange.objects.filter(cause=REJECTED, changed_at__gt=since, changed_at__lte=at)
    return within(user, rows.defer("skipped"), at)


def _said(changes: Iterable[StageChange]) -> Mapping[tuple[int, int], tuple[str, str]]:
    """(lead, instant) -> the reason given, and who gave it."""
    instants, ids = {c.changed_at for c in changes}, {c.lead_id for c in changes}
    lead_of = dict(Span.objects.filter(lead_id__in=ids).values_list("subject_id", "lead_id"))
    rows = Event.objects.filter(subject_id__in=lead_of, occurred_at__in=instants, event=REJECTED, void=False)
    found = {}
    for subject, instant, properties in rows.values_list("subject_id", "occurred_at", "properties"):
        told = json.loads(properties)
        by = told.get("by") or told.get("rep") or ""
        found[lead_of[subject], instant] = (str(told.get("reason") or ""), str(by))
    return found
