"""What is done with people: invited, joined, changed, let go."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import validate_password
from django.core import signing
from django.db import transaction

from leadline.web.accounts import sessions
from leadline.web.accounts.access import Role, Scope
from leadline.web.accounts.audit import record
from leadline.web.accounts.models import ApiKey, Invitation, Team, User
from leadline.web.accounts.queries import invitation_for
from leadline.web.instants import DAY

INVITED_FOR = 7 * DAY
_SALT = "leadline.invitation"
GRANTED = ("role", "scope", "team_id", "may_export", "may_bulk")


class LastAdminError(Exception):
    """Without an admin nobody could let anybody in."""

    def __init__(self) -> None:
        super().__init__("This is the last admin who is active: make somebody else one first.")


class NotInvitedError(Exception):
    """The link was used, withdrawn, too old, or never ours."""


class AlreadyThereError(Exception):
    """Somebody with this address is of the team."""


@dataclass(frozen=True)
class Grant:
    """What somebody is to have."""

    role: str = Role.READER.value
    scope: str = Scope.ALL.value
    team: Team | None = None
    may_export: bool = False
    may_bulk: bool = False


# --- joining ----------------------------------------------------------------------------------------------


@transaction.atomic
def invite(*, email: str, grant: Grant, by: User, at: int) -> Invitation:
    """Keep a place for somebody for a week; an earlier invitation of theirs no longer counts."""
    email = email.strip().lower()
    if User.objects.filter(email=email).exists():
        raise AlreadyThereError(f"{email} is of the team already.")
    Invitation.objects.filter(email=email, accepted_at=None, withdrawn_at=None).update(withdrawn_at=at)
    made = Invitation.objects.create(
        email=email, by=by, at=at, expires_at=at + INVITED_FOR, nonce=secrets.token_urlsafe(32), **vars(grant)
    )
    record(by, "invite", f"invitation:{made.id}", role=grant.role, scope=grant.scope)
    return made


def token_of(invitation: Invitation) -> str:
    """What stands in its link: signed, and worthless once the invitation is."""
    return signing.dumps([invitation.id, invitation.nonce], salt=_SALT)


def invitation_of(token: str, at: int) -> Invitation:
    """The open invitation of a link. Raises NotInvitedError."""
    try:
        number, nonce = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, TypeError, ValueError):
        raise NotInvitedError from None
    found = Invitation.objects.select_related("team", "by").filter(id=number, nonce=nonce).first()
    if found is None or found.accepted_at or found.withdrawn_at or found.expires_at <= at:
        raise NotInvitedError
    return found


@transaction.atomic
def accept(*, invitation: Invitation, name: str, password: str | None, at: int) -> User:
    """Make the invited one a user, once. Raises NotInvitedError, AlreadyThereError."""
    waiting = Invitation.objects.filter(id=invitation.id, accepted_at=None, withdrawn_at=None)
    if not waiting.update(accepted_at=at):
        raise NotInvitedError
    if User.objects.filter(email=invitation.email).exists():
        raise AlreadyThereError(f"{invitation.email} is of the team already.")
    granted = {field: getattr(invitation, field) for field in GRANTED}
    user = User.objects.create_user(invitation.email, password, name=name, **granted)
    record(user, "join", f"user:{user.id}", invitation=invitation.id)
    return user


@transaction.atomic
def join_by_provider(*, email: str, name: str, at: int) -> User:
    """Make somebody a user for whom the provider vouches: as invited, else as a reader."""
    invitation = invitation_for(email, at)
    if invitation is not None:
        return accept(invitation=invitation, name=name[:120], password=None, at=at)
    user = User.objects.create_user(email, None, name=name[:120])
    record(user, "join", f"user:{user.id}")
    return user


@transaction.atomic
def withdraw_invitation(*, invitation: Invitation, by: User, at: int) -> None:
    Invitation.objects.filter(id=invitation.id, accepted_at=None).update(withdrawn_at=at)
    record(by, "withdraw invitation", f"invitation:{invitation.id}")


@transaction.atomic
def let_in(*, email: str, password: str, name: str = "", role: str = "") -> User:
    """What the server's own command does: make a user, an admin unless told otherwise, or change one.

    Raises ValueError for what is no address or no role, ValidationError for a weak password, LastAdminError.
    """
    if role and role not in set(Role):
        raise ValueError(f"`{role}` is no role: {', '.join(Role)}")
    there = User.objects.filter(email=email.strip().lower()).first()
    validate_password(password, there or User(email=email, name=name))
    if there is None:
        made = User.objects.create_user(email, password, name=name, role=role or Role.ADMIN.value)
        record(None, "let in", f"user:{made.id}", role=made.role)
        return made
    held = _locked(there)
    if role and role != Role.ADMIN:
        _must_not_be_last(held)
    held.role, held.name = role or held.role, name or held.name
    held.set_password(password)
    held.save(update_fields=["role", "name", "password"])
    record(None, "let in", f"user:{held.id}", role=held.role)
    return held


# --- people -----------------------------------------------------------------------------------------------


@transaction.atomic
def change_person(*, user: User, name: str, grant: Grant, by: User) -> None:
    """Give somebody other rights. Another role ends their sessions. Raises LastAdminError."""
    held = _locked(user)
    if grant.role != Role.ADMIN:
        _must_not_be_last(held)
    before = {field: getattr(held, field) for field in GRANTED}
    held.name = name
    for field, value in vars(grant).items():
        setattr(held, field, value)
    held.save(update_fields=["name", *vars(grant)])
    changed = [field for field in GRANTED if getattr(held, field) != before[field]]
    if changed:
        now_is = {field: getattr(held, field) for field in changed}
        was = {field: before[field] for field in changed}
        record(by, "change rights", f"user:{user.id}", was=was, now=now_is)
    user.refresh_from_db()


@transaction.atomic
def deactivate(*, user: User, by: User) -> None:
    """Let somebody in no more; what they did stays. Raises LastAdminError."""
    held = _locked(user)
    _must_not_be_last(held)
    held.is_active = False
    held.save(update_fields=["is_active"])
    sessions.end_sign_ins(held)
    record(by, "deactivate", f"user:{user.id}")


@transaction.atomic
def activate(*, user: User, by: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=True)
    record(by, "activate", f"user:{user.id}")


@transaction.atomic
def end_sessions(*, user: User, by: User) -> None:
    sessions.end_sign_ins(user)
    record(by, "end sessions", f"user:{user.id}")


@transaction.atomic
def forget_second_factor(*, user: User, by: User) -> None:
    """For somebody who lost it: they sign in by password alone until they set up another."""
    Authenticator.objects.filter(user_id=user.pk).delete()
    sessions.end_sign_ins(user)
    record(by, "remove second factor", f"user:{user.id}")


def _locked(user: User) -> User:
    """Their row and those of all admins, so that two at once cannot each let the other go."""
    admins = User.objects.select_for_update().filter(role=Role.ADMIN)
    list(admins.order_by("id").values_list("id"))
    return User.objects.select_for_update().get(pk=user.pk)


def _must_not_be_last(user: User) -> None:
    if user.role != Role.ADMIN or not user.is_active:
        return
    if not User.objects.filter(role=Role.ADMIN, is_active=True).exclude(pk=user.pk).exists():
        raise LastAdminError


# --- teams ------------------------------------------------------------------------------------------------


@transaction.atomic
def make_team(*, name: str, by: User) -> Team:
    made = Team.objects.create(name=name)
    record(by, "make team", f"team:{made.id}")
    return made


@transaction.atomic
def rename_team(*, team: Team, name: str, by: User) -> None:
    team.name = name
    team.save(update_fields=["name"])
    record(by, "rename team", f"team:{team.id}")


@transaction.atomic
def delete_team(*, team: Team, by: User) -> None:
    """Its people stay, without a team: those who saw their team's leads see their own."""
    record(by, "delete team", f"team:{team.id}", people=list(team.people.values_list("id", flat=True)))
    team.delete()


# --- keys -------------------------------------------------------------------------------------------------


@transaction.atomic
def revoke_key(*, key: ApiKey, by: User, at: int) -> None:
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=at)
    record(by, "revoke key", f"key:{key.id}")


def granted(**given: Any) -> Grant:
    """A grant of what a form cleaned."""
    return Grant(**{field: given[field] for field in Grant.__dataclass_fields__})
