"""Only the leads that somebody may see."""

from __future__ import annotations

from django.db.models import QuerySet

from leadline.web.accounts.access import owners_seen
from leadline.web.accounts.models import User


def within(user: User, rows: QuerySet, field: str = "lead_id") -> QuerySet:
    """Rows about leads, narrowed to those in somebody's scope. `field` holds the lead's id."""
    return rows if owners_seen(user) is None else rows.none()
