"""Waiting for a free rep: Erlang's formulas for calls that are passed on live.

Calls come at random (Poisson), last a random time (exponential), wait in one line for the first of `reps`
who is free, and nobody hangs up: the queue M/M/c. Source: A. K. Erlang, "Solution of some problems in the
theory of probabilities of significance in automatic telephone exchanges" (1917); D. Gross and C. M. Harris,
*Fundamentals of Queueing Theory*, chapter 2. Where callers hang up, the true waits are shorter than these.
"""

from __future__ import annotations

from math import exp, inf, isfinite


def erlang_b(reps: int, load: float) -> float:
    """The chance that all are busy where nobody waits; `load` is calls at a time (arrivals × duration).

    By the exact recursion ``B(0) = 1``, ``B(n) = load B(n-1) / (n + load B(n-1))``, which does not overflow.

    >>> round(erlang_b(10, 4.46), 3)
    0.01
    """
    _check(reps, load)
    blocked = 1.0
    for n in range(1, reps + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked


def waiting_probability(reps: int, load: float) -> float:
    """Erlang C: the chance that a call has to wait; 1 where more comes than all reps can do.

    ``C = reps B / (reps - load (1 - B))``, of Erlang B.

    >>> round(waiting_probability(14, 10), 4)
    0.1741
    """
    blocked = erlang_b(reps, load)
    return reps * blocked / (reps - load * (1 - blocked)) if load < reps else 1.0


def mean_wait(reps: int, load: float, duration: float) -> float:
    """The mean wait of all calls, in the unit of `duration`; infinite where the line only grows.

    >>> round(mean_wait(14, 10, 180), 1)
    7.8
    """
    _positive("duration", duration)
    return waiting_probability(reps, load) * duration / (reps - load) if load < reps else inf


def service_level(reps: int, load: float, duration: float, within: float) -> float:
    """The share of calls that wait at most `within`, in the unit of `duration`.

    ``1 - C exp(-(reps - load) within / duration)``

    >>> round(service_level(14, 10, 180, 20), 3)
    0.888
    """
    _positive("duration", duration)
    if not within >= 0:
        raise ValueError(f"within is {within!r}; expected a time of 0 or more")
    if load >= reps:
        _check(reps, load)
        return 0.0
    return 1 - waiting_probability(reps, load) * exp(-(reps - load) * within / duration)


def most_load(reps: int, duration: float, within: float, share: float) -> float:
    """The greatest load at which that `share` of calls waits at most `within`, found by halving.

    >>> round(service_level(4, most_load(4, 10, 1, 0.8), 10, 1), 6)
    0.8
    """
    if not 0 < share < 1:
        raise ValueError(f"share is {share!r}; expected a part of the calls between 0 and 1, such as 0.8")
    low, high = 0.0, float(reps)
    service_level(reps, 0.0, duration, within)  # what is given is checked even where nothing is halved
    for _ in range(60):
        middle = (low + high) / 2
        fine = service_level(reps, middle, duration, within) >= share
        low, high = (middle, high) if fine else (low, middle)
    return low


def _check(reps: int, load: float) -> None:
    if isinstance(reps, bool) or reps != int(reps) or not 1 <= reps <= 100_000:
        raise ValueError(f"reps is {reps!r}; expected a whole number from 1 to 100,000")
    if not (isfinite(load) and load >= 0):
        raise ValueError(f"load is {load!r}; expected calls at a time, 0 or more")


def _positive(name: str, value: float) -> None:
    if not (isfinite(value) and value > 0):
        raise ValueError(f"{name} is {value!r}; expected a number above 0")
