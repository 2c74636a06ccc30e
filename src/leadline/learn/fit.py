"""Learning: from examples to a predictor, with the trial that it was chosen by."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.special import expit
from threadpoolctl import threadpool_limits

from leadline.learn.additive import ENOUGH, fit_additive
from leadline.learn.calibrate import applied, calibrated
from leadline.learn.choose import NO_SIGNAL, Choice, choose
from leadline.learn.examples import Examples
from leadline.learn.folds import BY_LOT, LATER, Folds, make_folds
from leadline.learn.rate import fit_rate
from leadline.learn.replicas import make_replicas
from leadline.learn.scorecard import fit_scorecard
from leadline.learn.tables import LearnError, Tables
from leadline.model.expr import Type
from leadline.model.predictor import Calibration, Input, Predictor
from leadline.model.shape import Model

TRIED_ON = 50_000  # leads by lot, where there are more
FEWEST = 20  # of either outcome: below, the rate alone
Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Trial:
    """How the predictor did on leads that it was not trained on.

    `rows` are indices into the examples, `probability` what each was given, `fold` which trial it was in.
    `how` is *later in time* or *by lot: optimistic*. `losses` has each kind's log loss, `chosen` the kind
    and `why` the reason in a sentence. `copies` counts the rows that equal another in every input.
    """

    rows: np.ndarray
    probability: np.ndarray
    fold: np.ndarray
    how: str
    losses: Mapping[str, Any]
    chosen: str
    why: str
    copies: int = 0
    notes: tuple[str, ...] = ()

    @property
    def no_signal(self) -> bool:
        return self.chosen == "rate"


@dataclass(frozen=True)
class Fitted:
    predictor: Predictor
    trial: Trial
    dropped: Mapping[str, str] = field(default_factory=dict)


def fit(
    examples: Examples,
    *,
    prior: Model | np.ndarray | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    name: str | None = None,
) -> Fitted:
    """Learn the probability of the goal.

    Two or three kinds are tried on leads that they were not trained on: the constant rate, a shrunk
    scorecard, and where outcomes suffice an additive model of finer tables and pairs. `prior` draws the
    scorecard towards the team's rules: a model whose `fit` and `intent` are among the inputs, or points for
    each example. The same examples and seed give the same predictor. Of more than 50,000 leads the kinds are
    tried on so many by lot. `progress(done, what)` is called with the share done.

    Raises LearnError where there are no two outcomes to tell apart.
    """
    with threadpool_limits(limits=1):  # systems of some hundred unknowns: threads only wait for each other
        return _fitted(examples, prior, seed, progress or (lambda done, what: None), name)


def _fitted(examples: Examples, prior, seed: int, say: Progress, name: str | None) -> Fitted:
    _checked(examples)
    points = _points(prior, examples)
    lot = _lot(len(examples), seed)
    folds = make_folds(examples.only(lot), seed=seed)
    examples, aside = _timeless(examples, folds)
    kinds = _kinds(examples, points, seed)
    say(0.0, "Trying what can be learned")
    raws = _tried(examples, lot, folds, kinds, say)
    rows = lot[np.concatenate([test for _, test in folds.pairs])]
    fold = np.concatenate([np.full(len(t), k) for k, (_, t) in enumerate(folds.pairs)])
    won = examples.won[rows]
    chances = {k: raw if k == "rate" else _crossed(raw, won, fold, folds.how) for k, raw in raws.items()}
    chances = {k: expit(v) for k, v in chances.items()}
    choice = choose(chances, won) if len(kinds) > 1 else _too_few(examples, chances, won)
    say(0.7, "Fitting the one that was chosen")
    tables = kinds[choice.kind](examples)
    raw = None if choice.kind == "rate" else raws[choice.kind]
    line = Calibration() if raw is None else calibrated(raw, won)
    say(0.85, "Replicas for the intervals")
    replicas = make_replicas(tables, raw, won, seed=seed)
    trial = Trial(
        rows, chances[choice.kind], fold, folds.how, choice.losses, choice.kind, choice.why, folds.copies
    )
    say(1.0, "Done")
    predictor = Predictor(
        name=name or _name(examples.goal),
        kind=tables.kind,
        goal=examples.goal,
        fields=_read(examples, tables.inputs),
        inputs=tables.inputs,
        terms=tables.terms(),
        base=round(tables.base, 7),
        calibration=line,
        replicas=replicas,
        horizon=examples.horizon,
        model=examples.model,
        about=_about(examples, trial, {**aside, **tables.dropped}, seed),
    )
    return Fitted(predictor, trial, predictor.about["not_used"])


def _checked(examples: Examples) -> None:
    won, n = int(examples.won.sum()), len(examples)
    if not n:
        raise LearnError("There are no leads with a known outcome to learn from.")
    if won in (0, n):
        what = "reached" if won else "has not reached"
        raise LearnError(
            f"Every one of the {n} leads {what} the goal ({examples.goal}); to learn, some must have "
            "reached it and some not. Was the outcome's column or the goal meant differently?"
        )


def _lot(n: int, seed: int) -> np.ndarray:
    """The rows that kinds are tried on: all, or so many by lot where there are more."""
    if n <= TRIED_ON:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, TRIED_ON, replace=False))


def _timeless(examples: Examples, folds: Folds) -> tuple[Examples, dict[str, str]]:
    """Without dates, where the trial is by lot: only there do leads tell of others of their month."""
    dates = {i.name for i in examples.inputs if i.type is Type.TIME} if folds.how == BY_LOT else set()
    why = "a date, and without the leads' own time it cannot be tried on later ones"
    return examples.without(dates), dict.fromkeys(sorted(dates), why)


def _kinds(examples: Examples, points, seed) -> dict[str, Callable[[Examples], Tables]]:
    rarer = int(min(examples.won.sum(), (~examples.won).sum()))
    kinds: dict[str, Callable] = {"rate": lambda some, of=None: fit_rate(some)}
    if rarer >= FEWEST and examples.inputs:
        kinds["scorecard"] = lambda some, of=None: fit_scorecard(
            some, prior=points if of is None or points is None else points[of], seed=seed
        )
    if rarer >= ENOUGH and examples.inputs:
        kinds["additive"] = lambda some, of=None: fit_additive(some, seed=seed)
    return kinds


def _tried(examples: Examples, lot: np.ndarray, folds: Folds, kinds, say: Progress) -> dict[str, np.ndarray]:
    raws: dict[str, list[np.ndarray]] = {kind: [] for kind in kinds}
    for k, (train, test) in enumerate(folds.pairs):
        some, those = examples.only(lot[train]), examples.only(lot[test]).features
        for kind, how in kinds.items():
            raws[kind].append(how(some, lot[train]).score(those))
        say(0.7 * (k + 1) / len(folds.pairs), f"Trial {k + 1} of {len(folds.pairs)}")
    return {kind: np.concatenate(parts) for kind, parts in raws.items()}


def _crossed(raw: np.ndarray, won: np.ndarray, fold: np.ndarray, how: str) -> np.ndarray:
    """Calibrated by the other trials, or by the earlier ones where time orders them."""
    out = raw.copy()
    for k in np.unique(fold):
        others = fold < k if how == LATER else fold != k
        if others.any():
            out[fold == k] = applied(calibrated(raw[others], won[others]), raw[fold == k])
    return out


def _too_few(examples: Examples, chances, won) -> Choice:
    rarer = int(min(examples.won.sum(), (~examples.won).sum()))
    found = choose(chances, won)
    why = (
        "there are no inputs"
        if not examples.inputs
        else (
            f"only {rarer} of the rarer outcome, and with fewer than {FEWEST} nothing can be told from chance"
        )
    )
    return Choice("rate", f"{NO_SIGNAL.capitalize()}: {why}; everyone gets the constant rate.", found.losses)


def _points(prior: Model | np.ndarray | None, examples: Examples) -> np.ndarray | None:
    if prior is None:
        return None
    if isinstance(prior, Model):
        read = [i.name for i in examples.inputs if i.expr in ("fit", "intent")]
        if not read:
            raise LearnError(
                "The rules cannot be a prior here: neither `fit` nor `intent` of the model is among the "
                f"inputs, which are {', '.join(i.name for i in examples.inputs) or 'none'}. Give examples "
                "from facts, or the rules' points of each example."
            )
        columns = [examples.features.column(n).to_numpy().astype(float) for n in read]
        return np.nan_to_num(np.sum(columns, axis=0))
    points = np.asarray(prior, float)
    if points.shape != (len(examples),) or not np.isfinite(points).all():
        raise LearnError(
            f"The prior must be {len(examples)} finite numbers, one for each example; "
            f"its shape is {points.shape}."
        )
    return points


def _read(examples: Examples, inputs: tuple[Input, ...]):
    """The fields that the inputs read."""
    words = {w for i in inputs for w in re.findall(r"\w+", i.expr or "")}
    return tuple(f for f in examples.fields if f.name in words)


def _name(goal: str) -> str:
    return re.sub(r"\W+", "_", goal.lower()).strip("_") or "goal"


def _about(examples: Examples, trial: Trial, not_used: Mapping[str, str], seed: int) -> dict[str, Any]:
    about: dict[str, Any] = {
        "leads": len(examples),
        "won": int(examples.won.sum()),
        "left_out": dict(examples.left_out),
        "trial": trial.how,
        "why": trial.why,
        "losses": {k: round(v.mean, 6) for k, v in trial.losses.items()},
        "not_used": dict(not_used),
        "seed": seed,
    }
    if examples.at is not None:
        about |= {"from": int(examples.at.min()), "until": int(examples.at.max())}
    return about
