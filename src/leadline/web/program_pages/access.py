"""Who may speak for which side, and whose names somebody sees."""

from __future__ import annotations

from collections.abc import Iterable

from leadline.web.accounts.access import Right, may, owners_seen
from leadline.web.accounts.models import User
from leadline.web.leads.models import Lead
from leadline.web.leads.owners import owners_of
from leadline.web.qualification.models import Consent

RIGHT_OF = {Consent.MARKETING: Right.CONSENT_MARKETING, Consent.SALES: Right.CONSENT_SALES}


def sides_of(user: User) -> list[str]:
    """The sides that somebody may speak for."""
    return [side for side, right in RIGHT_OF.items() if may(user, right)]


def may_roll_back(user: User, needs_consent: bool) -> bool:
    """Either side may, by itself: what is wrong is to be gone at once. Where nobody's consent is needed, who
    edits models may.
    """
    return bool(sides_of(user)) or (not needs_consent and may(user, Right.EDIT_MODEL))


def names_of(user: User, leads: Iterable[int]) -> dict[int, Lead]:
    """Those of these leads that somebody may see, by their ids."""
    ids = list(leads)
    owners = owners_seen(user)
    if owners is not None:
        owned = owners_of(ids)
        ids = [lead for lead in ids if owned.get(lead) in owners]
    return Lead.objects.in_bulk(ids)
