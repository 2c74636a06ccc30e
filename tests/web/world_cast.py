"""A small world to try everything on: few people, few browsers, one site, one server, and decisions."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from leadline.web.capture.facts import Arrival, Read, SourceInfo
from leadline.web.capture.models import Source
from leadline.web.capture.reading import read_arrival
from leadline.web.dump import dump
from leadline.web.instants import HOUR, MINUTE, SECOND, moment
from leadline.web.leads.store import append
from leadline.web.qualification import judging
from leadline.web.qualification.models import Program
from leadline.web.qualification.programs import create_program, publish
from leadline.web.worker import Message, Worker

BEGIN = 1_790_000_000 * SECOND

SIMPLE = """
leadline: 1
name: Simple
fields: {country: text}
fit: {rules: [{id: near, when: "country = 'DE'", points: 30}]}
intent:
  signals:
    - {id: pricing, event: page, where: "path = '/pricing'", points: 10, half_life: 6h}
    - {id: demo, event: demo, points: 40, hand_raise: true}
quality: {good: fit + intent >= 30, bad: true}
"""

STAGES = (
    SIMPLE.replace("name: Simple", "name: Stages")
    + """
lifecycle:
  cooldown: 1d
  stages:
    - {stage: lead}
    - {stage: engaged, enter: intent >= 10, leave: intent < 4}
    - {stage: mql, enter: "quality = 'good'"}
    - {stage: sal, event: lead_accepted}
    - {stage: won, event: won}
"""
)

WINDOWED = """
leadline: 1
name: Windowed
fields: {country: text, employees: number}
fit:
  rules:
    - {id: near, when: "country in ('DE', 'AT')", points: 20}
    - {id: rival, when: "employees > 900", disqualify: true}
intent: {max: 50, signals: [{id: visit, event: page, points: 7, window: 12h, max_per_day: 3}]}
quality: {good: fit >= 20 and intent >= 7, fair: intent >= 7, bad: true}
lifecycle:
  cooldown: 2h
  stages:
    - {stage: visitor}
    - {stage: warm, enter: "quality in ('good', 'fair')", leave: intent < 7}
    - {stage: mql, enter: "quality = 'good'"}
"""

MODELS = (SIMPLE, STAGES, WINDOWED)


@dataclass(frozen=True)
class Sent:
    """One message as it was received: which source, when, what."""

    source: str
    received_at: int
    message: dict[str, Any]

    def arrival(self, number: int) -> Arrival:
        source = Source.objects.get(slug=self.source)
        info = SourceInfo(source.id, source.slug, source.trusted, source.kind)
        kind = self.message["type"] if self.message["type"] == "form" else "batch"
        answers = {k: v for k, v in self.message.items() if k not in ("type", "timestamp")}
        body = answers if kind == "form" else {"batch": [self.message]}
        return Arrival(number, info, self.received_at, kind, json.dumps(body).encode())


def sources() -> None:
    Source.objects.create(slug="site", name="Site", kind=Source.BROWSER)
    Source.objects.create(slug="crm", name="CRM", kind=Source.SERVER, trusted=True)


def message(kind: str, number: object, at: float, /, **more: Any) -> dict[str, Any]:
    """A message as clients write it, `at` hours after the beginning."""
    timestamp = moment(BEGIN + int(at * HOUR)).isoformat()
    return {"type": kind, "messageId": str(number), "timestamp": timestamp, **more}


def sent(source: str, what: dict[str, Any], late: int = 0) -> Sent:
    """Received a second after it happened, and `late` minutes."""
    occurred = int(datetime.fromisoformat(what["timestamp"]).timestamp())
    return Sent(source, occurred * SECOND + SECOND + late * MINUTE, what)


def take(some: Sequence[Sent], now: int, first: int = 1) -> None:
    """One batch of the worker, without an inbox."""
    with transaction.atomic():
        read = [m for i, s in enumerate(some) for m in _messages(s, first + i)]
        judging.reassess(append(read).since, now)


def _messages(one: Sent, number: int) -> Iterator[Message]:
    source = Source.objects.get(slug=one.source)
    for read in read_arrival(one.arrival(number)):
        assert isinstance(read, Read), f"{one.message} could not be read: {read}"
        yield Message(source.id, read, source.trusted)


def wake(now: int) -> None:
    """All leads whose time has come."""
    worker = Worker(None, clock=lambda: now)  # type: ignore[arg-type]
    for _ in range(300):
        if not worker.wake() + worker.heavy(at_once=True):
            return
    raise AssertionError("the worker is never done")


def programs(texts: Iterable[str], at: int, holds_from: int | None = None) -> list[Program]:
    made = []
    for number, text in enumerate(texts):
        program = create_program(slug=f"program-{number}", name=f"Program {number}", at=at)
        publish(program=program, text=text, by="ana", at=at, holds_from=holds_from)
        made.append(program)
    return made


def dumped(as_of: int) -> str:
    file = io.StringIO()
    dump(as_of, file)
    return file.getvalue()


def empty() -> None:
    """Everything gone but the tables, also within a test's transaction."""
    facts = (
        "event",
        "trait",
        "traitaside",
        "link",
        "claim",
        "merge",
        "verdict",
        "subject",
        "superseded",
        "sequence",
    )
    derived = ("standing", "stagechange", "replicafile", "outbox", "publication", "program")
    tables = [f"leads_{name}" for name in (*facts, "span", "lead")]
    tables += [f"qualification_{name}" for name in derived] + ["capture_writekey", "capture_source"]
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"DELETE FROM {table}")
