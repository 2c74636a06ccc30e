"""Rows as the API's shapes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from leadline.engine.explain import explained
from leadline.model.shape import MEASURES, Type
from leadline.web.accounts.models import User
from leadline.web.api import shapes
from leadline.web.instants import moment
from leadline.web.lead_pages.known import identifiers
from leadline.web.lead_pages.standing import Judging
from leadline.web.leads import models
from leadline.web.leads.facts import LeadFacts
from leadline.web.leads.owners import owner_of, tags_of
from leadline.web.leads.rows import fetch
from leadline.web.qualification.models import Predictor, Standing
from leadline.web.qualification.walk import Published, worth_of


def when(instant: int | None) -> datetime | None:
    return None if instant is None else moment(instant)


def lead(row: models.Lead) -> dict[str, Any]:
    return {
        "id": row.id, "kind": row.kind, "name": row.name, "email": row.email, "company": row.company,
        "first_seen": when(row.first_seen), "last_seen": when(row.last_seen), "events": row.events,
    }  # fmt: skip


def whole_lead(row: models.Lead) -> shapes.WholeLead:
    owner = owner_of(row.id)
    return shapes.WholeLead(
        **lead(row),
        owner=User.objects.values_list("email", flat=True).get(pk=owner) if owner else None,
        tags=tags_of([row.id]).get(row.id, []),
        goes_by=[shapes.Identifier(kind=i.subject.kind, value=i.subject.value) for i in identifiers(row)],
        standings=standings(row.id),
    )


def standings(number: int) -> list[shapes.Standing]:
    rows = Standing.objects.filter(lead_id=number, program__enabled=True).select_related("program")
    return [
        shapes.Standing(
            program=s.program.slug, as_of=moment(s.as_of), stage=s.stage, since=when(s.since),
            episode=s.episode, quality=s.quality, band=s.band, fit=s.fit, intent=s.intent,
            disqualified=s.disqualified, hand_raised=s.hand_raised, model_version=s.model_version,
            probability=s.probability, expected_worth=s.worth, predictor_version=s.predictor_version or None,
        )
        for s in rows.order_by("program_id")
    ]  # fmt: skip


METRICS = ("auc", "average_precision", "brier", "log_loss", "gained", "base")


def predictor(row: Predictor, state: str) -> dict[str, Any]:
    report = json.loads(row.report)
    found = report.get("evaluation") or {}
    metrics = {name: found[name] for name in METRICS if name in found}
    metrics |= {"calibration_error": (found.get("calibration") or {}).get("ece"), "how": found.get("how")}
    return {
        "version": row.version, "state": state, "kind": row.kind, "model_basis": row.model_version or None,
        "learned_at": moment(row.at), "learned_by": row.by, "leads": row.rows, "reached_goal": row.won,
        "first": when(row.begins), "last": when(row.ends), "signal": bool(report.get("signal")),
        "metrics": metrics, "refused": [each["name"] for each in report.get("refused", ())],
    }  # fmt: skip


def assessment(
    number: int, judging: Judging, held: Published, facts: LeadFacts, at: int
) -> shapes.Assessment | None:
    """One lead judged at an instant by the model that held then; None where nothing was known of it."""
    known = [f["occurred_at"] for f in (*facts.events, *facts.traits) if not f.get("void")]
    if not known or min(known) > at:
        return None
    live = held.live
    found = live.judge(live.facts(facts.events, facts.traits), as_of=at)
    told = explained(live.model, str(number), found.judged)
    measures = {
        name: when(value) if MEASURES.get(name) is Type.TIME else value
        for name, value in found.measures.items()
    }
    return shapes.Assessment(
        lead_id=number, program=judging.program.slug, as_of=moment(at), model_version=live.model.version,
        probability=measures["probability"], expected_worth=worth_of(held, found),
        predictor_version=held.predictor or None, measures=measures, sentences=told.sentences(),
        ledger=[
            shapes.Entry(
                part=r.part, rule=r.rule, points=r.points, events=r.events, first_at=when(r.first_at),
                last_at=when(r.last_at), sentence=r.sentence,
            )
            for r in told.reasons
        ],
    )  # fmt: skip


_EVENTS = """
    SELECT e.occurred_at, e.event_id, e.event, e.kind, e.source_id, e.properties, e.void, e.bot
    FROM leads_span s JOIN leads_event e
      ON e.subject_id = s.subject_id AND e.occurred_at >= s.starts AND e.occurred_at < s.ends
    WHERE s.lead_id IN ({}) AND e.kind NOT IN ('identify', 'group', 'alias')
      AND (e.occurred_at > %s OR (e.occurred_at = %s AND e.event_id > %s))
    ORDER BY e.occurred_at, e.event_id LIMIT %s
"""
_TRAITS = """
    SELECT t.occurred_at, t.trait_id, t.field, t.value, t.source_id, t.verified, t.quote, t.confidence
    FROM leads_span s JOIN leads_trait t
      ON t.subject_id = s.subject_id AND t.occurred_at >= s.starts AND t.occurred_at < s.ends
    WHERE s.lead_id IN ({})
      AND (t.occurred_at > %s OR (t.occurred_at = %s AND t.trait_id > %s))
    ORDER BY t.occurred_at, t.trait_id LIMIT %s
"""


def events(
    number: int, after: tuple[int, str], limit: int, sources: Mapping[int, str]
) -> Iterable[tuple[tuple[int, str], shapes.Event]]:
    """A lead's events in order of time after a place, each with its place."""
    for at, event_id, event, kind, source, properties, void, bot in fetch(
        _EVENTS, [number], after[0], after[0], after[1], limit
    ):
        yield (at, event_id), shapes.Event(
            id=event_id, event=event, kind=kind, occurred_at=moment(at), source=sources.get(source, ""),
            properties=json.loads(properties), counts=not void, bot=bot or None,
        )  # fmt: skip


def traits(
    number: int, after: tuple[int, str], limit: int, sources: Mapping[int, str]
) -> Iterable[tuple[tuple[int, str], shapes.Trait]]:
    """A lead's traits in order of time after a place, each with its place."""
    for at, trait_id, field, value, source, verified, quote, confidence in fetch(
        _TRAITS, [number], after[0], after[0], after[1], limit
    ):
        yield (at, trait_id), shapes.Trait(
            field=field, value=value, occurred_at=moment(at), source=sources.get(source, ""),
            verified=bool(verified), quote=quote or None, confidence=confidence,
        )  # fmt: skip
