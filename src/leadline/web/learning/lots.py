"""Leads that were drawn by lot, as examples: their moment is the lot, as that of others is the hand-off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa

from leadline.analysis.past import NEVER, events_of
from leadline.engine.facts import Facts
from leadline.engine.features import features_of
from leadline.learn.examples import Examples
from leadline.model import Model


def with_drawn(
    found: Examples, model: Model, facts: Facts, drawn: Mapping[str, int], *, until: int
) -> Examples:
    """The examples, with the leads that were `drawn` (id -> instant) and not handed over before.

    Who was handed over by the rules first stands there once, by the rules; who was drawn first, by the lot.
    `explored` marks those. They are the ones that say what becomes of leads that the rules do not choose.
    """
    assert found.ids is not None
    assert found.at is not None
    by_rules = dict(zip(found.ids.to_pylist(), found.at.tolist(), strict=True))
    mine = {lead: at for lead, at in drawn.items() if at <= by_rules.get(lead, NEVER)}
    base = found.only(np.array([lead not in mine for lead in found.ids.to_pylist()], dtype=bool))
    lots = _examples(base, model, facts, mine, until)
    base = replace(base, explored=np.zeros(len(base), dtype=bool))
    return base if lots is None else _joined(base, lots)


def _examples(
    like: Examples, model: Model, facts: Facts, drawn: Mapping[str, int], until: int
) -> Examples | None:
    """Those whose horizon is over, judged by the goal as the others are."""
    goal = model.goal
    assert goal is not None
    leads = pa.array(sorted(drawn), pa.string())
    at = np.array([drawn[lead] for lead in leads.to_pylist()], dtype=np.int64)
    goals = events_of(facts, goal.event, leads, until)
    everyone = np.arange(len(leads))
    already = goals.first_after(everyone, np.full(len(leads), -NEVER)) <= at
    rows = np.flatnonzero(~already & (at <= until - goal.horizon))
    if not len(rows):
        return None
    reached = goals.first_after(rows, at[rows])
    ids = leads.take(pa.array(rows))
    points = pa.table({"lead_id": ids, "as_of": pa.array(at[rows], pa.int64())})
    features = features_of(model, facts, like.inputs, points).select([i.name for i in like.inputs])
    return replace(
        like, features=features, won=(reached != NEVER) & (reached - goal.horizon <= at[rows]), at=at[rows],
        ids=ids, explored=np.ones(len(rows), dtype=bool), beside=None,
        worth=None if like.worth is None else np.full(len(rows), np.nan),
    )  # fmt: skip


def _joined(one: Examples, two: Examples) -> Examples:
    def both(name: str) -> np.ndarray | None:
        first, second = getattr(one, name), getattr(two, name)
        return None if first is None or second is None else np.concatenate([first, second])

    assert one.ids is not None
    assert two.ids is not None
    return replace(
        one, features=pa.concat_tables([one.features, two.features]), won=np.concatenate([one.won, two.won]),
        at=both("at"), ids=pa.concat_arrays([_flat(one.ids), _flat(two.ids)]), worth=both("worth"),
        explored=both("explored"), beside=None,
    )  # fmt: skip


def _flat(ids: pa.Array | pa.ChunkedArray) -> pa.Array:
    return (ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids).cast(pa.string())
