"""Which events count as a machine's, and which are void.

Both follow from the facts and the verdicts alone, so they are the same in whatever order these came. A row
whose marks change is written anew under a new number, and its old number is given up: so the replica, which
follows the numbers, sees every change.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.db import connection

from leadline.web.instants import MINUTE
from leadline.web.leads.models import Verdict
from leadline.web.leads.rows import Table, chunks, fetch
from leadline.web.leads.turn import numbers

FASTEST = 100  # events of one visitor within a clock minute; no human reaches more
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


def mark(event_ids: Sequence[str], minutes: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Mark these events by their verdicts, and all events of these (visitor, minute) by their number.

    Gives subject -> the first instant at which an event began or ceased to count.
    """
    changed: dict[int, int] = {}
    judged = latest_verdicts(event_ids)
    rows = [Marked(*row) for row in fetch(_ROW + "event_id IN ({})", list(judged))]
    _write(rows, [(row.bot, judged[row.event_id]) for row in rows], changed)
    for subject, minute in sorted(set(minutes)):
        _mark_minute(subject, minute, changed)
    return changed


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


def _mark_minute(subject: int, minute: int, changed: dict[int, int]) -> None:
    """A visitor's minute with more events than a human makes is a machine's, all of it."""
    begin, end = minute * MINUTE, (minute + 1) * MINUTE
    with connection.cursor() as cursor:
        where = "subject_id = %s AND occurred_at >= %s AND occurred_at < %s"
        marked = "count(CASE WHEN bot = %s THEN 1 END)"
        cursor.execute(
            f"SELECT count(*), {marked} FROM leads_event WHERE {where}", [RATE, subject, begin, end]
        )
        count, already = cursor.fetchone()
        if count <= FASTEST and not already:
            return
        cursor.execute(f"{_ROW}{where}", [subject, begin, end])
        rows = [Marked(*row) for row in cursor.fetchall()]
    verdicts = latest_verdicts([row.event_id for row in rows])
    by_rate = RATE if count > FASTEST else ""
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
