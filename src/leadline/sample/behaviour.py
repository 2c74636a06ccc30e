"""What leads do: visits, each a run of pages, forms, chats or mail clicks; more where need is greater."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leadline.sample.draws import (
    DAY,
    HOUR,
    Bools,
    Floats,
    Ints,
    choose,
    first_of_each,
    pick,
    starts_of,
    stream,
    waking_hours,
    weekday,
    witness,
)
from leadline.sample.people import BOT, BOUNCING, COMPETITOR, JOB_SEEKER, STEADY, People, Period
from leadline.sample.vocabulary import ITEMS, REFERRER_OF_MAIL, REFERRER_OF_SOURCE, SOURCE_NAMES, items_of

# Events a visit: the mean of people, and just so many of bots and of link scanners.
DEPTH, BOT_DEPTH, SCANNER_DEPTH = 4.0, 24, 7
LIST = SOURCE_NAMES.index("purchased_list")
FAIR = SOURCE_NAMES.index("event")

_IDLE, _EAGER, _JOB, _CRAWL = (
    [getattr(item, kind) for item in ITEMS] for kind in ("idle", "eager", "job", "crawl")
)
_OPENED, _CLICKED = items_of("email_opened"), items_of("email_clicked")
_PRODUCT = items_of("page", path="/product")[0]
_TRIAL = items_of("trial_started")[0]
_RARE = [*items_of("form"), *items_of("webinar_attended"), *items_of("email_unsubscribed"), _TRIAL]
_FIRST_FORMS = [items_of("form", name)[0] for name in ("newsletter", "whitepaper", "contact", "demo")] + [
    _TRIAL
]


@dataclass(frozen=True)
class Events:
    """Events as parallel arrays. -1 stands for none in `rep`, `reason`, `until`, `deal` and `referrer`."""

    who: Ints
    item: Ints
    at: Ints
    referrer: Ints
    machine: Bools
    rep: Ints
    reason: Ints
    until: Ints
    deal: Ints
    amount: Floats

    def __len__(self) -> int:
        return len(self.who)

    def take(self, rows: Ints | Bools) -> Events:
        return Events(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


def make_events(who: Ints, item: Ints, at: Ints, **others: Ints | Floats | Bools) -> Events:
    """Events with none in whatever is not given; small types, since there may be millions."""
    size = len(who)
    kinds = {"referrer": np.int8, "rep": np.int32, "reason": np.int8, "until": np.int64, "deal": np.int32}
    columns = {
        name: np.asarray(others.get(name, np.full(size, -1)), dtype=kind) for name, kind in kinds.items()
    }
    columns["machine"] = np.asarray(others.get("machine", np.zeros(size)), dtype=bool)
    columns["amount"] = np.asarray(others.get("amount", np.full(size, np.nan)), dtype=np.float64)
    return Events(
        np.asarray(who, dtype=np.int32), np.asarray(item, dtype=np.int16), np.asarray(at), **columns
    )


def join_events(*parts: Events) -> Events:
    return Events(
        *(np.concatenate([getattr(p, name) for p in parts]) for name in Events.__dataclass_fields__)
    )


@dataclass(frozen=True)
class _Visits:
    who: Ints
    at: Ints
    mail: Bools
    first: Bools
    depth: Ints


def draw_behaviour(
    seed: int, chunk: int, people: People, period: Period, events_per_lead: float
) -> tuple[Events, Ints]:
    """Everything that the leads do themselves, and when each of them became known (`created_at`)."""
    rng = stream(seed, chunk, "behaviour")
    visits = _draw_visits(rng, people, period, events_per_lead)
    visit = np.repeat(np.arange(len(visits.who)), visits.depth)
    place = np.arange(len(visit)) - starts_of(visits.depth)[visit]
    who = visits.who[visit]
    machine = (people.kind[who] == BOT) | (visits.mail & people.scanner[visits.who])[visit]

    at = visits.at[visit] + _seconds_into_visit(rng, visits, visit, place, machine)
    need = people.need_at(who, at)
    item = _draw_items(rng, people, visits, visit, place, who, need)
    created_at = _become_known(rng, people, visits, item, at, period)
    item = _once_a_month(who, item, at)

    landing = np.array([REFERRER_OF_SOURCE.get(name, -1) for name in SOURCE_NAMES])[people.source[who]]
    from_web = np.where((place == 0) & (rng.random(len(who)) < 0.6), landing, -1)
    from_mail = np.where(place == 1, REFERRER_OF_MAIL, -1)
    referrer = np.where(visits.mail[visit], from_mail, from_web)
    events = make_events(who, item, at, referrer=referrer, machine=machine)
    return events.take(at <= period.end), created_at


def _draw_visits(rng: np.random.Generator, people: People, period: Period, events_per_lead: float) -> _Visits:
    counts = _visit_counts(rng, people, period, events_per_lead)
    who = np.repeat(np.arange(len(people)), counts)
    first = np.arange(len(who)) == starts_of(counts)[who]
    at = _visit_times(rng, people, period, who)
    batch = np.isin(people.source, (LIST, FAIR))[who]
    mail = (rng.random(len(who)) < np.where(batch, 0.5, 0.28)) & ~(first & ~batch)
    at = np.where(mail, _mailing_day(rng, at), at)
    # Whoever is on a list or came from a fair is known before the first visit, everybody else by it.
    at = np.where(first & ~batch, people.arrived[who], np.maximum(at, people.arrived[who] + 60))
    at = np.where(people.kind[who] == BOT, at // DAY * DAY + rng.integers(HOUR, 4 * HOUR, len(who)), at)
    depth = 1 + rng.geometric(1 / (DEPTH - 1), len(who))
    depth = np.where(people.kind[who] == BOT, BOT_DEPTH, depth)
    depth = np.where(people.scanner[who] & mail, SCANNER_DEPTH, depth)
    return _Visits(who, at, mail, first & ~batch, depth)


def _visit_counts(rng: np.random.Generator, people: People, period: Period, events_per_lead: float) -> Ints:
    """Few visits for most and many for some; on average as many events as asked for."""
    exposure = np.sqrt((period.end - people.arrived) / period.length + 0.02)
    weight = rng.lognormal(0.0, 0.9, len(people)) * (0.25 + 1.6 * people.peak_need) * exposure
    weight = np.minimum(weight, 25 * weight.mean())
    weight[people.source == LIST] *= 0.4
    depth = np.where(people.kind == BOT, BOT_DEPTH, DEPTH)
    weight = weight * np.where(people.kind == BOT, 1.6 * DEPTH / BOT_DEPTH, 1.0)
    weight[people.silent] = 0.0
    certain = ~people.silent & (people.source != LIST)
    spare = max(events_per_lead * people.known - (depth * certain).sum(), 0.2 * len(people))
    mean = weight * spare / max((weight * depth).sum(), 1e-9)
    return certain + rng.poisson(mean) * ~people.silent


def _visit_times(rng: np.random.Generator, people: People, period: Period, who: Ints) -> Ints:
    """Around the peaks of need, or anywhere between arrival and the end."""
    arrived, left = people.arrived[who], period.end - people.arrived[who]
    anywhere = arrived + (left * rng.random(len(who))).astype(np.int64)
    second = (people.shape[who] == BOUNCING) & (rng.random(len(who)) < 0.45)
    peak = np.where(second, people.second_peak[who], people.first_peak[who])
    around = peak + (people.width[who] * rng.normal(0, 1, len(who))).astype(np.int64)
    use_peak = (people.shape[who] != STEADY) & (rng.random(len(who)) < 0.7)
    use_peak &= (around > arrived) & (around < period.end)
    return waking_hours(rng, np.where(use_peak, around, anywhere)).clip(None, period.end - 30)


def _mailing_day(rng: np.random.Generator, at: Ints) -> Ints:
    """Mailings go out on Tuesdays at 08:00; most are read within the day."""
    tuesday = at // DAY - weekday(at) + 1
    return tuesday * DAY + 8 * HOUR + rng.exponential(5 * HOUR, len(at)).astype(np.int64)


def _seconds_into_visit(
    rng: np.random.Generator, visits: _Visits, visit: Ints, place: Ints, machine: Bools
) -> Ints:
    """People read for a minute or so; machines take a second or two for each link."""
    gap = np.where(
        machine, rng.integers(0, 3, len(visit)), 3 + rng.exponential(55, len(visit)).astype(np.int64)
    )
    total = np.cumsum(np.where(place == 0, 0, gap))
    return total - total[starts_of(visits.depth)][visit]


def _draw_items(
    rng: np.random.Generator,
    people: People,
    visits: _Visits,
    visit: Ints,
    place: Ints,
    who: Ints,
    need: Floats,
) -> Ints:
    kind = people.kind[who]
    item = witness(rng, need, _IDLE, _EAGER)
    special = choose(rng, [(kind == JOB_SEEKER, _JOB), (kind == BOT, _CRAWL)], len(who))
    item = np.where((kind == JOB_SEEKER) | (kind == BOT), special, item)
    item = np.where((kind == COMPETITOR) & (item == _TRIAL), _PRODUCT, item)

    mail = visits.mail[visit]
    opened = np.array(_OPENED)[pick(rng, (5, 3, 2), len(who))]
    clicked = np.array(_CLICKED)[pick(rng, (4, 3, 2, 3, 3, 2, 1), len(who))]
    burst = (kind == BOT) | people.scanner[who]
    item = np.where(mail & (place == 0), opened, item)
    return np.where(mail & (burst & (place > 0) | (place == 1)), clicked, item)


def _become_known(
    rng: np.random.Generator, people: People, visits: _Visits, item: Ints, at: Ints, period: Period
) -> Ints:
    """Most leave their name in a form that ends their first visit (put into `item`), some a little later."""
    created_at = people.arrived.copy()
    visit = np.flatnonzero(visits.first)
    who = visits.who[visit]
    last = (np.cumsum(visits.depth) - 1)[visit]
    need = people.need_at(who, at[last])
    form = np.array(_FIRST_FORMS)[witness(rng, need**1.3, (46, 42, 5, 1, 6), (16, 20, 15, 21, 28))]
    form = np.where(people.kind[who] == JOB_SEEKER, _FIRST_FORMS[2], form)
    by_form = rng.random(len(who)) < 0.75
    item[last[by_form]] = form[by_form]
    later = at[last] + np.where(by_form, 0, rng.exponential(2 * DAY, len(who)).astype(np.int64))
    created_at[who] = later
    return created_at.clip(None, period.end)


def _once_a_month(who: Ints, item: Ints, at: Ints) -> Ints:
    """Nobody asks for a demo every day: a repeat within the month, or of a trial ever, is a product page."""
    rows = np.flatnonzero(np.isin(item, _RARE))
    month = np.where(item[rows] == _TRIAL, 0, at[rows] // (30 * DAY))
    key = (who[rows] * len(ITEMS) + item[rows]) * 4096 + month
    keep = np.zeros(len(rows), dtype=bool)
    keep[first_of_each(key, at[rows])] = True
    item = item.copy()
    item[rows[~keep]] = _PRODUCT
    return item
