"""What was learnt and taken back: a verdict on an `identify` lays its traits aside, another brings them back.

A trait that lies aside stands in a table of its own. So all who read traits read those that hold, and what
held before a wrong answer holds again, with the date that it had then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import connection

from leadline.web.leads.rows import Table, chunks, fetch
from leadline.web.leads.turn import numbers

_COLUMNS = (
    "subject_id", "field", "occurred_at", "trait_id", "value", "source_id", "verified", "quote", "confidence",
)  # fmt: skip
ASIDE = Table("leads_traitaside", _COLUMNS)
_TRAITS = Table("leads_trait", (*_COLUMNS, "seq"))
_EVENTS = """
    SELECT event_id, subject_id, occurred_at FROM leads_event WHERE event_id IN ({}) AND kind = 'identify'
"""
_KEY = "subject_id = %s AND field = %s AND occurred_at = %s AND trait_id = %s"


def event_of(field: str, trait_id: str) -> str:
    """The id of the event that said a trait."""
    return trait_id.removesuffix(f":{field}")


def settle(void: Mapping[str, bool]) -> tuple[dict[int, int], list[int]]:
    """Lay aside the traits of these events where they are void, bring them back where they are not.

    Gives subject -> the first instant from which something else is known, and the numbers that are given up.
    """
    changed: dict[int, int] = {}
    events = {event_id: (subject, at) for event_id, subject, at in fetch(_EVENTS, list(void))}
    subjects = sorted({subject for subject, _ in events.values()})
    if not subjects:
        return changed, []
    gone = [row for row in _rows("leads_trait", "seq", subjects, events) if void[event_of(row[1], row[3])]]
    back = [
        row for row in _rows("leads_traitaside", "0", subjects, events) if not void[event_of(row[1], row[3])]
    ]
    _delete("leads_trait", gone)
    ASIDE.insert(row[:-1] for row in gone)
    _delete("leads_traitaside", back)
    _TRAITS.insert((*row[:-1], seq) for row, seq in zip(back, numbers(len(back)), strict=True))
    for row in (*gone, *back):
        changed[row[0]] = min(row[2], changed.get(row[0], row[2]))
    return changed, [row[-1] for row in gone]


def _rows(table: str, seq: str, subjects: list[int], events: Mapping[str, object]) -> list[tuple]:
    names = ", ".join(_COLUMNS)
    rows = fetch(f"SELECT {names}, {seq} FROM {table} WHERE subject_id IN ({{}})", subjects)
    return [row for row in rows if event_of(row[1], row[3]) in events]


def _delete(table: str, rows: Iterable[tuple]) -> None:
    with connection.cursor() as cursor:
        for some in chunks(list(rows)):
            cursor.executemany(f"DELETE FROM {table} WHERE {_KEY}", [row[:4] for row in some])


def forget(event_ids: Iterable[str], subjects: Iterable[int]) -> None:
    """These events are no more, nor is what lies aside of them."""
    gone, table = set(event_ids), "leads_traitaside"
    there = fetch(
        f"SELECT subject_id, field, occurred_at, trait_id FROM {table} WHERE subject_id IN ({{}})",
        sorted(set(subjects)),
    )
    _delete(table, [row for row in there if event_of(row[1], row[3]) in gone])
