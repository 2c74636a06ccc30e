"""The same probabilities by time and by group: who is told too much, who too little, and is it chance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leadline.analysis.intervals import Estimate, Rate
from leadline.learn.metrics import roc_auc

SMALL = 50  # rows below which a group is called small
FEW = 10  # of either outcome, below which no AUC is told
MOST_LEVELS = 12
ALPHA = 0.05
MISSING, OTHER = "(missing)", "(any other)"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NoSuchGroupError(ValueError):
    """A group was named that is no column."""


@dataclass(frozen=True)
class Slice:
    """Some of the leads: what was said of them on average (`said`), and what happened.

    `gap` is rate less mean probability: above zero they were told too little. `apart` marks gaps that chance
    does not explain, with one error in twenty for all slices of the evaluation together (Holm 1979).
    """

    name: str
    rate: Rate
    said: float
    gap: Estimate
    auc: Estimate
    chance: float  # the two-sided p-value of the gap
    apart: bool = False

    @property
    def small(self) -> bool:
        return self.rate.n < SMALL

    @property
    def words(self) -> str:
        if self.small:
            return "small: read with care"
        if not self.apart:
            return "within chance"
        return "told too little" if (self.gap.value or 0) > 0 else "told too much"


@dataclass(frozen=True)
class Grouping:
    """One named column, cut into groups."""

    name: str
    label: str
    slices: tuple[Slice, ...]


def slice_of(name: str, won: np.ndarray, said: np.ndarray) -> Slice:
    """One slice; of at least one row."""
    rate, mean = Rate(int(won.sum()), len(won)), float(said.mean())
    low, high = rate.interval or (0.0, 1.0)
    gap = Estimate((rate.value or 0.0) - mean, (low - mean, high - mean))
    enough = min(won.sum(), (~won).sum()) >= FEW
    auc = roc_auc(won, said) if enough else Estimate(None)
    return Slice(name, rate, mean, gap, auc, _chance(rate.hits, said))


def _chance(hits: int, said: np.ndarray) -> float:
    """How often right probabilities come to so many hits, or to a number as unlikely (normal, corrected)."""
    from scipy.stats import norm

    spread = float(np.sqrt(np.sum(said * (1 - said))))
    away = max(0.0, abs(hits - float(said.sum())) - 0.5)
    return float(2 * norm.sf(away / spread)) if spread else float(away == 0)


def marked(groupings: Iterable[Grouping]) -> tuple[Grouping, ...]:
    """With `apart` set, by Holm's step-down over all slices that are not small."""
    groupings = tuple(groupings)
    tested = sorted(s.chance for g in groupings for s in g.slices if not s.small)
    limit = -1.0
    for i, chance in enumerate(tested):
        if chance > ALPHA / (len(tested) - i):
            break
        limit = chance

    def judged(s: Slice) -> Slice:
        return replace(s, apart=not s.small and s.chance <= limit)

    return tuple(replace(g, slices=tuple(map(judged, g.slices))) for g in groupings)


# --- by time -------------------------------------------------------------------------------------------


def periods(at: np.ndarray | None, won: np.ndarray, said: np.ndarray) -> Grouping | None:
    """By week, month or quarter, whichever gives a dozen or so; None without time, or of one period alone."""
    if at is None or not len(at):
        return None
    times = [_EPOCH + timedelta(microseconds=int(m)) for m in at]
    days = (max(times) - min(times)).days
    name, cut = (
        ("week", _week) if days < 70 else ("month", _month) if days < 550 else
        ("quarter", _quarter) if days < 3650 else ("year", lambda t: f"{t.year}")
    )  # fmt: skip
    labels = np.array([cut(t) for t in times])
    slices = tuple(_slices(labels, sorted(set(labels)), won, said))
    return Grouping(name, f"By {name}", slices) if len(slices) > 1 else None


def _week(t: datetime) -> str:
    year, week, _ = t.isocalendar()
    return f"{year}-W{week:02}"


def _month(t: datetime) -> str:
    return f"{t:%Y-%m}"


def _quarter(t: datetime) -> str:
    return f"{t.year} Q{(t.month + 2) // 3}"


def _slices(labels: np.ndarray, names: Sequence[str], won: np.ndarray, said: np.ndarray) -> Iterable[Slice]:
    for name in names:
        inside = labels == name
        if inside.any():
            yield slice_of(str(name), won[inside], said[inside])


# --- by group ------------------------------------------------------------------------------------------


def groupings(
    columns: Sequence[tuple[str, str, pa.ChunkedArray]], won: np.ndarray, said: np.ndarray
) -> tuple[Grouping, ...]:
    """By each column, given as name, label and values: texts by their most frequent levels, numbers of more
    than a dozen values by quarters of the leads."""
    found = []
    for name, label, column in columns:
        labels, order = _labels(column)
        found.append(Grouping(name, label, tuple(_slices(labels, order, won, said))))
    return tuple(found)


def _labels(column: pa.ChunkedArray) -> tuple[np.ndarray, list[str]]:
    numeric = pa.types.is_integer(column.type) or pa.types.is_floating(column.type)
    if numeric and pc.count_distinct(column).as_py() > MOST_LEVELS:
        return _quarters(column)
    texts = ["" if value is None else _said(value) for value in column.to_pylist()]
    known = np.array([text or MISSING for text in texts], dtype=object)
    names, counts = np.unique(known, return_counts=True)
    ranked = [str(n) for _, n in sorted(zip(-counts, names, strict=True)) if n != MISSING]
    seen = dict(zip(names, counts, strict=True))
    if len(ranked) > MOST_LEVELS // 2:
        ranked = [n for n in ranked if seen[n] >= FEW]
    kept = ranked[:MOST_LEVELS]
    labels = np.array([n if n in {*kept, MISSING} else OTHER for n in known], dtype=object)
    return labels, [*kept, OTHER, MISSING]


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _quarters(column: pa.ChunkedArray) -> tuple[np.ndarray, list[str]]:
    values = column.cast(pa.float64()).to_numpy(zero_copy_only=False).astype(float)
    known = np.isfinite(values)
    cuts = np.unique(np.quantile(values[known], (0.25, 0.5, 0.75)))
    names = [f"below {cuts[0]:g}", *(f"{a:g} to {b:g}" for a, b in pairwise(cuts)),
             f"{cuts[-1]:g} or more"]  # fmt: skip
    place = np.searchsorted(cuts, np.where(known, values, 0.0), side="right")
    labels = np.array([names[i] if k else MISSING for i, k in zip(place, known, strict=True)], dtype=object)
    return labels, [*names, MISSING]
