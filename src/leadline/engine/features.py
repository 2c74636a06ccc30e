"""What a predictor reads, as a table: of facts by the very plan that scores, and of a plain table alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import duckdb
import numpy as np
import pyarrow as pa

from leadline.engine.assess import instants_of, points_table
from leadline.engine.duckdb import DIALECT, DuckDBEngine
from leadline.engine.facts import Facts
from leadline.engine.facts.bind import stored
from leadline.engine.facts.columns import RawColumn
from leadline.engine.render import Renderer, read_as
from leadline.model import expr
from leadline.model.expr import Kind, Type
from leadline.model.predicting import with_inputs
from leadline.model.predictor import Input
from leadline.model.predictor_scope import tree_of
from leadline.model.shape import Bands, Field, Intent, Lifecycle, Model

ARROW = {
    Type.TEXT: pa.string(), Type.NUMBER: pa.float64(), Type.BOOLEAN: pa.bool_(), Type.TIME: pa.int64(),
}  # fmt: skip


def features_of(
    model: Model, facts: Facts, inputs: Sequence[Input], points: pa.Table | Iterable[tuple[str, int]]
) -> pa.Table:
    """What each of `points` (lead_id, as_of in microseconds) has of `inputs`: a row a point, in their order.

    Columns are `lead_id`, `as_of` (int64 microseconds since 1970 UTC) and one for each input, by its name:
    float64, text, boolean, or int64 microseconds. They come of the plan that assesses, so that training and
    scoring read the same.

    Raises :class:`PredictorError` where an input reads what the model does not have, and ValueError where
    the facts were read without a field that an input asks for.

    >>> from leadline.model import read_model
    >>> model = read_model(text='''
    ... leadline: 1
    ... name: Calls
    ... intent: {signals: [{id: call, event: call, points: 8, half_life: 1d}]}
    ... ''')
    >>> calls = Input("calls", Type.NUMBER, "Calls", signal="call", part="points")
    >>> facts = Facts.read(model, events=[{"lead_id": "ana", "event": "call", "occurred_at": "1970-01-01"}])
    >>> features_of(model, facts, [calls], [("ana", 86_400_000_000)]).to_pylist()
    [{'lead_id': 'ana', 'as_of': 86400000000, 'calls': 4.0}]
    """
    points = points if isinstance(points, pa.Table) else list(points)
    wanted = points_table(points)
    bare = _bare(with_inputs(model, inputs))
    _check_read(facts, bare)
    if len(wanted):
        engine = DuckDBEngine(bare, facts, with_seen=False, with_inputs=True)
        measures, _ = engine.measures(wanted, instants_of(wanted, None), with_ledger=False)
        found = _in_order(facts.connection, wanted, measures, len(inputs))
    else:
        found = [pa.nulls(0) for _ in inputs]
    columns = {i.name: c.cast(ARROW[i.type]) for i, c in zip(inputs, found, strict=True)}
    return pa.table({"lead_id": wanted.column("lead_id"), "as_of": wanted.column("as_of"), **columns})


def _bare(model: Model) -> Model:
    """The model without what no input can read."""
    assert model.predicting is not None
    read = {name for tree in model.predicting.trees for name in expr.names(tree, Kind.MEASURE)}
    signals = any(r.signal is not None for r in model.predicting.readings)
    return replace(
        model,
        bands=Bands(),
        quality=(),
        lifecycle=Lifecycle(),
        intent=model.intent if signals or read & {"intent", "hand_raised"} else Intent(),
        journey=model.journey if "journey" in read else (),
    )


def _check_read(facts: Facts, model: Model) -> None:
    assert model.predicting is not None
    there = {column.name for column in facts.fields}
    asked = {name for tree in model.predicting.trees for name in expr.names(tree, Kind.FIELD)}
    if missing := sorted(asked - there):
        raise ValueError(
            f"the facts were read for rules that do not ask for `{missing[0]}`: read them for a model with "
            "the inputs, `Facts.read(with_inputs(model, inputs), ...)`, or with_every_field(model)"
        )


def _in_order(
    connection: duckdb.DuckDBPyConnection, points: pa.Table, measures: pa.Table, count: int
) -> list[pa.ChunkedArray]:
    """The inputs' columns of the measures, a row for each point."""
    numbered = points.append_column("n", pa.array(np.arange(len(points))))
    names = ", ".join(["p.n", *(f"m.x{i}" for i in range(count))])
    given = {"features_points": numbered, "features_found": measures}
    for name, table in given.items():
        connection.register(name, table)
    try:
        both = "p.lead_id = m.lead_id AND p.as_of = m.as_of"
        query = f"SELECT {names} FROM features_points AS p JOIN features_found AS m ON {both} ORDER BY p.n"
        return connection.sql(query).to_arrow_table().columns[1:]
    finally:
        for name in given:
            connection.unregister(name)


# --- a plain table -----------------------------------------------------------------------------------------


def table_features(
    fields: Sequence[Field], inputs: Sequence[Input], table: pa.Table, *, as_of: pa.Array | None = None
) -> pa.Table:
    """What each row of a plain table has of `inputs`, a column each as in :func:`features_of`.

    `fields` says which columns are read and as what; a column that is not there is null throughout, and so
    is a value that does not read: :func:`unread` counts those. `as_of` (int64 microseconds) is each row's
    instant, for inputs with `days_since`.

    Raises ConditionError where an input does not read over the fields, and ValueError where one needs an
    instant and there is none, or reads a signal.

    >>> found = table_features(
    ...     [Field("size", Type.NUMBER, column="Company size")],
    ...     [Input("large", Type.BOOLEAN, "Large", expr="size >= 50")],
    ...     pa.table({"Company size": ["12", "50", "many"]}),
    ... )
    >>> found.to_pydict()
    {'large': [False, True, None]}
    """
    trees = [_tree(given, fields, as_of is not None) for given in inputs]
    asked = {name for tree in trees for name in expr.names(tree)}
    read = {f"t{i}": f for i, f in enumerate(fields) if f.name in asked}
    render = Renderer(DIALECT, {f.name: name for name, f in read.items()}, "as_of")
    values = [f"{render(tree)} AS x{i}" for i, tree in enumerate(trees)]
    with _opened(table, as_of) as (connection, columns):
        typed = [f"{_cell(columns, f)[1]} AS {name}" for name, f in read.items()]
        rows = f"SELECT {', '.join(['n', 'as_of', *typed])} FROM given"
        query = f"SELECT {', '.join(['n', *values])} FROM ({rows}) AS t ORDER BY n"
        found = connection.sql(query).to_arrow_table().columns[1:]
    return pa.table({i.name: c.cast(ARROW[i.type]) for i, c in zip(inputs, found, strict=True)})


def unread(fields: Sequence[Field], table: pa.Table) -> dict[str, int]:
    """Of each field with values that do not read as its type: how many.

    >>> unread([Field("size", Type.NUMBER)], pa.table({"size": ["12", "", "many"]}))
    {'size': 1}
    """
    with _opened(table, None) as (connection, columns):
        cells = [_cell(columns, f) for f in fields]
        bad = [f"count(*) FILTER (({cell}) IS NOT NULL AND ({value}) IS NULL)" for cell, value in cells]
        counts = connection.sql(f"SELECT {', '.join(['count(*)', *bad])} FROM given").fetchall()[0][1:]
    return {field.name: count for field, count in zip(fields, counts, strict=True) if count}


def _tree(given: Input, fields: Sequence[Field], has_instants: bool) -> expr.Expr:
    if given.expr is None:
        raise ValueError(f"`{given.name}` reads a signal, and a plain table has no events: take it out")
    tree = tree_of(given.expr, fields, None)
    timed = any(isinstance(node, expr.Call) and node.function == "days_since" for node in expr.walk(tree))
    if timed and not has_instants:
        raise ValueError(f"`{given.name}` counts days up to an instant: say which column has it")
    return tree


@contextmanager
def _opened(
    table: pa.Table, as_of: pa.Array | None
) -> Iterator[tuple[duckdb.DuckDBPyConnection, dict[str, RawColumn]]]:
    """A connection with the table as `given`, its rows numbered, and its columns by name."""
    names = [f"c{i}" for i in range(table.num_columns)]
    instants = pa.nulls(len(table), pa.int64()) if as_of is None else as_of.cast(pa.int64())
    given = table.rename_columns(names).append_column("as_of", instants)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("given", given.append_column("n", pa.array(np.arange(len(table)))))
        types = {row[0]: row[1] for row in connection.execute("DESCRIBE given").fetchall()}
        columns = zip(table.column_names, names, strict=True)
        yield connection, {name: RawColumn(name, sql, types[sql]) for name, sql in columns}


def _cell(columns: dict[str, RawColumn], field: Field) -> tuple[str, str]:
    """A field as it is stored, and as its type."""
    cell, kind = stored(columns.get(field.column or field.name), field.type)
    return cell, read_as(f"({cell})", kind, field.type, DIALECT)
