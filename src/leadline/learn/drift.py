"""Has the world moved on? The leads of now held against those that a predictor was learned from.

Everything is a test of "nothing has changed", and all of them together raise a false alarm at most once in
twenty (Holm 1979). Beyond chance is not enough for an alarm: it must also be large enough to matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log, sqrt
from typing import Any

import numpy as np
import pyarrow as pa

from leadline.analysis.intervals import Rate, Z
from leadline.analysis.words import interval_text, of_n, percent, points
from leadline.engine.predict import probabilities
from leadline.learn.effects import bin_words
from leadline.learn.examples import Examples
from leadline.learn.metrics import roc_auc
from leadline.learn.watch import Profile, axes_of, counts_of, profile, remembered
from leadline.model.predictor import Predictor, Term

ALPHA = 0.05  # of one false alarm or more, where nothing has changed
MATTERS = 0.1  # of the stability index: "some change" by the rule of thumb of credit scoring
RATE_MATTERS = 0.1  # of the base rate, relative
GAP_MATTERS = 0.1  # of the mean probability, relative
_DRAWS = 4000
_ROWS = 20_000  # on which replicas are compared
STEADY, MOVED, ALARM = "steady", "moved a little", "alarm"


@dataclass(frozen=True)
class Watch:
    """One thing that is watched. `chance` is how often it would move as far with nothing changed; `size` is
    what is measured, `floor` what noise stays below 19 times in 20 (None: not told); `words` the evidence."""

    kind: str  # rate, input, calibration, order
    name: str
    size: float
    floor: float | None
    chance: float
    matters: bool
    words: str
    state: str = STEADY

    @property
    def alarm(self) -> bool:
        return self.state == ALARM


@dataclass(frozen=True)
class Drift:
    """What :func:`drift` found. `known` counts the leads of now whose outcome is known."""

    before: int
    now: int
    known: int
    rate_before: Rate
    rate_now: Rate | None
    watched: tuple[Watch, ...]

    @property
    def alarms(self) -> tuple[Watch, ...]:
        return tuple(w for w in self.watched if w.alarm)

    @property
    def words(self) -> str:
        if not self.alarms:
            return f"Nothing has drifted beyond noise: {self.now:,} leads against {self.before:,}."
        names = ", ".join(w.name for w in self.alarms[:5])
        more = f" and {len(self.alarms) - 5} more" if len(self.alarms) > 5 else ""
        return f"Drifted: {names}{more}."

    def as_dict(self) -> dict[str, Any]:
        """As JSON data."""
        return {
            "before": self.before, "now": self.now, "known": self.known,
            "rate_before": self.rate_before.as_dict(),
            "rate_now": self.rate_now.as_dict() if self.rate_now else None,
            "alarm": bool(self.alarms), "words": self.words, "watched": [vars(w) for w in self.watched],
        }  # fmt: skip


def drift(
    predictor: Predictor,
    before: Examples | Profile | None,
    now: Examples | pa.Table,
    *,
    waiting: pa.Table | None = None,
    seed: int = 0,
) -> Drift:
    """Base rate, inputs, calibration and order of `now` against `before`.

    `before` are the leads that it was learned from; None takes what the predictor remembers of them
    (:func:`leadline.learn.watch.watched`). `now` is a table of features where no outcome is known yet;
    `waiting` are further leads of now without one. Raises :class:`leadline.learn.watch.NothingWatchedError`.
    """
    was = remembered(predictor) if before is None else before
    was = profile(predictor, was) if isinstance(was, Examples) else was
    known = now if isinstance(now, Examples) else None
    tables = [now.features if isinstance(now, Examples) else now, *([] if waiting is None else [waiting])]
    names = list(axes_of(predictor))
    seen = pa.concat_tables([t.select(names) for t in tables]) if names else tables[0]
    rows = sum(len(t) for t in tables)
    found = [*_inputs(predictor, was, seen, seed)] if rows else []
    rate = None
    if known is not None and len(known):
        rate = Rate(int(np.sum(known.won)), len(known))
        found = [_rate(was, rate), *_outcomes(predictor, was, known), *found]
    count = rows if names else sum(len(t) for t in tables)
    return Drift(was.rows, count, rate.n if rate else 0, Rate(was.won, was.known), rate, _judged(found))


def _judged(found: Sequence[Watch]) -> tuple[Watch, ...]:
    """Holm's step-down over everything that is watched."""
    limit = -1.0
    for i, chance in enumerate(sorted(w.chance for w in found)):
        if chance > ALPHA / (len(found) - i):
            break
        limit = chance

    def state(w: Watch) -> str:
        return STEADY if w.chance > limit else ALARM if w.matters else MOVED

    judged = [replace(w, state=state(w)) for w in found]
    return tuple(sorted(judged, key=lambda w: ([ALARM, MOVED, STEADY].index(w.state), w.chance)))


# --- base rate, calibration, order ---------------------------------------------------------------------


def _rate(was: Profile, now: Rate) -> Watch:
    """Fisher's exact test; the interval of the difference is Newcombe's (1998)."""
    from scipy.stats import fisher_exact

    then = Rate(was.won, was.known)
    chance = float(fisher_exact([[now.hits, now.n - now.hits], [then.hits, then.n - then.hits]])[1])
    a, b = now.value or 0.0, then.value or 0.0
    (l1, u1), (l2, u2) = now.interval or (0, 1), then.interval or (0, 1)
    ends = (a - b - sqrt((a - l1) ** 2 + (u2 - b) ** 2), a - b + sqrt((u1 - a) ** 2 + (b - l2) ** 2))
    words = (
        f"{percent(a)} reach the goal ({of_n(now)}), at training {percent(b)}: {points(a - b)}, "
        f"95 % interval {interval_text(ends, points)}"
    )
    return Watch("rate", "base rate", a - b, None, chance, abs(a - b) >= RATE_MATTERS * b, words)


def _outcomes(predictor: Predictor, was: Profile, now: Examples) -> list[Watch]:
    said = np.asarray(probabilities(predictor, now.features).probability, float)
    won = np.asarray(now.won, bool)
    return [_gap(predictor, now, said, won), *_order(was, said, won)]


def _gap(predictor: Predictor, now: Examples, said: np.ndarray, won: np.ndarray) -> Watch:
    """Rate less mean probability; the predictor's own uncertainty, by its replicas, is part of the noise."""
    from scipy.stats import norm

    mean, gap = float(said.mean()), float(won.mean() - said.mean())
    noise = sqrt(float(np.sum(said * (1 - said))) / len(said) ** 2 + _spread(predictor, now) ** 2)
    chance = float(2 * norm.sf(abs(gap) / noise)) if noise else float(gap == 0)
    words = (
        f"said {percent(mean)} on average, {percent(float(won.mean()))} reached the goal: {points(gap)}, "
        f"95 % interval {interval_text((gap - Z * noise, gap + Z * noise), points)}"
    )
    return Watch("calibration", "calibration", gap, Z * noise, chance, abs(gap) >= GAP_MATTERS * mean, words)


def _spread(predictor: Predictor, now: Examples) -> float:
    """How far the mean probability of these leads varies from one replica to the next."""
    if len(predictor.replicas) < 2:
        return 0.0
    features = now.features.slice(0, _ROWS)
    means = []
    for replica in predictor.replicas:
        pairs = zip(predictor.terms, replica.values, strict=True)
        terms = tuple(Term(t.axes, values) for t, values in pairs)
        twin = replace(
            predictor, base=replica.base, terms=terms, calibration=replica.calibration, replicas=()
        )
        means.append(float(np.mean(probabilities(twin, features).probability)))
    return float(np.std(means, ddof=1))


def _order(was: Profile, said: np.ndarray, won: np.ndarray) -> list[Watch]:
    """Whether the AUC is worse than it was on leads not seen; on the scale of log-odds."""
    from scipy.stats import norm

    now = roc_auc(won, said)
    if (
        was.auc is None
        or was.auc.interval is None
        or now.interval is None
        or min(*was.auc.interval, *now.interval) <= 0
    ):
        return []
    if max(*was.auc.interval, *now.interval) >= 1:
        return []
    (then, spread_then), (here, spread_here) = (_log_odds(e.interval) for e in (was.auc, now) if e.interval)
    chance = float(norm.sf((then - here) / sqrt(spread_then**2 + spread_here**2)))
    value, old = now.value or 0.5, 1 / (1 + np.exp(-then))
    words = (
        f"who bought stands above who did not in {percent(value)} of pairs "
        f"(95 % interval {interval_text(now.interval)}), at training in {percent(old)}"
    )
    return [Watch("order", "order (AUC)", value - old, None, chance, old - value >= 0.02, words)]


def _log_odds(interval: tuple[float, float]) -> tuple[float, float]:
    low, high = (log(end / (1 - end)) for end in interval)
    return (low + high) / 2, (high - low) / (2 * Z)


# --- inputs --------------------------------------------------------------------------------------------


def _inputs(predictor: Predictor, was: Profile, features: pa.Table, seed: int) -> list[Watch]:
    found = []
    now = counts_of(predictor, features)
    for k, (name, (given, axis)) in enumerate(axes_of(predictor).items()):
        then, here = np.asarray(was.counts[name], float), now[name].astype(float)
        size = float(stability(then, here))
        drawn = _noise(then, here, np.random.default_rng([seed, k]))
        chance = float((1 + np.sum(drawn >= size)) / (1 + len(drawn)))
        floor = float(np.quantile(drawn, 0.95))
        words = (
            f"{_moves(bin_words(given, axis), then, here)}; index {size:.3f}, noise stays below {floor:.3f}"
        )
        found.append(Watch("input", given.label, size, floor, chance, size >= MATTERS, words))
    return found


def stability(then: np.ndarray, now: np.ndarray) -> np.ndarray:
    """The population stability index over the last axis: sum of (q - p) * ln(q / p), half a lead added to
    each bin, so that an empty one counts as rare and not as impossible (Jeffreys' divergence)."""
    p, q = ((c + 0.5) / (c.sum(axis=-1, keepdims=True) + c.shape[-1] / 2) for c in (then, now))
    return np.sum((q - p) * np.log(q / p), axis=-1)


def _noise(then: np.ndarray, now: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """The index of pairs of samples of these sizes, both drawn from all leads together."""
    both = then + now
    if both.sum() == 0:
        return np.zeros(_DRAWS)
    shares = both / both.sum()
    one, two = (draw.multinomial(int(c.sum()), shares, size=_DRAWS).astype(float) for c in (then, now))
    return stability(one, two)


def _moves(names: Sequence[str], then: np.ndarray, now: np.ndarray) -> str:
    """The bins that moved most: `referral 12 % → 31 %`."""
    p, q = then / max(then.sum(), 1), now / max(now.sum(), 1)
    most = np.argsort(-np.abs(q - p), kind="stable")[:2]
    return (
        ", ".join(f"{names[i]} {percent(p[i])} → {percent(q[i])}" for i in most if q[i] != p[i])
        or "as before"
    )
