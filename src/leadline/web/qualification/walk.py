"""A lead's way through the stages: a pure function of its facts, the published models and an instant.

The lead is judged at each of its facts, at each publication and wherever time alone may change something, in
order. Walking on from where an earlier walk ended gives what walking from the beginning would, as long as no
fact came in before that; so a live lead and one rebuilt from its facts stand alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from leadline.engine.live import Assessment, Live
from leadline.engine.stepping import Standing
from leadline.engine.stretch import Matters
from leadline.engine.upcoming import Upcoming
from leadline.model.shape import DISQUALIFIED
from leadline.web.instants import LATEST
from leadline.web.leads.facts import LeadFacts

MOST_STEPS = 250  # in one go, so that no lead holds the others up for long; it is walked on in the next round


@dataclass(frozen=True)
class Published:
    """A model, and the instant from which it holds."""

    at: int
    live: Live
    predictor: str = ""  # the version of the predictor that gives its probabilities; empty: there is none
    mean_worth: float | None = None  # of a goal, for leads of which no amount is known

    @property
    def values(self) -> bool:
        """Whether a probability can be turned into what may be expected: see :func:`worth_of`."""
        goal = self.live.model.goal
        return self.mean_worth is not None and goal is not None and goal.value is not None


@dataclass(frozen=True)
class Change:
    """A change of stage, as it is recorded."""

    changed_at: int
    step: int
    episode: int
    since: int | None
    before: str
    after: str
    cause: str
    skipped: tuple[str, ...]
    model_version: str
    ledger: tuple[dict[str, Any], ...]
    by_publication: bool  # found so when a model began to hold, rather than seen to happen


@dataclass(frozen=True)
class Stand:
    """Where a lead stands after the step at `as_of`. `standing` is None where the model has no stages.

    `due_at` is when time alone may change something next, or where the walk paused.
    """

    as_of: int
    standing: Standing | None
    episode: int
    due_at: int | None = None


@dataclass
class Walked:
    """What a walk found; `assessment` is None where there was no step to take."""

    stand: Stand | None
    assessment: Assessment | None = None
    model_version: str = ""
    predictor_version: str = ""
    worth: float | None = None
    changes: list[Change] = field(default_factory=list)


class _Period:
    """The time in which a model holds, with a lead's facts made ready for it once it is come to."""

    def __init__(self, published: Published, ends: int, facts: LeadFacts):
        self.at, self.ends, self.live, self._facts = published.at, ends, published.live, facts
        self.published = published

    @cached_property
    def upcoming(self) -> Upcoming:
        bound = self.live.facts(self._facts.events, self._facts.traits)
        return self.live.upcoming(bound)

    def instants(self) -> set[int]:
        """When a fact begins to count of which the model wants to know, and its own beginning."""
        return {self.at, *(at for at in self.upcoming.instants() if self.at <= at < self.ends)}


def walk(
    published: Sequence[Published],
    facts: LeadFacts,
    *,
    until: int,
    after: Stand | None = None,
    steps: int | None = None,
) -> Walked:
    """Walk to `until`, from the beginning or on from `after`; after so many `steps` the walk pauses.

    `published` stands in order of time. Facts and publications at or before `after` count as walked.
    """
    walked = Walked(after)
    ends = [*(p.at for p in published[1:]), LATEST]
    periods = [_Period(p, end, facts) for p, end in zip(published, ends, strict=True)]
    fixed = iter(_instants(periods, facts, after))
    following = next(fixed, None)
    for _ in range(MOST_STEPS if steps is None else steps):
        at = _next_step(following, walked.stand, until)
        if at is None:
            break
        if at == following:
            following = next(fixed, None)
        period = next(p for p in reversed(periods) if p.at <= at)
        _step(walked, period, at, following)
    if walked.stand is not None:
        walked.stand = replace(walked.stand, due_at=_next_step(following, walked.stand, LATEST))
    return walked


def _instants(periods: Sequence[_Period], facts: LeadFacts, after: Stand | None) -> Iterator[int]:
    """The instants of publications, and of facts of which the model that then holds wants to know, in order.

    Before its first fact there is no lead to be judged.
    """
    known = [f["occurred_at"] for f in (*facts.events, *facts.traits) if not f.get("void")]
    if not known or not periods:
        return
    begins = max(min(known), periods[0].at)
    low = begins if after is None else after.as_of + 1
    for period in periods:
        if period.ends > low:
            own = {begins} if period.at <= begins < period.ends else set()
            yield from sorted(at for at in own | period.instants() if at >= low)


def _next_step(fixed: int | None, stand: Stand | None, until: int) -> int | None:
    """The nearer of the next fact and of what time alone may do, if it comes by `until`."""
    steps = [at for at in (fixed, stand and stand.due_at) if at is not None and at <= until]
    return min(steps) if steps else None


def _step(walked: Walked, period: _Period, at: int, following: int | None) -> None:
    """Judge the lead at an instant, move it, and find when time may change it before its next fact."""
    before, live = walked.stand, period.live
    found = live.judge_again(period.upcoming, as_of=at, state=_still_there(live, before))
    episode = before.episode if before else 1
    if before and found.standing and before.standing and found.standing.since != before.standing.since:
        episode += 1
    walked.changes += _changes(live, found, episode, by_publication=at == period.at)
    due = period.upcoming.first(
        at,
        found.standing,
        was=Matters.of(live.model, found.judged, found.standing.stage if found.standing else None),
        before=LATEST if following is None else following - 1,
        roughly=True,
    )
    walked.stand = Stand(at, found.standing, episode, following if due is None else due)
    walked.assessment, walked.model_version = found, live.model.version
    walked.predictor_version = period.published.predictor
    walked.worth = worth_of(period.published, found)


def worth_of(published: Published, found: Assessment) -> float | None:
    """What the lead may be expected to bring: its probability times an amount; None where neither is known.

    The amount is the lead's own, where the model declares a field of the name of what its goal is worth; else
    what a goal was worth on average when the predictor was learned.
    """
    probability, goal = found.measures.get("probability"), published.live.model.goal
    if not published.values or goal is None or not isinstance(probability, float):
        return None
    own = found.judged.facts.get(goal.value or "")
    amount = own.value if own is not None else None
    known = isinstance(amount, int | float) and not isinstance(amount, bool) and amount >= 0
    return round(probability * (amount if known else published.mean_worth), 2)


def _still_there(live: Live, before: Stand | None) -> Standing | None:
    """The standing before; at the first stage where a newer model no longer has the old one."""
    if before is None or before.standing is None:
        return None
    standing, names = before.standing, live.model.lifecycle.names
    if standing.stage in names or standing.stage == DISQUALIFIED:
        return standing
    return replace(standing, stage=names[0])


def _changes(live: Live, found: Assessment, episode: int, *, by_publication: bool) -> list[Change]:
    since = found.standing.since if found.standing else None
    ledger = tuple(ledger_of(found)) if found.moves else ()
    return [
        Change(
            found.as_of, number, episode, since, move.before, move.after, move.cause, tuple(move.skipped),
            live.model.version, ledger, by_publication,
        )
        for number, move in enumerate(found.moves)
    ]  # fmt: skip


def ledger_of(found: Assessment) -> list[dict[str, Any]]:
    """The entries behind the scores, points as decimals."""
    return [
        {
            "part": e.part, "rule": e.rule, "points": e.cents / 100, "events": e.events,
            "first_at": e.first_at, "last_at": e.last_at,
        }
        for e in found.ledger
    ]  # fmt: skip
