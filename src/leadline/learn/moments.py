"""Examples from facts: each lead at its moment of truth, what was known of it then, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leadline.analysis.handoffs import hand_off_stage, hand_offs
from leadline.analysis.past import NEVER, events_of, first_sight
from leadline.engine.facts import Facts
from leadline.engine.features import features_of
from leadline.engine.replay import Progress, replay
from leadline.learn.examples import Examples
from leadline.model import expr
from leadline.model.errors import did_you_mean
from leadline.model.expr import Kind, Type
from leadline.model.predictor import Input
from leadline.model.shape import Field, Model, spoken
from leadline.model.values import DAY
from leadline.starter import guesses

FIRST, HANDOFF = "first", "handoff"
_UNIQUE, _FEW = 0.9, 20


def examples_from_facts(
    model: Model,
    facts: Facts,
    *,
    moment: str = HANDOFF,
    until: int,
    measures: Sequence[str] = (),
    progress: Progress | None = None,
) -> Examples:
    """Each lead at its moment of truth, with what was known by then, and whether it reached the goal.

    `moment` is `"handoff"` (it came to the stage in which marketing hands over, or was taken past it by
    sales), `"first"` (its first fact), or the name of a stage. Only the first such moment of a lead counts.
    Inputs are the model's fields, criteria and signals, the days since the lead was first and last seen,
    whether it raised a hand, and its journey; `measures` adds others, such as `"fit"` and `"intent"`. They
    come of the facts up to that instant. A fact is known from its own time on: a trait or an event that
    says it is older than it is cannot be told from one that is, and a column of the leads table counts from
    `created_at` on, whenever it was filled; :func:`leadline.learn.leaks.suspects` looks for such ones.

    Won are those who reached the model's goal after the moment and within its horizon. Left out and
    counted are leads that never came to the moment, that had reached the goal by then, and whose horizon
    ends after `until` (microseconds; facts later than that are not looked at).

    Facts must have been read with all of the model's fields:
    ``Facts.read(leadline.model.predicting.with_every_field(model), ...)``.
    Raises ValueError where the model has no goal or no such stage.
    """
    goal = model.goal
    if goal is None:
        raise ValueError(f"model `{model.name}` has no `goal`: say what leads are to reach, such as deal_won")
    leads = facts.lead_ids(until).column("lead_id").combine_chunks()
    at = _moments(model, facts, leads, moment, until, progress)
    came = (at != NEVER) & (at <= until)
    goals = events_of(facts, goal.event, leads, until)
    everyone = np.arange(len(leads))
    already = came & (goals.first_after(everyone, np.full(len(leads), -NEVER)) <= at)
    waiting = came & ~already & (np.where(came, at, 0) > until - goal.horizon)
    rows = np.flatnonzero(came & ~already & ~waiting)
    reached = goals.first_after(rows, at[rows])
    won = (reached != NEVER) & (reached - goal.horizon <= at[rows])
    inputs = _inputs(model, measures)
    points = pa.table({"lead_id": leads.take(pa.array(rows)), "as_of": pa.array(at[rows], pa.int64())})
    features = features_of(model, facts, inputs, points).select([i.name for i in inputs])
    kept = tuple(i for i in inputs if _tells(i, features[i.name]))
    return Examples(
        features=features.select([i.name for i in kept]),
        inputs=kept,
        fields=model.fields,
        won=won,
        goal=f"{goal.event} within {goal.horizon / DAY:g} days",
        at=at[rows],
        ids=leads.take(pa.array(rows)),
        worth=_worth(model, facts, leads, rows, np.where(won, reached, NEVER)),
        horizon=goal.horizon,
        model=model.basis,
        left_out=_counts(
            {
                _never(moment): int((~came).sum()),
                "goal reached before the moment": int(already.sum()),
                "horizon still open": int(waiting.sum()),
            }
        ),
    )


def _counts(counts: dict[str, int]) -> dict[str, int]:
    return {why: n for why, n in counts.items() if n}


def _never(moment: str) -> str:
    return {FIRST: "no dated fact", HANDOFF: "never handed over"}.get(moment, f"never came to {moment}")


# --- when ------------------------------------------------------------------------------------------------


def _moments(
    model: Model, facts: Facts, leads: pa.Array, moment: str, until: int, progress: Progress | None
) -> np.ndarray:
    """The instant of each lead; NEVER of those that have none."""
    if moment == FIRST:
        return first_sight(facts, leads)
    stage = _stage(model, moment)
    begin = first_sight(facts, leads)
    first = int(begin.min(initial=until))
    found = np.full(len(leads), NEVER)
    if first >= until:
        return found
    walked = replay(
        model, facts, first=first, last=until, every="fact", with_ledger=False, progress=progress
    )  # fmt: skip
    entries = hand_offs(model, walked.changes, leads, stage)
    np.minimum.at(found, entries.lead, entries.at)
    np.minimum.at(found, entries.passed.lead, entries.passed.at)
    return found


def _stage(model: Model, moment: str) -> str:
    names = model.lifecycle.names
    if moment != HANDOFF:
        if moment not in names[1:]:
            known = (HANDOFF, FIRST, *names[1:])
            raise ValueError(
                f"`{moment}` is no moment of model `{model.name}`{did_you_mean(moment, known)}: "
                f"expected {', '.join(known)}"
            )
        return moment
    for stage in model.lifecycle.stages[1:] if not _says_hand_off(model) else ():
        if (stage.owner or "").casefold() == "sales" or stage.event == "lead_accepted":
            return stage.stage
    return hand_off_stage(model)


def _says_hand_off(model: Model) -> bool:
    try:
        return bool(hand_off_stage(model))
    except ValueError:
        return False


# --- what ------------------------------------------------------------------------------------------------


def _inputs(model: Model, measures: Sequence[str]) -> tuple[Input, ...]:
    """What the model's own words can say of a lead."""
    made: dict[str, Input] = {}
    for given in (*_known(model.fields), *_judged(model, measures), *_done(model)):
        name, number = given.name, 2
        while name in made:
            name, number = f"{given.name[:90]}_{number}", number + 1
        made[name] = Input(name, given.type, given.label, given.expr, given.signal, given.part)
    return tuple(made.values())


def _known(fields: Sequence[Field]) -> Iterator[Input]:
    for field in fields:
        named = expr.text_of(expr.Name(field.name, Kind.FIELD, field.type))
        if field.type is Type.TIME:
            label = f"{field.title}: days since"
            yield Input(field.name, Type.NUMBER, label, expr=f"days_since({named})")
        elif not guesses.is_personal(field.name) or field.values or field.type is Type.BOOLEAN:
            yield Input(field.name, field.type, field.title, expr=named)


def _judged(model: Model, measures: Sequence[str]) -> Iterator[Input]:
    for criterion in model.criteria:
        yield Input(criterion.name, Type.TEXT, criterion.title, expr=criterion.name)
    if any(signal.hand_raise for signal in model.intent.signals):
        yield Input("hand_raised", Type.BOOLEAN, "Raised a hand", expr="hand_raised")
    if model.journey:
        yield Input("journey", Type.TEXT, "Furthest step of the journey", expr="journey")
    yield Input("days_known", Type.NUMBER, "Days since first seen", expr="days_since(first_seen)")
    yield Input("days_quiet", Type.NUMBER, "Days since last seen", expr="days_since(last_seen)")
    for name in measures:
        yield Input(name, Type.NUMBER, spoken(name), expr=name)


def _done(model: Model) -> Iterator[Input]:
    for signal in model.intent.signals:
        title = signal.label or spoken(signal.id)
        for part, noun in (("points", "points"), ("events", "times")):
            name = f"{signal.id}_{part}".replace("-", "_")
            yield Input(name, Type.NUMBER, f"{title}: {noun}", signal=signal.id, part=part)


def _tells(given: Input, cells: pa.ChunkedArray) -> bool:
    """Whether it can tell leads apart: not the same for all, and no name of each."""
    distinct = pc.count_distinct(cells, mode="all").as_py()
    if distinct <= 1:
        return False
    filled = len(cells) - cells.null_count
    return given.type is not Type.TEXT or filled < _FEW or distinct < _UNIQUE * filled


def _worth(
    model: Model, facts: Facts, leads: pa.Array, rows: np.ndarray, reached: np.ndarray
) -> np.ndarray | None:
    """What the goal was worth to each of `rows` at the instant when it was reached; NaN where unknown."""
    assert model.goal is not None
    column = next((c.sql for c in facts.properties if c.name == model.goal.value), None)
    if column is None:
        return None
    query = f"""SELECT lead_id, t, max(TRY_CAST({column} AS DOUBLE)) AS worth FROM events
                WHERE NOT void AND event = $1 GROUP BY lead_id, t"""
    found = facts.connection.sql(query, params=[model.goal.event]).to_arrow_table()
    place = pc.fill_null(pc.index_in(found["lead_id"], value_set=leads), -1).to_numpy()
    known = dict(
        zip(zip(place.tolist(), found["t"].to_pylist(), strict=True), found["worth"].to_pylist(), strict=True)
    )
    pairs = zip(rows.tolist(), reached.tolist(), strict=True)
    return np.array([known.get(pair) for pair in pairs], dtype=float)
