"""What another model would do to the leads as they stand: who rises, who falls, and by which rule.

Both models judge the same facts at the same instant, and each takes the one step of the lifecycle that a
publication takes, from the stage in which the lead stands. So it is what publishing does, and not a guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from leadline.analysis.movers import Mover, movers
from leadline.analysis.pair import Pair
from leadline.engine.assess import Assessments, engine_for, finished, instants_of, with_instants
from leadline.engine.facts import Facts
from leadline.engine.lifecycle import BEGINNING, OUT, Signs, stage_names, start, step
from leadline.model.diff import diff
from leadline.model.shape import DISQUALIFIED, Model

Places = Mapping[str, tuple[str | None, int | None]]  # lead -> its stage, and when its episode began


@dataclass(frozen=True)
class Side:
    """Everybody under one model: measures and ledger, and the stage after the step."""

    judged: Assessments
    stages: pa.Table


def compare(old: Model, new: Model, facts: Facts, places: Places, at: int) -> dict[str, Any]:
    """Both models on these facts at `at`, as JSON data; see :func:`as_data` for its shape."""
    sides = Pair(old, new).map(lambda model: judge_side(model, facts, places, at))
    return as_data(Pair(old, new), sides)


def judge_side(model: Model, facts: Facts, places: Places, at: int) -> Side:
    """Everyone who is known at `at`, one step on from where they stand."""
    measures, ledger = engine_for("duckdb", model, facts).measures(None, instants_of(None, at))
    leads = measures.column("lead_id")
    stages = pa.table({"lead_id": leads, "stage": _stages(model, measures, places)})
    return Side(Assessments(finished(model, measures), with_instants(ledger)), stages)


def _stages(model: Model, measures: pa.Table, places: Places) -> pa.Array:
    names = model.lifecycle.names
    if not names:
        return pa.nulls(len(measures), pa.string())
    signs = Signs.of(model, measures)
    state = start(signs)
    index = {name: i for i, name in enumerate(names)} | {DISQUALIFIED: OUT}
    for row, lead in enumerate(measures.column("lead_id").to_pylist()):
        stage, since = places.get(lead, (None, None))
        if stage is not None:  # a stage that the model has not is the first one, as when it is published
            state.stage[row] = index.get(stage, 0)
            state.since[row] = BEGINNING if since is None else since
    after, _ = step(model, signs, state)
    return stage_names(model, after)


def as_data(models: Pair[Model], sides: Pair[Side]) -> dict[str, Any]:
    """Counts, movers with what moved them, and everybody's place before and after, as JSON data."""
    found = movers(models, sides.map(lambda s: s.judged), sides.map(lambda s: s.stages), diff(*_both(models)))
    return {
        "leads": found.leads,
        "rise": found.up,
        "fall": found.down,
        "other": found.other,
        "by_rule": [vars(effect) for effect in found.by_rule],
        "most": [_mover(each) for each in found.most],
        "classes": _pair(found.classes.map(list)),
        "flow": [list(each) for each in found.flow],
        "stages": _pair(sides.map(lambda s: _counts(s.stages.column("stage")))),
        "bands": _pair(sides.map(lambda s: _counts(s.judged.assessments.column("band")))),
    }


def _mover(mover: Mover) -> dict[str, Any]:
    return {
        "lead_id": mover.lead_id,
        "direction": mover.direction,
        **{name: _pair(getattr(mover, name)) for name in ("quality", "stage", "fit", "intent")},
        "why": [{"rule": p.rule, "label": p.label, "points": p.points} for p in mover.points],
    }


def _counts(column: pa.ChunkedArray) -> list[list[Any]]:
    counts = column.value_counts()
    pairs = ((c["values"], c["counts"]) for c in counts.to_pylist())
    return [list(pair) for pair in sorted(pairs, key=lambda pair: str(pair[0]))]


def _pair(pair: Pair[Any]) -> list[Any]:
    return [_plain(each) for each in _both(pair)]


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _both(pair: Pair[Any]) -> tuple[Any, Any]:
    return pair.old, pair.new
