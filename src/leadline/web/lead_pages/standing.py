"""How a lead stands in each program at an instant, now or in the past, and why."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from leadline.engine.explain import Explanation, explained
from leadline.engine.lift import lifts
from leadline.engine.live import Assessment
from leadline.engine.reference import LeadFacts as Bound
from leadline.engine.stepping import Standing as Place
from leadline.model import expr
from leadline.model.shape import DISQUALIFIED, Model
from leadline.model.words import condition_words
from leadline.web.board.judging import Judging, judging_by
from leadline.web.lead_pages.chances import Chance, chance_of
from leadline.web.lead_pages.waterfall import Happened, Reason, Waterfall, waterfall
from leadline.web.leads.facts import LeadFacts, facts_of
from leadline.web.leads.models import Lead
from leadline.web.qualification.models import StageChange, Standing
from leadline.web.qualification.programs import enabled_programs, in_force, published
from leadline.web.qualification.walk import Published, worth_of

LATEST_CHANGES = 200
MOST_EVENTS = 20_000  # of a lead with more, the ledger is shown as it was last written
EVENTS_SHOWN = 25  # behind one entry


@dataclass(frozen=True)
class Evidence:
    """What was heard: a field's title, its value, the words, where from, since when, how sure."""

    field: str
    value: Any
    source: str
    at: int | None
    confidence: float | None
    quote: str
    stale: bool

    @property
    def sure(self) -> str:
        """How sure, in whole per cent."""
        return "" if self.confidence is None else f"{self.confidence:.0%}"


@dataclass(frozen=True)
class Answer:
    """A criterion, its state, what answers it, and the fields that could."""

    name: str
    title: str
    state: str
    evidence: tuple[Evidence, ...]
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Moved:
    """A change of stage, in words."""

    at: int
    before: str
    after: str
    because: str


@dataclass(frozen=True)
class Step:
    """A stage of the way: passed, here, or still to come."""

    title: str
    state: str


@dataclass(frozen=True)
class Row:
    """A row of the matrix of fit and intent: its letter, and cells as (band, whether it is the lead's)."""

    letter: str
    cells: tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Judged:
    """A lead in one program. `as_of` is what everything is for."""

    judging: Judging
    as_of: int
    version: str
    stage: str
    since: int | None
    tone: str
    measures: Mapping[str, Any]
    fit: Waterfall
    intent: Waterfall
    answers: tuple[Answer, ...] = ()
    unknown: tuple[str, ...] = ()
    question: str | None = None
    lifts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    changes: tuple[Moved, ...] = ()
    path: tuple[Step, ...] = ()
    matrix: tuple[Row, ...] = ()
    ruled_out: bool = False  # stands beside the way
    chance: Chance | None = None  # where a predictor gives its probability
    stored: bool = False  # as it was last written, since the lead has too many events to be judged here


def programs(at: int) -> list[tuple[Judging, Published]]:
    """The programs with the model that each judges by at an instant."""
    found = ((program, in_force(models, at)) for program, models in enabled_programs())
    return [(judging_by(program, held), held) for program, held in found if held is not None]


def in_hand(lead: Lead, sources: Mapping[int, str]) -> LeadFacts | None:
    """The lead's facts, with the names of the sources; None of one with too many events."""
    if lead.events > MOST_EVENTS:
        return None
    found = facts_of([lead.id]).get(lead.id, LeadFacts())
    named = [{**t, "source": sources.get(int(t["source"]), "")} for t in found.traits]
    return LeadFacts(found.events, named)


def judged(lead: Lead, facts: LeadFacts | None, at: int, *, now: int) -> list[Judged]:
    """The lead in each program at an instant, by the model that held then; at `now` by its stage as written.

    Of a lead whose facts are not in hand only the present is known. Programs that had no model, and those
    that have not judged the lead yet, are left out.
    """
    standings = {s.program_id: s for s in Standing.objects.filter(lead_id=lead.id)}
    if not standings:
        return []
    rows = StageChange.objects.filter(lead_id=lead.id, changed_at__lte=at).order_by("-changed_at", "-step")
    changes = list(rows[:LATEST_CHANGES])
    found = []
    for judging, held in programs(at):
        standing = standings.get(judging.program.id)
        if standing is None:
            continue
        of_program = [c for c in changes if c.program_id == judging.program.id]
        place = _place(standing, of_program, held.live.model, at, now)
        if facts is None:
            found.append(_as_written(judging, standing, of_program))
        elif _begun(facts, at):
            found.append(_judge(judging, held, facts, at, place, of_program))
    return found


def _begun(facts: LeadFacts, at: int) -> bool:
    return any(f["occurred_at"] <= at for f in (*facts.events, *facts.traits) if not f.get("void"))


def _place(
    standing: Standing, changes: Sequence[StageChange], model: Model, at: int, now: int
) -> Place | None:
    """The stage at an instant: as written for the present, else that of the last change before."""
    if not model.lifecycle.stages:
        return None
    if at >= now and standing.stage is not None:
        return Place(standing.stage, standing.since)
    if changes:
        return Place(changes[0].after, changes[0].since)
    return Place(model.lifecycle.names[0], None)


def _judge(
    judging: Judging, held: Published, facts: LeadFacts, at: int, place: Place | None,
    changes: list[StageChange],
) -> Judged:  # fmt: skip
    live, model = held.live, held.live.model
    found = live.judge(live.facts(facts.events, facts.traits), as_of=at)
    told = explained(model, "", found.judged)
    reasons = _reasons(model, found, told, facts)
    titles = _titles(model)
    return Judged(
        judging, at, model.version, judging.stage_title(place.stage) if place else "",
        place.since if place else None, judging.tone(found.measures["quality"]), found.measures,
        waterfall(r for r in reasons if r.part == "fit"), waterfall(r for r in reasons if r.part == "intent"),
        tuple(_answer(model, a) for a in told.answers),
        tuple(titles.get(rule, rule) for rule in told.unknown_rules),
        told.next_question,
        tuple(lift.sentence for lift in lifts(model, found.judged, place)),
        told.notes,
        tuple(_moved(judging, c) for c in changes),
        _path(judging, place),
        _matrix(model, found.measures["band"]),
        place is not None and place.stage == DISQUALIFIED,
        chance_of(held, facts, at, worth_of(held, found)),
    )  # fmt: skip


def _reasons(model: Model, found: Assessment, told: Explanation, facts: LeadFacts) -> list[Reason]:
    by_id = {e["event_id"]: e for e in facts.events}
    conditions = {r.id: condition_words(r.when, model) for r in model.fit.rules}
    reads = {r.id: expr.names(r.when) for r in model.fit.rules}
    reasons = []
    for entry in told.reasons:
        kept = found.judged.kept.get(entry.rule, []) if entry.part == "intent" else []
        latest = [by_id[row["event_id"]] for row in reversed(kept[-EVENTS_SHOWN:])]
        evidence = tuple(
            _heard(model, name, found.judged.facts[name])
            for name in reads.get(entry.rule, ())
            if entry.part == "fit" and name in found.judged.facts
        )
        sentence = entry.what
        if entry.part == "fit" and entry.rule in conditions:
            sentence = entry.title
        reasons.append(
            Reason(
                entry.part, entry.rule, sentence, entry.points, conditions.get(entry.rule, ""),
                tuple(Happened.of(e) for e in latest), len(kept), evidence,
            )
        )  # fmt: skip
    return reasons


def _heard(model: Model, name: str, fact: Any) -> Evidence:
    row = fact.row
    return Evidence(
        model.field(name).title, fact.value, row.get("source") or "", fact.t, row.get("confidence"),
        row.get("quote") or "", False,
    )  # fmt: skip


def _answer(model: Model, answer: Any) -> Answer:
    criterion = next(c for c in model.criteria if c.name == answer.criterion)
    read = expr.names(criterion.yes_if) + (expr.names(criterion.no_if) if criterion.no_if else [])
    evidence = tuple(
        Evidence(
            model.field(e.field).title, e.value, e.source or "", e.at, e.confidence, e.quote or "", e.stale
        )
        for e in answer.evidence
    )
    return Answer(answer.criterion, answer.title, answer.state, evidence, tuple(dict.fromkeys(read)))


def _as_written(judging: Judging, standing: Standing, changes: list[StageChange]) -> Judged:
    titles, measures = _titles(judging.model), json.loads(standing.measures)
    reasons = [
        Reason(
            e["part"],
            e["rule"],
            titles.get(e["rule"], e["rule"]) + (f", {e['events']:,} events" if e["events"] else ""),
            e["points"],
        )
        for e in json.loads(standing.ledger)
    ]
    place = Place(standing.stage, standing.since) if standing.stage else None
    return Judged(
        judging, standing.as_of, standing.model_version, judging.stage_title(standing.stage), standing.since,
        judging.tone(measures["quality"]), measures, waterfall(r for r in reasons if r.part == "fit"),
        waterfall(r for r in reasons if r.part == "intent"),
        changes=tuple(_moved(judging, c) for c in changes), path=_path(judging, place),
        matrix=_matrix(judging.model, measures["band"]),
        ruled_out=standing.stage == DISQUALIFIED, stored=True,
    )  # fmt: skip


def _moved(judging: Judging, c: StageChange) -> Moved:
    return Moved(c.changed_at, judging.stage_title(c.before), judging.stage_title(c.after), because(c.cause))


def because(cause: str) -> str:
    """The cause of a change of stage in words.

    >>> because("event deal_won"), because("enter"), because("lead_rejected")
    ('deal won', 'the rules lifted it', 'lead rejected')
    """
    told = {"enter": _("the rules lifted it"), "leave": _("the rules let it fall")}
    return told.get(cause, cause.removeprefix("event ").replace("_", " "))


def _path(judging: Judging, place: Place | None) -> tuple[Step, ...]:
    """The stages in order, with where the lead is; one who is ruled out stands beside the way."""
    if place is None:
        return ()
    stages = judging.stages()
    if place.stage != DISQUALIFIED:
        stages = [s for s in stages if s[0] != DISQUALIFIED]
    names = [name for name, _ in stages]
    here = names.index(place.stage) if place.stage in names else 0
    return tuple(
        Step(
            title, "here" if i == here else "passed" if i < here and place.stage != DISQUALIFIED else "ahead"
        )
        for i, (_, title) in enumerate(stages)
    )


def _matrix(model: Model, band: str | None) -> tuple[Row, ...]:
    """Fit down, intent across, the lead's own cell marked; nothing for a model without both."""
    if not (model.bands.fit and model.bands.intent):
        return ()
    digits = [*(b.name for b in model.bands.intent), "-"]
    return tuple(
        Row(letter, tuple((letter + digit, letter + digit == band) for digit in digits))
        for letter in [*(b.name for b in model.bands.fit), "-"]
    )


def _titles(model: Model) -> dict[str, str]:
    return {r.id: r.title for r in model.fit.rules} | {s.id: s.title for s in model.intent.signals}


def course(
    program: Judging, facts: LeadFacts, instants: Iterable[int]
) -> list[tuple[int, float, float, str | None]]:
    """Fit, intent and quality at each of these instants, by the model that held then.

    Instants before the first model are left out. (instant, fit, intent, quality)
    """
    models = published(program.program)
    bound: dict[int, Bound] = {}
    found = []
    for at in instants:
        held = in_force(models, at)
        if held is None:
            continue
        ready = bound.setdefault(held.at, held.live.facts(facts.events, facts.traits))
        m = held.live.judge(ready, as_of=at).measures
        found.append((at, float(m["fit"] or 0), float(m["intent"] or 0), m["quality"]))
    return found
