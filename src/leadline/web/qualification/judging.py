"""Judging the leads whose facts changed, or whose time has come, and writing down how they stand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from leadline.engine.stepping import Standing as Place
from leadline.web.instants import EARLIEST
from leadline.web.leads.changes import changed
from leadline.web.leads.facts import LeadFacts, facts_of
from leadline.web.leads.models import Lead
from leadline.web.leads.rows import Table, chunks, fetch
from leadline.web.leads.store import as_json
from leadline.web.leads.summary import summarise
from leadline.web.leads.turn import take_turn
from leadline.web.qualification import heavy
from leadline.web.qualification.models import Program, StageChange, Standing
from leadline.web.qualification.programs import enabled_programs, in_force
from leadline.web.qualification.walk import Change, Published, Stand, Walked, ledger_of, walk

STANDINGS = Table(
    "qualification_standing",
    (
        "program_id", "lead_id", "as_of", "episode", "fit", "intent", "band", "quality", "stage", "since",
        "disqualified", "hand_raised", "measures", "ledger", "model_version", "probability",
        "worth", "predictor_version", "due_at",
    ),
)  # fmt: skip
CHANGES = Table(
    "qualification_stagechange",
    (
        "program_id",
        "lead_id",
        "changed_at",
        "step",
        "episode",
        "since",
        "before",
        "after",
        "cause",
        "skipped",
        "model_version",
        "ledger",
    ),
)
EFFECTS = Table("qualification_outbox", ("key", "kind", "payload", "written_at", "due_at", "tries"))
STAGE_CHANGED = "stage_changed"


def reassess(since: Mapping[int, int], now: int, *, silent_until: int = EARLIEST) -> None:
    """Judge these leads in all programs as of `now`; `since` says from when on their facts differ.

    Changes up to `silent_until` are history and have no effects: those that a list told, say.
    Heavy leads are judged later and apart, and so is what a long walk leaves. Runs inside the caller's
    transaction.
    """
    programs = enabled_programs()
    for leads in chunks(sorted(since)):
        apart = heavy.heavy_among(leads)
        heavy.defer({lead: since[lead] for lead in apart}, now)
        here = [lead for lead in leads if lead not in apart]
        facts = facts_of(here)
        _forget_empty([lead for lead in here if lead not in facts])
        summarise(facts)
        for program, models in programs:
            judged = _judge(program, models, facts, since, now)
            _write(program, judged, now, silent_until)
            heavy.defer(dict.fromkeys(judged.pausing(now), heavy.NOTHING_BEFORE), now)


def judge_apart(taken: heavy.Taken, clock: Callable[[], int]) -> None:
    """Judge a heavy lead that was taken; nobody is held up but while what was found is written."""
    now = clock()
    found = heavy.read(taken)
    facts = {} if found.facts is None else {taken.lead: found.facts}
    judged = [
        (program, _judge(program, models, facts, {taken.lead: taken.since}, now, heavy.STEPS))
        for program, models in found.programs
    ]
    finished = not any(j.pausing(now) for _, j in judged)
    with transaction.atomic():
        take_turn()
        written = heavy.still_holds(taken, found, clock() - now)
        if written:
            _forget_empty([] if facts else [taken.lead])
            summarise(facts)
            for program, j in judged:
                _write(program, j, now)
        end = clock()
        heavy.let_go(taken, written=written, finished=finished, cost=end - now, now=end)


def waiting(now: int) -> bool:
    """Whether there may be leads that time alone changed, or that a new program has not seen."""
    new = Program.objects.filter(enabled=True, judged_up_to__isnull=False)
    return _due(now).exists() or new.exists()


def due(now: int, limit: int) -> list[int]:
    """Leads whose standing time alone may have changed, the longest due first."""
    rows = _due(now).order_by("due_at").values_list("lead_id", flat=True)
    return list(dict.fromkeys(rows[:limit]))


def _due(now: int) -> QuerySet[Standing]:
    there = Standing.objects.filter(due_at__lte=now, program__enabled=True)
    return there.exclude(lead_id__in=heavy.pending_leads())


def unjudged(program: Program, limit: int) -> list[int]:
    """The next leads that a new program has not seen; what is given counts as seen.

    Call it within the transaction that judges them.
    """
    if program.judged_up_to is None:
        return []
    known = Lead.objects.filter(id__gt=program.judged_up_to).order_by("id")
    found = list(known.values_list("id", flat=True)[:limit])
    Program.objects.filter(pk=program.pk).update(judged_up_to=found[-1] if len(found) == limit else None)
    return found


@dataclass(frozen=True)
class _Judged:
    """What was found of some leads in a program: where they stood, and how they were walked."""

    stands: Mapping[int, Stand]
    walked: Mapping[int, Walked]
    whole: Set[int]  # those that were walked from the beginning

    def pausing(self, now: int) -> list[int]:
        """Leads that were not walked to their end."""
        stands = ((lead, w.stand) for lead, w in self.walked.items())
        return [lead for lead, stand in stands if stand and stand.due_at is not None and stand.due_at <= now]


def _judge(
    program: Program,
    models: Sequence[Published],
    facts: Mapping[int, LeadFacts],
    since: Mapping[int, int],
    now: int,
    steps: int | None = None,
) -> _Judged:
    stands = _stands(program, models, list(facts))
    walked: dict[int, Walked] = {}
    whole: set[int] = set()
    for lead, of in facts.items():
        after = stands.get(lead)
        if after is not None and since.get(lead, now) <= after.as_of:
            after = None
        if after is None:
            whole.add(lead)
        walked[lead] = walk(models, of, until=now, after=after, steps=steps)
    return _Judged(stands, walked, whole)


def _write(program: Program, judged: _Judged, now: int, silent_until: int = EARLIEST) -> None:
    _write_changes(program, judged.walked, judged.whole)
    _write_standings(program, judged.stands, judged.walked)
    _write_effects(program, judged.walked, now, silent_until)


def _stands(program: Program, models: Sequence[Published], leads: list[int]) -> dict[int, Stand]:
    """Where leads stand; without those that were judged by another model or predictor than holds then.

    One publishes at an instant and waits for a worker, which meanwhile goes past it by the model before.
    """
    rows = fetch(
        "SELECT lead_id, as_of, stage, since, episode, due_at, model_version, predictor_version "
        "FROM qualification_standing WHERE lead_id IN ({}) AND program_id = %s",
        leads,
        program.id,
    )
    return {
        lead: Stand(as_of, None if stage is None else Place(stage, began), episode, due_at)
        for lead, as_of, stage, began, episode, due_at, version, predictor in rows
        if (holds := in_force(models, as_of))
        and (holds.live.model.version, holds.predictor) == (version, predictor)
    }


def _write_changes(program: Program, walked: Mapping[int, Walked], whole: Set[int]) -> None:
    """Append what is new; where a lead was walked from the beginning, what it once was is replaced."""
    if whole:
        StageChange.objects.filter(program=program, lead_id__in=list(whole)).delete()
    CHANGES.insert(
        (
            program.id, lead, c.changed_at, c.step, c.episode, c.since, c.before, c.after, c.cause,
            json.dumps(c.skipped), c.model_version, as_json(c.ledger),
        )
        for lead, w in walked.items()
        for c in w.changes
    )  # fmt: skip


def _write_standings(program: Program, stands: Mapping[int, Stand], walked: Mapping[int, Walked]) -> None:
    stepped = {lead: w for lead, w in walked.items() if w.assessment is not None}
    nowhere = [lead for lead, w in walked.items() if w.stand is None]
    Standing.objects.filter(program=program, lead_id__in=[*stepped, *nowhere]).delete()
    STANDINGS.insert(_standing_row(program, lead, w) for lead, w in stepped.items())
    for lead, w in walked.items():  # a fact that is still to come moves only when to look again
        if w.assessment is None and w.stand is not None and w.stand != stands.get(lead):
            Standing.objects.filter(program=program, lead_id=lead).update(due_at=w.stand.due_at)


def _standing_row(program: Program, lead: int, walked: Walked) -> tuple:
    stand, found = walked.stand, walked.assessment
    assert stand is not None
    assert found is not None
    m, place = found.measures, stand.standing
    return (
        program.id, lead, stand.as_of, stand.episode, m["fit"], m["intent"], m["band"], m["quality"],
        place.stage if place else None, place.since if place else None, bool(m["disqualified"]),
        bool(m["hand_raised"]), as_json(m), as_json(ledger_of(found)), walked.model_version, m["probability"],
        walked.worth, walked.predictor_version, stand.due_at,
    )  # fmt: skip


def _write_effects(program: Program, walked: Mapping[int, Walked], now: int, silent_until: int) -> None:
    """An outbox row for each change that is news: once for each stage of an episode, never for history."""
    rows = []
    for lead, w in walked.items():
        for change in w.changes:
            history = change.changed_at < program.effects_from or change.changed_at <= silent_until
            if change.by_publication or history:
                continue
            rows.append(
                (_key(program, lead, change), STAGE_CHANGED, _payload(program, lead, change), now, now, 0)
            )
    EFFECTS.insert(rows)


def _key(program: Program, lead: int, change: Change) -> str:
    return f"{STAGE_CHANGED}:{program.slug}:{lead}:{change.episode}:{change.after}"


def _payload(program: Program, lead: int, change: Change) -> str:
    return as_json(
        {
            "program": program.slug,
            "lead_id": lead,
            "changed_at": change.changed_at,
            "before": change.before,
            "after": change.after,
            "cause": change.cause,
            "episode": change.episode,
            "model_version": change.model_version,
        }
    )


def _forget_empty(leads: Iterable[int]) -> None:
    """Leads that have no facts any more: their visitor turned out to be somebody, or they were merged."""
    gone = list(leads)
    for model, name in ((Standing, "lead_id__in"), (StageChange, "lead_id__in"), (Lead, "id__in")):
        model.objects.filter(**{name: gone}).delete()
    changed(gone)
