"""From events to tallies: each event is classed once, and one pass counts everything that is counted alike.

A *code* says what an event is: of which signal, and the event of which stage. A signal has one event name,
so all its events have one code while they are in its window. Signals that no event can share (see
`exclusive`) are counted by their code in a single grouping; of those with a `max_per_day`, by the day too,
with the first few times of it. Where instants are mixed, an event knows instead of the one before it that
would leave it no room (`before_t`), and counts while that one has left the window. Signals that overlap
others, or ask for the instant, are marked by a bit and counted apart.
"""

from __future__ import annotations

from leadline.engine.arithmetic import CENT, nanos_of, sign
from leadline.engine.dialects import quoted
from leadline.engine.plan.context import NO_TIME, Context, is_timed
from leadline.engine.plan.exclusive import exclusive
from leadline.engine.plan.probability import of_signals
from leadline.engine.render import double, read_as
from leadline.engine.zones import offsets
from leadline.model import expr
from leadline.model.shape import Signal, Step
from leadline.model.values import DAY

_DAYS_TO_1970 = 719_164  # added so that a day's number is 1 or more, in any zone from the year 1 on
_BITS = 60  # in one mask
_RECENT = 8  # changes of the clock
Numbered = list[tuple[int, Signal]]


class Events:
    """The steps that read events."""

    def __init__(self, c: Context):
        self.c = c
        self.signals: Numbered = list(enumerate(c.model.intent.signals))
        self.together, self.apart = _sorted_out(self.signals)
        self.steps = list(enumerate(c.model.journey))
        self.timed_steps = [(i, s) for i, s in self.steps if is_timed(s.where)]
        self.marked: list[tuple[str, Signal | Step]] = [(f"s{i}", s) for i, s in self.apart]
        self.marked += [(f"j{i}", s) for i, s in self.timed_steps]
        self.of_stage = len(c.stage_events) + 1
        self.few = [(i, s) for i, s in self.together if s.max_per_day is not None]
        self.capped = self.few if c.one else []
        self.plain = [(i, s) for i, s in self.together if s.max_per_day is None or not c.one]

    @property
    def any(self) -> bool:
        """Whether the model looks at events at all."""
        return bool(self.signals or self.steps or self.c.stage_events)

    # -- classing -------------------------------------------------------------------------------

    def classed(self) -> str:
        """Each event with its code, and a bit for each class that is counted by itself."""
        carried = "".join(f", {column}" for column in self._carried())
        masks = "".join(f", {self._mask(i)} AS mask{i}" for i in range(self._masks))
        columns = f"lead_id, t{carried}, {self._code()} AS code, {self._step()} AS step{masks}"
        sql = f"SELECT {columns} FROM {self._typed()}"
        if self.few and not self.c.one:
            sql = self._with_the_one_before(sql)
        if self.c.with_seen:
            return sql
        wanted = " OR ".join(["code <> 0 OR step <> 0", *(f"mask{i} <> 0" for i in range(self._masks))])
        return f"SELECT * FROM ({sql}) AS c WHERE {wanted}"

    def _with_the_one_before(self, classed: str) -> str:
        """Beside each event of a signal with a `max_per_day` k, the time of the k-th before it on its day."""
        is_few = f"{self._signal_of_code} IN ({', '.join(str(i + 1) for i, _ in self.few)})"
        day = f"PARTITION BY lead_id, code, {self._local_day([s for _, s in self.few])} ORDER BY t"
        before = self._of_code([(i, f"LAG(t, {s.max_per_day}) OVER ({day})") for i, s in self.few])
        return (
            f"SELECT *, {before} AS before_t FROM ({classed}) AS f WHERE {is_few} "
            f"UNION ALL SELECT *, {NO_TIME} AS before_t FROM ({classed}) AS o WHERE NOT {is_few}"
        )

    def _typed(self) -> str:
        """Valid events with the properties that conditions read, as declared (q) and as stored (r)."""
        c = self.c
        columns = "lead_id, t, event"
        for name, q in c.q.items():
            column, kind = c.shape.properties[name]
            columns += f", {read_as(column, kind, c.model.property_type(name), c.dialect)} AS {q}"
            columns += f", {column} AS {c.r[name]}" if name in c.r else ""
        return f"(SELECT {columns} FROM valid) AS v"

    def _carried(self) -> list[str]:
        """Columns that a condition needs beside the points, since it asks for the instant."""
        wheres = [s.where for _, s in self.marked if s.where is not None and is_timed(s.where)]
        used = dict.fromkeys(name for w in wheres for name in expr.names(w))
        return [column for n in used for column in (self.c.q[n], self.c.r.get(n)) if column]

    def _code(self) -> str:
        """signal * stages + stage, each counted from 1; 0 is for none."""
        signal = self._by_event([(s.event, s.where, i + 1) for i, s in self.together])
        stage = self._by_event([(event, None, i) for i, event in enumerate(self.c.stage_events, start=1)])
        return f"{signal} * {self.of_stage} + {stage}"

    def _step(self) -> str:
        """The furthest step of the journey that an event tells, from 1; 0 for none."""
        return self._by_event(
            [(s.event, s.where, i + 1) for i, s in reversed(self.steps) if not is_timed(s.where)]
        )

    def _by_event(self, classes: list[tuple[str, expr.Expr | None, int]]) -> str:
        """The number of the first class that an event is of; its name is looked at first, and once."""
        named: dict[str, list[tuple[expr.Expr | None, int]]] = {}
        for event, where, number in classes:
            named.setdefault(event, []).append((where, number))
        cases = "".join(
            f" WHEN {quoted(e, self.c.dialect)} THEN {self._first(some)}" for e, some in named.items()
        )
        return f"CASE event{cases} ELSE 0 END" if cases else "0"

    def _first(self, classes: list[tuple[expr.Expr | None, int]]) -> str:
        cases = ""
        for where, number in classes:
            if where is None:
                return f"CASE{cases} ELSE {number} END" if cases else str(number)
            cases += f" WHEN {self.c.where(where)} THEN {number}"
        return f"CASE{cases} ELSE 0 END"

    @property
    def _masks(self) -> int:
        return -(-len(self.marked) // _BITS)

    def _mask(self, i: int) -> str:
        bits: dict[str, list[str]] = {}
        for number, (_, item) in enumerate(self.marked[i * _BITS : (i + 1) * _BITS]):
            bit = f"CAST({1 << number} AS BIGINT)"
            tested = item.where is not None and not is_timed(item.where)
            test = f"CASE WHEN {self.c.where(item.where)} THEN {bit} ELSE 0 END" if tested else bit  # type: ignore[arg-type]
            bits.setdefault(item.event, []).append(test)
        cases = "".join(f" WHEN {quoted(e, self.c.dialect)} THEN {' + '.join(b)}" for e, b in bits.items())
        return f"CASE event{cases} ELSE CAST(0 AS BIGINT) END"

    def _is_marked(self, name: str) -> str:
        number = [n for n, _ in self.marked].index(name)
        return f"(mask{number // _BITS} & CAST({1 << number % _BITS} AS BIGINT)) <> 0"

    def _marked_rows(self, name: str, item: Signal | Step) -> str:
        """The classed events of one that is counted by itself, beside their points."""
        rows = self.c.of_points(f"(SELECT * FROM classed WHERE {self._is_marked(name)})")
        timed = (
            f" WHERE {self.c.where(item.where)}" if item.where is not None and is_timed(item.where) else ""
        )
        return f"(SELECT * FROM {rows} AS m{timed})"

    # -- counting -------------------------------------------------------------------------------

    def tallies(self) -> str:
        """Of each point and code: how many events, first and last, the furthest step, the nanos given.

        At one instant, codes of signals with a `max_per_day` have a row for each day, with its first `times`.
        """
        instant = "" if self.c.one else ", as_of"
        columns = f"k, t, step{instant}, {self._counting_code()} AS code"
        rows = f"SELECT {columns} FROM {self.c.of_points('classed')} AS r"
        nanos = self.c.dialect.exact_sum(f"{self._of_code([(i, self._nanos(s)) for i, s in self.plain])}")
        columns = f"COUNT(*) AS n, MIN(t) AS first_at, MAX(t) AS last_at, MAX(step) AS step, {nanos} AS nanos"
        if not self.capped:
            return f"SELECT k, code, {columns} FROM ({rows}) AS c GROUP BY k, code"
        is_capped = f"{self._signal_of_code} IN ({', '.join(str(i + 1) for i, _ in self.capped)})"
        day = self._local_day([s for _, s in self.capped])
        rows = f"SELECT *, CASE WHEN {is_capped} THEN {day} ELSE 0 END AS day FROM ({rows}) AS c"
        most = max(s.max_per_day or 0 for _, s in self.capped)
        times = self.c.dialect.smallest(f"CASE WHEN {is_capped} THEN t END", most)
        return f"SELECT k, code, day, {columns}, {times} AS times FROM ({rows}) AS d GROUP BY k, code, day"

    @property
    def _signal_of_code(self) -> str:
        """The number of a code's signal, from 1; 0 for none."""
        return self.c.dialect.divide_whole("code", self.of_stage)

    def _of_code(self, values: list[tuple[int, str]]) -> str:
        """What is different for the signal of each code; null for those not named."""
        cases = " ".join(f"WHEN {i + 1} THEN {value}" for i, value in values)
        return f"CASE {self._signal_of_code} {cases} END" if cases else NO_TIME

    def _counting_code(self) -> str:
        """The code, without the signal where the event has left the signal's window."""
        windows = [(i, f"CAST({s.window} AS BIGINT)") for i, s in self.together if s.window is not None]
        begins = f"{self.c.at} - {self._of_code(windows)}"
        out = [f"t <= {begins}"] if windows else []
        if self.few and not self.c.one:
            out.append(f"before_t > {begins}" if windows else "before_t IS NOT NULL")
            always = ", ".join(str(i + 1) for i, s in self.few if s.window is None)
            out += (
                [f"before_t IS NOT NULL AND {self._signal_of_code} IN ({always})"]
                if windows and always
                else []
            )
        return f"CASE WHEN {' OR '.join(out)} THEN code % {self.of_stage} ELSE code END" if out else "code"

    def _nanos(self, signal: Signal) -> str:
        """What is left at the instant of the points of an event at `t`."""
        each = nanos_of(signal.points)
        if signal.half_life is None:
            return f"CAST({each} AS BIGINT)"
        age = f"CAST({self.c.at} - t AS DOUBLE) / {double(float(signal.half_life))}"
        left = f"{double(float(each))} * POWER({double(2.0)}, -({age})) + {double(0.5)}"
        return f"CAST(FLOOR({left}) AS BIGINT)"

    def signal_sums(self) -> str:
        """Of each point and signal with events that count: how many, first, last, and their points."""
        parts = [self._in_cents(self.plain, self._plain_sums())] if self.plain else []
        parts += [self._in_cents(self.capped, self._capped_sums())] if self.capped else []
        if len(self.apart) > self.c.dialect.few_branches:
            parts.append(self._in_cents(self.apart, self._sums_of_many_apart()))
        else:
            parts += [self._in_cents([(i, s)], self._sums_apart(i, s)) for i, s in self.apart]
        nothing = f"SELECT k, 0 AS s, n, first_at, last_at, {NO_TIME} AS cents FROM tallies WHERE 1 = 0"
        return " UNION ALL ".join(parts or [nothing])

    def _plain_sums(self) -> str:
        signals = ", ".join(str(i + 1) for i, _ in self.plain)
        columns = f"k, {self._signal_of_code} - 1 AS s, n, first_at, last_at, nanos"
        return f"SELECT {columns} FROM tallies WHERE {self._signal_of_code} IN ({signals})"

    def _capped_sums(self) -> str:
        """Of each day the first few times, each with what it gives."""
        few = self.c.dialect.first_few(
            "times", self._of_code([(i, str(s.max_per_day)) for i, s in self.capped])
        )
        each = self.c.dialect.each(few)
        rows = f"SELECT k, {self._signal_of_code} - 1 AS s, {each} AS t FROM tallies WHERE day <> 0"
        nanos = self.c.dialect.exact_sum(_of_signal([(i, self._nanos(s)) for i, s in self.capped]))
        columns = f"COUNT(*) AS n, MIN(t) AS first_at, MAX(t) AS last_at, {nanos} AS nanos"
        return f"SELECT k, s, {columns} FROM ({rows}) AS e GROUP BY k, s"

    def _in_cents(self, signals: Numbered, sums: str) -> str:
        """Sums of signals cut at `max_points`, with their sign, in hundredths."""
        limits = [(i, str(nanos_of(s.max_points))) for i, s in signals if s.max_points is not None]
        limit = f"LEAST(nanos, {_of_signal(limits)})" if limits else "nanos"
        cents = self.c.dialect.divide_whole(f"{limit} + {CENT // 2}", CENT)
        signs = _of_signal([(i, str(sign(s.points))) for i, s in signals])
        return f"SELECT k, s, n, first_at, last_at, {signs} * {cents} AS cents FROM ({sums}) AS g"

    def _sums_apart(self, i: int, signal: Signal) -> str:
        total = self.c.dialect.exact_sum(self._nanos(signal))
        columns = f"COUNT(*) AS n, MIN(t) AS first_at, MAX(t) AS last_at, {total} AS nanos"
        return f"SELECT k, {i} AS s, {columns} FROM {self._kept(i, signal)} AS c GROUP BY k"

    def _kept(self, i: int, signal: Signal) -> str:
        """The events that count for a signal by itself: those in its window, of each day the first few."""
        columns = "k, t" if self.c.one else "k, t, as_of"
        window = (
            f" WHERE t > {self.c.at} - CAST({signal.window} AS BIGINT)" if signal.window is not None else ""
        )
        rows = f"(SELECT {columns} FROM {self._marked_rows(f's{i}', signal)} AS h{window})"
        if signal.max_per_day is None:
            return rows
        number = f"ROW_NUMBER() OVER (PARTITION BY k, {self._local_day([signal])} ORDER BY t)"
        numbered = f"(SELECT {columns}, {number} AS of_day FROM {rows} AS w) AS n"
        return f"(SELECT * FROM {numbered} WHERE of_day <= {signal.max_per_day})"

    def _sums_of_many_apart(self) -> str:
        """The same of all of them in one query: an event has a row for each signal that it counts for."""
        plain = [(i, s) for i, s in self.apart if s.max_per_day is None]
        few = [(i, s) for i, s in self.apart if s.max_per_day is not None]
        kept = [self._rows_of_each(plain)] if plain else []
        if few:
            day = f"PARTITION BY k, s, {self._local_day([s for _, s in few])}"
            number = f"ROW_NUMBER() OVER ({day} ORDER BY t) AS of_day"
            numbered = f"SELECT *, {number} FROM ({self._rows_of_each(few)}) AS w"
            most = _of_signal([(i, str(s.max_per_day)) for i, s in few])
            columns = "k, t, s" if self.c.one else "k, t, s, as_of"
            kept.append(f"SELECT {columns} FROM ({numbered}) AS n WHERE of_day <= {most}")
        nanos = self.c.dialect.exact_sum(_of_signal([(i, self._nanos(s)) for i, s in self.apart]))
        columns = f"COUNT(*) AS n, MIN(t) AS first_at, MAX(t) AS last_at, {nanos} AS nanos"
        return f"SELECT k, s, {columns} FROM ({' UNION ALL '.join(kept)}) AS c GROUP BY k, s"

    def _rows_of_each(self, signals: Numbered) -> str:
        cases = []
        for i, signal in signals:
            conditions = [self._is_marked(f"s{i}")]
            conditions += [self.c.where(signal.where)] if signal.where and is_timed(signal.where) else []
            if signal.window is not None:
                conditions.append(f"t > {self.c.at} - CAST({signal.window} AS BIGINT)")
            cases.append(f"CASE WHEN {' AND '.join(conditions)} THEN {i} END")
        columns = "k, t" if self.c.one else "k, t, as_of"
        any_mask = " OR ".join(f"mask{i} <> 0" for i in range(self._masks))
        marked = self.c.of_points(f"(SELECT * FROM classed WHERE {any_mask})")
        number = self.c.dialect.each(self.c.dialect.known(cases))
        order = "k, t, s" if self.c.one else "k, t, s, as_of"
        return f"SELECT {order} FROM (SELECT {columns}, {number} AS s FROM {marked} AS m) AS r"

    def _local_day(self, signals: list[Signal]) -> str:
        """The day of `t` on the calendar of the model's time zone, a number since the year 1."""
        windows = [s.window for s in signals if s.window is not None]
        first = self.c.instants.first - max(windows) if len(windows) == len(signals) else None
        offset = _offset(_offsets_between(self.c.model.timezone, first, self.c.instants.last))
        return self.c.dialect.divide_whole(f"t + {offset} + CAST({_DAYS_TO_1970 * DAY} AS BIGINT)", DAY)

    def sums(self) -> str:
        """All signals of a point together, and when one, and a raised hand, last counted."""
        raising = [str(i) for i, s in self.signals if s.hand_raise] or ["-1"]
        raised = f"MAX(CASE WHEN s IN ({', '.join(raising)}) THEN last_at END) AS raised_at"
        read = {r.signal for r in self.c.readings if r.signal is not None}
        columns = ["CAST(SUM(cents) AS BIGINT) AS cents", "MAX(last_at) AS kept_at", raised]
        return f"SELECT k, {', '.join([*columns, *of_signals(sorted(read))])} FROM signals GROUP BY k"

    def moments(self) -> str:
        """First and last seen, the furthest step of the journey, when each stage's event last happened."""
        stage = f"code % {self.of_stage}"
        stages = [
            f"MAX(CASE WHEN {stage} = {i + 1} THEN last_at END) AS m{i}" for i in range(self.of_stage - 1)
        ]
        columns = [
            "MIN(first_at) AS first_seen",
            "MAX(last_at) AS last_seen",
            "MAX(step) AS journey_step",
            *stages,
        ]
        source = "tallies"
        if self.timed_steps:
            parts = ["SELECT k, code, step, first_at, last_at FROM tallies"]
            for i, item in self.timed_steps:
                nothing = f"0 AS code, {i + 1} AS step, {NO_TIME} AS first_at, {NO_TIME} AS last_at"
                parts.append(f"SELECT k, {nothing} FROM {self._marked_rows(f'j{i}', item)} AS s")
            source = f"({' UNION ALL '.join(parts)}) AS a"
        return f"SELECT k, {', '.join(columns)} FROM {source} GROUP BY k"


def _sorted_out(signals: Numbered) -> tuple[Numbered, Numbered]:
    """Those that one pass may count together, and those that are counted each by itself."""
    together: Numbered = []
    for i, signal in signals:
        if not is_timed(signal.where) and all(exclusive(signal, other) for _, other in together):
            together.append((i, signal))
    chosen = {i for i, _ in together}
    return together, [(i, s) for i, s in signals if i not in chosen]


def _of_signal(values: list[tuple[int, str]]) -> str:
    """What is different for each signal; null for those not named."""
    return f"CASE s {' '.join(f'WHEN {i} THEN {value}' for i, value in values)} END"


def _offsets_between(timezone: str, first: int | None, last: int) -> list[tuple[int, int]]:
    """The offsets that hold somewhere between two instants; without `first` since always."""
    table = [entry for entry in offsets(timezone) if entry[0] <= last] or [offsets(timezone)[0]]
    if first is None:
        return table
    before = [entry for entry in table if entry[0] <= first]
    return before[-1:] + table[len(before) :] if before else table


def _offset(table: list[tuple[int, int]]) -> str:
    """The offset of `t`. Most facts are of the last years, so those are looked at first."""
    if len(table) <= _RECENT:
        return _offset_tree(table)
    recent, past = table[-_RECENT:], table[:-_RECENT]
    begins = f"CAST({recent[0][0]} AS BIGINT)"
    return f"(CASE WHEN t >= {begins} THEN {_offset_tree(recent)} ELSE {_offset_tree(past)} END)"


def _offset_tree(table: list[tuple[int, int]]) -> str:
    """Nested CASEs that find the offset of `t` in a few comparisons."""
    if len(table) == 1:
        return f"CAST({table[0][1]} AS BIGINT)"
    middle = len(table) // 2
    earlier, later = _offset_tree(table[:middle]), _offset_tree(table[middle:])
    return f"(CASE WHEN t < CAST({table[middle][0]} AS BIGINT) THEN {earlier} ELSE {later} END)"
