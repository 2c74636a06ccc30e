"""All measures of each point, layer upon layer of one query: each layer may use what the ones below have."""

from __future__ import annotations

from leadline.engine.arithmetic import NO_BAND
from leadline.engine.dialects import quoted
from leadline.engine.plan.context import NO_TEXT, NO_TIME, Context
from leadline.engine.plan.leads import typed
from leadline.engine.plan.probability import NO_PROBABILITY, Inputs, Probability
from leadline.engine.render import Renderer, double
from leadline.model import expr
from leadline.model.shape import Criterion, cents_of

STATES = ("yes", "no", "unknown")


class Judgement:
    """Writes the step `judged` and the columns of `measures`."""

    def __init__(self, c: Context, with_events: bool, with_inputs: bool = False):
        self.c, self.model, self.dialect = c, c.model, c.dialect
        self.with_events = with_events  # whether there are the steps sums and moments
        self.inputs = Inputs(c.readings, c.dialect, with_events)
        self.with_inputs = with_inputs  # whether they are among the measures
        self.rules = list(enumerate(self.model.fit.rules))
        self.criteria = list(enumerate(self.model.criteria))

    def judged(self) -> str:
        sql = self._joined()
        for layer in (self._fields, self._rules, self._sums, self._scores):
            sql = _layer(sql, layer())
        for columns in self._probability():
            sql = _layer(sql, columns)
        sql = _layer(_layer(sql, self._band()), self._quality())
        of_ledger = [*(f"g{i}" for i, _ in self.rules), "fit_sum", "fit_cents", "intent_sum", "intent_cents"]
        columns = ", ".join([*self._measures(), *of_ledger])
        return f"SELECT {columns} FROM ({_layer(sql, self._lifecycle())}) AS j"

    def _joined(self) -> str:
        c = self.c
        columns = ["p.k", "p.lead_id", f"{c.at if c.one else 'p.as_of'} AS as_of"]
        joins = ""
        for table, names in self._tables().items():
            columns += [f"{table}.{name}" for name in names]
            joins += f" LEFT JOIN {table} ON {table}.k = p.k"
        return f"SELECT {', '.join(columns)} FROM points AS p{joins}"

    def _tables(self) -> dict[str, list[str]]:
        """What is joined to the points: table -> columns."""
        c, tables = self.c, {}
        if c.fields:
            tables["wide"] = [column for i, _ in c.fields for column in (f"w{i}", f"wt{i}")]
        if c.fields and c.shape.has_traits:
            tables["known"] = [column for i, _ in c.fields for column in (f"v{i}", f"vt{i}", f"vi{i}")]
        if self.with_events:
            stages = [f"m{i}" for i in range(len(c.stage_events))]
            tables["moments"] = ["first_seen", "last_seen", "journey_step", *stages]
            read = [f"s{i}_{what}" for i in self.inputs.signals for what in ("n", "cents")]
            tables["sums"] = ["cents AS signal_cents", "kept_at", "raised_at", *read]
        if c.stages:
            tables["decided"] = ["decision", "decided_at", "back_at", "back_event", "back_until"]
        return tables

    def _fields(self) -> list[str]:
        layer = [typed(self.c, i, name) for i, name in self.c.fields]
        if not self.with_events:
            times = [f"m{i}" for i in range(len(self.c.stage_events))]
            times += ["first_seen", "last_seen", "kept_at", "raised_at"]
            layer += [f"{NO_TIME} AS {name}" for name in times]
            layer += ["CAST(0 AS BIGINT) AS signal_cents", "CAST(0 AS BIGINT) AS journey_step"]
        return layer

    def _rules(self) -> list[str]:
        render = Renderer(self.dialect, self.c.f, "as_of")
        layer = [f"COALESCE({render(rule.when)}, FALSE) AS g{i}" for i, rule in self.rules]
        layer += [f"{self._criterion(criterion)} AS c{i}" for i, criterion in self.criteria]
        named = enumerate(self.model.journey, start=1)
        steps = "".join(f" WHEN {i} THEN {quoted(s.step, self.dialect)}" for i, s in named)
        layer.append(f"CASE journey_step{steps} END AS journey" if steps else f"{NO_TEXT} AS journey")
        return [*layer, "(raised_at IS NOT NULL) AS hand_raised"]

    def _criterion(self, criterion: Criterion) -> str:
        render = Renderer(self.dialect, self._fresh(criterion), "as_of")
        yes = render(criterion.yes_if)
        no = f"NOT {yes}" if criterion.no_if is None else render(criterion.no_if)
        return f"CASE WHEN {yes} THEN 'yes' WHEN {no} THEN 'no' ELSE 'unknown' END"

    def _fresh(self, criterion: Criterion) -> dict[str, str]:
        """Each field's column, stale values as null."""
        if criterion.valid_for is None:
            return self.c.f
        holds = "ft{0} IS NULL OR as_of - ft{0} <= CAST({1} AS BIGINT)"
        return {
            name: f"(CASE WHEN {holds.format(i, criterion.valid_for)} THEN f{i} END)"
            for i, name in self.c.fields
        }

    def _sums(self) -> list[str]:
        fit = " + ".join(f"CASE WHEN g{i} THEN {r.cents} ELSE 0 END" for i, r in self.rules if r.cents) or "0"
        disqualified = " OR ".join(f"g{i}" for i, r in self.rules if r.disqualify) or "FALSE"
        layer = [f"CAST({fit} AS BIGINT) AS fit_sum", f"({disqualified}) AS disqualified"]
        layer.append("CAST(COALESCE(signal_cents, 0) AS BIGINT) AS intent_sum")
        for state in STATES:
            ones = " + ".join(f"CASE WHEN c{i} = '{state}' THEN 1 ELSE 0 END" for i, _ in self.criteria)
            layer.append(f"CAST({ones or '0'} AS DOUBLE) AS {state}_count")
        return [*layer, f"{self._next_question()} AS next_question"]

    def _next_question(self) -> str:
        cases = ""
        for i, criterion in self.criteria:
            fresh = self._fresh(criterion)
            askable = [fresh[n] for n in expr.names(criterion.yes_if) if self.model.field(n).ask]
            if askable:
                missing = " OR ".join(f"{column} IS NULL" for column in askable)
                cases += f" WHEN c{i} = 'unknown' AND ({missing}) THEN {quoted(criterion.name, self.dialect)}"
        return f"CASE{cases} END" if cases else NO_TEXT

    def _scores(self) -> list[str]:
        layer = []
        for part, bounds in (("fit", self.model.fit), ("intent", self.model.intent)):
            held = f"{part}_sum"
            if bounds.max is not None:
                held = f"LEAST({held}, CAST({cents_of(bounds.max)} AS BIGINT))"
            if bounds.min is not None:
                held = f"GREATEST({held}, CAST({cents_of(bounds.min)} AS BIGINT))"
            layer.append(f"{held} AS {part}_cents, CAST({held} AS DOUBLE) / {double(100.0)} AS {part}")
        return layer

    def _band(self) -> list[str]:
        bands = self.model.bands
        if not (bands.fit or bands.intent):
            return [f"{NO_TEXT} AS band"]
        parts = []
        for part, steps in (("fit", bands.fit), ("intent", bands.intent)):
            cases = "".join(
                f" WHEN {part} >= {double(b.at)} THEN {quoted(b.name, self.dialect)}" for b in steps
            )
            parts.append(f"CASE{cases} ELSE '{NO_BAND}' END" if cases else f"'{NO_BAND}'")
        return [f"concat({parts[0]}, {parts[1]}) AS band"]

    def _probability(self) -> list[list[str]]:
        """What the predictor reads, and what comes of it."""
        given, inputs = self.model.predicting, self.inputs.layer(self._columns())
        if given is None or given.predictor is None:
            return [[*inputs, NO_PROBABILITY]]
        return [inputs, *Probability(given, given.predictor, self.dialect).layers()]

    def _columns(self) -> dict[str, str]:
        """The SQL of every name that quality and lifecycle may read."""
        own = (*MEASURES, "band", "quality")
        return {**self.c.f, **{name: name for name in own}, **{k.name: f"c{i}" for i, k in self.criteria}}

    def _quality(self) -> list[str]:
        render = Renderer(self.dialect, self._columns(), "as_of")
        cases = "".join(
            f" WHEN {render(q.when)} THEN {quoted(q.name, self.dialect)}" for q in self.model.quality
        )
        return [f"CASE{cases} END AS quality" if cases else f"{NO_TEXT} AS quality"]

    def _lifecycle(self) -> list[str]:
        """Each stage's conditions under a hand that is raised (1) and one that is not (0)."""
        layer = []
        for name, condition in self._stage_conditions():
            for raised, hand in ((0, "FALSE"), (1, "TRUE")):
                columns = {**self._columns(), "hand_raised": hand}
                test = Renderer(self.dialect, columns, "as_of")(condition)
                layer.append(f"COALESCE({test}, FALSE) AS {name}_{raised}")
        return layer

    def _stage_conditions(self) -> list[tuple[str, expr.Expr]]:
        found = []
        for i, stage in enumerate(self.c.stages):
            found += [(f"enter{i}", stage.enter)] if stage.enter is not None else []
            found += [(f"leave{i}", stage.leave)] if stage.leave is not None else []
        return found

    def measures(self) -> str:
        return f"SELECT {', '.join(self._measures())} FROM judged"

    def _measures(self) -> list[str]:
        own = ["lead_id", "as_of", *MEASURES, "band", "quality", *(f"c{i}" for i, _ in self.criteria)]
        if self.c.stages:
            own += ["kept_at", "raised_at", "decision", "decided_at", "back_at", "back_event", "back_until"]
            own += [f"m{i}" for i in range(len(self.c.stage_events))]
            own += [f"{name}_{raised}" for name, _ in self._stage_conditions() for raised in (0, 1)]
        return [*own, *self.inputs.names] if self.with_inputs else own


MEASURES = (
    "fit", "intent", "journey", "hand_raised", "disqualified", "yes_count", "no_count", "unknown_count",
    "next_question", "probability", "first_seen", "last_seen",
)  # fmt: skip


def _layer(sql: str, columns: list[str]) -> str:
    return f"SELECT *, {', '.join(columns)} FROM ({sql}) AS t" if columns else sql
