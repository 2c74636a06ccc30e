"""Kinds of buyers: how many there are, who belongs to which, and what sets each apart from the others.

Latent classes (Lazarsfeld and Henry 1968; McLachlan and Peel, *Finite Mixture Models*, 2000): within a kind,
inputs have nothing to do with each other, so numbers in bins, levels, yes and no and what is missing are all
treated alike. Fitted by expectation and maximisation from several starts. How many is told by the
integrated completed likelihood (Biernacki, Celeux and Govaert 2000): BIC with a penalty for buyers who could
be of either kind, so that a mere more and less is not taken for two kinds; and only where halves of the
buyers tell the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import logsumexp
from sklearn.metrics import adjusted_rand_score

from leadline.analysis.intervals import Rate
from leadline.learn.bins import Binning
from leadline.learn.effects import bin_words
from leadline.learn.statements import Value

FEWEST = 60  # buyers, below which no kinds are looked for
SMALLEST = 20  # of one kind
MOST = 5
STABLE = 0.6  # adjusted Rand index between what halves tell
_DRAWN, _WIDEST, _STARTS, _STEPS = 5_000, 12, 6, 100
_SAME = 0.7  # Cramér's V from which one of two inputs is left out


@dataclass(frozen=True)
class Mark:
    """A value that sets a kind apart: its share within the kind, and among the other buyers."""

    value: Value
    share: Rate
    others: Rate


@dataclass(frozen=True)
class Kind:
    """A kind of buyers: its name (what sets it apart), its share of all buyers, and its marks."""

    name: str
    share: float
    buyers: int
    marks: tuple[Mark, ...]

    def as_dict(self) -> dict[str, Any]:
        marks = [
            {"label": m.value.input.label, "value": m.value.words, "share": m.share.as_dict(),
             "others": m.others.as_dict()} for m in self.marks
        ]  # fmt: skip
        return {"name": self.name, "share": self.share, "buyers": self.buyers, "marks": marks}


@dataclass(frozen=True)
class Kinds:
    """The kinds, the greatest first; none where there is one kind only. `said` says how that was found."""

    kinds: tuple[Kind, ...]
    said: str


def kinds_of(binning: Binning, codes: Sequence[np.ndarray], seed: int = 0) -> Kinds:
    """`codes` are those of the buyers alone."""
    n = len(codes[0]) if codes else 0
    if n < FEWEST:
        return Kinds((), f"Fewer than {FEWEST} buyers: whether there are several kinds cannot be told.")
    rows = np.arange(n)
    if n > _DRAWN:
        rows = np.sort(np.random.default_rng(seed).choice(n, _DRAWN, replace=False))
    kept = _kept([c[rows] for c in codes], binning.sizes)
    if len(kept) < 2:
        return Kinds((), "One kind: there are not two inputs in which buyers differ.")
    data = _marked(binning, codes, kept)
    drawn = data[rows]
    told = _tried(drawn, len(kept), min(MOST, n // SMALLEST), seed)
    count = min(told, key=lambda k: told[k].icl)
    while count > 1 and not _holds(drawn, len(kept), told[count], count, seed):
        count = min(range(1, count), key=lambda k: told[k].icl)
    if count == 1:
        return Kinds((), "One kind: telling several apart describes the buyers no better.")
    group = np.argmax(_joint(told[count], data), axis=1)
    found = [_kind(binning, codes, kept, group == k) for k in range(count)]
    found.sort(key=lambda kind: -kind.buyers)
    return Kinds(tuple(found), f"{count} kinds, which halves of the buyers tell alike.")


@dataclass(frozen=True)
class _Classes:
    weight: np.ndarray  # log of the share of each class
    table: np.ndarray  # [class, value]: log of the share of each value of each input
    bic: float
    icl: float = np.inf


def _marked(binning: Binning, codes: Sequence[np.ndarray], kept: list[int]) -> np.ndarray:
    """A column for each value of each input, 1 where a buyer has it."""
    return np.hstack([np.eye(binning.sizes[k], dtype=np.float32)[codes[k]] for k in kept])


def _tried(data: np.ndarray, inputs: int, most: int, seed: int) -> dict[int, _Classes]:
    """One class, two, and so on, until two more in a row are no better."""
    told = {1: _fitted(data, inputs, 1, seed)}
    for k in range(2, most + 1):
        told[k] = _fitted(data, inputs, k, seed)
        if k > 2 and min(told[k].icl, told[k - 1].icl) > min(c.icl for c in told.values()):
            break
    return told


def _kept(codes: list[np.ndarray], sizes: Sequence[int]) -> list[int]:
    """Inputs in which buyers differ, each thing once: two columns that go together would make kinds."""
    kept: list[int] = []
    for k, code in enumerate(codes):
        count = np.bincount(code, minlength=sizes[k])
        if sizes[k] > _WIDEST or count.max() > len(code) - SMALLEST:
            continue
        if all(_together(code, codes[other], sizes[k], sizes[other]) < _SAME for other in kept):
            kept.append(k)
    return kept


def _together(one: np.ndarray, other: np.ndarray, m: int, n: int) -> float:
    """Cramér's V (1946)."""
    table = np.bincount(one * n + other, minlength=m * n).reshape(m, n).astype(float)
    table = table[table.sum(1) > 0][:, table.sum(0) > 0]
    expected = np.outer(table.sum(1), table.sum(0)) / table.sum()
    least = min(table.shape) - 1
    return float(np.sqrt(((table - expected) ** 2 / expected).sum() / table.sum() / least)) if least else 0.0


def _fitted(data: np.ndarray, inputs: int, count: int, seed: int) -> _Classes:
    starts = range(_STARTS if count > 1 else 1)
    return min((_once(data, inputs, count, [seed, count, s]) for s in starts), key=lambda c: c.bic)


def _once(data: np.ndarray, inputs: int, count: int, seed: list[int]) -> _Classes:
    n, everyone = len(data), data.mean(0) + 1e-9
    belongs = np.random.default_rng(seed).dirichlet(np.full(count, 0.5), n)
    before = -np.inf
    for _ in range(_STEPS):
        size = belongs.sum(0)
        # As though each class had one buyer more, spread as buyers are: no share is 0.
        shares = (belongs.T @ data + everyone) / (size[:, None] + 1)
        classes = _Classes(np.log((size + 1e-9) / size.sum()), np.log(shares), np.inf)
        joint = _joint(classes, data)
        total = logsumexp(joint, axis=1)
        belongs = np.exp(joint - total[:, None])
        likelihood = float(total.sum())
        if likelihood - before < 1e-5 * n:
            break
        before = likelihood
    free = count - 1 + count * (int((data.sum(0) > 0).sum()) - inputs)
    bic = free * float(np.log(n)) - 2 * likelihood
    doubt = -float((belongs * (joint - total[:, None])).sum())
    return _Classes(classes.weight, classes.table, bic, bic + 2 * doubt)


def _joint(classes: _Classes, data: np.ndarray) -> np.ndarray:
    return classes.weight + data @ classes.table.T


def _holds(data: np.ndarray, inputs: int, whole: _Classes, count: int, seed: int) -> bool:
    """Whether each kind is large enough, and two halves of the buyers tell all of them apart alike."""
    sizes = np.bincount(np.argmax(_joint(whole, data), axis=1), minlength=count)
    if sizes.min() < min(SMALLEST, len(data) // 4):
        return False
    order = np.random.default_rng([seed, 7]).permutation(len(data))
    halves = (order[: len(order) // 2], order[len(order) // 2 :])
    told = [np.argmax(_joint(_fitted(data[h], inputs, count, seed), data), axis=1) for h in halves]
    return adjusted_rand_score(*told) >= STABLE


def _kind(binning: Binning, codes: Sequence[np.ndarray], kept: list[int], mine: np.ndarray) -> Kind:
    marks = []
    for k in kept:
        given, axis = binning.inputs[k], binning.axes[k]
        words = bin_words(given, axis)
        here = np.bincount(codes[k][mine], minlength=len(words))
        there = np.bincount(codes[k][~mine], minlength=len(words))
        best = int(np.argmax(here / max(mine.sum(), 1) - there / max((~mine).sum(), 1)))
        share, others = Rate(int(here[best]), int(mine.sum())), Rate(int(there[best]), int((~mine).sum()))
        if share.interval and others.interval and share.interval[0] > others.interval[1]:
            marks.append(Mark(Value(given, axis, best, words[best]), share, others))
    marks.sort(key=lambda m: (m.others.value or 0) - (m.share.value or 0))
    name = " · ".join(m.value.text for m in marks[:2]) or "no single value sets it apart"
    return Kind(name, float(mine.mean()), int(mine.sum()), tuple(marks[:5]))
