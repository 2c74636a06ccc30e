"""One act on many leads, in pieces, all of it in one batch that is undone as a whole."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from leadline.web.accounts.access import Right
from leadline.web.board.reading import rows_of
from leadline.web.leads import actions
from leadline.web.leads.actions import NothingToUndoError
from leadline.web.leads.marks import mark
from leadline.web.leads.models import Act, Event, Verdict
from leadline.web.leads.rows import chunks, fetch
from leadline.web.leads.turn import take_turn
from leadline.web.qualification.judging import reassess
from leadline.web.recording import record_event

AT_ONCE = 200  # leads in one transaction, so that what arrives meanwhile waits for no longer
RECYCLE, VOID = "recycle", "void"
RIGHTS = {
    actions.TAG: Right.EDIT_LEADS, actions.UNTAG: Right.EDIT_LEADS, actions.ASSIGN: Right.ASSIGN,
    RECYCLE: Right.DECIDE, VOID: Right.VOID,
}  # fmt: skip
"""What each act needs beside the right to act on many leads."""

WORDS = {
    actions.TAG: _("tagged"), actions.UNTAG: _("untagged"), actions.ASSIGN: _("assigned"),
    RECYCLE: _("recycled"), VOID: _("no longer counted"),
}  # fmt: skip

_EVENTS = """
    SELECT s.lead_id, e.event_id, e.occurred_at
    FROM leads_span s JOIN leads_event e
      ON e.subject_id = s.subject_id AND e.occurred_at >= s.starts AND e.occurred_at < s.ends
    WHERE s.lead_id IN ({}) AND e.void = %s AND e.kind <> 'identify'
"""


@dataclass(frozen=True)
class Bulk:
    """An act on leads: its verb, what it needs, and the batch under which it is undone."""

    verb: str
    given: Mapping[str, Any]
    batch: uuid.UUID
    by: str

    def do(self, leads: Sequence[int], at: int) -> int:
        """The act on these leads, in one transaction; gives how many it changed."""
        return len(_DOES[self.verb](self, leads, at))


def undo_piece(batch: uuid.UUID, by: str, at: int) -> int:
    """Undo a batch, at most :data:`AT_ONCE` leads of it; gives how many.

    Raises NothingToUndoError where all of it was undone.
    """
    with transaction.atomic():
        take_turn()
        acts = list(Act.objects.filter(batch=batch, undone_at=None).order_by("id")[:AT_ONCE])
        if not acts:
            raise NothingToUndoError("this was undone already: there is nothing left to undo")
        if acts[0].verb in (RECYCLE, VOID):
            _count_again(acts, by, at) if acts[0].verb == VOID else _take_back(acts, by, at)
            ids = [a.id for a in acts]
            Act.objects.filter(id__in=ids).update(undone_at=at, undone_by=by)
            return len(acts)
    return len(actions.undo_acts(batch=batch, by=by, at=at, most=AT_ONCE))


def _tag(bulk: Bulk, leads: Sequence[int], at: int) -> Sequence[int]:
    return actions.tag_leads(leads=leads, tag=bulk.given["tag"], by=bulk.by, at=at, batch=bulk.batch).leads


def _untag(bulk: Bulk, leads: Sequence[int], at: int) -> Sequence[int]:
    return actions.untag_leads(leads=leads, tag=bulk.given["tag"], by=bulk.by, at=at, batch=bulk.batch).leads


def _assign(bulk: Bulk, leads: Sequence[int], at: int) -> Sequence[int]:
    return actions.assign_leads(leads=leads, to=bulk.given["to"], by=bulk.by, at=at, batch=bulk.batch).leads


@transaction.atomic
def _recycle(bulk: Bulk, leads: Sequence[int], at: int) -> Sequence[int]:
    """The event `lead_recycled`, as if each had been given back by itself."""
    take_turn()
    there = list(rows_of(leads, at))
    told = {"reason": bulk.given["reason"]} if bulk.given.get("reason") else {}
    events = record_event(leads=there, event="lead_recycled", properties=told, by=bulk.by, at=at)
    detail = {lead: {"event": event} for lead, event in zip(there, events, strict=True)}
    actions.note_acts(verb=RECYCLE, detail=detail, by=bulk.by, at=at, batch=bulk.batch)
    return there


@transaction.atomic
def _void(bulk: Bulk, leads: Sequence[int], at: int) -> Sequence[int]:
    """All that these did counts no more: they are bots, or the team's own tests."""
    take_turn()
    events = fetch(_EVENTS, list(leads), False)
    since: dict[int, int] = {}
    for lead, _event, occurred in events:
        since[lead] = min(occurred, since.get(lead, occurred))
    _judge([event for _lead, event, _at in events], since, bulk.batch, True, bulk.by, at)
    actions.note_acts(verb=VOID, detail={lead: {} for lead in since}, by=bulk.by, at=at, batch=bulk.batch)
    return list(since)


def _count_again(acts: Sequence[Act], by: str, at: int) -> None:
    """The events that this batch voided, and nothing said since then, count again."""
    leads = sorted({a.lead_id for a in acts})
    events = fetch(_EVENTS.replace("s.lead_id IN", "s.subject_id IN"), _subjects(leads), True)
    by_event = {event: (lead, occurred) for lead, event, occurred in events}
    mine = [
        event
        for some in chunks(list(by_event))
        for event in Verdict.objects.filter(
            event_id__in=some, void=True, reason=_reason(acts[0].batch)
        ).values_list("event_id", flat=True)
    ]
    since: dict[int, int] = {}
    for event in mine:
        lead, occurred = by_event[event]
        since[lead] = min(occurred, since.get(lead, occurred))
    _judge(mine, since, acts[0].batch, False, by, at)


def _take_back(acts: Sequence[Act], by: str, at: int) -> None:
    events = [a.detail["event"] for a in acts]
    there = Event.objects.filter(event_id__in=events).values_list("event_id", "subject_id", "occurred_at")
    since = {subject: occurred for _event, subject, occurred in there}
    _judge(events, _of_leads(since), acts[0].batch, True, by, at)


def _judge(
    events: Sequence[str], since: Mapping[int, int], batch: uuid.UUID, void: bool, by: str, at: int
) -> None:
    """Say of events that they count or not, and judge their leads anew."""
    reason = _reason(batch)
    Verdict.objects.bulk_create(
        [Verdict(event_id=e, void=void, reason=reason, at=at, by=by) for e in events], batch_size=500
    )
    mark(list(events), ())
    reassess(dict(since), at)


def _reason(batch: uuid.UUID) -> str:
    return f"many at once: {batch.hex}"


def _subjects(leads: Sequence[int]) -> list[int]:
    """All whose facts are these leads' now, or were when it was done."""
    rows = fetch(
        "SELECT subject_id FROM leads_span WHERE lead_id IN "
        "(SELECT lead_id FROM leads_span WHERE subject_id IN ({}))",
        leads,
    )
    return sorted({subject for (subject,) in rows} | set(leads))


def _of_leads(since: Mapping[int, int]) -> dict[int, int]:
    """By the leads of subjects at an instant."""
    found: dict[int, int] = {}
    for subject, starts, ends, lead in fetch(
        "SELECT subject_id, starts, ends, lead_id FROM leads_span WHERE subject_id IN ({})", sorted(since)
    ):
        if starts <= since[subject] < ends:
            found[lead] = min(since[subject], found.get(lead, since[subject]))
    return found


_DOES: dict[str, Callable[[Bulk, Sequence[int], int], Sequence[int]]] = {
    actions.TAG: _tag, actions.UNTAG: _untag, actions.ASSIGN: _assign, RECYCLE: _recycle, VOID: _void,
}  # fmt: skip
