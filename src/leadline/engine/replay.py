"""The walk through instants: each lead's stage changes as they would have happened, with their causes.

Leads are taken a batch at a time: their measures at all instants come from the engine in one go, then
the lifecycle steps from instant to instant, all leads of the batch at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leadline.engine import lifecycle
from leadline.engine.assess import INSTANT, LEDGER_SCHEMA, engine_for, instants_of, with_instants
from leadline.engine.facts import Facts
from leadline.engine.facts.doubled import SUSPECT
from leadline.engine.plan import Shape, first_of_each_id
from leadline.engine.zones import offset_at
from leadline.model.shape import DISQUALIFIED, Model
from leadline.model.values import DAY

POINTS_AT_ONCE = 250_000  # twice as many take no less time and twice the memory
Progress = Callable[[int, int], None]  # leads done, leads in all

CHANGES_SCHEMA = pa.schema(
    [
        ("lead_id", pa.string()), ("changed_at", INSTANT), ("model_version", pa.string()),
        ("episode", pa.int64()),
        ("since", INSTANT), ("before", pa.string()), ("after", pa.string()), ("cause", pa.string()),
        ("skipped", pa.list_(pa.string())), ("initial", pa.bool_()),
    ]
)  # fmt: skip
FINAL_SCHEMA = pa.schema(
    [("lead_id", pa.string()), ("stage", pa.string()), ("since", INSTANT), ("episode", pa.int64())]
)


@dataclass(frozen=True)
class Replay:
    """What happened between two instants.

    `changes` has a row for each change of stage, ordered by lead and instant. `since` is the start of the
    episode, null for the beginning of time; `initial` marks what was found at the first instant rather than
    seen to happen. `ledger` has the entries of each lead at the instant of each of its changes; `final`
    where each lead stands in the end.
    """

    changes: pa.Table
    ledger: pa.Table
    final: pa.Table
    instants: int


def replay(
    model: Model,
    facts: Facts,
    *,
    first: int,
    last: int,
    every: int | Literal["fact"] = DAY,
    engine: str = "duckdb",
    with_ledger: bool = True,
    progress: Progress | None = None,
) -> Replay:
    """Walk from `first` to `last` (microseconds) and record each change of stage.

    `every` is a step in microseconds or `"fact"`. A step of whole days stands at the end of each such day
    in the model's time zone, that is its last microsecond; `"fact"` at each fact of a lead.
    Raises ValueError where the model has no lifecycle, or `last` lies before `first`.
    """
    if not model.lifecycle.stages:
        raise ValueError("the model has no `lifecycle`, so there are no stages to walk through: add one")
    if last < first:
        raise ValueError("the walk would end before it begins: `first` must not be later than `last`")
    run = engine_for(engine, model, facts, **({} if engine == "reference" else {"with_seen": False}))
    walk = (
        _every_fact(facts, first, last) if every == "fact" else _every_step(model, facts, first, last, every)
    )
    parts, done = _Parts(model, first_instant=walk.first), 0
    with run.hold(last) if hasattr(run, "hold") else nullcontext():
        for lead_ids, points in walk.batches:
            if len(points):
                parts.add(lead_ids, points, run, with_ledger)
            done += len(lead_ids)
            if progress is not None:
                progress(done, walk.leads)
    return parts.replay(walk.instants)


@dataclass(frozen=True)
class _Walk:
    """Batches of leads, each with all its points (lead_id, as_of)."""

    leads: int
    first: int
    instants: int
    batches: Iterator[tuple[pa.Array, pa.Table]]


def instants_between(model: Model, first: int, last: int, every: int = DAY) -> list[int]:
    """The instants of a walk: ends of local days where the step is whole days, else steps from `first`."""
    if every <= 0:
        raise ValueError("a step must be longer than nothing, such as 1d")
    if every % DAY:
        return [*range(first, last, every), last]
    zone = ZoneInfo(model.timezone)
    days = every // DAY
    number = (first + offset_at(zone, first)) // DAY + 1
    ends = []
    while (end := _day_begins(zone, number) - 1) < last:
        ends.append(end)
        number += days
    return [*ends, last]


def _day_begins(zone: ZoneInfo, number: int) -> int:
    """The first instant of a local day, counted from 1970-01-01."""
    guess = number * DAY - offset_at(zone, number * DAY)
    return number * DAY - offset_at(zone, guess)


def _every_step(model: Model, facts: Facts, first: int, last: int, every: int) -> _Walk:
    instants = np.array(instants_between(model, first, last, every))
    known = _first_facts(facts, last)
    size = max(1, POINTS_AT_ONCE // len(instants))

    def batches() -> Iterator[tuple[pa.Array, pa.Table]]:
        for batch in known.to_batches(max_chunksize=size):
            begins = np.searchsorted(instants, batch.column("t").to_numpy())
            counts = len(instants) - begins
            lead = np.repeat(np.arange(len(batch)), counts)
            each = (
                np.arange(len(lead))
                - np.repeat(np.cumsum(counts) - counts, counts)
                + np.repeat(begins, counts)
            )
            ids = batch.column("lead_id")
            yield ids, pa.table({"lead_id": ids.take(pa.array(lead)), "as_of": instants[each]})

    return _Walk(len(known), int(instants[0]), len(instants), batches())


def _first_facts(facts: Facts, last: int) -> pa.Table:
    """Each lead known by `last`, and the instant (t) from which it is."""
    query = f"""
        SELECT lead_id, min(t) AS t FROM (
            SELECT lead_id, t FROM ({{events}})
            UNION ALL SELECT lead_id, t FROM traits
            UNION ALL SELECT lead_id, coalesce(t, {lifecycle.BEGINNING}) FROM leads
        ) WHERE t <= {last} GROUP BY lead_id ORDER BY lead_id"""
    return _of_facts(facts, query)


def _every_fact(facts: Facts, first: int, last: int) -> _Walk:
    query = f"""
        SELECT DISTINCT lead_id, greatest(t, {first}) AS as_of FROM (
            SELECT lead_id, t FROM ({{events}})
            UNION ALL SELECT lead_id, t FROM traits
            UNION ALL SELECT lead_id, coalesce(t, {first}) FROM leads
        ) WHERE t <= {last} ORDER BY lead_id, as_of"""
    points = _of_facts(facts, query)
    leads = pc.count_distinct(points.column("lead_id")).as_py()
    instants = pc.count_distinct(points.column("as_of")).as_py()

    def batches() -> Iterator[tuple[pa.Array, pa.Table]]:
        for table in _whole_leads(points, POINTS_AT_ONCE):
            yield pc.unique(table.column("lead_id")), table

    return _Walk(leads, first, instants, batches())


def _of_facts(facts: Facts, query: str) -> pa.Table:
    """What `query` gives, in which {events} stands for the events that count: each id once, void ones not."""

    def given(events: str) -> pa.Table:
        return facts.connection.sql(query.format(events=events)).to_arrow_table().combine_chunks()

    counting = "SELECT lead_id, t FROM {} WHERE NOT void"
    if not facts.has_duplicate_events():
        return given(counting.format("events"))
    shape = Shape({c.name: (c.sql, c.kind) for c in facts.properties}, {})
    firsts = first_of_each_id(shape, facts.aside)
    certain = f"{counting.format('events')} AND NOT {SUSPECT}"
    return given(f"{certain} UNION ALL {counting.format(f'({firsts})')}")


def _whole_leads(points: pa.Table, size: int) -> Iterator[pa.Table]:
    """Slices of about `size` rows that part no lead from its points; rows stand in order of lead."""
    ids = points.column("lead_id")
    begin = 0
    while begin < len(points):
        end = min(begin + size, len(points))
        while end < len(points) and ids[end].as_py() == ids[end - 1].as_py():
            end += 1
        yield points.slice(begin, end - begin)
        begin = end


class _Parts:
    """Collects the changes, ledgers and last states of one batch after the other."""

    def __init__(self, model: Model, first_instant: int):
        self.model = model
        self.first = first_instant
        self.stages = np.array([*model.lifecycle.names, DISQUALIFIED], dtype=object)  # OUT, -1, is the last
        self.changes: list[pa.Table] = []
        self.ledgers: list[pa.Table] = []
        self.finals: list[pa.Table] = []

    def add(self, lead_ids: pa.Array, points: pa.Table, run, with_ledger: bool) -> None:
        measures, _ = run.measures(points, instants_of(points, None), with_ledger=False)
        lead = pc.index_in(measures.column("lead_id"), value_set=_flat(lead_ids)).to_numpy()
        order = np.lexsort((measures.column("as_of").to_numpy(), lead))
        signs = lifecycle.Signs.of(self.model, measures).take(order)
        changes = self._walk(lead_ids, lead[order], signs)
        self.changes.append(changes)
        if with_ledger and len(changes):
            moments = changes.select(["lead_id", "changed_at"]).rename_columns(["lead_id", "as_of"])
            moments = moments.set_column(1, "as_of", moments.column("as_of").cast(pa.int64()))
            _, ledger = run.measures(moments, instants_of(moments, None))
            self.ledgers.append(with_instants(ledger))

    def _walk(self, lead_ids: pa.Array, lead: np.ndarray, signs: lifecycle.Signs) -> pa.Table:
        """Step all leads of the batch from their first point to their last."""
        nth = np.arange(len(lead)) - np.searchsorted(lead, lead)  # which point of its lead a row is
        count = len(lead_ids)
        state = lifecycle.State(
            np.zeros(count, np.int16), np.zeros(count, np.int64), np.ones(count, np.int32)
        )
        rows_of = _rows_by(nth)
        records: list[dict] = []
        for number, rows in enumerate(rows_of):
            here = signs.take(rows)
            before = lifecycle.start(here) if number == 0 else state.take(lead[rows])
            after, moves = lifecycle.step(self.model, here, before)
            state.put(lead[rows], after)
            records += self._records(rows, lead, here, after, moves, number == 0)
        self.finals.append(self._final(lead_ids, state))
        return self._table(lead_ids, records)

    def _records(self, rows, lead, here, after, moves, first_point) -> list[dict]:
        """A row of arrays for each way of moving, in the order in which they happen."""

        def record(at: np.ndarray, came: np.ndarray, went: np.ndarray, cause: np.ndarray, place: int) -> dict:
            return {
                "lead": lead[rows[at]], "at": here.at[at],
                "episode": after.episode[at], "since": after.since[at],
                "before": came, "after": went, "cause": cause, "place": np.full(len(at), place),
                "initial": np.full(len(at), first_point) & (here.at[at] == self.first),
            }  # fmt: skip

        causes = np.array(lifecycle.CAUSES, dtype=object)
        found = []
        if len(moves.left):
            found.append(record(moves.left, moves.left_from, moves.left_to, causes[moves.left_cause], 0))
        for stage, at, came in moves.entered:
            event = self.model.lifecycle.stages[stage].event
            cause = np.full(len(at), f"event {event}" if event else "enter", dtype=object)
            found.append(record(at, came, np.full(len(at), stage, np.int16), cause, stage))
        return found

    def _table(self, lead_ids: pa.Array, records: list[dict]) -> pa.Table:
        if not records:
            return CHANGES_SCHEMA.empty_table()
        joined = {name: np.concatenate([r[name] for r in records]) for name in records[0]}
        order = np.lexsort((joined["place"], joined["at"], joined["lead"]))
        joined = {name: array[order] for name, array in joined.items()}
        since = joined["since"]
        names = self.model.lifecycle.names
        skipped = [
            list(names[came + 1 : went]) if went > came >= 0 else []
            for came, went in zip(joined["before"].tolist(), joined["after"].tolist(), strict=True)
        ]
        return pa.table(
            {
                "lead_id": _flat(lead_ids).take(pa.array(joined["lead"])),
                "changed_at": pa.array(joined["at"]),
                "model_version": pa.array([self.model.version] * len(since)),
                "episode": joined["episode"].astype(np.int64),
                "since": pa.array(since, mask=since == lifecycle.BEGINNING),
                "before": pa.array(self.stages[joined["before"]]),
                "after": pa.array(self.stages[joined["after"]]),
                "cause": pa.array(joined["cause"]),
                "skipped": pa.array(skipped, pa.list_(pa.string())),
                "initial": joined["initial"],
            }
        ).cast(CHANGES_SCHEMA)

    def _final(self, lead_ids: pa.Array, state: lifecycle.State) -> pa.Table:
        return pa.table(
            {
                "lead_id": _flat(lead_ids),
                "stage": pa.array(self.stages[state.stage]),
                "since": pa.array(state.since, mask=state.since == lifecycle.BEGINNING),
                "episode": state.episode.astype(np.int64),
            }
        ).cast(FINAL_SCHEMA)

    def replay(self, instants: int) -> Replay:
        return Replay(
            _joined(self.changes, CHANGES_SCHEMA),
            _joined(self.ledgers, LEDGER_SCHEMA),
            _joined(self.finals, FINAL_SCHEMA),
            instants,
        )


def _rows_by(nth: np.ndarray) -> list[np.ndarray]:
    """Row numbers with 0, with 1, with 2 …, each in ascending order."""
    order = np.argsort(nth, kind="stable")
    return np.split(order, np.cumsum(np.bincount(nth))[:-1])


def _flat(array: pa.Array | pa.ChunkedArray) -> pa.Array:
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _joined(tables: Sequence[pa.Table], schema: pa.Schema) -> pa.Table:
    return pa.concat_tables(tables) if tables else schema.empty_table()
