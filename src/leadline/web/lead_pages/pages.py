"""One lead's page: who it is, where it stands and why, and what happened."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from leadline.engine.explain import explained
from leadline.model.shape import Model
from leadline.web.instants import EARLIEST, LATEST
from leadline.web.lead_pages.lists import Judging
from leadline.web.leads.facts import LeadFacts, believed, facts_of
from leadline.web.leads.models import Lead, Span, Subject
from leadline.web.leads.rows import fetch
from leadline.web.qualification.models import StageChange, Standing
from leadline.web.qualification.programs import enabled_programs, in_force
from leadline.web.qualification.walk import Published

LATEST_FACTS = 200
MOST_EVENTS = 20_000  # of a lead with more, the ledger is shown as it was last written


@dataclass(frozen=True)
class Reason:
    """A ledger entry in the model's words."""

    part: str
    sentence: str
    points: float


@dataclass(frozen=True)
class Answer:
    """A criterion and what answers it."""

    title: str
    state: str
    evidence: str


@dataclass(frozen=True)
class Moved:
    """A change of stage, in words."""

    at: int
    before: str
    after: str
    because: str


@dataclass(frozen=True)
class Judged:
    """A lead in one program. `as_of` is what the scores are for; the stage is that of the last change."""

    judging: Judging
    standing: Standing
    stage: str
    tone: str
    as_of: int
    measures: dict[str, Any]
    reasons: tuple[Reason, ...]
    answers: tuple[Answer, ...]
    unknown: tuple[str, ...]
    question: str | None
    changes: tuple[Moved, ...]

    @property
    def fit(self) -> tuple[Reason, ...]:
        return tuple(r for r in self.reasons if r.part == "fit")

    @property
    def intent(self) -> tuple[Reason, ...]:
        return tuple(r for r in self.reasons if r.part == "intent")


@dataclass(frozen=True)
class Identifier:
    """An id whose facts are this lead's, always (`starts` and `ends` None) or within a time."""

    subject: Subject
    starts: int | None
    ends: int | None


@dataclass(frozen=True)
class Fact:
    """One line of the timeline; `changes` are traits learnt at a time: field, value, verified."""

    key: str
    at: int
    kind: str
    name: str
    source: str
    pairs: tuple[tuple[str, Any], ...] = ()
    changes: tuple[tuple[str, str, bool], ...] = ()
    bot: str = ""
    void: bool = False
    where: str = ""


def programs(at: int) -> list[tuple[Judging, Published]]:
    """The programs with the model that each judges by at an instant."""
    found = ((program, in_force(models, at)) for program, models in enabled_programs())
    return [(Judging(program, held.live.model), held) for program, held in found if held is not None]


def successor(number: int) -> int | None:
    """The lead that the facts of a subject went to, where they are not its own any more."""
    span = Span.objects.filter(subject_id=number).order_by("-starts").first()
    return span.lead_id if span and span.lead_id != number else None


def judged(lead: Lead, at: int, sources: dict[int, str]) -> list[Judged]:
    """The lead in each program, judged now; of one with very many events as it was last judged."""
    standings = {s.program_id: s for s in Standing.objects.filter(lead_id=lead.id)}
    if not standings:
        return []
    facts = _facts(lead, sources) if lead.events <= MOST_EVENTS else None
    changes = list(
        StageChange.objects.filter(lead_id=lead.id).order_by("-changed_at", "-step")[:LATEST_FACTS]
    )
    return [
        _judged(judging, held, standings[judging.program.id], facts, at, changes)
        for judging, held in programs(at)
        if judging.program.id in standings
    ]


def _facts(lead: Lead, sources: dict[int, str]) -> LeadFacts:
    """With the names of the sources, as evidence is told of to people."""
    found = facts_of([lead.id]).get(lead.id, LeadFacts())
    named = [{**t, "source": sources.get(int(t["source"]))} for t in found.traits]
    return LeadFacts(found.events, named)


def _judged(
    judging: Judging,
    held: Published,
    standing: Standing,
    facts: LeadFacts | None,
    at: int,
    changes: Iterable[StageChange],
) -> Judged:
    as_of, measures = standing.as_of, json.loads(standing.measures)
    reasons = tuple(_stored_reasons(judging.model, standing))
    answers: tuple[Answer, ...] = ()
    unknown: tuple[str, ...] = ()
    question = None
    if facts is not None:
        found = held.live.judge(held.live.facts(facts.events, facts.traits), as_of=at)
        told = explained(judging.model, "", found.judged)
        as_of, measures, question = at, found.measures, told.next_question
        reasons = tuple(Reason(r.part, _without_points(r.sentence), r.points) for r in told.reasons)
        answers = tuple(Answer(a.title, a.state, _evidence(a.sentence)) for a in told.answers)
        titles = _titles(judging.model)
        unknown = tuple(titles.get(rule, rule) for rule in told.unknown_rules)
    own = tuple(
        Moved(c.changed_at, judging.stage_title(c.before), judging.stage_title(c.after), because(c.cause))
        for c in changes
        if c.program_id == judging.program.id
    )
    return Judged(
        judging, standing, judging.stage_title(standing.stage), judging.tone(measures["quality"]), as_of,
        measures, reasons, answers, unknown, question, own,
    )  # fmt: skip


def because(cause: str) -> str:
    """The cause of a change of stage in words.

    >>> because("event deal_won"), because("enter"), because("lead_rejected")
    ('deal won', 'the rules lifted it', 'lead rejected')
    """
    told = {"enter": "the rules lifted it", "leave": "the rules let it fall"}
    return told.get(cause, cause.removeprefix("event ").replace("_", " "))


def _stored_reasons(model: Model, standing: Standing) -> Iterable[Reason]:
    titles = _titles(model)
    for entry in json.loads(standing.ledger):
        title = titles.get(entry["rule"], entry["rule"])
        often = f", {entry['events']:,} events" if entry["events"] else ""
        yield Reason(entry["part"], f"{title}{often}", entry["points"])


def _titles(model: Model) -> dict[str, str]:
    return {r.id: r.title for r in model.fit.rules} | {s.id: s.title for s in model.intent.signals}


def _without_points(sentence: str) -> str:
    """They stand in a column of their own."""
    return sentence.rpartition(": ")[0]


def _evidence(sentence: str) -> str:
    """`Budget: yes (budget “now”, …)` without what stands beside it already."""
    _, _, inside = sentence.partition(" (")
    return inside.removesuffix(")")


def identifiers(lead: Lead) -> list[Identifier]:
    """All ids whose facts are the lead's: user ids, e-mails, browsers."""
    spans = list(Span.objects.filter(lead_id=lead.id).order_by("starts", "subject_id")[:LATEST_FACTS])
    subjects = Subject.objects.in_bulk({s.subject_id for s in spans})
    order = {Subject.USER: 0, Subject.EMAIL: 1, Subject.ANON: 2}
    found = [
        Identifier(
            subjects[s.subject_id],
            None if s.starts <= EARLIEST else s.starts,
            None if s.ends >= LATEST else s.ends,
        )
        for s in spans
        if s.subject_id in subjects
    ]
    return sorted(found, key=lambda i: order.get(i.subject.kind, 3))


_EVENTS = """
    SELECT e.seq, e.occurred_at, e.kind, e.event, e.properties, e.context, e.source_id, e.bot, e.void
    FROM leads_span s JOIN leads_event e
      ON e.subject_id = s.subject_id AND e.occurred_at >= s.starts AND e.occurred_at < s.ends
    WHERE s.lead_id IN ({}) AND e.kind NOT IN ('identify', 'group', 'alias')
    ORDER BY e.occurred_at DESC, e.event_id DESC LIMIT %s
"""
_TRAITS = """
    SELECT t.occurred_at, t.trait_id, t.field, t.value, t.verified, t.source_id
    FROM leads_span s JOIN leads_trait t
      ON t.subject_id = s.subject_id AND t.occurred_at >= s.starts AND t.occurred_at < s.ends
    WHERE s.lead_id IN ({}) ORDER BY t.occurred_at DESC, t.trait_id DESC LIMIT %s
"""


def timeline(lead: Lead, sources: dict[int, str]) -> list[Fact]:
    """The latest events and traits, newest first. Traits that were learnt together are one line.

    What an `identify` says stands there as traits, so it has no line of its own.
    """
    found = [*_events(lead, sources), *_learnt(lead, sources)]
    return sorted(found, key=lambda f: (f.at, f.key), reverse=True)[:LATEST_FACTS]


def _events(lead: Lead, sources: dict[int, str]) -> Iterable[Fact]:
    rows = fetch(_EVENTS, [lead.id], LATEST_FACTS)
    for seq, at, kind, event, properties, context, source, bot, void in rows:
        pairs, campaign = json.loads(properties), json.loads(context).get("campaign") or {}
        known = pairs | {f"campaign {k}": v for k, v in campaign.items()}
        texts = tuple(
            (k, v if isinstance(v, str) else json.dumps(v, ensure_ascii=False)) for k, v in known.items()
        )
        where = next((str(pairs[k]) for k in ("path", "url", "name") if pairs.get(k)), "")
        yield Fact(f"e{seq}", at, kind, event, sources.get(source, ""), texts, (), bot, bool(void), where)


def _learnt(lead: Lead, sources: dict[int, str]) -> Iterable[Fact]:
    together: dict[tuple[int, int], list[tuple[str, str, bool]]] = {}
    for at, _, field, value, verified, source in fetch(_TRAITS, [lead.id], LATEST_FACTS):
        together.setdefault((at, source), []).append((field, value or "", bool(verified)))
    for (at, source), changes in together.items():
        name = "Learnt" if any(value for _, value, _ in changes) else "Taken back"
        yield Fact(f"t{at}", at, "trait", name, sources.get(source, ""), changes=tuple(sorted(changes)))


_ALL_TRAITS = """
    SELECT t.field, t.value, t.occurred_at, t.trait_id, t.verified
    FROM leads_span s JOIN leads_trait t
      ON t.subject_id = s.subject_id AND t.occurred_at >= s.starts AND t.occurred_at < s.ends
    WHERE s.lead_id IN ({})
"""


def profile(lead: Lead, model: Model | None) -> list[tuple[str, str]]:
    """What is known of the lead now: each field's title and its latest value that counts."""
    names = ("field", "value", "occurred_at", "trait_id", "verified")
    rows = [dict(zip(names, row, strict=True)) for row in fetch(_ALL_TRAITS, [lead.id])]
    latest = {t["field"]: t["value"] for t in believed(rows)}
    titles = {f.name: f.title for f in model.fields} if model else {}
    return [
        (titles.get(name, name.replace("_", " ")), value) for name, value in sorted(latest.items()) if value
    ]
