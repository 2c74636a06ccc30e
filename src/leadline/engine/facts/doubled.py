"""Which events have an id that stands twice.

Ids are the dearest column to read: long, and each another. They are read once, as hashes; from then on the
lead and the instant of an event, its *place*, tell whether its id may stand twice. A place may have other
events too, whose ids stand once: who sets aside those at a place must look at their true ids.
"""

from __future__ import annotations

import duckdb
import numpy as np

PLACE = "CAST(hash(hash(lead_id), t) >> 32 AS UINTEGER)"
DOUBLED = "leadline_doubled"  # the table of such places, one column
SUSPECT = f"{PLACE} IN (SELECT place FROM {DOUBLED})"
_FEW = np.uint64(40)  # all but the first 24 bits of a hash


def doubled_places(connection: duckdb.DuckDBPyConnection) -> np.ndarray:
    """PLACE of all rows of `events` with an id that stands twice, each once and in order.

    Very rarely it is two ids with one hash.
    """
    reader = connection.sql(f"SELECT hash(event_id) AS h, {PLACE} AS place FROM events").to_arrow_reader(
        1 << 20
    )
    batches = [[column.to_numpy() for column in batch.columns] for batch in reader]
    hashes = np.concatenate([np.empty(0, np.uint64), *(h for h, _ in batches)])
    hashes.sort()
    doubled = np.unique(hashes[1:][hashes[1:] == hashes[:-1]])
    begins = np.zeros(1 << 24, bool)  # what most rows are ruled out by
    begins[doubled >> _FEW] = True
    found = [np.empty(0, np.uint32)]
    for h, place in batches if len(doubled) else []:
        near = np.flatnonzero(begins[h >> _FEW])
        found.append(place[near[_are_among(h[near], doubled)]])
    return np.unique(np.concatenate(found))


def _are_among(values: np.ndarray, ordered: np.ndarray) -> np.ndarray:
    return ordered[np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)] == values
