"""Runs one spec on one engine, and gives what came of it in the columns that the spec tells."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

import pyarrow as pa
from predictors import predictor_of
from specs import Spec, Table, instant

from leadline.engine.assess import Assessments, assess_facts, points_table
from leadline.engine.facts import Facts
from leadline.engine.oracle import columns_of
from leadline.engine.reference import group_by_lead, judge
from leadline.engine.replay import replay
from leadline.model.predicting import predicting
from leadline.model.read import read_model
from leadline.model.shape import Model
from leadline.model.values import micros_of, read_duration, time_text

TIMES = ("as_of", "first_seen", "last_seen", "first_at", "last_at", "changed_at", "since")


class Run:
    """A spec on an engine."""

    def __init__(self, spec: Spec, engine: str):
        self.spec, self.engine = spec, engine
        self.model = model_of(spec)
        tables = {name: arrow(table) for name, table in spec.given.items()}
        self.facts = Facts.read(self.model, **tables)

    def check(self) -> None:
        for name, table in self.spec.expected.items():
            if name != "errors":
                told = getattr(self, f"_{name}")(table)
                assert told == expected_rows(table), f"{name}: {told}"

    def _assessed(self) -> Assessments:
        """At the spec's instant for everyone, or at the points that its tables name."""
        if self.spec.at is not None:
            return assess_facts(self.model, self.facts, as_of=self.spec.at, engine=self.engine)
        rows = [row for name in ("assessments", "ledger") for row in self.spec.expected.get(name, _NONE).rows]
        points = sorted({(str(row["lead_id"]), instant(str(row["as_of"]))) for row in rows})
        return assess_facts(self.model, self.facts, points=points_table(points), engine=self.engine)

    def _assessments(self, table: Table) -> list[dict[str, Any]]:
        return plain_rows(self._assessed().assessments, table.columns)

    def _ledger(self, table: Table) -> list[dict[str, Any]]:
        return plain_rows(self._assessed().ledger, table.columns)

    def _outcomes(self, table: Table) -> list[dict[str, Any]]:
        """Each condition as a criterion: yes is true, no is false, unknown is null."""
        words = {"yes": "true", "no": "false", "unknown": "null"}
        (row,) = self._assessed().assessments.to_pylist()
        told = [words[row[f"outcome_{i}"]] for i in range(len(table))]
        rows = [{"condition": r["condition"], "outcome": o} for r, o in zip(table.rows, told, strict=True)]
        return sorted(rows, key=str)

    def _rules(self, table: Table) -> list[dict[str, Any]]:
        """The state of fit rules, which is the reference's to say, and `explain`'s."""
        columns = columns_of(self.facts)
        of_lead = group_by_lead(*self.facts.python_rows(), columns)
        assert self.spec.at is not None
        told = [
            {"lead_id": lead, "rule": rule, "state": state}
            for lead in of_lead
            for rule, state in judge(self.model, of_lead[lead], columns, self.spec.at).rules.items()
        ]
        return sorted(told, key=str)

    def _changes(self, table: Table) -> list[dict[str, Any]]:
        assert self.spec.replay is not None
        first, last = map(instant, self.spec.replay)
        every = self.spec.every if self.spec.every == "fact" else read_duration(self.spec.every)
        walked = replay(self.model, self.facts, first=first, last=last, every=every, engine=self.engine)
        return plain_rows(walked.changes, table.columns)

    def _findings(self, table: Table) -> list[dict[str, Any]]:
        """How often each kind of finding was counted."""
        counts: Counter[str] = Counter()
        for finding in self.facts.findings():
            counts[finding.kind] += finding.count
        return sorted(({"kind": k, "count": number_text(n)} for k, n in counts.items()), key=str)


_NONE = Table((), (), "")


def model_of(spec: Spec) -> Model:
    model = read_model(text=spec.whole_model)
    return model if spec.predictor is None else predicting(model, predictor_of(spec.predictor, model))


def arrow(table: Table) -> pa.Table:
    """A table of texts, as it would lie in a file."""
    return pa.table({c: pa.array([r[c] for r in table.rows], pa.string()) for c in table.columns})


def plain_rows(table: pa.Table, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    return sorted(({c: plain(row[c], c) for c in columns} for row in table.to_pylist()), key=str)


def plain(value: Any, column: str = "") -> str | None:
    """A cell as the little tables write it."""
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case int() | float():
            return number_text(value, 6 if column == "probability" else 2)
        case datetime():
            return time_text(micros_of(value))
        case list():
            return ", ".join(value) or None
    return str(value)


def number_text(value: float, decimals: int = 2) -> str:
    return f"{value:.{decimals}f}".rstrip("0").rstrip(".")


def expected_rows(table: Table) -> list[dict[str, Any]]:
    def cell(column: str, text: str | None) -> str | None:
        return time_text(instant(text)) if text and column in TIMES else text

    return sorted(({c: cell(c, text) for c, text in row.items()} for row in table.rows), key=str)
