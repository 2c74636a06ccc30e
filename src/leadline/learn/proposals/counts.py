"""What each rule and signal says at each row: yes or no, and the decayed number of events.

All comes from one assessment of the rows by a model whose rules give one point each, so it is what the ledger
would say at that instant and nothing later. Signals are counted with several half-lives at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leadline.engine.assess import assess_facts
from leadline.engine.facts import Facts
from leadline.learn.proposals.doors import with_atoms
from leadline.learn.proposals.rows import Rows
from leadline.model.shape import Bands, Fit, FitRule, Intent, Lifecycle, Model, Signal
from leadline.model.values import DAY

HALF_LIVES = (7 * DAY, 14 * DAY, 30 * DAY, 90 * DAY, None)
CAPS = (1.0, 2.0, 4.0, None)  # in events
_FINE = 1000.0  # points an event: the ledger has two decimals


@dataclass(frozen=True)
class Rule:
    """A fit rule or a signal, as something that has weight. `cap` is in events, `half_life` microseconds."""

    id: str
    part: str
    title: str
    points: float
    half_life: int | None = None
    cap: float | None = None
    raises: bool = False

    @classmethod
    def of(cls, each: FitRule | Signal) -> Rule:
        if isinstance(each, FitRule):
            return cls(each.id, "fit", each.title, each.points)
        cap = abs(each.max_points / each.points) if each.max_points is not None and each.points else None
        return cls(each.id, "intent", each.title, each.points, each.half_life, cap, each.hand_raise)


def rules_of(model: Model) -> tuple[Rule, ...]:
    """Everything of a model that gives points."""
    ruled = [r for r in model.fit.rules if not r.disqualify]
    return tuple(Rule.of(each) for each in (*ruled, *model.intent.signals))


@dataclass(frozen=True)
class Counts:
    """`plain` has of each (rule, half-life) the count at each row, without a cap.

    `names` are the other things that conditions may read, one array each; `out` are the disqualified.
    """

    plain: Mapping[tuple[str, int | None], np.ndarray]
    assessed: pa.Table
    out: np.ndarray

    def column(self, rule: Rule) -> np.ndarray:
        """What the rule says at each row, in units of its points."""
        counted = self.plain[rule.id, rule.half_life]
        return counted if rule.cap is None else np.minimum(counted, rule.cap)

    def matrix(self, rules: tuple[Rule, ...]) -> np.ndarray:
        """Rows by rules."""
        columns = [self.column(r) for r in rules]
        return np.column_stack(columns) if columns else np.zeros((len(self.out), 0))

    def only(self, mask: np.ndarray) -> Counts:
        plain = {key: column[mask] for key, column in self.plain.items()}
        return Counts(plain, self.assessed.filter(pa.array(mask)), self.out[mask])


def counts_of(model: Model, facts: Facts, rows: Rows, *, search: bool = True) -> Counts:
    """Count every rule at every row; with `search` each signal with other half-lives too."""
    ones, keys = _one_point_each(model, search)
    ones = with_atoms(ones, model)
    result = assess_facts(ones, facts, points=rows.points, engine="duckdb")
    ledger = result.ledger
    place = pc.index_in(ledger.column("rule"), value_set=pa.array(list(keys), pa.string()))
    rule = pc.fill_null(place, -1).to_numpy()
    row = _row_of(rows, ledger)
    points = ledger.column("points").to_numpy()
    plain = {}
    for i, (name, key) in enumerate(keys.items()):
        mine = rule == i
        column = np.zeros(len(rows))
        column[row[mine]] = points[mine] / (1.0 if name.startswith("f") else _FINE)
        plain[key] = column
    assessed = result.assessments  # in order of lead and instant, as the rows are
    out = assessed.column("disqualified").to_numpy(zero_copy_only=False).astype(bool)
    return Counts(plain, assessed, out)


def _one_point_each(model: Model, search: bool) -> tuple[Model, dict[str, tuple[str, int | None]]]:
    keys: dict[str, tuple[str, int | None]] = {}
    rules, signals = [], []
    for i, rule in enumerate(model.fit.rules):
        keys[f"f{i}"] = rule.id, None
        rules.append(replace(rule, id=f"f{i}", points=1.0))
    for i, signal in enumerate(model.intent.signals):
        for k, half_life in enumerate(dict.fromkeys((signal.half_life, *(HALF_LIVES if search else ())))):
            name = f"s{i}_{k}"
            keys[name] = signal.id, half_life
            signals.append(
                replace(signal, id=name, points=_FINE, half_life=half_life, max_points=None,
                        hand_raise=signal.hand_raise and k == 0)
            )  # fmt: skip
    ones = replace(
        model, fit=Fit(tuple(rules)), intent=Intent(tuple(signals)), bands=Bands(), quality=(),
        lifecycle=Lifecycle(),
    )  # fmt: skip
    return ones, keys


def _row_of(rows: Rows, ledger: pa.Table) -> np.ndarray:
    lead = pc.index_in(ledger.column("lead_id"), value_set=rows.leads).to_numpy().astype(np.int64)
    at = ledger.column("as_of").cast(pa.int64()).to_numpy()
    times = np.unique(rows.at)
    keys = rows.lead * len(times) + np.searchsorted(times, rows.at)
    return np.searchsorted(keys, lead * len(times) + np.searchsorted(times, at))
