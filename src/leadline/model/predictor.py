"""A predictor as frozen values: the probability of the goal as a sum of tables that can be read.

It is additive in log-odds: a base, and for each term the entry of its table that the lead falls into, then a
calibration, which is a broken line. A fitted scorecard, a boosted model of single inputs and pairs, and the
constant rate (no terms at all) are all of this one form, so one evaluation serves them, on every engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from leadline.model.errors import PredictorError
from leadline.model.expr import Type
from leadline.model.shape import Field

FORMAT = 1
KINDS = ("rate", "scorecard", "additive")
SIGNAL_PARTS = ("points", "events")


@dataclass(frozen=True)
class Input:
    """What is read of a lead at an instant: a value of the model's language, or a signal's part.

    `expr` is in the language of conditions, over the model's fields, the measures (without `probability`)
    and the criteria's states: ``employees``, ``days_since(last_seen)``, ``contains(lower(pain), 'price')``.
    Instead of it, `signal` names a signal of the model, and `part` says what of it: the `points` that it
    gives at that instant, or the number of `events` counted; zero where there are none.
    """

    name: str  # a plain identifier, unique in the predictor
    type: Type
    label: str
    expr: str | None = None
    signal: str | None = None
    part: str | None = None


@dataclass(frozen=True)
class Axis:
    """How an input falls into bins; bin 0 is always *missing*.

    Of a number (or a time): ascending `edges`; bin 1 is below the first one, and a value equal to an edge is
    in the bin above it: ``1 + count(edge <= value)``. Of a text: `levels`; bin ``1 + i`` is the i-th, and the
    last bin is *any other*. Of a boolean: bin 1 is false, bin 2 is true.
    """

    input: str
    edges: tuple[float, ...] = ()
    levels: tuple[str, ...] = ()

    def size(self, type_: Type) -> int:
        """The number of bins, with *missing*."""
        return {Type.BOOLEAN: 3, Type.TEXT: len(self.levels) + 2}.get(type_, len(self.edges) + 2)


@dataclass(frozen=True)
class Term:
    """One or two axes, and log-odds for each bin (for each pair of bins, the second axis running fastest)."""

    axes: tuple[Axis, ...]
    values: tuple[float, ...]


@dataclass(frozen=True)
class Calibration:
    """A broken line from raw to calibrated log-odds, `x` ascending; beyond its ends the end pieces go on.

    Two points are a straight line (Platt); ``((0, 1), (0, 1))`` changes nothing.
    """

    x: tuple[float, ...] = (0.0, 1.0)
    y: tuple[float, ...] = (0.0, 1.0)


@dataclass(frozen=True)
class Replica:
    """The same predictor fitted to a resample: its base, the values of each term, and its calibration.

    The spread of the replicas' probabilities is the interval of a prediction.
    """

    base: float
    values: tuple[tuple[float, ...], ...]
    calibration: Calibration


@dataclass(frozen=True)
class Predictor:
    """`probability = 1 / (1 + exp(-calibration(base + sum of the terms' values)))`, to six decimals.

    `goal` says in words what is predicted, `horizon` (microseconds) within what time, if any. `fields`
    declares what `inputs` may read, with the columns of the data. `model` is the basis (or the version) of
    the model whose measures, criteria and signals the inputs read; None where they read fields alone. `about`
    is how it was trained, for people: rows, window, metrics, why this kind (JSON values only).

    Raises :class:`PredictorError` with everything that is wrong.
    """

    name: str
    kind: str
    goal: str
    fields: tuple[Field, ...]
    inputs: tuple[Input, ...]
    terms: tuple[Term, ...]
    base: float
    calibration: Calibration = Calibration()
    replicas: tuple[Replica, ...] = ()
    horizon: int | None = None
    model: str | None = None
    about: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        from leadline.model.predictor_check import problems_of

        if problems := problems_of(self):
            raise PredictorError("predictor", problems)

    @cached_property
    def version(self) -> str:
        """The first 12 hex digits of the SHA-256 of the canonical form."""
        from leadline.model.predictor_file import predictor_version

        return predictor_version(self)
