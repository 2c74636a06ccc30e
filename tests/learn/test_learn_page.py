"""The page: its own style sheet alone, nothing of a user's becomes markup, every state has words."""

import base64
import hashlib
import re
from dataclasses import replace
from html import unescape

import numpy as np
import pyarrow as pa
import pytest

pytest.importorskip("sklearn")

from leadline.learn.effects import effects
from leadline.learn.evaluate import evaluate
from leadline.learn.examples import Examples
from leadline.learn.fit import fit
from leadline.learn.report import Refused, Told, example_leads, learn_page, told_leads
from leadline.learn.watch import profile
from leadline.model.expr import Type
from leadline.model.predictor import Input
from leadline.model.predictor_file import predictor_version
from leadline.model.shape import Field

BAD = "<img src=x onerror=alert(1)>\u202e&"
INPUTS = (Input("a", Type.NUMBER, f"Size {BAD}", "a"), Input("b", Type.TEXT, "Source", "b"),
          Input("c", Type.BOOLEAN, "Trial", "c"))  # fmt: skip


def told(n=500, seed=0, signal=True):
    draw = np.random.default_rng(seed)
    a, b = draw.normal(50, 20, n), draw.choice(["ads", BAD, "event"], n)
    odds = -1 + (0.05 * (a - 50) + np.where(b == BAD, 1.0, 0.0) if signal else 0)
    won = draw.random(n) < 1 / (1 + np.exp(-odds))
    features = pa.table({"a": pa.array(a, mask=draw.random(n) < 0.1), "b": b, "c": draw.random(n) < 0.3})
    fields = tuple(Field(i.name, i.type) for i in INPUTS)
    examples = Examples(features, INPUTS, fields, won, f"Deal {BAD}", at=np.arange(n) * 86_400_000_000 // 3,
                        ids=pa.array([f"{BAD}{i}" for i in range(n)]), left_out={BAD: 3})  # fmt: skip
    fitted = fit(examples)
    found = evaluate(examples, fitted.trial, ["b"])
    return Told(
        fitted.predictor, predictor_version(fitted.predictor), found,
        effects(fitted.predictor, profile(fitted.predictor, examples).shares),
        example_leads(fitted.predictor, examples), (Refused(BAD, (BAD, "filled after the fact")),), (), BAD,
    )  # fmt: skip


@pytest.fixture(scope="module")
def given():
    return told()


def test_only_the_style_sheet_is_allowed_and_nothing_of_a_user_is_markup(given):
    page = learn_page(given)
    (sheet,) = re.findall(r"<style>(.*?)</style>", page, re.S)
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in unescape(page)
    assert "<img" not in page
    assert "\u202e" not in page
    assert " style=" not in page
    assert page.count("onerror=alert(1)&gt;") > 5


def test_the_headline_comes_first_and_every_part_is_there(given):
    page = unescape(learn_page(given))
    assert page.index("Calls on the best fifth reach") < page.index("In short")
    for title in ("Does 20 % mean 20 %?", "Where to draw the line", "What the probability is made of",
                  "Some leads, and why", "What was left out, and why", "By Source", "By month"):  # fmt: skip
        assert title in page, title


def test_without_signal_it_says_so_and_shows_no_order():
    page = learn_page(told(seed=5, signal=False))
    assert "No signal here" in page
    assert "Where to draw the line" not in page


def test_the_reasons_of_a_lead_sum_to_its_probability(given):
    features = pa.table({"a": [10.0, None, 90.0], "b": ["ads", BAD, None], "c": [True, False, None]})
    for lead in told_leads(given.predictor, features, ["1", "2", "3"], most=1):
        assert lead.start + sum(r.change for r in lead.reasons) + lead.others == pytest.approx(
            lead.probability
        )
        assert len(lead.reasons) <= 1
    words = [r.words for r in told_leads(given.predictor, features, ["1", "2", "3"], most=None)[1].reasons]
    assert f"Size {BAD}: missing" in words


def test_effects_are_points_for_the_average_lead_greatest_first(given):
    weights = [e.weight for e in given.effects]
    assert weights == sorted(weights, reverse=True)
    by = {e.label: e for e in given.effects}
    shown = {b.words[0]: b for b in by["Source"].bars}
    assert shown[BAD].change > shown["ads"].change
    assert shown[BAD].interval[0] <= shown[BAD].interval[1]
    assert sum(b.share for b in by["Source"].bars) == pytest.approx(1)


def test_a_page_of_nobody_s_outcome_known_does_not_fall_over(given):
    empty = replace(given, leads=(), refused=(), effects=())
    assert "Some leads" not in learn_page(empty)
