"""One lead whose rows are in hand, judged at once: what a worker asks many times a second.

It is the reference evaluator with a binding of its own, so it means what every engine means, and it needs
neither a database nor a data frame.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from leadline.engine.evaluate import Value, properties_of, read_as
from leadline.engine.facts.rows import NotPlainError, as_text, json_text
from leadline.engine.outcomes import moves
from leadline.engine.reference import (
    Columns,
    Entry,
    Judged,
    LeadFacts,
    LooksFor,
    Row,
    first_of_each_id,
    judge,
    matches,
)
from leadline.engine.sightings import asks_when_seen
from leadline.engine.stepping import Move, Standing, next_standing
from leadline.engine.upcoming import Upcoming
from leadline.model.expr import Expr
from leadline.model.predicting import predicting
from leadline.model.predictor import Predictor
from leadline.model.shape import DECISIONS, Model
from leadline.model.values import micros_of, read_boolean, read_number, read_time

_COUNTS = ("yes_count", "no_count", "unknown_count")


@dataclass(frozen=True)
class Assessment:
    """One lead at one instant, in plain values; instants are whole microseconds since 1970 UTC.

    `standing` is its stage after the step of the lifecycle and the start of its episode (None: the beginning
    of time), and `moves` what the step did; a changed `since` is a new episode. Both are empty for a model
    without a lifecycle.
    """

    judged: Judged
    standing: Standing | None
    moves: tuple[Move, ...]

    @property
    def as_of(self) -> int:
        return self.judged.at

    @property
    def ledger(self) -> tuple[Entry, ...]:
        """An entry for each rule or signal that gave points; their sum by part is the score."""
        return self.judged.entries

    @cached_property
    def measures(self) -> dict[str, Value]:
        """Fit, intent, band, quality, journey and so on, then each criterion's state, by name."""
        return {k: int(v) if k in _COUNTS else v for k, v in self.judged.measures.items()}  # type: ignore[arg-type]


class Live:
    """A model made ready to judge one lead after the other.

    >>> from leadline.model import read_model
    >>> live = Live(read_model('''
    ... leadline: 1
    ... name: Calls
    ... intent: {signals: [{id: call, event: call, points: 8, half_life: 1d}]}
    ... quality: {warm: intent >= 4, cold: true}
    ... '''))
    >>> ana = live.facts([{"event_id": "e1", "event": "call", "occurred_at": 0}])
    >>> day = 86_400_000_000
    >>> one = live.judge(ana, as_of=day)
    >>> one.measures["intent"], one.measures["quality"], [(e.rule, e.cents) for e in one.ledger]
    (4.0, 'warm', [('call', 400)])
    >>> cold = live.next_change(ana, after=day)
    >>> 0 < cold - day < day / 100, live.judge(ana, as_of=cold).measures["quality"]
    (True, 'cold')
    """

    def __init__(self, model: Model, predictor: Predictor | None = None):
        """With a `predictor` its `probability` is known too; PredictorError where the two do not fit."""
        self.model = model = model if predictor is None else predicting(model, predictor)
        parts = (*model.intent.signals, *model.journey)
        read = dict.fromkeys(n for p in parts if p.where is not None for n in properties_of(p.where))
        named = {p.name: p.column or p.name for p in model.properties}
        self._properties = [
            (f"p_{i}", named.get(name, name), model.property_type(name)) for i, name in enumerate(read)
        ]
        keys = zip(read, self._properties, strict=True)
        self._columns = Columns({name: (key, str(type_)) for name, (key, _, type_) in keys}, {})

    def facts(
        self, events: Iterable[Mapping[str, Any]] = (), traits: Iterable[Mapping[str, Any]] = ()
    ) -> LeadFacts:
        """Rows of one lead, made ready to be judged at any instants.

        An event has `event_id`, `event`, `occurred_at`, its properties (in `properties`, a dict or JSON text,
        or beside it) and perhaps `void`; a trait `field`, `value`, `occurred_at` and perhaps `trait_id`,
        `source`, `quote`, `confidence`. Instants are whole microseconds since 1970 UTC, datetimes or ISO 8601
        texts. An id that stands twice is one event.

        A value that does not read as its declared type is null, as everywhere. Raises ValueError where a row
        has no name, no instant, or an event no id.
        """
        bound = [self._event(row) for row in events]
        if len({event["event_id"] for event in bound}) < len(bound):
            bound = first_of_each_id(bound, self._columns)
        for event in bound:
            for key, _, type_ in self._properties:
                event[key] = read_as(event[key], "text", type_)
        return LeadFacts(bound, [_trait(row) for row in traits])

    def judge(self, facts: LeadFacts, *, as_of: int, state: Standing | None = None) -> Assessment:
        """The lead at `as_of`, and one step of its lifecycle from `state`, its stage before.

        Without a state the step is that of a lead of which nothing was recorded.
        """
        return self._stepped(judge(self.model, facts, self._columns, as_of, self._looks_for(as_of)), state)

    def judge_again(self, upcoming: Upcoming, *, as_of: int, state: Standing | None = None) -> Assessment:
        """As :meth:`judge`, for facts that are judged at many instants: what these share was found once.

        The lead is judged as by all its facts; `kept` and `events` of what was judged say only what moves it.
        """
        return self._stepped(upcoming.seen.judged(as_of), state)

    def _stepped(self, judged: Judged, state: Standing | None) -> Assessment:
        if not self.model.lifecycle.stages:
            return Assessment(judged, None, ())
        standing, moves = next_standing(self.model, judged, state)
        return Assessment(judged, standing, tuple(moves))

    def next_change(self, facts: LeadFacts, *, after: int, state: Standing | None = None) -> int | None:
        """The first instant after `after` at which these facts may be judged otherwise by time alone.

        What counts is stage, quality, band, disqualified, hand_raised, the criteria's states and
        next_question; scores may change before. `state` is the lead's stage once it was judged at `after`.
        The instant is never later than the change; where the change is hard to find it may be earlier, and
        is asked for again from there. None where nothing will change.
        """
        return self.upcoming(facts).first(after, state)

    @cached_property
    def wanted(self) -> frozenset[str] | None:
        """The names of the events that the model asks for; None where it asks for all."""
        if asks_when_seen(self.model):
            return None
        parts = (*self.model.intent.signals, *self.model.journey)
        reaching = (s.event for s in self.model.lifecycle.stages if s.event)
        return frozenset({*DECISIONS, *reaching, *(p.event for p in parts)})

    @property
    def properties(self) -> frozenset[str]:
        """What the model reads of an event beside its name and instant."""
        return frozenset({"until", *(column for _, column, _ in self._properties)})

    @property
    def fields(self) -> frozenset[str]:
        """The fields that the model asks for."""
        return frozenset(f.name for f in self.model.fields)

    def upcoming(self, facts: LeadFacts) -> Upcoming:
        """The changes to come of these facts, for whoever asks of the same facts many times."""
        return Upcoming(self.model, facts, self._columns)

    def walk(
        self, facts: LeadFacts, *, first: int, last: int, state: Standing | None = None
    ) -> Iterator[Assessment]:
        """The assessments at `first` and at every instant up to `last` at which something may change.

        Each steps on from the one before: the moves in them are the lead's changes of stage, each at its
        instant to the microsecond.
        """
        upcoming = Upcoming(self.model, facts, self._columns)
        at: int | None = first
        while at is not None and at <= last:
            assessment = self.judge(facts, as_of=at, state=state)
            state = assessment.standing
            yield assessment
            at = upcoming.first(at, state)

    def _looks_for(self, at: int) -> LooksFor:
        """As the reference looks, but what time does not move is looked at once."""

        def looks_for(event: Row, name: str, where: Expr | None) -> bool:
            if where is None or event["event"] != name:
                return event["event"] == name
            remembered = event.setdefault("remembered", {})  # of those that time does not move
            if id(where) in remembered:
                return remembered[id(where)]
            found = matches(self.model, event, name, where, self._columns, at)
            if not moves(where):
                remembered[id(where)] = found
            return found

        return looks_for

    def _event(self, row: Mapping[str, Any]) -> dict[str, Any]:
        bag = _members(row.get("properties"))
        event: dict[str, Any] = {
            "event_id": _named(row, "event_id"),
            "lead_id": "",
            "event": _named(row, "event"),
            "t": _instant(row),
            "void": read_boolean(as_text(row.get("void")) or "") is True,
            "until": _micros(row["until"] if "until" in row else _text_inside(bag.get("until"))),
        }
        for key, column, _ in self._properties:
            event[key] = as_text(row[column]) if column in row else _text_inside(bag.get(column))
        return event


def _trait(row: Mapping[str, Any]) -> Row:
    confidence = read_number(as_text(row.get("confidence")) or "")
    return {
        "trait_id": as_text(row.get("trait_id")) or "",
        "lead_id": "",
        "field": _named(row, "field"),
        "value": as_text(row.get("value")),
        "t": _instant(row),
        "source": as_text(row.get("source")),
        "quote": as_text(row.get("quote")),
        "confidence": confidence if confidence is not None and 0 <= confidence <= 1 else None,
    }


def _named(row: Mapping[str, Any], key: str) -> str:
    name = as_text(row.get(key))
    if name is None:
        raise ValueError(f"a row has no `{key}`: it has {', '.join(map(repr, row))}")
    return name


def _instant(row: Mapping[str, Any]) -> int:
    instant = _micros(row.get("occurred_at"))
    if instant is None:
        raise ValueError(
            f"`occurred_at` of a row is {row.get('occurred_at')!r}: expected whole microseconds since "
            "1970 UTC, a datetime or ISO 8601 text"
        )
    return instant


def _micros(given: Any) -> int | None:
    match given:
        case bool():
            return None
        case int():
            return given
        case datetime():
            return micros_of(given)
        case str():
            return read_time(given)
    return None


def _members(bag: Any) -> Mapping[str, Any]:
    """Properties as a dict; what is not JSON has none."""
    if isinstance(bag, str):
        try:
            bag = json.loads(bag, object_pairs_hook=_first_of_each, parse_constant=_refused)
        except (ValueError, RecursionError):
            return {}
    return bag if isinstance(bag, Mapping) else {}


def _first_of_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return dict(reversed(pairs))


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _text_inside(value: Any) -> str | None:
    try:
        return json_text(value)
    except NotPlainError:
        pass
    if isinstance(value, (Mapping, list, tuple)):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    return as_text(value)
