"""Who the facts are about: spans of time in which a subject's facts are a lead's.

The rules are :mod:`leadline.identity.resolve`'s, pure functions; here they meet the tables. Whatever the
order in which facts arrive, the spans come out the same, since each is made anew from all facts behind it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from leadline.identity.resolve import owner_of, roots, spans_of
from leadline.web.instants import EARLIEST, LATEST
from leadline.web.leads.models import Claim, Link, Merge, Span, Subject
from leadline.web.leads.rows import Table, chunks, fetch

SPANS = Table("leads_span", ("subject_id", "starts", "ends", "lead_id"))


def merged(merges: Iterable[Merge] | None = None) -> dict[int, int]:
    """Each person that was merged into another -> who they are now."""
    active = Merge.objects.filter(taken_back_at=None) if merges is None else merges
    return roots([(m.loser_id, m.winner_id, m.at, m.id) for m in active])


def respan(subjects: set[int]) -> dict[int, set[int]]:
    """Make the spans of these subjects anew; gives subject -> the leads it left or joined (none: unchanged)."""
    moved: dict[int, set[int]] = {}
    merges = merged()
    for some in chunks(sorted(subjects)):
        before, after = _stored(some), _found(some, merges)
        changed = [s for s in some if before.get(s, []) != after[s]]
        SPANS.delete("subject_id", changed)
        SPANS.insert([(s, *span) for s in changed for span in after[s]])
        for s in changed:
            moved[s] = {lead for *_, lead in before.get(s, [])} | {lead for *_, lead in after[s]}
    return moved


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


def _found(subjects: list[int], merges: dict[int, int]) -> dict[int, list[tuple[int, int, int]]]:
    kinds = dict(Subject.objects.filter(id__in=subjects).values_list("id", "kind"))
    links = defaultdict(list)
    for link in Link.objects.filter(anon_id__in=subjects):
        links[link.anon_id].append((link.occurred_at, link.link_id, link.person_id))
    people = {s for s in subjects if kinds.get(s) != Subject.ANON} | {
        p for of in links.values() for *_, p in of
    }
    lead_of = _leads_of(people, merges)
    found = {}
    for subject in subjects:
        if kinds.get(subject) == Subject.ANON and subject in links:
            found[subject] = _joined(spans_of(links[subject]), lead_of)
        else:
            found[subject] = [(EARLIEST, LATEST, lead_of.get(subject, subject))]
    return found


def _leads_of(people: set[int], merges: dict[int, int]) -> dict[int, int]:
    """Each person's lead: an e-mail address goes to the user who proved it, and merges are followed."""
    owners = _owners(people | set(merges.values()))

    def lead_of(person: int) -> int:
        own = owners.get(person, person)
        winner = merges.get(own, merges.get(person, own))
        return owners.get(winner, winner)

    return {p: lead_of(p) for p in people}


def _owners(people: set[int]) -> dict[int, int]:
    """E-mail address -> the user of its first verified claim."""
    claims = defaultdict(list)
    for some in chunks(sorted(people)):
        for claim in Claim.objects.filter(email_id__in=some):
            claims[claim.email_id].append((claim.occurred_at, claim.user_id, claim.claim_id, claim.verified))
    found = {email: owner_of(of) for email, of in claims.items()}
    return {email: owner for email, owner in found.items() if owner is not None}


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
