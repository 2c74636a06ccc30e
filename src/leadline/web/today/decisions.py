"""Leads that were handed over and wait for a word from sales."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from urllib.parse import urlencode

from django.db.models import Max, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leadline.model.shape import Model, Stage
from leadline.web.accounts.access import Right, may
from leadline.web.instants import DAY
from leadline.web.lead_pages import standing
from leadline.web.leads.templatetags.shown import count, span
from leadline.web.qualification.models import Program, StageChange, Standing
from leadline.web.today.reach import within
from leadline.web.today.want import NOW, SOON, Want


def waiting(request: HttpRequest, at: int) -> Iterable[Want]:
    """Leads in a stage that only somebody's decision leads on from, the oldest in the text."""
    if not may(request.user, Right.DECIDE):
        return
    for judging, _held in standing.programs(at):
        for stage, patience in decided_from(judging.model):
            rows = within(
                request.user,
                Standing.objects.filter(program=judging.program, stage=stage.stage, disqualified=False),
                at,
            )
            entered = _entered(judging.program, stage.stage, rows)
            if entered:
                title = judging.stage_title(stage.stage)
                yield _want(title, stage.stage, len(entered), at - min(entered), patience)


def _entered(program: Program, stage: str, rows: QuerySet[Standing]) -> list[int]:
    """When each of these leads came into the stage the last time."""
    changes = StageChange.objects.filter(program=program, after=stage, lead_id__in=rows.values("lead_id"))
    return [at for _lead, at in changes.values_list("lead_id").annotate(Max("changed_at")).order_by()]


def decided_from(model: Model) -> list[tuple[Stage, int | None]]:
    """The stages from which a person's word leads on, with how long the next one allows for it.

    The first is none: nobody waits there.
    """
    stages = model.lifecycle.stages
    return [(a, b.sla) for a, b in pairwise(stages[1:]) if b.event and b is not stages[-1]]


def _want(title: str, stage: str, number: int, longest: int, patience: int | None) -> Want:
    late = longest > (patience or 2 * DAY)
    told = ngettext(
        "%(count)s lead waits for your word: %(stage)s",
        "%(count)s leads wait for your word: %(stage)s",
        number,
    ) % {"count": count(number), "stage": title}
    text = _("The first has waited for %(span)s. Accepted or rejected, both sides learn from it.")
    url = f"{reverse('leads:list')}?{urlencode({'stage': stage})}"
    urgency, tone = (NOW, "warn") if late else (SOON, "")
    return Want(told, text % {"span": span(longest, "ago")}, _("Decide"), url, urgency, tone, "leads")
