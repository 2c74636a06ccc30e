"""What the rows of a file would change: the same for the preview and for the import itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from leadline.web.capture.facts import ClaimFact, EventFact, Read, Subject, TraitFact
from leadline.web.importing.known import Known, Person, Value
from leadline.web.importing.mapping import Columns, RefusedError, Said
from leadline.web.importing.reading import Row
from leadline.web.leads.rows import fetch
from leadline.web.leads.store import as_json
from leadline.web.leads.tombstones import erased_at

CREATED, CHANGED, SAME, REFUSED = "created", "changed", "same", "refused"
PREFIX = "import"


@dataclass(frozen=True)
class Lot:
    """What all rows of an import share."""

    columns: Columns
    digest: str  # of file and mapping
    at: int  # the instant of rows that have none of their own
    rows: int

    def instant(self, said: Said, row: Row) -> int:
        """A row's own, or the import's; of two of one person the later row counts then."""
        return self.at - (self.rows - row.number) if said.at is None else said.at


@dataclass(frozen=True)
class Change:
    """One field of a row that says something new."""

    field: str
    before: str | None
    after: str


@dataclass
class Outcome:
    """What becomes of a row."""

    row: Row
    end: str
    who: str = ""
    reason: str = ""
    people: dict[Subject, Person] = field(default_factory=dict)  # whom it is about, as it leaves them
    changes: list[Change] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)


def plan(
    rows: Sequence[Row], lot: Lot, now: int, seen: Mapping[Subject, Person] | None = None
) -> list[Outcome]:
    """What each row would do, in order.

    `seen` are people as rows before left them, where that is not in the database.
    """
    read = _without_erased([(row, _said(row, lot, now)) for row in rows])
    saids = [said for _, said in read if isinstance(said, Said)]
    known = Known.of(saids, list(lot.columns.fields))
    for said in saids if seen else ():
        for subject in (said.subject, said.email):
            if subject is not None and subject in seen:
                known.people[subject] = seen[subject]
    there = _stored(read, lot)
    return [
        Outcome(row, REFUSED, reason=said)
        if isinstance(said, str)
        else _outcome(row, said, lot, known, there)
        for row, said in read
    ]


def _without_erased(read: list[tuple[Row, Said | str]]) -> list[tuple[Row, Said | str]]:
    """Rows of people who were erased are refused: the store would not take them either."""
    erased = erased_at(name for _, said in read if isinstance(said, Said) for name in said.names)
    if not erased:
        return read
    why = _("this person was erased, and a list does not bring them back")
    return [
        (row, why if isinstance(said, Said) and any(name in erased for name in said.names) else said)
        for row, said in read
    ]


def _said(row: Row, lot: Lot, now: int) -> Said | str:
    try:
        return lot.columns.read(row.cells, now)
    except RefusedError as error:
        return str(error)


def _stored(read: Iterable[tuple[Row, Said | str]], lot: Lot) -> set[str]:
    """Ids of events of these rows that are there already."""
    ids = [i for row, said in read if isinstance(said, Said) for i in (row_id(row, lot), event_id(said)) if i]
    return {i for (i,) in fetch("SELECT event_id FROM leads_event WHERE event_id IN ({})", ids)}


def row_id(row: Row, lot: Lot) -> str:
    """Of what a row says of a person: the same whenever this file is imported with this mapping."""
    return f"{PREFIX}:{lot.digest}:{row.number:07}"


def event_id(said: Said) -> str:
    """Of an event in a row: the same in whatever file it stands, so exports may overlap."""
    if not said.event:
        return ""
    what = [said.subject, said.at, said.event, said.properties]
    return f"{PREFIX}:~{hashlib.blake2b(as_json(what).encode(), digest_size=16).hexdigest()}"


def _outcome(row: Row, said: Said, lot: Lot, known: Known, there: set[str]) -> Outcome:
    person, joins = known.person(said)
    new, at = not person.there, lot.instant(said, row)
    then = lot.at if said.at is None else said.at
    outcome = Outcome(row, SAME, said.who, people={said.subject: person} | _by_email(said, known))
    if said.event and (number := event_id(said)) not in there:
        there.add(number)
        outcome.reads.append(Read(_event(number, said, at, "track", said.event, said.properties)))
    if (number := row_id(row, lot)) not in there:
        changes = (_change(name, text, then, person, lot) for name, text in said.fields.items())
        outcome.changes = [change for change in changes if change is not None]
        if outcome.changes or joins:
            outcome.reads.append(_identify(number, said, at, outcome.changes))
        known.learn(
            person, {c.field: Value(at, f"{number}:{c.field}", c.after, True) for c in outcome.changes}
        )
    if outcome.reads:
        person.there = True
        outcome.end = CREATED if new else CHANGED
    elif new:
        return Outcome(
            row, REFUSED, said.who, _("it has nothing but a user id: a lead needs a value or an event")
        )
    return outcome


def _by_email(said: Said, known: Known) -> dict[Subject, Person]:
    return {} if said.email is None else {said.email: known.people[said.email]}


def _change(name: str, text: str, at: int, person: Person, lot: Lot) -> Change | None:
    """None where it is known already, from a source that is believed; or where what is known is to stay."""
    before = person.at(name, at)
    if before is not None and before.text and not lot.columns.overwrite:
        return None
    if before is not None and before.text == text and before.verified:
        return None
    return Change(name, before.text if before else None, text)


def _identify(number: str, said: Said, at: int, changes: Sequence[Change]) -> Read:
    event = _event(number, said, at, "identify", "identify", {c.field: c.after for c in changes})
    traits = tuple(
        TraitFact(said.subject, c.field, c.after, at, f"{number}:{c.field}", True) for c in changes
    )
    claims = () if said.email is None else (ClaimFact(said.subject, said.email, at, True, number),)
    return Read(event, traits, claims=claims)


def _event(number: str, said: Said, at: int, kind: str, name: str, properties: dict[str, str]) -> EventFact:
    shown = properties if kind == "track" else {}
    digest = hashlib.blake2b(as_json([said.subject, kind, name, properties]).encode(), digest_size=16)
    return EventFact(number, said.subject, at, kind, name, shown, {}, "", digest.hexdigest(), None, None, at)
