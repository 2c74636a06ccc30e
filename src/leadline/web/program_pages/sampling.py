"""The facts that a model is tried on while it is written: of all leads, or of a random few of very many."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pyarrow as pa

from leadline.engine.facts import Facts
from leadline.model import Model
from leadline.web.leads.facts import believed
from leadline.web.leads.models import Lead
from leadline.web.leads.rows import fetch
from leadline.web.program_pages.comparing import Places
from leadline.web.qualification.models import Program, Standing

MOST = 2_000  # leads in a sample
LONGEST = 5_000  # events of a lead in a sample: one with a million would hold the answer up

_INSTANT = pa.timestamp("us", "UTC")
_EVENTS = """
    SELECT e.event_id, s.lead_id, e.event, e.occurred_at, e.properties, e.void
    FROM leads_span s JOIN leads_event e
      ON e.subject_id = s.subject_id AND e.occurred_at >= s.starts AND e.occurred_at < s.ends
    WHERE s.lead_id IN ({}) AND e.kind NOT IN ('identify', 'group', 'alias')
"""
_TRAITS = """
    SELECT t.trait_id, s.lead_id, t.field, t.value, t.occurred_at, t.verified
    FROM leads_span s JOIN leads_trait t
      ON t.subject_id = s.subject_id AND t.occurred_at >= s.starts AND t.occurred_at < s.ends
    WHERE s.lead_id IN ({})
"""
_PLACES = """
    SELECT lead_id, stage, since FROM qualification_standing WHERE lead_id IN ({}) AND program_id = %s
"""


def sample_of(seed: int) -> tuple[list[int], int]:
    """The ids of some leads, at most MOST, and how many leads there are; all of them where they are few.

    The same seed gives the same leads, so that a change of the rules is not hidden by other leads.
    """
    total = Lead.objects.count()
    leads = Lead.objects.filter(events__lte=LONGEST)
    share = max(1, total // MOST)
    if (
        share > 1
    ):  # ids of one visitor lie close together: they are mixed by a factor before one in `share` is taken
        leads = leads.extra(
            where=["((leads_lead.id + %s) * 2654435761) %% 4294967296 %% %s = 0"], params=[seed, share]
        )
    return list(leads.order_by("id").values_list("id", flat=True)[: MOST + MOST // 4]), total


def facts_of_some(leads: list[int], models: list[Model]) -> Facts:
    """The facts of these leads from the database itself, so that nothing is missing that was just stored."""
    events = fetch(_EVENTS, leads)
    traits = [row for rows in _by_lead(fetch(_TRAITS, leads)).values() for row in believed(rows)]
    return Facts.read(models, events=_events(events), traits=_traits(traits))


def places_of(program: Program, leads: list[int] | None = None) -> Places:
    """Where leads stand in the program: stage and begin of the episode, by the lead's id as text."""
    if leads is None:
        found = Standing.objects.filter(program=program)
        rows = found.values_list("lead_id", "stage", "since").iterator()
    else:
        rows = iter(fetch(_PLACES, leads, program.pk))
    return {str(lead): (stage, since) for lead, stage, since in rows}


def _by_lead(rows: list[tuple]) -> dict[int, list[dict[str, Any]]]:
    names = ("trait_id", "lead_id", "field", "value", "occurred_at", "verified")
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row[1]].append(dict(zip(names, row, strict=True)))
    return found


def _events(rows: list[tuple]) -> pa.Table:
    ids, leads, events, at, properties, void = zip(*rows, strict=True) if rows else [()] * 6
    return pa.table(
        {
            "event_id": pa.array(ids, pa.string()),
            "lead_id": pa.array(map(str, leads), pa.string()),
            "event": pa.array(events, pa.string()),
            "occurred_at": pa.array(at, pa.int64()).cast(_INSTANT),
            "properties": pa.array(properties, pa.string()),
            "void": pa.array(map(bool, void), pa.bool_()),
        }
    )


def _traits(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.table(
        {
            "trait_id": pa.array([r["trait_id"] for r in rows], pa.string()),
            "lead_id": pa.array([str(r["lead_id"]) for r in rows], pa.string()),
            "field": pa.array([r["field"] for r in rows], pa.string()),
            "value": pa.array([r["value"] for r in rows], pa.string()),
            "occurred_at": pa.array([r["occurred_at"] for r in rows], pa.int64()).cast(_INSTANT),
        }
    )
