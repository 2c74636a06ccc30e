"""What is asked about people, invitations and keys."""

from __future__ import annotations

from django.conf import settings
from django.db.models import QuerySet

from leadline.web.accounts.models import Invitation


def open_invitations(at: int) -> QuerySet[Invitation]:
    """Those that somebody may still accept, the latest first."""
    waiting = Invitation.objects.filter(accepted_at=None, withdrawn_at=None, expires_at__gt=at)
    return waiting.order_by("-id")


def invitation_for(email: str, at: int) -> Invitation | None:
    return open_invitations(at).filter(email=email.lower()).first()


def may_join(email: str, at: int) -> bool:
    """Whether somebody for whom the provider vouches, and who is not of the team yet, may join it."""
    oidc = settings.SURROUNDINGS.doors.oidc
    known = oidc is not None and email.rpartition("@")[2].lower() in oidc.domains
    return known or invitation_for(email, at) is not None
