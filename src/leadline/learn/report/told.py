"""What the page tells beside the figures: columns that were refused, and a few leads with their reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from leadline.engine.predict import probabilities
from leadline.learn.effects import Effect, value_words
from leadline.learn.evaluate import Evaluation
from leadline.learn.examples import Examples
from leadline.model.predictor import Predictor

PLACES = (1.0, 0.99, 0.9, 0.75, 0.5, 0.1)  # of the leads that are shown, among all by probability
REASONS = 5


@dataclass(frozen=True)
class Reason:
    """What one term adds to the probability of a lead, in the words of its fields."""

    words: str
    change: float


@dataclass(frozen=True)
class LeadTold:
    """A lead: probability, interval, and the reasons that matter most; `others` is the sum of the rest."""

    id: str
    probability: float
    interval: tuple[float, float] | None
    start: float
    reasons: tuple[Reason, ...]
    others: float
    won: bool | None = None


@dataclass(frozen=True)
class Refused:
    """A column that was not learned from, and why."""

    column: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Told:
    """All that the page shows. `dropped` are columns that say nothing, by name, with the reason."""

    predictor: Predictor
    version: str
    evaluation: Evaluation
    effects: tuple[Effect, ...]
    leads: tuple[LeadTold, ...] = ()
    refused: tuple[Refused, ...] = ()
    dropped: tuple[Refused, ...] = ()
    source: str = ""


def told_leads(
    predictor: Predictor,
    features: pa.Table,
    ids: Sequence[str],
    won: np.ndarray | None = None,
    most: int | None = REASONS,
) -> list[LeadTold]:
    """Each row in words; `most` reasons, greatest first (None: all of them)."""
    found = probabilities(predictor, features, intervals=True, contributions=True)
    table = found.contributions
    names = [] if table is None else table.column_names
    changes = [table.column(n).to_numpy() for n in names] if table is not None else []
    rows = features.to_pylist()
    told = []
    for i, row in enumerate(rows):
        parts = [
            Reason(term_words(predictor, k, row), float(changes[k][i]))
            for k in range(len(names))
            if changes[k][i]
        ]
        parts.sort(key=lambda r: -abs(r.change))
        shown = parts if most is None else parts[:most]
        interval = None
        if found.low is not None and found.high is not None:
            interval = float(found.low[i]), float(found.high[i])
        told.append(
            LeadTold(ids[i], float(found.probability[i]), interval, found.start, tuple(shown),
                     sum(r.change for r in parts[len(shown):]), None if won is None else bool(won[i]))
        )  # fmt: skip
    return told


def term_words(predictor: Predictor, k: int, row: dict[str, object]) -> str:
    """`Lead source: referral`, of a pair `Country: DE and Employees: 120`."""
    inputs = {i.name: i for i in predictor.inputs}
    of = [inputs[a.input] for a in predictor.terms[k].axes]
    return " and ".join(f"{i.label}: {value_words(i.type, row[i.name])}" for i in of)


def example_leads(predictor: Predictor, examples: Examples) -> tuple[LeadTold, ...]:
    """A few leads from the best to the worst."""
    if not len(examples) or not predictor.terms:
        return ()
    said = probabilities(predictor, examples.features).probability
    order = np.argsort(said, kind="stable")
    rows = np.array(list(dict.fromkeys(order[[round(p * (len(order) - 1)) for p in PLACES]].tolist())))
    some = examples.only(rows)
    ids = some.ids.to_pylist() if some.ids is not None else [f"row {r + 1}" for r in rows]
    names = [str(given) if given is not None else f"row {r + 1}" for given, r in zip(ids, rows, strict=True)]
    return tuple(told_leads(predictor, some.features, names, some.won))
