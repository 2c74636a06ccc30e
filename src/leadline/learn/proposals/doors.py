"""Whom a model hands over, and when, for any points: its own conditions over scores that are tried.

Scores change with every attempt, all else that conditions read does not; so the rows are assessed once and
each attempt is one query. What is left out is what happens after a first hand-off: rejection and return.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb
import numpy as np
import pyarrow as pa

from leadline.analysis import hand_off_stage
from leadline.analysis.intervals import Rate
from leadline.engine.dialects import DuckDB, quoted
from leadline.engine.render import Renderer
from leadline.learn.proposals.rows import Rows
from leadline.model import expr
from leadline.model.expr import Expr, Kind, Type
from leadline.model.shape import MEASURES, Band, Criterion, Model

_DIALECT = DuckDB()
_SCORES = ("fit", "intent", "band", "quality")


@dataclass(frozen=True)
class Handed:
    """One entry a lead of the rows: whether it is handed over, and whether it then reached the goal."""

    lead: np.ndarray
    chosen: np.ndarray
    won: np.ndarray

    @property
    def rate(self) -> Rate:
        """Precision."""
        return Rate(int(self.won.sum()), int(self.chosen.sum()))


def entry(model: Model, stage: str | None = None) -> tuple[Expr, ...]:
    """The conditions by which a lead is handed over.

    Raises ValueError where the stage is entered by an event or by hand alone: then points hand nobody over.
    """
    name = hand_off_stage(model, stage)
    stages = model.lifecycle.stages[1 : model.lifecycle.names.index(name) + 1]
    found = tuple(s.enter for s in stages if s.enter is not None)
    if stages[-1].enter is None:
        raise ValueError(
            f"stage `{name}` of model `{model.name}` has no `enter`, so its points hand nobody over: "
            f"give it a condition, such as enter: fit >= 50 and intent >= 20"
        )
    return found


def atoms_of(model: Model) -> dict[str, Expr]:
    """What the conditions read of fields, as conditions of their own, by their text."""
    found: dict[str, Expr] = {}

    def look(node: Expr) -> None:
        names = {n.kind for n in expr.walk(node) if isinstance(n, expr.Name)}
        if names == {Kind.FIELD} and node.type is Type.BOOLEAN:
            found[expr.text_of(node)] = node
        else:
            for child in expr.children(node):
                look(child)

    for node in (*(q.when for q in model.quality), *(s.enter for s in model.lifecycle.stages if s.enter)):
        look(node)
    return found


def with_atoms(model: Model, source: Model) -> Model:
    """`model` with a criterion for each atom of `source`, which is how an assessment tells it."""
    extra = [Criterion(f"atom_{i}", yes_if=node) for i, node in enumerate(atoms_of(source).values())]
    return replace(model, criteria=(*model.criteria, *extra))


class Door:
    """The rows of a model's hand-off, to be opened with other scores and other thresholds."""

    def __init__(self, model: Model, rows: Rows, assessed: pa.Table):
        self.rows = rows
        self._atoms = {text: f"atom_{i}" for i, text in enumerate(atoms_of(model))}
        own = [c.name for c in model.criteria]
        states = {name: assessed.column(name) for name in (*own, *self._atoms.values())}
        fixed = {name: assessed.column(name) for name in MEASURES if name not in _SCORES}
        for state in ("yes", "no", "unknown"):  # of the model's own criteria, not of the atoms
            told = [np.array(assessed.column(n).to_pylist(), object) == state for n in own]
            fixed[f"{state}_count"] = pa.array(np.sum(told, axis=0, dtype=float) if told else
                                               np.zeros(len(rows)))  # fmt: skip
        fixed["probability"] = pa.nulls(len(rows), pa.float64())
        times = ("first_seen", "last_seen")
        fixed |= {n: fixed[n].cast(pa.timestamp("us", "UTC")).cast(pa.int64()) for n in times}
        self._table = pa.table({**fixed, **states, "at_": pa.array(rows.at)})
        self._names = {name: name for name in (*MEASURES, *own, "band", "quality")}
        self._connection = duckdb.connect()
        self._connection.execute("SET threads TO 2")
        _, self._begins = np.unique(rows.lead, return_index=True)

    def handed(self, model: Model, fit: np.ndarray, intent: np.ndarray, stage: str | None = None) -> Handed:
        """Whom `model` hands over first when, with these scores (before they are held in their bounds)."""
        is_open = self._open(model, fit, intent, entry(model, stage))
        lead = self.rows.lead[self._begins]
        first = np.full(len(lead), -1)
        at = np.flatnonzero(is_open)
        whose, where = np.unique(np.searchsorted(lead, self.rows.lead[at]), return_index=True)
        first[whose] = at[where]
        chosen = first >= 0
        won = np.zeros(len(lead), bool)
        won[chosen] = self.rows.won[first[chosen]]
        return Handed(lead, chosen, won)

    def _open(self, model: Model, fit: np.ndarray, intent: np.ndarray, conditions: Sequence[Expr]):
        if not len(self.rows):
            return np.zeros(0, bool)
        table = self._table.append_column("fit", pa.array(held(fit, model.fit)))
        table = table.append_column("intent", pa.array(held(intent, model.intent)))
        table = table.append_column("n_", pa.array(np.arange(len(self.rows))))
        render = _Render(self._names, self._atoms)
        cases = "".join(f" WHEN {render(q.when)} THEN {quoted(q.name, _DIALECT)}" for q in model.quality)
        quality = f"CASE{cases} END" if cases else "CAST(NULL AS VARCHAR)"
        bands = " || ".join(_banded(n, steps) for n, steps in (("fit", model.bands.fit),
                                                               ("intent", model.bands.intent)))  # fmt: skip
        test = " AND ".join(f"COALESCE({render(c)}, FALSE)" for c in conditions)
        self._connection.register("rows_", table)
        query = f"""SELECT ({test}) AND NOT disqualified AS open FROM (
            SELECT *, {quality} AS quality FROM (SELECT *, {bands} AS band FROM rows_)) ORDER BY n_"""
        found = self._connection.sql(query).to_arrow_table().column("open")
        self._connection.unregister("rows_")
        return found.to_numpy(zero_copy_only=False).astype(bool)


class _Render(Renderer):
    """Conditions as SQL, with what they read of fields taken from where it was assessed."""

    def __init__(self, names: dict[str, str], atoms: dict[str, str]):
        super().__init__(_DIALECT, names, "at_")
        self._atoms = atoms

    def _write(self, node: Expr) -> str:
        atom = self._atoms.get(expr.text_of(node)) if node.type is Type.BOOLEAN else None
        if atom is None:
            return super()._write(node)
        return f"(CASE {atom} WHEN 'yes' THEN TRUE WHEN 'no' THEN FALSE END)"


def held(score: np.ndarray, bounds) -> np.ndarray:
    """A score between its least and its most, with two decimals."""
    low = -np.inf if bounds.min is None else bounds.min
    high = np.inf if bounds.max is None else bounds.max
    return np.round(np.clip(score, low, high), 2)


def _banded(score: str, steps: Sequence[Band]) -> str:
    cases = "".join(f" WHEN {score} >= {b.at} THEN {quoted(b.name, _DIALECT)}" for b in steps)
    return f"(CASE{cases} ELSE '-' END)" if cases else "'-'"
