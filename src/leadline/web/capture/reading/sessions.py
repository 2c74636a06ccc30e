"""Visits: events that follow each other within half an hour, and under one campaign."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from leadline.web.capture.facts import EventFact, Subject

GAP = 30 * 60 * 1_000_000


def sessions(events: Sequence[EventFact]) -> list[str]:
    """The session of each event, in the order given: the id of the session's first event.

    A session is of one subject. It ends after 30 minutes without an event, and where an event names
    another campaign or another click than the session began with. Events that come late are seen in their
    place, whatever the order given.
    """
    by_subject: dict[Subject, list[EventFact]] = defaultdict(list)
    for event in events:
        by_subject[event.subject].append(event)
    found: dict[str, str] = {}
    for own in by_subject.values():
        found |= _of_one(own)
    return [found[event.event_id] for event in events]


def _of_one(events: Iterable[EventFact]) -> dict[str, str]:
    found: dict[str, str] = {}
    session, last, came_by = "", 0, ()
    for event in sorted(events, key=lambda e: (e.occurred_at, e.event_id)):
        stated = _came_by(event)
        if not session or event.occurred_at - last > GAP or (stated and stated != came_by):
            session, came_by = event.event_id, stated
        found[event.event_id] = session
        last = event.occurred_at
    return found


def _came_by(event: EventFact) -> tuple[tuple[str, str], ...]:
    """What brought the visitor, as far as this event says; nothing on the pages that follow."""
    named = {**event.context.get("campaign", {}), **event.context.get("click_ids", {})}
    return tuple(sorted(named.items()))
