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
from leadline.web.leads.aside import forget
from leadline.web.leads.marks import Minute, give_up, mark
from leadline.web.leads.people import companions, respan
from leadline.web.leads.rows import Table, fetch
from leadline.web.leads.tombstones import erased_at
from leadline.web.leads.turn import numbers, take_turn

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
    trusted: bool  # what such a source says is never taken for a machine's because there is much of it
    firsthand: bool  # said by the person's own browser or form, not by a server or a list


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


def append(messages: Sequence[Sent]) -> Appended:
    """Store what is new of these messages, and say which leads it concerns."""
    done = Appended()
    take_turn()
    messages = _without_erased(messages, done)
    fresh, thinned = _fresh(messages, done)
    if not fresh:
        return done
    ids = subject_ids(_subjects(fresh))
    moved = _write(fresh, ids)
    marked = mark([m.read.event.event_id for m in fresh], _minutes(fresh, thinned, ids))
    _tell(fresh, ids, marked, moved, done)
    return done


def _without_erased(messages: Sequence[Sent], done: Appended) -> list[Sent]:
    """Without what somebody says of people who were erased, or what they did before.

    Only they themselves can come back, by what they do on a page or in a form from then on.
    """
    erased = erased_at(name for m in messages for name in _subjects([m]))
    if not erased:
        return list(messages)
    kept = []
    for m in messages:
        since = max((erased[name] for name in _subjects([m]) if name in erased), default=None)
        if since is None or (m.firsthand and m.read.event.occurred_at > since):
            kept.append(m)
        else:
            done.ends[m.source_id, "refused:erased"] += 1
    return kept


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


@dataclass(frozen=True, order=True)
class _Kept:
    """Of messages with one id the least counts: that which occurred first, and was received first."""

    at: int
    digest: str
    received_at: int
    subject: int | None = field(default=None, compare=False)  # of one that is stored already


def _fresh(messages: Sequence[Sent], done: Appended) -> tuple[list[Sent], set[Minute]]:
    """The messages to store, and the minutes of those that they replace.

    A message that says what one with its id said before is a duplicate, one that says otherwise a conflict.
    Either replaces what is there if it occurred earlier, so that the order of arrival decides nothing.
    """
    ids = list(dict.fromkeys(m.read.event.event_id for m in messages))
    columns = "event_id, occurred_at, digest, received_at, subject_id"
    rows = fetch(f"SELECT {columns} FROM leads_event WHERE event_id IN ({{}})", ids)
    there = {event_id: _Kept(*row) for event_id, *row in rows}
    fresh: dict[str, Sent] = {}
    thinned: set[Minute] = set()
    for m in messages:
        event = m.read.event
        new, old = _Kept(event.occurred_at, event.digest, event.received_at), there.get(event.event_id)
        done.ends[m.source_id, _end(new, old)] += 1
        if old is not None and old <= new:
            continue
        if old is not None and old.subject is not None:
            _forget(event.event_id, old.at, old.subject, done)
            if not m.trusted:  # an id begins with its source, so both are of one
                thinned.add(Minute(old.subject, old.at // MINUTE, m.source_id))
        there[event.event_id] = new
        fresh[event.event_id] = m
    return list(fresh.values()), thinned


def _end(new: _Kept, old: _Kept | None) -> str:
    if old is None:
        return "stored"
    return "duplicate" if new.digest == old.digest else "conflict"


def _forget(event_id: str, at: int, subject: int, done: Appended) -> None:
    """Take out an event that another one replaces, and all that it said."""
    trait = "subject_id = %s AND occurred_at = %s AND substr(trait_id, 1, %s) = %s"
    of_traits = [subject, at, len(event_id) + 1, f"{event_id}:"]
    link = "(anon_id = %s OR person_id = %s) AND occurred_at = %s AND link_id = %s"
    of_links = [subject, subject, at, event_id]
    claim, of_claims = "user_id = %s AND claim_id = %s", [subject, event_id]
    with connection.cursor() as cursor:

        def taken(table: str, column: str, where: str, values: list) -> set[int]:
            cursor.execute(f"SELECT {column} FROM {table} WHERE {where}", values)
            found = {row[0] for row in cursor.fetchall()}
            cursor.execute(f"DELETE FROM {table} WHERE {where}", values)
            return found

        cursor.execute("SELECT lead_id FROM leads_span WHERE subject_id = %s", [subject])
        for (lead,) in cursor.fetchall():
            done.touch(lead, EARLIEST)
        seqs = taken("leads_event", "seq", "event_id = %s", [event_id])
        seqs |= taken("leads_trait", "seq", trait, of_traits)
        linked = taken("leads_link", "anon_id", link, of_links)
        claimed = taken("leads_claim", "email_id", claim, of_claims)
    give_up(seqs)
    forget([event_id], [subject])
    for leads in respan(linked | _with_companions(claimed | {subject} if claimed else set())).values():
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
    proved = {ids[tuple(end)] for c in claims if c.verified for end in (c.email, c.user)}
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


def _minutes(
    messages: list[Sent], thinned: set[Minute], ids: dict[tuple[str, str], int]
) -> dict[Minute, list[str]]:
    """The clock minutes in which there are fewer events than before, or new ones: these. Of sources that
    anybody may write as.
    """
    found: dict[Minute, list[str]] = {minute: [] for minute in thinned}
    for m in messages:
        if not m.trusted:
            event = m.read.event
            minute = Minute(ids[tuple(event.subject)], event.occurred_at // MINUTE, m.source_id)
            found.setdefault(minute, []).append(event.event_id)
    return found


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
