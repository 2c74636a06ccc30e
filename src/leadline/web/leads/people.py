"""Who the facts are about: spans of time in which a subject's facts are a lead's.

The rules are :mod:`leadline.identity.resolve`'s, pure functions; here they meet the tables. Whatever the
order in which facts arrive, the spans come out the same, since each is made anew from all facts behind it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from leadline.identity import resolve
from leadline.web.instants import EARLIEST, LATEST
from leadline.web.leads.models import Link, Merge, Span, Subject
from leadline.web.leads.rows import Table, chunks, fetch

SPANS = Table("leads_span", ("subject_id", "starts", "ends", "lead_id"))


def respan(subjects: set[int]) -> dict[int, set[int]]:
    """Make the spans of these subjects anew; gives subject -> the leads it left or joined."""
    moved: dict[int, set[int]] = {}
    merges = _merges()
    for some in chunks(sorted(subjects)):
        before, after = _stored(some), _found(some, merges)
        changed = [s for s in some if before.get(s, []) != after[s]]
        SPANS.delete("subject_id", changed)
        SPANS.insert([(s, *span) for s in changed for span in after[s]])
        for s in changed:
            moved[s] = {lead for *_, lead in before.get(s, [])} | {lead for *_, lead in after[s]}
    return moved


def leads_of(people: set[int]) -> set[int]:
    """The leads that these persons, or visitors nobody knows, are by the facts."""
    return set(_leads_of(people, _merges()).values())


def _merges() -> list[resolve.Merge]:
    """Those that stand; of two at one instant the first one entered comes first."""
    standing = Merge.objects.filter(taken_back_at=None)
    return [resolve.Merge(m.at, f"{m.id:020}", m.loser_id, m.winner_id) for m in standing]


def companions(leads: Iterable[int]) -> set[int]:
    """All subjects with facts of these leads."""
    found: set[int] = set()
    for some in chunks(sorted(leads)):
        found.update(Span.objects.filter(lead_id__in=some).values_list("subject_id", flat=True))
    return found


def _stored(subjects: list[int]) -> dict[int, list[tuple[int, int, int]]]:
    spans = defaultdict(list)
    for subject, *span in fetch(
        "SELECT subject_id, starts, ends, lead_id FROM leads_span WHERE subject_id IN ({}) "
        "ORDER BY subject_id, starts",
        subjects,
    ):
        spans[subject].append(tuple(span))
    return spans


def _found(subjects: list[int], merges: list[resolve.Merge]) -> dict[int, list[tuple[int, int, int]]]:
    links = _links(subjects)
    people = {p for of in links.values() for _, _, p in of} | set(subjects) - set(links)
    lead_of = _leads_of(people, merges)
    return {
        s: _joined(resolve.spans_of(links[s]), lead_of)
        if s in links
        else [(EARLIEST, LATEST, lead_of.get(s, s))]
        for s in subjects
    }


def _links(subjects: list[int]) -> dict[int, list[resolve.Link]]:
    links = defaultdict(list)
    for link in Link.objects.filter(anon_id__in=subjects):
        links[link.anon_id].append(resolve.Link(link.occurred_at, link.link_id, link.person_id))
    return links


def _leads_of(people: set[int], merges: list[resolve.Merge]) -> dict[int, int]:
    """Each person's lead: an e-mail address goes to the user who proved it, and merges are followed."""
    concerned = people | {end for m in merges for end in (m.loser, m.winner)}
    owners = _owners(concerned)
    users: set[int] = set(owners.values())
    for some in chunks(sorted(concerned)):
        users.update(Subject.objects.filter(id__in=some, kind=Subject.USER).values_list("id", flat=True))
    merged = resolve.roots(merges, owners, users.__contains__)
    owned = {p: owners.get(p, p) for p in people}
    return {p: merged.get(owner, owner) for p, owner in owned.items()}


def _owners(people: set[int]) -> dict[int, int]:
    """E-mail address -> the user of its first verified claim; ties go by the user's id as it was sent."""
    claims = defaultdict(list)
    rows = fetch(
        "SELECT c.email_id, c.occurred_at, s.value, s.id, c.claim_id FROM leads_claim c "
        "JOIN leads_subject s ON s.id = c.user_id WHERE c.email_id IN ({}) AND c.verified",
        sorted(people),
    )
    for email, at, value, user, claim_id in rows:
        claims[email].append(resolve.Claim(at, (value, user), claim_id, True))
    return {email: resolve.owner_of(of)[1] for email, of in claims.items()}  # type: ignore[index]


def _joined(
    spans: Iterable[tuple[int | None, int | None, int]], lead_of: dict[int, int]
) -> list[tuple[int, int, int]]:
    """Spans of leads: neighbours that turn out to be one lead are one."""
    joined: list[tuple[int, int, int]] = []
    for starts, ends, person in spans:
        lead = lead_of.get(person, person)
        starts = EARLIEST if starts is None else starts
        ends = LATEST if ends is None else ends
        if joined and joined[-1][2] == lead and joined[-1][1] == starts:
            joined[-1] = (joined[-1][0], ends, lead)
        else:
            joined.append((starts, ends, lead))
    return joined
