"""What leads say when asked, in forms, in the chat, to a rep: traits with source, words and confidence."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from leadline.sample.behaviour import Events
from leadline.sample.draws import DAY, Ints, numbered, office_hours, pick, plant, stream, witness
from leadline.sample.people import BOT, People, Period
from leadline.sample.vocabulary import PAINS, QUOTES, ROLES, TIMEFRAMES, UNREADABLE_BUDGETS, items_of

SHARE_UNREADABLE_BUDGET = 0.03  # of the budgets that are given
SHARE_TAKEN_BACK = 0.01  # of all answers: an empty value, later
SHARE_ENRICHED = 0.04  # of leads: a data provider corrects the number of employees

FIELDS = ("budget_amount", "role_in_purchase", "pain", "timeframe", "employees")
SOURCES = ("form", "chat", "rep", "enrichment")
# How likely each question is answered: rows form, chat, rep; columns as FIELDS.
_ANSWERED = np.array([[0.10, 0.40, 0.35, 0.35], [0.08, 0.12, 0.22, 0.15], [0.62, 0.80, 0.80, 0.70]])
_FORMS = [place for name in ("demo", "contact", "whitepaper") for place in items_of("form", name)]


def draw_answers(
    seed: int, chunk: int, people: People, events: Events, employees: Ints, period: Period, first_id: int
) -> pa.Table:
    """The table of traits, in order of time."""
    rng = stream(seed, chunk, "answers")
    asked = [_FORMS, items_of("chat_message"), items_of("lead_accepted")]
    who, at, field, source = [], [], [], []
    for place, items in enumerate(asked):
        rows = np.flatnonzero(np.isin(events.item, items) & (events.who < people.known))
        rows = rows[people.kind[events.who[rows]] != BOT]
        for question in range(4):
            said = rows[rng.random(len(rows)) < _ANSWERED[place, question]]
            who.append(events.who[said].astype(np.int64))
            talked = office_hours(rng, events.at[said] + rng.integers(0, 4 * DAY, len(said)))
            at.append(talked if place == 2 else events.at[said])
            field.append(np.full(len(said), question))
            source.append(np.full(len(said), place))
    enriched = np.flatnonzero(plant(rng, np.arange(people.known) >= 0, SHARE_ENRICHED))
    who.append(enriched)
    at.append(people.arrived[enriched] + rng.integers(DAY, 3 * DAY, len(enriched)))
    field.append(np.full(len(enriched), 4))
    source.append(np.full(len(enriched), 3))
    who, at, field, source = (np.concatenate(parts) for parts in (who, at, field, source))

    value = _values(rng, people, who, at, field, employees)
    retake = np.flatnonzero(rng.random(len(who)) < SHARE_TAKEN_BACK)
    who, field, source = (np.concatenate([column, column[retake]]) for column in (who, field, source))
    at = np.concatenate([at, at[retake] + rng.integers(DAY, 30 * DAY, len(retake))])
    value = np.concatenate([value, np.full(len(retake), "", dtype=object)])

    order = np.lexsort((source, field, who, at))
    order = order[at[order] <= period.end]
    who, at, field, source, value = (column[order] for column in (who, at, field, source, value))
    return _as_table(rng, who, at, field, source, value, first_id)


def _values(
    rng: np.random.Generator, people: People, who: Ints, at: Ints, field: Ints, employees: Ints
) -> np.ndarray:
    """Answers lean the way of the truth: budget and role on fit, pain and time on the need of the moment."""
    fit, need = people.fit[who], people.need_at(who, at)
    value = np.full(len(who), None, dtype=object)
    rich = np.exp(rng.normal(np.log(900) + 3.4 * np.sqrt(fit * (0.3 + 0.7 * need)), 0.55))
    budget = (rich / 500).round().clip(1).astype(np.int64) * 500
    texts = {
        0: budget.astype(str).astype(object),
        1: np.array(ROLES, dtype=object)[witness(rng, fit, (8, 27, 65), (52, 38, 10))],
        2: np.array(PAINS, dtype=object)[
            witness(rng, np.sqrt(need), (62, 10, 10, 10, 8), (2, 22, 28, 28, 20))
        ],
        3: np.array(TIMEFRAMES, dtype=object)[witness(rng, need, (2, 8, 30, 60), (38, 42, 16, 4))],
        4: employees[who].astype(str).astype(object),
    }
    for question, text in texts.items():
        value[field == question] = text[field == question]
    vague = np.flatnonzero((field == 0) & (rng.random(len(who)) < SHARE_UNREADABLE_BUDGET))
    value[vague] = np.array(UNREADABLE_BUDGETS, dtype=object)[
        rng.integers(0, len(UNREADABLE_BUDGETS), len(vague))
    ]
    return value


def _as_table(
    rng: np.random.Generator, who: Ints, at: Ints, field: Ints, source: Ints, value: np.ndarray, first_id: int
) -> pa.Table:
    confidence = np.choose(
        source, (np.ones(len(who)), rng.uniform(0.55, 0.95, len(who)), np.full(len(who), 0.9), 0.8)
    )
    way = pick(rng, (1, 1), len(who))
    quote = [
        QUOTES[FIELDS[f]][w].format(v) if v and FIELDS[f] in QUOTES and s in (1, 2) else None
        for f, s, w, v in zip(field, source, way, value, strict=True)
    ]
    return pa.table({
        "trait_id": numbered("t", first_id, len(who), 8),
        "lead_id": who,  # a place among the people; `tables` puts the id in
        "field": pa.array(np.array(FIELDS, dtype=object)[field], pa.string()),
        "value": pa.array(value, pa.string()),
        "occurred_at": pa.array(at * 1_000_000, pa.timestamp("us", "UTC")),
        "source": pa.array(np.array(SOURCES, dtype=object)[source], pa.string()),
        "quote": pa.array(quote, pa.string()),
        "confidence": pa.array(confidence.round(2), pa.float64()),
    })  # fmt: skip
