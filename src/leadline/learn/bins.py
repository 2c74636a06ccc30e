"""Inputs in bins: where they are cut, and into which bin each lead falls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor, log10

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leadline.model.expr import Type
from leadline.model.predictor import Axis, Input
from leadline.model.values import DAY

MOST_LEVELS = 200
_LOOKED_AT = 200_000  # rows from which numbers' cuts are taken
_NUMERIC = (Type.NUMBER, Type.TIME)


@dataclass(frozen=True)
class Binning:
    """How each input is cut. `dropped` says of the inputs that are not used why not."""

    inputs: tuple[Input, ...]
    axes: tuple[Axis, ...]
    dropped: Mapping[str, str]

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(a.size(i.type) for i, a in zip(self.inputs, self.axes, strict=True))

    @property
    def ordered(self) -> tuple[bool, ...]:
        """Whether neighbouring bins are alike: of numbers and times."""
        return tuple(i.type in _NUMERIC for i in self.inputs)

    def codes(self, features: pa.Table) -> list[np.ndarray]:
        """The bin of each row, one array an input."""
        pairs = zip(self.inputs, self.axes, strict=True)
        return [codes_of(features.column(i.name), i.type, a) for i, a in pairs]

    def only(self, kept: list[int], why: str) -> Binning:
        """Some of the inputs, by position; the others are dropped for the reason given."""
        gone = {i.name: why for k, i in enumerate(self.inputs) if k not in set(kept)}
        return Binning(
            tuple(self.inputs[k] for k in kept), tuple(self.axes[k] for k in kept), {**self.dropped, **gone}
        )


def make_bins(
    features: pa.Table, inputs: tuple[Input, ...], *, most: int, least: int, levels: int = MOST_LEVELS
) -> Binning:
    """Cut each input into at most `most` bins of at least `least` rows each.

    A number is cut between values that occur, so that each bin holds about as many rows; a value that many
    rows share has a bin of its own. A time is cut between days. A level of a text that fewer than `least`
    rows have is *any other*; of what remains the `levels` most frequent are kept. An input that is missing
    everywhere, or has one value everywhere, says nothing and is dropped.
    """
    kept, axes, dropped = [], [], {}
    for each in inputs:
        column = features.column(each.name)
        axis, why = _axis(column, each, most, least, levels)
        if why:
            dropped[each.name] = why
        else:
            kept.append(each)
            axes.append(axis)
    return Binning(tuple(kept), tuple(axes), dropped)


def codes_of(column: pa.ChunkedArray, type_: Type, axis: Axis) -> np.ndarray:
    """The bin of each value; 0 is missing, and so is a number that is not finite."""
    if type_ is Type.TEXT:
        found = pc.index_in(column, value_set=pa.array(axis.levels, column.type))
        code = pc.add(pc.fill_null(found, len(axis.levels)), 1).to_numpy().astype(np.int32)
        code[pc.is_null(column).to_numpy()] = 0
        return code
    if type_ is Type.BOOLEAN:
        return pc.fill_null(pc.add(pc.cast(column, pa.int32()), 1), 0).to_numpy().astype(np.int32)
    values = _numbers(column)
    code = np.searchsorted(np.asarray(axis.edges, float), values, side="right").astype(np.int32) + 1
    code[np.isnan(values)] = 0
    return code


def _axis(
    column: pa.ChunkedArray, each: Input, most: int, least: int, levels: int
) -> tuple[Axis, str | None]:
    axis, empty = Axis(each.name), "missing everywhere"
    gaps = column.null_count
    if gaps == len(column):
        return axis, empty
    if each.type is Type.TEXT:
        return _levels(column, each, least, levels)
    if each.type is Type.BOOLEAN:
        same = pc.count_distinct(column, mode="only_valid").as_py() < 2 and not gaps
        return axis, "the same everywhere" if same else None
    values = _numbers(column)
    known = values[~np.isnan(values)]
    if not len(known):
        return axis, empty
    edges = _cuts(known, most, least, whole=DAY if each.type is Type.TIME else None)
    if not edges and len(known) == len(values):
        same = known.min() == known.max()
        return axis, "the same everywhere" if same else f"hardly varies: fewer than {least} rows differ"
    return Axis(each.name, edges=edges), None


def _levels(column: pa.ChunkedArray, each: Input, least: int, most: int) -> tuple[Axis, str | None]:
    counted = pc.value_counts(pc.drop_null(column))
    counts = sorted(
        zip(counted.field(1).to_pylist(), counted.field(0).to_pylist(), strict=True), reverse=True
    )
    if len(counts) == 1 and not column.null_count:
        return Axis(each.name), "the same everywhere"
    levels = sorted(level for n, level in counts[:most] if n >= least)
    if not levels and not column.null_count:
        return Axis(each.name), f"no value is shared by {least} rows (an id?)"
    return Axis(each.name, levels=tuple(levels)), None


def _numbers(column: pa.ChunkedArray) -> np.ndarray:
    """As floats; what is missing or not finite is NaN."""
    values = pc.fill_null(pc.cast(column, pa.float64(), safe=False), float("nan")).to_numpy()
    return np.where(np.isfinite(values), values, np.nan)


def _cuts(known: np.ndarray, most: int, least: int, *, whole: float | None) -> tuple[float, ...]:
    step = -(-len(known) // _LOOKED_AT)
    values, counts = np.unique(known[::step], return_counts=True)
    if len(values) < 2:
        return ()
    small = max(counts.sum() / most, least / step)
    edges = []
    for k in _boundaries(counts, small):
        edge = _between(values[k - 1], values[k], whole)
        if not edges or edge > edges[-1]:
            edges.append(edge)
    return tuple(edges)


def _boundaries(counts: np.ndarray, small: float) -> list[int]:
    """Positions to cut before, so that each bin has `small` rows: a value with so many stands alone."""
    cuts, total, since = [], counts.sum(), 0.0
    done = np.concatenate([[0], np.cumsum(counts)])
    at = 0
    while at < len(counts):
        heavy = counts[at] >= small
        # the first position at which the bin that begins here is full
        end = at + 1 if heavy else int(np.searchsorted(done, done[at] + small))
        ahead = np.flatnonzero(counts[at + 1 : end] >= small)
        if len(ahead) and done[at + 1 + ahead[0]] - done[at] >= small / 2:
            end = at + 1 + int(ahead[0])
        since = done[min(end, len(counts))]
        if end >= len(counts) or total - since < small / 2:
            break
        cuts.append(end)
        at = end
    return cuts


def _between(low: float, high: float, whole: float | None) -> float:
    """A short number above `low`, not above `high`; of a time the beginning of a day, where there is one."""
    if whole and floor(high / whole) * whole > low:
        return floor(high / whole) * whole
    middle = low / 2 + high / 2
    if high / 2 - low / 2 > 1e307:
        return float(middle)
    digits = 1 - floor(log10(high - low))
    for places in (digits - 1, digits, digits + 1):
        short = round(middle, places)
        if low < short <= high:
            return float(short)
    return float(middle) if low < middle else float(high)
