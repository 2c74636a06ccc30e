"""Getting in: sign-in, its second step, a forgotten password, joining by invitation."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.account.views import LoginView, PasswordResetFromKeyView, PasswordResetView
from allauth.socialaccount.providers.openid_connect import views as oidc
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from requests import RequestException

from leadline.web.accounts import actions, sessions
from leadline.web.accounts.audit import record
from leadline.web.accounts.forms import JoinForm
from leadline.web.accounts.mailing import can_send
from leadline.web.instants import now

log = logging.getLogger("leadline.accounts")


class SignIn(LoginView):
    def get_context_data(self, **more: Any) -> dict[str, Any]:
        return {**super().get_context_data(**more), "sends": can_send()}


class ForgottenPassword(PasswordResetView):
    """Tells nobody who has an account: every address gets a mail that says how things stand."""

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        return {**super().get_context_data(**more), "sends": can_send()}

    def post(self, request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
        return super().post(request, *args, **named) if can_send() else self.get(request, *args, **named)


def led(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Of the way to the provider and back: a provider that is away or talks nonsense is no fault of ours."""

    @login_not_required
    @never_cache
    @wraps(view)
    def tried(request: HttpRequest, **named: Any) -> HttpResponseBase:
        try:
            return view(request, **named)
        except (RequestException, ValueError, KeyError) as fault:
            log.error(
                "the identity provider did not answer as it should", extra={"kind": type(fault).__name__}
            )
            return render(request, "socialaccount/authentication_error.html", status=502)

    return tried


to_provider, from_provider = led(oidc.login), led(oidc.callback)


class NewPassword(PasswordResetFromKeyView):
    """Where the link of such a mail leads. Who has a second factor still needs it to sign in."""

    def form_valid(self, form: Any) -> HttpResponse:
        answer = super().form_valid(form)
        sessions.end_sign_ins(self.reset_user)
        record(self.reset_user, "reset password", f"user:{self.reset_user.pk}")
        return answer


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponseBase:
    """Where an invitation's link leads. To look at it uses nothing up: mail scanners look too."""
    at = now()
    try:
        invitation = actions.invitation_of(token, at)
        form = JoinForm(request.POST or None, email=invitation.email)
        if request.method != "POST" or not form.is_valid():
            context = {"form": form, "invitation": invitation}
            return render(request, "accounts/join.html", context, status=422 if form.errors else 200)
        user = actions.accept(invitation=invitation, at=at, **form.cleaned_data)
    except (actions.NotInvitedError, actions.AlreadyThereError):
        return render(request, "accounts/not_invited.html", {"sends": can_send()}, status=410)
    if request.user.is_authenticated:
        logout(request)  # somebody else's browser
    record_authentication(request, user, method="password")
    return perform_login(request, Login(user=user, redirect_url="/"))
