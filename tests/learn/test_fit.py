"""What is learned from outcomes: the simplest that helps, calibrated, with intervals that hold."""

import numpy as np
import pyarrow as pa
import pytest
from scipy.special import expit

pytest.importorskip("sklearn")

from leadline.engine.predict import probabilities
from leadline.learn.bins import codes_of, make_bins
from leadline.learn.calibrate import applied
from leadline.learn.examples import Examples
from leadline.learn.fit import fit
from leadline.learn.folds import alike, make_folds
from leadline.learn.tables import LearnError
from leadline.model.expr import Type
from leadline.model.predictor import Calibration, Input
from leadline.model.shape import Field

DAY = 86_400_000_000
ARROW = {Type.NUMBER: pa.float64(), Type.TEXT: pa.string(), Type.BOOLEAN: pa.bool_(), Type.TIME: pa.int64()}


def examples_of(won, at=None, **columns):
    """Columns are pairs of a type and values."""
    inputs = tuple(Input(n, t, n, expr=n) for n, (t, _) in columns.items())
    table = pa.table({n: pa.array(v, ARROW[t], from_pandas=True) for n, (t, v) in columns.items()})
    fields = tuple(Field(i.name, i.type) for i in inputs)
    return Examples(table, inputs, fields, np.asarray(won, bool), "became a customer", at=at)


def company(n, seed=0, noise=0):
    """Leads with the true chance of each: larger ones and referrals buy more."""
    random = np.random.default_rng(seed)
    size = np.exp(random.normal(4, 1.2, n))
    source = random.choice(["web", "fair", "referral", "mail"], n, p=[0.5, 0.2, 0.1, 0.2])
    demo = random.random(n) < 0.3
    truth = (
        -1.6 + 0.6 * (np.log(size) - 4) + 1.2 * (source == "referral") - 0.5 * (source == "mail") + 0.8 * demo
    )
    size = np.where(random.random(n) < 0.1, np.nan, size)
    others = {f"noise_{k}": (Type.NUMBER, random.normal(size=n)) for k in range(noise)}
    columns = {
        "size": (Type.NUMBER, size),
        "source": (Type.TEXT, source),
        "demo": (Type.BOOLEAN, demo),
        **others,
    }
    return examples_of(random.random(n) < expit(truth), **columns), expit(truth)


@pytest.fixture(scope="module")
def small():
    return fit(company(600)[0])


def test_few_outcomes_make_a_scorecard_that_runs_on_the_engine(small):
    assert small.predictor.kind == "scorecard"
    leads, truth = company(5000, seed=1)
    said = probabilities(small.predictor, leads.features, intervals=True)
    assert np.corrcoef(said.probability, truth)[0, 1] > 0.85
    assert np.mean((said.low <= truth) & (truth <= said.high)) > 0.6
    assert said.probability.mean() == pytest.approx(truth.mean(), abs=0.06)


def test_the_same_examples_and_seed_give_the_same_predictor(small):
    assert fit(company(600)[0]).predictor == small.predictor


def test_every_table_has_mean_zero_over_the_leads_it_was_trained_on(small):
    leads = company(600)[0]
    types = {i.name: i.type for i in leads.inputs}
    for term in small.predictor.terms:
        (axis,) = term.axes
        code = codes_of(leads.features.column(axis.input), types[axis.input], axis)
        assert np.mean(np.asarray(term.values)[code]) == pytest.approx(0, abs=1e-6)


def test_noise_is_said_to_be_noise():
    random = np.random.default_rng(3)
    columns = {f"x{k}": (Type.NUMBER, random.normal(size=400)) for k in range(8)}
    found = fit(examples_of(random.random(400) < 0.2, **columns))
    assert found.predictor.kind == "rate"
    assert found.trial.no_signal
    assert "no signal here" in found.trial.why.lower()
    assert found.predictor.terms == ()
    assert len(found.predictor.replicas) == 30


def test_a_weak_rule_of_the_team_is_what_few_outcomes_fall_back_to():
    leads, truth = company(120, seed=5, noise=6)
    points = 10 * np.log(truth / (1 - truth))
    others, chances = company(3000, seed=6, noise=6)

    def off(found):
        return np.mean((probabilities(found.predictor, others.features).probability - chances) ** 2)

    assert off(fit(leads, prior=points)) < off(fit(leads)) * 1.05


def test_what_is_known_of_later_leads_is_tried_on_later_leads():
    leads, _ = company(400)
    at = np.arange(400) * DAY
    timed = examples_of(leads.won, at, size=(Type.NUMBER, leads.features["size"]))
    folds = make_folds(timed, seed=0)
    assert folds.how == "later in time"
    assert all(at[train].max() < at[test].min() for train, test in folds.pairs)


def test_copies_of_a_lead_stand_on_one_side():
    random = np.random.default_rng(0)
    x = np.repeat(random.normal(size=100), 3)
    won = np.repeat(random.random(100) < 0.4, 3)
    leads = examples_of(won, x=(Type.NUMBER, x))
    folds = make_folds(leads, seed=0)
    assert folds.copies == 200
    assert all(not set(x[train]) & set(x[test]) for train, test in folds.pairs)


def test_leads_that_are_alike_but_end_otherwise_are_no_copies():
    random = np.random.default_rng(0)
    leads = examples_of(
        random.random(300) < 0.5, x=(Type.TEXT, random.choice(list("abcdefghijklmnopqrstuvwxyz"), 300))
    )
    assert alike(leads)[1] == 0


def test_one_outcome_is_an_error_that_says_so():
    with pytest.raises(LearnError, match="Every one of the 5 leads reached the goal"):
        fit(examples_of([True] * 5, x=(Type.NUMBER, range(5))))
    with pytest.raises(LearnError, match="no leads"):
        fit(examples_of([], x=(Type.NUMBER, [])))


def test_three_rows_give_the_rate():
    found = fit(examples_of([True, False, False], x=(Type.NUMBER, [1, 2, 3])))
    assert found.predictor.kind == "rate"
    assert "fewer than 20" in found.trial.why


def test_hostile_columns_do_no_harm():
    n, random = 300, np.random.default_rng(1)
    won = random.random(n) < 0.4
    good = np.where(random.random(n) < 0.8, won, ~won)
    leads = examples_of(
        won,
        good=(Type.BOOLEAN, good),
        same=(Type.TEXT, ["x"] * n),
        empty=(Type.NUMBER, [None] * n),
        ids=(Type.TEXT, [f"lead-{k}" for k in range(n)]),
        endless=(Type.NUMBER, [float("inf"), float("-inf"), float("nan")] * (n // 3)),
        future=(Type.TIME, [4_102_444_800_000_000 + k * DAY for k in range(n)]),
        huge=(Type.NUMBER, [1e308, -1e308, -1.5e308] * (n // 3)),
    )
    found = fit(leads)
    assert found.predictor.kind == "scorecard"
    assert found.dropped["same"] == "the same everywhere"
    assert found.dropped["empty"] == "missing everywhere"
    assert "an id?" in found.dropped["ids"]
    assert "a date" in found.dropped["future"]
    assert np.isfinite(probabilities(found.predictor, leads.features).probability).all()


def test_a_number_falls_where_the_axis_says():
    leads = examples_of(
        [True, False] * 50, x=(Type.NUMBER, np.arange(100.0)), t=(Type.TIME, np.arange(100) * DAY // 2)
    )
    binning = make_bins(leads.features, leads.inputs, most=5, least=5)
    for axis, code in zip(binning.axes, binning.codes(leads.features), strict=True):
        column = leads.features.column(axis.input).to_pylist()
        assert code.tolist() == [1 + sum(e <= v for e in axis.edges) for v in column]
        assert np.bincount(code)[1:].min() >= 5
    assert all(e % DAY == 0 for e in binning.axes[1].edges)


def test_beyond_a_broken_line_its_ends_go_on():
    line = Calibration((0.0, 1.0, 2.0), (0.0, 2.0, 3.0))
    assert applied(line, np.array([-1.0, 0.5, 1.5, 4.0])).tolist() == [-2.0, 1.0, 2.5, 5.0]


def test_progress_goes_from_nothing_to_all():
    said = []
    fit(company(200)[0], progress=lambda done, what: said.append(done))
    assert (said[0], said[-1]) == (0, 1)
    assert said == sorted(said)


@pytest.mark.slow
@pytest.mark.parametrize("n", [800, 8_000, 80_000])
def test_probabilities_are_calibrated_and_intervals_cover_at_any_size(n):
    leads, _ = company(n, noise=4)
    found = fit(leads)
    others, truth = company(20_000, seed=9, noise=4)
    said = probabilities(found.predictor, others.features, intervals=True)
    share = np.mean((said.low <= truth) & (truth <= said.high))
    noise = np.sqrt(truth.mean() * (1 - truth.mean()) / n)
    assert abs(said.probability.mean() - truth.mean()) < 4 * noise
    order = np.argsort(said.probability)
    gaps = [abs(said.probability[part].mean() - truth[part].mean()) for part in np.array_split(order, 10)]
    assert np.mean(gaps) < 4 * noise
    assert 0.6 < share < 0.97
