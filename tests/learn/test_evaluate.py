"""An evaluation says how good, for whom, and when there is nothing."""

import json
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pytest

pytest.importorskip("sklearn")

from leadline.learn.evaluate import NoSuchGroupError, evaluate
from leadline.learn.examples import Examples
from leadline.model.expr import Type
from leadline.model.predictor import Input

DAY = 86_400_000_000


@dataclass
class Trial:
    rows: np.ndarray
    probability: np.ndarray
    fold: np.ndarray
    how: str = "later in time"
    why: str = "the scorecard lost least"


def leads(n=2000, seed=0, told=1.0, **columns):
    """Leads whose chance grows with `size`; `said` is `told` times their true log-odds."""
    draw = np.random.default_rng(seed)
    size = draw.normal(size=n)
    odds = -1.5 + 1.2 * size
    won = draw.random(n) < 1 / (1 + np.exp(-odds))
    country = draw.choice(["DE", "FR", "IT"], n, p=[0.6, 0.38, 0.02])
    examples = Examples(
        pa.table({"size": size, "country": country, **columns}),
        (Input("size", Type.NUMBER, "Size", "size"), Input("country", Type.TEXT, "Country", "country")),
        (), won, "converted", at=np.arange(n) * DAY // 4, left_out={"their horizon is still open": 7},
    )  # fmt: skip
    return examples, Trial(np.arange(n), 1 / (1 + np.exp(-told * odds)), np.arange(n) * 5 // n)


def test_right_probabilities_are_said_to_be_right():
    examples, trial = leads()
    found = evaluate(examples, trial, ["country"])
    assert found.signal
    assert found.calibration.within_chance
    assert found.auc.interval[0] < 0.78 < found.auc.interval[1]
    assert found.fifth.reached.value > 0.4
    assert not any(s.apart for s in (*found.periods.slices, *found.groups[0].slices))
    assert json.loads(json.dumps(found.as_dict(), allow_nan=False))["left_out"] == {
        "their horizon is still open": 7
    }


def test_without_signal_every_figure_of_order_is_that_of_lots():
    examples, trial = leads()
    trial.probability = np.where(trial.fold > 2, 0.2, 0.3)  # one rate a fold
    found = evaluate(examples, trial, signal=False)
    assert found.auc.value == 0.5
    assert found.fifth.reached.value == pytest.approx(0.2)
    assert not evaluate(examples, trial).signal


def test_a_group_that_is_told_too_little_is_found_and_a_small_one_is_called_small():
    examples, trial = leads(4000)
    french = np.array(examples.features.column("country").to_pylist()) == "FR"
    trial.probability = np.where(french, trial.probability / 2, trial.probability)
    found = evaluate(examples, trial, ["Country"])
    by = {s.name: s for s in found.groups[0].slices}
    assert by["FR"].words == "told too little"
    assert by["FR"].gap.interval[0] > 0.05
    assert by["DE"].words == "within chance"
    assert any("FR told too little" in note for note in found.notes)
    few = evaluate(*leads(1500), ["country"])
    assert {s.name: s.words for s in few.groups[0].slices}["IT"] == "small: read with care"


def test_many_groups_raise_few_false_alarms():
    alarms = 0
    for seed in range(60):
        examples, trial = leads(1500, seed)
        draw = np.random.default_rng([seed, 9])
        examples = replace(examples, beside=pa.table({"rep": draw.integers(0, 12, 1500)}))
        found = evaluate(examples, trial, ["country", "rep"])
        alarms += any(s.apart for g in (found.periods, *found.groups) for s in g.slices)
    assert alarms <= 7  # one in twenty is promised, for all of them together


def test_a_group_that_is_no_column_is_named_with_the_nearest():
    with pytest.raises(NoSuchGroupError, match="did you mean `country`"):
        evaluate(*leads(), ["contry"])


def test_a_split_by_lot_is_said_to_be_optimistic():
    examples, trial = leads()
    trial.how = "by lot: optimistic"
    found = evaluate(examples, trial)
    assert found.optimistic
    assert "optimistic" in found.notes[0]


def test_rows_that_stand_twice_across_folds_are_counted():
    examples, trial = leads(600)
    twice = examples.only(np.concatenate([np.arange(600), np.arange(50)]))
    both = Trial(np.arange(650), np.resize(trial.probability, 650), np.resize(trial.fold, 650))
    both.fold[600:] = 4
    found = evaluate(twice, both)
    assert found.twins == 100
    assert any("equal to another" in note for note in found.notes)


def test_one_class_and_missing_groups_are_no_trouble():
    examples, trial = leads(100)
    beside = pa.table({"none": pa.nulls(100), "id": [f"L{i}" for i in range(100)]})
    examples = replace(examples, won=np.zeros(100, bool), at=None, beside=beside)
    found = evaluate(examples, trial, ["none", "id"])
    assert (found.auc.value, found.periods, found.signal) == (None, None, False)
    assert [len(g.slices) for g in found.groups] == [1, 1]  # ids are any other
    json.dumps(found.as_dict(), allow_nan=False)
