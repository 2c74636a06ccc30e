"""A fitted scorecard as an ordinary model."""

from __future__ import annotations

from dataclasses import replace

import pytest

import leadline as ll
from leadline.learn.proposals import model_of
from leadline.model import read_model
from leadline.model.expr import Type
from leadline.model.predictor import Axis, Input, Predictor, Term
from leadline.model.shape import Field
from leadline.model.write import to_yaml

BASE = read_model(
    text="leadline: 1\nname: Base\nfields: {rival: boolean}\n"
    "fit: {max: 40, rules: [{id: no, when: rival, disqualify: true}, {id: old, when: not rival, points: 9}]}"
    "\n"
    "quality: {good: fit >= 30, bad: true}\n"
)


def scorecard(**other) -> Predictor:
    given = {
        "name": "Card", "kind": "scorecard", "goal": "won", "base": -1.0,
        "fields": (Field("size", Type.NUMBER), Field("country", Type.TEXT), Field("known", Type.BOOLEAN)),
        "inputs": (
            Input("size", Type.NUMBER, "Size", expr="size"),
            Input("where", Type.TEXT, "Country", expr="lower(country)"),
            Input("known", Type.BOOLEAN, "Known", expr="known"),
        ),
        "terms": (
            Term((Axis("size", edges=(10.0, 100.0)),), (0.0, 0.0, 0.6931471805599453, -0.6931471805599453)),
            Term((Axis("where", levels=("de", "o'b")),), (0.0, 1.0, 0.5, -0.2)),
            Term((Axis("known"),), (0.0, 0.0, 0.35)),
        ),
    }  # fmt: skip
    return Predictor(**{**given, **other})


def fit_of(model, **lead) -> float:
    judged = ll.assess(model, leads=[{"lead_id": "ana", **lead}], as_of="2026-01-01")
    return judged.assessments.column("fit")[0].as_py()


def test_every_bin_is_a_rule_and_twenty_points_double_the_odds():
    model = model_of(scorecard(), BASE)
    lowest = fit_of(model, size=500, country="FR", known="no")
    assert lowest == 0
    assert fit_of(model, size=5, country="FR", known="no") == 20
    assert fit_of(model, size=10, country="FR", known="no") == 40
    assert fit_of(model, size=500, country="DE", known="no") == 35
    assert fit_of(model, size=500, country="O'B", known="yes") == 30
    assert fit_of(model, size=None, country=None, known=None) == 26


def test_what_comes_back_is_read_like_any_other_and_keeps_what_the_base_has():
    model = model_of(scorecard(), BASE)
    assert read_model(text=to_yaml(model)) == model
    assert [r.id for r in model.fit.rules if r.disqualify] == ["no"]
    assert "old" not in {r.id for r in model.fit.rules}
    assert model.quality == BASE.quality
    assert model.fit.max >= 80  # the old bound would have cut the best
    assert fit_of(model, size=50, country="DE", known="yes") == 85


def test_a_pair_of_inputs_is_a_rule_of_two_conditions():
    pair = Term((Axis("known"), Axis("size", edges=(10.0,))), (0, 0, 0, 0, 0, 0, 0, 0, 0.7))
    model = model_of(scorecard(terms=(pair,)), BASE)
    assert fit_of(model, size=50, known="yes") == 20
    assert fit_of(model, size=5, known="yes") == 0


def test_a_predictor_of_more_than_fields_is_refused():
    card = scorecard()
    inputs = (Input("size", Type.NUMBER, "Intent", expr="intent"), *card.inputs[1:])
    measured = replace(card, inputs=inputs, model=BASE.version)
    with pytest.raises(ValueError, match=r"reads more than fields \(Intent\)"):
        model_of(measured, BASE)
