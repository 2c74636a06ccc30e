"""Figures of goodness against known values, scikit-learn, and slow obvious versions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("sklearn")

from sklearn import metrics as known

from leadline.learn import metrics

few = st.lists(st.tuples(st.booleans(), st.integers(0, 10)), min_size=2, max_size=60)


def _columns(rows):
    return np.array([w for w, _ in rows]), np.array([p / 10 for _, p in rows])


@given(few)
@settings(deadline=None, max_examples=60)
def test_the_area_is_the_share_of_pairs_in_the_right_order(rows):
    won, said = _columns(rows)
    pairs = [(a > b) + (a == b) / 2 for a in said[won] for b in said[~won]]
    value = metrics.roc_auc(won, said).value
    assert value is None if not pairs else value == pytest.approx(np.mean(pairs))


@given(few)
@settings(deadline=None, max_examples=60)
def test_losses_are_those_of_scikit_learn(rows):
    won, said = _columns(rows)
    assert metrics.brier(won, said).value == pytest.approx(np.mean((said - won) ** 2))
    safe = np.clip(said, 1e-6, 1 - 1e-6)
    assert metrics.log_loss(won, said).value == pytest.approx(known.log_loss(won, safe, labels=[False, True]))
    if won.any():
        assert metrics.average_precision(won, said).value == pytest.approx(
            known.average_precision_score(won, said)
        )


@given(few, st.floats(0.01, 1))
@settings(deadline=None, max_examples=60)
def test_gain_is_the_mean_over_all_ways_to_break_ties(rows, share):
    won, said = _columns(rows)
    left, found = share * len(won), 0.0
    for value in sorted(set(said), reverse=True):
        group = won[said == value]
        part = min(1.0, left / len(group))
        found, left = found + part * group.sum(), max(0.0, left - len(group))
    reached = metrics.reach(won, said, [share])[0].reached.value
    assert reached is None if not won.any() else reached == pytest.approx(found / won.sum())


def test_a_constant_probability_has_a_lift_of_one():
    won = np.arange(50) % 5 == 0
    (found,) = metrics.reach(won, np.full(50, 0.2), [0.2])
    assert found.reached.value == pytest.approx(0.2)
    assert found.lift.value == pytest.approx(1.0)
    assert metrics.roc_auc(won, np.full(50, 0.2)).value == 0.5


def test_nobody_and_one_class_have_no_figures_rather_than_wrong_ones():
    nobody = np.zeros(0, bool), np.zeros(0)
    assert metrics.roc_auc(*nobody).value is None
    assert metrics.calibration(*nobody) is None
    assert metrics.reach(*nobody, [0.2]) == ()
    assert metrics.thresholds(*nobody) == ()
    won = np.ones(30, bool)
    assert metrics.roc_auc(won, np.full(30, 0.9)).value is None
    assert metrics.average_precision(~won, np.full(30, 0.9)).value is None


def test_a_perfect_order_of_few_is_not_said_to_be_sure():
    found = metrics.roc_auc(np.arange(20) >= 10, np.arange(20) / 20)
    assert found.value == 1.0
    assert found.interval == pytest.approx((0.7, 1.0))


def test_calibration_error_is_the_mean_distance_by_bin():
    said = np.repeat([0.1, 0.5], 50)
    won = np.concatenate([np.arange(50) < 10, np.arange(50) < 20])  # 0.2 and 0.4 happened
    curve = metrics.calibration(won, said, bins=2)
    assert [b.rate.hits for b in curve.bins] == [10, 20]
    assert curve.ece == pytest.approx(0.1)
    assert curve.gap.value == pytest.approx(0.0)


def test_bins_have_equal_counts_and_equal_probabilities_stay_together():
    said = np.concatenate([np.full(500, 0.05), np.linspace(0.1, 0.9, 500)])
    curve = metrics.calibration(said > 0.5, said)
    assert curve.bins[0].rate.n == 500
    assert {b.rate.n for b in curve.bins[1:]} == {100}


def test_right_probabilities_are_within_chance_nineteen_times_in_twenty():
    draw = np.random.default_rng(4)
    inside = []
    for _ in range(200):
        said = draw.beta(1, 6, 800)
        inside.append(metrics.calibration(draw.random(800) < said, said).within_chance)
    assert 0.9 <= np.mean(inside) <= 0.99


def test_probabilities_that_promise_too_much_are_not_within_chance():
    draw = np.random.default_rng(5)
    said = draw.beta(2, 6, 2000)
    assert not metrics.calibration(draw.random(2000) < said**1.5, said).within_chance


@pytest.mark.parametrize("figure", ["roc_auc", "average_precision", "brier", "log_loss"])
def test_intervals_hold_about_as_often_as_they_promise(figure):
    def drawn(n, draw):
        said = draw.beta(1, 5, n)
        return draw.random(n) < said, said

    of = getattr(metrics, figure)
    truth = of(*drawn(400_000, np.random.default_rng(0))).value
    draw = np.random.default_rng(1)
    inside = [low <= truth <= high for low, high in (of(*drawn(500, draw)).interval for _ in range(200))]
    assert 0.9 <= np.mean(inside) <= 0.995


def test_thresholds_count_who_is_called_and_what_came_of_it():
    said = np.array([0.02, 0.1, 0.1, 0.3, 0.6])
    won = np.array([False, True, False, False, True])
    table = {t.at: t for t in metrics.thresholds(won, said, np.array([9.0, 100, 9, 9, 50]))}
    assert (table[0.0].leads, table[0.0].deals.hits, table[0.0].worth) == (5, 2, 150)
    assert (table[0.03].leads, table[0.03].expected) == (4, pytest.approx(1.1))
    assert (table[0.4].deals.value, table[0.4].reached.value) == (1.0, 0.5)
    assert 0.1 not in table  # the same leads as above 0.03
