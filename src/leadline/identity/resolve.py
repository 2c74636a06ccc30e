"""Who is who: pure functions of links, claims and merges, the same in whatever order these arrive.

Subjects may be any hashable value; where user ids and e-mails are told apart, they are pairs such as
`("user", "u-1")` and `("email", "ana@example.com")`. Instants are whole microseconds UTC.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

Subject = Hashable


class Link(NamedTuple):
    """The anonymous id that it is about was this person at this time."""

    occurred_at: int
    link_id: str
    person: Subject


class Claim(NamedTuple):
    """A user says that the e-mail that it is about is theirs; `verified` by a source that is trusted."""

    occurred_at: int
    user: Subject
    claim_id: str
    verified: bool


class Merge(NamedTuple):
    """Somebody joined two leads: the loser's facts are the winner's. One taken back is not passed at all."""

    at: int
    merge_id: str
    loser: Subject
    winner: Subject


class Span(NamedTuple):
    """From `starts` until before `ends` the visitor was this person; None is without end on that side."""

    starts: int | None
    ends: int | None
    person: Subject


def is_user(person: Any) -> bool:
    """Whether a subject is a user id: a pair whose first is "user"."""
    return isinstance(person, tuple) and person[:1] == ("user",)


def spans_of(links: Iterable[Link]) -> list[Span]:
    """The spans of one anonymous id, which together cover all time; none where it was never linked.

    Until the second link it was the person of the first, also before that: who looks around and then says
    their name is one person. Of links at one instant the last by `link_id` holds.

    >>> spans_of([Link(9, "b", "Ben"), Link(5, "a", "Ana")])
    [Span(starts=None, ends=9, person='Ana'), Span(starts=9, ends=None, person='Ben')]
    """
    at_instant = {link.occurred_at: link.person for link in sorted(links, key=lambda link: link[:2])}
    changes = [next(iter(at_instant.items()))] if at_instant else []
    changes += [(at, new) for (_, old), (at, new) in pairwise(at_instant.items()) if old != new]
    ends = [at for at, _ in changes[1:]]
    return [
        Span(starts, end, person)
        for starts, end, (_, person) in zip([None, *ends], [*ends, None], changes, strict=False)
    ]


def person_at(spans: Sequence[Span], at: int) -> Subject | None:
    """Whose the visitor's doings are at this instant; None without a link."""
    if not spans:
        return None
    return spans[bisect_right(spans, at, lo=1, key=lambda span: span.starts) - 1].person


def owner_of(claims: Iterable[Claim]) -> Subject | None:
    """The user that one e-mail belongs to: of the earliest verified claim; None where there is none.

    Two users who claim one e-mail are not joined: it belongs to the first, and nothing else changes.

    >>> owner_of([Claim(5, "u2", "c2", True), Claim(3, "u1", "c1", True), Claim(1, "u9", "c0", False)])
    'u1'
    """
    verified = [claim for claim in claims if claim.verified]
    return min(verified, key=lambda claim: claim[:3]).user if verified else None


def roots(
    merges: Iterable[Merge],
    owners: Mapping[Any, Any] | None = None,
    is_user: Callable[[Any], bool] = is_user,
) -> dict[Any, Any]:
    """Of each subject that was merged away, the one that stands for it now.

    Merges are taken by `(at, merge_id)`. One between two that are the same already, also through others,
    would close a circle and changes nothing. To take a merge back, leave it out and ask again.

    `owners` (e-mail to user, see :func:`owner_of`) speaks first: a merge of an e-mail is one of its user.
    Where that would join two users whom nobody joined by name, it changes nothing.

    >>> roots([Merge(1, "m1", "b", "a"), Merge(2, "m2", "c", "b"), Merge(3, "m3", "a", "c")])
    {'b': 'a', 'c': 'a'}
    """
    owners = owners or {}
    parent: dict[Any, Any] = {}
    for merge in sorted(merges, key=lambda merge: merge[:2]):
        loser, winner = (owners.get(end, end) for end in (merge.loser, merge.winner))
        by_name = (loser, winner) == (merge.loser, merge.winner)
        if not by_name and is_user(loser) and is_user(winner):
            continue
        top, under = _top(parent, winner), _top(parent, loser)
        if top != under:
            parent[under] = top
    return {subject: _top(parent, subject) for subject in list(parent)}


def _top(parent: dict[Any, Any], subject: Any) -> Any:
    """The end of the way up; the way is made short for whoever comes next."""
    top = subject
    while top in parent:
        top = parent[top]
    while subject != top:
        parent[subject], subject = top, parent[subject]
    return top


@dataclass(frozen=True)
class Identities:
    """Who is who by all links, claims and merges; built by :func:`resolve`."""

    spans: Mapping[Any, Sequence[Span]] = field(default_factory=dict)
    owners: Mapping[Any, Any] = field(default_factory=dict)
    roots: Mapping[Any, Any] = field(default_factory=dict)

    def lead_of(self, subject: Any, at: int) -> Any:
        """The subject that stands for the lead whose a fact of `subject` at this instant is."""
        spans = self.spans.get(subject)
        person = person_at(spans, at) if spans else subject
        person = self.owners.get(person, person)
        return self.roots.get(person, person)


def resolve(
    links: Iterable[tuple[Any, Link]] = (),
    claims: Iterable[tuple[Any, Claim]] = (),
    merges: Iterable[Merge] = (),
    is_user: Callable[[Any], bool] = is_user,
) -> Identities:
    """Who is who: of links by anonymous id, claims by e-mail, and the merges that are not taken back.

    >>> who = resolve(links=[("visitor", Link(5, "a", "Ana"))], merges=[Merge(9, "m", "Ana", "Ana Winter")])
    >>> who.lead_of("visitor", 1), who.lead_of("Ben", 1)
    ('Ana Winter', 'Ben')
    """
    owners = {email: owner_of(of) for email, of in _grouped(claims).items()}
    owners = {email: owner for email, owner in owners.items() if owner is not None}
    spans = {anonymous: spans_of(of) for anonymous, of in _grouped(links).items()}
    return Identities(spans, owners, roots(merges, owners, is_user))


def _grouped(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, list[Any]]:
    groups: defaultdict[Any, list[Any]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return groups
