"""What waits for somebody's judgement: a model for consent, leads that may be one."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leadline.web.accounts.access import Right, may
from leadline.web.program_pages.queries import awaiting
from leadline.web.quality.queries import open_duplicates
from leadline.web.today.want import NOW, WHEN_THERE_IS_TIME, Want


def models_awaiting(request: HttpRequest, at: int) -> Iterable[Want]:
    """Models that whoever asks is to agree to, or may publish."""
    for each in awaiting(request.user):
        yield Want(each.title, each.text, each.act, each.url, NOW, "", "program")


def duplicates(request: HttpRequest, at: int) -> Iterable[Want]:
    """Pairs of leads that may be one person."""
    count = open_duplicates() if may(request.user, Right.MERGE) else 0
    if count:
        title = ngettext("%(n)d pair may be one person", "%(n)d pairs may be one person", count) % {
            "n": count
        }
        text = _("Two halves of a lead score less than the whole.")
        url = reverse("quality:duplicates")
        yield Want(title % {"n": count}, text, _("Compare"), url, WHEN_THERE_IS_TIME, "", "quality")
