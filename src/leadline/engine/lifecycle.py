"""One step of the lifecycle for many leads at once: spec, section 5.

Everything it needs of a lead is a handful of columns: which decision came last and when, when it was
last sent back, when a signal and a raised hand last counted, when each stage's event last happened, and
whether each stage's conditions hold. So a step is arithmetic over arrays, the same for every engine.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leadline.model import expr
from leadline.model.shape import DECISIONS, DISQUALIFIED, Lifecycle, Model, Stage

NEVER = np.iinfo(np.int64).min  # of an event: it has not happened
BEGINNING = NEVER + 1  # of an episode: since the beginning of time; later than NEVER
_NUMBER = {name: i for i, name in enumerate(DECISIONS, start=1)}
OUT = -1  # the index of the stage `disqualified`


@dataclass
class State:
    """Where leads stand: the index of their stage (or OUT), the start of their episode, its number."""

    stage: np.ndarray  # int16
    since: np.ndarray  # int64 microseconds
    episode: np.ndarray  # int32, from 1

    def take(self, rows: np.ndarray) -> State:
        return State(self.stage[rows], self.since[rows], self.episode[rows])

    def put(self, rows: np.ndarray, other: State) -> None:
        self.stage[rows], self.since[rows], self.episode[rows] = other.stage, other.since, other.episode


@dataclass(frozen=True)
class Moves:
    """What one step did, an array of row numbers for each way of moving."""

    left: np.ndarray  # rows whose episode ended: disqualified, requalified, sent back, let go
    left_from: np.ndarray  # the stage they were in
    left_to: np.ndarray
    left_cause: np.ndarray  # a number into CAUSES
    entered: list[tuple[int, np.ndarray, np.ndarray]]  # (stage, rows, the stage they came from), in order


CAUSES = ("", "disqualified by rule", "lead_disqualified", "rule no longer holds", "lead_requalified",
          "lead_rejected", "lead_recycled", "leave")  # fmt: skip
_BY_RULE, _BY_PERSON, _RULE_ENDED, _REQUALIFIED, _REJECTED, _RECYCLED, _LEAVE = range(1, 8)


@dataclass(frozen=True)
class Signs:
    """The columns of a measures table that the lifecycle reads, as arrays without nulls."""

    at: np.ndarray
    disqualified: np.ndarray
    decision: np.ndarray  # the latest decision, a number into DECISIONS from 1; 0 for none
    decided_at: np.ndarray
    recycled: np.ndarray  # the latest rejection or recycling was a recycling
    back_at: np.ndarray
    back_until: np.ndarray
    kept_at: np.ndarray
    raised_at: np.ndarray
    event_at: dict[str, np.ndarray]  # stage event -> when it last happened
    conditions: dict[
        tuple[int, str], tuple[np.ndarray, np.ndarray]
    ]  # (stage, enter or leave) -> without, with a hand

    @classmethod
    def of(cls, model: Model, measures: pa.Table) -> Signs:
        stages = model.lifecycle.stages
        names = list(dict.fromkeys(s.event for s in stages if s.event))
        return cls(
            at=_times(measures, "as_of"),
            disqualified=_flags(measures, "disqualified"),
            decision=_numbered(measures.column("decision")),
            decided_at=_times(measures, "decided_at"),
            recycled=_numbered(measures.column("back_event")) == _NUMBER["lead_recycled"],
            back_at=_times(measures, "back_at"),
            back_until=_times(measures, "back_until"),
            kept_at=_times(measures, "kept_at"),
            raised_at=_times(measures, "raised_at"),
            event_at={name: _times(measures, f"m{i}") for i, name in enumerate(names)},
            conditions={
                (i, word): (_flags(measures, f"{word}{i}_0"), _flags(measures, f"{word}{i}_1"))
                for i, stage in enumerate(stages)
                for word, condition in (("enter", stage.enter), ("leave", stage.leave))
                if condition is not None
            },
        )

    def take(self, rows: np.ndarray) -> Signs:
        """Those of some rows."""
        plain = {
            f.name: getattr(self, f.name)[rows]
            for f in fields(self)
            if f.name not in ("event_at", "conditions")
        }
        return Signs(
            **plain,
            event_at={name: array[rows] for name, array in self.event_at.items()},
            conditions={key: (low[rows], high[rows]) for key, (low, high) in self.conditions.items()},
        )

    def __len__(self) -> int:
        return len(self.at)


def start(facts: Signs) -> State:
    """The state of leads of which nothing was recorded: the first stage, since their latest decision."""
    count = len(facts)
    since = np.where(facts.decided_at == NEVER, BEGINNING, facts.decided_at)
    return State(np.zeros(count, np.int16), since, np.ones(count, np.int32))


def step(model: Model, facts: Signs, before: State | None = None) -> tuple[State, Moves]:
    """The state after one step, and what moved."""
    state = start(facts) if before is None else before
    return _Step(model.lifecycle, facts, state).run()


class _Step:
    def __init__(self, lifecycle: Lifecycle, facts: Signs, state: State):
        self.stages, self.cooldown, self.facts = lifecycle.stages, lifecycle.cooldown, facts
        self.stage, self.since = state.stage.copy(), state.since.copy()
        self.episode = state.episode.copy()
        self.cause = np.zeros(len(facts), np.int8)
        self.done = np.zeros(len(facts), bool)

    def run(self) -> tuple[State, Moves]:
        came_from = self.stage.copy()
        self._disqualify()
        self._send_back()
        left = np.flatnonzero((self.cause != 0) & (came_from != self.stage))
        left_to = self.stage[left].copy()
        entered = self._climb()
        moves = Moves(left, came_from[left], left_to, self.cause[left], entered)
        return State(self.stage, self.since, self.episode), moves

    def _disqualify(self) -> None:
        facts = self.facts
        by_person = facts.decision == _NUMBER["lead_disqualified"]
        out = facts.disqualified | by_person
        self.cause[out & (self.stage != OUT)] = _BY_RULE
        self.cause[out & (self.stage != OUT) & by_person] = _BY_PERSON
        back = ~out & (self.stage == OUT)
        decided = back & (facts.decided_at > self.since)
        self.cause[back] = _RULE_ENDED
        self.cause[decided] = self._decision_cause()[decided]
        self._new_episode(back, np.where(decided, facts.decided_at, facts.at))
        self.stage[out] = OUT
        self.done |= out

    def _decision_cause(self) -> np.ndarray:
        """The latest decision as a number into CAUSES."""
        causes = np.full(len(self.facts), _REQUALIFIED, np.int8)
        causes[self.facts.decision == _NUMBER["lead_rejected"]] = _REJECTED
        causes[self.facts.decision == _NUMBER["lead_recycled"]] = _RECYCLED
        return causes

    def _send_back(self) -> None:
        facts = self.facts
        sent = ~self.done & (facts.back_at > self.since)
        leaving = np.zeros(len(facts), bool)
        for i, stage in enumerate(self.stages):
            if stage.leave is not None:
                leaving |= (self.stage == i) & self._holds(i, "leave", stage.leave)
        leaving &= ~self.done & ~sent
        climbed = sent & (self.stage != 0)
        self.cause[climbed] = self._back_cause()[climbed]
        self.cause[leaving] = _LEAVE
        self._new_episode(sent, facts.back_at)
        self._new_episode(leaving, facts.at)
        self.done |= leaving

    def _back_cause(self) -> np.ndarray:
        return np.where(self.facts.recycled, _RECYCLED, _REJECTED).astype(np.int8)

    def _new_episode(self, rows: np.ndarray, since: np.ndarray) -> None:
        self.stage[rows] = 0
        self.since[rows] = since[rows]
        self.episode[rows] += 1

    def _in_sent_back_episode(self) -> np.ndarray:
        return (self.facts.back_at != NEVER) & (self.facts.back_at == self.since)

    def _holds(self, i: int, word: str, condition: expr.Expr) -> np.ndarray:
        """A condition, with the raised hand of this episode where the lead was sent back."""
        lowered, raised = self.facts.conditions[i, word]
        hand = np.where(
            self._in_sent_back_episode(), self.facts.raised_at > self.since, self.facts.raised_at != NEVER
        )
        return np.where(hand, raised, lowered)

    def _armed(self) -> np.ndarray:
        """Whether conditions alone may lift a lead again."""
        facts = self.facts
        rested = np.where(facts.back_until != NEVER, facts.back_until, self.since + self.cooldown) <= facts.at
        again = (facts.kept_at > self.since) & rested
        return ~self._in_sent_back_episode() | again | (facts.raised_at > self.since)

    def _climb(self) -> list[tuple[int, np.ndarray, np.ndarray]]:
        armed = self._armed()
        entered = []
        for i, stage in enumerate(self.stages[1:], start=1):
            may, by_event = self._may_enter(i, stage, armed)
            here = ~self.done & (
                ((self.stage == i - 1) & may) | ((self.stage < i - 1) & by_event & (self.stage != OUT))
            )
            rows = np.flatnonzero(here)
            if len(rows):
                entered.append((i, rows, self.stage[rows].copy()))
                self.stage[rows] = i
        return entered

    def _may_enter(self, i: int, stage: Stage, armed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Whether the stage may be entered from the one before, and whether its event reaches it anyway."""
        nobody = np.zeros(len(self.facts), bool)
        holds = self._holds(i, "enter", stage.enter) if stage.enter is not None else ~nobody
        if stage.event is not None:
            reached = (self.facts.event_at[stage.event] >= self.since) & holds
            return reached, reached
        return (holds & armed, nobody) if stage.enter is not None else (nobody, nobody)


def stage_names(model: Model, state: State) -> pa.Array:
    """The names of the stages that leads are in; all null where the model has no lifecycle."""
    names = model.lifecycle.names
    if not names:
        return pa.nulls(len(state.stage), pa.string())
    dictionary = pa.array([*names, DISQUALIFIED])
    index = np.where(state.stage == OUT, len(names), state.stage).astype(np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(index), dictionary).cast(pa.string())


def _times(table: pa.Table, name: str) -> np.ndarray:
    return pc.fill_null(table.column(name), NEVER).to_numpy()


def _flags(table: pa.Table, name: str) -> np.ndarray:
    return pc.fill_null(table.column(name), False).to_numpy()


def _numbered(column: pa.ChunkedArray) -> np.ndarray:
    """Decisions as numbers into DECISIONS from 1; 0 for none."""
    index = pc.index_in(column, value_set=pa.array(DECISIONS))
    return pc.fill_null(pc.add(index, 1), 0).to_numpy().astype(np.int8)
