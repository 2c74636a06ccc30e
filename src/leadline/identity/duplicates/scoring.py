"""From Splink's comparisons of pairs to weights and probabilities that can be believed.

Splink takes what is compared as independent, and random pairs as strangers. Neither is so in a list of
contacts: colleagues share company, site, address and switchboard, and duplicates are among random pairs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from leadline.identity.duplicates.candidates import Counts
from leadline.identity.duplicates.comparisons import Comparison

LEAST_WEIGHT = -12  # bits; pairs below this are never looked at again
_ROUNDS = 12
_ROWS_A_CHUNK = 100_000
_OWN = ("email", "birth", "national_id")
_OF_THE_REST = 0.5
_MOST = 0.9  # a share that is estimated
_AT_MOST_OF_OTHERS = -2.0  # bits: one in five
_LEAST_U = 0.02  # of what was counted among random pairs: the rest may all have been duplicates
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scored:
    """Pairs of rows with how much each comparison speaks for their being one, in bits."""

    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    gammas: npt.NDArray[np.int64]  # a row each pair, a column each comparison; -1 where something is missing
    weights: Floats  # likewise
    weight: Floats
    prior: float  # the share of all pairs that are of one person

    @classmethod
    def none(cls, comparisons: int) -> Scored:
        """No pair at all."""
        rows, none, empty = np.zeros(0, np.int64), np.zeros(0), (0, comparisons)
        return cls(rows, rows, np.zeros(empty, np.int64), np.zeros(empty), none, 0.0)

    @property
    def probability(self) -> Floats:
        return 1 / (1 + np.exp2(-self.weight))


def score(
    linker: Any, comparisons: Sequence[Comparison], rows: int, crowds: Mapping[str, Counts], trained: bool
) -> Scored:
    """All candidate pairs that may be one person, weighed; `crowds` says how many share a row's places."""
    settings = linker.misc.save_model_to_json()
    found = _predicted(linker, rows)
    left, right = (found[f"row_{side}"].to_numpy() for side in "lr")
    gammas = _matrix(found, [f"gamma_{c.name}" for c in comparisons]).astype(np.int64)
    raw = _matrix(found, [f"mw_{c.name}" for c in comparisons])
    raw += _matrix(found, [f"mw_tf_adj_{c.name}" for c in comparisons])
    m, u, tf = _parameters(settings, comparisons)
    crowd = _crowd(left, right, gammas, comparisons, crowds)
    prior, weights = 1 / max(rows, 2), raw
    for _ in range(_ROUNDS):
        if trained:
            weights = raw + _mended(gammas, m, u, tf, prior)
        at_place = np.minimum(_MOST, prior * (rows - 1) / crowd)
        gain = np.where(np.isfinite(crowd), _bits(np.maximum(at_place, prior)) - _bits(prior), np.inf)
        weight = _total(weights, gammas, comparisons, prior, gain)
        likely = 1 / (1 + np.exp2(-weight))
        prior = _share(likely.sum(), rows * (rows - 1) / 2)
    return Scored(left, right, gammas, weights, weight, prior)


def _predicted(linker: Any, rows: int) -> pa.Table:
    chunks = 1 + rows // _ROWS_A_CHUNK
    relation = linker.inference.predict(
        threshold_match_weight=LEAST_WEIGHT, num_chunks_left=chunks, num_chunks_right=1, warning_mode="never"
    ).as_duckdbpyrelation()
    wanted = [c for c in relation.columns if c in ("row_l", "row_r") or c.startswith(("gamma_", "mw_"))]
    return relation.select(*wanted).order("row_l, row_r").to_arrow_table()


def _share(expected: float, pairs: float) -> float:
    return float(min(_MOST, max(expected, 0.5) / max(pairs, 1.0)))


def _bits(share: Any) -> Any:
    return np.log2(share / (1 - share))


def _crowd(
    left: Counts,
    right: Counts,
    gammas: npt.NDArray[np.int64],
    comparisons: Sequence[Comparison],
    crowds: Mapping[str, Counts],
) -> Floats:
    """How many others a row's like is to be sought among, where the pair shares a place: the smallest one.

    Infinite where it shares none.
    """
    crowd = np.full(len(left), np.inf)
    for i, comparison in enumerate(comparisons):
        others = crowds.get(comparison.name)
        if others is not None:
            here = np.maximum(np.maximum(others[left], others[right]), 1)
            crowd = np.where(gammas[:, i] > 0, np.minimum(crowd, here), crowd)
    return crowd


def _alike(
    gammas: npt.NDArray[np.int64], comparisons: Sequence[Comparison], stems: Sequence[str], above: int = 0
) -> npt.NDArray[np.bool_]:
    """Whether a pair is alike in any of these."""
    chosen = [i for i, c in enumerate(comparisons) if c.name.rstrip("_0123456789") in stems]
    return (gammas[:, chosen] > above).any(axis=1)


def _matrix(table: pa.Table, names: Sequence[str]) -> Floats:
    """The columns side by side; zeros for one that is not there."""
    out = np.zeros((len(table), len(names)))
    for i, name in enumerate(names):
        if name in table.column_names:
            out[:, i] = table[name].to_numpy()
    return out


def _parameters(settings: dict[str, Any], comparisons: Sequence[Comparison]) -> tuple[list[Floats], ...]:
    """m, u, and whether the frequency of the value counts, of each comparison by gamma."""
    of = {c["output_column_name"]: c["comparison_levels"] for c in settings["comparisons"]}
    levels = [[v for v in reversed(of[c.name]) if not v.get("is_null_level")] for c in comparisons]
    return (
        [np.array([v["m_probability"] for v in some]) for some in levels],
        [np.array([v["u_probability"] for v in some]) for some in levels],
        [np.array([bool(v.get("tf_adjustment_column")) for v in some]) for some in levels],
    )


def _mended(
    gammas: npt.NDArray[np.int64], m: list[Floats], u: list[Floats], tf: list[Floats], prior: float
) -> Floats:
    """How much more each level is worth once duplicates are taken out of the random pairs."""
    out = np.zeros(gammas.shape)
    for i in range(gammas.shape[1]):
        strangers = np.maximum((u[i] - prior * m[i]) / (1 - prior), _LEAST_U * u[i])
        more = np.where(tf[i], 0.0, np.log2(u[i] / strangers))
        out[:, i] = np.where(gammas[:, i] >= 0, more[gammas[:, i]], 0.0)
    return out


def _total(
    weights: Floats,
    gammas: npt.NDArray[np.int64],
    comparisons: Sequence[Comparison],
    prior: float,
    gain: Floats,
) -> Floats:
    """All weights together with the prior.

    What is shared by colleagues or a household is one thing seen many times: the strongest counts in full.
    Where a pair shares a place, all of it counts for no more than the `gain` of knowing it: the other is to
    be sought among those who are there, and no longer among all. It is infinite elsewhere.
    """
    shared = np.array([c.shared for c in comparisons], dtype=bool)
    positive = np.maximum(weights[:, shared], 0)
    strongest = positive.max(axis=1, initial=0.0)
    together = strongest + _OF_THE_REST * (positive.sum(axis=1) - strongest)
    together = np.minimum(together, gain)
    against = np.minimum(weights[:, shared], 0).sum(axis=1)
    weight = _bits(prior) + weights[:, ~shared].sum(axis=1) + together + against
    others = _others(gammas, comparisons)
    return np.where(others, np.minimum(weight, _AT_MOST_OF_OTHERS), weight)


def _others(gammas: npt.NDArray[np.int64], comparisons: Sequence[Comparison]) -> npt.NDArray[np.bool_]:
    """Colleagues, couples, brothers: first names differ, and nothing else of a person's own agrees."""
    first = [i for i, c in enumerate(comparisons) if c.name == "first_name"]
    differ = (gammas[:, first] == 0).any(axis=1)
    return differ & ~_alike(gammas, comparisons, _OWN, above=1)  # 1 is the weakest way to be alike
