"""What the worker does for the quality of data."""

from __future__ import annotations

from typing import Any

from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leadline.web import jobs
from leadline.web.instants import DAY
from leadline.web.jobs.models import Job
from leadline.web.leads.models import Lead
from leadline.web.quality.finding import look_for_duplicates
from leadline.web.quality.models import Search

DUPLICATES = "duplicates"


@jobs.work(DUPLICATES)
def look(progress: jobs.Progress) -> dict[str, Any]:
    """Look for duplicates among all leads."""
    steps = (_("Reading who is known…"), _("Comparing them…"), _("Writing down…"))
    found = look_for_duplicates(
        progress.at, lambda done, total, said: progress.step(done, total, steps[min(done, 2)])
    )
    said = ngettext("%(n)d pair to look at", "%(n)d pairs to look at", found) % {"n": found}
    progress.step(3, 3, said)
    return {"url": reverse("quality:duplicates"), "label": _("To the pairs")}


@jobs.hourly
def look_daily(at: int) -> None:
    """Once a day, where anybody is new since then."""
    last = Search.objects.filter(id=1).first()
    if last is not None and last.at > at - DAY:
        return
    if Job.objects.filter(kind=DUPLICATES, state__in=Job.OPEN).exists():
        return
    newest = Lead.objects.aggregate(seen=Max("last_seen"))["seen"]
    if newest is not None and (last is None or newest > last.at):
        jobs.start(DUPLICATES, {}, by=None, at=at)
