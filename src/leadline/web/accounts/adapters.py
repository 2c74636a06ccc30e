"""Where django-allauth asks us: who may join, how attempts are counted, where links lead."""

from __future__ import annotations

import base64
import hashlib
import logging
from functools import cache
from smtplib import SMTPException
from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.ratelimit import get_ip
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from leadline.web.accounts import second_factor, sessions
from leadline.web.accounts.actions import join_by_provider
from leadline.web.accounts.audit import record
from leadline.web.accounts.models import User
from leadline.web.accounts.queries import may_join
from leadline.web.instants import now
from leadline.web.operations.proxies import Proxies

if TYPE_CHECKING:
    from allauth.mfa.models import Authenticator
    from allauth.socialaccount.models import SocialLogin

log = logging.getLogger("leadline.accounts")


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in by e-mail and password."""

    error_messages = {  # noqa: RUF012  (theirs is one)
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("This e-mail and password do not fit together. Please try again."),
        "too_many_login_attempts": _("Too many attempts went wrong. Please try again in five minutes."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False  # whoever is invited joins by a link of ours, see `joining`

    def get_client_ip(self, request: HttpRequest) -> str:
        forwarded = request.headers.get("X-Forwarded-For", "")
        return _proxies().nearest(request.META.get("REMOTE_ADDR", ""), forwarded) or "0.0.0.0"

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Attempts are counted by account and address together: strangers elsewhere lock nobody out."""
        known = super()._get_login_attempts_cache_key(request, **credentials)
        return f"{known}|{get_ip(request)}"

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """As theirs, but whoever is deactivated is told what everybody is told."""
        user = super().authenticate(request, **credentials)
        if user is None or user.is_active:
            return user
        self.authentication_failed(request, **credentials)
        return None

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        log.warning("an attempt to sign in was refused")

    def is_reauthentication_required(self, app: str) -> bool:
        return not sessions.showed_lately(self.request)

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        sessions.begin(request)
        request.session.clear_expired()  # those that nobody came back to
        record(user, "sign in")

    def add_message(self, request: HttpRequest, level: int, *args: Any, **named: Any) -> None:
        template = named.get("message_template") or (args[0] if args else None)
        if template != "account/messages/logged_in.txt":  # they see that they are in
            super().add_message(request, level, *args, **named)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """By the installation's address: what a request calls us is not to be trusted in a mail."""
        uid, _dash, token = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
        return f"{settings.SURROUNDINGS.url}{path}"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A mail that cannot be sent is a matter of the log: the page must not tell who has an account."""
        try:
            super().send_mail(template_prefix, email, {**context, "here": settings.SURROUNDINGS.url})
        except (OSError, SMTPException) as fault:
            log.error("a mail could not be sent", extra={"kind": type(fault).__name__})


class SecondFactorAdapter(DefaultMFAAdapter):
    """Codes of an app."""

    def encrypt(self, text: str) -> str:
        return _seal().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _seal().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return not second_factor.is_needed(authenticator.user)


class ProviderAdapter(DefaultSocialAccountAdapter):
    """Sign-in by the provider: for the team, the invited, and the domains that the installation names."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        if sociallogin.is_existing:
            if not sociallogin.user.is_active:
                _refuse(request, "inactive")
            return
        email = next((e.email.lower() for e in sociallogin.email_addresses if e.verified is True), None)
        if email is None:
            _refuse(request, "unverified")
        user = User.objects.filter(email=email).first()
        if user is not None and not user.is_active:
            _refuse(request, "inactive")
        elif user is not None:
            sociallogin.connect(request, user)
            record(user, "connect provider")
        elif not may_join(email, now()):
            _refuse(request, "uninvited")

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return True  # `pre_social_login` has refused all others

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        data = sociallogin.account.extra_data
        told = data.get("userinfo") or data.get("id_token") or {}
        joined = join_by_provider(email=sociallogin.user.email, name=str(told.get("name") or ""), at=now())
        sociallogin.user = joined
        sociallogin.save(request, connect=True)
        return joined


def _refuse(request: HttpRequest, why: str) -> None:
    log.warning("a sign-in by the provider was refused", extra={"why": why})
    raise ImmediateHttpResponse(render(request, "accounts/refused.html", {"why": why}, status=403))


@cache
def _proxies() -> Proxies:
    return Proxies(settings.SURROUNDINGS.trusted_proxies)


def _seal() -> Fernet:
    """Sealed with the installation's secret, so that a copy of the database alone gives no codes."""
    key = hashlib.blake2b(settings.SECRET_KEY.encode(), digest_size=32, person=b"second factor").digest()
    return Fernet(base64.urlsafe_b64encode(key))
