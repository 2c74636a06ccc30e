"""Leads that the rules lifted since the last working day, and what lifted them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils import timezone

from leadline.web.accounts.models import User
from leadline.web.board.judging import Judging
from leadline.web.instants import SECOND, moment
from leadline.web.leads.models import Lead
from leadline.web.qualification.models import StageChange, Standing
from leadline.web.today.reach import within
from leadline.web.today.why import titles_of, why

MOST = 8
LIFTED = "enter"  # the cause of a change that is the rules' own


@dataclass(frozen=True)
class Rise:
    """A lead that rose and still stands there."""

    lead: Lead
    at: int
    before: str
    after: str
    tone: str
    quality: str
    why: str


def rises(user: User, judging: Judging, at: int) -> tuple[list[Rise], int]:
    """Those with the most points, and how many there are in all. Who fell again meanwhile is none of them."""
    rows = StageChange.objects.filter(program=judging.program, changed_at__gte=since(at), changed_at__lte=at)
    latest = {
        c.lead_id: c for c in within(user, rows.filter(cause=LIFTED), at).order_by("changed_at", "step")
    }
    stand = Standing.objects.filter(program=judging.program, lead_id__in=latest, disqualified=False)
    here = [s for s in stand.defer("measures", "ledger") if s.stage == latest[s.lead_id].after]
    first = sorted(here, key=lambda s: (-(s.fit + s.intent), s.lead_id))[:MOST]
    leads = Lead.objects.in_bulk([s.lead_id for s in first])
    titles = titles_of(judging.model)
    shown = [
        _rise(judging, latest[s.lead_id], s, leads[s.lead_id], titles) for s in first if s.lead_id in leads
    ]
    return shown, len(here)


def _rise(
    judging: Judging, change: StageChange, stands: Standing, lead: Lead, titles: dict[str, str]
) -> Rise:
    return Rise(
        lead, change.changed_at, judging.stage_title(change.before), judging.stage_title(change.after),
        judging.tone(stands.quality), stands.quality or "", why(json.loads(change.ledger), titles),
    )  # fmt: skip


def since(at: int) -> int:
    """The beginning of the last working day before today, in the reader's zone: on Mondays Friday's."""
    today = timezone.localtime(moment(at)).date()
    back = {0: 3, 6: 2}.get(today.weekday(), 1)
    begins = datetime.combine(today - timedelta(days=back), time.min, timezone.get_current_timezone())
    return int(begins.timestamp()) * SECOND
