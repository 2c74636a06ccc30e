"""Segments: leads for which a condition holds, in the language of the program's own model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from leadline.model.conditions import ConditionError, Fault, parse_condition
from leadline.model.expr import Expr, Kind, Name, Type
from leadline.model.names import STATES, Guard, measure_scope
from leadline.model.section import Names
from leadline.model.shape import Bands, Model
from leadline.web.board import filters, table
from leadline.web.board.asking import Where
from leadline.web.board.judging import Judging, judgings
from leadline.web.board.models import Segment, SegmentCount
from leadline.web.instants import moment

STAGE = "stage"


@dataclass(frozen=True)
class Unreadable:
    """A segment whose condition does not read by the model that holds now, and why."""

    segment: Segment
    faults: tuple[Fault, ...]


def names_of(model: Model) -> Names:
    """What a segment's condition may name: fields, measures, criteria, and the stage."""
    fields = {f.name: f.type for f in model.fields}
    criteria = tuple(c.name for c in model.criteria)
    properties = {p.name: p.type for p in model.properties}
    scope = measure_scope(fields, criteria, properties, late=True)
    stage = {STAGE: Name(STAGE, Kind.MEASURE, Type.TEXT)} if STAGE not in fields else {}
    known = {
        **{(Kind.FIELD, f.name): f.values for f in model.fields if f.values},
        **{(Kind.CRITERION, name): STATES for name in criteria},
        (Kind.MEASURE, "journey"): tuple(s.step for s in model.journey),
        (Kind.MEASURE, "next_question"): criteria,
        (Kind.MEASURE, "quality"): tuple(q.name for q in model.quality),
        (Kind.MEASURE, "band"): _joined(model.bands),
        (Kind.MEASURE, STAGE): (*model.lifecycle.names, "disqualified"),
    }
    return Names(replace(scope, names={**scope.names, **stage}), Guard(known))


def _joined(bands: Bands) -> tuple[str, ...]:
    fit, intent = ([*(b.name for b in part), "-"] for part in (bands.fit, bands.intent))
    return tuple(letter + digit for letter in fit for digit in intent)


def read_condition(model: Model, text: str) -> Expr:
    """The tree of a segment's condition. Raises ConditionError with every fault and its place."""
    names = names_of(model)
    tree = parse_condition(text, names.scope)
    if faults := names.guard.faults(tree, text):
        raise ConditionError(faults)
    return tree


def where_of(segment: Segment, judging: Judging) -> Where:
    """The filter of a segment. Raises ConditionError where it does not read by the model that holds now."""
    return filters.holds(read_condition(judging.model, segment.condition))


def segments() -> Sequence[Segment]:
    """Those that are there, in order of the alphabet."""
    return list(Segment.objects.filter(removed_at=None).select_related("program"))


def count_segments(now: int) -> int:
    """Write down how many leads are in each segment, once a day (UTC); gives how many were counted."""
    day = moment(now).date()
    done = set(SegmentCount.objects.filter(day=day).values_list("segment_id", flat=True))
    by_program = {j.program.id: j for j in judgings(now)}
    counted = 0
    for segment in segments():
        judging = by_program.get(segment.program_id)
        if segment.id in done or judging is None:
            continue
        _write(segment, _count(segment, judging, now), day, now)
        counted += 1
    return counted


def _count(segment: Segment, judging: Judging, now: int) -> int | None:
    try:
        return table.count(judging, where_of(segment, judging), now=now, scope=None)
    except ConditionError:
        return None


def _write(segment: Segment, leads: int | None, day: date, now: int) -> None:
    row = SegmentCount(segment=segment, day=day, leads=leads, at=now)
    SegmentCount.objects.bulk_create([row], ignore_conflicts=True)
