"""What sales can take, and thresholds for it."""

import heapq
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.learn.capacity import Live, capacity, threshold_for
from leadline.learn.erlang import erlang_b, mean_wait, most_load, service_level, waiting_probability


@pytest.mark.parametrize(
    ("reps", "load", "blocked"),
    [
        (1, 0.0101, 0.01),
        (5, 1.36, 0.01),
        (10, 4.46, 0.01),
        (20, 12.0, 0.01),
        (50, 37.9, 0.01),
        (10, 6.22, 0.05),
    ],
)
def test_blocking_agrees_with_erlangs_tables(reps, load, blocked):
    assert erlang_b(reps, load) == pytest.approx(blocked, abs=0.0003)


def test_waiting_agrees_with_worked_examples():
    assert waiting_probability(1, 0.7) == pytest.approx(0.7)  # one rep: the share of time that is busy
    assert waiting_probability(3, 2) == pytest.approx(4 / 9)  # by hand, from the sum of the states
    assert waiting_probability(14, 10) == pytest.approx(0.1741, abs=1e-4)
    assert mean_wait(14, 10, 180) == pytest.approx(7.8, abs=0.05)
    assert service_level(14, 10, 180, 20) == pytest.approx(0.888, abs=5e-4)


def test_a_line_that_only_grows():
    assert waiting_probability(3, 3) == 1
    assert mean_wait(3, 5, 60) == inf
    assert service_level(3, 3, 60, 20) == 0


def test_a_thousand_reps_do_not_overflow():
    assert 0 < waiting_probability(1_000, 980) < 1


def simulated_waits(reps, load, duration, calls, seed):
    """Each call goes to the rep who is free first."""
    draw = np.random.default_rng(seed)
    arrive = np.cumsum(draw.exponential(duration / load, calls))
    last = draw.exponential(duration, calls)
    free = [0.0] * reps
    waits = np.empty(calls)
    for i, (at, long) in enumerate(zip(arrive, last, strict=True)):
        begin = max(at, heapq.heappop(free))
        waits[i] = begin - at
        heapq.heappush(free, begin + long)
    return waits[calls // 10 :]


def test_a_simulated_queue_waits_as_said():
    waits = simulated_waits(4, 3.0, 10.0, 150_000, seed=3)
    assert (waits > 0).mean() == pytest.approx(waiting_probability(4, 3.0), abs=0.02)
    assert waits.mean() == pytest.approx(mean_wait(4, 3.0, 10.0), rel=0.08)
    assert (waits <= 2).mean() == pytest.approx(service_level(4, 3.0, 10.0, 2), abs=0.02)


def test_live_calls_take_fewer_than_calls_back():
    back, live = capacity(4, 12), capacity(4, 12, live=Live(minutes=30))
    assert back.a_day == 48
    assert back.level is None
    assert live.a_day < 48
    assert live.level == pytest.approx(0.8, abs=1e-6)
    assert "80" in live.reason
    assert most_load(4, 1800, 20, 0.8) * 16 == pytest.approx(live.a_day)


def test_conversations_limit_live_calls_too():
    short = capacity(4, 12, live=Live(minutes=2))
    assert short.a_day == 48
    assert short.level > 0.99


@pytest.mark.parametrize(
    "call",
    [
        lambda: capacity(0, 12),
        lambda: capacity(2, float("nan")),
        lambda: capacity(2, 12, live=Live(minutes=0)),
        lambda: capacity(2, 12, live=Live(minutes=5, share=1)),
        lambda: erlang_b(2.5, 1),
        lambda: threshold_for(np.array([]), 1, volume=1),
        lambda: threshold_for(np.array([1.0]), 1),
        lambda: threshold_for(np.array([1.0]), 1, volume=1, precision=0.5),
        lambda: threshold_for(np.array([5.0]), 1, precision=0.5),
        lambda: threshold_for(np.array([1.0]), 1, precision=5),
        lambda: threshold_for(np.array([1.0]), 1, volume=1, won=np.array([True, False])),
    ],
)
def test_nonsense_is_refused_in_words(call):
    with pytest.raises(ValueError, match=r"expected|ask for one|needs"):
        call()


def test_the_threshold_fits_what_sales_can_take():
    chance = np.linspace(0.001, 0.5, 500)
    cut = threshold_for(chance, 50, capacity=capacity(1, 10))
    assert cut.met
    assert cut.leads == 100
    assert cut.a_day == 10
    assert cut.at == 0.401 or (chance >= cut.at).sum() == 100
    assert cut.deals.value == pytest.approx(chance[-100:].mean() * 10)
    assert cut.deals.interval[0] < cut.deals.value < cut.deals.interval[1]


def test_what_cannot_be_had_is_said():
    assert "there are 5 leads a day" in threshold_for(np.arange(50.0), 5, volume=9).said
    shared = threshold_for(np.repeat([10.0, 20.0], [80, 20]), 100, volume=50)
    assert not shared.met
    assert "20 or 100 a day" in shared.said
    none = threshold_for(np.full(40, 7.0), 40, capacity=10)
    assert none.at is None
    assert none.leads == 0
    assert "40 a day" in none.said


def test_a_precision_comes_with_its_interval_or_is_refused():
    draw = np.random.default_rng(1)
    chance = draw.beta(1, 6, 4_000)
    won = draw.random(4_000) < chance
    cut = threshold_for(chance, 40, precision=0.3, won=won)
    above = won[chance >= cut.at]
    assert cut.met
    assert above.mean() == cut.precision.value >= 0.3
    assert cut.precision.interval[0] < 0.3 < cut.precision.interval[1]
    sure = threshold_for(chance, 40, precision=0.3, won=won, sure=True)
    assert sure.leads < cut.leads
    assert sure.precision.interval[0] >= 0.3
    never = threshold_for(chance, 40, precision=0.99, won=won)
    assert not never.met
    assert "cannot be had" in never.said


def test_leads_without_a_score_are_counted():
    cut = threshold_for(np.array([np.nan, 1.0, 2.0, 3.0]), 4, volume=2)
    assert cut.leads == 2
    assert "never handed over: 1 lead." in cut.said


@given(
    st.lists(st.integers(-30, 30).map(float) | st.floats(0, 1), min_size=1, max_size=40),
    st.floats(0.5, 60),
)
def test_the_threshold_hands_over_as_many_as_it_says(scores, room):
    scores = np.array(scores)
    cut = threshold_for(scores, len(scores), capacity=room)
    fits = [x for x in np.unique(scores) if (scores >= x).sum() <= room * (1 + 1e-9)]
    most = max(((scores >= x).sum() for x in fits), default=0)
    assert cut.leads == most
    assert cut.at is None or (scores >= cut.at).sum() == cut.leads
