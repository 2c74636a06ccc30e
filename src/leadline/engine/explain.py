"""One assessment in sentences: what gave which points, what is known, and what would lift the lead."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from leadline.engine.facts import Facts
from leadline.engine.forecast import Contribution, Forecast, forecast_of
from leadline.engine.lift import Lift, lifts, often_words
from leadline.engine.oracle import columns_of
from leadline.engine.reference import Entry, Judged, LeadFacts, criterion_values, group_by_lead, judge
from leadline.engine.stepping import Standing, next_standing, rearming
from leadline.model import expr
from leadline.model.shape import DISQUALIFIED, Criterion, Model
from leadline.model.speech import gettext, gettext_noop, grouped, inline, ngettext
from leadline.model.values import DAY, moment_of, time_text
from leadline.model.words import condition_words, stage_title

MINUS = "−"
_FLOOR = gettext_noop("%(name)s does not go below %(number)s")
_CAP = gettext_noop("%(name)s does not go above %(number)s")
_STATES = {"yes": gettext_noop("yes"), "no": gettext_noop("no"), "unknown": gettext_noop("unknown")}
_MONTHS = (
    gettext_noop("%(day)s January %(year)s"),
    gettext_noop("%(day)s February %(year)s"),
    gettext_noop("%(day)s March %(year)s"),
    gettext_noop("%(day)s April %(year)s"),
    gettext_noop("%(day)s May %(year)s"),
    gettext_noop("%(day)s June %(year)s"),
    gettext_noop("%(day)s July %(year)s"),
    gettext_noop("%(day)s August %(year)s"),
    gettext_noop("%(day)s September %(year)s"),
    gettext_noop("%(day)s October %(year)s"),
    gettext_noop("%(day)s November %(year)s"),
    gettext_noop("%(day)s December %(year)s"),
)


@dataclass(frozen=True)
class Reason:
    """A ledger entry, with its sentence."""

    part: str
    rule: str
    title: str
    points: float
    events: int
    first_at: int | None
    last_at: int | None
    sentence: str
    what: str  # the sentence without its points


@dataclass(frozen=True)
class Evidence:
    """What a criterion was judged from: a field's latest trait."""

    field: str
    value: Any
    source: str | None
    at: int | None
    confidence: float | None
    quote: str | None
    stale: bool


@dataclass(frozen=True)
class Answer:
    """A criterion's state and its evidence."""

    criterion: str
    title: str
    state: str
    evidence: tuple[Evidence, ...]
    sentence: str


@dataclass(frozen=True)
class Explanation:
    """Why a lead stands where it stands. `sentences()` is for people, `as_dict()` for programs."""

    model: Model
    lead_id: str
    at: int
    measures: dict[str, Any]
    stage: str | None
    reasons: tuple[Reason, ...]
    unknown_rules: tuple[str, ...]
    answers: tuple[Answer, ...]
    next_question: str | None
    lifts: tuple[Lift, ...]
    notes: tuple[str, ...]
    forecast: Forecast | None = None

    def sentences(self) -> list[str]:
        """The whole explanation, a sentence a line."""
        lines = [self.summary(), *(r.sentence for r in self.reasons), *(a.sentence for a in self.answers)]
        lines += self.forecast.sentences() if self.forecast else []
        if self.next_question:
            lines.append(gettext("Ask next: %(question)s") % {"question": self.next_question})
        return [*lines, *(lift.sentence for lift in self.lifts), *self.notes]

    def summary(self) -> str:
        """One sentence: quality, stage and scores."""
        found = self.measures
        words = [str(found["quality"]).capitalize() if found["quality"] else gettext("No quality")]
        if self.stage:
            words.append(gettext("stage %(name)s") % {"name": _stage_words(self.model, self.stage)})
        scores = {"fit": _score(found["fit"]), "intent": _score(found["intent"])}
        words.append(gettext("fit %(fit)s, intent %(intent)s") % scores)
        if found["band"]:
            words.append(gettext("band %(name)s") % {"name": found["band"]})
        told = {"lead": self.lead_id, "date": _date(self.model, self.at), "told": ", ".join(words)}
        return gettext("%(lead)s on %(date)s: %(told)s.") % told

    def as_dict(self) -> dict[str, Any]:
        """Everything, with instants as ISO 8601 texts."""
        times = {"first_seen", "last_seen"}
        measures = {k: _iso(v) if k in times else v for k, v in self.measures.items()}
        return {
            "lead_id": self.lead_id,
            "as_of": _iso(self.at),
            "model": self.model.name,
            "model_version": self.model.version,
            "stage": self.stage,
            **{k: int(v) if k.endswith("_count") else v for k, v in measures.items()},
            "ledger": [
                {"part": r.part, "rule": r.rule, "points": r.points, "events": r.events,
                 "first_at": _iso(r.first_at), "last_at": _iso(r.last_at), "sentence": r.sentence}
                for r in self.reasons
            ],
            "unknown_rules": list(self.unknown_rules),
            "criteria": [
                {"criterion": a.criterion, "state": a.state, "sentence": a.sentence,
                 "evidence": [{**vars(e), "at": _iso(e.at)} for e in a.evidence]}
                for a in self.answers
            ],
            "ask_next": self.next_question,
            "lifts": [lift.as_dict() for lift in self.lifts],
            "notes": list(self.notes),
            "forecast": self.forecast.as_dict() if self.forecast else None,
        }  # fmt: skip


def explain(model: Model, facts: Facts, lead_id: str, as_of: int) -> Explanation:
    """Why `lead_id` is what it is at `as_of` (microseconds).

    Raises KeyError where nothing is known of the lead at that instant.
    """
    columns = columns_of(facts)
    of_lead = group_by_lead(*facts.python_rows([lead_id]), columns)
    known = of_lead.get(lead_id)
    if known is None or not _known_at(known, as_of):
        raise KeyError(lead_id)
    judged = judge(model, known, columns, as_of)
    return explained(model, lead_id, judged)


def _known_at(facts: LeadFacts, at: int) -> bool:
    dated = [*(e["t"] for e in facts.events if not e["void"]), *(t["t"] for t in facts.traits)]
    return any(t <= at for t in dated) or any(row["t"] is None or row["t"] <= at for row in facts.leads)


def explained(model: Model, lead_id: str, judged: Judged) -> Explanation:
    """The explanation of what was judged."""
    standing = next_standing(model, judged)[0] if model.lifecycle.stages else None
    reasons = tuple(_reason(model, e, judged.at) for e in judged.entries)
    return Explanation(
        model=model,
        lead_id=lead_id,
        at=judged.at,
        measures=dict(judged.measures),
        stage=standing.stage if standing else None,
        reasons=reasons,
        unknown_rules=tuple(rule for rule, state in judged.rules.items() if state == "unknown"),
        answers=tuple(_answer(model, c, judged) for c in model.criteria),
        next_question=_question(model, judged),
        lifts=tuple(lifts(model, judged, standing)),
        notes=tuple(_notes(model, judged, standing)),
        forecast=forecast_of(model, judged),
    )


def _reason(model: Model, entry: Entry, at: int) -> Reason:
    title = _title(model, entry.rule)
    points = signed(entry.cents / 100)
    what = f"{title}{_how_often(model, entry, at)}"
    if entry.rule.endswith((".floor", ".cap")):
        what = _bound_words(model, entry)
    sentence = f"{what}: {points}"
    return Reason(
        entry.part,
        entry.rule,
        title,
        entry.cents / 100,
        entry.events,
        entry.first_at,
        entry.last_at,
        sentence,
        what,
    )


def _title(model: Model, rule: str) -> str:
    titles = {r.id: r.title for r in model.fit.rules} | {s.id: s.title for s in model.intent.signals}
    return titles.get(rule, rule)


def _how_often(model: Model, entry: Entry, at: int) -> str:
    """` 3 times in 9 days, last on 4 January 2026`; for fit rules what the rule asks for."""
    if entry.part == "fit":
        rule = next((r for r in model.fit.rules if r.id == entry.rule), None)
        return f" ({condition_words(rule.when, model)})" if rule else ""
    if entry.last_at is None or entry.first_at is None:
        return ""
    last = _date(model, entry.last_at)
    if entry.events == 1:
        return " " + gettext("once, on %(date)s") % {"date": last}
    days = max(1, math.ceil((at - entry.first_at) / DAY))
    said = {"often": often_words(entry.events), "number": grouped(f"{days:,}"), "date": last}
    within = ngettext(
        "%(often)s in a day, last on %(date)s", "%(often)s in %(number)s days, last on %(date)s", days
    )
    return " " + within % said


def _bound_words(model: Model, entry: Entry) -> str:
    part, _, bound = entry.rule.partition(".")
    bounds = model.fit if part == "fit" else model.intent
    limit = bounds.min if bound == "floor" else bounds.max
    told = _FLOOR if bound == "floor" else _CAP
    name = gettext("Fit") if part == "fit" else gettext("Intent")
    return gettext(told) % {"name": name, "number": expr.number_text(float(limit or 0))}


def _answer(model: Model, criterion: Criterion, judged: Judged) -> Answer:
    state = str(judged.measures[criterion.name])
    values = criterion_values(model, criterion, judged.facts, judged.at)
    evidence = []
    for name in values:
        fact = judged.facts.get(name)
        if fact is None:
            continue
        row = fact.row
        stale = values[name] is None and judged.fields.get(name) is not None
        evidence.append(
            Evidence(
                name, fact.value, row.get("source"), fact.t, row.get("confidence"), row.get("quote"), stale
            )
        )
    words = "; ".join(_evidence_words(model, e) for e in evidence)
    sentence = f"{criterion.title}: {gettext(_STATES[state])}" + (f" ({words})" if words else "")
    return Answer(criterion.name, criterion.title, state, tuple(evidence), sentence)


def _evidence_words(model: Model, evidence: Evidence) -> str:
    parts = [f"{inline(model.field(evidence.field).title)} “{evidence.value}”"]
    if evidence.source:
        parts.append(gettext("from %(source)s") % {"source": evidence.source})
    if evidence.at is not None:
        parts.append(gettext("on %(date)s") % {"date": _date(model, evidence.at)})
    if evidence.confidence is not None:
        parts.append(gettext("%(share)s sure") % {"share": f"{evidence.confidence:.0%}"})
    if evidence.stale:
        parts.append(gettext("too old to count"))
    quote = f": “{evidence.quote}”" if evidence.quote else ""
    return ", ".join(parts) + quote


def _question(model: Model, judged: Judged) -> str | None:
    """The words to ask with, of the first field that the next question misses."""
    criterion = next((c for c in model.criteria if c.name == judged.measures["next_question"]), None)
    if criterion is None:
        return None
    values = criterion_values(model, criterion, judged.facts, judged.at)
    asks = [model.field(n).ask for n in expr.names(criterion.yes_if) if values[n] is None]
    return next((a for a in asks if a), None)


def _notes(model: Model, judged: Judged, standing: Standing | None) -> list[str]:
    notes = []
    rules = [r for r in model.fit.rules if r.disqualify and judged.rules[r.id] == "yes"]
    notes += [
        gettext("Disqualified by the rule “%(title)s” (%(condition)s).")
        % {"title": r.title, "condition": condition_words(r.when, model)}
        for r in rules
    ]
    if standing is not None and standing.stage == DISQUALIFIED and not rules:
        notes.append(gettext("Disqualified by a person; it stays so until someone sends lead_requalified."))
    wait = rearming(model, judged, standing) if standing else None
    if wait is not None:
        rejected = wait.event == "lead_rejected"
        date = {"date": _date(model, wait.at)}
        was = gettext("It was rejected on %(date)s") if rejected else gettext("It was recycled on %(date)s")
        until = gettext("now")
        if wait.until > judged.at:
            until = gettext("from %(date)s on") % {"date": _date(model, wait.until)}
        seen = "" if wait.signal_seen else gettext(", once a new signal is seen")
        again = gettext("the rules lift it again %(until)s%(seen)s; a raised hand at once.")
        notes.append(f"{was % date}: {again % {'until': until, 'seen': seen}}")
    return notes


def signed(points: float) -> str:
    """Points with their sign and two decimals.

    >>> signed(-3.5), signed(12.0)
    ('−3.50', '+12.00')
    """
    return f"{MINUS if points < 0 else '+'}{abs(points):.2f}"


def _score(points: float) -> str:
    return expr.number_text(points).replace("-", MINUS)


def _date(model: Model, micros: int) -> str:
    local: datetime = moment_of(micros).astimezone(ZoneInfo(model.timezone))
    return gettext(_MONTHS[local.month - 1]) % {"day": local.day, "year": local.year}


def _iso(micros: Any) -> str | None:
    return None if micros is None else time_text(int(micros))


def _stage_words(model: Model, stage: str) -> str:
    found = next((s for s in model.lifecycle.stages if s.stage == stage), None)
    return stage_title(found) if found else stage


__all__ = [
    "Answer",
    "Contribution",
    "Evidence",
    "Explanation",
    "Forecast",
    "Reason",
    "explain",
    "explained",
    "signed",
]
