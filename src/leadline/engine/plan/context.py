"""What all parts of a plan share: the model, the dialect, the instants, and the names of columns."""

from __future__ import annotations

from leadline.engine.dialects import Dialect
from leadline.engine.plan.shape import Instants, Shape
from leadline.engine.render import Renderer
from leadline.model import expr
from leadline.model.expr import Kind, Type
from leadline.model.shape import Model

NO_TIME = "CAST(NULL AS BIGINT)"
NO_TEXT = "CAST(NULL AS VARCHAR(100))"


class Context:
    """One model for one engine's dialect, one shape of facts, and given instants."""

    def __init__(self, model: Model, dialect: Dialect, shape: Shape, instants: Instants, with_seen: bool):
        self.model, self.dialect, self.shape, self.instants = model, dialect, shape, instants
        self.with_seen = with_seen or _reads(model, {"first_seen", "last_seen"})
        self.one = instants.one
        self.at = f"CAST({instants.last} AS BIGINT)" if self.one else "as_of"
        self.stages = model.lifecycle.stages
        self.stage_events = list(dict.fromkeys(s.event for s in self.stages if s.event))
        self.fields = list(enumerate(_used_fields(model)))
        self.f = {name: f"f{i}" for i, name in self.fields}
        self.readings = model.predicting.readings if model.predicting else ()
        used = used_properties(model)
        stored = {name: shape.properties[name] for name in used}
        self.q = {name: f"q{i}" for i, name in enumerate(used)}  # as their declared types
        texts = [n for n, (_, kind) in stored.items() if kind == model.property_type(n) == Type.TEXT]
        self.r = {name: f"r{self.q[name][1:]}" for name in texts}  # texts as they are stored

    def of_points(self, source: str, time: str = "e.t", undated: bool = False) -> str:
        """`source` (as e) beside the points that it counts for; `k` and the instant are then columns."""
        if self.one:
            return f"(SELECT e.*, e.lead_id AS k FROM {source} AS e)"
        counts = f"({time} IS NULL OR {time} <= p.as_of)" if undated else f"{time} <= p.as_of"
        joined = f"{source} AS e JOIN points AS p ON e.lead_id = p.lead_id AND {counts}"
        return f"(SELECT e.*, p.k, p.as_of FROM {joined})"

    def where(self, condition: expr.Expr) -> str:
        """SQL that is true where a condition on an event's properties is."""
        return Renderer(self.dialect, self.q, self.at, self.r).truth(condition)


def is_timed(where: expr.Expr | None) -> bool:
    """Whether a condition asks for the instant, so that it cannot be settled once for all points."""
    if where is None:
        return False
    return any(isinstance(n, expr.Call) and n.function == "days_since" for n in expr.walk(where))


def used_properties(model: Model) -> list[str]:
    wheres = [s.where for s in (*model.intent.signals, *model.journey) if s.where is not None]
    return list(dict.fromkeys(name for w in wheres for name in expr.names(w, Kind.PROPERTY)))


def _used_fields(model: Model) -> list[str]:
    conditions = [r.when for r in model.fit.rules] + _late(model)
    conditions += [c for k in model.criteria for c in (k.yes_if, k.no_if) if c is not None]
    used = {name for c in conditions for name in expr.names(c, Kind.FIELD)}
    return [f.name for f in model.fields if f.name in used]


def _reads(model: Model, measures: set[str]) -> bool:
    return any(measures & set(expr.names(c, Kind.MEASURE)) for c in _late(model))


def _late(model: Model) -> list[expr.Expr]:
    """Conditions and values that are found of measures."""
    stages = [c for s in model.lifecycle.stages for c in (s.enter, s.leave) if c is not None]
    inputs = model.predicting.trees if model.predicting else []
    return [q.when for q in model.quality] + stages + inputs
