"""The scorecard: a table for each input, shrunk so that few outcomes do not speak louder than they may."""

from __future__ import annotations

import numpy as np
from scipy.linalg import solve_triangular

from leadline.learn.bins import Binning, make_bins
from leadline.learn.examples import Examples
from leadline.learn.penalised import Design, Shrunk, shrink, steadied
from leadline.learn.tables import Draw, Tables, centred

MOST_INPUTS = 60
FEW = 1_000  # of the rarer outcome: below, the strengths are tried on rows left out


def fit_scorecard(examples: Examples, *, prior: np.ndarray | None = None, seed: int = 0) -> Tables:
    """One table an input, of coarse bins; `prior` is what the rules give each lead, in points.

    With a prior the tables are drawn towards the rules' own, times one slope that is learned, and not
    towards zero.
    """
    rarer = int(min(examples.won.sum(), (~examples.won).sum()))
    binning = make_bins(examples.features, examples.inputs, most=most_bins(rarer), least=least_rows(rarer))
    codes = binning.codes(examples.features)
    binning, codes = strongest(binning, codes, examples.won, MOST_INPUTS)
    rules = None if prior is None else _as_tables(binning, codes, prior)
    column = None if rules is None else sum(t[c] for t, c in zip(rules, codes, strict=True))
    if column is not None and np.ptp(column) < 1e-9:
        rules = column = None
    design = Design(codes, binning.sizes, binning.ordered, column)
    won = examples.won.astype(float)
    fitted = shrink(design, won)
    if rarer < FEW:
        fitted = steadied(design, won, fitted, seed=seed)
    counts = [np.bincount(c, minlength=s).astype(float) for c, s in zip(codes, binning.sizes, strict=True)]

    def whole(base: float, slope: float | None, tables) -> Draw:
        if rules is not None:
            tables = [t + slope * r for t, r in zip(tables, rules, strict=True)]
        return centred(base, list(tables), counts)

    base, values = whole(fitted.base, fitted.slope, fitted.tables)

    def draws(count: int, seed: int) -> list[Draw]:
        found = resampled(design, won, fitted, count, seed)
        return [whole(b, s, t) for b, s, t in found]

    axes = tuple((a,) for a in binning.axes)
    return Tables("scorecard", binning.inputs, axes, values, base, draws, dict(binning.dropped))


def most_bins(rarer: int) -> int:
    """More bins the more outcomes there are, since each has to be estimated."""
    return int(np.clip(np.sqrt(rarer), 4, 20))


def least_rows(rarer: int) -> int:
    return int(np.clip(rarer / 40, 4, 20))


def strongest(
    binning: Binning, codes: list[np.ndarray], won: np.ndarray, most: int
) -> tuple[Binning, list[np.ndarray]]:
    """Of many inputs those that say most alone: likelihood gained, less one for each further bin (Akaike)."""
    if len(codes) <= most:
        return binning, codes
    gains = [alone(c, s, won) for c, s in zip(codes, binning.sizes, strict=True)]
    kept = sorted(np.argsort(gains, kind="stable")[::-1][:most].tolist())
    why = f"says less alone than the {most} inputs that are used"
    return binning.only(kept, why), [codes[k] for k in kept]


def alone(code: np.ndarray, size: int, won: np.ndarray) -> float:
    """The log-likelihood that one table gains over the constant rate, less its entries."""
    n = np.bincount(code, minlength=size).astype(float)
    k = np.bincount(code, won.astype(float), size)
    used = n > 0
    n, k = n[used], k[used]

    def likelihood(k, n):
        share = np.clip(k / n, 1e-12, 1 - 1e-12)
        return k * np.log(share) + (n - k) * np.log(1 - share)

    return float(likelihood(k, n).sum() - likelihood(k.sum(), n.sum()) - (len(n) - 1))


def resampled(design: Design, won: np.ndarray, fitted: Shrunk, count: int, seed: int):
    """The tables fitted to resamples, with what they are drawn towards drawn too.

    One step of Newton from the estimate. Resampling alone would leave out what shrinking hides: the truth
    may lie as far from zero as the strengths allow. Drawing the centres from that distribution makes the
    spread that of the posterior (Pearce, Leibfried and Brintrup, AISTATS 2020, after Newton and Raftery,
    JRSS B 56, 1994), whose intervals cover on the average over the leads (Nychka, JASA 83, 1988).
    """
    random = np.random.default_rng(seed)
    theta = fitted.theta
    chance = 1 / (1 + np.exp(-design.scores(theta)))
    gap = won - chance
    roots = [np.linalg.cholesky(p * k) for p, k in zip(design.penalties(), fitted.strengths, strict=True)]
    out = []
    for _ in range(count):
        weight = random.poisson(1.0, len(won)) - 1.0
        pull = design.sums(weight * gap)
        for span, root in zip(design.spans, roots, strict=True):
            pull[span] += root @ random.standard_normal(len(root))
        moved = theta + _solve(fitted.root, pull)
        slope = moved[1] if fitted.slope is not None else None
        out.append((float(moved[0]), slope, [moved[s] for s in design.spans]))
    return out


def _solve(root, pull: np.ndarray) -> np.ndarray:
    factor, lower = root
    half = solve_triangular(factor, pull, lower=lower, trans=0 if lower else 1)
    return solve_triangular(factor, half, lower=lower, trans=1 if lower else 0)


def _as_tables(binning: Binning, codes: list[np.ndarray], points: np.ndarray) -> list[np.ndarray]:
    """The rules' points as tables of the inputs, by least squares; what they cannot hold is left out."""
    scale = points.std() or 1.0
    design = Design(codes, binning.sizes, binning.ordered)
    ones = np.ones(len(points))
    held = design.gram(ones) + 1e-3 * np.eye(1 + sum(binning.sizes))
    found = np.linalg.solve(held, design.sums((points - points.mean()) / scale))
    return [found[s] for s in design.spans]
