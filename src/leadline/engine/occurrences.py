"""The events that a signal looks for, laid out so that what counts at an instant is found without a look at
each of them: of a lead with a million events too.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np

from leadline.engine.arithmetic import cents_of_nanos, decayed, nanos_of, sign
from leadline.engine.reference import Entry, Row
from leadline.engine.zones import local_day
from leadline.model.shape import Signal

_FEW = 100  # events whose points are added one by one sooner than an array is made of them
_WHOLE = 1 << 62


class Occurrences:
    """Events of a signal, in order of time."""

    def __init__(self, signal: Signal, rows: Sequence[Row], timezone: str):
        self.signal, self.rows = signal, rows
        self.times: list[int] = [row["t"] for row in rows]
        self._zone = timezone

    def kept(self, at: int) -> Kept:
        """Those that count at an instant: in the signal's window, and of each local day the first few."""
        window = self.signal.window
        low = 0 if window is None else bisect_right(self.times, at - window)
        high = max(low, bisect_right(self.times, at))
        if self.signal.max_per_day is None:
            return Kept(self, (), self.firsts, low, high)
        head, beyond = self._cut_days(low, high)
        begin = bisect_left(self.firsts, beyond)
        return Kept(self, head, self.firsts, begin, max(begin, bisect_left(self.firsts, high)))

    @cached_property
    def firsts(self) -> Sequence[int]:
        """The places of all that would count without a window."""
        most = self.signal.max_per_day
        if most is None:
            return range(len(self.rows))
        return sorted(place for places in self._by_day.values() for place in places[:most])

    @cached_property
    def first_times(self) -> np.ndarray:
        """Their instants."""
        return np.array([self.times[place] for place in self.firsts], np.int64)

    @cached_property
    def _by_day(self) -> dict[int, list[int]]:
        zone, found = ZoneInfo(self._zone), defaultdict(list)
        for place, t in enumerate(self.times):
            found[local_day(zone, t)].append(place)
        return found

    def _cut_days(self, low: int, high: int) -> tuple[list[int], int]:
        """Of days that the window's begin cuts, its events count anew from there: their places, and the place
        from which on days are whole.
        """
        if not 0 < low < high:
            return [], low
        most, today = self.signal.max_per_day or 0, local_day(ZoneInfo(self._zone), self.times[low])
        around = {d: self._by_day[d] for d in (today - 1, today, today + 1) if d in self._by_day}
        cut = {d: places for d, places in around.items() if places[0] < low <= places[-1]}
        if not cut:
            return [], low
        beyond = max(places[-1] for places in cut.values()) + 1
        head = [p for places in cut.values() for p in places[bisect_left(places, low) :][:most]]
        whole = (p for d, places in around.items() if d not in cut for p in places[:most])  # clocks went back
        head += [p for p in whole if low <= p < beyond]
        return sorted(p for p in head if p < high), beyond


class Kept(Sequence[Row]):
    """The events of a signal that count: some by their places, and a run of the first ones of each day."""

    def __init__(self, of: Occurrences, head: Sequence[int], firsts: Sequence[int], begin: int, end: int):
        self.of, self.head, self._firsts, self._begin, self._end = of, head, firsts, begin, end

    def __len__(self) -> int:
        return len(self.head) + self._end - self._begin

    def __getitem__(self, number):  # type: ignore[no-untyped-def, override]
        number = number + len(self) if number < 0 else number
        if not 0 <= number < len(self):
            raise IndexError(number)
        few = len(self.head)
        place = self.head[number] if number < few else self._firsts[self._begin + number - few]
        return self.of.rows[place]

    def __iter__(self) -> Iterator[Row]:
        return (self[number] for number in range(len(self)))

    def cents(self, at: int) -> int:
        """What they give, decayed and cut, in signed hundredths: :func:`reference.signal_cents`."""
        signal = self.of.signal
        total = self._nanos(nanos_of(signal.points), signal.half_life, at)
        if signal.max_points is not None:
            total = min(total, nanos_of(signal.max_points))
        return sign(signal.points) * cents_of_nanos(total)

    def entry(self, at: int) -> Entry | None:
        """The ledger's entry, if they give anything."""
        cents = self.cents(at)
        if not cents:
            return None
        return Entry("intent", self.of.signal.id, cents, len(self), self[0]["t"], self[-1]["t"])

    def _nanos(self, each: int, half_life: int | None, at: int) -> int:
        if half_life is None or not each:
            return each * len(self)
        if len(self) <= _FEW or each * len(self) >= _WHOLE:
            return sum(decayed(each, at - row["t"], half_life) for row in self)
        few = sum(decayed(each, at - self.of.times[place], half_life) for place in self.head)
        times = self.of.first_times[self._begin : self._end]
        gone = at - int(half_life * (math.log2(each) + 2))  # of older ones less than half a nano is left
        times = times[np.searchsorted(times, gone) :]
        left = np.power(2.0, -((at - times).astype(float) / float(half_life)))
        return few + int(np.floor(float(each) * left + 0.5).astype(np.int64).sum())
