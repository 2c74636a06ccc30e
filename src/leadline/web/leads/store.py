"""Appending facts: each once, whatever is sent twice, late or in another order.

`append` runs inside the caller's transaction. It takes facts as the reading of an arrival gives them
(:mod:`leadline.web.capture.facts`), but asks of them only their attributes.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.db import connection

from leadline.web.instants import EARLIEST, MINUTE
from leadline.web.leads.models import Subject, Verdict
from leadline.web.leads.people import companions, respan
from leadline.web.leads.rows import Table, chunks, fetch

FASTEST = 100  # events of one visitor within a clock minute; no human reaches more
RATE = "rate"

EVENTS = Table(
    "leads_event",
    (
        "subject_id", "occurred_at", "event_id", "seq", "kind", "event", "properties", "context", "source_id",
        "received_at", "digest", "bot", "void",
    ),
)  # fmt: skip
TRAITS = Table(
    "leads_trait",
    (
        "subject_id", "field", "occurred_at", "trait_id", "seq", "value", "source_id", "verified", "quote",
        "confidence",
    ),
)  # fmt: skip
LINKS = Table("leads_link", ("anon_id", "occurred_at", "link_id", "person_id"))
CLAIMS = Table("leads_claim", ("email_id", "occurred_at", "claim_id", "user_id", "verified"))


class Sent(Protocol):
    """What one message said, and who sent it."""

    source_id: int
    read: Any  # leadline.web.capture.facts.Read


@dataclass
class Appended:
    """What an append changed.

    `since` has for each lead that is concerned the first instant at which its facts differ from before;
    `ends` counts messages by what became of them: stored, duplicate, conflict.
    """

    since: dict[int, int] = field(default_factory=dict)
    ends: Counter[tuple[int, str]] = field(default_factory=Counter)

    def touch(self, lead: int, at: int) -> None:
        self.since[lead] = min(at, self.since.get(lead, at))


def take_turn() -> None:
    """From here to the end of the transaction nobody else writes facts."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO leads_sequence (id, last) VALUES (1, 0) ON CONFLICT DO NOTHING")
        cursor.execute("UPDATE leads_sequence SET last = last WHERE id = 1")


def numbers(count: int) -> range:
    """The next numbers in the order of writing."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE leads_sequence SET last = last + %s WHERE id = 1", [count])
        cursor.execute("SELECT last FROM leads_sequence WHERE id = 1")
        (last,) = cursor.fetchone()
    return range(last - count + 1, last + 1)


def append(messages: Sequence[Sent]) -> Appended:
    """Store what is new of these messages, and say which leads it concerns."""
    done = Appended()
    take_turn()
    fresh = _fresh(messages, done)
    if not fresh:
        return done
    ids = subject_ids(_subjects(fresh))
    moved = _write(fresh, ids)
    _void_by_verdict([m.read.event.event_id for m in fresh])
    marked = _mark_rates(fresh, ids)
    _tell(fresh, ids, marked, moved, done)
    return done


def subject_ids(subjects: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The numbers of subjects, new ones made."""
    wanted = sorted(set(subjects))
    by_kind = defaultdict(list)
    for kind, value in wanted:
        by_kind[kind].append(value)
    found: dict[tuple[str, str], int] = {}
    for kind, values in by_kind.items():
        found |= _numbered(kind, values)
        missing = [v for v in values if (kind, v) not in found]
        if missing:
            Table("leads_subject", ("kind", "value")).insert([(kind, v) for v in missing])
            found |= _numbered(kind, missing)
    return found


def _numbered(kind: str, values: list[str]) -> dict[tuple[str, str], int]:
    rows = fetch("SELECT value, id FROM leads_subject WHERE value IN ({}) AND kind = %s", values, kind)
    return {(kind, value): number for value, number in rows}


def _subjects(messages: Iterable[Sent]) -> Iterable[tuple[str, str]]:
    for m in messages:
        yield tuple(m.read.event.subject)  # type: ignore[misc]
        yield from (tuple(t.subject) for t in m.read.traits)  # type: ignore[misc]
        for link in m.read.links:
            yield from (tuple(link.anon), tuple(link.person))  # type: ignore[misc]
        for claim in m.read.claims:
            yield from (tuple(claim.user), tuple(claim.email))  # type: ignore[misc]


def _fresh(messages: Sequence[Sent], done: Appended) -> list[Sent]:
    """The messages that are not there yet. Of two with one id the one that occurred first counts."""
    ids = list(dict.fromkeys(m.read.event.event_id for m in messages))
    stored = {
        event_id: (at, digest, subject)
        for event_id, at, digest, subject in fetch(
            "SELECT event_id, occurred_at, digest, subject_id FROM leads_event WHERE event_id IN ({})", ids
        )
    }
    kept: dict[str, Sent] = {}
    for m in messages:
        event = m.read.event
        there = stored.get(event.event_id)
        if there is None:
            stored[event.event_id] = (event.occurred_at, event.digest, None)
            kept[event.event_id] = m
            done.ends[m.source_id, "stored"] += 1
        elif there[1] == event.digest:
            done.ends[m.source_id, "duplicate"] += 1
        else:
            done.ends[m.source_id, "conflict"] += 1
            if (event.occurred_at, event.digest) < there[:2]:
                if there[2] is not None:
                    _forget(event.event_id, there[0], there[2], done)
                stored[event.event_id] = (event.occurred_at, event.digest, None)
                kept[event.event_id] = m
    return list(kept.values())


def _forget(event_id: str, at: int, subject: int, done: Appended) -> None:
    """Take out the later of two events with one id, and all that it said of its subject."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT lead_id FROM leads_span WHERE subject_id = %s", [subject])
        for (lead,) in cursor.fetchall():
            done.touch(lead, EARLIEST)
        cursor.execute(
            "SELECT anon_id FROM leads_link WHERE person_id = %s AND link_id = %s", [subject, event_id]
        )
        linked = {anon for (anon,) in cursor.fetchall()}
        cursor.execute(
            "SELECT email_id FROM leads_claim WHERE user_id = %s AND claim_id = %s", [subject, event_id]
        )
        claimed = {email for (email,) in cursor.fetchall()}
        cursor.execute("DELETE FROM leads_event WHERE event_id = %s", [event_id])
        cursor.execute(
            "DELETE FROM leads_trait WHERE subject_id = %s AND occurred_at = %s AND substr(trait_id, 1, %s) = %s",
            [subject, at, len(event_id) + 1, f"{event_id}:"],
        )
        cursor.execute("DELETE FROM leads_link WHERE person_id = %s AND link_id = %s", [subject, event_id])
        cursor.execute("DELETE FROM leads_claim WHERE user_id = %s AND claim_id = %s", [subject, event_id])
    for leads in respan(linked | _with_companions(claimed)).values():
        for lead in leads:
            done.touch(lead, EARLIEST)


def _write(messages: list[Sent], ids: dict[tuple[str, str], int]) -> dict[int, set[int]]:
    """The rows of all facts; gives the subjects whose spans changed, with the leads concerned."""
    traits = [(m, t) for m in messages for t in m.read.traits]
    seqs = iter(numbers(len(messages) + len(traits)))
    EVENTS.insert(_event_row(m, ids, next(seqs)) for m in messages)
    TRAITS.insert(
        (
            ids[tuple(t.subject)],
            t.field,
            t.occurred_at,
            t.trait_id,
            next(seqs),
            t.value,
            m.source_id,
            t.verified,
            t.quote or "",
            t.confidence,
        )
        for m, t in traits
    )
    links = [k for m in messages for k in m.read.links]
    LINKS.insert((ids[tuple(k.anon)], k.occurred_at, k.link_id, ids[tuple(k.person)]) for k in links)
    claims = [c for m in messages for c in m.read.claims]
    CLAIMS.insert(
        (ids[tuple(c.email)], c.occurred_at, c.claim_id, ids[tuple(c.user)], c.verified) for c in claims
    )
    new = {ids[s] for s in _subjects(messages)}
    proved = {ids[tuple(c.email)] for c in claims if c.verified}
    return respan(new | _with_companions(proved))


def _with_companions(people: set[int]) -> set[int]:
    """Persons whose lead may change, and all subjects that go with them."""
    leads = {
        lead for (lead,) in fetch("SELECT lead_id FROM leads_span WHERE subject_id IN ({})", sorted(people))
    }
    return people | (companions(leads) if leads else set())


def _event_row(m: Sent, ids: dict[tuple[str, str], int], seq: int) -> tuple:
    e = m.read.event
    return (
        ids[tuple(e.subject)], e.occurred_at, e.event_id, seq, e.kind, e.event, as_json(e.properties),
        as_json(e.context), m.source_id, e.received_at, e.digest, e.bot, bool(e.bot),
    )  # fmt: skip


def as_json(value: object) -> str:
    """One text for one value: keys in order, nothing that a database could refuse."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _void_by_verdict(event_ids: list[str]) -> None:
    """What was said of an event holds also where it came before the event."""
    latest: dict[str, bool] = {}
    for some in chunks(event_ids):
        for verdict in Verdict.objects.filter(event_id__in=some).order_by("at", "id"):
            latest[verdict.event_id] = verdict.void
    with connection.cursor() as cursor:
        for event_id, void in latest.items():
            cursor.execute("UPDATE leads_event SET void = %s WHERE event_id = %s", [void, event_id])


def _mark_rates(messages: list[Sent], ids: dict[tuple[str, str], int]) -> dict[int, int]:
    """A visitor's minute with more events than a human makes is a machine's, all of it.

    Gives visitor -> the beginning of the first minute that was marked.
    """
    minutes = Counter(
        (ids[tuple(m.read.event.subject)], m.read.event.occurred_at // MINUTE)
        for m in messages
        if m.read.event.subject.kind == Subject.ANON
    )
    marked: dict[int, int] = {}
    with connection.cursor() as cursor:
        for subject, minute in sorted(minutes, reverse=True):
            span = [subject, minute * MINUTE, (minute + 1) * MINUTE]
            cursor.execute(
                "SELECT count(*) FROM leads_event WHERE subject_id = %s AND occurred_at >= %s AND occurred_at < %s",
                span,
            )
            if cursor.fetchone()[0] > FASTEST:
                cursor.execute(
                    "UPDATE leads_event SET bot = %s, void = %s WHERE subject_id = %s AND occurred_at >= %s "
                    "AND occurred_at < %s AND bot = '' AND NOT EXISTS "
                    "(SELECT 1 FROM leads_verdict v WHERE v.event_id = leads_event.event_id)",
                    [RATE, True, *span],
                )
                if cursor.rowcount:
                    marked[subject] = minute * MINUTE
    return marked


def _tell(
    messages: list[Sent],
    ids: dict[tuple[str, str], int],
    marked: dict[int, int],
    moved: dict[int, set[int]],
    done: Appended,
) -> None:
    """Which leads these facts concern, from when on."""
    first = dict(marked)
    for m in messages:
        for subject, at in [
            (m.read.event.subject, m.read.event.occurred_at),
            *((t.subject, t.occurred_at) for t in m.read.traits),
        ]:
            number = ids[tuple(subject)]
            first[number] = min(at, first.get(number, at))
    spans = fetch("SELECT subject_id, ends, lead_id FROM leads_span WHERE subject_id IN ({})", sorted(first))
    for subject, ends, lead in spans:
        if ends > first[subject]:
            done.touch(lead, first[subject])
    for leads in moved.values():
        for lead in leads:
            done.touch(lead, EARLIEST)
