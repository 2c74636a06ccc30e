"""What became of leads: when each was first seen, when it reached the goal, who worked on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leadline.engine.facts import Facts
from leadline.model import read_model
from leadline.model.shape import Model

NEVER = np.iinfo(np.int64).max


def rep_reader() -> Model:
    """A model that judges nobody and reads the event property `rep`.

    Facts hold what their models read. Give it to `Facts.read` beside the others, and the backtest can count
    the reps: ``Facts.read([old, new, rep_reader()], …)``.
    """
    text = "leadline: 1\nname: Reps\nproperties: {rep: text}\n"
    return read_model(text=text + "journey: [{step: rep, event: rep, where: rep is not null}]\n")


@dataclass(frozen=True)
class Moments:
    """Instants of leads, in order of lead and instant."""

    lead: np.ndarray
    at: np.ndarray

    @classmethod
    def of(cls, lead: np.ndarray, at: np.ndarray) -> Moments:
        order = np.lexsort((at, lead))
        return cls(lead[order], at[order])

    def first_after(self, lead: np.ndarray, at: np.ndarray) -> np.ndarray:
        """For each lead, the first of its instants later than `at`; NEVER where there is none."""
        times = np.unique(self.at)
        keys = self.lead * (len(times) + 1) + np.searchsorted(times, self.at)
        wanted = lead * (len(times) + 1) + np.searchsorted(times, at, side="right")
        place = np.searchsorted(keys, wanted)
        found = np.append(self.at, NEVER)[place]
        return np.where(np.append(self.lead, -1)[place] == lead, found, NEVER)


def first_sight(facts: Facts, leads: pa.Array) -> np.ndarray:
    """The first event, trait or `created_at` of each lead; NEVER of leads without a dated fact."""
    query = f"""
        SELECT lead_id, min(t) AS t FROM (
            SELECT lead_id, t FROM ({_counting(facts)})
            UNION ALL SELECT lead_id, t FROM traits
            UNION ALL SELECT lead_id, t FROM leads WHERE t IS NOT NULL
        ) GROUP BY lead_id"""
    lead, at = _placed(facts.connection.sql(query).to_arrow_table(), leads)
    sight = np.full(len(leads), NEVER)
    sight[lead] = at
    return sight


def events_of(facts: Facts, event: str, leads: pa.Array, until: int) -> Moments:
    """When an event happened to each lead, up to `until`."""
    query = f"SELECT lead_id, t FROM ({_counting(facts)}) WHERE event = $1 AND t <= $2"
    table = facts.connection.sql(query, params=[event, until]).to_arrow_table()
    return Moments.of(*_placed(table, leads))


def last_event(facts: Facts) -> int | None:
    """The last instant of any event that counts: up to then outcomes are known."""
    return facts.connection.sql(f"SELECT max(t) FROM ({_counting(facts)})").fetchall()[0][0]


def count_reps(facts: Facts, first: int, last: int) -> int | None:
    """How many reps worked in a period: values of the event property `rep`; None where it is not there."""
    column = next((c.sql for c in facts.properties if c.name == "rep"), None)
    if column is None:
        return None
    rep = f"trim(CAST({column} AS VARCHAR))"
    query = f"SELECT count(DISTINCT {rep}) FROM events WHERE NOT void AND t BETWEEN $1 AND $2 AND {rep} <> ''"
    return facts.connection.sql(query, params=[first, last]).fetchall()[0][0] or None


def _counting(facts: Facts) -> str:
    """Events that count: each id once, and not void; which of two counts is settled by the format."""
    if not facts.has_duplicate_events():
        return "SELECT lead_id, event, t FROM events WHERE NOT void"
    rest = ", ".join(f"{column} NULLS LAST" for column in ("until", *(c.sql for c in facts.properties)))
    return f"""SELECT lead_id, event, t FROM (
        SELECT lead_id, event, t, void, row_number() OVER (
            PARTITION BY event_id ORDER BY t, void DESC, lead_id, event, {rest}) AS nth FROM events
    ) WHERE nth = 1 AND NOT void"""


def _placed(table: pa.Table, leads: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Leads as places in the list, and their instants; leads that are not in it are left out."""
    place = pc.index_in(table.column("lead_id"), value_set=leads)
    known = place.is_valid()
    lead = place.filter(known).to_numpy().astype(np.int64)
    return lead, table.column("t").filter(known).to_numpy().astype(np.int64)
