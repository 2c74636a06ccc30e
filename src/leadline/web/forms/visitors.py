"""Who is there: a browser's own id that nobody can guess, and what was told from that browser."""

from __future__ import annotations

import re
import secrets
from collections import defaultdict

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from leadline.web.leads.models import Link, Subject, Trait

COOKIE = "__Host-visitor" if settings.SURROUNDINGS.https else "visitor"
_LIFE = 390 * 24 * 3600  # browsers keep no cookie longer than 400 days
_LINKS = 50

# A random UUID, or as many random signs as ours have. A number or a name would tell a stranger, one guess at
# a time, what somebody else has answered.
_UNGUESSABLE = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}|[\w-]{32}", re.I
)


def new_visitor() -> str:
    return secrets.token_urlsafe(24)


def is_unguessable(visitor: str) -> bool:
    """Whether an id is made so that only its own browser knows it.

    >>> is_unguessable(new_visitor()), is_unguessable("1842"), is_unguessable("ana@example.com")
    (True, False, False)
    """
    return _UNGUESSABLE.fullmatch(visitor) is not None


def returning(request: HttpRequest) -> str:
    """The id in the browser's cookie; "" where there is none, or the visitor wants not to be followed."""
    visitor = request.COOKIES.get(COOKIE, "")
    return visitor if is_unguessable(visitor) and not opted_out(request) else ""


def opted_out(request: HttpRequest) -> bool:
    """Global Privacy Control."""
    return request.headers.get("Sec-GPC", "").strip() == "1"


def remember(response: HttpResponse, visitor: str) -> None:
    response.set_cookie(
        COOKIE, visitor, max_age=_LIFE, httponly=True, samesite="Lax", secure=settings.SURROUNDINGS.https
    )


def forget(response: HttpResponse) -> None:
    response.set_cookie(
        COOKIE, "", max_age=0, httponly=True, samesite="Lax", secure=settings.SURROUNDINGS.https
    )


def told(visitor: str) -> set[str]:
    """The fields that were answered from this browser, by whatever form or page.

    Of the person behind it no more is looked up: whoever types a stranger's e-mail address must not see, by
    what is asked next, what is known of that stranger.
    """
    if not is_unguessable(visitor):
        return set()
    anon = Subject.objects.filter(kind=Subject.ANON, value=visitor).values_list("id", flat=True).first()
    if anon is None:
        return set()
    traits = list(
        Trait.objects.filter(subject_id=anon).values_list("field", "occurred_at", "trait_id", "value")
    )
    for person, events in _said_as(anon).items():
        of_person = Trait.objects.filter(subject_id=person, occurred_at__in=events.values())
        traits += [
            row for row in of_person.values_list("field", "occurred_at", "trait_id", "value")
            if row[2].removesuffix(f":{row[0]}") in events
        ]  # fmt: skip
    latest = {field: value for field, _, _, value in sorted(traits, key=lambda row: row[1:3])}
    return {field for field, value in latest.items() if value}


def _said_as(anon: int) -> dict[int, dict[str, int]]:
    """Person -> the messages, with their instants, by which this browser said that it is this person."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    links = Link.objects.filter(anon_id=anon).order_by("-occurred_at")[:_LINKS]
    for link in links:
        found[link.person_id][link.link_id] = link.occurred_at
    return found
