"""What the worker does for privacy by itself."""

from __future__ import annotations

from leadline.web import jobs
from leadline.web.instants import DAY
from leadline.web.privacy.erasing import finish
from leadline.web.privacy.models import Erasure, RetentionRule
from leadline.web.privacy.retention import run_rules


@jobs.hourly
def tidy(at: int) -> None:
    """End erasures whose files could not be written then; run the rules of retention once a day."""
    for erasure in Erasure.objects.exclude(files_until=None):
        finish(erasure, at)
    due = RetentionRule.objects.filter(enabled=True).exclude(ran_at__gt=at - DAY)
    if due.exists():
        run_rules(at)
