"""Whether somebody has a second factor, and whether they must."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from leadline.web.accounts.access import PUBLIC
from leadline.web.env import EVERYBODY

if TYPE_CHECKING:
    from leadline.web.accounts.models import User

HELD = "second_factor"  # in a session: it is known that there is one
# What is open while somebody who needs one has none.
_ON_THE_WAY = {*PUBLIC, "mfa_activate_totp", "mfa_view_recovery_codes", "account_reauthenticate"}


def is_needed(user: User) -> bool:
    wanted = settings.SURROUNDINGS.doors.second_factor
    return EVERYBODY in wanted or user.role in wanted


def has_one(user: User) -> bool:
    """Recovery codes alone are none: they stand in for one that was lost."""
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    return Authenticator.objects.filter(user_id=user.pk, type__in=kinds).exists()


def asked_for(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Leads whoever needs a second factor, and has none, to where it is set up; nowhere else."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and is_needed(request.user) and not request.session.get(HELD):
            if has_one(request.user):
                request.session[HELD] = True
            elif _name_of(request) not in _ON_THE_WAY:
                messages.info(request, _("Your role needs a second factor. Set it up to go on."))
                return redirect("mfa_activate_totp")
        return get_response(request)

    return middleware


def _name_of(request: HttpRequest) -> str:
    try:
        return resolve(request.path_info).view_name
    except Resolver404:
        return ""
