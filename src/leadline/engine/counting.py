"""The steps `moments` and `signals` of a plan at one instant, over arrays.

They give what the plan's SQL gives, several times faster for many leads: rows are classed and leads
numbered by the engine, so that all that is left is arithmetic on whole numbers. The plan's SQL stays the
general case: for mixed instants, for signals that share events, and for other engines.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from leadline.engine.arithmetic import CENT, nanos_of, sign
from leadline.engine.zones import offsets
from leadline.model.shape import Model, Signal
from leadline.model.values import DAY

NEVER, ALWAYS = np.iinfo(np.int64).min, np.iinfo(np.int64).max
_WHOLE = 1 << 62
_PART = 1 << 16  # leads whose events are sorted at once: small arrays fit a cache, and memory is used again


class Numbers:
    """Gives each of some hashes, no two alike, its place among them, from 0 on.

    A table by their first bits has most at once; the few that share those bits are searched for.
    """

    def __init__(self, hashes: np.ndarray):
        self.order = np.argsort(hashes).astype(np.int32)
        self.hashes = hashes[self.order]
        bits = len(hashes).bit_length() + 5
        self.shift = np.uint64(64 - bits)
        slots = self.hashes >> self.shift
        self.table = np.full(1 << bits, -1, np.int32)
        self.table[slots] = self.order
        self.table[slots[1:][slots[1:] == slots[:-1]]] = -1

    def of(self, hashes: np.ndarray) -> np.ndarray:
        numbers = self.table[hashes >> self.shift]
        shared = np.flatnonzero(numbers < 0)
        numbers[shared] = self.order[np.searchsorted(self.hashes, hashes[shared])]
        return numbers


class Counting:
    """Takes events in any order; gives what they come to for each lead.

    A lead is a number from 0 on. A code is `signal * (stage_events + 1) + stage event`, a step that of the
    journey; signal, stage event and step are each counted from 1, and 0 is none. Instants are microseconds.
    """

    def __init__(self, model: Model, at: int, leads: int):
        self.model, self.at = model, at
        stage_events = len({s.event for s in model.lifecycle.stages if s.event})
        self.codes = stage_events + 1
        self.signals = model.intent.signals
        self.begins = np.array([ALWAYS, *(_begin(s, at) for s in self.signals)])
        self.first = np.full(leads, ALWAYS)
        self.last = np.full(leads, NEVER)
        self.step = np.zeros(leads, np.int16)
        self.stages = np.full((stage_events, leads), NEVER)
        self.kept: list[list[tuple[np.ndarray, np.ndarray]]] = [[] for _ in range(leads // _PART + 1)]

    def add(self, lead: np.ndarray, t: np.ndarray, code: np.ndarray, step: np.ndarray) -> None:
        np.minimum.at(self.first, lead, t)
        np.maximum.at(self.last, lead, t)
        np.maximum.at(self.step, lead, step.astype(np.int16))  # of one type it is twenty times faster
        signal, stage = np.divmod(code, self.codes)
        for i, times in enumerate(self.stages, start=1):
            np.maximum.at(times, lead[stage == i], t[stage == i])
        self._keep(lead, t, signal, np.flatnonzero(t > self.begins[signal]))

    def _keep(self, lead: np.ndarray, t: np.ndarray, signal: np.ndarray, counts: np.ndarray) -> None:
        """Rows that count for a signal, put by for the part of the leads that theirs is in."""
        part = (lead[counts] // _PART).astype(np.uint16)
        counts = counts[np.argsort(part, kind="stable")]
        group = lead[counts].astype(np.int64) * len(self.signals) + signal[counts] - 1
        ends = np.cumsum(np.bincount(part, minlength=len(self.kept)))[:-1]
        for kept, *some in zip(self.kept, np.split(group, ends), np.split(t[counts], ends), strict=True):
            kept.append(tuple(some))

    @property
    def is_exact(self) -> bool:
        """Whether no sum of nanos can leave 64 bits, nor a nano be lost in a power."""
        largest = max(nanos_of(s.points) for s in self.signals)
        return largest * max(sum(len(t) for part in self.kept for _, t in part), 1 << 20) < _WHOLE

    def moments(self, lead_ids: pa.Array) -> pa.Table:
        """Of each lead with events: first and last seen, the furthest step, each stage's latest event."""
        seen = np.flatnonzero(self.last != NEVER)
        columns = {"first_seen": self.first[seen], "last_seen": self.last[seen]}
        columns |= {"journey_step": self.step[seen].astype(np.int64)}
        stages = {f"m{i}": pa.array(t[seen], mask=t[seen] == NEVER) for i, t in enumerate(self.stages)}
        return pa.table({"k": lead_ids.take(pa.array(seen)), **columns, **stages})

    def signal_sums(self, lead_ids: pa.Array) -> pa.Table:
        """Of each lead and signal with events that count: how many, first, last, and their points."""
        return pa.concat_tables([self._sums_of(part, lead_ids) for part in self.kept])

    def _sums_of(self, kept: list[tuple[np.ndarray, np.ndarray]], lead_ids: pa.Array) -> pa.Table:
        nothing = np.empty(0, np.int64)
        group, t = (np.concatenate(arrays) for arrays in zip((nothing, nothing), *kept, strict=True))
        group, t = self._first_of_each_day(group, t)
        nanos = self._nanos(t, group % len(self.signals))
        starts = np.flatnonzero(_changes(group))
        counts = np.diff(starts, append=len(group))
        lead, signal = np.divmod(group[starts], len(self.signals))
        columns = {
            "k": lead_ids.take(pa.array(lead)), "s": signal.astype(np.int32), "n": counts,
            "first_at": _of_runs(np.minimum, t, starts), "last_at": _of_runs(np.maximum, t, starts),
            "cents": self._cents(_of_runs(np.add, nanos, starts), signal),
        }  # fmt: skip
        return pa.table(columns)

    def _first_of_each_day(self, group: np.ndarray, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """In order of groups; of a signal with a `max_per_day` the first so many of each local day."""
        day = self._local_day(t)
        of_day = group * (np.ptp(day) + 1 if len(day) else 1) + day - day.min(initial=0)
        order = np.argsort(of_day)
        of_day, group, t = of_day[order], group[order], t[order]
        starts = np.flatnonzero(_changes(of_day))
        events = np.diff(starts, append=len(t))
        most = np.array([s.max_per_day or len(t) for s in self.signals])[group % len(self.signals)]
        crowded = np.flatnonzero(np.repeat(events, events) > most)  # in all other days the order is no matter
        t[crowded] = t[crowded][np.lexsort((t[crowded], of_day[crowded]))]
        counts = np.arange(len(t)) - np.repeat(starts, events) < most
        return group[counts], t[counts]

    def _local_day(self, t: np.ndarray) -> np.ndarray:
        begins, ahead = np.array(offsets(self.model.timezone)).T
        return (t + ahead[np.maximum(np.searchsorted(begins, t, "right") - 1, 0)]) // DAY

    def _nanos(self, t: np.ndarray, signal: np.ndarray) -> np.ndarray:
        """What is left at the instant of the points of each event."""
        whole = np.array([nanos_of(s.points) for s in self.signals])
        lives = np.array([np.inf if s.half_life is None else float(s.half_life) for s in self.signals])
        left = np.power(2.0, -((self.at - t).astype(float) / lives[signal]))
        return np.floor(whole[signal].astype(float) * left + 0.5).astype(np.int64)

    def _cents(self, nanos: np.ndarray, signal: np.ndarray) -> np.ndarray:
        """Cut at `max_points`, with the sign of the points."""
        limits = [
            ALWAYS if s.max_points is None else min(nanos_of(s.max_points), ALWAYS) for s in self.signals
        ]
        signs = np.array([sign(s.points) for s in self.signals])
        return signs[signal] * ((np.minimum(nanos, np.array(limits)[signal]) + CENT // 2) // CENT)


def _begin(signal: Signal, at: int) -> int:
    """Events after this instant are in the signal's window."""
    return NEVER if signal.window is None else at - signal.window


def _changes(values: np.ndarray) -> np.ndarray:
    """Where a value is another than the one before it; the first is."""
    changes = np.ones(len(values), bool)
    changes[1:] = values[1:] != values[:-1]
    return changes


def _of_runs(add: np.ufunc, values: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """What the values of each run come to; of no rows there is no run, and numpy would have one."""
    return add.reduceat(values, starts) if len(starts) else values
