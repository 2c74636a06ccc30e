"""API keys: a program acts as a person, with some of that person's rights."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from ipaddress import ip_address, ip_network

from django.db import transaction

from leadline.web.accounts.access import NEVER_BY_KEY, Right, rights_of
from leadline.web.accounts.audit import record
from leadline.web.accounts.models import ApiKey, User
from leadline.web.instants import MINUTE

BEGINS = "sk_live_"
SHOWN = len(BEGINS) + 6  # characters by which keys are told apart
LONGEST = len(BEGINS) + 64


class NotGivenError(Exception):
    """A key was to have rights that its maker has not."""


def rights_to_give(user: User) -> list[Right]:
    """Those that somebody can give to a key, in the order of `Right`."""
    held = rights_of(user) - NEVER_BY_KEY
    return [right for right in Right if right in held]


@transaction.atomic
def make_key(
    *, user: User, name: str, rights: Iterable[Right], networks: Iterable[str], expires_at: int, at: int
) -> tuple[ApiKey, str]:
    """A new key and its text, which is kept nowhere: whoever made it sees it now or never."""
    wanted = set(rights)
    if not wanted <= set(rights_to_give(user)):
        raise NotGivenError(f"not yours to give: {', '.join(sorted(wanted - set(rights_to_give(user))))}")
    text = BEGINS + secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        user=user,
        name=name,
        begins=text[:SHOWN],
        digest=_digest(text),
        rights=sorted(wanted),
        networks=list(networks),
        created_at=at,
        expires_at=expires_at,
    )
    record(user, "make key", f"key:{key.id}", rights=key.rights)
    return key, text


def key_of(authorization: str, address: str, at: int) -> ApiKey | None:
    """The key of an `Authorization: Bearer sk_live_…` header that holds at this instant, from this address.

    None where it is none of ours, revoked, too old, used from elsewhere, or its person was deactivated. Which
    of these is nobody's business who tries keys. `acting(key)` is the user that it acts as.
    """
    scheme, _space, text = authorization.partition(" ")
    text = text.strip()
    if scheme.lower() != "bearer" or not text.startswith(BEGINS) or len(text) > LONGEST:
        return None
    key = ApiKey.objects.select_related("user").filter(digest=_digest(text)).first()
    if key is None or key.revoked_at is not None or key.expires_at <= at or not key.user.is_active:
        return None
    if key.networks and not _is_within(address, key.networks):
        return None
    if key.last_used_at is None or at - key.last_used_at >= MINUTE:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=at)
    return key


def acting(key: ApiKey) -> User:
    """The person for whom a key acts, with no more than the key's rights: what `request.user` is to be."""
    user = key.user
    user.narrowed_to = frozenset(Right(r) for r in key.rights if r in set(Right)) - NEVER_BY_KEY
    user.key_id = key.pk
    return user


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _is_within(address: str, networks: list[str]) -> bool:
    try:
        given = ip_address(address)
    except ValueError:
        return False
    return any(given in ip_network(each) for each in networks)
