"""One job of the benchmark as a process of its own: `python -m benchmarks.learn.jobs JOB LEADS COLUMNS`."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable

import numpy as np
import pyarrow as pa

from leadline.learn.examples import Examples
from leadline.model.expr import Type
from leadline.model.predictor import Input
from leadline.model.shape import Field


def simulated(leads: int, columns: int) -> Examples:
    """Two thirds numbers, one third texts of ten levels; a third of them count, two of them together."""
    random = np.random.default_rng(0)
    table, inputs, truth = {}, [], np.full(leads, -2.0)
    for k in range(columns):
        weight = 0.5 if k % 3 == 0 else 0.0
        if k % 3 == 2:
            code = random.integers(0, 10, leads)
            table[f"x{k}"] = pa.array(code).cast(pa.string())
            truth += 0.1 * (code == 3) * (k % 2)
        else:
            value = random.normal(size=leads)
            value[random.random(leads) < 0.1] = np.nan
            table[f"x{k}"] = pa.array(value, from_pandas=True)
            truth += weight * np.nan_to_num(value)
        kind = Type.TEXT if k % 3 == 2 else Type.NUMBER
        inputs.append(Input(f"x{k}", kind, f"x{k}", expr=f"x{k}"))
    first, other = (np.nan_to_num(table[f"x{k}"].to_numpy(zero_copy_only=False)) for k in (0, 1))
    truth += 0.5 * (first > 0) * (other > 0)
    won = random.random(leads) < 1 / (1 + np.exp(-truth))
    fields = tuple(Field(i.name, i.type) for i in inputs)
    return Examples(pa.table(table), tuple(inputs), fields, won, "a deal")


def made(examples: Examples) -> float:
    return 0.0


def fitted(examples: Examples) -> float:
    from leadline.learn.fit import fit

    return float(fit(examples).trial.losses["additive"].mean)


def scored(examples: Examples) -> float:
    """Fitted to 20,000 of them, so that what is measured is nearly all scoring, with contributions."""
    from leadline.engine.predict import probabilities
    from leadline.learn.additive import fit_additive
    from leadline.model.predictor import Predictor

    tables = fit_additive(examples.only(np.arange(20_000)))
    given = Predictor(
        "x", "additive", "a deal", examples.fields, tables.inputs, tables.terms(), base=tables.base
    )
    begun = time.process_time()
    said = probabilities(given, examples.features, contributions=True)
    assert said.contributions.num_rows == len(examples)
    return time.process_time() - begun


def bare(examples: Examples) -> float:
    """LightGBM as it comes: 300 rounds, two threads, no trial, no calibration, no intervals."""
    import lightgbm

    matrix = _matrix(examples)
    asked = {"objective": "binary", "num_threads": 2, "deterministic": True, "verbosity": -1}
    model = lightgbm.train(asked, lightgbm.Dataset(matrix, examples.won.astype(float)), 300)
    return float(model.num_trees())


def bare_scored(examples: Examples) -> float:
    """LightGBM's probabilities with its contributions (of trees: SHAP values), for a tenth of the leads."""
    import lightgbm

    matrix = _matrix(examples)
    asked = {"objective": "binary", "num_threads": 2, "deterministic": True, "verbosity": -1}
    model = lightgbm.train(asked, lightgbm.Dataset(matrix[:20_000], examples.won[:20_000].astype(float)), 300)
    begun = time.process_time()
    model.predict(matrix[: len(matrix) // 10], pred_contrib=True)
    return (time.process_time() - begun) * 10


def _matrix(examples: Examples) -> np.ndarray:
    columns = [c.cast(pa.float64()).to_numpy() for c in examples.features.columns]
    return np.column_stack(columns)


JOBS: dict[str, Callable[[Examples], float]] = {
    "made": made, "fitted": fitted, "bare": bare, "scored": scored, "bare_scored": bare_scored,
}  # fmt: skip


def main() -> None:
    job, leads, columns = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    given = simulated(leads, columns)
    begun, clock = _cpu(), time.perf_counter()
    result = JOBS[job](given)
    print(json.dumps({"cpu": _cpu() - begun, "seconds": time.perf_counter() - clock, "result": result}))


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
