"""What sales can take, and the threshold of a score or a probability that gives what is wanted."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, isfinite

import numpy as np

from leadline.analysis.intervals import Estimate, Rate, Z
from leadline.analysis.words import counted, number, percent
from leadline.learn.erlang import mean_wait, most_load, service_level, waiting_probability

FEWEST = 25  # leads above a threshold, below which no precision is promised


@dataclass(frozen=True)
class Live:
    """Calls that are passed on while the lead is on the line: how long reps are there (`hours` a day), how
    long one takes with what is to be written down after it (`minutes`), and the promise: that `share` of them
    wait at most `seconds`."""

    minutes: float
    hours: float = 8.0
    seconds: float = 20.0
    share: float = 0.8


@dataclass(frozen=True)
class Capacity:
    """Hand-offs that sales can take `a_day`, and why no more.

    `waiting`, `wait` (mean, seconds) and `level` are those of live calls at that number; None where leads are
    called back, who do not wait on the line.
    """

    a_day: float
    reason: str
    waiting: float | None = None
    wait: float | None = None
    level: float | None = None

    @property
    def whole(self) -> int:
        return floor(self.a_day + 1e-9)


def capacity(
    reps: int, conversations_a_day: float, *, per_lead: float = 1.0, live: Live | None = None
) -> Capacity:
    """How many hand-offs a day `reps` can take who have `conversations_a_day` each.

    `per_lead` is how many conversations (or attempts) a lead takes. With `live`, calls come at random and the
    promise about waiting must hold too (Erlang C), so fewer can be taken. Raises ValueError.

    >>> capacity(4, 12).whole, capacity(4, 12, per_lead=1.5).whole
    (48, 32)
    >>> capacity(4, 12, live=Live(minutes=30)).whole
    33
    """
    for name, given in (("conversations_a_day", conversations_a_day), ("per_lead", per_lead)):
        _number(name, given, 0)
    if isinstance(reps, bool) or reps != int(reps) or reps < 1:
        raise ValueError(f"reps is {reps!r}; expected a whole number of 1 or more")
    talks = reps * conversations_a_day / per_lead
    said = f"{number(reps)} reps × {number(conversations_a_day)} conversations a day"
    said += f", {number(per_lead)} a lead" if per_lead != 1 else ""
    return Capacity(talks, said) if live is None else _live(reps, talks, said, live)


def _live(reps: int, talks: float, said: str, live: Live) -> Capacity:
    _number("hours", live.hours, 0)
    _number("minutes", live.minutes, 0)
    day = live.hours * 60 / live.minutes  # calls that one rep could take without a pause
    most = most_load(reps, live.minutes * 60, live.seconds, live.share) * day
    a_day = min(talks, most)
    load = a_day / day
    promise = f"{percent(live.share, 0)} of live calls wait at most {number(live.seconds)} seconds"
    reason = said if talks <= most else f"more, and it would not hold that {promise}"
    return Capacity(
        a_day, reason, waiting_probability(reps, load), mean_wait(reps, load, live.minutes * 60),
        service_level(reps, load, live.minutes * 60, live.seconds),
    )  # fmt: skip


@dataclass(frozen=True)
class Cutoff:
    """Handing over everyone from `at` on (None: nobody).

    `leads` are those of the leads given; `a_day` is how many a day. `precision` is observed where outcomes
    were given, else what the probabilities promise, which holds as far as they are calibrated; `deals` are
    those to expect a day. `reached` is the share of all buyers who are among them, where outcomes are known.
    `met` says whether what was wanted can be had, `said` what is had instead.
    """

    at: float | None
    leads: int
    a_day: float
    precision: Estimate
    deals: Estimate
    reached: Rate | None
    met: bool
    said: str


def threshold_for(
    scores: np.ndarray,
    per_day: float,
    *,
    volume: float | None = None,
    precision: float | None = None,
    capacity: Capacity | float | None = None,
    won: np.ndarray | None = None,
    chance: np.ndarray | None = None,
    sure: bool = False,
) -> Cutoff:
    """The threshold for one of: hand-offs a day near `volume`, at most `capacity`, or a `precision` (0 to 1).

    `scores` are those of leads as they come, points or probabilities, of which `per_day` arrive a day; NaN is
    a lead without one, who is never handed over. `won` is what became of them, `chance` their probability
    where the scores are not themselves ones (scores that all lie from 0 to 1 are taken for such). Leads of
    one score stay together. Of precision the lowest threshold is taken that has it, over at least 25 leads;
    `sure` asks that the lower end of the interval has it. A threshold that was sought among outcomes looks
    better on these leads than on the next: check it on later ones. Raises ValueError.

    >>> cut = threshold_for(np.arange(100.0), 10, volume=2)
    >>> cut.at, cut.leads, cut.a_day
    (80.0, 20, 2.0)
    """
    scores = np.asarray(scores, float)
    asked = [x for x in (volume, precision, capacity) if x is not None]
    if len(asked) != 1:
        raise ValueError("ask for one thing: a volume, a precision, or what fits the capacity")
    _number("per_day", per_day, 0)
    steps = _Steps.of(scores, per_day, won, chance)
    if precision is not None:
        if not 0 < precision < 1:
            raise ValueError(f"precision is {precision!r}; expected a share between 0 and 1, such as 0.2")
        return _precise(steps, precision, sure)
    room = capacity.a_day if isinstance(capacity, Capacity) else capacity
    wanted = volume if room is None else room
    assert wanted is not None
    _number("volume" if room is None else "capacity", wanted, 0)
    return _many(steps, wanted) if room is None else _fitting(steps, wanted)


# --- each score that divides the leads ------------------------------------------------------------------


@dataclass(frozen=True)
class _Steps:
    """From the highest score down: how many leads, buyers and probabilities there are from it on."""

    scores: np.ndarray
    leads: np.ndarray
    won: np.ndarray | None
    chance: np.ndarray | None
    spread: np.ndarray | None  # variance of the number of deals
    share: float  # of a day that a lead stands for
    without: int

    @classmethod
    def of(cls, scores, per_day, won, chance) -> _Steps:
        if scores.ndim != 1 or not len(scores):
            raise ValueError("there are no scores; expected one a lead")
        for name, given in (("won", won), ("chance", chance)):
            if given is not None and len(given) != len(scores):
                raise ValueError(
                    f"{name} has {len(given):,} values, scores {len(scores):,}; expected as many"
                )
        known = ~np.isnan(scores)
        if (
            chance is None
            and won is None
            and known.any()
            and scores[known].min() >= 0 <= 1 >= scores[known].max()
        ):
            chance = scores
        values, place = np.unique(-scores[known], return_inverse=True)

        def summed(column):
            return np.bincount(place, column[known], len(values)).cumsum()

        hits = None if won is None else summed(np.asarray(won, float))
        likely = None if chance is None else np.nan_to_num(np.asarray(chance, float))
        return cls(
            -values, summed(np.ones(len(scores))).astype(int), hits,
            None if likely is None else summed(likely),
            None if likely is None else summed(likely * (1 - likely)),
            per_day / len(scores), int((~known).sum()),
        )  # fmt: skip

    def a_day(self, k: int) -> float:
        return float(self.leads[k] * self.share) if k >= 0 else 0.0

    def precision(self, k: int) -> Estimate:
        if k < 0:
            return Estimate(None)
        n = int(self.leads[k])
        if self.won is not None:
            rate = Rate(round(self.won[k]), n)
            return Estimate(rate.value, rate.interval)
        if self.chance is None:
            return Estimate(None)
        # The sum of unlike coins: its mean and variance are the sums of theirs (Poisson's binomial).
        mean, half = self.chance[k] / n, Z * float(np.sqrt(self.spread[k])) / n
        return Estimate(float(mean), (max(0.0, float(mean - half)), min(1.0, float(mean + half))))

    def cut(self, k: int, met: bool, said: str) -> Cutoff:
        found, a_day = self.precision(k), self.a_day(k)
        reached = None
        if self.won is not None and self.won[-1:].sum():
            reached = Rate(round(self.won[k]) if k >= 0 else 0, round(self.won[-1]))
        around = found.interval and (found.interval[0] * a_day, found.interval[1] * a_day)
        deals = Estimate(None if found.value is None else found.value * a_day, around)
        if self.without:
            said += f" Without a score, and never handed over: {counted(self.without, 'lead')}."
        return Cutoff(
            self.at(k), int(self.leads[k]) if k >= 0 else 0, a_day, found, deals, reached, met, said
        )

    def at(self, k: int) -> float | None:
        """A short number above the next lower score, not above this one."""
        if k < 0:
            return None
        high = float(self.scores[k])
        low = float(self.scores[k + 1]) if k + 1 < len(self.scores) else -np.inf
        for places in range(-3, 10):
            short = floor(high * 10.0**places) / 10.0**places if isfinite(high) else high
            if low < short <= high and (isfinite(low) or places >= 0):
                return round(short, max(places, 0))
        return high


def _fitting(steps: _Steps, room: float) -> Cutoff:
    k = int(np.searchsorted(steps.leads * steps.share, room * (1 + 1e-9), side="right")) - 1
    if k < 0:
        least = number(steps.a_day(0)) if len(steps.leads) else "no"
        said = f"No threshold fits {number(room)} a day: the best score alone is shared by {least} a day."
        return steps.cut(-1, False, said)
    had = f"{number(steps.a_day(k))} hand-offs a day fit into {number(room)}."
    if k + 1 == len(steps.leads):
        return steps.cut(k, True, f"Everyone who has a score can be handed over: {had}")
    return steps.cut(k, True, had)


def _many(steps: _Steps, wanted: float) -> Cutoff:
    if not len(steps.leads):
        return steps.cut(-1, False, "No lead has a score.")
    near = int(np.argmin(np.abs(steps.leads * steps.share - wanted)))
    had, last = steps.a_day(near), steps.a_day(len(steps.leads) - 1)
    met = abs(had - wanted) <= max(0.1 * wanted, steps.share)
    if met:
        return steps.cut(near, True, f"{number(had)} hand-offs a day, {number(wanted)} wanted.")
    if wanted > last:
        said = f"{number(wanted)} a day cannot be had: there are {number(last)} leads a day with a score."
        return steps.cut(near, False, said)
    below = [steps.a_day(k) for k in range(len(steps.leads)) if steps.a_day(k) < wanted]
    beside = [steps.a_day(k) for k in range(len(steps.leads)) if steps.a_day(k) > wanted]
    said = f"{number(wanted)} a day cannot be had: many leads share one score, so it is "
    return steps.cut(
        near,
        False,
        said + f"{number(below[-1] if below else 0)} or {number(beside[0])} a day, nothing between.",
    )


def _precise(steps: _Steps, wanted: float, sure: bool) -> Cutoff:
    if steps.won is None and steps.chance is None:
        raise ValueError("a precision needs outcomes (`won`) or probabilities (`chance`)")
    enough = [k for k in range(len(steps.leads)) if steps.leads[k] >= FEWEST]
    told = {k: steps.precision(k) for k in enough}
    good = [k for k, e in told.items() if (e.interval[0] if sure else e.value) >= wanted]
    if good:
        k = good[-1]
        found = told[k]
        low, high = (percent(x) for x in found.interval)
        return steps.cut(k, True, f"{percent(found.value)} of those handed over buy (95 %: {low} to {high}).")
    if not enough:
        return steps.cut(-1, False, f"Fewer than {FEWEST} leads have a score: nothing can be promised.")
    best = max(told, key=lambda k: told[k].interval[0] if sure else told[k].value)
    found = told[best]
    low, high = (percent(x) for x in found.interval)
    said = (
        f"{percent(wanted)} cannot be had: the best that any threshold gives over {FEWEST} leads or more is "
    )
    return steps.cut(best, False, said + f"{percent(found.value)} (95 %: {low} to {high}).")


def _number(name: str, value: float, above: float) -> None:
    if isinstance(value, bool) or not isfinite(value) or not value > above:
        raise ValueError(f"{name} is {value!r}; expected a number above {above:g}")
