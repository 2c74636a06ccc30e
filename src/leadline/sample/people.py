"""Who the leads are: what is hidden (fit, need over time, who would buy) and who is not what they seem."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leadline.sample.draws import (
    DAY,
    HOUR,
    Bools,
    Floats,
    Ints,
    delay_days,
    logistic,
    pick,
    plant,
    stream,
    waking_hours,
)
from leadline.sample.vocabulary import BATCH_DAYS, CAMPAIGNS, SOURCES

KINDS = ("person", "bot", "job_seeker", "competitor", "student")
PERSON, BOT, JOB_SEEKER, COMPETITOR, STUDENT = range(len(KINDS))
SHAPES = ("fading", "rising", "bouncing", "steady")
FADING, RISING, BOUNCING, STEADY = range(len(SHAPES))

# Shares of all leads, planted exactly (rounded).
SHARE_OF_KIND = {BOT: 0.02, JOB_SEEKER: 0.02, COMPETITOR: 0.012, STUDENT: 0.03}
SHARE_DUPLICATE = 0.03
SHARE_SILENT = 0.025
SHARE_SCANNER = 0.03
SHARE_COLLEAGUE = 0.12
SHARE_STRANGER = 0.006  # on top of the leads: events of people of whom there is no profile


@dataclass(frozen=True)
class Period:
    """First and last second of the example, UTC."""

    start: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.start


@dataclass(frozen=True)
class People:
    """One row a lead, columns as arrays; rows from `known` on are strangers, who never left their name."""

    known: int
    kind: Ints
    source: Ints
    campaign: Ints
    arrived: Ints
    fit: Floats
    peak_need: Floats
    shape: Ints
    first_peak: Ints
    second_peak: Ints
    width: Floats
    would_buy: Floats
    buys: Bools
    wants_at: Ints
    duplicate_of: Ints
    colleague_of: Ints
    silent: Bools
    scanner: Bools

    def __len__(self) -> int:
        return len(self.kind)

    def need_at(self, who: Ints, instant: Ints) -> Floats:
        """The latent need, 0 to 1, of these people at these instants."""
        width = self.width[who]
        bump = np.exp(-0.5 * ((instant - self.first_peak[who]) / width) ** 2)
        again = np.exp(-0.5 * ((instant - self.second_peak[who]) / width) ** 2)
        bump = np.where(self.shape[who] == BOUNCING, np.maximum(bump, again), bump)
        level = np.where(self.shape[who] == STEADY, 0.62, 0.12 + 0.88 * bump)
        return self.peak_need[who] * level


def draw_people(seed: int, chunk: int, leads: int, period: Period) -> People:
    """People with their latent traits. Duplicates are a second record of somebody in the same chunk."""
    rng = stream(seed, chunk, "people")
    strangers = max(round(leads * SHARE_STRANGER), 1 if leads >= 40 else 0)
    size = leads + strangers
    known = np.arange(size) < leads

    source = pick(rng, [s.share for s in SOURCES], size)
    campaign = _campaigns(rng, source)
    arrived = _arrivals(rng, campaign, period)
    in_time = np.concatenate([np.argsort(arrived[:leads], kind="stable"), np.arange(leads, size)])
    source, campaign, arrived = source[in_time], campaign[in_time], arrived[in_time]
    worth_fit = np.array([s.fit for s in SOURCES])[source]
    worth_need = np.array([s.need for s in SOURCES])[source]
    fit = logistic(rng.normal(-0.05 + worth_fit, 1.15))
    peak_need = logistic(rng.normal(-0.75 + worth_need, 1.35))
    kind = _kinds(rng, known)
    fit[kind == STUDENT] *= 0.3

    duplicate = plant(rng, known & (kind == PERSON), SHARE_DUPLICATE)
    originals = known & (kind == PERSON) & ~duplicate
    duplicate_of = _partners(rng, duplicate, originals)
    colleague = plant(rng, originals, SHARE_COLLEAGUE)
    colleague_of = _partners(rng, colleague, originals & ~colleague)
    fit = np.where(colleague_of >= 0, fit[colleague_of], fit)

    shape = pick(rng, (0.36, 0.24, 0.17, 0.23), size)
    wait = np.where(shape == RISING, delay_days(rng, size, 45, 0.6), delay_days(rng, size, 6, 0.8))
    first_peak = arrived + wait
    second_peak = first_peak + delay_days(rng, size, 65, 0.25)
    width = rng.uniform(8, 20, size) * DAY

    would_buy = 0.75 * logistic(10.0 * (fit * peak_need - 0.42))
    would_buy[kind != PERSON] = 0.0
    buys = (rng.random(size) < would_buy) & known & (duplicate_of < 0)
    late_choice = (shape == BOUNCING) & (rng.random(size) < 0.5)
    wants_at = np.where(late_choice, second_peak, first_peak)
    wants_at = np.where(shape == STEADY, arrived + delay_days(rng, size, 25, 0.7), wants_at)

    people = People(
        known=leads,
        kind=kind,
        source=source,
        campaign=campaign,
        arrived=arrived,
        fit=fit,
        peak_need=peak_need,
        shape=shape,
        first_peak=first_peak,
        second_peak=second_peak,
        width=width,
        would_buy=would_buy,
        buys=buys,
        wants_at=wants_at,
        duplicate_of=duplicate_of,
        colleague_of=colleague_of,
        silent=plant(rng, known & (duplicate_of < 0), SHARE_SILENT),
        scanner=plant(rng, kind == PERSON, SHARE_SCANNER),
    )
    return _with_copies(rng, people, period)


def _campaigns(rng: np.random.Generator, source: Ints) -> Ints:
    campaign = np.zeros(len(source), dtype=np.int64)
    first = 0
    for place, origin in enumerate(SOURCES):
        mine = source == place
        weights = [0.6**rank for rank in range(len(origin.campaigns))]
        campaign[mine] = first + pick(rng, weights, int(mine.sum()))
        first += len(origin.campaigns)
    return campaign


def _arrivals(rng: np.random.Generator, campaign: Ints, period: Period) -> Ints:
    """All over the period, with slow growth; lists and fairs come on their own days."""
    size = len(campaign)
    anywhere = period.start + (period.length * rng.beta(1.05, 0.95, size)).astype(np.int64)
    arrived = waking_hours(rng, anywhere)
    for name, share in BATCH_DAYS.items():
        mine = campaign == CAMPAIGNS.index(name)
        day = (period.start + int(share * period.length)) // DAY * DAY
        spread = (
            rng.integers(0, 20 * 60, size) if name.startswith("list") else rng.integers(0, 8 * HOUR, size)
        )
        arrived = np.where(mine, day + 8 * HOUR + spread, arrived)
    return arrived.clip(period.start, period.end - HOUR)


def _kinds(rng: np.random.Generator, known: Bools) -> Ints:
    kind = np.full(len(known), PERSON)
    for special, share in SHARE_OF_KIND.items():
        kind[plant(rng, known & (kind == PERSON), share)] = special
    return kind


def _partners(rng: np.random.Generator, who: Bools, among: Bools) -> Ints:
    """For each marked row somebody else of `among`, or -1 where nobody is marked or there is nobody."""
    partner = np.full(len(who), -1)
    places = np.flatnonzero(among)
    if len(places) > 1:
        drawn = places[rng.integers(0, len(places), len(who))]
        partner[who] = drawn[who]
    partner[partner == np.arange(len(who))] = -1
    return partner


def _with_copies(rng: np.random.Generator, people: People, period: Period) -> People:
    """Duplicates share everything hidden with the person they are; they turn up some weeks later."""
    copy = np.flatnonzero(people.duplicate_of >= 0)
    original = people.duplicate_of[copy]
    shared = ("fit", "peak_need", "shape", "first_peak", "second_peak", "width", "would_buy", "wants_at")
    for column in shared:
        getattr(people, column)[copy] = getattr(people, column)[original]
    later = people.arrived[original] + rng.integers(3 * DAY, 50 * DAY, len(copy))
    people.arrived[copy] = waking_hours(rng, later).clip(period.start, period.end - HOUR)
    return people
