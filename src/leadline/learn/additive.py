"""The additive model: fine tables of single inputs and of the pairs that matter, where data suffice."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from leadline.learn.bins import make_bins
from leadline.learn.examples import Examples
from leadline.learn.pairs import find_pairs
from leadline.learn.penalised import Design, shrink
from leadline.learn.scorecard import resampled, strongest
from leadline.learn.tables import Draw, Tables, centred

ENOUGH = 100  # of the rarer outcome
_BINS = 40
_PAIRS = 12
_STRENGTHS_FROM = 40_000  # rows from which strengths and pairs are taken where there are more


def fit_additive(examples: Examples, *, seed: int = 0) -> Tables:
    """Single inputs first; then the pairs in which what they leave unexplained gathers; then all at once.

    Strengths and pairs are taken from 40,000 rows by lot where there are more, entries from all of them.
    """
    rarer = int(min(examples.won.sum(), (~examples.won).sum()))
    least = int(np.clip(rarer / 100, 10, 100))
    binning = make_bins(examples.features, examples.inputs, most=_BINS, least=least)
    codes = binning.codes(examples.features)
    binning, codes = strongest(binning, codes, examples.won, 60)
    won = examples.won.astype(float)
    n = len(won)
    some = np.arange(n)
    if n > _STRENGTHS_FROM:
        some = np.sort(np.random.default_rng(seed).choice(n, _STRENGTHS_FROM, replace=False))
    single = Design([c[some] for c in codes], binning.sizes, binning.ordered)
    first = shrink(single, won[some])
    chance = expit(single.scores(first.theta))
    names = [binning.inputs[k].name for k in np.argsort(-first.useful, kind="stable")]
    few = examples if n == len(some) else examples.only(some)
    pairs, _ = find_pairs(few, names, won[some] - chance, chance * (1 - chance), most=_PAIRS)
    cells = pairs.cells(pairs.binning.codes(examples.features))
    sizes = (*binning.sizes, *pairs.sizes)
    ordered = (*binning.ordered, *[False] * len(cells))
    design = Design([*codes, *cells], sizes, ordered)
    fitted = first
    if pairs.chosen:
        part = design.only(some)
        begin = np.concatenate([first.theta, np.zeros(sum(pairs.sizes))])
        fitted = shrink(part, won[some], start=begin)
    if n > len(some):
        fitted = shrink(design, won, strengths=fitted.strengths, start=fitted.theta)
    counts = [np.bincount(c, minlength=s).astype(float) for c, s in zip(design.codes, sizes, strict=True)]
    base, values = centred(fitted.base, list(fitted.tables), counts)

    def draws(count: int, seed: int) -> list[Draw]:
        found = resampled(design, won, fitted, count, seed)
        return [centred(b, list(t), counts) for b, _, t in found]

    axes = [(a,) for a in binning.axes]
    axes += [(pairs.binning.axes[a], pairs.binning.axes[b]) for a, b in pairs.chosen]
    return Tables("additive", binning.inputs, tuple(axes), values, base, draws, dict(binning.dropped))
