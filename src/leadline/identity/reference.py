"""Who is who, the slow and obvious way: what the tests hold :mod:`leadline.identity.resolve` against."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from leadline.identity.resolve import Claim, Link, Merge, is_user


def lead_of(
    subject: Any,
    at: int,
    links: Collection[tuple[Any, Link]] = (),
    claims: Collection[tuple[Any, Claim]] = (),
    merges: Collection[Merge] = (),
    is_user: Callable[[Any], bool] = is_user,
) -> Any:
    """The lead that a fact of `subject` at this instant belongs to; looks at everything, every time."""
    person = _owned(_person(subject, at, links), claims)
    for group, top in _groups(merges, claims, is_user):
        if person in group:
            return top
    return person


def _person(subject: Any, at: int, links: Collection[tuple[Any, Link]]) -> Any:
    own = [link for anonymous, link in links if anonymous == subject]
    if not own:
        return subject
    begin = min(link.occurred_at for link in own)
    past = [link for link in own if link.occurred_at <= max(at, begin)]
    return max(past, key=lambda link: (link.occurred_at, link.link_id)).person


def _owned(person: Any, claims: Collection[tuple[Any, Claim]]) -> Any:
    verified = sorted(
        (claim.occurred_at, claim.user, claim.claim_id)
        for email, claim in claims
        if email == person and claim.verified
    )
    return verified[0][1] if verified else person


def _groups(
    merges: Collection[Merge], claims: Collection[tuple[Any, Claim]], is_user: Callable[[Any], bool]
) -> list[tuple[set[Any], Any]]:
    """Sets of subjects that are one, each with the one that stands for it."""
    groups: list[tuple[set[Any], Any]] = []
    for merge in sorted(merges, key=lambda merge: (merge.at, merge.merge_id)):
        loser, winner = _owned(merge.loser, claims), _owned(merge.winner, claims)
        moved = loser != merge.loser or winner != merge.winner
        if moved and is_user(loser) and is_user(winner):
            continue
        losing = next((g for g in groups if loser in g[0]), ({loser}, loser))
        winning = next((g for g in groups if winner in g[0]), ({winner}, winner))
        if losing[0] & winning[0]:
            continue
        groups = [g for g in groups if g not in (losing, winning)]
        groups.append((losing[0] | winning[0], winning[1]))
    return groups
