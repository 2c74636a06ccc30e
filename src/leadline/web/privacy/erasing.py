"""Erasing people: their facts, what follows from them, and whatever else has their names in it.

What stays: a certificate that names nobody, tombstones that keep them from coming back, and totals.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC

from django.db import connection, transaction
from django.db.models import F, Q

from leadline.identity import emails
from leadline.web.board.base import write_anew
from leadline.web.capture.models import FailedEvent
from leadline.web.instants import EARLIEST, LATEST, moment
from leadline.web.leads.actions import forget_acts
from leadline.web.leads.changes import changed
from leadline.web.leads.marks import give_up
from leadline.web.leads.models import (
    Claim,
    Event,
    Lead,
    Link,
    Merge,
    Span,
    Subject,
    Trait,
    TraitAside,
    Verdict,
)
from leadline.web.leads.people import companions, leads_of, respan
from leadline.web.leads.rows import chunks, fetch
from leadline.web.leads.tombstones import Name, bury
from leadline.web.leads.turn import take_turn
from leadline.web.privacy.models import ErasedTotal, Erasure
from leadline.web.qualification.judging import reassess
from leadline.web.qualification.models import Outbox, StageChange, Standing
from leadline.web.replica import compact, erase

SHORTEST = 6  # characters of a name that is looked for in texts


@dataclass(frozen=True)
class Gone:
    """Who is being erased, for those who keep something about people elsewhere."""

    leads: tuple[int, ...]
    subjects: tuple[int, ...]
    names: frozenset[Name]
    at: int


ERASERS: list[Callable[[Gone], int]] = []
"""Functions that erase what their part keeps, within the transaction, and say how many rows that was."""


def also(function: Callable[[Gone], int]) -> Callable[[Gone], int]:
    """Register what a part of the workspace keeps about people besides facts."""
    ERASERS.append(function)
    return function


class NobodyThereError(ValueError):
    """No such lead; the message says what to do."""


def erase_leads(*, leads: Iterable[int], because: str, by: int | None, at: int) -> Erasure:
    """Erase these leads for good; gives the certificate. The columnar files follow at once.

    Raises NobodyThereError where one of them is no lead.
    """
    wanted = sorted(set(leads))
    with transaction.atomic():
        take_turn()
        known = set(Span.objects.filter(lead_id__in=wanted).values_list("lead_id", flat=True))
        missing = [lead for lead in wanted if lead not in known]
        if missing:
            raise NobodyThereError(
                f"there is no lead {missing[0]}: it may have been merged or erased already"
            )
        done = _erase(wanted, because, by, at)
    finish(done, at)
    return done


def finish(done: Erasure, at: int) -> None:
    """Free the columnar files of what was erased; it is tried again by the worker where this fails."""
    if done.files_until is None:
        return
    erase(done.subjects, at)
    write_anew(at)
    if done.counts.get("partly"):  # a browser of several people: its other facts stay
        compact(at, wholly=True)
    Erasure.objects.filter(pk=done.pk).update(files_until=None, subjects=[])
    done.files_until, done.subjects = None, []


def _erase(leads: list[int], because: str, by: int | None, at: int) -> Erasure:
    spans = list(Span.objects.filter(lead_id__in=leads))
    wholly = {s.subject_id for s in spans if (s.starts, s.ends) == (EARLIEST, LATEST)}
    partly = [s for s in spans if s.subject_id not in wholly]
    neighbours = _neighbours(wholly)
    names = _names(wholly, spans)
    counts: Counter[str] = Counter(leads=len(leads), ids=len(wholly), partly=len(partly))
    _keep_totals(leads)
    gone = Gone(tuple(leads), tuple(sorted(wholly)), frozenset(names), at)
    counts["elsewhere"] = sum(function(gone) for function in ERASERS)
    forget_acts(gone.subjects)
    _erase_facts(wholly, partly, counts)
    _erase_derived(leads)
    changed(leads)
    counts["failed events"] = _erase_failed(names)
    _resettle(neighbours, {s.subject_id for s in partly}, at)
    seals = bury(names, at)
    return Erasure.objects.create(
        at=at, by=by, because=because, counts=dict(counts), seals=seals, files_until=at,
        subjects=sorted(wholly),
    )  # fmt: skip


def _names(wholly: Collection[int], spans: Sequence[Span]) -> set[Name]:
    """All that they went by: their ids, and every e-mail address that was said to be theirs."""
    names = set()
    for some in chunks(sorted(wholly)):
        names.update(Subject.objects.filter(id__in=some).values_list("kind", "value"))
    for some in chunks(sorted({s.subject_id for s in spans})):
        told = Trait.objects.filter(subject_id__in=some, field="email").exclude(value=None)
        for value in told.values_list("value", flat=True).distinct():
            address = emails.email(value)
            if address:
                names.add((Subject.EMAIL, address))
    return names


def _neighbours(subjects: Collection[int]) -> set[int]:
    """Subjects that are somebody else's, and whose lead may hang on a claim or a merge of these."""
    ends: set[int] = set()
    for some in chunks(sorted(subjects)):
        claims = Claim.objects.filter(Q(email_id__in=some) | Q(user_id__in=some))
        ends.update(end for pair in claims.values_list("email_id", "user_id") for end in pair)
        merges = Merge.objects.filter(Q(loser_id__in=some) | Q(winner_id__in=some))
        ends.update(end for pair in merges.values_list("loser_id", "winner_id") for end in pair)
        ends.update(Link.objects.filter(person_id__in=some).values_list("anon_id", flat=True))
    return ends - set(subjects)


def _keep_totals(leads: list[int]) -> None:
    counted: Counter[tuple] = Counter()
    for some in chunks(leads):
        rows = StageChange.objects.filter(lead_id__in=some).values_list(
            "program_id", "changed_at", "before", "after"
        )
        for program, changed_at, before, after in rows:
            counted[program, moment(changed_at).astimezone(UTC).date(), before, after] += 1
    for (program, day, before, after), count in counted.items():
        total, made = ErasedTotal.objects.get_or_create(
            program_id=program, day=day, before=before, after=after, defaults={"count": count}
        )
        if not made:
            ErasedTotal.objects.filter(pk=total.pk).update(count=F("count") + count)


def _erase_facts(wholly: Collection[int], partly: Sequence[Span], counts: Counter[str]) -> None:
    for some in chunks(sorted(wholly)):
        _delete_facts(Q(subject_id__in=some), counts)
        for model, ends in (
            (Link, ("anon_id", "person_id")),
            (Claim, ("email_id", "user_id")),
            (Merge, ("loser_id", "winner_id")),
        ):
            where = Q(**{f"{ends[0]}__in": some}) | Q(**{f"{ends[1]}__in": some})
            counts["links"] += model.objects.filter(where).delete()[0]
        Subject.objects.filter(id__in=some).delete()
        Span.objects.filter(subject_id__in=some).delete()
    for span in partly:
        within = Q(subject_id=span.subject_id, occurred_at__gte=span.starts, occurred_at__lt=span.ends)
        _delete_facts(within, counts)


def _delete_facts(where: Q, counts: Counter[str]) -> None:
    events = list(Event.objects.filter(where).values_list("event_id", "seq"))
    traits = Trait.objects.filter(where)
    give_up([*(seq for _, seq in events), *traits.values_list("seq", flat=True)])
    for some in chunks([event_id for event_id, _ in events]):
        Verdict.objects.filter(event_id__in=some).delete()
    counts["events"] += Event.objects.filter(where).delete()[0]
    counts["traits"] += traits.delete()[0] + TraitAside.objects.filter(where).delete()[0]


def _erase_derived(leads: list[int]) -> None:
    for some in chunks(leads):
        for model, column in (
            (Standing, "lead_id"),
            (StageChange, "lead_id"),
            (Lead, "id"),
            (Span, "lead_id"),
        ):
            model.objects.filter(**{f"{column}__in": some}).delete()
        for lead in some:
            Outbox.objects.filter(payload__contains=f'"lead_id":{lead},').delete()


def _erase_failed(names: Iterable[Name]) -> int:
    """Messages that could not be read, and have one of the names in them."""
    contains = {
        "sqlite": "instr(body, CAST(%s AS BLOB)) > 0 OR instr(lower(meta), lower(%s)) > 0",
        "postgresql": "position(convert_to(%s, 'UTF8') IN body) > 0 "
        "OR position(lower(%s) IN lower(meta)) > 0",
    }[connection.vendor]
    count = 0
    for value in {value for _, value in names if len(value) >= SHORTEST}:
        ids = fetch(
            f"SELECT id FROM capture_failedevent WHERE id NOT IN ({{}}) AND ({contains})", [0], value, value
        )
        count += FailedEvent.objects.filter(id__in=[number for (number,) in ids]).delete()[0]
    return count


def _resettle(neighbours: set[int], browsers: set[int], at: int) -> None:
    """Whoever was bound to the erased by a claim, a merge or a browser stands by themselves now."""
    there = set(Subject.objects.filter(id__in=neighbours | browsers).values_list("id", flat=True))
    if not there:
        return
    before = set(Span.objects.filter(subject_id__in=there).values_list("lead_id", flat=True))
    moved = respan(there | companions(before | leads_of(there)))
    leads = before.union(*moved.values()) if moved else before
    reassess(dict.fromkeys(leads, EARLIEST), at)
