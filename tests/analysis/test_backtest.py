"""What a backtest says where there is less than usual, and of the example company."""

from __future__ import annotations

import json

import pytest
from backtest_cast import FACTS, FIRST, LAST, NEW, OLD, models, rows_of, tried

from leadline.analysis import Backtest, backtest, hand_off_stage, rep_reader
from leadline.engine.facts import Facts
from leadline.model import read_model
from leadline.model.values import read_time
from leadline.sample import make_company
from leadline.sample.company import copy_models


def without_goal(text: str) -> str:
    return text[: text.index("goal:")]


def test_without_a_goal_the_rates_are_left_out_and_it_says_so():
    result = tried(without_goal(OLD), without_goal(NEW))
    assert result.outcomes is None
    assert "without a goal" in result.verdict.headline
    assert any("Neither model has a `goal`" in note for note in result.notes)
    assert "No goal is set" in result.to_html()


def test_of_different_goals_the_new_one_holds_for_both():
    result = tried(OLD, NEW.replace("horizon: 14d", "horizon: 21d"))
    assert result.outcomes.horizon_days == 21
    assert any("different goals" in note for note in result.notes)


def test_a_goal_of_the_old_model_alone_holds_for_both():
    result = tried(OLD, without_goal(NEW))
    assert result.outcomes.event == "won"
    assert any("Only the old model has a goal" in note for note in result.notes)


def test_a_model_without_lifecycle_is_told_what_it_lacks():
    bare = OLD[: OLD.index("lifecycle:")]
    with pytest.raises(ValueError, match="no `lifecycle`"):
        tried(OLD, bare)


def test_the_hand_off_is_found_or_asked_for():
    model = read_model(text=OLD)
    assert hand_off_stage(model) == "mql"
    assert hand_off_stage(model, "sal") == "sal"
    unnamed = read_model(text=OLD.replace("stage: mql, owner: marketing", "stage: warm"))
    with pytest.raises(ValueError, match="one of warm, sal"):
        hand_off_stage(unnamed)
    with pytest.raises(ValueError, match="did you mean `mql`"):
        hand_off_stage(model, "mqll")
    with pytest.raises(ValueError, match="no stage `lead` to be entered"):
        hand_off_stage(model, "lead")


def test_a_named_stage_counts_instead():
    facts = FACTS + "jo look 2026-01-06T09\njo lead_accepted 2026-01-07T09\n"
    result = tried(facts=facts, stage="sal")
    assert result.weekly.models.new.hand_offs == 1
    assert "Entries into sal" in result.to_html()


def test_identical_models_differ_in_nothing_and_it_says_so():
    result = tried(OLD, OLD + "# a comment changes nothing\n")
    assert result.verdict.headline == "Both models mean the same."
    assert (result.movers.moved, list(result.changes)) == (0, [])
    assert result.outcomes.precision_change.value == 0
    assert "Nobody" in result.to_html()


def test_rules_that_differ_without_effect_are_told_so():
    result = tried(OLD, OLD.replace("points: 30", "points: 31"))
    assert "make no difference" in result.verdict.headline


def test_moving_by_thresholds_alone_is_told():
    result = tried(OLD, OLD.replace("intent >= 20", "intent >= 35"))
    assert result.movers.quality_down == 5  # ana, cleo, dan, eva, fay; gus and hal have 40 and 60
    assert result.movers.without_points == 5
    assert result.movers.most[0].why.startswith("same points")


def test_a_renamed_rule_gives_no_other_points():
    result = tried(OLD, OLD.replace("id: look", "id: browse"))
    assert not result.movers.by_rule


def test_classes_of_other_names_are_not_ranked():
    renamed = OLD.replace("good: intent", "great: intent").replace("bad: true", "poor: true")
    movers = tried(OLD, renamed.replace("quality = 'good'", "quality = 'great'")).movers
    assert (movers.up, movers.down, movers.other) == (0, 0, 9)


def test_an_empty_period_has_figures_of_nothing():
    result = tried(first=read_time("2025-06-02"), last=read_time("2025-06-15"))
    assert result.period.leads == 0
    assert result.weekly.models.new.hand_offs == 0
    assert result.outcomes.models.new.precision.n == 0
    json.dumps(result.as_dict(), allow_nan=False)
    assert result.to_html().startswith("<!doctype html>")


def test_no_facts_at_all_are_no_error():
    old, new = models()
    result = backtest(new, old, Facts.read([old, new]), first=FIRST, last=LAST)
    assert result.load is None
    assert "Nobody" in result.to_html()


def test_a_period_before_the_first_horizon_has_passed_judges_nobody():
    result = tried(known_until=read_time("2026-01-10"))
    assert result.outcomes.models.new.precision.n == 0
    assert result.outcomes.models.new.waiting == 8  # all, since of fay no goal is known by then
    assert "none can be judged yet" in str(result.verdict)


@pytest.mark.parametrize(
    ("options", "words"),
    [({"last": FIRST - 1}, "before it begins"), ({"reps": 0}, "reps is 0; expected")],
)
def test_arguments_that_make_no_sense_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        tried(**options)


def test_undated_leads_are_clocked_from_the_begin_of_the_period():
    old, new = models()
    facts = Facts.read([old, new], leads=[{"lead_id": "zoe"}], events=rows_of(FACTS))
    result = backtest(new, old, facts, first=FIRST, last=LAST)
    assert result.outcomes.base.n == 7
    assert result.period.leads == 10


def test_progress_runs_through_both_models_once():
    told: list[tuple[int, int]] = []
    tried(progress=lambda done, all_: told.append((done, all_)))
    assert told[-1] == (18, 18)
    assert sorted(told) == told


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Backtest:
    company, paths = make_company(500), copy_models(tmp_path_factory.mktemp("models"))
    old, new = read_model(paths["model"]), read_model(paths["model_proposed"])
    facts = Facts.read(
        [old, new, rep_reader()], leads=company.leads, traits=company.traits, events=company.events
    )
    first, last = read_time("2025-12-31T23:00:00Z"), read_time("2026-06-30T22:00:00Z") - 1
    return backtest(new, old, facts, first=first, last=last)


def test_on_the_example_company_the_gain_is_within_noise(sample: Backtest):
    assert sample.verdict.precision == "noise"
    assert "within noise" in sample.verdict.headline
    assert "fewer leads" in sample.verdict.headline


def test_the_figures_of_the_example_company_agree_with_each_other(sample: Backtest):
    for _, volume in sample.weekly.models.items():
        assert volume.new + volume.returning == volume.hand_offs
    for name in ("old", "new"):
        counted = sum(getattr(week.models, name).all for week in sample.weekly.weeks)
        assert counted == getattr(sample.weekly.models, name).hand_offs
        judged = getattr(sample.outcomes.models, name)
        firsts = judged.precision.n + judged.waiting + judged.not_eligible
        assert firsts == getattr(sample.weekly.models, name).leads
    assert sum(n for *_, n in sample.movers.flow) == sample.period.leads == sample.movers.leads
    assert sample.outcomes.base.n + sample.outcomes.waiting + sample.outcomes.already == sample.period.leads


def test_the_same_backtest_gives_the_same_page(sample: Backtest):
    assert sample.to_html() == sample.to_html()
    assert json.loads(json.dumps(sample.as_dict(), allow_nan=False)) is not None
