"""How much one key may send: a bucket of tokens that fills again by the second."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

MOST_BUCKETS = 10_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Rates:
    """Requests a second for each key; at most one second's worth at once.

    >>> rates = Rates(clock=lambda: 0.0)
    >>> [rates.wait("key", 2) for _ in range(3)]
    [0, 0, 1]
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}

    def wait(self, key: str, per_second: int) -> int:
        """Take a token: 0, or the seconds until there is one. A rate of 0 or less sets no limit."""
        if per_second <= 0:
            return 0
        now = self._clock()
        bucket = self._bucket(key, per_second, now)
        bucket.tokens = min(float(per_second), bucket.tokens + (now - bucket.at) * per_second)
        bucket.at = now
        if bucket.tokens < 1:
            return max(1, ceil((1 - bucket.tokens) / per_second))
        bucket.tokens -= 1
        return 0

    def _bucket(self, key: str, per_second: int, now: float) -> _Bucket:
        if key not in self._buckets:
            if len(self._buckets) >= MOST_BUCKETS:
                self._buckets.clear()  # a moment without limits rather than memory without them
            self._buckets[key] = _Bucket(float(per_second), now)
        return self._buckets[key]
