"""A challenger is promoted where it is better beyond noise, and nowhere else; one step goes back."""

import json

import numpy as np
import pyarrow as pa
import pytest

pytest.importorskip("sklearn")

from leadline.learn import renewal
from leadline.learn.examples import Examples
from leadline.learn.renewal import RenewalError, back, champion_of, duel, journal, renew
from leadline.model.expr import Type
from leadline.model.predictor import Axis, Input, Predictor, Term
from leadline.model.predictor_file import predictor_version, read_predictor
from leadline.model.shape import Field

DAY = 86_400_000_000
INPUT = Input("source", Type.TEXT, "Source", "source")
NOW = "2026-11-01T00:00:00Z"


def leads(days, seed=0, turned_from=10**9, n_a_day=12):
    """Referrals buy more, until a day from which they buy less."""
    draw = np.random.default_rng(seed)
    day = np.repeat(np.arange(days), n_a_day)
    referral = draw.random(len(day)) < 0.5
    helps = np.where(day < turned_from, 1.2, -1.2)
    odds = -0.8 + np.where(referral, 1, -1) * helps
    won = draw.random(len(day)) < 1 / (1 + np.exp(-odds))
    source = np.where(referral, "referral", "ads")
    return Examples(
        pa.table({"source": source}), (INPUT,), (Field("source", Type.TEXT),), won, "a deal", at=day * DAY
    )


def told(value, base=-0.8):
    term = Term((Axis("source", levels=("ads", "referral")),), (0.0, -value, value, 0.0))
    return Predictor("deal", "scorecard", "a deal", (Field("source", Type.TEXT),), (INPUT,), (term,), base)


def test_the_first_is_in_use_at_once_and_a_steady_world_keeps_it(tmp_path):
    first = renew(tmp_path, leads(60), at=NOW)
    assert first.act == "first"
    assert predictor_version(champion_of(tmp_path)) == first.champion
    second = renew(tmp_path, leads(120), at=NOW)
    assert (second.act, second.champion) == ("kept", first.champion)
    assert "not beyond noise" in second.words
    assert read_predictor(tmp_path / "challenger.json") != champion_of(tmp_path)


def test_where_the_world_turns_the_challenger_is_promoted_and_one_step_goes_back(tmp_path):
    first = renew(tmp_path, leads(60), at=NOW)
    found = renew(tmp_path, leads(140, turned_from=60), at=NOW, window=30 * DAY)
    assert found.act == "promoted"
    assert found.duel.better.interval[0] > 0
    assert predictor_version(champion_of(tmp_path)) == found.champion == found.challenger
    gone = back(tmp_path, at=NOW)
    assert (gone.champion, gone.before) == (first.champion, found.champion)
    assert predictor_version(champion_of(tmp_path)) == first.champion
    assert [line.act for line in journal(tmp_path)] == ["first", "promoted", "back"]
    with pytest.raises(RenewalError, match="no earlier champion"):
        back(tmp_path, at=NOW)


def test_one_that_is_no_better_is_seldom_promoted():
    """Two that err by as much in other ways, judged on leads of neither."""
    truth, promoted = 1.2, 0
    for seed in range(200):
        draw = np.random.default_rng([seed, 1])
        one, two = (told(truth + draw.normal(0, 0.1), -0.8 + draw.normal(0, 0.05)) for _ in range(2))
        promoted += duel(one, two, leads(40, seed)).beyond_noise
    assert promoted <= 20  # half of the pairs truly differ in the challenger's favour, a little
    same = sum(duel(told(1.2), told(1.2), leads(40, s)).beyond_noise for s in range(20))
    assert same == 0


def test_one_that_is_better_is_promoted():
    assert all(duel(told(0.2), told(1.2), leads(60, seed)).beyond_noise for seed in range(20))


def test_too_few_later_leads_decide_nothing(tmp_path):
    renew(tmp_path, leads(60), at=NOW)
    found = renew(tmp_path, leads(62), at=NOW)
    assert found.act == "too few"
    assert "it takes 20" in found.words


def test_without_times_or_with_a_broken_journal_it_says_what_to_do(tmp_path):
    some = leads(30)
    with pytest.raises(RenewalError, match="--time"):
        renew(tmp_path, Examples(some.features, some.inputs, some.fields, some.won, some.goal), at=NOW)
    (tmp_path / renewal.JOURNAL).write_text('{"act": "first"}\n')
    with pytest.raises(RenewalError, match=r"journal\.jsonl:1"):
        renew(tmp_path, some, at=NOW)


def test_a_journal_is_json_lines_that_are_only_added_to(tmp_path):
    renew(tmp_path, leads(60), at=NOW)
    before = (tmp_path / renewal.JOURNAL).read_text()
    renew(tmp_path, leads(120), at=NOW)
    after = (tmp_path / renewal.JOURNAL).read_text()
    assert after.startswith(before)
    assert [json.loads(line)["act"] for line in after.splitlines()] == ["first", "kept"]
