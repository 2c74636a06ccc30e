"""Who may do what: rights by role, and which leads somebody sees.

Views name the rights that they need with `requires`; what is open to strangers stands in `PUBLIC`. A check of
Django's (:mod:`leadline.web.accounts.checks`) refuses an address that does neither.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase

    from leadline.web.accounts.models import User


class Role(StrEnum):
    ADMIN = "admin"
    MARKETING = "marketing"
    MANAGER = "manager"  # of sales
    REP = "rep"
    READER = "reader"


class Scope(StrEnum):
    """Whose leads somebody sees: everybody's, those of their team, their own."""

    ALL = "all"
    TEAM = "team"
    OWN = "own"


class Right(StrEnum):
    SEE_LEADS = "see leads"
    SEE_NUMBERS = "see numbers"  # totals over all leads: programs, backtests, data quality
    EDIT_LEADS = "edit leads"  # answer a criterion, add a fact, write a note, tag
    DECIDE = "decide"  # accept, reject, recycle
    ASSIGN = "assign"
    MERGE = "merge"
    VOID = "void"
    BULK = "bulk"  # one act on many leads
    EXPORT = "export"
    IMPORT = "import"
    EDIT_MODEL = "edit model"
    CONSENT_MARKETING = "consent for marketing"
    CONSENT_SALES = "consent for sales"
    CAPTURE = "capture"  # sources, keys, forms, failed events
    ERASE = "erase"
    PEOPLE = "people"  # users, teams, API keys of others, settings, audit log


_READER = {Right.SEE_LEADS, Right.SEE_NUMBERS}
_REP = {Right.SEE_LEADS, Right.EDIT_LEADS, Right.DECIDE}
_MANAGER = {
    *_REP,
    Right.SEE_NUMBERS,
    Right.ASSIGN,
    Right.MERGE,
    Right.VOID,
    Right.EDIT_MODEL,
    Right.CONSENT_SALES,
}
_MARKETING = {
    Right.SEE_LEADS, Right.SEE_NUMBERS, Right.EDIT_LEADS, Right.ASSIGN, Right.MERGE, Right.VOID, Right.IMPORT,
    Right.EDIT_MODEL, Right.CONSENT_MARKETING, Right.CAPTURE,
}  # fmt: skip

# BULK and EXPORT are given to a person, not to a role; an admin has them.
RIGHTS: dict[Role, frozenset[Right]] = {
    # An admin runs the workspace, and speaks neither for marketing nor for sales.
    Role.ADMIN: frozenset(Right) - {Right.CONSENT_MARKETING, Right.CONSENT_SALES},
    Role.MARKETING: frozenset(_MARKETING),
    Role.MANAGER: frozenset(_MANAGER),
    Role.REP: frozenset(_REP),
    Role.READER: frozenset(_READER),
}


# What no API key may do: consent is a person's word, and a key that makes keys would never end.
NEVER_BY_KEY = frozenset({Right.CONSENT_MARKETING, Right.CONSENT_SALES, Right.PEOPLE})

# The names of all addresses that strangers may open; each says for itself what it asks for instead.
PUBLIC = frozenset({
    "sign-in", "sign-out", "account_login", "account_logout", "account_inactive", "account_signup", "join",
    "account_reset_password", "account_reset_password_done", "account_reset_password_from_key",
    "account_reset_password_from_key_done", "mfa_authenticate", "openid_connect_login",
    "openid_connect_callback", "socialaccount_login_cancelled", "socialaccount_login_error",
    "favicon", "healthz", "readyz", "metrics",
    "forms:script", "forms:hosted-form", "forms:hosted-form-slashed", "forms:hosted-thanks", "forms:anew",
    "forms:partial", "forms:frame-form", "forms:frame-visitor", "forms:frame-thanks",
    "api:description", "api:leads", "api:lead", "api:facts", "api:add_facts", "api:assessment",
    "api:assessments", "api:all_programs", "api:one_program", "api:predictors", "api:changes", "api:decide",
    "api:change_tags", "api:void",
    "api:all_segments", "api:new_segment", "api:one_segment", "api:change_segment", "api:drop_segment",
    "api:segment_leads", "api:segment_counts", "api:all_imports", "api:one_import", "api:all_jobs",
    "api:one_job", "api:cancel",
})  # fmt: skip


def rights_of(user: User) -> frozenset[Right]:
    """All that somebody may do; nothing where they are not signed in or not active.

    Where a program acts for them with an API key, only what the key was given and they still may.
    """
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    own = {Right.BULK} if user.may_bulk else set()
    own |= {Right.EXPORT} if user.may_export else set()
    rights = RIGHTS[Role(user.role)] | own
    return rights if user.narrowed_to is None else rights & user.narrowed_to


def may(user: User, right: Right) -> bool:
    return right in rights_of(user)


def requires(*rights: Right) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """A view for those who have all these rights; others get 403 before anything is read or written.

    Without a right it is for everybody who is signed in.
    """

    def guard(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
            if not request.user.is_authenticated or not set(rights) <= rights_of(request.user):
                raise PermissionDenied
            return view(request, *args, **named)

        guarded.rights = rights  # what the matrix of roles and addresses reads
        return guarded

    return guard


def owners_seen(user: User) -> frozenset[int] | None:
    """The users whose leads somebody sees; None: all leads, those that nobody owns too."""
    if user.scope == Scope.ALL:
        return None
    if user.scope == Scope.OWN or user.team_id is None:
        return frozenset({user.id})
    return frozenset(get_user_model().objects.filter(team_id=user.team_id).values_list("id", flat=True))
