"""Learning from a program's own facts: what was known of each lead at its moment, and what became of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np

from leadline.engine.facts import Facts
from leadline.model import Model
from leadline.model.predicting import with_every_field
from leadline.model.predictor_file import write_predictor
from leadline.model.shape import spoken
from leadline.web.leads.models import Lead
from leadline.web.learning.exploring import explored_leads
from leadline.web.learning.lots import with_drawn
from leadline.web.program_pages.sampling import MOST, facts_of_some
from leadline.web.qualification.models import Predictor, Program
from leadline.web.qualification.predicting import compiled, read
from leadline.web.qualification.predictors import reads
from leadline.web.qualification.programs import holding
from leadline.web.replica import all_facts, follow

WANTED = 40  # leads that reached the goal, from which on there may be something to learn
EFFECTS = 12  # shown

Told = Callable[[int, str], None]
"""How far it is, in per cent, and a sentence; may raise to stop."""


class CannotLearnError(ValueError):
    """There is nothing to learn from, or no goal to learn; the message says what to do."""


@dataclass(frozen=True)
class Learned:
    """What was learned, ready to be kept. `better` says whether it beats what is active beyond noise: None
    where that cannot be told, with `because` in words."""

    text: str
    rows: int
    won: int
    begins: int | None
    ends: int | None
    mean_worth: float | None
    signal: bool
    better: bool | None
    because: str
    report: Mapping[str, Any] = field(default_factory=dict)


def learn(program: Program, champion: Predictor | None, kept: set[str], *, at: int, told: Told) -> Learned:
    """Train on all that is known up to `at`, try it, and hold it against the `champion` where that reads.

    `kept` names inputs that the leak guard refuses and somebody vouches for. Raises CannotLearnError, and
    what `told` raises.
    """
    from leadline.learn.evaluate import evaluate
    from leadline.learn.fit import fit
    from leadline.learn.renewal import duel
    from leadline.learn.tables import LearnError
    from leadline.learn.watch import watched

    model = model_of(program)
    told(2, "facts")
    examples = examples_of(program, model, at=at, told=told)
    told(25, "leaks")
    refused = refused_of(examples, kept)
    clean = examples.without({name for s in refused for name in s["inputs"]})
    part = divided(program, champion, clean)
    try:
        fitted = fit(part.learned, progress=lambda done, _: told(30 + int(55 * done), "fit"))
    except LearnError as error:
        raise CannotLearnError(str(error)) from None
    told(86, "try")
    found = evaluate(part.learned, fitted.trial)
    predictor = watched(fitted.predictor, part.learned, found)
    told(92, "against")
    better, because = part.because.better(fitted.trial.no_signal), part.because.told
    against: dict[str, Any] = {}
    if part.judged is not None and champion is not None:
        fought = duel(read(champion.text), predictor, part.judged)
        better, because = fought.beyond_noise, ""
        against = {**vars(fought), "better": fought.better.as_dict(), "champion": champion.version}
    seen = part.learned.at
    report = {
        "evaluation": found.as_dict(), "refused": refused, "kept": sorted(kept), "against": against,
        "why": fitted.trial.why, "not_used": dict(fitted.dropped), "signal": not fitted.trial.no_signal,
        "effects": effects_of(predictor, part.learned), "better": better, "because": because,
        "explored": int(clean.explored.sum()) if clean.explored is not None else 0,
        "drift": _drift(part.later, champion),
    }  # fmt: skip
    return Learned(
        write_predictor(predictor), len(part.learned), int(part.learned.won.sum()),
        None if seen is None or not len(seen) else int(seen.min()),
        None if seen is None or not len(seen) else int(seen.max()),
        _mean_worth(clean), not fitted.trial.no_signal, better, because, plain(report),
    )  # fmt: skip


@dataclass(frozen=True)
class Divided:
    """What is learned from, and what both are judged on, which neither has seen: None where that cannot be.
    `later` are all leads after the champion's."""

    learned: Any
    judged: Any
    later: Any
    because: Standing


class Standing(StrEnum):
    """How a new predictor stands beside what is active, before they are held against each other."""

    FIRST = "first"  # nothing is active
    OTHER_MODEL = "other model"  # what is active was learned by another model, and gives nothing any more
    TOO_FEW = "too few"  # later leads for both to be judged on
    DUEL = "duel"

    def better(self, no_signal: bool) -> bool | None:
        if self in (Standing.FIRST, Standing.OTHER_MODEL):
            return not no_signal
        return None

    @property
    def told(self) -> str:
        return str(self)


def divided(program: Program, champion: Predictor | None, examples: Any) -> Divided:
    """All leads to learn from; where something is active, the later half of the leads after its own is kept
    to judge both on.
    """
    from leadline.learn.renewal import FEWEST

    def enough(some: Any) -> bool:
        won = int(some.won.sum())
        return min(won, len(some) - won) >= FEWEST

    if champion is None:
        return Divided(examples, None, None, Standing.FIRST)
    if not reads(program, champion):
        return Divided(examples, None, None, Standing.OTHER_MODEL)
    if examples.at is None or champion.ends is None:
        return Divided(examples, None, None, Standing.TOO_FEW)
    later = examples.only(examples.at > champion.ends)
    if not len(later):
        return Divided(examples, None, None, Standing.TOO_FEW)
    cut = max(int(np.median(later.at)), champion.ends)
    judged, learned = examples.only(examples.at > cut), examples.only(examples.at <= cut)
    if not (enough(judged) and enough(learned)):
        return Divided(examples, None, later, Standing.TOO_FEW)
    return Divided(learned, judged, later, Standing.DUEL)


def _drift(later: Any, champion: Predictor | None) -> dict[str, Any]:
    """Whether the leads after the champion's are still like those that it was learned from."""
    from leadline.learn.drift import drift
    from leadline.learn.watch import NothingWatchedError

    if champion is None or later is None or not len(later):
        return {}
    try:
        return drift(read(champion.text), None, later).as_dict()
    except NothingWatchedError:
        return {}


def model_of(program: Program) -> Model:
    """The model that holds. Raises CannotLearnError where there is none, or it names no goal."""
    held = holding(program)
    if held is None:
        raise CannotLearnError("no model is published yet: what leads are judged by is where learning begins")
    model = compiled(held.text).model
    if model.goal is None:
        raise CannotLearnError(
            "the model names no goal, so nothing says who was right: give it one, such as "
            "`goal: {event: deal_won, value: amount, horizon: 180d}`, and publish it"
        )
    return model


def examples_of(program: Program, model: Model, *, at: int, told: Told) -> Any:
    """The leads at their moments, with what was known of each by then. Raises CannotLearnError."""
    from leadline.learn.moments import examples_from_facts

    facts = facts_to_learn_from(model, at)
    told(12, "moments")
    try:
        found = examples_from_facts(model, facts, moment=moment_of(model), until=at)
    except ValueError as error:
        raise CannotLearnError(str(error)) from None
    drawn = explored_leads(program)
    return with_drawn(found, model, facts, drawn, until=at) if drawn else found


def moment_of(model: Model) -> str:
    """The hand-off where the model has one, else the first that was known of a lead."""
    from leadline.analysis import hand_off_stage

    try:
        hand_off_stage(model)
    except ValueError:
        return "first"
    return "handoff"


def facts_to_learn_from(model: Model, at: int) -> Facts:
    """Of few leads from the database, of many from the replica: with each field that the model declares."""
    asked = with_every_field(model)
    leads = list(Lead.objects.values_list("id", flat=True)[: MOST + 1])
    if len(leads) <= MOST:
        return facts_of_some(leads, [asked])
    follow(at)
    return all_facts([asked], at)


def refused_of(examples: Any, kept: set[str]) -> list[dict[str, Any]]:
    """The columns that give the answer away, each with its reason, but for those somebody vouches for."""
    from leadline.learn.leaks import suspects

    found = [s for s in suspects(examples) if s.column not in kept]
    return [
        {"name": s.column, "label": spoken(s.column), "inputs": s.inputs, "reason": s.reason} for s in found
    ]


def effects_of(predictor: Any, examples: Any) -> list[dict[str, Any]]:
    """What each term does to the average lead's probability, the weightiest first."""
    from leadline.learn.effects import effects
    from leadline.learn.watch import profile

    return [
        {
            "label": e.label, "weight": e.weight, "ordered": e.ordered,
            "bars": [
                {"words": list(b.words), "change": b.change, "interval": b.interval, "share": b.share}
                for b in e.bars
            ],
        }
        for e in effects(predictor, profile(predictor, examples).shares)[:EFFECTS]
    ]  # fmt: skip


def _mean_worth(examples: Any) -> float | None:
    """What a goal was worth on average, over those of which it is known."""
    if examples.worth is None:
        return None
    known = np.asarray(examples.worth, float)[np.asarray(examples.won, bool)]
    known = known[np.isfinite(known) & (known >= 0)]
    return round(float(known.mean()), 2) if len(known) else None


def plain(value: Any) -> Any:
    """As JSON data; what is not a number is null."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
