"""One lead now, or some thousands: `python -m benchmarks.live`.

What a worker does when a lead's facts have changed: the model was read once, the lead's rows come as Python
dicts from a database, and the assessment is wanted at once. Everything is measured after a warm-up, in CPU
time of this process; figures are medians.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import pyarrow as pa

from benchmarks.company import AS_OF, FOLDER
from benchmarks.machine import described
from leadline.engine import assess
from leadline.engine.dialects import DuckDB
from leadline.engine.duckdb import DuckDBEngine, shape_of
from leadline.engine.facts import Facts
from leadline.engine.oracle import ReferenceEngine, judge_points
from leadline.engine.plan import Instants, Plan
from leadline.engine.reference import group_by_lead
from leadline.model import Model, read_model
from leadline.sample import make_company
from leadline.sample.company import copy_models


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live", description=__doc__)
    parser.add_argument("--leads", type=int, default=10_000, help="leads of the example company (10000)")
    parser.add_argument("--data", type=Path, default=FOLDER)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    result = {"machine": described(), "leads": given.leads, **measured(given.leads, given.data)}
    print(json.dumps(result, indent=2) if given.json else _table(result))


def measured(leads: int, data: Path) -> dict[str, Any]:
    """All figures, in milliseconds."""
    data.mkdir(parents=True, exist_ok=True)
    text = copy_models(data)["model"].read_text()
    model = read_model(text)
    company = make_company(leads=leads, seed=1)
    facts = Facts.read(model, leads=company.leads, traits=company.traits, events=company.events)
    ids = facts.lead_ids(AS_OF).column("lead_id").to_pylist()
    each = ids[:: max(1, len(ids) // 300)]
    some = [n for n in (1, 4, 16, 64, 256, 1024) if n <= len(ids)]
    return {
        "read the model": _middle(lambda: read_model(text), 10),
        "write the plan": _middle(_planning(model, facts), 10),
        "one lead, its rows in hand": _one_lead(model, facts, each),
        "one lead, a call of `leadline.assess`": _one_call(model, facts, each[:50]),
        "all of them, duckdb": _middle(lambda: _engine(DuckDBEngine, model, facts, ids), 3),
        "by number of leads": {
            str(n): {
                "reference": _middle(lambda n=n: _engine(ReferenceEngine, model, facts, ids[:n]), 5),
                "duckdb": _middle(lambda n=n: _engine(DuckDBEngine, model, facts, ids[:n]), 5),
            }
            for n in some
        },
    }


def _planning(model: Model, facts: Facts) -> Callable[[], object]:
    plan = Plan(model, DuckDB(), shape_of(facts))
    return lambda: plan.steps(Instants(AS_OF, AS_OF), everyone=True)


def _one_lead(model: Model, facts: Facts, ids: Sequence[str]) -> dict[str, float]:
    """Of leads one by one: median, 95th percentile, most."""
    columns = ReferenceEngine(model, facts).columns
    of_lead = group_by_lead(*facts.python_rows(ids), columns)

    def judged(lead_id: str) -> pa.Table:
        measures, _ = judge_points(model, {lead_id: of_lead[lead_id]}, columns, [(lead_id, AS_OF)])
        return assess.finished(model, measures)

    for lead_id in ids[:20]:
        judged(lead_id)
    times = sorted(_cost(lambda i=i: judged(i)) for i in ids)
    return {"median": median(times), "95 of 100": quantiles(times, n=20)[-1], "most": times[-1]}


def _one_call(model: Model, facts: Facts, ids: Sequence[str]) -> float:
    """The public function on lists of dicts: binding them to relations is most of it."""
    from leadline import assess as public

    tables = {name: facts.to_arrow(name) for name in ("leads", "traits", "events")}
    of_lead = [
        {
            name: table.filter(pa.compute.equal(table.column("lead_id"), i)).to_pylist()
            for name, table in tables.items()
        }
        for i in ids
    ]
    own = {c.sql: c.name for c in (*facts.fields, *facts.properties)} | {"t": "occurred_at"}
    rows = [
        {name: [_spelled(row, own | ({"t": "created_at"} if name == "leads" else {})) for row in table]
         for name, table in one.items() if table}
        for one in of_lead
    ]  # fmt: skip
    calls = [
        _cost(lambda i=i, one=one: public(model, **one, points=[(i, "2026-07-01")]))
        for i, one in zip(ids, rows, strict=True)
    ]
    return median(calls[5:] or calls)


def _spelled(row: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    from leadline.model.values import moment_of

    dated = {k: moment_of(v) if k in ("t", "until") and v is not None else v for k, v in row.items()}
    return {names.get(k, k): v for k, v in dated.items()}


def _engine(engine: type, model: Model, facts: Facts, ids: Sequence[str]) -> object:
    points = assess.points_table([(i, AS_OF) for i in ids])
    measures, ledger = engine(model, facts).measures(points, Instants(AS_OF, AS_OF))
    return assess.finished(model, measures), assess.with_instants(ledger)


def _cost(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return (time.process_time() - begun) * 1000


def _middle(work: Callable[[], object], times: int) -> float:
    work()
    return median(_cost(work) for _ in range(times))


def _table(result: dict[str, Any]) -> str:
    lines = [f"{result['machine']}; {result['leads']:,} leads.", "", "| what | CPU ms |", "|---|---:|"]
    for name, value in result.items():
        if isinstance(value, float):
            lines.append(f"| {name} | {value:.1f} |")
    one = result["one lead, its rows in hand"]
    lines += [f"| one lead, its rows in hand, {name} | {value:.2f} |" for name, value in one.items()]
    lines += ["", "| leads | reference, CPU ms | duckdb, CPU ms |", "|---:|---:|---:|"]
    for n, of in result["by number of leads"].items():
        lines.append(f"| {n} | {of['reference']:.1f} | {of['duckdb']:.1f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
