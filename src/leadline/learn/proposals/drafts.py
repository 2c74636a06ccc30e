"""A draft: the model's file with other points, half-lives, caps and thresholds; the rest of it as it was."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.stats import rankdata

from leadline.learn.proposals.counts import Counts, Rule, rules_of
from leadline.learn.proposals.dials import (
    FIT,
    INTENT,
    TOTAL,
    Turn,
    asked,
    dials_of,
    moved_model,
    summed,
    thresholds_in,
    turned,
)
from leadline.learn.proposals.doors import Door, Handed, held
from leadline.model.document import ModelDocument, Path
from leadline.model.shape import Model
from leadline.model.values import DAY, HOUR

SIZES = (1.0, 0.75, 1.5, 0.5, 2.0, 0.35)  # of the team's points, in order of preference
_LOSS = 0.002  # of rank correlation
FURTHEST = 200  # points that a threshold is moved at most
FEWEST = 20  # hand-offs of which a precision is believed


@dataclass(frozen=True)
class Scores:
    """Points of each row, before they are held in their bounds, and after."""

    fit: np.ndarray
    intent: np.ndarray
    held_fit: np.ndarray
    held_intent: np.ndarray

    @classmethod
    def of(cls, model: Model, counts: Counts) -> Scores:
        rules = rules_of(model)
        matrix, points = counts.matrix(rules), np.array([r.points for r in rules])
        is_fit = np.array([r.part == "fit" for r in rules], bool)
        fit, intent = matrix[:, is_fit] @ points[is_fit], matrix[:, ~is_fit] @ points[~is_fit]
        return cls(fit, intent, held(fit, model.fit), held(intent, model.intent))

    @property
    def by_what(self) -> dict[str, np.ndarray]:
        return {FIT: self.held_fit, INTENT: self.held_intent, TOTAL: self.held_fit + self.held_intent}


def whole_points(
    model: Model,
    matrix: np.ndarray,
    rules: tuple[Rule, ...],
    values: np.ndarray,
    scale: float,
    *,
    snap: bool = True,
):
    """Log-odds as whole points, of the size at which rounding and the scores' bounds disturb the order of
    the rows least; the team's own size where it is as good."""
    is_fit = np.array([r.part == "fit" for r in rules], bool)
    before = np.array([r.points for r in rules])
    exact = rankdata(matrix @ values)
    best: tuple[float, np.ndarray] | None = None
    for size in SIZES:
        points = np.round(values / scale * size)
        points = _snapped(points, before) if snap else points
        told = held(matrix[:, is_fit] @ points[is_fit], model.fit)
        told = told + held(matrix[:, ~is_fit] @ points[~is_fit], model.intent)
        alike = float(np.corrcoef(exact, rankdata(told))[0, 1]) if told.std() and exact.std() else 0.0
        if best is None or alike > best[0] + _LOSS:
            best = alike, points
    assert best is not None
    return best[1]


def _snapped(points: np.ndarray, before: np.ndarray) -> np.ndarray:
    """The team's points where the difference is not worth a change: a tenth, or one point."""
    return np.where(np.abs(points - before) <= np.maximum(1, 0.1 * np.abs(before)), before, points)


def written(
    source: ModelDocument, rules: tuple[Rule, ...], points: np.ndarray, gone: set[str]
) -> ModelDocument:
    """A copy of the file with these rules; those in `gone` are taken out of it."""
    document = ModelDocument.read(text=source.text())
    before = {r.id: r for r in rules_of(source.model)}
    for rule, value in zip(rules, points.tolist(), strict=True):
        if rule.id in gone:
            continue
        path: Path = ("fit", "rules", rule.id) if rule.part == "fit" else ("intent", "signals", rule.id)
        was = before[rule.id]
        if value != was.points:
            document.set((*path, "points"), int(value))
        if rule.half_life != was.half_life:
            _put(document, (*path, "half_life"), _duration(rule.half_life))
        if rule.part == "intent" and (value != was.points or rule.cap != was.cap):
            most = None if rule.cap is None else max(1, round(rule.cap * abs(value)))
            if value or rule.cap is None:
                _put(document, (*path, "max_points"), most)
    for name in gone:
        part = before[name].part
        path = ("fit", "rules", name) if part == "fit" else ("intent", "signals", name)
        if before[name].raises:  # it still raises a hand
            document.set((*path, "points"), 0)
        else:
            document.remove(path)
    return document


def _put(document: ModelDocument, path: Path, value: object) -> None:
    if value is not None:
        document.set(path, value)
        return
    try:
        document.remove(path)
    except KeyError:
        return


def _duration(micros: int | None) -> str | None:
    if micros is None:
        return None
    return f"{micros // DAY}d" if micros % DAY == 0 else f"{micros // HOUR}h"


def rescaled(source: ModelDocument, document: ModelDocument, old: Scores, new: Scores, weight: np.ndarray,
             *, together: bool, stage: str | None) -> ModelDocument:  # fmt: skip
    """Thresholds moved to where as many rows reach them as before; with `together` the condition for a
    hand-off asks for the sum of both scores rather than for each of them."""
    turns = {what: _as_many(old.by_what[what], new.by_what[what], weight) for what in (FIT, INTENT, TOTAL)}
    for dial in dials_of(source, stage):
        text = turned(str(document.get(dial.path)), turns)
        if together and dial.deciding:
            text = summed(text) or text
        if text != document.get(dial.path):
            document.set(dial.path, text)
    _bands(document, turns)
    return document


def _bands(document: ModelDocument, turns: dict[str, Turn]) -> None:
    for part, steps in ((FIT, document.model.bands.fit), (INTENT, document.model.bands.intent)):
        changed = [turns[part](b.at) if b.at > 0 else b.at for b in steps]
        if all(a > b for a, b in pairwise(changed)):
            for band, at in zip(steps, changed, strict=True):
                if at != band.at:
                    document.set(("bands", part, band.name), int(at) if at == int(at) else at)


def _as_many(old: np.ndarray, new: np.ndarray, weight: np.ndarray) -> Turn:
    """From a threshold of the old scores to the whole number that as many of the new ones reach."""
    if np.allclose(old, new):
        return lambda at: at
    steps = np.arange(0, FURTHEST + 1, dtype=float)
    reached = np.array([weight[new >= s].sum() for s in steps])

    def turn(at: float) -> float:
        if at <= 0:
            return at
        wanted = weight[old >= at].sum()
        return float(max(1.0, steps[np.argmin(np.abs(reached - wanted))]))

    return turn


def moved(document: ModelDocument, by: float, stage: str | None) -> ModelDocument:
    """The hand-off's thresholds of intent (or of both together, or else of fit) moved by some points."""
    copy = ModelDocument.read(text=document.text())
    dials = [d for d in dials_of(document, stage) if d.deciding]
    which = asked({what for d in dials for what, _ in thresholds_in(str(document.get(d.path)))})
    for dial in dials:
        text = str(document.get(dial.path))
        new = turned(text, {which: lambda at: at + by})
        if new != text:
            copy.set(dial.path, new)
    return copy


class _Attempts:
    """Hand-offs under moved thresholds, each tried once; the file itself is written at the end."""

    def __init__(self, document: ModelDocument, door: Door, scores: Scores, stage: str | None):
        self._document, self._door, self._scores, self._stage = document, door, scores, stage
        self._model = document.model
        self.tried: dict[int, Handed] = {}

    def __call__(self, by: int) -> Handed:
        if by not in self.tried:
            model = moved_model(self._model, by, self._stage)
            self.tried[by] = self._door.handed(model, self._scores.fit, self._scores.intent, self._stage)
        return self.tried[by]

    def taken(self, by: int) -> tuple[ModelDocument, Handed]:
        document = moved(self._document, by, self._stage) if by else self._document
        return document, self.tried[by]


def at_volume(
    document: ModelDocument, door: Door, scores: Scores, wanted: int, stage: str | None
) -> tuple[ModelDocument, Handed]:
    """The thresholds under which the number of leads handed over comes nearest to `wanted`.

    Bisection over whole points: the higher the threshold, the fewer are handed over.
    """
    attempt = _Attempts(document, door, scores, stage)

    def over(by: int) -> float:
        return float(attempt(by).chosen.sum() - wanted)

    low, high = (0, FURTHEST) if over(0) > 0 else (-FURTHEST, 0)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if over(middle) > 0 else (low, middle)
    over(low), over(high)
    return attempt.taken(min(attempt.tried, key=lambda by: (abs(over(by)), abs(by))))


def handed_by(document: ModelDocument, door: Door, scores: Scores, stage: str | None) -> Handed:
    """Whom the file as it stands hands over."""
    return door.handed(document.model, scores.fit, scores.intent, stage)


def at_precision(
    document: ModelDocument, door: Door, scores: Scores, wanted: float, stage: str | None
) -> tuple[ModelDocument, Handed]:
    """The lowest threshold at which the precision is reached; the most precise one where it never is.

    Thresholds that choose fewer than 20 leads are not looked at: such a precision is luck.
    """
    attempt = _Attempts(document, door, scores, stage)
    least = None
    for by in range(0, -FURTHEST, -3):  # lower, until it makes no difference
        count = attempt(by).chosen.sum()
        if count == least:
            break
        least = count
    for by in range(0, FURTHEST, 3):  # higher, until hardly anyone is left
        if attempt(by).chosen.sum() < FEWEST:
            break
    believed = [by for by, h in attempt.tried.items() if h.chosen.sum() >= FEWEST] or [0]
    rate = {by: attempt(by).rate.value or 0.0 for by in believed}
    enough = [by for by in sorted(believed) if rate[by] >= wanted]
    return attempt.taken(enough[0] if enough else max(believed, key=lambda by: rate[by]))
