"""The moments at which a lead might have been handed over, and what became of it from then on.

A hand-off happens on a day on which a lead does something, before sales has taken the lead up. So the rows
are these: for each lead the end of each active day up to the first decision or deal, as long as the goal's
horizon from then has passed. They do not hang on the model that is to be judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leadline.analysis import hand_off_stage
from leadline.analysis.past import NEVER, Moments, events_of
from leadline.engine.facts import Facts
from leadline.model.shape import DECISIONS, Goal, Model
from leadline.model.values import DAY

MOST_DAYS = 20  # of one lead: more are thinned out evenly
MOST_LEADS = 100_000


@dataclass(frozen=True)
class Rows:
    """Leads at moments, in order of lead and moment; all arrays of one length.

    `lead` is a place in `leads`, `at` microseconds, `won` whether the goal came after it and within its
    horizon. `left_out` counts leads that are not there, by reason.
    """

    leads: pa.Array
    lead: np.ndarray
    at: np.ndarray
    won: np.ndarray
    left_out: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.lead)

    @property
    def points(self) -> pa.Table:
        """As points to assess: `lead_id`, `as_of`."""
        return pa.table({"lead_id": self.leads.take(pa.array(self.lead)), "as_of": pa.array(self.at)})

    @property
    def weight(self) -> np.ndarray:
        """So that each lead counts once."""
        return 1.0 / np.bincount(self.lead)[self.lead] if len(self) else np.zeros(0)

    @property
    def first(self) -> np.ndarray:
        """Of each row, its lead's first moment."""
        begins = np.unique(self.lead, return_index=True)[1]
        return np.repeat(self.at[begins], np.diff(np.append(begins, len(self))))

    @property
    def outcomes(self) -> int:
        """Leads that reached the goal."""
        return len(np.unique(self.lead[self.won]))

    @property
    def people(self) -> int:
        return len(np.unique(self.lead))

    def only(self, mask: np.ndarray) -> Rows:
        return Rows(self.leads, self.lead[mask], self.at[mask], self.won[mask], self.left_out)


def rows_of(model: Model, facts: Facts, *, until: int) -> Rows:
    """The rows of what is known up to `until` (microseconds).

    Raises ValueError where the model has no goal, or no stage at which it hands over.
    """
    if model.goal is None:
        raise ValueError(
            f"model `{model.name}` has no goal, so nothing says which leads were right: add a section `goal`"
        )
    hand_off_stage(model)
    days = _active_days(facts, until)
    leads = days.column("lead_id").combine_chunks().unique().sort()
    lead = pc.index_in(days.column("lead_id"), value_set=leads).to_numpy().astype(np.int64)
    at = days.column("t").to_numpy().astype(np.int64)
    order = np.lexsort((at, lead))
    lead, at = lead[order], at[order]
    closed = _closed(model, facts, leads, until)[lead] <= at
    horizon = model.goal.horizon
    waiting = at > until - horizon
    kept = ~closed & ~waiting
    left_out = {
        "with a horizon that is not over": len(np.unique(lead[~closed & waiting]))
        - len(np.intersect1d(lead[~closed & waiting], lead[kept])),
        "taken up by sales before they did anything": len(leads) - len(np.unique(lead[~closed])),
    }
    lead, at = _thinned(lead[kept], at[kept])
    return Rows(leads, lead, at, _won(model.goal, facts, leads, lead, at, until), left_out)


def _active_days(facts: Facts, until: int) -> pa.Table:
    """The last instant of each day on which something is known to have happened to a lead."""
    query = f"""
        SELECT lead_id, max(t) AS t FROM (
            SELECT lead_id, t FROM events WHERE NOT void
            UNION ALL SELECT lead_id, t FROM traits
            UNION ALL SELECT lead_id, t FROM leads WHERE t IS NOT NULL
        ) WHERE t <= $1 AND lead_id IS NOT NULL AND hash(lead_id) % $2 = 0
        GROUP BY lead_id, t // {DAY}"""
    leads = len(facts.lead_ids())
    return facts.connection.sql(query, params=[until, max(1, leads // MOST_LEADS)]).to_arrow_table()


def _closed(model: Model, facts: Facts, leads: pa.Array, until: int) -> np.ndarray:
    """When each lead was first decided on, or won; from then on nobody has to hand it over."""
    stages = {s.event for s in model.lifecycle.stages if s.event}
    assert model.goal is not None
    found = np.full(len(leads), NEVER)
    for event in sorted(stages | set(DECISIONS) | {model.goal.event}):
        moments = events_of(facts, event, leads, until)
        np.minimum.at(found, moments.lead, moments.at)
    return found


def _won(goal: Goal, facts: Facts, leads: pa.Array, lead: np.ndarray, at: np.ndarray, until: int):
    goals: Moments = events_of(facts, goal.event, leads, until)
    after = goals.first_after(lead, at)
    return (after != NEVER) & (after - goal.horizon <= at)


def _thinned(lead: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if not len(lead):
        return lead, at
    begins = np.searchsorted(lead, lead)
    count = np.bincount(lead)[lead]
    step = np.ceil(count / MOST_DAYS).astype(np.int64)
    kept = (np.arange(len(lead)) - begins) % step == 0
    return lead[kept], at[kept]
