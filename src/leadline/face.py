"""What is typed after `import leadline as ll`: tables and files in, Arrow out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from typing import TYPE_CHECKING, Any, TypedDict

import pyarrow as pa

from leadline.engine import assess as engine_assess
from leadline.engine.facts import Facts, Finding
from leadline.engine.facts.reads import Reads
from leadline.engine.facts.rows import bind_rows
from leadline.model import Model, read_model
from leadline.model.predicting import predicting, predicting_as
from leadline.model.predictor import Predictor
from leadline.model.predictor_file import read_predictor
from leadline.model.values import micros_of, read_duration, read_time

if TYPE_CHECKING:
    from leadline.analysis import Backtest
    from leadline.engine.explain import Explanation
    from leadline.engine.replay import Replay

Given = Model | str | os.PathLike[str]
Instant = str | date | datetime
"""An instant as it is typed: ISO 8601 text, a datetime, or a date for its first moment; no zone is UTC."""


@dataclass(frozen=True, repr=False)
class Assessments(engine_assess.Assessments):
    """What :func:`assess` gives.

    `assessments` is an Arrow table with a row for each lead and instant: `lead_id`, `as_of`,
    `model_version`, `fit`, `intent`, `band`, `quality`, `stage` and so on, then a column for each criterion.
    `ledger` has a row for each rule or signal that gave points, with their number, the events counted, and
    when the first and the last of them occurred. `findings` tell what was noticed about the data, looked for
    when they are first asked for; each has a `message` and a `count`.

    `.to_pandas()` and `.to_polars()` give the assessments as a data frame.
    """

    def __repr__(self) -> str:
        names = self._columns
        rows = [[_cell(row[name]) for name in names] for row in self.assessments.slice(0, _SHOWN).to_pylist()]
        widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
        lines = (
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            for line in [names, *rows]
        )
        return "\n".join([self._said, *lines])

    def _repr_html_(self) -> str:
        names = self._columns
        head = "".join(f"<th>{escape(name)}</th>" for name in names)
        rows = self.assessments.slice(0, _SHOWN).select(names).to_pylist()
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(_cell(row[name]))}</td>" for name in names) + "</tr>"
            for row in rows
        )
        return (
            f"<p>{escape(self._said)}</p><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )

    @property
    def _said(self) -> str:
        count, entries, found = len(self.assessments), len(self.ledger), len(self.findings)
        more = f", the first {_SHOWN}" if count > _SHOWN else ""
        return f"{count:,} assessments{more}; {entries:,} ledger entries; {found} findings on the data"

    @property
    def _columns(self) -> list[str]:
        """Those that say something: a column without any value is left out."""
        table = self.assessments
        return [name for name in table.column_names if table.column(name).null_count < len(table)]


_SHOWN = 10


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return value.isoformat(sep=" ", timespec="minutes").replace("+00:00", "")
    return str(value)


def assess(
    model: Given,
    *,
    leads: Any = None,
    traits: Any = None,
    events: Any = None,
    as_of: Instant | None = None,
    points: Any = None,
    engine: str = "auto",
    mapping: Mapping[str, str] | Sequence[str] = (),
    predictor: Predictor | str | os.PathLike[str] | None = None,
) -> Assessments:
    """Judge leads by a model: everyone at one instant, or each of `points` at its own.

    `model` is what :func:`read_model` gives, or the path of a model file.

    `leads` (one row a lead), `traits` (`lead_id`, `field`, `value`, `occurred_at`) and `events` (`lead_id`,
    `event`, `occurred_at` and properties; `event_id` where there is one) are each a pandas or polars
    DataFrame, an Arrow table, a DuckDB relation, a list of dicts, a path (CSV, TSV, JSON Lines, Parquet,
    Excel), a glob, a folder, or a list of those. At least one must be given. `mapping` says which column is
    meant where names differ: ``{"events.lead_id": "user_id"}``.

    `as_of` is ISO 8601 text, a `datetime` or a `date`; without a zone it is UTC. Facts after it do not count.
    `points` is a table (as above) or a list of pairs of `lead_id` and `as_of`, for many instants in one pass.
    One of the two must be given: a library reads no clock.

    `engine` is `duckdb`, `spark` (needs `pip install 'leadline[spark]'`), `reference` (slow and obvious),
    or `auto`. All give the same.

    `predictor` fills `probability`: what :func:`read_predictor` gives, or the path of its file.

    Gives :class:`Assessments`: `.assessments` and `.ledger` as Arrow tables, `.findings` on the data, and
    `.to_pandas()` and `.to_polars()`. Scores are in points, with two decimals; ledger entries of a lead sum
    to its scores.

    Raises :class:`ModelError` where the model has problems, :class:`PredictorError` where the predictor has,
    or reads what the model does not have, :class:`FactsError` where the data cannot be
    read at all, and ValueError where an argument is not as described.

    >>> import leadline as ll
    >>> model = ll.read_model('''
    ... leadline: 1
    ... name: Small
    ... fields: {country: text}
    ... fit: {rules: [{id: near, label: We sell there, when: country = 'DE', points: 20}]}
    ... intent: {signals: [{id: pricing, event: page, where: path = '/pricing', points: 12, half_life: 14d}]}
    ... quality: {good: fit + intent >= 20, bad: true}
    ... ''')
    >>> result = ll.assess(
    ...     model,
    ...     leads=[{"lead_id": "ana", "country": "DE"}, {"lead_id": "ben", "country": "FR"}],
    ...     events=[{"lead_id": "ana", "event": "page", "path": "/pricing", "occurred_at": "2026-01-17"}],
    ...     as_of="2026-01-31",
    ... )
    >>> result.assessments.select(["lead_id", "fit", "intent", "quality"]).to_pylist()
    [{'lead_id': 'ana', 'fit': 20.0, 'intent': 6.0, 'quality': 'good'},
     {'lead_id': 'ben', 'fit': 0.0, 'intent': 0.0, 'quality': 'bad'}]
    >>> result.ledger.select(["lead_id", "rule", "points"]).to_pylist()
    [{'lead_id': 'ana', 'rule': 'near', 'points': 20.0},
     {'lead_id': 'ana', 'rule': 'pricing', 'points': 6.0}]
    """
    if (as_of is None) == (points is None):
        raise ValueError(
            "say when: as_of='2026-07-01' judges everyone at that instant, "
            "points=[('lead 1', '2026-07-01'), ...] each at its own; a library reads no clock"
        )
    model = _model(model, predictor)
    when: _When = {
        "as_of": None if as_of is None else micros(as_of, "as_of"),
        "points": None if points is None else _points(points),
    }
    given = {"leads": leads, "traits": traits, "events": events}
    found = _few(model, given, mapping, when) if engine == "auto" else None
    if found is None:
        facts = _facts(model, **given, mapping=mapping)
        result = engine_assess.assess_facts(model, facts, **when, engine=engine)
        noticed = facts.findings()
        found = result, lambda: noticed
    result, notice = found
    ledger = result.ledger.sort_by([(key, "ascending") for key in ("lead_id", "as_of", "part", "rule")])
    return Assessments(result.assessments, ledger, notice)


class _When(TypedDict):
    as_of: int | None
    points: pa.Table | None


def _few(
    model: Model, given: dict[str, Any], mapping: Any, when: _When
) -> tuple[engine_assess.Assessments, Callable[[], tuple[Finding, ...]]] | None:
    """A handful of leads in lists of dicts, without a database; it is opened where findings are asked for."""
    if all(table is None for table in given.values()):
        return None
    rows = bind_rows(Reads.of([model]), **given, mapping=mapping)
    result = None if rows is None else engine_assess.assess_rows(model, rows, **when)
    if result is None:
        return None
    as_judged = {name: None if table is None else [dict(r) for r in table] for name, table in given.items()}
    return result, lambda: _facts(model, **as_judged, mapping=mapping).findings()


def explain(
    model: Given,
    lead_id: str,
    *,
    as_of: Instant,
    leads: Any = None,
    traits: Any = None,
    events: Any = None,
    mapping: Mapping[str, str] | Sequence[str] = (),
    predictor: Predictor | str | os.PathLike[str] | None = None,
) -> Explanation:
    """Why a lead is what it is at `as_of`, and what would lift it.

    Arguments are those of :func:`assess`. Gives an :class:`Explanation`: `.sentences()` for people,
    `.as_dict()` for programs. Raises KeyError where nothing is known of the lead at that instant.

    >>> import leadline as ll
    >>> model = ll.read_model('''
    ... leadline: 1
    ... name: Calls
    ... intent: {signals: [{id: call, label: Called, event: call, points: 5}]}
    ... ''')
    >>> calls = [{"lead_id": "ana", "event": "call", "occurred_at": "2026-01-30"}]
    >>> ll.explain(model, "ana", events=calls, as_of="2026-01-31").sentences()[1]
    'Called once, on 30 January 2026: +5.00'
    """
    from leadline.engine.explain import explain as explanation_of

    model = _model(model, predictor)
    return explanation_of(model, _facts(model, leads, traits, events, mapping), lead_id, micros(as_of))


def replay(
    model: Given,
    *,
    first: Instant,
    last: Instant,
    every: str = "1d",
    leads: Any = None,
    traits: Any = None,
    events: Any = None,
    mapping: Mapping[str, str] | Sequence[str] = (),
    engine: str = "duckdb",
    predictor: Predictor | str | os.PathLike[str] | None = None,
) -> Replay:
    """Walk from `first` to `last` and record every change of stage, with its cause and its ledger.

    `every` is a step such as `1d` (the end of each day in the model's time zone) or `6h`, or `fact`: at each
    fact. The other arguments are those of :func:`assess`. Gives a :class:`Replay` with the Arrow tables
    `changes`, `ledger` and `final`. Raises ValueError where the model has no lifecycle.

    >>> import leadline as ll
    >>> model = ll.read_model('''
    ... leadline: 1
    ... name: Demos
    ... intent: {signals: [{id: demo, event: demo, points: 10, hand_raise: true}]}
    ... lifecycle: {stages: [{stage: lead}, {stage: mql, enter: hand_raised}]}
    ... ''')
    >>> demos = [{"lead_id": "ana", "event": "demo", "occurred_at": "2026-01-06T10:00:00Z"}]
    >>> walked = ll.replay(model, events=demos, first="2026-01-05", last="2026-01-08")
    >>> walked.changes.select(["lead_id", "after", "cause"]).to_pylist()
    [{'lead_id': 'ana', 'after': 'mql', 'cause': 'enter'}]
    """
    from leadline.engine.replay import replay as walk

    step = "fact" if every == "fact" else read_duration(every)
    if not step:
        raise ValueError(f"every is {every!r}: expected a number and m, h, d or w, such as '1d', or 'fact'")
    model = _model(model, predictor)
    facts = _facts(model, leads, traits, events, mapping)
    return walk(
        model, facts, first=micros(first, "first"), last=micros(last, "last"), every=step, engine=engine
    )


def backtest(
    new: Given,
    old: Given,
    *,
    first: Instant,
    last: Instant,
    leads: Any = None,
    traits: Any = None,
    events: Any = None,
    mapping: Mapping[str, str] | Sequence[str] = (),
    stage: str | None = None,
    reps: int | None = None,
    engine: str = "duckdb",
    predictor: Predictor | str | os.PathLike[str] | None = None,
) -> Backtest:
    """What `new` would have done in the place of `old`, on the same past facts.

    A `predictor` gives `new` its probabilities, and `old` too where it fits.

    `first` and `last` are the period, both included. `stage` is where marketing hands over (`mql` where it is
    not said), `reps` how many reps share the hand-offs (as the events' property `rep` tells, if not said).
    The other arguments are those of :func:`assess`. Gives a :class:`Backtest`: `.as_dict()`, `.to_html()`,
    `.render(console)`. Raises ValueError where a model has no lifecycle or the period ends before it begins.

    >>> import leadline as ll
    >>> model = ll.read_model('''
    ... leadline: 1
    ... name: Demos
    ... intent: {signals: [{id: demo, event: demo, points: 10, hand_raise: true}]}
    ... lifecycle: {stages: [{stage: lead}, {stage: mql, owner: marketing, enter: hand_raised}]}
    ... ''')
    >>> demos = [{"lead_id": "ana", "event": "demo", "occurred_at": "2026-01-06T10:00:00Z"}]
    >>> result = ll.backtest(model, model, events=demos, first="2026-01-05", last="2026-01-12")
    >>> result.weekly.models.new.hand_offs
    1
    """
    from leadline.analysis import backtest as try_both
    from leadline.analysis import rep_reader

    new, old = _model(new, predictor), _model(old)
    old = predicting_as(old, new)
    facts = _facts([old, new, rep_reader()], leads, traits, events, mapping)
    period = {"first": micros(first, "first"), "last": micros(last, "last")}
    return try_both(new, old, facts, **period, stage=stage, reps=reps, engine=engine)


def micros(instant: Any, argument: str = "as_of") -> int:
    """Microseconds since 1970 UTC of an instant as it is typed.

    >>> micros("1970-01-01T00:00:01"), micros(date(1970, 1, 2))
    (1000000, 86400000000)
    """
    if isinstance(instant, str):
        read = read_time(instant)
        if read is not None:
            return read
    elif isinstance(instant, datetime):
        return micros_of(instant)
    elif isinstance(instant, date):
        return micros_of(datetime(instant.year, instant.month, instant.day))  # noqa: DTZ001 - means UTC
    raise ValueError(
        f"{argument} is {instant!r}: expected ISO 8601 text such as '2026-07-01T09:30:00Z', "
        "a datetime or a date"
    )


def _model(model: Given, predictor: Predictor | str | os.PathLike[str] | None = None) -> Model:
    model = model if isinstance(model, Model) else read_model(model)
    if predictor is None:
        return model
    return predicting(model, predictor if isinstance(predictor, Predictor) else read_predictor(predictor))


def _facts(models: Model | Sequence[Model], leads: Any, traits: Any, events: Any, mapping: Any) -> Facts:
    if leads is None and traits is None and events is None:
        raise ValueError("give the facts: at least one of leads, traits and events")
    return Facts.read(models, leads=leads, traits=traits, events=events, mapping=mapping)


def _points(points: Any) -> pa.Table:
    """Points of any shape as a table of `lead_id` text and `as_of` int64 microseconds."""
    pairs = _pairs(points)
    if pairs is not None:
        return pa.table(
            {
                "lead_id": pa.array([str(lead) for lead, _ in pairs], pa.string()),
                "as_of": pa.array([micros(instant, "as_of of a point") for _, instant in pairs], pa.int64()),
            }
        )
    table = _arrow(points)
    missing = [name for name in ("lead_id", "as_of") if name not in table.column_names]
    if missing:
        raise ValueError(
            f"points has no column `{missing[0]}`: it needs lead_id and as_of, and has "
            f"{', '.join(table.column_names)}"
        )
    table = table.select(["lead_id", "as_of"])
    if any(column.null_count for column in table.columns):
        raise ValueError("points has empty cells: every point needs its lead_id and its as_of")
    as_of = table.column("as_of")
    if not pa.types.is_timestamp(as_of.type):
        return _points(list(zip(table.column("lead_id").to_pylist(), as_of.to_pylist(), strict=True)))
    whole = as_of.cast(pa.timestamp("us", as_of.type.tz), safe=False).cast(pa.int64())
    return pa.table({"lead_id": table.column("lead_id").cast(pa.string()), "as_of": whole})


def _pairs(points: Any) -> list[tuple[Any, Any]] | None:
    """A list of pairs or of dicts as pairs; None for a table."""
    if (
        not isinstance(points, Iterable)
        or hasattr(points, "__arrow_c_stream__")
        or hasattr(points, "columns")
    ):
        return None
    rows = list(points)
    try:
        return [(r["lead_id"], r["as_of"]) if isinstance(r, Mapping) else (r[0], r[1]) for r in rows]
    except (KeyError, IndexError, TypeError):
        raise ValueError(
            "points is a list of pairs such as ('lead 1', '2026-07-01'), or of dicts with lead_id and as_of"
        ) from None


def _arrow(table: Any) -> pa.Table:
    if isinstance(table, pa.Table):
        return table
    if hasattr(table, "to_arrow_table"):  # a DuckDB relation
        return table.to_arrow_table()
    if hasattr(table, "__arrow_c_stream__"):  # polars, pandas, and others that speak Arrow
        return pa.table(table)
    raise ValueError(
        f"points is a {type(table).__name__}: expected a DataFrame, an Arrow table or a list of pairs"
    )
