"""Making anew what follows from the facts: who is who, and how everybody stands and stood."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from django.core.management.color import no_style
from django.db import connection, transaction

from leadline.web.capture.models import Source
from leadline.web.instants import EARLIEST
from leadline.web.leads.aside import ASIDE
from leadline.web.leads.models import Lead, Merge, Span, Subject, Verdict
from leadline.web.leads.people import respan
from leadline.web.leads.rows import chunks
from leadline.web.leads.store import CLAIMS, EVENTS, LINKS, TRAITS, as_json, subject_ids
from leadline.web.leads.turn import numbers, take_turn
from leadline.web.qualification import heavy
from leadline.web.qualification.judging import judge_apart, reassess
from leadline.web.qualification.models import Activation, Program, Publication, StageChange, Standing
from leadline.web.qualification.predictors import keep_predictor

AT_ONCE = 500  # subjects, leads or lines in one transaction, so that a worker need not wait long

Progress = Callable[[int, int], None]


def rebuild(*, at: int, progress: Progress | None = None) -> int:
    """Make spans, leads, standings and stage changes anew from the facts, as of `at`; gives the leads.

    Some hundred leads are replaced in one transaction, so that the workspace can be used meanwhile. A change
    of stage that was not known before has its effect, as when the worker finds it.
    """
    subjects = _ids(Subject, "id") | _ids(Span, "subject_id")
    for some in chunks(sorted(subjects)):
        with transaction.atomic():
            take_turn()
            Span.objects.filter(subject_id__in=some).delete()
            respan(set(some))
    leads = (
        _ids(Span, "lead_id") | _ids(Lead, "id") | _ids(Standing, "lead_id") | _ids(StageChange, "lead_id")
    )
    done = 0
    for some in chunks(sorted(leads), AT_ONCE):
        with transaction.atomic():
            take_turn()
            for model in (Standing, StageChange):
                model.objects.filter(lead_id__in=some).delete()
            Lead.objects.filter(id__in=some).delete()
            reassess(dict.fromkeys(some, EARLIEST), at)
        while taken := heavy.take(at, at_once=True):
            judge_apart(taken, lambda: at)
        done += len(some)
        if progress:
            progress(done, len(leads))
    Program.objects.update(judged_up_to=None)
    return len(leads)


def _ids(model: Any, column: str) -> set[int]:
    return set(model.objects.values_list(column, flat=True).distinct())


def rebuild_into(lines: Iterable[str], *, at: int) -> int:
    """Read the facts of a dump, in any order, into this empty database, and derive the rest; gives the leads.

    Lines of what was derived are passed over. Nothing that happened before `at` has an effect here: whoever
    was told of it was told where the facts come from.
    Raises ValueError where there are facts already, or a line is no line of a dump.
    """
    if Subject.objects.exists() or Program.objects.exists():
        raise ValueError("there are facts or programs here already: give an empty database")
    waiting: dict[str, list[list[Any]]] = defaultdict(list)
    for line in lines:
        word, cells = _read(line)
        waiting[word].append(cells)
        if len(waiting[word]) >= AT_ONCE and word not in _LAST:
            _store(word, waiting.pop(word), at)
    for word in sorted(waiting, key=_LAST.__contains__):
        _store(word, waiting[word], at)
    return rebuild(at=at)


def _read(line: str) -> tuple[str, list[Any]]:
    word, _, cells = line.partition(" ")
    try:
        read = json.loads(cells)
    except ValueError:
        read = None
    if not isinstance(read, list) or word not in (*_STORES, *_DERIVED):
        raise ValueError(f"`{line[:60]}` is no line of a dump: expected a word and a JSON array")
    return word, read


def _store(word: str, rows: list[list[Any]], at: int) -> None:
    if word in _DERIVED:
        return
    with transaction.atomic():
        take_turn()
        _STORES[word](rows, at)


def _sources(rows: list[list[Any]], at: int) -> None:
    for slug, name, kind, trusted, consent, gpc in rows:
        settings = {"name": name, "kind": kind, "trusted": trusted, "consent_category": consent}
        Source.objects.update_or_create(slug=slug, defaults=settings | {"respect_gpc": gpc})


def _programs(rows: list[list[Any]], at: int) -> None:
    for slug, name, enabled in rows:
        settings = {"name": name, "enabled": enabled, "effects_from": at}
        Program.objects.update_or_create(slug=slug, defaults=settings)


def _models(rows: list[list[Any]], at: int) -> None:
    for slug, since, version, by, text, how, note, _ in rows:
        program, _ = Program.objects.get_or_create(slug=slug, defaults={"effects_from": at})
        Publication.objects.create(
            program=program, at=since, version=version, by=by, text=text, how=how, note=note
        )
    for slug, since, *_, back in rows:
        if back is not None:
            of_program = Publication.objects.filter(program__slug=slug)
            of_program.filter(at=since).update(rolled_back_by=of_program.get(at=back))


def _predictors(rows: list[list[Any]], at: int) -> None:
    for slug, since, version, by, text, learned, won, begins, ends, mean_worth, report in rows:
        program, _ = Program.objects.get_or_create(slug=slug, defaults={"effects_from": at})
        made = keep_predictor(
            program=program, text=text, rows=learned, won=won, begins=begins, ends=ends,
            mean_worth=mean_worth, report=report, by=by, at=since,
        )  # fmt: skip
        if made.version != version:
            raise ValueError(
                f"predictor {version} of `{slug}` was changed: its text is that of {made.version}"
            )


def _activations(rows: list[list[Any]], at: int) -> None:
    """Predictors were read before: whichever order the lines come in, these wait until the end."""
    for slug, since, which, by, how, because, _ in rows:
        program = Program.objects.get(slug=slug)
        of_program = program.predictors.all()
        predictor = of_program.filter(at=which[0], version=which[1]).first() if which else None
        if which and predictor is None:
            raise ValueError(f"predictor {which[1]} of `{slug}` was active and is not in the dump")
        Activation.objects.create(
            program=program, predictor=predictor, at=since, by=by, how=how, because=because
        )
    for slug, since, *_, back in rows:
        if back is not None:
            changes = Activation.objects.filter(program__slug=slug)
            changes.filter(at=since).update(taken_back_by=changes.get(at=back))


def _merges(rows: list[list[Any]], at: int) -> None:
    ids = _subjects([row[1] for row in rows] + [row[2] for row in rows])
    for number, loser, winner, since, by, reason, back_at, back_by in rows:
        Merge.objects.create(
            id=number, loser_id=ids[loser], winner_id=ids[winner], at=since, by=by, reason=reason,
            taken_back_at=back_at, taken_back_by=back_by,
        )  # fmt: skip
    _count_on(Merge)


def _verdicts(rows: list[list[Any]], at: int) -> None:
    for number, event_id, void, reason, since, by in rows:
        Verdict.objects.create(id=number, event_id=event_id, void=void, reason=reason, at=since, by=by)
    _count_on(Verdict)


def _events(rows: list[list[Any]], at: int) -> None:
    ids, sources = _subjects(row[0] for row in rows), _source_ids(row[7] for row in rows)
    EVENTS.insert(
        (
            ids[subject], occurred_at, event_id, seq, kind, event, as_json(properties), as_json(context),
            sources[source], *more,
        )
        for seq, (subject, occurred_at, event_id, kind, event, properties, context, source, *more) in zip(
            numbers(len(rows)), rows, strict=True
        )
    )  # fmt: skip


def _traits(rows: list[list[Any]], at: int) -> None:
    ids, sources = _subjects(row[0] for row in rows), _source_ids(row[5] for row in rows)
    TRAITS.insert(
        (ids[subject], field, occurred_at, trait_id, seq, value, sources[source], *more)
        for seq, (subject, field, occurred_at, trait_id, value, source, *more) in zip(
            numbers(len(rows)), rows, strict=True
        )
    )


def _aside(rows: list[list[Any]], at: int) -> None:
    ids, sources = _subjects(row[0] for row in rows), _source_ids(row[5] for row in rows)
    ASIDE.insert(
        (ids[subject], field, occurred_at, trait_id, value, sources[source], *more)
        for subject, field, occurred_at, trait_id, value, source, *more in rows
    )


def _links(rows: list[list[Any]], at: int) -> None:
    ids = _subjects(end for anon, _, _, person in rows for end in (anon, person))
    LINKS.insert((ids[anon], since, link_id, ids[person]) for anon, since, link_id, person in rows)


def _claims(rows: list[list[Any]], at: int) -> None:
    ids = _subjects(end for email, _, _, user, _ in rows for end in (email, user))
    CLAIMS.insert((ids[email], *more, ids[user], verified) for email, *more, user, verified in rows)


def _subjects(names: Iterable[str]) -> dict[str, int]:
    """Numbers of subjects by `kind:value`."""
    found = subject_ids(tuple(name.split(":", 1)) for name in set(names))  # type: ignore[misc]
    return {f"{kind}:{value}": number for (kind, value), number in found.items()}


def _source_ids(slugs: Iterable[str]) -> dict[str, int]:
    return {
        slug: Source.objects.get_or_create(slug=slug, defaults={"name": slug})[0].id if slug else 0
        for slug in set(slugs)
    }


def _count_on(model: Any) -> None:
    """Ids that were given here do not move the database's own count along."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [model]):
            cursor.execute(statement)


_STORES: dict[str, Callable[[list[list[Any]], int], None]] = {
    "source": _sources, "program": _programs, "model": _models, "predictor": _predictors,
    "active": _activations, "merge": _merges, "verdict": _verdicts,
    "event": _events, "trait": _traits, "aside": _aside, "link": _links, "claim": _claims,
}  # fmt: skip
_LAST = ("active",)  # they name what other lines tell
_DERIVED = ("span", "lead", "standing", "change", "judged")
