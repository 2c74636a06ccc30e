"""The long steps of an import, as the worker does them. A batch and its place stand together or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from leadline.engine.facts.errors import FactsError
from leadline.model.shape import Type
from leadline.model.values import read_boolean, read_number, read_time
from leadline.web import jobs
from leadline.web.capture.facts import Read, Subject
from leadline.web.capture.models import Source
from leadline.web.importing import actions
from leadline.web.importing.files import remove_files, rows_of, upload_of
from leadline.web.importing.guessing import guess
from leadline.web.importing.known import Person
from leadline.web.importing.limits import KEPT
from leadline.web.importing.mapping import Columns
from leadline.web.importing.models import Import, Refused, Stored
from leadline.web.importing.planning import CHANGED, CREATED, REFUSED, SAME, Lot, Outcome, plan
from leadline.web.importing.queries import model_fields
from leadline.web.importing.reading import Found, Row, read_upload, rows_after
from leadline.web.jobs.models import Job
from leadline.web.leads.models import Event
from leadline.web.leads.store import append
from leadline.web.leads.turn import take_turn
from leadline.web.leads.withdrawing import forget_unnamed, withdraw
from leadline.web.qualification.judging import reassess

AT_ONCE = 100  # rows in one transaction, so that what arrives meanwhile waits for little
LOOKED = 1000  # rows of a preview between two steps
SHOWN = 10  # rows of each kind that a preview shows
REMEMBERED = 100_000  # people of a preview who stand in several rows

_SAYS_NOT = {
    Type.NUMBER: (read_number, "number"),
    Type.BOOLEAN: (read_boolean, "yes or no"),
    Type.TIME: (read_time, "time"),
}


@dataclass(frozen=True)
class Message:
    """What a row said, as the store takes it."""

    source_id: int
    read: Read
    trusted: bool = True
    firsthand: bool = False


def _of(progress: jobs.Progress) -> Import:
    found = Import.objects.filter(pk=UUID(progress.payload["import"])).first()
    if found is None:
        raise jobs.CannotDoError(_("The import was discarded."))
    return found


def _result(of: Import) -> dict[str, Any]:
    return {"url": reverse("imports:page", args=[of.pk]), "label": _("Go on")}


@jobs.work(actions.READ)
def read(progress: jobs.Progress) -> dict[str, Any]:
    """Read the file once, and guess what its columns are."""
    of, found = _of(progress), None
    path = upload_of(of.pk)
    if path is None:
        raise jobs.CannotDoError(_("The file was removed: upload it again."))
    try:
        for found in read_upload(path, rows_of(of.pk)):
            if isinstance(found, int):
                progress.step(found, 0, _("%(rows)s rows read") % {"rows": f"{found:,}"})
    except FactsError as error:
        text = str(error).replace(path.name, of.name)
        raise jobs.CannotDoError(f"{text[0].upper()}{text[1:]}.") from error
    assert isinstance(found, Found)
    fields = [field.name for field in model_fields()]
    with transaction.atomic():
        progress.step(found.rows, found.rows)
        Refused.objects.filter(import_id=of.pk).delete()
        Refused.objects.bulk_create(
            (
                Refused(
                    import_id=of.pk, number=number, line=line, broken=True, reason=b.reason, cells=[b.text]
                )
                for number, line, b in found.broken
            ),
            batch_size=500,
        )  # fmt: skip
        Import.objects.filter(pk=of.pk, state=Import.READING).update(
            state=Import.MAPPING, rows=found.rows, columns=found.columns, samples=found.samples,
            findings=found.findings, refused=len(found.broken),
            mapping=guess(found.columns, found.samples, fields),
        )  # fmt: skip
    return _result(of)


@jobs.work(actions.LOOK)
def look(progress: jobs.Progress) -> dict[str, Any]:
    """Go through all rows without writing any, and count what would become of them."""
    of = _of(progress)
    now = progress.now()
    lot = lot_of(of, now)
    counts: Counter[str] = Counter({REFUSED: Refused.objects.filter(import_id=of.pk, broken=True).count()})
    shown: dict[str, list[dict[str, Any]]] = {CREATED: [], CHANGED: [], REFUSED: []}
    unread: Counter[tuple[str, str]] = Counter()
    repeated, seen = _repeated(of, lot.columns), dict[Subject, Person]()
    types = {field.name: field.type for field in model_fields()}
    for rows in rows_after(rows_of(of.pk), 0, LOOKED):
        for outcome in plan(rows, lot, now, seen):
            counts[outcome.end] += 1
            unread.update(_unread(outcome, types))
            if (
                len(seen) < REMEMBERED
                and repeated
                and not repeated.isdisjoint(_keys(outcome.row, lot.columns))
            ):
                seen |= outcome.people
            if outcome.end in shown and len(shown[outcome.end]) < SHOWN:
                shown[outcome.end].append(_shown(outcome))
        progress.step(
            rows[-1].number, of.rows, _("%(rows)s rows looked at") % {"rows": f"{rows[-1].number:,}"}
        )
    preview = {
        "counts": dict(counts), "rows": shown, "exact": len(seen) < REMEMBERED,
        "unread": [[name, kind, count] for (name, kind), count in unread.most_common(20)],
    }  # fmt: skip
    Import.objects.filter(pk=of.pk, state=Import.LOOKING).update(state=Import.LOOKED, preview=preview)
    return _result(of)


def lot_of(of: Import, now: int) -> Lot:
    """What all rows of an import share. Raises MappingError."""
    columns = Columns.of(of.columns, of.mapping)
    return Lot(columns, columns.digest(of.digest), of.begun_at or now, of.rows)


def _keys(row: Row, columns: Columns) -> set[str]:
    places = [columns.places[t] for t in ("user_id", "email") if t in columns.places]
    return {row.cells[i].strip().casefold() for i in places} - {""}


def _repeated(of: Import, columns: Columns) -> set[str]:
    """Keys that stand in several rows: only of those need a preview remember what rows said."""
    once: set[str] = set()
    more: set[str] = set()
    for rows in rows_after(rows_of(of.pk), 0, LOOKED):
        for row in rows:
            keys = _keys(row, columns)
            more |= keys & once
            once |= keys
    return more


def _unread(outcome: Outcome, types: dict[str, Type]) -> list[tuple[str, str]]:
    """Values that a model will not understand: they are kept as text, and count as unknown."""
    found = []
    for change in outcome.changes:
        reads, kind = _SAYS_NOT.get(types.get(change.field, Type.TEXT), (None, ""))
        if reads is not None and reads(change.after) is None:
            found.append((change.field, kind))
    return found


def _shown(outcome: Outcome) -> dict[str, Any]:
    changes = [c for c in outcome.changes if c.after != outcome.who]
    return {
        "line": outcome.row.line, "who": outcome.who[:200], "reason": outcome.reason,
        "changes": [[c.field, (c.before or "")[:200], c.after[:200]] for c in changes[:8]],
        "more": max(0, len(changes) - 8),
        "events": [r.event.event for r in outcome.reads if r.event.kind == "track"],
        "cells": [cell[:80] for cell in outcome.row.cells[:6]] if outcome.reason else [],
    }  # fmt: skip


@jobs.work(actions.RUN)
def run(progress: jobs.Progress) -> dict[str, Any]:
    """Store what the rows say, a batch and its place in one transaction."""
    of = _of(progress)
    lot = lot_of(of, progress.now())
    for rows in rows_after(rows_of(of.pk), of.row_done, AT_ONCE):
        with transaction.atomic():
            take_turn()
            store(of, plan(rows, lot, progress.now()), progress.now())
            last = rows[-1].number
            progress.step(last, of.rows, _("%(rows)s rows imported") % {"rows": f"{last:,}"}, cursor=last)
    with transaction.atomic():
        progress.step(of.rows, of.rows)
        Import.objects.filter(pk=of.pk, state=Import.IMPORTING).update(
            state=Import.DONE, ended_at=progress.now(), row_done=of.rows
        )
    return _result(of)


def store(of: Import, outcomes: Sequence[Outcome], now: int) -> None:
    """Append what these rows say, judge the leads concerned, and note what became of each row."""
    assert of.source_id is not None
    messages = [Message(of.source_id, read) for outcome in outcomes for read in outcome.reads]
    # what a list tells has happened, and whoever was to hear of it has: nobody is told of it anew
    begun = of.begun_at if of.begun_at is not None else now
    reassess(append(messages).since, now, silent_until=begun)
    Stored.objects.bulk_create(
        (Stored(import_id=of.pk, event_id=m.read.event.event_id) for m in messages),
        ignore_conflicts=True,
        batch_size=300,
    )
    refused = [o for o in outcomes if o.end == REFUSED]
    Refused.objects.bulk_create(
        (
            Refused(
                import_id=of.pk,
                number=o.row.number,
                line=o.row.line,
                reason=o.reason[:300],
                cells=o.row.cells,
            )
            for o in refused
        ),
        ignore_conflicts=True,
        batch_size=150,
    )
    counts = Counter(outcome.end for outcome in outcomes)
    Import.objects.filter(pk=of.pk).update(
        row_done=outcomes[-1].row.number,
        created=F("created") + counts[CREATED],
        changed=F("changed") + counts[CHANGED],
        same=F("same") + counts[SAME],
        refused=F("refused") + counts[REFUSED],
    )


@jobs.work(actions.UNDO)
def undo(progress: jobs.Progress) -> dict[str, Any]:
    """Take back what it stored; what is taken back is struck off, so it goes on there after a kill."""
    of = _of(progress)
    left = Stored.objects.filter(import_id=of.pk).order_by("event_id")
    total, done = left.count(), 0
    while ids := list(left.values_list("event_id", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            gone = withdraw(ids)
            reassess(gone.since, progress.now(), silent_until=progress.now())
            forget_unnamed(gone.subjects)
            Stored.objects.filter(import_id=of.pk, event_id__in=ids).delete()
            done += len(ids)
            progress.step(done, total, _("%(count)s facts taken back") % {"count": f"{done:,}"}, cursor=done)
    with transaction.atomic():
        progress.step(total, total)
        Import.objects.filter(pk=of.pk, state=Import.UNDOING).update(
            state=Import.UNDONE, row_done=0, source_id=None, begun_at=None
        )
        if of.source_id is not None and not Event.objects.filter(source_id=of.source_id).exists():
            Source.objects.filter(pk=of.source_id).delete()
    return _result(of)


@jobs.hourly
def tidy(at: int) -> None:
    """Remove files, refused rows and previews that are old enough; what was imported stays."""
    old = Import.objects.filter(at__lt=at - KEPT, file_removed_at=None).exclude(job__state__in=Job.OPEN)
    for of in old[:100]:
        remove_files(of.pk)
        Refused.objects.filter(import_id=of.pk).delete()
        Import.objects.filter(pk=of.pk).update(file_removed_at=at, samples=[], preview={})
