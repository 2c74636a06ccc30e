"""Leadline: which leads are worth a call, why, and whether that was true.

A score is a pure function of facts, a model and an instant.

>>> import leadline as ll
>>> model = ll.read_model('''
... leadline: 1
... name: Calls
... intent: {signals: [{id: call, event: call, points: 5}]}
... ''')
>>> calls = [{"lead_id": "ana", "event": "call", "occurred_at": "2026-01-30T10:00:00Z"}]
>>> ll.assess(model, events=calls, as_of="2026-01-31").assessments["intent"].to_pylist()
[5.0]

What is heavy (DuckDB, Arrow) is imported with the first name that needs it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leadline.engine.facts import Facts, FactsError, Finding
    from leadline.face import Assessments, assess, backtest, explain, replay
    from leadline.model import Model, ModelError, Problem, read_model
    from leadline.model.diff import diff
    from leadline.model.errors import PredictorError
    from leadline.model.predictor import Predictor
    from leadline.model.predictor_file import read_predictor, write_predictor
    from leadline.sample import make_company, write_company

__version__ = "0.1.0.dev0"

_HOMES = {
    "Assessments": "leadline.face",
    "Facts": "leadline.engine.facts",
    "FactsError": "leadline.engine.facts",
    "Finding": "leadline.engine.facts",
    "Model": "leadline.model",
    "ModelError": "leadline.model",
    "Predictor": "leadline.model.predictor",
    "PredictorError": "leadline.model.errors",
    "Problem": "leadline.model",
    "assess": "leadline.face",
    "backtest": "leadline.face",
    "diff": "leadline.model.diff",
    "explain": "leadline.face",
    "make_company": "leadline.sample",
    "read_model": "leadline.model",
    "read_predictor": "leadline.model.predictor_file",
    "replay": "leadline.face",
    "write_company": "leadline.sample",
    "write_predictor": "leadline.model.predictor_file",
}

__all__ = [
    "Assessments",
    "Facts",
    "FactsError",
    "Finding",
    "Model",
    "ModelError",
    "Predictor",
    "PredictorError",
    "Problem",
    "__version__",
    "assess",
    "backtest",
    "diff",
    "explain",
    "make_company",
    "read_model",
    "read_predictor",
    "replay",
    "write_company",
    "write_predictor",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'leadline' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
