"""What tests of several engines share: one result in a form that can be compared and shown."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import Phase, settings

from leadline.engine import lifecycle
from leadline.engine.assess import Assessments, engine_for, points_table
from leadline.engine.facts import Facts
from leadline.engine.lifecycle import BEGINNING, CAUSES, OUT, State
from leadline.engine.oracle import columns_of
from leadline.engine.plan import Instants
from leadline.engine.reference import LeadFacts, group_by_lead, judge
from leadline.engine.stepping import Move, Standing, next_standing
from leadline.model.shape import DISQUALIFIED, Model

LEADS_OF_A_CASE = 8  # an example has so many leads, each a case of its own


def examples(share: int = 1) -> settings:
    """So many examples that their leads are the profile's number of cases, or a share of it."""
    count = max(settings.default.max_examples // (LEADS_OF_A_CASE * share), 5)
    return settings(max_examples=count, phases=[p for p in Phase if p is not Phase.explain])


def rows(table: pa.Table) -> list[dict[str, Any]]:
    """Rows in one order, instants as they are, so that a difference can be read."""
    keys = [k for k in ("lead_id", "as_of", "part", "rule") if k in table.column_names]
    return table.sort_by([(k, "ascending") for k in keys]).to_pylist()


def assert_same(one: Assessments, two: Assessments) -> None:
    for name in ("assessments", "ledger"):
        mine, other = getattr(one, name), getattr(two, name)
        assert mine.schema == other.schema, f"{name}: {mine.schema} against {other.schema}"
        different = [(a, b) for a, b in zip(rows(mine), rows(other), strict=False) if a != b]
        assert not different, f"{name}: {_shown(*different[0])}"
        assert len(mine) == len(other), f"{name}: {len(mine)} rows against {len(other)}"


def _shown(a: dict[str, Any], b: dict[str, Any]) -> str:
    keys = [k for k in a if k in ("lead_id", "as_of", "rule") or a[k] != b.get(k)]
    return "\n".join(f"{k}: {a[k]!r} against {b.get(k)!r}" for k in keys)


def measured(
    engine: str, model: Model, facts: Facts, points: Sequence[tuple[str, int]], **options: Any
) -> pa.Table:
    """The measures that the lifecycle steps on."""
    table = points_table(points)
    bounds = pc.min_max(table.column("as_of")).as_py()
    run = engine_for(engine, model, facts, **options)
    return run.measures(table, Instants(bounds["min"], bounds["max"]))[0]


def walked_by_reference(
    model: Model, facts: Facts, leads: Sequence[str], instants: Sequence[int]
) -> list[tuple]:
    """(lead, instant, stage, since, moves) of each step of a walk, lead by lead in plain Python."""
    columns = columns_of(facts)
    of_lead = group_by_lead(*facts.python_rows(list(leads)), columns)
    walked = []
    for lead in leads:
        standing: Standing | None = None
        for at in instants:
            standing, moves = next_standing(
                model, judge(model, of_lead.get(lead, LeadFacts()), columns, at), standing
            )
            walked.append((lead, at, standing.stage, standing.since, [_move(m) for m in moves]))
    return sorted(walked, key=lambda w: (w[1], w[0]))


def _move(move: Move) -> tuple[str, str, str]:
    return (move.before, move.after, "" if move.cause.startswith(("event ", "enter")) else move.cause)


def walked_by_arrays(model: Model, measures: pa.Table, instants: Sequence[int]) -> list[tuple]:
    """The same walk, all leads at once."""
    walked: list[tuple] = []
    state: State | None = None
    for at in instants:
        now = measures.filter(pc.equal(measures.column("as_of"), at)).sort_by("lead_id")
        leads = now.column("lead_id").to_pylist()
        state, moves = lifecycle.step(model, lifecycle.Signs.of(model, now), state)
        of_row = _moves(model, moves, len(leads))
        for row, lead in enumerate(leads):
            since = None if state.since[row] == BEGINNING else int(state.since[row])
            walked.append((lead, at, _stage(model, state.stage[row]), since, of_row[row]))
    return walked


def _moves(model: Model, moves: lifecycle.Moves, count: int) -> list[list[tuple[str, str, str]]]:
    found: list[list[tuple[str, str, str]]] = [[] for _ in range(count)]
    for row, before, after, cause in zip(
        moves.left, moves.left_from, moves.left_to, moves.left_cause, strict=True
    ):
        found[row].append((_stage(model, before), _stage(model, after), CAUSES[cause]))
    for stage, entered, before in moves.entered:
        for row, one in zip(entered, before, strict=True):
            found[row].append((_stage(model, one), _stage(model, np.int16(stage)), ""))
    return found


def _stage(model: Model, index: np.integer) -> str:
    return DISQUALIFIED if index == OUT else model.lifecycle.names[index]
