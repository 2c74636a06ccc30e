"""Which stage is the hand-off from marketing to sales, and who entered it when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leadline.model.errors import did_you_mean
from leadline.model.shape import Model

_OWNER, _NAME = "marketing", "mql"


def hand_off_stage(model: Model, stage: str | None = None) -> str:
    """The stage in which marketing hands a lead over: what is called an MQL here.

    That is `stage` where it is given; else the first stage after the first that marketing owns, or that is
    called `mql`. Raises ValueError where the model has no such stage.
    """
    names = model.lifecycle.names
    if not names:
        raise ValueError(
            f"model `{model.name}` has no `lifecycle`, so nothing is ever handed over: give it stages, "
            "the second with `owner: marketing`"
        )
    if stage is not None:
        if stage not in names[1:]:
            hint = did_you_mean(stage, names[1:])
            raise ValueError(
                f"model `{model.name}` has no stage `{stage}` to be entered{hint}: "
                f"expected one of {', '.join(names[1:]) or 'none, since it has but one stage'}"
            )
        return stage
    for candidate in model.lifecycle.stages[1:]:
        if (candidate.owner or "").casefold() == _OWNER or candidate.stage.casefold() == _NAME:
            return candidate.stage
    raise ValueError(
        f"model `{model.name}` does not say where marketing hands over: no stage after the first has "
        f"`owner: marketing` or is called `mql`; say which it is with `stage`, one of {', '.join(names[1:])}"
    )


@dataclass(frozen=True)
class Passed:
    """Leads that came to a later stage past the hand-off: when, and by what cause."""

    lead: np.ndarray
    at: np.ndarray
    cause: np.ndarray

    @property
    def leads(self) -> int:
        return len(np.unique(self.lead))


@dataclass(frozen=True)
class HandOffs:
    """Entries into the hand-off stage, in order of lead and instant, as arrays of one length.

    `lead` is a place in the list of leads, `at` an instant in microseconds. `initial` ones were found at the
    start rather than seen to happen; `returning` ones are of leads that had been there, or further, before.
    `passed` are the leads that reached a later stage past this one, as one does whom sales took unasked,
    when that was, and whether the cause was this event or another.
    """

    stage: str
    lead: np.ndarray
    at: np.ndarray
    initial: np.ndarray
    returning: np.ndarray
    passed: Passed

    def seen(self) -> HandOffs:
        """Without the initial ones."""
        return self._take(~self.initial)

    def first_of_each(self) -> HandOffs:
        """The first entry of each lead."""
        _, rows = np.unique(self.lead, return_index=True)
        return self._take(rows)

    def _take(self, rows: np.ndarray) -> HandOffs:
        columns = (self.lead[rows], self.at[rows], self.initial[rows], self.returning[rows])
        return HandOffs(self.stage, *columns, self.passed)

    def __len__(self) -> int:
        return len(self.lead)


def hand_offs(model: Model, changes: pa.Table, leads: pa.Array, stage: str) -> HandOffs:
    """Those among the changes of a replay; `leads` are all leads, of which the places are told."""
    names = model.lifecycle.names
    place = names.index(stage)
    lead = pc.index_in(changes.column("lead_id"), value_set=leads).to_numpy().astype(np.int64)
    at = changes.column("changed_at").cast(pa.int64()).to_numpy()
    after = pc.fill_null(pc.index_in(changes.column("after"), value_set=pa.array(names)), -1).to_numpy()
    initial = changes.column("initial").to_numpy()
    reached = after >= place
    rows = np.flatnonzero(after == place)
    past = np.flatnonzero(_contains(changes.column("skipped"), stage) & ~initial)
    passed = Passed(lead[past], at[past], changes.column("cause").to_numpy()[past])
    returning = _earlier(lead, reached)[rows] > 0
    return HandOffs(stage, lead[rows], at[rows], initial[rows], returning, passed)


def _earlier(lead: np.ndarray, reached: np.ndarray) -> np.ndarray:
    """How many earlier rows of the same lead have reached the stage; rows stand in order of lead."""
    before = np.cumsum(reached) - reached
    return before - before[np.searchsorted(lead, lead)] if len(lead) else before


def _contains(skipped: pa.ChunkedArray, stage: str) -> np.ndarray:
    lists = skipped.combine_chunks()
    rows = pc.list_parent_indices(lists).to_numpy()
    found = np.zeros(len(lists), bool)
    found[rows[pc.equal(pc.list_flatten(lists), stage).to_numpy(zero_copy_only=False)]] = True
    return found
