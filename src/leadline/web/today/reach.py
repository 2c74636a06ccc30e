"""Only the leads that somebody may see."""

from __future__ import annotations

from django.db.models import QuerySet

from leadline.web.accounts.access import owners_seen
from leadline.web.accounts.models import User
from leadline.web.board import table
from leadline.web.board.filters import EVERYBODY, of_kind


def within(user: User, rows: QuerySet, at: int, field: str = "lead_id") -> QuerySet:
    """Rows about leads, narrowed to those in somebody's scope. `field` holds the lead's id."""
    owners = owners_seen(user)
    if owners is None:
        return rows
    seen = table.ids(None, of_kind(EVERYBODY), now=at, scope=owners)
    return rows.filter(**{f"{field}__in": seen.tolist()})
