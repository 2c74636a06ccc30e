"""The figures at the top of the page: before, after, and whether the difference means anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadline.analysis.intervals import Estimate
from leadline.analysis.markup import Child, Markup, tag
from leadline.analysis.verdict import CHIPS
from leadline.analysis.words import (
    change_text,
    counted,
    interval_text,
    noun_of,
    number,
    percent,
    times,
)

if TYPE_CHECKING:
    from leadline.analysis.backtest import Backtest


def tiles(result: Backtest) -> Markup:
    return tag(
        "div",
        _volume(result),
        _outcomes(result),
        _load(result),
        _speed(result),
        _moved(result),
        class_="tiles",
    )


def _tile(title: str, was: str | None, now: str, *notes: Child, chip: str | None = None) -> Markup:
    before = [tag("span", was, class_="was"), " → "] if was is not None else []
    label = [" ", tag("span", CHIPS[chip], class_=f"chip {chip}")] if chip else []
    return tag(
        "section", tag("h2", title, label), tag("p", before, now, class_="figures"),
        *(tag("p", note, class_="note") for note in notes if note), class_="tile",
    )  # fmt: skip


def _volume(result: Backtest) -> Markup:
    old, new = result.weekly.models.old, result.weekly.models.new
    noun = noun_of(new.stage)
    if old.per_week is None or new.per_week is None:
        return _tile(
            f"{noun} in the period", f"{old.hand_offs:,}", f"{new.hand_offs:,}", "no whole week in it"
        )
    again = f"in the period {old.hand_offs:,} → {new.hand_offs:,}, "
    again += f"of these returning {old.returning:,} → {new.returning:,}"
    return _tile(
        f"{noun} a week", number(old.per_week), number(new.per_week), _relative(result.weekly.change), again
    )


def _relative(change: Estimate) -> str | None:
    if change.value is None:
        return None
    sign = "+" if change.value > 0 else ""
    told = f"{sign}{percent(change.value, 0)}"
    if change.interval is None:
        return told
    return f"{told}, 95 % interval {interval_text(change.interval, lambda v: percent(v, 0))}"


def _outcomes(result: Backtest) -> list[Markup]:
    outcomes = result.outcomes
    if outcomes is None:
        return []
    old, new = outcomes.models.old, outcomes.models.new
    days = f"{outcomes.horizon_days:g} days"
    return [
        _tile("Precision", percent(old.precision.value), percent(new.precision.value),
              f"reach the goal within {days} (n = {old.precision.n:,} → {new.precision.n:,})",
              change_text(outcomes.precision_change), chip=result.verdict.precision),
        _tile("Recall", percent(old.recall.value), percent(new.recall.value),
              f"of {counted(new.recall.n, 'lead')} with the goal, handed over before",
              change_text(outcomes.recall_change), chip=result.verdict.recall),
        _tile("Lift", times(old.lift.value), times(new.lift.value),
              f"over {percent(outcomes.base.value)} of all {outcomes.base.n:,} eligible leads",
              change_text(outcomes.lift_change, _more)),
    ]  # fmt: skip


def _more(value: float | None) -> str:
    return ("+" if value is not None and value > 0 else "") + times(value)


def _load(result: Backtest) -> Markup | None:
    load = result.load
    if load is None or load.models.new.median is None or load.models.old.median is None:
        return None
    old, new = load.models.old, load.models.new
    return _tile(
        "Hand-offs per rep and week", number(old.median), number(new.median),
        f"median of {counted(new.n, 'whole week')}, {counted(load.reps, 'rep')}; "
        f"most {number(old.most)} → {number(new.most)}",
    )  # fmt: skip


def _speed(result: Backtest) -> Markup | None:
    old, new = result.speed.old.days, result.speed.new.days
    if old.median is None or new.median is None:
        return None
    noun = noun_of(result.weekly.models.new.stage).removesuffix("s")
    quartiles = f"median of n = {old.n:,} → {new.n:,}; middle half of the new: "
    quartiles += f"{number(new.lower_quartile)} to {number(new.upper_quartile)} days"
    return _tile(f"Days from first sight to {noun}", number(old.median), number(new.median), quartiles)


def _moved(result: Backtest) -> Markup:
    movers = result.movers
    told = f"of {counted(movers.leads, 'lead')} stand elsewhere at the end: "
    told += f"{movers.up:,} higher, {movers.down:,} lower"
    return _tile("Leads that move", None, f"{movers.moved:,}", told)
