"""Which lead somebody gets to see: one out of their scope is as good as none."""

from __future__ import annotations

from leadline.web.accounts.access import owners_seen
from leadline.web.accounts.models import User
from leadline.web.leads.models import Lead
from leadline.web.leads.owners import owner_of


def reached(user: User, number: int) -> Lead | None:
    """The lead of that number, if there is one that `user` may see."""
    found = Lead.objects.filter(pk=number).first() if number < 2**63 else None
    if found is None:
        return None
    owners = owners_seen(user)
    return found if owners is None or owner_of(found.id) in owners else None
