"""Codes of an app: one step early or late is let through, since clocks differ, and no code counts twice."""

from __future__ import annotations

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.cache import cache

STEP = 30  # seconds


class _Once:
    """allauth remembers a used code for one step; with its neighbours it would be good for three."""

    def clean_code(self) -> str:
        code = super().clean_code()
        if self.authenticator.type != Authenticator.Type.TOTP:
            return code
        steps = 2 * settings.MFA_TOTP_TOLERANCE + 1
        digits = "".join(c for c in code if c.isalnum())
        if not cache.add(f"code-used:{self.user.pk}:{digits}", "y", timeout=steps * STEP):
            raise get_adapter().validation_error("incorrect_code")
        return code


class CodeForm(_Once, AuthenticateForm):
    """The second step of a sign-in."""


class CodeAgainForm(_Once, ReauthenticateForm):
    """Who it is, shown once more."""
