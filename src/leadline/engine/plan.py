"""What an engine is asked to do: one model as a few named SQL queries, each a step of the way.

    events ─ valid ─┬─ seen                          first and last event of a lead
                    ├─ hits ─┬─ signals ─ sums       what each signal gave, and all together
                    │        └─ moments              journey, and when the lifecycle's events happened
                    └─ decided                       what people decided
    traits, leads ── known, wide ── judged ── measures, ledger

The plan decides; an engine runs the steps in order, each as a table of that name, and hands out the last
two. Points (`k`, `lead_id`, `as_of`) say whom to judge and when. Where all share one instant it is a
constant and `k` is the lead itself; otherwise `k` numbers the points.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from leadline.engine.arithmetic import CENT, NO_BAND, nanos_of, sign
from leadline.engine.dialects import Dialect, quoted
from leadline.engine.render import Renderer, double, is_blank, read_as
from leadline.engine.zones import offsets
from leadline.model import expr
from leadline.model.expr import Kind, Type
from leadline.model.shape import DECISIONS, SENT_BACK, Criterion, Model, Signal, cents_of
from leadline.model.values import DAY

_DAYS_TO_1970 = 719_163  # added so that no day's number is negative, from the year 1 on
_BITS = 60  # classes in one mask
_NO_TIME = "CAST(NULL AS BIGINT)"


@dataclass(frozen=True)
class Step:
    """One query. `keep` asks the engine to hold its rows rather than run it each time it is read."""

    name: str
    sql: str
    keep: bool = True


@dataclass(frozen=True)
class Shape:
    """What a plan must know of the facts: names and kinds of columns, and what need not be guarded against."""

    properties: Mapping[str, tuple[str, str]]  # event property -> (column, physical kind)
    fields: Mapping[str, tuple[str, str]]  # field -> (column of the wide table, physical kind)
    doubled_events: bool = True  # an event id may stand twice
    suspects: str | None = (
        None  # SQL that holds for all events whose id may; `firsts` then has the first of each
    )
    doubled_leads: bool = True  # a lead may have several rows in the wide table
    has_traits: bool = True


@dataclass(frozen=True)
class Instants:
    """The instants of the points: one for all of them, or a range. `mixed` treats one as a range too."""

    first: int
    last: int
    mixed: bool = False

    @property
    def one(self) -> bool:
        return self.first == self.last and not self.mixed


class Plan:
    """The steps for one model, one engine's dialect and one shape of facts.

    `with_seen=False` leaves out first and last seen, which read every event, where nobody asks for them.
    """

    def __init__(self, model: Model, dialect: Dialect, shape: Shape, *, with_seen: bool = True):
        self.model = model
        self.dialect = dialect
        self.shape = shape
        self.used_fields = _used_fields(model)
        self.with_seen = with_seen or _reads(model, {"first_seen", "last_seen"})
        self.stages = model.lifecycle.stages
        self.stage_events = list(dict.fromkeys(s.event for s in self.stages if s.event))

    def steps(self, instants: Instants, everyone: bool = False) -> list[Step]:
        """All steps in order; the last two, `measures` and `ledger`, are the result.

        With `everyone`, at one instant, the plan finds the points itself: all leads of whom a fact counts.
        """
        return _Steps(self, instants).all(everyone)


def first_of_each_id(shape: Shape, source: str) -> str:
    """Of the rows of `source` with one event id, the one that occurred first."""
    properties = sorted((c for c, _ in shape.properties.values()), key=lambda c: int(c.rpartition("_")[2]))
    last = ", ".join(f"{c} NULLS LAST" for c in ("until", *properties))
    order = f"t, CASE WHEN void THEN 0 ELSE 1 END, lead_id, event, {last}"
    numbered = (
        f"SELECT *, ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY {order}) AS copy_number FROM {source}"
    )
    return f"SELECT * FROM ({numbered}) AS e WHERE copy_number = 1"


def _used_fields(model: Model) -> list[str]:
    conditions = [r.when for r in model.fit.rules] + [q.when for q in model.quality]
    conditions += [c for k in model.criteria for c in (k.yes_if, k.no_if) if c is not None]
    conditions += [c for s in model.lifecycle.stages for c in (s.enter, s.leave) if c is not None]
    used = {name for c in conditions for name in expr.names(c, Kind.FIELD)}
    return [f.name for f in model.fields if f.name in used]


def _used_properties(model: Model) -> list[str]:
    wheres = [s.where for s in (*model.intent.signals, *model.journey) if s.where is not None]
    return list(dict.fromkeys(name for w in wheres for name in expr.names(w, Kind.PROPERTY)))


def _reads(model: Model, measures: set[str]) -> bool:
    conditions = [q.when for q in model.quality]
    conditions += [c for s in model.lifecycle.stages for c in (s.enter, s.leave) if c is not None]
    return any(measures & set(expr.names(c, Kind.MEASURE)) for c in conditions)


class _Steps:
    """Writes the SQL of a plan for given instants."""

    def __init__(self, plan: Plan, instants: Instants):
        self.plan, self.model, self.dialect, self.shape = plan, plan.model, plan.dialect, plan.shape
        self.instants = instants
        self.one = instants.one
        self.at = f"CAST({instants.last} AS BIGINT)" if self.one else "as_of"
        self.signals = list(enumerate(self.model.intent.signals))
        self.fields = list(enumerate(plan.used_fields))
        self.f = {name: f"f{i}" for i, name in self.fields}
        self.q = {name: f"q{i}" for i, name in enumerate(_used_properties(self.model))}
        self.raw = {name: f"r{self.q[name][1:]}" for name in self._raw_columns()}

    def all(self, everyone: bool) -> list[Step]:
        steps = [Step("valid", self.valid(), keep=self.shape.doubled_events and not self.shape.suspects)]
        if self.plan.with_seen:
            steps.append(Step("seen", self.seen()))
        if everyone:
            steps.append(Step("points", self.everyone()))
        if self._classes():
            steps += [
                Step("hits", self.hits()),
                Step("signals", self.signal_sums()),
                Step("sums", self.sums()),
            ]
            steps.append(Step("moments", self.moments()))
        if self.plan.stages:
            steps.append(Step("decided", self.decided()))
        if self.fields:
            steps.append(Step("wide", self.wide(), keep=False))
        if self.fields and self.shape.has_traits:
            steps.append(Step("known", self.known(), keep=False))
        steps.append(Step("judged", self.judged()))
        return [*steps, Step("measures", self.measures()), Step("ledger", self.ledger())]

    # -- events ---------------------------------------------------------------------------------

    def valid(self) -> str:
        """Each event once, voided ones left out, nothing later than the last instant asked for."""
        used = [self.shape.properties[name][0] for name in _used_properties(self.model)]
        columns = ", ".join(["event_id", "lead_id", "event", "t", "until", *used])
        counts = f"NOT void AND t <= CAST({self.instants.last} AS BIGINT)"
        if not self.shape.doubled_events:
            return f"SELECT {columns} FROM events WHERE {counts}"
        if self.shape.suspects is None:
            return f"SELECT {columns} FROM ({first_of_each_id(self.shape, 'events')}) AS f WHERE {counts}"
        certain = f"SELECT {columns} FROM events WHERE NOT ({self.shape.suspects}) AND {counts}"
        return f"{certain} UNION ALL SELECT {columns} FROM firsts WHERE {counts}"

    def _of_points(self, source: str, time: str = "e.t", undated: bool = False) -> str:
        """`source` (as e) beside the points that it counts for; `k` and the instant are then columns."""
        if self.one:
            return f"(SELECT e.*, e.lead_id AS k FROM {source} AS e)"
        counts = f"{time} <= p.as_of"
        counts = f"({time} IS NULL OR {counts})" if undated else counts
        joined = f"{source} AS e JOIN points AS p ON e.lead_id = p.lead_id AND {counts}"
        return f"(SELECT e.*, p.k, p.as_of FROM {joined})"

    def seen(self) -> str:
        source = self._of_points("(SELECT lead_id, t FROM valid)")
        return f"SELECT k, MIN(t) AS first_seen, MAX(t) AS last_seen FROM {source} AS s GROUP BY k"

    def everyone(self) -> str:
        """The points of all leads of whom anything is known at the instant."""
        known = f"SELECT lead_id FROM leads WHERE t IS NULL OR t <= {self.at}"
        known += f" UNION SELECT lead_id FROM traits WHERE t <= {self.at}"
        known += " UNION SELECT k FROM seen" if self.plan.with_seen else " UNION SELECT lead_id FROM valid"
        return f"SELECT lead_id AS k, lead_id FROM ({known}) AS a"

    def _classes(self) -> dict[str, tuple[str, expr.Expr | None]]:
        """What an event can be to the model: signals (s), steps of the journey (j), stages' events (e)."""
        classes = {f"s{i}": (s.event, s.where) for i, s in self.signals}
        classes |= {f"j{i}": (s.event, s.where) for i, s in enumerate(self.model.journey)}
        return classes | {f"e{i}": (event, None) for i, event in enumerate(self.plan.stage_events)}

    def _is(self, name: str) -> str:
        """Whether a row of `hits` is of a class: a bit of one of its masks."""
        number = list(self._classes()).index(name)
        return f"(mask{number // _BITS} & CAST({1 << number % _BITS} AS BIGINT)) <> 0"

    def _masks(self) -> list[str]:
        """The classes of an event as bits, so that each event is looked at once, by its name first."""
        classes = list(self._classes().values())
        return [self._mask(classes[i : i + _BITS]) for i in range(0, len(classes), _BITS)]

    def _mask(self, classes: list[tuple[str, expr.Expr | None]]) -> str:
        bits: dict[str, list[str]] = {}
        for number, (event, where) in enumerate(classes):
            bit = f"CAST({1 << number} AS BIGINT)"
            tested = where is not None and not _is_timed(where)
            bits.setdefault(event, []).append(
                f"CASE WHEN {self._where(where)} THEN {bit} ELSE 0 END" if tested else bit
            )
        named = "".join(
            f" WHEN {quoted(event, self.dialect)} THEN {' + '.join(b)}" for event, b in bits.items()
        )
        return f"CASE event{named} ELSE 0 END"

    def _where(self, where: expr.Expr) -> str:
        return Renderer(self.dialect, self.q, self.at, self.raw).truth(where)

    def hits(self) -> str:
        """The events that anything looks at, and what each is."""
        masks = self._masks()
        carried = "".join(f", {c}" for c in self._carried())
        reads = [
            (self.q[name], *self.shape.properties[name], self.model.property_type(name)) for name in self.q
        ]
        read = "".join(
            f", {read_as(column, kind, type_, self.dialect)} AS {q}" for q, column, kind, type_ in reads
        )
        raw = "".join(f", {column} AS {self.raw[name]}" for name, column in self._raw_columns().items())
        typed = f"(SELECT lead_id, t, event{read}{raw} FROM valid) AS v"
        marks = "".join(f", {mask} AS mask{i}" for i, mask in enumerate(masks))
        any_bit = " OR ".join(f"mask{i} <> 0" for i in range(len(masks)))
        return f"SELECT * FROM (SELECT lead_id, t{carried}{marks} FROM {typed}) AS h WHERE {any_bit}"

    def _raw_columns(self) -> dict[str, str]:
        """Text properties that are stored as text: name -> column."""
        stored = {name: self.shape.properties[name] for name in self.q}
        return {n: c for n, (c, kind) in stored.items() if kind == self.model.property_type(n) == Type.TEXT}

    def _carried(self) -> list[str]:
        """Property columns that a condition needs beside the points, since it asks for the instant."""
        wheres = [
            s.where
            for s in (*self.model.intent.signals, *self.model.journey)
            if s.where and _is_timed(s.where)
        ]
        used = dict.fromkeys(name for w in wheres for name in expr.names(w, Kind.PROPERTY))
        return [c for name in used for c in (self.q[name], self.raw.get(name)) if c]

    # -- signals --------------------------------------------------------------------------------

    def signal_sums(self) -> str:
        """Of each lead and signal with events that count: how many, first, last, and the points they give."""
        if not self.signals:
            return f"SELECT k, 0 AS s, CAST(0 AS BIGINT) AS n, {_NO_TIME} AS first_at, {_NO_TIME} AS last_at, CAST(0 AS BIGINT) AS cents FROM points WHERE 1 = 0"
        return " UNION ALL ".join(self._signal(i, s) for i, s in self.signals)

    def _signal(self, i: int, signal: Signal) -> str:
        kept = self._kept(i, signal)
        nanos = self._nanos(signal)
        total = self.dialect.exact_sum(nanos)
        grouped = f"SELECT k, COUNT(*) AS n, MIN(t) AS first_at, MAX(t) AS last_at, {total} AS nanos FROM {kept} AS c GROUP BY k"
        limit = "nanos" if signal.max_points is None else f"LEAST(nanos, {nanos_of(signal.max_points)})"
        cents = self.dialect.divide_whole(f"{limit} + {CENT // 2}", CENT)
        return f"SELECT k, {i} AS s, n, first_at, last_at, {sign(signal.points)} * {cents} AS cents FROM ({grouped}) AS g"

    def _kept(self, i: int, signal: Signal) -> str:
        """The events that count for a signal, as rows of (k, t and the instant)."""
        conditions = [self._is(f"s{i}")]
        if signal.where is not None and _is_timed(signal.where):
            conditions.append(self._where(signal.where))
        if signal.window is not None:
            conditions.append(f"t > {self.at} - CAST({signal.window} AS BIGINT)")
        columns = "k, t" if self.one else "k, t, as_of"
        rows = f"(SELECT {columns} FROM {self._of_points('hits')} AS h WHERE {' AND '.join(conditions)})"
        if signal.max_per_day is None:
            return rows
        day = self.dialect.divide_whole(self._local_day_micros(signal), DAY)
        number = f"ROW_NUMBER() OVER (PARTITION BY k, {day} ORDER BY t)"
        return f"(SELECT * FROM (SELECT {columns}, {number} AS of_day FROM {rows} AS w) AS n WHERE of_day <= {signal.max_per_day})"

    def _local_day_micros(self, signal: Signal) -> str:
        """An instant on the calendar of the model's time zone, in microseconds since the year 1."""
        first = self.instants.first - signal.window if signal.window is not None else None
        offset = _offset_tree(_offsets_between(self.model.timezone, first, self.instants.last))
        return f"t + {offset} + CAST({_DAYS_TO_1970 * DAY} AS BIGINT)"

    def _nanos(self, signal: Signal) -> str:
        each = nanos_of(signal.points)
        if signal.half_life is None:
            return f"CAST({each} AS BIGINT)"
        age = f"CAST({self.at} - t AS DOUBLE) / {double(float(signal.half_life))}"
        left = f"{double(float(each))} * POWER({double(2.0)}, -({age})) + {double(0.5)}"
        return f"CAST(FLOOR({left}) AS BIGINT)"

    def sums(self) -> str:
        raising = [str(i) for i, s in self.signals if s.hand_raise] or ["-1"]
        raised = f"MAX(CASE WHEN s IN ({', '.join(raising)}) THEN last_at END) AS raised_at"
        return f"SELECT k, CAST(SUM(cents) AS BIGINT) AS cents, MAX(last_at) AS kept_at, {raised} FROM signals GROUP BY k"

    def moments(self) -> str:
        """The furthest step of the journey, and when each of the stages' events last happened."""
        parts = []
        for i, step in enumerate(self.model.journey):
            timed = (
                f" AND {self._where(step.where)}" if step.where is not None and _is_timed(step.where) else ""
            )
            parts.append(f"WHEN {self._is(f'j{i}')}{timed} THEN {i}")
        journey = f"MAX(CASE {' '.join(reversed(parts))} END)" if parts else "CAST(NULL AS INT)"
        names = [f"e{i}" for i in range(len(self.plan.stage_events))]
        events = "".join(f", MAX(CASE WHEN {self._is(n)} THEN t END) AS m{n[1:]}" for n in names)
        tests = [self._is(n) for n in [*(f"j{i}" for i in range(len(self.model.journey))), *names]]
        wanted = " OR ".join(tests) or "1 = 0"
        source = self._of_points(f"(SELECT * FROM hits WHERE {wanted})")
        return f"SELECT k, {journey} AS journey_step{events} FROM {source} AS h GROUP BY k"

    def decided(self) -> str:
        """The latest decision, and the latest that sent the lead back."""
        names = ", ".join(quoted(d, self.dialect) for d in DECISIONS)
        back = f"event IN ({', '.join(quoted(d, self.dialect) for d in SENT_BACK)})"
        rows = f"SELECT lead_id, event_id, event, t, until FROM valid WHERE event IN ({names})"
        newest = "ORDER BY t DESC, event_id DESC"
        numbered = (
            f"SELECT k, event, t, until, {back} AS back, ROW_NUMBER() OVER (PARTITION BY k {newest}) AS n, "
            f"ROW_NUMBER() OVER (PARTITION BY k, {back} {newest}) AS n_kind FROM {self._of_points(f'({rows})')} AS d"
        )
        return (
            "SELECT k, MAX(CASE WHEN n = 1 THEN event END) AS decision, MAX(CASE WHEN n = 1 THEN t END) AS decided_at, "
            "MAX(CASE WHEN back AND n_kind = 1 THEN t END) AS back_at, "
            "MAX(CASE WHEN back AND n_kind = 1 THEN event END) AS back_event, "
            f"MAX(CASE WHEN back AND n_kind = 1 THEN until END) AS back_until FROM ({numbered}) AS o GROUP BY k"
        )

    # -- what is known of a lead ----------------------------------------------------------------

    def wide(self) -> str:
        """Of each field the value in the wide table that holds (w) and since when (wt; null: always)."""
        bound = f"(e.t IS NULL OR e.t <= {self.at})" if self.one else "1 = 1"
        rows = self._of_points(
            f"(SELECT * FROM leads AS e WHERE {bound})" if self.one else "leads", undated=True
        )
        columns = [(i, *self.shape.fields[name]) for i, name in self.fields]
        if not self.shape.doubled_leads:
            values = "".join(f", {c} AS w{i}, t AS wt{i}" for i, c, _ in columns)
            return f"SELECT k{values} FROM {rows} AS l"
        numbers = "".join(
            f", ROW_NUMBER() OVER (PARTITION BY k ORDER BY CASE WHEN {self._empty(c, kind)} THEN 1 ELSE 0 END, "
            f"t DESC NULLS LAST, {c} DESC) AS n{i}"
            for i, c, kind in columns
        )
        values = "".join(
            f", MAX(CASE WHEN n{i} = 1 THEN {c} END) AS w{i}, MAX(CASE WHEN n{i} = 1 THEN t END) AS wt{i}"
            for i, c, _ in columns
        )
        return f"SELECT k{values} FROM (SELECT *{numbers} FROM {rows} AS l) AS o GROUP BY k"

    def _empty(self, column: str, kind: str) -> str:
        return is_blank(column, self.dialect) if kind == "text" else f"{column} IS NULL"

    def known(self) -> str:
        """Of each field the trait that holds: value (v), time (vt), id (vi)."""
        named = " ".join(f"WHEN {quoted(name, self.dialect)} THEN {i}" for i, name in self.fields)
        names = ", ".join(quoted(name, self.dialect) for _, name in self.fields)
        until = f" AND t <= {self.at}" if self.one else ""
        rows = f"SELECT lead_id, CASE field {named} END AS f, COALESCE(value, '') AS value, t, trait_id FROM traits WHERE field IN ({names}){until}"
        order = "ORDER BY t DESC, trait_id DESC, value DESC"
        numbered = f"SELECT *, ROW_NUMBER() OVER (PARTITION BY k, f {order}) AS n FROM {self._of_points(f'({rows})')} AS r"
        values = "".join(
            f", MAX(CASE WHEN f = {i} THEN value END) AS v{i}, MAX(CASE WHEN f = {i} THEN t END) AS vt{i}, "
            f"MAX(CASE WHEN f = {i} THEN trait_id END) AS vi{i}"
            for i, _ in self.fields
        )
        return f"SELECT k{values} FROM ({numbered}) AS o WHERE n = 1 GROUP BY k"

    def _typed(self, i: int, name: str) -> str:
        """The field as its declared type (f), and since when (ft): the later of trait and wide table."""
        column, kind = self.shape.fields[name]
        type_ = self.model.field(name).type
        wide = read_as(f"w{i}", kind, type_, self.dialect)
        if not self.shape.has_traits:
            return f"{wide} AS f{i}, wt{i} AS ft{i}"
        tie = f"(vi{i} > '' OR v{i} >= w{i})" if kind == "text" else "1 = 1"
        empty = self._empty(f"w{i}", kind)
        wins = f"(vt{i} IS NOT NULL AND ({empty} OR wt{i} IS NULL OR vt{i} > wt{i} OR (vt{i} = wt{i} AND {tie})))"
        trait = read_as(f"v{i}", "text", type_, self.dialect)
        return f"CASE WHEN {wins} THEN {trait} ELSE {wide} END AS f{i}, CASE WHEN {wins} THEN vt{i} ELSE wt{i} END AS ft{i}"

    # -- judgement ------------------------------------------------------------------------------

    def judged(self) -> str:
        """All measures of each point, layer upon layer: each may use what the ones below have."""
        sql = self._joined()
        for layer in (self._fields_layer, self._rules_layer, self._sums_layer, self._scores_layer):
            sql = _layer(sql, layer())
        sql = _layer(sql, [f"{self._band()} AS band"])
        sql = _layer(sql, [f"{self._quality()} AS quality"])
        return _layer(sql, self._lifecycle_layer())

    def _joined(self) -> str:
        at = self.at if self.one else "p.as_of"
        columns = ["p.k", "p.lead_id", f"{at} AS as_of"]
        joins = []

        def join(table: str, names: list[str]) -> None:
            columns.extend(f"{table}.{n}" for n in names)
            joins.append(f" LEFT JOIN {table} ON {table}.k = p.k")

        if self.fields:
            join("wide", [c for i, _ in self.fields for c in (f"w{i}", f"wt{i}")])
        if self.fields and self.shape.has_traits:
            join("known", [c for i, _ in self.fields for c in (f"v{i}", f"vt{i}", f"vi{i}")])
        if self.plan.with_seen:
            join("seen", ["first_seen", "last_seen"])
        if self._classes():
            join("sums", ["cents AS signal_cents", "kept_at", "raised_at"])
            join("moments", ["journey_step", *(f"m{i}" for i in range(len(self.plan.stage_events)))])
        if self.plan.stages:
            join("decided", ["decision", "decided_at", "back_at", "back_event", "back_until"])
        return f"SELECT {', '.join(columns)} FROM points AS p{''.join(joins)}"

    def _fields_layer(self) -> list[str]:
        layer = [self._typed(i, name) for i, name in self.fields]
        if not self.plan.with_seen:
            layer.append(f"{_NO_TIME} AS first_seen, {_NO_TIME} AS last_seen")
        if not self._classes():
            layer.append(
                f"0 AS signal_cents, {_NO_TIME} AS kept_at, {_NO_TIME} AS raised_at, CAST(NULL AS INT) AS journey_step"
            )
        return layer

    def _rules_layer(self) -> list[str]:
        render = Renderer(self.dialect, self.f, "as_of")
        layer = [
            f"COALESCE({render(rule.when)}, FALSE) AS g{i}" for i, rule in enumerate(self.model.fit.rules)
        ]
        layer += [f"{self._criterion(c)} AS c{i}" for i, c in enumerate(self.model.criteria)]
        steps = "".join(
            f" WHEN {i} THEN {quoted(s.step, self.dialect)}" for i, s in enumerate(self.model.journey)
        )
        layer.append(
            f"CASE journey_step{steps} END AS journey" if steps else "CAST(NULL AS VARCHAR(100)) AS journey"
        )
        return [*layer, "(raised_at IS NOT NULL) AS hand_raised", "CAST(NULL AS DOUBLE) AS probability"]

    def _criterion(self, criterion: Criterion) -> str:
        render = Renderer(self.dialect, self._fresh(criterion), "as_of")
        yes = f"WHEN {render(criterion.yes_if)} THEN 'yes'"
        no = (
            f"WHEN {render(criterion.no_if)} THEN 'no'"
            if criterion.no_if
            else f"WHEN NOT {render(criterion.yes_if)} THEN 'no'"
        )
        return f"CASE {yes} {no} ELSE 'unknown' END"

    def _fresh(self, criterion: Criterion) -> dict[str, str]:
        """Each field's column, stale values as null."""
        if criterion.valid_for is None:
            return self.f
        limit = f"CAST({criterion.valid_for} AS BIGINT)"
        return {
            n: f"(CASE WHEN ft{c[1:]} IS NULL OR as_of - ft{c[1:]} <= {limit} THEN {c} END)"
            for n, c in self.f.items()
        }

    def _sums_layer(self) -> list[str]:
        rules = [(i, r) for i, r in enumerate(self.model.fit.rules)]
        fit = " + ".join(f"CASE WHEN g{i} THEN {r.cents} ELSE 0 END" for i, r in rules if r.cents) or "0"
        disqualified = " OR ".join(f"g{i}" for i, r in rules if r.disqualify) or "FALSE"
        layer = [f"CAST({fit} AS BIGINT) AS fit_sum", f"({disqualified}) AS disqualified"]
        layer.append("CAST(COALESCE(signal_cents, 0) AS BIGINT) AS intent_sum")
        for state in ("yes", "no", "unknown"):
            ones = [f"CASE WHEN c{i} = '{state}' THEN 1 ELSE 0 END" for i in range(len(self.model.criteria))]
            layer.append(f"CAST({' + '.join(ones) or '0'} AS DOUBLE) AS {state}_count")
        return [*layer, f"{self._next_question()} AS next_question"]

    def _next_question(self) -> str:
        cases = []
        for i, criterion in enumerate(self.model.criteria):
            fresh = self._fresh(criterion)
            askable = [fresh[n] for n in expr.names(criterion.yes_if) if self.model.field(n).ask]
            if askable:
                missing = " OR ".join(f"{c} IS NULL" for c in askable)
                cases.append(
                    f"WHEN c{i} = 'unknown' AND ({missing}) THEN {quoted(criterion.name, self.dialect)}"
                )
        return f"CASE {' '.join(cases)} END" if cases else "CAST(NULL AS VARCHAR(100))"

    def _scores_layer(self) -> list[str]:
        layer = []
        for part, bounds in (("fit", self.model.fit), ("intent", self.model.intent)):
            held = f"{part}_sum"
            if bounds.max is not None:
                held = f"LEAST({held}, CAST({cents_of(bounds.max)} AS BIGINT))"
            if bounds.min is not None:
                held = f"GREATEST({held}, CAST({cents_of(bounds.min)} AS BIGINT))"
            layer.append(f"{held} AS {part}_cents, CAST({held} AS DOUBLE) / {double(100.0)} AS {part}")
        return layer

    def _band(self) -> str:
        bands = self.model.bands
        if not (bands.fit or bands.intent):
            return "CAST(NULL AS VARCHAR(100))"
        parts = []
        for part, steps in (("fit", bands.fit), ("intent", bands.intent)):
            cases = "".join(
                f" WHEN {part} >= {double(b.at)} THEN {quoted(b.name, self.dialect)}" for b in steps
            )
            parts.append(f"CASE{cases} ELSE '{NO_BAND}' END" if cases else f"'{NO_BAND}'")
        return f"concat({parts[0]}, {parts[1]})"

    def _measure_columns(self) -> dict[str, str]:
        own = (
            "fit",
            "intent",
            "journey",
            "hand_raised",
            "disqualified",
            "yes_count",
            "no_count",
            "unknown_count",
        )
        own += ("next_question", "probability", "first_seen", "last_seen", "band", "quality")
        criteria = {c.name: f"c{i}" for i, c in enumerate(self.model.criteria)}
        return {**self.f, **{m: m for m in own}, **criteria}

    def _quality(self) -> str:
        render = Renderer(self.dialect, self._measure_columns(), "as_of")
        cases = "".join(
            f" WHEN {render(q.when)} THEN {quoted(q.name, self.dialect)}" for q in self.model.quality
        )
        return f"CASE{cases} END" if cases else "CAST(NULL AS VARCHAR(100))"

    def _lifecycle_layer(self) -> list[str]:
        """Each stage's conditions under a hand that is raised (1) and one that is not (0)."""
        layer = []
        for i, stage in enumerate(self.plan.stages):
            for word, condition in (("enter", stage.enter), ("leave", stage.leave)):
                for raised in (0, 1) if condition is not None else ():
                    columns = {**self._measure_columns(), "hand_raised": "TRUE" if raised else "FALSE"}
                    test = Renderer(self.dialect, columns, "as_of")(condition)  # type: ignore[arg-type]
                    layer.append(f"COALESCE({test}, FALSE) AS {word}{i}_{raised}")
        return layer

    # -- results --------------------------------------------------------------------------------

    def measures(self) -> str:
        own = [
            "lead_id",
            "as_of",
            "fit",
            "intent",
            "band",
            "quality",
            "journey",
            "hand_raised",
            "disqualified",
        ]
        own += [
            "yes_count",
            "no_count",
            "unknown_count",
            "next_question",
            "probability",
            "first_seen",
            "last_seen",
        ]
        own += [f"c{i}" for i in range(len(self.model.criteria))]
        if self.plan.stages:
            own += ["kept_at", "raised_at", "decision", "decided_at", "back_at", "back_event", "back_until"]
            own += [f"m{i}" for i in range(len(self.plan.stage_events))]
            own += [c.rpartition(" AS ")[2] for c in self._lifecycle_layer()]
        return f"SELECT {', '.join(own)} FROM judged"

    def ledger(self) -> str:
        """One row an entry; what holding a score in its bounds added or took is a row of its own."""
        parts = [self._fit_entry(i, r.id, r.cents) for i, r in enumerate(self.model.fit.rules) if r.cents]
        if self.signals:
            ids = " ".join(f"WHEN {i} THEN {quoted(s.id, self.dialect)}" for i, s in self.signals)
            join = "signals AS s JOIN points AS p ON s.k = p.k"
            at = self.at if self.one else "p.as_of"
            parts.append(
                f"SELECT p.lead_id, {at} AS as_of, 'intent' AS part, CASE s.s {ids} END AS rule, "
                f"CAST(s.cents AS DOUBLE) / {double(100.0)} AS points, s.n AS events, s.first_at, s.last_at "
                f"FROM {join} WHERE s.cents <> 0"
            )
        parts += [self._bound_entry("fit"), self._bound_entry("intent")]
        return " UNION ALL ".join(parts)

    def _fit_entry(self, i: int, rule: str, cents: int) -> str:
        return self._entry("fit", quoted(rule, self.dialect), double(cents / 100), f"g{i}")

    def _bound_entry(self, part: str) -> str:
        rule = f"CASE WHEN {part}_cents > {part}_sum THEN '{part}.floor' ELSE '{part}.cap' END"
        points = f"CAST({part}_cents - {part}_sum AS DOUBLE) / {double(100.0)}"
        return self._entry(part, rule, points, f"{part}_cents <> {part}_sum")

    def _entry(self, part: str, rule: str, points: str, where: str) -> str:
        return (
            f"SELECT lead_id, as_of, '{part}' AS part, {rule} AS rule, {points} AS points, CAST(0 AS BIGINT) AS events, "
            f"{_NO_TIME} AS first_at, {_NO_TIME} AS last_at FROM judged WHERE {where}"
        )


def _layer(sql: str, columns: list[str]) -> str:
    return f"SELECT *, {', '.join(columns)} FROM ({sql}) AS t" if columns else sql


def _is_timed(where: expr.Expr) -> bool:
    """Whether a condition asks for the instant, so that it cannot be settled once for all points."""
    return any(isinstance(n, expr.Call) and n.function == "days_since" for n in expr.walk(where))


def _offsets_between(timezone: str, first: int | None, last: int) -> list[tuple[int, int]]:
    """The offsets that hold somewhere between two instants; without `first` since always."""
    table = [entry for entry in offsets(timezone) if entry[0] <= last] or [offsets(timezone)[0]]
    if first is None:
        return table
    before = [entry for entry in table if entry[0] <= first]
    return (before[-1:] or table[:1]) + [
        entry for entry in table if entry[0] > first and entry not in before[-1:]
    ]


def _offset_tree(table: list[tuple[int, int]]) -> str:
    """Nested CASEs that find the offset of `t` in a few comparisons."""
    if len(table) == 1:
        return f"CAST({table[0][1]} AS BIGINT)"
    middle = len(table) // 2
    earlier, later = _offset_tree(table[:middle]), _offset_tree(table[middle:])
    return f"(CASE WHEN t < CAST({table[middle][0]} AS BIGINT) THEN {earlier} ELSE {later} END)"


__all__ = ["Instants", "Plan", "Shape", "Step", "Type"]
