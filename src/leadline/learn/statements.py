"""What is said of buyers value by value, with care about how many values are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Any

import numpy as np
from scipy.stats import false_discovery_control, hypergeom, norm

from leadline.analysis.intervals import Estimate, Rate
from leadline.analysis.words import percent
from leadline.learn.bins import Binning
from leadline.learn.effects import bin_words
from leadline.model.expr import Type
from leadline.model.predictor import Axis, Input

FEWEST = 10  # leads with a value, and leads without it, below which nothing is said of it
ALIKE = 0.8  # correlation of two values from which they are the same statement
_LOOKED_AT = 50_000  # rows on which values are compared with each other


@dataclass(frozen=True)
class Value:
    """A bin of an input: `words` for people, `code` its number (0 is missing)."""

    input: Input
    axis: Axis
    code: int
    words: str

    @property
    def text(self) -> str:
        return f"{self.input.label}: {self.words}"


@dataclass(frozen=True)
class Statement:
    """How often buyers have a value, how often the others, and all.

    `rate` is the share of those with the value who bought; `lift` that over the share of all. `ratio` is the
    share among buyers over the share among the others, with an interval that is wide enough for how many
    values were looked at and how few of them are told (false coverage rate: Benjamini and Yekutieli 2005).
    `p` is Fisher's exact one, twice the smaller tail; `adjusted` the smallest false discovery rate at which
    the statement would still be made. `also` are values that say the same of the same leads.
    """

    value: Value
    buyers: Rate
    others: Rate
    everyone: Rate
    rate: Rate
    lift: float
    ratio: Estimate
    p: float
    adjusted: float
    also: tuple[str, ...] = ()

    @property
    def over(self) -> bool:
        return (self.buyers.value or 0) > (self.others.value or 0)

    @property
    def sentence(self) -> str:
        """`Buyers are 3.1 times as likely as others to have Seniority: director (38 % against 12 %).`"""
        shares = f"({_share(self.buyers)} against {_share(self.others)})"
        if not self.buyers.hits:
            return f"No buyer has {self.value.text} {shares}."
        if not self.others.hits:
            return f"Only buyers have {self.value.text} {shares}."
        ratio = self.ratio.value or 1.0
        as_likely = (
            f"{ratio:.1f} times" if ratio >= 1 else f"only {percent(ratio, 0 if ratio >= 0.02 else 1)}"
        )
        return f"Buyers are {as_likely} as likely as others to have {self.value.text} {shares}."

    def as_dict(self) -> dict[str, Any]:
        """JSON data."""
        return {
            "input": self.value.input.name, "label": self.value.input.label, "value": self.value.words,
            "over": self.over, "sentence": self.sentence, "buyers": self.buyers.as_dict(),
            "others": self.others.as_dict(), "everyone": self.everyone.as_dict(), "rate": self.rate.as_dict(),
            "lift": self.lift, "ratio": self.ratio.value, "ratio_interval": self.ratio.interval,
            "p": self.p, "adjusted_p": self.adjusted, "also": list(self.also),
        }  # fmt: skip


def _share(rate: Rate) -> str:
    share = rate.value or 0.0
    return percent(share, 0 if not share or share >= 0.02 else 1 if share >= 0.001 else 2)


@dataclass(frozen=True)
class Looked:
    """The statements that hold, the strongest first, and how many values were looked at for them."""

    statements: tuple[Statement, ...]
    tested: int


def statements_of(binning: Binning, codes: Sequence[np.ndarray], won: np.ndarray, promised: float) -> Looked:
    """Every value against the outcome; kept is what holds at a false discovery rate of `promised`.

    Values of one input exclude each other and columns go together, so tests depend on each other in ways that
    nobody knows: adjusted by Benjamini and Yekutieli (2001), which holds under any dependence, rather than by
    Benjamini and Hochberg (1995). Bins were cut without looking at outcomes.
    """
    cells = _cells(binning, codes, won)
    if not cells:
        return Looked((), 0)
    n, buyers = len(won), int(won.sum())
    p = _exact(np.array([c[1] for c in cells]), np.array([c[2] for c in cells]), n, buyers)
    adjusted = false_discovery_control(p, method="by")
    kept = [k for k in np.argsort(p, kind="stable").tolist() if adjusted[k] <= promised]
    z = float(norm.isf(promised * len(kept) / len(cells) / 2)) if kept else 0.0
    found = [_statement(cells[k], n, buyers, z, float(p[k]), float(adjusted[k])) for k in kept]
    return Looked(
        _grouped(found, dict(zip((i.name for i in binning.inputs), codes, strict=True))), len(cells)
    )


def _cells(binning: Binning, codes: Sequence[np.ndarray], won: np.ndarray) -> list[tuple[Value, int, int]]:
    """Each value that enough leads have and enough have not, how many have it, and how many of these bought.

    Where an input has two values only, what is said of one is said of the other: the later one is told.
    """
    found = []
    for given, axis, code in zip(binning.inputs, binning.axes, codes, strict=True):
        words = bin_words(given, axis)
        have = np.bincount(code, minlength=len(words))
        hits = np.bincount(code[won], minlength=len(words))
        present = np.flatnonzero(have).tolist()
        for k in present[1:] if len(present) == 2 else present:
            if FEWEST <= have[k] <= len(won) - FEWEST:
                found.append((Value(given, axis, k, words[k]), int(have[k]), int(hits[k])))
    return found


def _exact(have: np.ndarray, hits: np.ndarray, n: int, buyers: int) -> np.ndarray:
    low = hypergeom.cdf(hits, n, have, buyers)
    high = hypergeom.sf(hits - 1, n, have, buyers)
    return np.clip(2 * np.minimum(low, high), 0, 1)


def _statement(
    cell: tuple[Value, int, int], n: int, buyers: int, z: float, p: float, adjusted: float
) -> Statement:
    value, have, hits = cell
    mine, theirs = Rate(hits, buyers), Rate(have - hits, n - buyers)
    ratio = None if not theirs.hits else (hits / buyers) / (theirs.hits / theirs.n)
    return Statement(
        value, mine, theirs, Rate(have, n), Rate(hits, have), (hits / have) / (buyers / n),
        Estimate(ratio, _ratio_interval(mine, theirs, z)), p, adjusted,
    )  # fmt: skip


def _ratio_interval(mine: Rate, theirs: Rate, z: float) -> tuple[float, float]:
    """On the logarithm (Katz and others 1978), half a lead added to each count, so that none is 0."""
    a, b = mine.hits + 0.5, theirs.hits + 0.5
    m, n = mine.n + 0.5, theirs.n + 0.5
    middle, spread = log((a / m) / (b / n)), sqrt(max(1 / a - 1 / m + 1 / b - 1 / n, 0))
    return exp(middle - z * spread), exp(middle + z * spread)


def _grouped(found: list[Statement], codes: dict[str, np.ndarray]) -> tuple[Statement, ...]:
    """Statements about the same leads under the strongest of them."""
    if not found:
        return ()
    step = -(-len(next(iter(codes.values()))) // _LOOKED_AT)
    have = [codes[s.value.input.name][::step] == s.value.code for s in found]
    told: list[tuple[int, list[str]]] = []
    for k, statement in enumerate(found):
        first = next((group for group in told if alike(have[group[0]], have[k])), None)
        if first is None:
            told.append((k, []))
        else:
            first[1].append(statement.value.text)
    return tuple(_with(found[k], tuple(also)) for k, also in told)


def _with(statement: Statement, also: tuple[str, ...]) -> Statement:
    return Statement(**{**{k: getattr(statement, k) for k in statement.__dataclass_fields__}, "also": also})


def alike(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether knowing one tells the other: as good as the same leads, or as good as the rest."""
    p, q = one.mean(), other.mean()
    spread = sqrt(p * (1 - p) * q * (1 - q))
    return bool(spread and abs((one & other).mean() - p * q) / spread >= ALIKE)


def ordered(given: Input) -> bool:
    """Whether its values follow each other."""
    return given.type in (Type.NUMBER, Type.TIME)
