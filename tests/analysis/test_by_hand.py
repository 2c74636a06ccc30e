"""Every figure of a backtest, reckoned by hand on nine leads (see `backtest_cast`)."""

from __future__ import annotations

import pytest
from backtest_cast import FACTS, NEW, OLD, tried

from leadline.analysis import Backtest
from leadline.analysis.intervals import Rate


@pytest.fixture(scope="module")
def result() -> Backtest:
    return tried()


def test_mqls_a_week_with_returning_ones_apart(result: Backtest):
    weeks = {
        w.week: [(c.new, c.returning) for _, c in w.models.items()]
        for w in result.weekly.weeks
    }  # fmt: skip
    assert weeks == {
        "2026-W02": [(2, 0), (4, 0)],  # ana, hal | ana, ben, gus, hal
        "2026-W03": [(3, 0), (2, 0)],  # cleo, fay, gus | cleo, fay
        "2026-W04": [(1, 1), (1, 1)],  # eva, and hal once more
        "2026-W05": [(0, 0), (1, 0)],  # ivy
    }
    assert not any(week.partial for week in result.weekly.weeks)
    assert (result.weekly.models.old.per_week, result.weekly.models.new.per_week) == (7 / 4, 9 / 4)
    assert result.weekly.change.value == pytest.approx(9 / 7 - 1)


def test_whom_the_period_found_as_mql_is_not_new_in_it(result: Backtest):
    assert result.weekly.models.map(lambda v: v.initial).old == 1  # dan
    assert result.weekly.models.map(lambda v: (v.hand_offs, v.leads)).old == (7, 6)


def test_precision_counts_leads_whose_horizon_has_passed(result: Backtest):
    old, new = result.outcomes.models.old, result.outcomes.models.new
    assert old.precision == Rate(1, 4)  # ana; not cleo (18 days), gus (won before), hal
    assert new.precision == Rate(2, 5)  # ana, gus; not ben, cleo, hal
    assert (old.waiting, new.waiting) == (1, 2)  # eva | eva, ivy
    assert (old.not_eligible, new.not_eligible) == (1, 1)  # fay had been won at first sight
    assert (old.goal_came_first, new.goal_came_first) == (1, 0)  # gus
    assert result.outcomes.precision_change.value == pytest.approx(0.15)


def test_recall_looks_back_from_each_goal(result: Backtest):
    old, new = result.outcomes.models.old, result.outcomes.models.new
    assert old.recall == Rate(2, 4)  # ana, dan (an MQL from before); not cleo (18 days), gus
    assert new.recall == Rate(3, 4)  # gus too
    assert result.outcomes.recall_change.value == pytest.approx(0.25)


def test_lift_is_over_all_eligible_leads(result: Backtest):
    assert result.outcomes.base == Rate(3, 6)  # ana, dan, gus of these and ben, cleo, hal
    assert (result.outcomes.waiting, result.outcomes.already) == (2, 1)  # eva, ivy | fay
    assert result.outcomes.models.old.lift.value == pytest.approx(0.5)
    assert result.outcomes.models.new.lift.value == pytest.approx(0.8)
    assert result.outcomes.lift_change.value == pytest.approx(0.3)


def test_quality_and_what_became_of_it(result: Backtest):
    assert result.movers.classes.old == [("good", 7), ("bad", 2)]
    assert result.movers.classes.new == [("good", 9), ("bad", 0)]
    assert result.movers.flow == [("good", "good", 7), ("bad", "good", 2)]
    by_class = result.outcomes.by_class.map(lambda side: {c.quality: c.rate for c in side})
    assert by_class.old == {"good": Rate(1, 2), "bad": Rate(0, 1)}  # cleo, hal | ben, on 18 January
    assert by_class.new == {"good": Rate(1, 3), "bad": Rate(0, 0)}


def test_who_moves_and_why(result: Backtest):
    movers = result.movers
    assert (movers.moved, movers.up, movers.down) == (2, 2, 0)
    assert [m.lead_id for m in movers.most] == ["ben", "ivy"]
    ben = movers.most[0]
    assert (ben.why, ben.direction, ben.stage.old, ben.stage.new) == ("look +10.00", "up", "lead", "mql")
    (look,) = movers.by_rule
    assert (look.label, look.leads, look.mean_points, look.up, look.down) == ("Looked around", 4, 12.5, 2, 0)
    assert result.changes == ["look (Looked around): 10 → 20 points"]


def test_days_from_first_sight_to_mql(result: Backtest):
    """Hand-offs stand at the end of the day: 15 hours after 9 o'clock."""
    old, new = result.speed.old, result.speed.new
    assert (old.days.n, new.days.n) == (6, 8)
    assert old.days.median == pytest.approx((0.625 + 2.625) / 2)
    assert (old.days.least, old.days.most) == (pytest.approx(0.625), pytest.approx(7.625))
    assert new.days.median == pytest.approx(0.625)
    assert old.bins == (3, 1, 1, 1, 0, 0, 0, 0)


def test_hand_offs_per_rep_and_week(result: Backtest):
    assert (result.load.reps, result.load.counted) == (2, True)  # jonas, maja
    assert list(result.load.weeks.old) == [1, 1.5, 1, 0]
    assert list(result.load.weeks.new) == [2, 1, 1, 0.5]
    spread = result.load.models.old
    assert (spread.least, spread.median, spread.most) == (0, 1, 1.5)
    assert tried(reps=7).load.reps == 7


def test_so_few_goals_bear_no_verdict(result: Backtest):
    assert (result.verdict.precision, result.verdict.recall) == ("scarce", "scarce")
    assert "too few goals" in result.verdict.headline.lower()


def test_a_goal_on_the_day_of_the_hand_off_came_first_and_is_told():
    on_the_day = FACTS.replace("cleo  won            2026-01-30T09", "cleo  won            2026-01-12T17")
    side = tried(facts=on_the_day).outcomes.models.new
    assert (side.goal_came_first, side.on_the_day) == (1, 1)
    assert side.precision == Rate(2, 5)
    assert side.recall.hits == 3


def test_a_lead_that_sales_took_up_first_is_not_handed_over():
    facts = FACTS + "jo look 2026-01-06T09\njo lead_accepted 2026-01-07T09\njo won 2026-01-09T09\n"
    plain, more = tried(), tried(facts=facts)
    old, new = more.weekly.models.old, more.weekly.models.new
    assert (old.passed_over, new.passed_over) == (1, 0)
    assert more.outcomes.models.old.taken_first == 1
    assert more.outcomes.models.new.taken_first == 0
    assert more.outcomes.models.old.recall == Rate(2, 5)
    assert old.hand_offs == plain.weekly.models.old.hand_offs


def test_doubled_shuffled_and_voided_facts_change_nothing():
    lines = FACTS.strip().splitlines()
    assert tried(facts="\n".join([*reversed(lines), *lines])).as_dict() == tried().as_dict()


def test_weeks_that_period_or_data_leave_out_in_part_are_marked():
    late = tried(first=1_767_830_400_000_000)  # 2026-01-08
    assert [w.partial for w in late.weekly.weeks] == [True, False, False, False]
    assert late.weekly.whole_weeks == 3
    beyond = tried(last=1_771_200_000_000_000)  # 2026-02-16
    assert [w.partial for w in beyond.weekly.weeks] == [False] * 4 + [True] * 3
    assert any("facts end" in note for note in beyond.notes)


def test_weeks_are_those_of_the_time_zone():
    facts = FACTS + "kim demo 2026-01-11T23\n"  # already Monday in Berlin
    zoned = [
        text.replace("name: Small company", "name: Small company\ntimezone: Europe/Berlin")
        for text in (OLD, NEW)
    ]
    utc, berlin = tried(facts=facts), tried(*zoned, facts=facts)
    assert utc.weekly.weeks[0].models.old.new == 3
    assert berlin.weekly.weeks[0].models.old.new == 2
    assert berlin.weekly.weeks[1].models.old.new == 4
