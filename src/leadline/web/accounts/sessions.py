"""How long a sign-in lasts, and when somebody must say again who they are."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows, suspend_request
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model, logout, update_session_auth_hash
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from leadline.web.accounts.models import User

BEGAN, SEEN = "began", "seen"  # in a session, seconds since 1970
NOTED_EVERY = 5 * 60  # seconds: not every request writes


def bounded(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Ends a sign-in that was idle for too long, or that is too old however busy."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            _look(request, time.time())
        return get_response(request)

    return middleware


def _look(request: HttpRequest, at: float) -> None:
    session = request.session
    began, seen = session.get(BEGAN, at), session.get(SEEN, at)
    doors = settings.SURROUNDINGS.doors
    if at - seen > doors.idle_hours * 3600 or at - began > doors.longest_hours * 3600:
        logout(request)
        messages.info(request, _("You were signed out after a while. Please sign in again."))
    elif BEGAN not in session or at - seen > NOTED_EVERY:
        session[BEGAN], session[SEEN] = began, at
        UserSession.objects.filter(session_key=session.session_key).update(last_seen_at=timezone.now())


def begin(request: HttpRequest) -> None:
    """From now on the time of a sign-in runs."""
    request.session[BEGAN] = request.session[SEEN] = time.time()


def end_sign_ins(user: User) -> None:
    """End all of somebody's sessions, on every device."""
    get_user_model().objects.filter(pk=user.pk).update(sign_ins_ended=F("sign_ins_ended") + 1)
    user.refresh_from_db(fields=["sign_ins_ended"])


def end_other_sign_ins(request: HttpRequest) -> None:
    """End all sessions of whoever asks but the one that they ask from."""
    end_sign_ins(request.user)
    update_session_auth_hash(request, request.user)
    UserSession.objects.create_from_request(request)


def showed_lately(request: HttpRequest) -> bool:
    """Whether somebody gave a password, a code, or came from the provider, in the last quarter of an hour."""
    records = get_authentication_records(request, request.user)
    return any(time.time() - each["at"] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT for each in records)


def lately(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A view that asks once more who it is, unless that was shown just now."""

    @wraps(view)
    def asking(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
        if showed_lately(request):
            return view(request, *args, **named)
        flows = get_reauthentication_flows(request.user)
        if flows:
            return suspend_request(request, reverse(_ASKED_AT[flows[0]["id"]]))
        logout(request)  # without a password and a second factor only the provider can tell
        messages.info(request, _("Please sign in again to go on: that page wants to be sure that it is you."))
        return redirect(f"{reverse('sign-in')}?{urlencode({'next': request.path})}")

    return asking


_ASKED_AT = {"reauthenticate": "account_reauthenticate", "mfa_reauthenticate": "mfa_reauthenticate"}
