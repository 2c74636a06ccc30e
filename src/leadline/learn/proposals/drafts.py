"""A draft: the model's file with other points, half-lives, caps and thresholds, every other character as it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from leadline.learn.proposals.counts import Counts, Rule, rules_of
from leadline.learn.proposals.dials import FIT, INTENT, TOTAL, Turn, dials_of, summed, thresholds_in, turned
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


def whole_points(model: Model, matrix: np.ndarray, rules: tuple[Rule, ...], values: np.ndarray, scale: float):
    """Log-odds as whole points, of the size at which rounding and the scores' bounds disturb the order of
    the rows least; the team's own size where it is as good."""
    is_fit = np.array([r.part == "fit" for r in rules], bool)
    exact = rankdata(matrix @ values)
    best: tuple[float, np.ndarray] | None = None
    for size in SIZES:
        points = np.round(values / scale * size)
        told = held(matrix[:, is_fit] @ points[is_fit], model.fit)
        told = told + held(matrix[:, ~is_fit] @ points[~is_fit], model.intent)
        alike = float(np.corrcoef(exact, rankdata(told))[0, 1]) if told.std() and exact.std() else 0.0
        if best is None or alike > best[0] + _LOSS:
            best = alike, points
    assert best is not None
    return best[1]


def written(source: ModelDocument, rules: tuple[Rule, ...], points: np.ndarray, gone: set[str]) -> ModelDocument:
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
        moved = [turns[part](b.at) if b.at > 0 else b.at for b in steps]
        if all(a > b for a, b in zip(moved, moved[1:], strict=False)):
            for band, at in zip(steps, moved, strict=True):
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
    """The hand-off's thresholds of intent (or of both together) moved by some points."""
    copy = ModelDocument.read(text=document.text())
    dials = [d for d in dials_of(document, stage) if d.deciding]
    asked = {what for d in dials for what, _ in thresholds_in(str(document.get(d.path)))}
    which = {TOTAL} if TOTAL in asked else {INTENT} if INTENT in asked else {FIT}
    for dial in dials:
        text = str(document.get(dial.path))
        new = turned(text, {what: lambda at: max(0.0, at + by) for what in which})
        if new != text:
            copy.set(dial.path, new)
    return copy


def at_volume(
    document: ModelDocument, door: Door, scores: Scores, wanted: int, stage: str | None
) -> tuple[ModelDocument, Handed]:
    """The thresholds under which the number of leads handed over comes nearest to `wanted`."""
    return _searched(document, door, scores, stage, lambda h: h.chosen.sum() - wanted)


def _searched(
    document: ModelDocument, door: Door, scores: Scores, stage: str | None, too_many: Callable[[Handed], float]
) -> tuple[ModelDocument, Handed]:
    """Bisection over whole points: the higher the threshold, the fewer are handed over."""
    tried: dict[int, tuple[ModelDocument, Handed]] = {}

    def attempt(by: int) -> float:
        if by not in tried:
            each = moved(document, by, stage) if by else document
            tried[by] = each, door.handed(each.model, scores.fit, scores.intent, stage)
        return too_many(tried[by][1])

    low, high = -FURTHEST, FURTHEST
    if attempt(0) > 0:
        low = 0
    else:
        high = 0
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if attempt(middle) > 0 else (low, middle)
    attempt(low), attempt(high)
    best = min(tried, key=lambda by: (abs(too_many(tried[by][1])), abs(by)))
    return tried[best]


def handed_by(document: ModelDocument, door: Door, scores: Scores, stage: str | None) -> Handed:
    return door.handed(document.model, scores.fit, scores.intent, stage)



def at_precision(
    document: ModelDocument, door: Door, scores: Scores, wanted: float, stage: str | None
) -> tuple[ModelDocument, Handed]:
    """The lowest threshold at which the precision is reached; the most precise one where it never is.

    Thresholds that choose fewer than 20 leads are not looked at: such a precision is luck.
    """
    tried = []
    for by in (*range(-FURTHEST, 0, 5), *range(0, FURTHEST, 2)):
        each = moved(document, by, stage)
        handed = door.handed(each.model, scores.fit, scores.intent, stage)
        if handed.chosen.sum() >= FEWEST or not tried:
            tried.append((each, handed))
    enough = [t for t in tried if (t[1].rate.value or 0) >= wanted]
    return enough[0] if enough else max(tried, key=lambda t: t[1].rate.value or 0)
