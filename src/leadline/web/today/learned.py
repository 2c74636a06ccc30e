"""What learning asks for: leads that were drawn by lot, a predictor that waits, leads that became others."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leadline.web.accounts.access import Right, may, owners_seen
from leadline.web.board import table
from leadline.web.board.asking import everything
from leadline.web.board.filters import PEOPLE, of_kind
from leadline.web.lead_pages import standing
from leadline.web.leads.templatetags.shown import count
from leadline.web.learning.exploring import field_of, lower_stages, waiting
from leadline.web.learning.models import Learning
from leadline.web.qualification.models import Predictor
from leadline.web.qualification.predictors import SHADOW, states
from leadline.web.today.want import SOON, WHEN_THERE_IS_TIME, Want


def drawn_by_lot(request: HttpRequest, at: int) -> Iterable[Want]:
    """Leads that go to sales by lot, and that nobody has moved on yet."""
    if not may(request.user, Right.DECIDE):
        return
    quotas = set(Learning.objects.filter(quota__gt=0).values_list("program_id", flat=True))
    for judging, _held in standing.programs(at) if quotas else ():
        if judging.program.pk not in quotas:
            continue
        where = everything(of_kind(PEOPLE), waiting(judging))
        number = table.count(judging, where, now=at, scope=owners_seen(request.user))
        if number:
            title = ngettext(
                "%(count)s lead was handed over by lot", "%(count)s leads were handed over by lot", number
            ) % {"count": count(number)}
            text = _("The rules would not have called them. Only a call tells whether the rules are right.")
            asked = [("f", f"field.{field_of(judging.program)}:known:")]
            asked += [("stage", stage) for stage in lower_stages(judging.model)]
            asked += [("program", judging.program.slug)]
            url = f"{reverse('leads:list')}?{urlencode(asked)}"
            yield Want(title, text, _("Call them"), url, SOON, "", "leads")


def in_the_shadow(request: HttpRequest, at: int) -> Iterable[Want]:
    """The latest predictor of a program, where it says something and nothing is active."""
    if not may(request.user, Right.EDIT_MODEL):
        return
    for program in {p.program for p in Predictor.objects.select_related("program").defer("text", "report")}:
        known = states(program)
        latest = program.predictors.defer("text").last()
        if latest is None or latest.kind == "rate" or set(known.values()) != {SHADOW}:
            continue
        title = _("“%(program)s” learned what makes a lead succeed") % {"program": program.name}
        text = _("Made active, each lead has a probability, and leads are ranked by what they may bring.")
        url = reverse("learning:page", args=[program.slug])
        yield Want(title, text, _("Look"), url, WHEN_THERE_IS_TIME, "", "learning")


def drifted(request: HttpRequest, at: int) -> Iterable[Want]:
    """Programs whose leads are others than those that were learned from."""
    if not may(request.user, Right.EDIT_MODEL):
        return
    for settings in Learning.objects.exclude(alarm="").select_related("program"):
        title = _("The leads of “%(program)s” have become others") % {"program": settings.program.name}
        url = reverse("learning:page", args=[settings.program.slug])
        yield Want(title, settings.alarm, _("Look"), url, SOON, "warn", "learning")
