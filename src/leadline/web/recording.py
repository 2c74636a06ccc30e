"""What people of the team say of a lead, written down as facts like all others.

An answer to a criterion, a call that was made, a decision: each is an event or a trait from the built-in
source "Workspace", which is trusted. The leads concerned are judged in the same transaction.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from leadline.web.capture.facts import EventFact, Read, Subject, TraitFact
from leadline.web.capture.models import Source
from leadline.web.leads import models as facts
from leadline.web.leads.store import append, as_json
from leadline.web.leads.turn import take_turn
from leadline.web.qualification.judging import reassess

WORKSPACE = "workspace"


class NoSuchLeadError(ValueError):
    """A lead that there is not (any more); the message says which."""


@dataclass(frozen=True)
class Said:
    """A message as the store takes it."""

    source_id: int
    read: Read
    trusted: bool = True
    firsthand: bool = False


@dataclass(frozen=True)
class Answered:
    """What somebody learnt of a lead: a field's value, and the words and the certainty that go with it."""

    field: str
    value: str | None
    quote: str | None = None
    confidence: float | None = None


def workspace_source() -> Source:
    """The source of what the team says; made where it is first needed."""
    made, _ = Source.objects.get_or_create(
        slug=WORKSPACE,
        defaults={"name": "Workspace", "kind": Source.SERVER, "trusted": True, "rate_per_second": 0},
    )
    return made


@transaction.atomic
def record_event(
    *, leads: Iterable[int], event: str, properties: Mapping[str, Any] | None = None, by: str, at: int
) -> list[str]:
    """One event for each of these leads, such as `lead_recycled`; gives the events' ids, to take them back.

    `leads` are ids of leads, `by` the e-mail of who says so, `at` microseconds. Raises NoSuchLeadError.
    """
    said = [
        Read(_event(subject, "track", event, dict(properties or {}), by, at)) for subject in _subjects(leads)
    ]
    return _record(said, at)


@transaction.atomic
def record_traits(*, lead: int, answers: Sequence[Answered], by: str, at: int) -> list[str]:
    """What was learnt of a lead. An empty value takes the field back. Raises NoSuchLeadError."""
    (subject,) = _subjects([lead])
    event = _event(subject, "identify", "identify", {}, by, at)
    traits = tuple(
        TraitFact(
            subject, a.field, a.value, at, f"{event.event_id}:{a.field}", True, a.quote or None, a.confidence
        )
        for a in answers
    )
    return _record([Read(event, traits)], at)


def _record(said: Sequence[Read], at: int) -> list[str]:
    take_turn()
    source = workspace_source()
    done = append([Said(source.id, read) for read in said])
    reassess(done.since, at)
    return [read.event.event_id for read in said]


def _subjects(leads: Iterable[int]) -> list[Subject]:
    wanted = list(dict.fromkeys(leads))
    found = facts.Subject.objects.in_bulk(wanted)
    missing = next((lead for lead in wanted if lead not in found), None)
    if missing is not None:
        raise NoSuchLeadError(
            f"there is no lead {missing}: it may have been merged or erased; look it up again"
        )
    return [Subject(found[lead].kind, found[lead].value) for lead in wanted]


def _event(subject: Subject, kind: str, name: str, properties: dict[str, Any], by: str, at: int) -> EventFact:
    said = as_json([kind, name, properties, by])
    return EventFact(
        f"{WORKSPACE}:{uuid.uuid4().hex}", subject, at, kind, name, properties, {"by": by}, "",
        hashlib.blake2b(said.encode(), digest_size=16).hexdigest(), None, None, at,
    )  # fmt: skip
