"""The reference evaluator: one lead, one instant, plain Python, in the order and the words of the spec.

It is slow and obvious on purpose. The other engines are tested against it, and it serves a handful of
leads, where a database would spend longer on planning than this on judging.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from leadline.engine.arithmetic import NO_BAND, cents_of_nanos, decayed, nanos_of, sign
from leadline.engine.evaluate import Names, Value, compiled, properties_of, read_as
from leadline.engine.inputs import prediction_of
from leadline.engine.zones import local_day
from leadline.model import expr
from leadline.model.expr import Expr
from leadline.model.shape import Criterion, Model, Signal, cents_of
from leadline.model.values import BLANK

Row = Mapping[str, Any]
LooksFor = Callable[[Row, str, Expr | None], bool]
"""Whether an event is the one that a signal or a step, by its name and `where`, looks for."""


@dataclass(frozen=True)
class Columns:
    """How the facts store the names that a model reads: name -> (key in a row, physical kind)."""

    properties: Mapping[str, tuple[str, str]]
    fields: Mapping[str, tuple[str, str]]


@dataclass(frozen=True)
class Fact:
    """What is known of a field: a raw value, and since when (None: always)."""

    value: Value
    kind: str
    t: int | None
    row: Row


@dataclass
class LeadFacts:
    """All facts of one lead; each event id once."""

    events: list[Row] = field(default_factory=list)
    traits: list[Row] = field(default_factory=list)
    leads: list[Row] = field(default_factory=list)


@dataclass(frozen=True)
class Entry:
    """A ledger entry. Points are in hundredths."""

    part: str
    rule: str
    cents: int
    events: int = 0
    first_at: int | None = None
    last_at: int | None = None


@dataclass(frozen=True)
class Judged:
    """Everything measured of a lead at an instant."""

    measures: dict[str, Value]  # those of the spec's section 4, by name, criteria too
    entries: tuple[Entry, ...]
    fields: dict[str, Value]
    facts: Mapping[str, Fact]  # the trait behind each field
    rules: dict[str, str]  # fit rule -> yes, no, unknown
    kept: Mapping[str, Sequence[Row]]  # signal -> the events that count
    events: Sequence[Row]  # all that count at T, by time
    at: int

    def holds(self, condition: Expr, hand_raised: bool) -> bool:
        """Whether a condition of the lifecycle is true, with what counts as a raised hand in this episode."""
        names = {**self.fields, **self.measures, "hand_raised": hand_raised}
        return compiled(condition)(names, self.at) is True


def group_by_lead(
    events: Iterable[Row], traits: Iterable[Row], leads: Iterable[Row], columns: Columns
) -> dict[str, LeadFacts]:
    """Facts by lead, doubled events taken out."""
    grouped: dict[str, LeadFacts] = defaultdict(LeadFacts)
    for row in first_of_each_id(events, columns):
        grouped[row["lead_id"]].events.append(row)
    for row in traits:
        grouped[row["lead_id"]].traits.append(row)
    for row in leads:
        grouped[row["lead_id"]].leads.append(row)
    return dict(grouped)


def first_of_each_id(events: Iterable[Row], columns: Columns) -> list[Row]:
    """Of the rows with one event id, the one that occurred first."""
    kept: dict[str, Row] = {}
    keys = [key for key, _ in columns.properties.values()]

    def order(row: Row) -> tuple:
        last = [
            (row[k] is None, 0 if row[k] is None else row[k])
            for k in ("until", *sorted(keys, key=_number_in))
        ]
        return (row["t"], not row["void"], row["lead_id"], row["event"], *last)

    for row in events:
        there = kept.get(row["event_id"])
        if there is None or order(row) < order(there):
            kept[row["event_id"]] = row
    return list(kept.values())


def _number_in(key: str) -> int:
    return int(key.rpartition("_")[2])


def judge(
    model: Model, facts: LeadFacts, columns: Columns, at: int, looks_for: LooksFor | None = None
) -> Judged:
    """One lead at one instant: spec, section 4, from the top down.

    Who judges the same facts many times may bring a `looks_for` that remembers.
    """

    def look(event: Row, name: str, where: Expr | None) -> bool:
        return matches(model, event, name, where, columns, at)

    found = look if looks_for is None else looks_for
    events = sorted(
        (e for e in facts.events if e["t"] <= at and not e["void"]), key=lambda e: (e["t"], e["event_id"])
    )
    kept = {s.id: kept_events(model, s, events, found, at) for s in model.intent.signals}
    first, last = (events[0]["t"], events[-1]["t"]) if events else (None, None)
    known, points = latest_traits(model, facts, columns, at), _points(model, kept, at)
    seen = Seen(known, kept, points, events, _journey(model, events, found), first, last)
    return measured(model, seen, at)


@dataclass(frozen=True)
class Seen:
    """What counts of a lead's facts at an instant: all that its measures are made of."""

    known: Mapping[str, Fact]
    kept: Mapping[str, Sequence[Row]]  # signal -> the events that count
    points: list[Entry]  # what these give
    events: Sequence[Row]
    journey: str | None
    first_seen: int | None
    last_seen: int | None


def measured(model: Model, seen: Seen, at: int) -> Judged:
    """The measures of a lead, by what counts of its facts."""
    known, kept = seen.known, seen.kept
    values = {name: typed(model, name, known) for name in (f.name for f in model.fields)}
    fit, fit_entries, rules, disqualified = _fit(model, values, at)
    intent, intent_entries = _held("intent", seen.points, model.intent.min, model.intent.max)
    criteria = {c.name: _criterion(model, c, known, at) for c in model.criteria}
    measures: dict[str, Value] = {
        "fit": fit / 100,
        "intent": intent / 100,
        "journey": seen.journey,
        "hand_raised": any(kept[s.id] for s in model.intent.signals if s.hand_raise),
        "disqualified": disqualified,
        "yes_count": float(list(criteria.values()).count("yes")),
        "no_count": float(list(criteria.values()).count("no")),
        "unknown_count": float(list(criteria.values()).count("unknown")),
        "next_question": next_question(model, criteria, known, at),
        "probability": None,
        "first_seen": seen.first_seen,
        "last_seen": seen.last_seen,
        **criteria,
    }
    measures["probability"] = _probability(model, {**values, **measures}, seen.points, kept, at)
    measures["band"] = band_of(model, fit / 100, intent / 100)
    measures["quality"] = _quality(model, {**values, **measures}, at)
    return Judged(measures, (*fit_entries, *intent_entries), values, known, rules, kept, seen.events, at)


def _probability(
    model: Model, names: Names, points: Iterable[Entry], kept: Mapping[str, Sequence[Row]], at: int
) -> float | None:
    found = prediction_of(model, names, {e.rule: e.cents for e in points}, kept, at)
    return None if found is None else found.probability


def imagined(
    model: Model,
    judged: Judged,
    *,
    rules: Iterable[str] = (),
    criteria: Iterable[str] = (),
    more: Mapping[str, int] | None = None,
) -> Judged:
    """The same lead as if some fit rules and criteria were yes, and some signals had just been seen again.

    `more` has signal -> number of further events at the instant, as far as `max_per_day` lets them count.
    """
    at = judged.at
    _, entries = _held(
        "fit", [e for e in judged.entries if e.part == "fit" and "." not in e.rule], None, None
    )
    entries = [
        *entries,
        *(Entry("fit", r.id, r.cents) for r in model.fit.rules if r.id in set(rules) and r.cents),
    ]
    fit, fit_entries = _held("fit", entries, model.fit.min, model.fit.max)
    kept = {
        s.id: [*judged.kept[s.id], *_further(model, s, judged, (more or {}).get(s.id, 0))]
        for s in model.intent.signals
    }
    points = _points(model, kept, at)
    intent, intent_entries = _held("intent", points, model.intent.min, model.intent.max)
    states = {c.name: judged.measures[c.name] for c in model.criteria} | dict.fromkeys(criteria, "yes")
    counted = list(states.values())
    measures = {
        **judged.measures, **states, "fit": fit / 100, "intent": intent / 100,
        "hand_raised": any(kept[s.id] for s in model.intent.signals if s.hand_raise),
        **{f"{state}_count": float(counted.count(state)) for state in ("yes", "no", "unknown")},
        "band": band_of(model, fit / 100, intent / 100),
    }  # fmt: skip
    measures["probability"] = _probability(model, {**judged.fields, **measures}, points, kept, at)
    measures["quality"] = _quality(model, {**judged.fields, **measures}, at)
    return replace(judged, measures=measures, entries=(*fit_entries, *intent_entries), kept=kept)


def _further(model: Model, signal: Signal, judged: Judged, count: int) -> list[Row]:
    """Events of a signal as if seen at the instant, no more than its day has room for."""
    if signal.max_per_day is not None:
        zone = ZoneInfo(model.timezone)
        today = local_day(zone, judged.at)
        count = min(
            count, signal.max_per_day - sum(local_day(zone, e["t"]) == today for e in judged.kept[signal.id])
        )
    return [{"t": judged.at, "event": signal.event, "event_id": ""}] * max(count, 0)


def _quality(model: Model, names: Names, at: int) -> str | None:
    return next((q.name for q in model.quality if compiled(q.when)(names, at) is True), None)


def latest_traits(model: Model, facts: LeadFacts, columns: Columns, at: int) -> dict[str, Fact]:
    """Of each field the trait with the greatest (occurred_at, trait_id, value) at or before `at`."""
    found: dict[str, tuple[tuple, Fact]] = {}
    for name, key, fact in told(model, facts, columns):
        there = fact.t is None or fact.t <= at
        if there and (name not in found or key > found[name][0]):
            found[name] = (key, fact)
    return {name: fact for name, (_, fact) in found.items()}


def told(model: Model, facts: LeadFacts, columns: Columns) -> Iterator[tuple[str, tuple, Fact]]:
    """What was ever told of each field, with the key by which the greatest one holds."""

    def keyed(trait_id: str, fact: Fact) -> tuple:
        return ((0, 0) if fact.t is None else (1, fact.t), trait_id, _order_text(fact))

    for row in facts.leads:
        for name, (key, kind) in columns.fields.items():
            if not _is_empty(row[key]):
                fact = Fact(row[key], kind, row["t"], row)
                yield name, keyed("", fact), fact
    declared = {f.name for f in model.fields}
    for row in facts.traits:
        if row["field"] in declared:
            fact = Fact(row["value"], "text", row["t"], row)
            yield row["field"], keyed(row["trait_id"], fact), fact


def _is_empty(value: Value) -> bool:
    return value is None or (isinstance(value, str) and not value.strip(BLANK))


def _order_text(fact: Fact) -> tuple:
    """Texts order byte by byte; a typed column orders before texts, by its own value."""
    if fact.kind == "text":
        return (1, "" if fact.value is None else str(fact.value))
    return (0, fact.value != fact.value, fact.value)  # what is not a number orders last, as in the engines


def typed(
    model: Model, name: str, known: Mapping[str, Fact], at: int | None = None, valid_for: int | None = None
) -> Value:
    """A field's value as its declared type; null where its trait is older than `valid_for`."""
    fact = known.get(name)
    if fact is None:
        return None
    if valid_for is not None and at is not None and fact.t is not None and at - fact.t > valid_for:
        return None
    return read_as(fact.value, fact.kind, model.field(name).type)


def _fit(model: Model, values: Names, at: int) -> tuple[int, list[Entry], dict[str, str], bool]:
    entries, rules, disqualified = [], {}, False
    for rule in model.fit.rules:
        result = compiled(rule.when)(values, at)
        rules[rule.id] = "yes" if result is True else "no" if result is False else "unknown"
        if result is True and rule.disqualify:
            disqualified = True
        elif result is True and rule.cents:
            entries.append(Entry("fit", rule.id, rule.cents))
    total, entries = _held("fit", entries, model.fit.min, model.fit.max)
    return total, entries, rules, disqualified


def _held(part: str, entries: list[Entry], low: float | None, high: float | None) -> tuple[int, list[Entry]]:
    """The sum between its bounds; what that added or took is an entry of its own."""
    total = sum(e.cents for e in entries)
    if low is not None and total < cents_of(low):
        entries = [*entries, Entry(part, f"{part}.floor", cents_of(low) - total)]
    elif high is not None and total > cents_of(high):
        entries = [*entries, Entry(part, f"{part}.cap", cents_of(high) - total)]
    return sum(e.cents for e in entries), entries


def event_names(model: Model, event: Row, columns: Columns, used: Iterable[str]) -> Names:
    """The properties of an event that a condition reads, each as its declared type."""
    found = {}
    for name in used:
        key, kind = columns.properties[name]
        found[name] = read_as(event[key], kind, model.property_type(name))
    return found


def matches(model: Model, event: Row, name: str, where: Expr | None, columns: Columns, at: int) -> bool:
    """Whether an event is the one that a signal or a step of the journey looks for."""
    if event["event"] != name:
        return False
    if where is None:
        return True
    names = event_names(model, event, columns, properties_of(where))
    return compiled(where)(names, at) is True


def kept_events(
    model: Model, signal: Signal, events: Sequence[Row], looks_for: LooksFor, at: int
) -> list[Row]:
    """The events that a signal counts: in its window, and of each local day the first few."""
    zone = ZoneInfo(model.timezone)
    kept: list[Row] = []
    of_day: dict[int, int] = defaultdict(int)
    for event in events:
        if event["event"] != signal.event:
            continue
        if signal.window is not None and event["t"] <= at - signal.window:
            continue
        if not looks_for(event, signal.event, signal.where):
            continue
        if signal.max_per_day is not None:
            day = local_day(zone, event["t"])
            of_day[day] += 1
            if of_day[day] > signal.max_per_day:
                continue
        kept.append(event)
    return kept


def signal_cents(signal: Signal, kept: Sequence[Row], at: int) -> int:
    """What a signal's kept events give, decayed and cut, in signed hundredths."""
    each = nanos_of(signal.points)
    total = sum(decayed(each, at - e["t"], signal.half_life) for e in kept)
    if signal.max_points is not None:
        total = min(total, nanos_of(signal.max_points))
    return sign(signal.points) * cents_of_nanos(total)


def _points(model: Model, kept: Mapping[str, Sequence[Row]], at: int) -> list[Entry]:
    """What each signal gives that gives anything."""
    entries = []
    for signal in model.intent.signals:
        events = kept[signal.id]
        cents = signal_cents(signal, events, at)
        if cents:
            entries.append(Entry("intent", signal.id, cents, len(events), events[0]["t"], events[-1]["t"]))
    return entries


def _criterion(model: Model, criterion: Criterion, known: Mapping[str, Fact], at: int) -> str:
    names = criterion_values(model, criterion, known, at)
    yes = compiled(criterion.yes_if)(names, at)
    if yes is True:
        return "yes"
    if criterion.no_if is not None:
        return "no" if compiled(criterion.no_if)(names, at) is True else "unknown"
    return "no" if yes is False else "unknown"


def criterion_values(
    model: Model, criterion: Criterion, known: Mapping[str, Fact], at: int
) -> dict[str, Value]:
    """The fields that a criterion reads, stale ones as null."""
    read = expr.names(criterion.yes_if) + (expr.names(criterion.no_if) if criterion.no_if else [])
    return {name: typed(model, name, known, at, criterion.valid_for) for name in read}


def next_question(
    model: Model, criteria: Mapping[str, str], known: Mapping[str, Fact], at: int
) -> str | None:
    for criterion in model.criteria:
        if criteria[criterion.name] != "unknown":
            continue
        names = criterion_values(model, criterion, known, at)
        if any(names[n] is None and model.field(n).ask for n in expr.names(criterion.yes_if)):
            return criterion.name
    return None


def _journey(model: Model, events: Sequence[Row], looks_for: LooksFor) -> str | None:
    for step in reversed(model.journey):
        if any(looks_for(e, step.event, step.where) for e in events):
            return step.step
    return None


def band_of(model: Model, fit: float, intent: float) -> str | None:
    if not (model.bands.fit or model.bands.intent):
        return None
    letter = next((b.name for b in model.bands.fit if fit >= b.at), NO_BAND)
    digit = next((b.name for b in model.bands.intent if intent >= b.at), NO_BAND)
    return letter + digit
