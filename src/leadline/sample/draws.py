"""Small vectorised draws that the parts share. Instants are whole seconds since 1970, UTC."""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.random import Generator
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

MINUTE, HOUR, DAY = 60, 3600, 86400
_THURSDAY = 3  # 1970-01-01, with Monday as 0


def stream(seed: int, chunk: int, part: str) -> Generator:
    """A random stream of its own for each part of each chunk, so that a change to one part moves no other."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(chunk, zlib.crc32(part.encode()))))


def logistic(x: Floats) -> Floats:
    return 1.0 / (1.0 + np.exp(-x))


def plant(rng: Generator, among: Bools, share: float) -> Bools:
    """Marks `share` of all rows, taken from `among`; at least one where there are 40 rows or more."""
    wanted = max(round(share * len(among)), 1 if len(among) >= 40 else 0)
    places = np.flatnonzero(among)
    chosen = rng.permutation(places)[:wanted]
    mask = np.zeros(len(among), dtype=bool)
    mask[chosen] = True
    return mask


def pick(rng: Generator, weights: Sequence[float] | Floats, size: int) -> Ints:
    """Places in `weights`, each drawn in proportion to its weight."""
    bounds = np.cumsum(np.asarray(weights, dtype=float))
    return np.searchsorted(bounds / bounds[-1], rng.random(size), side="right").clip(0, len(bounds) - 1)


def witness(rng: Generator, latent: Floats, low: Sequence[float], high: Sequence[float]) -> Ints:
    """Draws from `high` with probability `latent`, else from `low`: what is seen hints at what is hidden."""
    seen_high = rng.random(len(latent)) < latent
    return np.where(seen_high, pick(rng, high, len(latent)), pick(rng, low, len(latent)))


def choose(rng: Generator, mask_to_weights: Sequence[tuple[Bools, Sequence[float]]], size: int) -> Ints:
    """Like `pick`, with other weights for other rows; later masks win."""
    chosen = np.zeros(size, dtype=np.int64)
    for mask, weights in mask_to_weights:
        chosen[mask] = pick(rng, weights, int(mask.sum()))
    return chosen


def delay_days(rng: Generator, size: int, median: float, spread: float) -> Ints:
    """Lognormal delays in seconds; `median` in days."""
    return (rng.lognormal(np.log(median), spread, size) * DAY).astype(np.int64)


def weekday(instant: Ints) -> Ints:
    return (instant // DAY + _THURSDAY) % 7


def waking_hours(rng: Generator, instant: Ints) -> Ints:
    """Moves instants to times when people are up, and most of a week-end to the Monday after."""
    moved = (weekday(instant) >= 5) & (rng.random(len(instant)) < 0.7)
    day = instant // DAY + np.where(moved, 7 - weekday(instant), 0)
    hours, any_hour = rng.normal(11.5, 3.2, len(instant)), rng.uniform(4.5, 22.5, len(instant))
    hours = np.where((hours > 4.5) & (hours < 22.5), hours, any_hour)
    return day * DAY + (hours * HOUR).astype(np.int64)


def office_hours(rng: Generator, instant: Ints) -> Ints:
    """Moves instants that no office sees (nights, week-ends) to the next morning at work."""
    second = instant % DAY
    too_late = second > 16 * HOUR
    day = instant // DAY + too_late
    day = day + np.where((day + _THURSDAY) % 7 >= 5, 7 - (day + _THURSDAY) % 7, 0)
    morning = 7 * HOUR + rng.integers(0, 2 * HOUR, len(instant))
    unseen = too_late | (second < 7 * HOUR) | (day != instant // DAY)
    return np.where(unseen, day * DAY + morning, instant)


def starts_of(counts: Ints) -> Ints:
    """Where each group begins, when groups of these sizes lie one after the other."""
    return np.cumsum(counts) - counts


def first_of_each(keys: Ints, instants: Ints) -> Ints:
    """Places of the earliest row of every key."""
    order = np.lexsort((instants, keys))
    _, first = np.unique(keys[order], return_index=True)
    return order[first]


def numbered(prefix: str, first: int, count: int, digits: int) -> pa.Array:
    """Text ids such as `e00000001`, as many as `count`, without a Python loop."""
    numbers = np.arange(first, first + count, dtype=np.int64)
    width = len(prefix) + digits
    letters = np.empty((count, width), dtype=np.uint8)
    letters[:, : len(prefix)] = np.frombuffer(prefix.encode("ascii"), dtype=np.uint8)
    for place in range(width - 1, len(prefix) - 1, -1):
        letters[:, place] = 48 + numbers % 10
        numbers //= 10
    offsets = np.arange(0, (count + 1) * width, width, dtype=np.int32)
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(letters.tobytes()))


def slug(text: str) -> str:
    """Letters, digits and hyphens for an address: `Jürgen` gives `juergen`."""
    for letter, plain in (
        ("ä", "ae"),
        ("ö", "oe"),
        ("ü", "ue"),
        ("ß", "ss"),
        ("ł", "l"),
        ("ø", "o"),
        ("ı", "i"),
    ):
        text = text.lower().replace(letter, plain)
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "-".join("".join(c if c.isalnum() else " " for c in folded.replace("'", "")).split())
