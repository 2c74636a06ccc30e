"""What is known already of the people that some rows are about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from leadline.web.capture.facts import Subject
from leadline.web.importing.mapping import Said
from leadline.web.leads.facts import believed
from leadline.web.leads.rows import fetch

_SUBJECTS = "SELECT value, id FROM leads_subject WHERE value IN ({}) AND kind = %s"
_SPANS = "SELECT subject_id, lead_id FROM leads_span WHERE subject_id IN ({})"
_TRAITS = """
    SELECT s.lead_id, t.field, t.value, t.occurred_at, t.trait_id, t.verified
    FROM leads_span s JOIN leads_trait t
      ON t.subject_id = s.subject_id AND t.occurred_at >= s.starts AND t.occurred_at < s.ends
    WHERE s.lead_id IN ({})
"""


_EMAIL = "email"


class Value(NamedTuple):
    at: int
    trait_id: str
    text: str
    verified: bool


@dataclass
class Person:
    """A lead as it was before a row: whether it is there at all, and what was learnt of it."""

    there: bool = False
    of_email: bool = True  # nobody has said yet which user id it has
    values: dict[str, list[Value]] = field(default_factory=lambda: defaultdict(list))

    def at(self, name: str, at: int) -> Value | None:
        """The value of a field that counts at an instant."""
        earlier = [value for value in self.values.get(name, ()) if value.at <= at]
        rows = [
            {"field": name, "occurred_at": v.at, "trait_id": v.trait_id, "verified": v.verified, "value": v}
            for v in earlier
        ]
        counted = believed(rows)
        return counted[-1]["value"] if counted else None


class Known:
    """People by subject. It learns from each row, so that a later one of the same batch sees it."""

    def __init__(self, people: dict[Subject, Person]) -> None:
        self.people = people

    def learn(self, person: Person, fields: dict[str, Value]) -> None:
        for name, value in fields.items():
            person.values[name].append(value)

    @classmethod
    def of(cls, saids: Iterable[Said], fields: Sequence[str]) -> Known:
        """What the database knows of these rows' people, as far as `fields` go."""
        wanted = {s for said in saids for s in (said.subject, said.email) if s is not None}
        numbers: dict[int, Subject] = {}
        for kind in ("user", "email"):
            values = sorted(s.value for s in wanted if s.kind == kind)
            numbers |= {number: Subject(kind, value) for value, number in fetch(_SUBJECTS, values, kind)}
        lead_of = dict(fetch(_SPANS, sorted(numbers)))
        return cls(_people(numbers, lead_of, set(fields)))

    def person(self, said: Said) -> tuple[Person, bool]:
        """Whom a row is about: by user id, together with who is known by its e-mail alone.

        Also whether that the two are one is news.
        """
        person = self.people.setdefault(said.subject, Person(of_email=said.subject.kind == "email"))
        if said.email is None:
            return person, False
        other = self.people.get(said.email)
        if other is None:
            self.people[said.email] = person
            return person, True
        joins = other is not person and other.of_email
        if joins:
            for name, values in other.values.items():
                person.values[name] += values
            person.there = person.there or other.there
            self.people[said.email] = person
        return person, joins


def _people(numbers: dict[int, Subject], lead_of: dict[int, int], fields: set[str]) -> dict[Subject, Person]:
    leads = sorted(set(lead_of.values()))
    kinds: dict[int, str] = {}
    for lead, kind in fetch("SELECT id, kind FROM leads_lead WHERE id IN ({})", leads):
        kinds[lead] = kind
    people = {lead: Person(lead in kinds, kinds.get(lead, _EMAIL) == _EMAIL) for lead in leads}
    for lead, name, text, at, trait_id, verified in fetch(_TRAITS, leads):
        if name in fields:
            people[lead].values[name].append(Value(at, trait_id, text or "", bool(verified)))
    return {subject: people[lead_of[n]] for n, subject in numbers.items() if n in lead_of}
