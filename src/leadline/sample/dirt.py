"""What goes wrong on the way: events come late, come twice, or are taken back. All of it is on record."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leadline.sample.behaviour import Events
from leadline.sample.draws import DAY, HOUR, Bools, Ints, plant, stream

SHARE_LATE = 0.01
SHARE_DOUBLED = 0.008
SHARE_DOUBLED_DIFFERENTLY = 0.0008  # the second copy says a later time: the first one counts
SHARE_VOID = 0.003


@dataclass(frozen=True)
class Delivered:
    """Events in the order in which they arrive. `number` is the event's own: one event twice has it twice."""

    events: Events
    number: Ints
    void: Bools
    late: Bools
    doubled: Bools


def deliver(seed: int, chunk: int, events: Events, decided: Bools) -> Delivered:
    """Decisions and deals (`decided`) may come late or twice, but are never void."""
    rng = stream(seed, chunk, "dirt")
    anything = np.ones(len(events), dtype=bool)
    late = plant(rng, anything, SHARE_LATE)
    doubled = plant(rng, anything, SHARE_DOUBLED)
    differently = plant(rng, doubled & ~decided, SHARE_DOUBLED_DIFFERENTLY)
    void = plant(rng, ~decided, SHARE_VOID)

    arrival = events.at + np.where(late, rng.integers(2 * HOUR, 6 * DAY, len(events)), 0)
    number = np.empty(len(events), dtype=np.int64)
    number[np.lexsort((events.who, arrival))] = np.arange(len(events))

    twice = np.flatnonzero(doubled)
    row = np.concatenate([np.arange(len(events)), twice])
    copy = np.arange(len(row)) >= len(events)
    arrival = np.concatenate([arrival, arrival[twice] + rng.integers(1, 2 * HOUR, len(twice))])
    order = np.lexsort((copy, number[row], arrival))
    row, copy = row[order], copy[order]

    delivered = events.take(row)
    delivered.at[copy & differently[row]] += 7
    return Delivered(delivered, number[row], void[row], late[row], copy)
