"""A draft tried on real leads: at once on some, in the background on all, and against the past."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from leadline.analysis import backtest, rep_reader
from leadline.analysis.backtest import Backtest
from leadline.analysis.pair import Pair
from leadline.engine.facts import Facts
from leadline.model import Model
from leadline.web.instants import DAY
from leadline.web.leads.models import Lead
from leadline.web.program_pages.comparing import as_data, judge_side
from leadline.web.program_pages.sampling import MOST, facts_of_some, places_of, sample_of
from leadline.web.qualification.models import Program
from leadline.web.replica import all_facts, follow

PAST = 182 * DAY  # how far back a backtest looks

Told = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Pending:
    """Two models to hold against each other; `old` is None before a program's first model."""

    program: Program
    old: Model | None
    new: Model

    @property
    def base(self) -> Model:
        return self.old or self.new


def try_on_some(pending: Pending, *, at: int, seed: int) -> dict[str, Any]:
    """What the new model would do to a random few leads; to all where they are few. See `comparing`."""
    leads, total = sample_of(seed)
    facts = facts_of_some(leads, [pending.base, pending.new])
    places = places_of(pending.program, leads)
    sides = Pair(pending.base, pending.new).map(lambda model: judge_side(model, facts, places, at))
    return _preview(pending, sides, of=total, sampled=total > len(leads), at=at)


def try_on_all(pending: Pending, *, at: int, told: Told) -> dict[str, Any]:
    """What the new model would do to everybody. `told(done, all, said)` may raise to stop it."""
    told(0, 4, "Reading the facts of all leads")
    facts = _facts([pending.base, pending.new], at)
    places = places_of(pending.program)
    told(1, 4, "Judging everybody by the published model")
    old = judge_side(pending.base, facts, places, at)
    told(2, 4, "Judging everybody by the draft")
    new = judge_side(pending.new, facts, places, at)
    told(3, 4, "Comparing")
    return _preview(pending, Pair(old, new), of=Lead.objects.count(), sampled=False, at=at)


def try_on_the_past(pending: Pending, *, at: int, told: Told) -> Backtest:
    """The backtest of the last half year up to `at`.

    Raises ValueError where the models have nothing to compare: no stages, or no past.
    """
    told(0, 0, "Reading the past")
    facts = _facts([pending.base, pending.new, rep_reader()], at)
    begin, _ = facts.span()
    if begin is None:
        raise ValueError("no fact has a date, so there is no past to try the draft on")

    def progress(done: int, of: int) -> None:
        told(done, of, "Walking through the past with both models")

    return backtest(pending.new, pending.base, facts, first=max(begin, at - PAST), last=at, progress=progress)


def _facts(models: list[Model], at: int) -> Facts:
    """Of few leads from the database; of many from the replica, once it has followed."""
    leads = list(Lead.objects.values_list("id", flat=True)[: MOST + 1])
    if len(leads) <= MOST:
        return facts_of_some(leads, models)
    follow(at)
    return all_facts(models, at)


def _preview(pending: Pending, sides: Pair[Any], **about: Any) -> dict[str, Any]:
    data = as_data(Pair(pending.base, pending.new), sides)
    return {**data, **about, "first": pending.old is None}
