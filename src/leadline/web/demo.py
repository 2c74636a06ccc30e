"""The example company, as though it had used this workspace all along."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources
from typing import Any

from django.db import transaction

from leadline.sample import Company, make_company
from leadline.sample.vocabulary import FREE_MAIL_DOMAINS
from leadline.web.accounts.access import Role, Scope
from leadline.web.accounts.models import Team, User
from leadline.web.capture.facts import EventFact, Read, Subject, TraitFact
from leadline.web.capture.models import Source, WriteKey
from leadline.web.company_pages.actions import set_targets
from leadline.web.company_pages.models import Account
from leadline.web.instants import SECOND, moment
from leadline.web.leads.models import Verdict
from leadline.web.leads.rows import chunks
from leadline.web.leads.store import append
from leadline.web.qualification.judging import reassess
from leadline.web.qualification.models import Program
from leadline.web.qualification.programs import always, create_program, publish
from leadline.web.worker import Message

EMAIL = "ana@example.com"
PEOPLE = {  # beside Ana: what to call them, and what they are
    "max@example.com": ("Max", Role.MARKETING, Scope.ALL),
    "sofia@example.com": ("Sofia", Role.MANAGER, Scope.TEAM),
    "ben@example.com": ("Ben", Role.REP, Scope.TEAM),
    "ida@example.com": ("Ida", Role.REP, Scope.OWN),
    "rita@example.com": ("Rita", Role.READER, Scope.ALL),
}
SALES = ("sofia@example.com", "ben@example.com", "ida@example.com")  # one team
AT_ONCE = 2_000
DAYS = 181
_FIXED = ("event_id", "lead_id", "event", "occurred_at", "void")


@dataclass(frozen=True)
class Seeded:
    """Who may sign in, all with one password, and what was put there."""

    email: str
    password: str
    people: dict[str, str]  # the others, each with their role
    leads: int
    facts: int
    write_key: str


def seed(*, leads: int, number: int, at: int, progress: Callable[[int, int], None] | None = None) -> Seeded:
    """Put half a year of the example company, up to yesterday, into an empty workspace.

    Raises ValueError where there is a program already.
    """
    if Program.objects.exists():
        raise ValueError("there is a program already: the example company goes into an empty workspace alone")
    yesterday = moment(at).date() - timedelta(days=1)
    company = make_company(leads, number, start=yesterday - timedelta(days=DAYS), end=yesterday)
    crm = Source.objects.create(slug="example", name="Example company", kind=Source.SERVER, trusted=True)
    site = Source.objects.create(slug="site", name="Our website", kind=Source.BROWSER)
    key = WriteKey.objects.create(source=site, key=secrets.token_urlsafe(24), created_at=at)
    facts = [Message(crm.id, read, crm.trusted) for read in _facts(company)]
    voids = [e["event_id"] for e in company.events.to_pylist() if e["void"]]
    for event_id in voids:
        Verdict.objects.create(event_id=event_id, void=True, reason="example", at=at, by="example")
    done = 0
    for some in chunks(facts, AT_ONCE):
        with transaction.atomic():
            reassess(append(some).since, at)
        done += len(some)
        if progress:
            progress(done, len(facts))
    program = create_program(slug="example", name="Example program", at=at)
    text = (resources.files("leadline.sample") / "models" / "model.yaml").read_text("utf-8")
    publish(program=program, text=text, by="example", at=at, holds_from=always())
    set_targets(texts=FREE_MAIL_DOMAINS, tier=Account.MAILBOXES, by="example", at=at)
    password = secrets.token_urlsafe(12)
    people = let_people_in(password)
    return Seeded(EMAIL, password, people, leads, len(facts), key.key)


def let_people_in(password: str) -> dict[str, str]:
    """Make the example company's people; gives those beside Ana, each with their role."""
    User.objects.create_superuser(EMAIL, password, name="Ana")
    team = Team.objects.create(name="Sales")
    for email, (name, role, scope) in PEOPLE.items():
        User.objects.create_user(
            email, password, name=name, role=role, scope=scope, team=team if email in SALES else None
        )
    return {email: role.value for email, (_name, role, _scope) in PEOPLE.items()}


def _facts(company: Company) -> Iterator[Read]:
    yield from profiles(company.leads.to_pylist())
    yield from answers(company.traits.to_pylist())
    yield from events(company.events.to_pylist())


def profiles(rows: Iterable[Mapping[str, Any]]) -> Iterator[Read]:
    """What is known of the example company's leads, as facts."""
    for row in rows:
        fields = {k: v for k, v in row.items() if k not in ("lead_id", "created_at")}
        yield _learnt(f"profile:{row['lead_id']}", row["lead_id"], _micros(row["created_at"]), fields, {})


def answers(rows: Iterable[Mapping[str, Any]]) -> Iterator[Read]:
    """Their answers to questions, as facts."""
    for row in rows:
        told = {"quote": row["quote"], "confidence": row["confidence"]}
        at, fields = _micros(row["occurred_at"]), {row["field"]: row["value"]}
        yield _learnt(f"answer:{row['trait_id']}", row["lead_id"], at, fields, told)


def _learnt(event_id: str, lead: str, at: int, fields: Mapping[str, Any], told: Mapping[str, Any]) -> Read:
    subject = Subject("user", lead)
    traits = tuple(
        TraitFact(subject, field, str(value), at, f"{event_id}:{field}", True, **told)
        for field, value in fields.items()
        if value is not None
    )
    return Read(_event_fact(event_id, subject, at, "identify", "identify", {}), traits)


def events(rows: Iterable[Mapping[str, Any]]) -> Iterator[Read]:
    """What they did, as facts."""
    for row in rows:
        properties = {k: _plain(v) for k, v in row.items() if k not in _FIXED and v is not None}
        kind = "page" if row["event"] == "page" else "track"
        subject, at = Subject("user", row["lead_id"]), _micros(row["occurred_at"])
        yield Read(_event_fact(row["event_id"], subject, at, kind, row["event"], properties))


def _event_fact(
    event_id: str, subject: Subject, at: int, kind: str, event: str, properties: dict
) -> EventFact:
    said = json.dumps([subject, kind, event, properties], sort_keys=True)
    digest = hashlib.blake2b(said.encode(), digest_size=16).hexdigest()
    return EventFact(event_id, subject, at, kind, event, properties, {}, "", digest, None, None, at)


def _micros(at: datetime) -> int:
    return int(at.timestamp()) * SECOND + at.microsecond


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
