"""Which events count as a machine's, and which are void.

Both follow from the facts and the verdicts alone, so they are the same in whatever order these came. A row
whose marks change is written anew under a new number, and its old number is given up: so the replica, which
follows the numbers, sees every change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from django.db import connection

from leadline.web.instants import MINUTE
from leadline.web.leads.aside import settle
from leadline.web.leads.models import Subject, Verdict
from leadline.web.leads.rows import Table, chunks, fetch
from leadline.web.leads.turn import numbers

FASTEST = 100  # events of one visitor within a clock minute; no human reaches more
FASTEST_PERSON = 300  # of one person: an application tells more of its users than a site of its visitors
RATE = "rate"

SUPERSEDED = Table("leads_superseded", ("seq", "since"))

_ROW = "SELECT event_id, subject_id, occurred_at, seq, bot, void FROM leads_event WHERE "


class Marked(NamedTuple):
    event_id: str
    subject: int
    at: int
    seq: int
    bot: str
    void: bool


class Minute(NamedTuple):
    """A clock minute of a subject, as one source tells it."""

    subject: int
    minute: int
    source: int


def mark(event_ids: Sequence[str], minutes: Mapping[Minute, Sequence[str]]) -> dict[int, int]:
    """Mark these events by their verdicts, and the events of these minutes by their number.

    A minute has the ids of its events that are new. Gives subject -> the first instant at which an event
    began or ceased to count.
    """
    changed: dict[int, int] = {}
    judged = latest_verdicts(event_ids)
    rows = [Marked(*row) for row in fetch(_ROW + "event_id IN ({})", list(judged))]
    _write(rows, [(row.bot, judged[row.event_id]) for row in rows], changed)
    learnt, gone = settle({row.event_id: judged[row.event_id] for row in rows})
    give_up(gone)
    for subject, at in learnt.items():
        changed[subject] = min(at, changed.get(subject, at))
    fastest = _fastest({m.subject for m in minutes})
    for minute in sorted(minutes):
        _mark_minute(minute, minutes[minute], fastest[minute.subject], changed)
    return changed


def _fastest(subjects: set[int]) -> dict[int, int]:
    """How many events a minute each of these subjects may have."""
    rows = fetch("SELECT id, kind FROM leads_subject WHERE id IN ({})", sorted(subjects))
    return {subject: FASTEST if kind == Subject.ANON else FASTEST_PERSON for subject, kind in rows}


def latest_verdicts(event_ids: Sequence[str]) -> dict[str, bool]:
    """What was last said of events, for those of which something was said: void or not."""
    latest: dict[str, bool] = {}
    for some in chunks(list(event_ids)):
        for verdict in Verdict.objects.filter(event_id__in=some).order_by("at", "id"):
            latest[verdict.event_id] = verdict.void
    return latest


def give_up(seqs: Iterable[int]) -> None:
    """These rows are no more; the next reading of the replica leaves them out."""
    gone = list(seqs)
    if gone:
        (since,) = numbers(1)
        SUPERSEDED.insert((seq, since) for seq in gone)


def _mark_minute(minute: Minute, fresh: Sequence[str], most: int, changed: dict[int, int]) -> None:
    """A minute with more events than a human makes is a machine's, all of it.

    Where it was so before, all but the new events are marked already and are not looked at: what an event
    costs does not grow with a flood.
    """
    begin, end = minute.minute * MINUTE, (minute.minute + 1) * MINUTE
    where = "subject_id = %s AND occurred_at >= %s AND occurred_at < %s AND source_id = %s LIMIT %s"
    enough = most + len(fresh) + 1
    with connection.cursor() as cursor:
        cursor.execute(_ROW + where, [minute.subject, begin, end, minute.source, enough])
        rows = [Marked(*row) for row in cursor.fetchall()]
    by_rate = RATE if len(rows) > most else ""
    if len(rows) == enough:
        rows = [Marked(*row) for row in fetch(_ROW + "event_id IN ({})", list(fresh))]
    elif not by_rate and not any(row.bot == RATE for row in rows):
        return
    verdicts = latest_verdicts([row.event_id for row in rows])
    bots = [by_rate if row.bot in ("", RATE) else row.bot for row in rows]
    voids = [verdicts.get(row.event_id, bool(bot)) for row, bot in zip(rows, bots, strict=True)]
    _write(rows, list(zip(bots, voids, strict=True)), changed)


def _write(rows: list[Marked], wanted: list[tuple[str, bool]], changed: dict[int, int]) -> None:
    differ = [
        (row, bot, void)
        for row, (bot, void) in zip(rows, wanted, strict=True)
        if (row.bot, bool(row.void)) != (bot, void)
    ]
    if not differ:
        return
    seqs = numbers(len(differ))
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE leads_event SET bot = %s, void = %s, seq = %s WHERE event_id = %s",
            [(bot, void, seq, row.event_id) for seq, (row, bot, void) in zip(seqs, differ, strict=True)],
        )
    SUPERSEDED.insert((row.seq, seq) for seq, (row, _, _) in zip(seqs, differ, strict=True))
    for row, _, void in differ:
        if bool(row.void) != void:
            changed[row.subject] = min(row.at, changed.get(row.subject, row.at))
