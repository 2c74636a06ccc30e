"""What reps do with the leads they get to see, and what comes of it: decisions and deals."""

from __future__ import annotations

import numpy as np

from leadline.sample.behaviour import Events, join_events, make_events
from leadline.sample.draws import (
    DAY,
    HOUR,
    Bools,
    Floats,
    Ints,
    delay_days,
    first_of_each,
    office_hours,
    pick,
    stream,
)
from leadline.sample.people import BOT, COMPETITOR, JOB_SEEKER, PERSON, STUDENT, People, Period
from leadline.sample.vocabulary import HARSH_REP, ITEMS, LOST_REASONS, REASONS, REPS, items_of

_PRICING = items_of("page", path="/pricing") + items_of("page", path="/pricing/enterprise")
_ASKS = items_of("form", "demo") + items_of("form", "contact") + items_of("trial_started")
_CODE = {
    event: items_of(event)[0]
    for event in (item.event for item in ITEMS if item.event[:5] in ("lead_", "deal_"))
}
_REASON = {reason: place for place, reason in enumerate(REASONS)}
_WHY_OUT = {COMPETITOR: "competitor", JOB_SEEKER: "job seeker", STUDENT: "student", BOT: "not a person"}


def rep_names(count: int) -> list[str]:
    """`maja, jonas, viktor, priya, maja-2, …`; every viktor rejects too readily."""
    return [REPS[i % len(REPS)] + (f"-{i // len(REPS) + 1}" if i >= len(REPS) else "") for i in range(count)]


def reps_needed(leads: int) -> int:
    return len(REPS) * max(1, round(leads / 4000))


def draw_selling(
    seed: int, chunk: int, people: People, behaviour: Events, employees: Ints, period: Period
) -> Events:
    """Decisions and deals as events. Hand-offs follow behaviour; deals follow need and fit."""
    rng = stream(seed, chunk, "selling")
    reps = reps_needed(people.known)
    # What makes a rep look: somebody asks, or is noticed on the price page.
    noticed = np.isin(behaviour.item, _PRICING) & (rng.random(len(behaviour)) < 0.10)
    hot = behaviour.take((np.isin(behaviour.item, _ASKS) | noticed) & (behaviour.who < people.known))

    first = _hand_offs(rng, people, hot.who, hot.at, reps, period)
    again_from = np.full(len(people), np.iinfo(np.int64).max)
    sent_back = np.isin(first.item, (_CODE["lead_rejected"], _CODE["lead_recycled"]))
    again_from[first.who[sent_back]] = first.at[sent_back] + 21 * DAY
    later = hot.at > again_from[hot.who]
    second = _hand_offs(rng, people, hot.who[later], hot.at[later], reps, period)
    decisions = join_events(first, second, _second_thoughts(rng, first, period))

    deals = _deals(rng, people, decisions, employees, period)
    selling = join_events(decisions, deals)
    return selling.take(selling.at <= period.end)


def _hand_offs(
    rng: np.random.Generator, people: People, who: Ints, at: Ints, reps: int, period: Period
) -> Events:
    """One decision on each lead of `who`: its first hot moment, a queue, a rep's judgement."""
    first = first_of_each(who, at)
    who, at = who[first].astype(np.int64), at[first]
    rep = rng.integers(0, reps, len(who))
    decided = office_hours(rng, _through_queue(rep, at + delay_days(rng, len(who), 0.25, 1.0), period))
    judged = people.fit[who] + 0.6 * people.need_at(who, at) + rng.normal(0, 0.17, len(who))
    harsh = rep % len(REPS) == HARSH_REP
    accepted = judged > np.where(harsh, 0.98, 0.66)

    kind = people.kind[who]
    out = (kind != PERSON) & (rng.random(len(who)) < 0.8)
    double = (people.duplicate_of[who] >= 0) & (rng.random(len(who)) < 0.6)
    recycled = ~accepted & (people.fit[who] > 0.45) & (rng.random(len(who)) < 0.55)
    decision = np.where(accepted, _CODE["lead_accepted"], _CODE["lead_rejected"])
    decision = np.where(recycled, _CODE["lead_recycled"], decision)
    decision = np.where(double, _CODE["lead_rejected"], np.where(out, _CODE["lead_disqualified"], decision))

    reason = _why_not(rng, people, who, harsh)
    reason = np.where(double, _REASON["duplicate"], reason)
    for special, why in _WHY_OUT.items():
        reason = np.where(out & (kind == special), _REASON[why], reason)
    reason = np.where(decision == _CODE["lead_accepted"], -1, reason)
    dated = (decision == _CODE["lead_recycled"]) & (rng.random(len(who)) < 0.6)
    wake_up = (decided // DAY + rng.integers(30, 91, len(who))) * DAY
    return make_events(who, decision, decided, rep=rep, reason=reason, until=np.where(dated, wake_up, -1))


def _through_queue(rep: Ints, at: Ints, period: Period) -> Ints:
    """Each rep takes leads in order, one by one, about a fifth faster than they come on average."""
    done = at.copy()
    for one in np.unique(rep):
        mine = np.flatnonzero(rep == one)
        mine = mine[np.argsort(at[mine], kind="stable")]
        each = min(int(period.length / (1.25 * len(mine))), 8 * HOUR)
        rank = np.arange(len(mine)) * each
        done[mine] = rank + np.maximum.accumulate(at[mine] - rank)
    return done


def _why_not(rng: np.random.Generator, people: People, who: Ints, harsh: Bools) -> Ints:
    poor_fit = people.fit[who] < 0.45
    by_fit = pick(rng, (5, 3, 1, 0.5, 1, 0, 0.5), len(who))
    by_need = pick(rng, (0.3, 0.7, 4, 4, 2, 0, 1), len(who))
    by_mood = pick(rng, (0, 0, 1, 1, 4, 0, 5), len(who))
    return np.where(harsh & (rng.random(len(who)) < 0.6), by_mood, np.where(poor_fit, by_fit, by_need))


def _second_thoughts(rng: np.random.Generator, decisions: Events, period: Period) -> Events:
    """Some of the disqualified are let in again."""
    rows = np.flatnonzero(
        (decisions.item == _CODE["lead_disqualified"]) & (rng.random(len(decisions)) < 0.12)
    )
    at = office_hours(rng, decisions.at[rows] + delay_days(rng, len(rows), 14, 0.6))
    again = make_events(
        decisions.who[rows], np.full(len(rows), _CODE["lead_requalified"]), at, rep=decisions.rep[rows]
    )
    return again.take(again.at <= period.end)


def _deals(
    rng: np.random.Generator, people: People, decisions: Events, employees: Ints, period: Period
) -> Events:
    """A buyer buys some weeks after both wish and hand-off; some buy by themselves; most others say no."""
    accepted = np.flatnonzero((decisions.item == _CODE["lead_accepted"]) & (decisions.at <= period.end))
    accepted = accepted[first_of_each(decisions.who[accepted], decisions.at[accepted])]
    never = np.iinfo(np.int64).max
    taken_at, rep = np.full(len(people), never), np.full(len(people), -1)
    taken_at[decisions.who[accepted]] = decisions.at[accepted]
    rep[decisions.who[accepted]] = decisions.rep[accepted]
    taken = taken_at < never

    alone = people.buys & ~taken & (rng.random(len(people)) < 0.3)
    ready = np.where(taken, np.maximum(taken_at, people.wants_at - 20 * DAY), people.wants_at + 7 * DAY)
    won_at = office_hours(rng, np.minimum(ready, period.end) + delay_days(rng, len(people), 15, 0.6))
    won_at = np.where(ready > period.end, never, won_at)
    lost_at = office_hours(rng, np.minimum(taken_at, period.end) + delay_days(rng, len(people), 24, 0.6))

    won = np.flatnonzero((people.buys & taken) | alone)
    lost = np.flatnonzero(taken & ~people.buys & (rng.random(len(people)) < 0.85))
    reason = pick(rng, (3, 4, 3, 2, 2), len(lost)) + _REASON[LOST_REASONS[0]]
    wins = make_events(
        won,
        np.full(len(won), _CODE["deal_won"]),
        won_at[won],
        rep=rep[won],
        amount=_amounts(rng, employees[won]),
    )
    losses = make_events(
        lost, np.full(len(lost), _CODE["deal_lost"]), lost_at[lost], rep=rep[lost], reason=reason
    )
    deals = join_events(wins, losses)
    deals = deals.take(deals.at <= period.end)
    deals = deals.take(np.lexsort((deals.who, deals.at)))
    return make_events(
        deals.who, deals.item, deals.at, rep=deals.rep, reason=deals.reason, amount=deals.amount,
        deal=np.arange(len(deals)),
    )  # fmt: skip


def _amounts(rng: np.random.Generator, employees: Ints) -> Floats:
    """A year of seats for about half the staff, in euros and cents."""
    seats = np.maximum(3, employees**0.75 * rng.lognormal(0, 0.35, len(employees)) * 0.6)
    return np.round(np.minimum(seats, 320) * 24 * 12 * rng.choice([1.0, 0.9, 0.85], len(employees)), 2)
