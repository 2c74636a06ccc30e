"""One's own account: name, password, second factor, sessions."""

from __future__ import annotations

from allauth.account.views import PasswordChangeView
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from leadline.web.accounts import second_factor, sessions
from leadline.web.accounts.access import requires
from leadline.web.accounts.audit import record
from leadline.web.accounts.forms import SelfForm
from leadline.web.accounts.models import User
from leadline.web.instants import instant_of, now


@require_http_methods(["GET", "POST"])
@requires()
def account(request: HttpRequest) -> HttpResponseBase:
    user = User.objects.select_related("team").get(pk=request.user.pk)
    form = SelfForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("account")
    context = {
        "form": form, "person": request.user, "factor": second_factor.has_one(user),
        "needed": second_factor.is_needed(user), "sessions": _sessions(request), "now": now(),
    }  # fmt: skip
    return render(request, "accounts/account.html", context, status=422 if form.errors else 200)


def _sessions(request: HttpRequest) -> list[tuple[UserSession, str, int | None, int | None]]:
    """Where they are signed in, this one first: browser, since when, last seen."""
    found = UserSession.objects.purge_and_list(request.user)
    here = request.session.session_key
    found.sort(key=lambda s: (s.session_key != here, -s.last_seen_at.timestamp()))
    return [
        (s, browser_of(s.user_agent), instant_of(s.created_at), instant_of(s.last_seen_at)) for s in found
    ]


def browser_of(agent: str) -> str:
    """What a browser says that it is, for people to tell their own apart: a guess, and no more is needed.

    >>> browser_of("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Gecko/20100101 Firefox/140.0")
    'Firefox, Windows'
    """
    browser = next((name for sign, name in _BROWSERS if sign in agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in agent), "")
    return ", ".join(filter(None, (browser, system))) or agent[:60] or "–"


# The more particular sign first: all of them say that they are Safari.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


@require_POST
@requires()
def end_session(request: HttpRequest, number: int) -> HttpResponseBase:
    found = UserSession.objects.filter(user_id=request.user.pk, pk=number).first()
    if found is not None and found.session_key == request.session.session_key:
        logout(request)
        return redirect("sign-in")
    if found is not None:
        found.end()
        record(request, "end session", f"user:{request.user.pk}")
        messages.success(request, _("That one is signed out."))
    return redirect("account")


@require_POST
@requires()
def end_others(request: HttpRequest) -> HttpResponseBase:
    sessions.end_other_sign_ins(request)
    record(request, "end other sessions", f"user:{request.user.pk}")
    messages.success(request, _("You are signed out everywhere but here."))
    return redirect("account")


# --- theirs, with what we do beside -----------------------------------------------------------------------


class ChangePassword(PasswordChangeView):
    """Ends all other sessions: the password is part of what a session holds by."""

    def form_valid(self, form) -> HttpResponse:
        answer = super().form_valid(form)
        record(self.request, "change password", f"user:{self.request.user.pk}")
        return answer

    def get_success_url(self) -> str:
        return "/account"


class SetUpCodes(ActivateTOTPView):
    def form_valid(self, form) -> HttpResponse:
        answer = super().form_valid(form)
        sessions.end_other_sign_ins(self.request)
        record(self.request, "set up second factor", f"user:{self.request.user.pk}")
        return answer


class RemoveCodes(DeactivateTOTPView):
    success_url = "/account"

    def form_valid(self, form) -> HttpResponse:
        answer = super().form_valid(form)
        self.request.session.pop(second_factor.HELD, None)
        sessions.end_other_sign_ins(self.request)
        record(self.request, "remove second factor", f"user:{self.request.user.pk}")
        return answer


class NewRecoveryCodes(GenerateRecoveryCodesView):
    def form_valid(self, form) -> HttpResponse:
        answer = super().form_valid(form)
        sessions.end_other_sign_ins(self.request)
        record(self.request, "make recovery codes", f"user:{self.request.user.pk}")
        return answer


@require_GET
@requires()
def second_factors(request: HttpRequest) -> HttpResponseBase:
    """Where their pages lead back to."""
    return redirect("account")
