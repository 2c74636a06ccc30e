"""Facts as Hypothesis draws them: few leads, colliding instants, ids that stand twice, odd values."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from generated_conditions import NUMBERS, TEXTS, TIMES, Draw
from generated_models import (
    EVENTS,
    FLAG_FIELDS,
    FLAG_PROPERTIES,
    LIMITED_FIELD,
    LIMITED_VALUES,
    NUMBER_FIELDS,
    NUMBER_PROPERTIES,
    TEXT_FIELDS,
    TIME_FIELDS,
    TIME_PROPERTIES,
)
from hypothesis import strategies as st

from leadline.engine.facts import Facts
from leadline.model.shape import DECISIONS, Model
from leadline.model.values import DAY, EARLIEST, HOUR, LATEST, MINUTE, micros_of, time_text

LEADS = ["ana", "Ana", "ben", "cleo ", "dörte", "🙂", "x'; drop table events; --", "\\", "f%", "g_"]
# Around changes of clocks (Berlin, New York, Lord Howe, Apia's lost day), and where calendars end.
BASES = [
    *(micros_of(datetime(*day, 12, tzinfo=UTC)) for day in (
        (2026, 3, 28), (2025, 10, 25), (2026, 3, 7), (2025, 11, 1), (2026, 4, 4), (2025,
        10, 4), (2011, 12, 29),
        (1970, 1, 1), (1899, 12, 31), (2100, 1, 1), (2026, 1, 1), (1972, 1, 6),
    )),
    EARLIEST, LATEST - 4 * DAY,
]  # fmt: skip
_INSTANT = pa.timestamp("us", "UTC")
# DuckDB's plan puts letters aside in these, Unicode's noncharacters, while it folds case.
_NOWHERE = "".join(chr(0xFDD0 + i) for i in range(32))


@dataclass(frozen=True)
class Case:
    """Tables as somebody has them: column -> cells, and whether properties lie in one JSON column."""

    events: list[dict[str, Any]]
    traits: list[dict[str, Any]]
    leads: list[dict[str, Any]]
    points: list[tuple[str, int]]
    typed: bool  # numbers, flags and times as such, rather than as texts
    bagged: bool  # event properties as JSON
    given: tuple[bool, bool, bool]

    def read(self, model: Model) -> Facts:
        rows = {
            "events": self._events(),
            "traits": _columns(self.traits, _TRAIT),
            "leads": _columns(self.leads, self._lead),
        }
        tables = {name: table for (name, table), there in zip(rows.items(), self.given, strict=True) if there}
        return Facts.read(model, **tables)

    @property
    def _property(self) -> dict[str, pa.DataType]:
        return _typed(
            NUMBER_PROPERTIES,
            FLAG_PROPERTIES,
            TIME_PROPERTIES,
            ["path", "name"],
            self.typed and not self.bagged,
        )

    @property
    def _lead(self) -> dict[str, pa.DataType]:
        own = _typed(NUMBER_FIELDS, FLAG_FIELDS, TIME_FIELDS, [*TEXT_FIELDS, LIMITED_FIELD], self.typed)
        return {"lead_id": pa.string(), "created_at": _INSTANT} | own

    def _events(self) -> pa.Table:
        base = {"event_id": pa.string(), "lead_id": pa.string(), "event": pa.string(),
        "occurred_at": _INSTANT,
                "void": pa.bool_(), "until": _INSTANT}  # fmt: skip
        if not self.bagged:
            return _columns(self.events, base | self._property)
        rows = [
            {**e, "properties": json.dumps({p: e[p] for p in self._property if p in e})} for e in self.events
        ]
        return _columns(rows, base | {"properties": pa.string()})

    def up_to(self, at: int) -> "Case":
        """What was known at an instant, had the world ended then."""
        return replace(
            self,
            events=[e for e in self.events if e["occurred_at"] <= at],
            traits=[t for t in self.traits if t["occurred_at"] <= at],
            leads=[row for row in self.leads if row["created_at"] is None or row["created_at"] <= at],
        )


_TRAIT = {"trait_id": pa.string(), "lead_id": pa.string(), "field": pa.string(), "value": pa.string(),
          "occurred_at": _INSTANT}  # fmt: skip


def _typed(
    numbers: list[str], flags: list[str], times: list[str], texts: list[str], typed: bool
) -> dict[str, pa.DataType]:
    kinds = {pa.float64(): numbers, pa.bool_(): flags, _INSTANT: times, pa.string(): texts}
    return {name: kind if typed else pa.string() for kind, names in kinds.items() for name in names}


def _columns(rows: list[dict[str, Any]], schema: dict[str, pa.DataType]) -> pa.Table:
    return pa.table({name: pa.array([r.get(name) for r in rows], type_) for name, type_ in schema.items()})


class _Facts:
    def __init__(self, draw: Draw, leads: int):
        self.draw = draw
        self.leads = LEADS[:leads]
        self.base = draw(st.sampled_from(BASES))
        self.step = draw(st.sampled_from([HOUR, 6 * HOUR, DAY, 30 * MINUTE]))
        self.typed = draw(st.booleans())
        self.bagged = draw(st.integers(0, 3)) == 3

    def one(self, of: list[Any]) -> Any:
        return of[self.draw(st.integers(0, len(of) - 1))]

    def instant(self, steps: int = 16) -> int:
        at = self.base + self.draw(st.integers(0, steps)) * self.step
        at += self.one([0] * 8 + [1, -1, 30 * MINUTE])
        return min(max(at, EARLIEST), LATEST)

    def text(self) -> str | None:
        if self.draw(st.integers(0, 7)) == 7:
            return self.draw(
                st.text(st.characters(exclude_categories=["Cs"], exclude_characters=_NOWHERE), max_size=3)
            )
        return self.one([*TEXTS, "a\x00b", None])

    def number(self) -> Any:
        if not self.typed or self.bagged:
            return self.one([*map(repr, NUMBERS), "about 50", "1e309", "nan", " 7 ", "+1", ".5", "", None])
        return self.one([*NUMBERS, float("nan"), float("inf"), None])

    def flag(self) -> Any:
        return self.one(
            [True, False, None] if self.typed and not self.bagged else ["true", "NO", "1", "ja", "", None]
        )

    def time(self) -> Any:
        if self.typed and not self.bagged:
            return self.one([self.instant(), None])
        return self.one([*TIMES, time_text(self.instant()), "2026-02-30", "tomorrow", "", None])

    def value(self, name: str) -> Any:
        if name in (*NUMBER_FIELDS, *NUMBER_PROPERTIES):
            return self.number()
        if name in (*FLAG_FIELDS, *FLAG_PROPERTIES):
            return self.flag()
        if name in (*TIME_FIELDS, *TIME_PROPERTIES):
            return self.time()
        return self.one([*LIMITED_VALUES, "", None]) if name == LIMITED_FIELD else self.text()

    def event(self, lead: str, number: int) -> dict[str, Any]:
        own = self.one(
            [["path"], ["amount", "n"], ["name", "paid"], ["due", "amount"], ["path", "name", "amount"]]
        )
        return {
            "event_id": self.one([f"{lead}{number}"] * 12 + ["one id", "another id"]),
            "lead_id": lead,
            "event": self.one([*EVENTS[:2] * 4, *EVENTS, *EVENTS[-2:], *DECISIONS]),
            "occurred_at": self.instant(),
            "void": self.one([None] * 6 + [False, True]),
            "until": self.one([None] * 3 + [self.instant()]),
        } | {name: self.value(name) for name in own}

    def trait(self, lead: str) -> dict[str, Any]:
        name = self.one([*TEXT_FIELDS, *NUMBER_FIELDS, *FLAG_FIELDS, *TIME_FIELDS, LIMITED_FIELD, "unread"])
        typed, self.typed = self.typed, False
        value = self.value(name)
        self.typed = typed
        return {
            "trait_id": self.one([None, None, "t1", "t2", "É"]),
            "lead_id": lead, "field": name, "value": value,
            "occurred_at": self.instant(),
        }  # fmt: skip

    def lead(self, lead: str) -> dict[str, Any]:
        names = [*TEXT_FIELDS, *NUMBER_FIELDS, *FLAG_FIELDS, *TIME_FIELDS, LIMITED_FIELD]
        bagged, self.bagged = self.bagged, False
        row = {"lead_id": lead, "created_at": self.one([None, self.instant()])} | {
            n: self.value(n) for n in names
        }
        self.bagged = bagged
        return row

    def case(self, instants: int) -> Case:
        many = st.sampled_from([0, 1, 2, 3, 4, 6, 9])
        few = st.sampled_from([0, 0, 1, 1, 2, 4])
        rows = st.sampled_from([0, 1, 1, 2])
        at = sorted({self.instant(20) for _ in range(instants)})
        return Case(
            [self.event(lead, i) for lead in self.leads for i in range(self.draw(many))],
            [self.trait(lead) for lead in self.leads for _ in range(self.draw(few))],
            [self.lead(lead) for lead in self.leads for _ in range(self.draw(rows))],
            [(lead, t) for lead in [*self.leads, "nobody"] for t in at],
            self.typed, self.bagged,
            tuple(self.draw(st.sampled_from([True] * 9 + [False])) for _ in range(3)),
        )  # fmt: skip


@st.composite
def cases(draw: Draw, leads: int = 8, instants: int = 3) -> Case:
    """Tables of some leads, and points at instants that they share."""
    return _Facts(draw, leads).case(instants)
