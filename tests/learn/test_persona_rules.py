"""A persona as rules: they parse, they mean the leads that they were told of, and go into a model's file."""

import numpy as np
import pyarrow as pa
import pytest

from leadline.learn.examples import Examples
from leadline.learn.persona import persona
from leadline.learn.persona_rules import apply_to, fit_rules
from leadline.learn.truth import MODEL, simulated
from leadline.model import read_model
from leadline.model.document import ModelDocument
from leadline.model.expr import Type
from leadline.model.predictor import Input
from leadline.model.shape import Field


@pytest.fixture(scope="module")
def proposed():
    examples = simulated(10_000, seed=1).examples
    return fit_rules(persona(examples, kinds=False), examples)


def test_the_yaml_is_a_model(proposed):
    model = read_model(text="leadline: 1\nname: Persona\n" + proposed.yaml())
    points = {r.title: r.points for r in model.fit.rules}
    assert points["Seniority: director"] > 0 > points["Seniority: staff"] > points["Seniority: student"]
    assert all(value == int(value) != 0 for value in points.values())


def test_noise_is_not_proposed(proposed):
    assert not [r for r in proposed.rules if "noise" in r.when]


def test_neighbouring_numbers_are_one_range(proposed):
    assert next(r.when for r in proposed.rules if r.id == "persona_not_employees").count("employees") == 1


def test_a_model_takes_them_with_its_comments_kept(proposed):
    text = MODEL.replace("name: The", "# ours\nname: The")
    applied = apply_to(ModelDocument.read(text=text), proposed, "ours.yaml")
    assert "# ours" in applied.text
    assert applied.diff.startswith("--- ours.yaml\n+++ ours.yaml (proposed)\n")
    assert not [line for line in applied.diff.splitlines()[2:] if line.startswith("-")]
    model = read_model(text=applied.text)
    assert {r.id for r in applied.added} <= {r.id for r in model.fit.rules}
    why = dict(applied.skipped)
    assert "rule with this condition already" in why["Channel: referral"]


def test_twice_adds_nothing(proposed):
    once = apply_to(ModelDocument.read(text=MODEL), proposed)
    again = apply_to(ModelDocument.read(text=once.text), proposed)
    assert again.added == ()
    assert again.diff == ""


def test_what_does_not_fit_into_the_model_is_said(proposed):
    other = MODEL.replace("employees: number", "employees: text").replace(
        "employees between 50 and 1000", "newsletter"
    )
    applied = apply_to(ModelDocument.read(text=other), proposed)
    assert any("is text, the column number" in why for _, why in applied.skipped)


def test_odd_names_and_values_are_quoted_and_what_is_no_fit_is_left_out():
    draw = np.random.default_rng(1)
    odd = draw.random(800) < 0.4
    won = draw.random(800) < np.where(odd, 0.6, 0.15)
    table = pa.table({
        "city": np.where(odd, "l'Aquila: #1, {it}", "Rome"),
        "visits": np.where(draw.random(800) < np.where(won, 0.8, 0.2), 3.0, 0.0),
        "day": pa.array(1_600_000_000_000_000 + 10**14 * won + draw.integers(0, 10**13, 800)),
    })  # fmt: skip
    inputs = (
        Input("city", Type.TEXT, "City", expr="city"),
        Input("visits", Type.NUMBER, "Visits", signal="visit", part="events"),
        Input("day", Type.TIME, "Day", expr="day"),
    )
    fields = (Field("city", Type.TEXT, column="Città (sede)"), Field("day", Type.TIME))
    examples = Examples(table, inputs, fields, won, "won")
    found = fit_rules(persona(examples, kinds=False), examples)
    (rule,) = found.rules
    assert rule.when == "city = 'l''Aquila: #1, {it}'" or rule.when == "city = 'Rome'"
    model = read_model(text="leadline: 1\nname: P\n" + found.yaml())
    assert model.fields[0].column == "Città (sede)"
    assert {why for _, why in found.skipped} == {
        "it is what they do, not who they are", "a date passes: it says nothing of the next leads",
    }  # fmt: skip


def test_where_nothing_is_said_nothing_is_proposed():
    examples = simulated(100, seed=1).examples
    assert fit_rules(persona(examples), examples).yaml() == ""
