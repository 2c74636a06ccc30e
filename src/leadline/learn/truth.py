"""An invented company of which the truth is known: each lead's own probability of buying.

What is learned from it can be held against what made it: probabilities against the true ones, a persona
against the profile that was planted, proposed rules against the signs of their true effects.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from leadline.learn.examples import Examples
from leadline.model import Model, read_model
from leadline.model.expr import Type
from leadline.model.predictor import Input
from leadline.model.shape import Field
from leadline.model.values import DAY, HOUR

BEGIN = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
SENIORITY = ("c_level", "director", "manager", "staff", "student")
CHANNELS = ("referral", "search", "ads", "event", "list")
_SENIORITY = np.array([0.9, 1.1, 0.3, -0.4, -1.6])
_CHANNEL = np.array([1.0, 0.2, -0.3, 0.0, -0.7])

MODEL = """
leadline: 1
name: The invented company's rules
fields:
  seniority: {type: text, values: [c_level, director, manager, staff, student]}
  employees: number
  channel: {type: text, values: [referral, search, ads, event, list]}
  newsletter: boolean
  lucky_number: number
fit:
  rules:
    - {id: decides, label: Decides, when: "seniority in ('c_level', 'director')", points: 10}
    - {id: size, label: 50 to 1000 employees, when: employees between 50 and 1000, points: 10}
    - {id: referred, label: Was referred, when: channel = 'referral', points: 5}
    - {id: listed, label: From a bought list, when: channel = 'list', points: 15}
    - {id: reads, label: Takes the newsletter, when: newsletter, points: 10}
    - {id: lucky, label: Has an odd lucky number, when: "lucky_number in (1, 3, 5, 7, 9)", points: 10}
intent:
  signals:
    - {id: pricing, label: Viewed pricing, event: pricing, points: 5, half_life: 30d}
    - {id: docs, label: Read the docs, event: docs, points: 5, half_life: 30d}
    - {id: blog, label: Read the blog, event: blog, points: 10, half_life: 30d}
quality: {good: fit + intent >= 40, bad: true}
lifecycle:
  stages:
    - {stage: lead}
    - {stage: mql, owner: marketing, enter: fit + intent >= 25}
    - {stage: customer, event: deal_won}
goal: {event: deal_won, horizon: 60d}
"""
"""What its team believes. Two rules know better than chance, `listed` is harmful, `reads`, `lucky` and the
signal `blog` mean nothing."""


@dataclass(frozen=True)
class Truth:
    """`examples` as one learns from, and beside each the true `probability`; `planted` names what counts.

    `table` is the same as a plain table, with `id`, `at` and `won`.
    """

    examples: Examples
    probability: np.ndarray
    planted: tuple[str, ...]
    table: pa.Table


def simulated(
    leads: int, seed: int = 0, *, rate: float = 0.2, noise: int = 8, drift: float = 0.0, days: int = 365
) -> Truth:
    """Draw `leads` leads over `days` days; about `rate` of them win.

    True causes are seniority, size, channel, visits to pricing (with one interaction: directors who look at
    prices) and whether a phone number is known. `noise` further inputs mean nothing. With `drift`, the base
    rate falls by so many log-odds from the first day to the last, and visits to pricing grow by as much.

    >>> truth = simulated(1_000, seed=1)
    >>> len(truth.examples), round(float(abs(truth.probability.mean() - 0.2)), 1)
    (1000, 0.0)
    """
    draw = np.random.default_rng(seed)
    later = np.sort(draw.random(leads))
    seniority = draw.choice(len(SENIORITY), leads, p=[0.1, 0.15, 0.3, 0.35, 0.1])
    channel = draw.choice(len(CHANNELS), leads, p=[0.15, 0.3, 0.25, 0.15, 0.15])
    employees = np.round(np.exp(draw.normal(4.5, 1.6, leads))) + 1
    pricing = draw.poisson(np.exp(-0.2 + drift * later), leads).astype(float)
    phone = draw.random(leads) < 0.4
    rest = (
        _CHANNEL[channel] + 0.8 * ((employees >= 50) & (employees <= 1000)) + 0.6 * np.minimum(pricing, 4)
        + 0.5 * phone - drift * later
    )  # fmt: skip
    # What each seniority adds to each lead: [seniority, lead]
    added = _SENIORITY[:, None] + 0.5 * ((np.arange(len(SENIORITY)) == 1)[:, None] & (pricing > 0))
    odds = rest + added[seniority, np.arange(leads)]
    base = _base(odds, rate)
    probability = _likely(base + odds)
    won = draw.random(leads) < probability
    unsaid = draw.random(leads) < 0.15
    # The best that can be said where seniority is not known: the mean over who it may be.
    shares = np.bincount(seniority, minlength=len(SENIORITY)) / leads
    probability = np.where(unsaid, shares @ _likely(base + rest + added), probability)
    columns = {
        "seniority": pa.array(np.array(SENIORITY)[seniority], mask=unsaid),
        "employees": pa.array(employees), "channel": pa.array(np.array(CHANNELS)[channel]),
        "pricing": pa.array(pricing), "phone": pa.array(phone),
    }  # fmt: skip
    planted = tuple(columns)
    for number in range(noise):
        columns[f"noise_{number}"] = _meaningless(draw, number, leads)
    at = BEGIN + (later * days * DAY).astype(np.int64)
    ids = pa.array([f"L{i:07d}" for i in range(leads)])
    features = pa.table(columns)
    inputs = tuple(
        Input(name, _type(column.type), name.replace("_", " ").capitalize(), expr=name)
        for name, column in columns.items()
    )
    fields = tuple(Field(i.name, i.type) for i in inputs)
    examples = Examples(features, inputs, fields, won, "won", at=at, ids=ids)
    table = pa.table({"id": ids, "at": pa.array(at, pa.timestamp("us", "UTC")), **columns, "won": won})
    return Truth(examples, probability, planted, table)


@dataclass(frozen=True)
class Company:
    """The invented company as facts: a model by hand, leads and events, and each lead's true probability."""

    model: Model
    leads: pa.Table
    events: pa.Table
    probability: np.ndarray
    end: int  # microseconds: the day that all facts are before


def simulated_company(leads: int, seed: int = 0, *, rate: float = 0.15, days: int = 365) -> Company:
    """The same kind of truth as facts that the model `MODEL` reads.

    Each lead does what it does within twenty days of its first day; a deal, if it comes, is won 25 to 55 days
    after that. All facts lie before `end`, which leaves the last leads' horizon open.
    """
    draw = np.random.default_rng(seed)
    born = np.sort(BEGIN + (draw.random(leads) * days * DAY).astype(np.int64))
    seniority = draw.choice(len(SENIORITY), leads, p=[0.1, 0.15, 0.3, 0.35, 0.1])
    channel = draw.choice(len(CHANNELS), leads, p=[0.15, 0.3, 0.25, 0.15, 0.15])
    employees = np.round(np.exp(draw.normal(4.5, 1.6, leads))) + 1
    visits = {"pricing": draw.poisson(0.9, leads), "docs": draw.poisson(0.8, leads)}
    visits["blog"] = draw.poisson(1.0, leads)
    odds = (
        _SENIORITY[seniority] + _CHANNEL[channel] + 0.8 * ((employees >= 50) & (employees <= 1000))
        + 0.7 * np.minimum(visits["pricing"], 4) + 0.3 * np.minimum(visits["docs"], 3)
    )  # fmt: skip
    probability = _likely(odds + _base(odds, rate))
    won = draw.random(leads) < probability
    ids = np.array([f"L{i:07d}" for i in range(leads)])
    end = BEGIN + days * DAY
    who, what, when = [], [], []
    for name, counts in visits.items():
        of = np.repeat(np.arange(leads), counts)
        who.append(of)
        what.append(np.full(len(of), name))
        when.append(born[of] + (draw.random(len(of)) * 20 * DAY).astype(np.int64))
    who.append(np.arange(leads))
    what.append(np.full(leads, "signup"))
    when.append(born)
    buyers = np.flatnonzero(won)
    who.append(buyers)
    what.append(np.full(len(buyers), "deal_won"))
    when.append(born[buyers] + ((25 + 30 * draw.random(len(buyers))) * DAY).astype(np.int64))
    lead, event, at = np.concatenate(who), np.concatenate(what), np.concatenate(when)
    seen = np.flatnonzero(at < end)
    events = pa.table({
        "event_id": [f"e{i}" for i in range(len(seen))], "lead_id": ids[lead[seen]], "event": event[seen],
        "occurred_at": pa.array(at[seen], pa.timestamp("us", "UTC")),
    })  # fmt: skip
    known = pa.table({
        "lead_id": ids, "created_at": pa.array(born - HOUR, pa.timestamp("us", "UTC")),
        "seniority": np.array(SENIORITY)[seniority], "employees": employees,
        "channel": np.array(CHANNELS)[channel], "newsletter": draw.random(leads) < 0.5,
        "lucky_number": draw.integers(0, 10, leads).astype(float),
    })  # fmt: skip
    return Company(read_model(MODEL), known, events, probability, end)


def _base(odds: np.ndarray, rate: float) -> float:
    """The constant that makes the mean probability the rate, by bisection."""
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if np.mean(_likely(odds + middle)) < rate else (low, middle)
    return low


def _likely(odds: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-odds))


def _meaningless(draw: np.random.Generator, number: int, leads: int) -> pa.Array:
    match number % 4:
        case 0:
            return pa.array(draw.normal(size=leads))
        case 1:
            return pa.array(np.array([f"v{i}" for i in range(6)])[draw.integers(0, 6, leads)])
        case 2:
            return pa.array(draw.random(leads) < 0.3)
    return pa.array([f"city {i}" for i in draw.zipf(1.5, leads) % 400])


def _type(arrow: pa.DataType) -> Type:
    if pa.types.is_boolean(arrow):
        return Type.BOOLEAN
    return Type.TEXT if pa.types.is_string(arrow) else Type.NUMBER
