"""What is learned from real data: what can be had where there is a signal, nothing where there is none."""

import numpy as np
import pytest

pytest.importorskip("sklearn")

from sklearn.metrics import roc_auc_score

from leadline.learn.fit import fit
from leadline.learn.plain import examples_from_table

pytestmark = [pytest.mark.data, pytest.mark.slow]


def tried(examples):
    found = fit(examples)
    return found.trial, examples.won[found.trial.rows]


def calibration_error(chance, won):
    part = np.minimum((chance * 10).astype(int), 9)
    here = [part == k for k in range(10) if (part == k).any()]
    return sum(abs(chance[h].mean() - won[h].mean()) * h.mean() for h in here)


def test_x_education_without_what_sales_filled_in(shared_data):
    trial, won = tried(
        examples_from_table(str(shared_data / "x_education" / "leads.csv"), outcome="Converted").examples
    )
    assert trial.chosen == "additive"
    assert roc_auc_score(won, trial.probability) > 0.86
    assert calibration_error(trial.probability, won) < 0.02
    assert np.mean((trial.probability - won) ** 2) < 0.142


def test_salvirt_from_358_rows(shared_data):
    trial, won = tried(
        examples_from_table(str(shared_data / "salvirt_b2b" / "opportunities.csv"), outcome="Status").examples
    )
    assert len(won) == 358
    assert roc_auc_score(won, trial.probability) > 0.81
    assert np.mean((trial.probability - won) ** 2) < 0.18


def test_maven_has_no_signal(shared_data):
    path = shared_data / "maven_crm" / "sales_pipeline.csv"
    late = ("opportunity_id", "close_date", "close_value", "engage_date")
    trial, _ = tried(examples_from_table(str(path), outcome="deal_stage", won="Won", drop=late).examples)
    assert trial.no_signal
    assert "no signal here" in trial.why.lower()
    assert np.ptp(trial.probability) < 0.01
