"""Stable leads raise no more alarms than promised; planted drift is found, and named."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

pytest.importorskip("scipy")

from leadline.analysis.intervals import Estimate
from leadline.learn.drift import drift
from leadline.learn.examples import Examples
from leadline.learn.watch import NothingWatchedError, profile, remembered, watched
from leadline.model.expr import Type
from leadline.model.predictor import Axis, Input, Predictor, Term
from leadline.model.shape import Field

INPUTS = (
    Input("size", Type.NUMBER, "Employees", "size"),
    Input("source", Type.TEXT, "Source", "source"),
    Input("trial", Type.BOOLEAN, "Has a trial", "trial"),
)
FIELDS = tuple(Field(i.name, i.type) for i in INPUTS)
PREDICTOR = Predictor(
    "deal", "scorecard", "a deal", FIELDS, INPUTS,
    (
        Term((Axis("size", edges=(10.0, 50.0, 200.0)),), (0.0, -1.0, 0.0, 0.7, 1.0)),
        Term((Axis("source", levels=("ads", "referral")),), (0.0, -0.5, 1.0, 0.0)),
        Term((Axis("trial"),), (0.0, -0.2, 0.6)),
    ),
    base=-1.5,
)  # fmt: skip


def leads(seed, n=1500, *, referral=0.3, base=0.0, flip=False, gaps=0.05):
    """Leads that behave as the predictor says, or not."""
    draw = np.random.default_rng(seed)
    size = draw.lognormal(4, 1.2, n)
    missing = draw.random(n) < gaps
    source = np.where(draw.random(n) < referral, "referral", "ads")
    trial = draw.random(n) < 0.4
    features = pa.table({"size": pa.array(size, mask=missing), "source": source, "trial": trial})
    code = np.where(missing, 0, 1 + np.searchsorted([10.0, 50.0, 200.0], size, "right"))
    from_size = np.array(PREDICTOR.terms[0].values)[code] * (-1 if flip else 1)
    odds = PREDICTOR.base + base + from_size + np.where(source == "referral", 1.0, -0.5)
    odds = odds + np.where(trial, 0.6, -0.2)
    won = draw.random(n) < 1 / (1 + np.exp(-odds))
    return Examples(features, INPUTS, FIELDS, won, "a deal")


def test_stable_leads_raise_an_alarm_less_than_once_in_twenty():
    alarms = [drift(PREDICTOR, leads(2 * s), leads(2 * s + 1, 800)).alarms for s in range(120)]
    assert sum(map(bool, alarms)) <= 10


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"referral": 0.5}, "Source"),
        ({"gaps": 0.3}, "Employees"),
        ({"base": 0.8}, "base rate"),
        ({"base": 0.8}, "calibration"),
    ],
)
def test_planted_drift_is_found_and_named(change, name):
    for seed in range(5):
        found = drift(PREDICTOR, leads(seed), leads(seed + 100, 1000, **change))
        assert name in {a.name for a in found.alarms}
        assert name in found.words or len(found.alarms) > 5


def test_an_input_that_means_the_opposite_now_is_found_by_the_order():
    before = profile(PREDICTOR, leads(1, 3000), Estimate(0.72, (0.70, 0.74)))
    found = drift(PREDICTOR, before, leads(2, 2000, flip=True))
    assert "order (AUC)" in {a.name for a in found.alarms}


def test_a_large_table_that_moved_a_little_is_no_alarm_but_said():
    found = drift(PREDICTOR, leads(1, 60_000), leads(2, 60_000, referral=0.32).features)
    (moved,) = [w for w in found.watched if w.name == "Source"]
    assert (moved.state, found.alarms) == ("moved a little", ())
    assert "referral 30" in moved.words.replace("\u00a0", " ")


def test_without_outcomes_the_inputs_alone_are_watched():
    found = drift(PREDICTOR, leads(1), leads(2, referral=0.6).features)
    assert found.rate_now is None
    assert {w.kind for w in found.watched} == {"input"}
    assert [a.name for a in found.alarms] == ["Source"]


def test_what_a_predictor_remembers_is_enough():
    made = watched(PREDICTOR, leads(1))
    assert remembered(made).won == int(leads(1).won.sum())
    assert drift(made, None, leads(2)) == drift(PREDICTOR, leads(1), leads(2))


@pytest.mark.parametrize("about", [{}, {"watch": 3}, {"watch": {"rows": 1}}, {"watch": {
    "rows": 1, "won": 0, "auc": [], "counts": {"size": [1, 2]}}}])  # fmt: skip
def test_a_predictor_that_remembers_nothing_says_what_to_do(about):
    with pytest.raises(NothingWatchedError, match="leadline learn"):
        drift(replace(PREDICTOR, about=about), None, leads(2))


def test_nobody_and_the_constant_rate_are_no_trouble():
    constant = replace(PREDICTOR, kind="rate", terms=(), base=-1.0)
    assert drift(constant, leads(1), leads(2)).now == 1500
    found = drift(PREDICTOR, leads(1), leads(2).only(np.zeros(1500, bool)))
    assert (found.now, found.watched) == (0, ())
