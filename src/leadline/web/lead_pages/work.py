"""Acts on very many leads, in the background: a kill repeats no piece, a cancel leaves what is done."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from leadline.web import jobs
from leadline.web.lead_pages.bulk import AT_ONCE, Bulk, undo_piece
from leadline.web.leads.actions import NothingToUndoError
from leadline.web.leads.models import Act

BULK, UNDO = "bulk", "bulk undo"


@jobs.work(BULK)
def act_on_many(progress: jobs.Progress) -> dict[str, Any]:
    """The payload has the verb, what it needs, the batch and the leads; the cursor is how many are done."""
    told = progress.payload
    bulk = Bulk(told["verb"], told["given"], uuid.UUID(told["batch"]), told["by"])
    leads = told["leads"]
    done = progress.cursor or 0
    while done < len(leads):
        with transaction.atomic():
            bulk.do(leads[done : done + AT_ONCE], progress.now())
            done = min(done + AT_ONCE, len(leads))
            progress.step(done, len(leads), _("Leads done"), cursor=done)
    return {"url": reverse("leads:act", args=[bulk.batch]), "label": _("What was done, and undo")}


@jobs.work(UNDO)
def undo_many(progress: jobs.Progress) -> dict[str, Any]:
    """Undone acts are marked, so there is no need of a cursor."""
    batch = uuid.UUID(progress.payload["batch"])
    acts = Act.objects.filter(batch=batch)
    total = acts.count()
    while True:
        try:
            undo_piece(batch, progress.payload["by"], progress.now())
        except NothingToUndoError:
            break
        progress.step(acts.exclude(undone_at=None).count(), total, _("Leads done"))
    return {"url": reverse("leads:act", args=[batch]), "label": _("What was undone")}
