"""One chunk of the example company as Arrow tables, ids put in. Repeated text is kept as dictionaries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from leadline.sample.answers import draw_answers
from leadline.sample.behaviour import draw_behaviour, join_events
from leadline.sample.dirt import Delivered, deliver
from leadline.sample.draws import Ints, numbered
from leadline.sample.people import BOT, KINDS, SHAPES, People, Period, draw_people
from leadline.sample.profile import draw_profile
from leadline.sample.selling import draw_selling, rep_names, reps_needed
from leadline.sample.spending import count_arrivals
from leadline.sample.vocabulary import ITEMS, REASONS, REFERRERS

_WHEN = pa.timestamp("us", "UTC")
SCHEMAS: dict[str, pa.Schema] = {
    "leads": pa.schema([
        ("lead_id", pa.string()), ("created_at", _WHEN), ("email", pa.string()), ("first_name", pa.string()),
        ("last_name", pa.string()), ("company", pa.string()), ("seniority", pa.string()),
        ("employees", pa.string()), ("country", pa.string()), ("industry", pa.string()),
        ("email_kind", pa.string()), ("source", pa.string()), ("campaign", pa.string()),
    ]),
    "traits": pa.schema([
        ("trait_id", pa.string()), ("lead_id", pa.string()), ("field", pa.string()), ("value", pa.string()),
        ("occurred_at", _WHEN), ("source", pa.string()), ("quote", pa.string()), ("confidence", pa.float64()),
    ]),
    "events": pa.schema([
        ("event_id", pa.string()), ("lead_id", pa.string()), ("event", pa.string()), ("occurred_at", _WHEN),
        ("path", pa.string()), ("url", pa.string()), ("title", pa.string()), ("referrer", pa.string()),
        ("name", pa.string()), ("amount", pa.float64()), ("rep", pa.string()), ("reason", pa.string()),
        ("until", _WHEN), ("void", pa.bool_()),
    ]),
    "outcomes": pa.schema([
        ("deal_id", pa.string()), ("lead_id", pa.string()), ("outcome", pa.string()), ("closed_at", _WHEN),
        ("amount", pa.float64()), ("rep", pa.string()),
    ]),
    "spend": pa.schema([
        ("date", pa.date32()), ("source", pa.string()), ("campaign", pa.string()), ("amount", pa.float64()),
        ("clicks", pa.int64()),
    ]),
    "truth": pa.schema([
        ("lead_id", pa.string()), ("kind", pa.string()), ("is_bot", pa.bool_()), ("has_profile", pa.bool_()),
        ("duplicate_of", pa.string()), ("colleague_of", pa.string()), ("fit", pa.float64()),
        ("need", pa.float64()), ("peak_need", pa.float64()), ("need_shape", pa.string()),
        ("would_buy", pa.float64()), ("buys", pa.bool_()),
    ]),
    "truth_events": pa.schema([("event_id", pa.string()), ("dirt", pa.string())]),
}  # fmt: skip


@dataclass(frozen=True)
class Counts:
    """How many of each have been numbered so far, so that ids go on from chunk to chunk."""

    chunk: int = 0
    leads: int = 0
    strangers: int = 0
    events: int = 0
    traits: int = 0
    deals: int = 0


@dataclass(frozen=True)
class Chunk:
    """Tables by name (all but `spend`), arrivals by day and campaign, and where the next chunk goes on."""

    tables: dict[str, pa.Table]
    arrivals: Ints
    next: Counts


def draw_chunk(seed: int, so_far: Counts, leads: int, period: Period, events_per_lead: float) -> Chunk:
    """People, what they do and say, what sales make of it, and what arrives of all that."""
    chunk = so_far.chunk
    people = draw_people(seed, chunk, leads, period)
    behaviour, created_at = draw_behaviour(seed, chunk, people, period, events_per_lead)
    profile, employees = draw_profile(seed, chunk, people, created_at, so_far.leads + 1)
    employees = np.concatenate([employees, np.ones(len(people) - leads, dtype=np.int64)])
    selling = draw_selling(seed, chunk, people, behaviour, employees, period)
    events = join_events(behaviour, selling)
    decided = np.arange(len(events)) >= len(behaviour)
    traits = draw_answers(seed, chunk, people, events, employees, period, so_far.traits + 1)
    delivered = deliver(seed, chunk, events, decided)

    ids = _lead_ids(people, so_far)
    tables = {
        "leads": profile,
        "traits": traits.set_column(1, "lead_id", ids.take(traits["lead_id"])),
        "events": _events(delivered, ids, people, so_far),
        "outcomes": _outcomes(delivered, ids, people, so_far),
        "truth": _truth(people, ids, period),
        "truth_events": _truth_events(delivered, so_far),
    }
    after = Counts(
        chunk=chunk + 1,
        leads=so_far.leads + leads,
        strangers=so_far.strangers + len(people) - leads,
        events=so_far.events + len(events),
        traits=so_far.traits + len(traits),
        deals=so_far.deals + len(tables["outcomes"]),
    )
    return Chunk(tables, count_arrivals(people, period), after)


def plain(table: pa.Table, name: str) -> pa.Table:
    """The table in its published schema, text as text."""
    return table.cast(SCHEMAS[name]).combine_chunks()


def _lead_ids(people: People, so_far: Counts) -> pa.Array:
    known = numbered("L", so_far.leads + 1, people.known, 7)
    strangers = numbered("A", so_far.strangers + 1, len(people) - people.known, 7)
    return pa.concat_arrays([known, strangers])


def _event_ids(so_far: Counts, places: Ints) -> pa.Array:
    ids = numbered("e", so_far.events + 1, int(places.max(initial=-1)) + 1, 8)
    return ids.take(pa.array(places))


def _coded(codes: np.ndarray, values: list[str | None] | pa.Array) -> pa.DictionaryArray:
    """Text by its place in `values`; null where that is -1 or the value there is none."""
    words = (
        values if isinstance(values, pa.Array) else pa.array([value or "" for value in values], pa.string())
    )
    nothing = codes < 0
    if not isinstance(values, pa.Array):
        nothing = nothing | np.array([value is None for value in values])[codes.clip(0)]
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32), mask=nothing), words)


def _instants(seconds: Ints, nothing: np.ndarray | None = None) -> pa.Array:
    return pa.array(seconds * 1_000_000, _WHEN, mask=nothing)


def _deal_ids(so_far: Counts, deals: Ints) -> pa.Array:
    return numbered("D", so_far.deals + 1, int(deals.max(initial=-1)) + 1, 6)


def _events(delivered: Delivered, ids: pa.Array, people: People, so_far: Counts) -> pa.Table:
    events = delivered.events
    item = events.item
    deal_names = _deal_ids(so_far, events.deal)
    names = pa.concat_arrays([pa.array([i.name or "" for i in ITEMS], pa.string()), deal_names])
    has_name = np.array([i.name is not None for i in ITEMS])[item]
    name = np.where(events.deal >= 0, len(ITEMS) + events.deal, np.where(has_name, item, -1))
    return pa.table({
        "event_id": _event_ids(so_far, delivered.number),
        "lead_id": _coded(events.who, ids),
        "event": _coded(item, [i.event for i in ITEMS]),
        "occurred_at": _instants(events.at),
        "path": _coded(item, [i.path for i in ITEMS]),
        "url": _coded(item, [i.url for i in ITEMS]),
        "title": _coded(item, [i.title for i in ITEMS]),
        "referrer": _coded(events.referrer, list(REFERRERS)),
        "name": _coded(name, names),
        "amount": pa.array(events.amount, pa.float64(), mask=np.isnan(events.amount)),
        "rep": _coded(events.rep, list(rep_names(reps_needed(people.known)))),
        "reason": _coded(events.reason, list(REASONS)),
        "until": _instants(events.until, events.until < 0),
        "void": pa.array(delivered.void),
    })  # fmt: skip


def _outcomes(delivered: Delivered, ids: pa.Array, people: People, so_far: Counts) -> pa.Table:
    """The same deals as the events tell, each once, in the order in which they closed."""
    rows = np.flatnonzero((delivered.events.deal >= 0) & ~delivered.doubled)
    deals = delivered.events.take(rows)
    deals = deals.take(np.argsort(deals.deal))
    won = ~np.isnan(deals.amount)
    table = pa.table({
        "deal_id": _deal_ids(so_far, deals.deal),
        "lead_id": _coded(deals.who, ids),
        "outcome": _coded(won.astype(np.int8), ["lost", "won"]),
        "closed_at": _instants(deals.at),
        "amount": pa.array(deals.amount, pa.float64(), mask=~won),
        "rep": _coded(deals.rep, list(rep_names(reps_needed(people.known)))),
    })  # fmt: skip
    return table.cast(SCHEMAS["outcomes"])


def _truth(people: People, ids: pa.Array, period: Period) -> pa.Table:
    everybody = np.arange(len(people))
    need = people.need_at(everybody, np.full(len(people), period.end))
    return pa.table({
        "lead_id": ids,
        "kind": _coded(people.kind, list(KINDS)),
        "is_bot": pa.array(people.kind == BOT),
        "has_profile": pa.array(everybody < people.known),
        "duplicate_of": ids.take(pa.array(people.duplicate_of, mask=people.duplicate_of < 0)),
        "colleague_of": ids.take(pa.array(people.colleague_of, mask=people.colleague_of < 0)),
        "fit": people.fit.round(4),
        "need": need.round(4),
        "peak_need": people.peak_need.round(4),
        "need_shape": _coded(people.shape, list(SHAPES)),
        "would_buy": people.would_buy.round(4),
        "buys": pa.array(people.buys),
    })  # fmt: skip


def _truth_events(delivered: Delivered, so_far: Counts) -> pa.Table:
    """One row for each thing that is wrong with an event, in the order of ids."""
    marks = {
        "machine": delivered.events.machine & ~delivered.doubled,
        "late": delivered.late & ~delivered.doubled,
        "doubled": delivered.doubled,
        "void": delivered.void & ~delivered.doubled,
    }
    numbers = np.concatenate([delivered.number[mask] for mask in marks.values()])
    codes = np.repeat(np.arange(len(marks)), [mask.sum() for mask in marks.values()])
    order = np.lexsort((codes, numbers))
    ids = _event_ids(so_far, numbers[order])
    return pa.table({"event_id": ids, "dirt": _coded(codes[order], list(marks))})
