"""A predictor's file is read strictly, and refused where it was changed; all that is wrong is told."""

from __future__ import annotations

import json
import runpy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from leadline.model.errors import PredictorError
from leadline.model.expr import Type
from leadline.model.predicting import predicting, predicting_as
from leadline.model.predictor import Axis, Predictor, Term
from leadline.model.predictor_file import MAX_BYTES, predictor_version, read_predictor, write_predictor
from leadline.model.read import read_model
from leadline.model.shape import Field, Model

GENERATED = runpy.run_path(str(Path(__file__).resolve().parents[2] / "docs" / "generate" / "predictor.py"))
EXAMPLE: Predictor = GENERATED["EXAMPLE"]
TEXT = write_predictor(EXAMPLE)

MODEL = """
leadline: 1
name: Trials
fields: {employees: number, source: text}
intent: {signals: [{id: pricing, event: page, points: 12}]}
"""


def changed(change: Callable[[dict[str, Any]], Any]) -> str:
    content = json.loads(TEXT)
    change(content)
    return json.dumps(content)


def fitting() -> tuple[Model, Predictor]:
    model = read_model(text=MODEL)
    return model, replace(EXAMPLE, model=model.version)


def test_the_page_is_what_the_format_is() -> None:
    assert GENERATED["PAGE"].read_text(encoding="utf-8") == GENERATED["page"](), "run `make docs`"


def test_what_was_written_is_read_from_text_and_file(tmp_path: Path) -> None:
    file = tmp_path / "trials.json"
    file.write_text(TEXT, encoding="utf-8")
    assert read_predictor(file) == read_predictor(TEXT) == EXAMPLE
    assert predictor_version(EXAMPLE) == EXAMPLE.version == json.loads(TEXT)["hash"][:12]


def test_layout_and_order_change_nothing_and_content_does() -> None:
    assert read_predictor(json.dumps(dict(reversed(json.loads(TEXT).items())))) == EXAMPLE
    assert replace(EXAMPLE, base=-2.0).version != EXAMPLE.version
    assert replace(EXAMPLE, about={}).version != EXAMPLE.version


WRONG: dict[str, tuple[Callable[[dict[str, Any]], Any], list[tuple[str, str]]]] = {
    "a value that was changed": (
        lambda c: c.update(base=-1.9), [("hash", "changed after it was written")]
    ),
    "what it was trained on": (
        lambda c: c["about"].update(won=900), [("hash", "changed after it was written")]
    ),
    "keys of all kinds, at once": (
        lambda c: (c.update(bases=1, base="much"), c.pop("terms"), c["inputs"][0].update(type="nummber")),
        [("bases", "unknown key"), ("terms", "missing"), ("base", "expected a number"),
         ("inputs[0].type", "did you mean `number`?")],
    ),
    "a table of another length": (
        lambda c: c["terms"][0].update(values=[1, 2]), [("terms[0].values", "2 values for 4 bins")]
    ),
    "edges that do not ascend": (
        lambda c: c["terms"][0]["axes"][0].update(edges=[1000, 50]), [("terms[0].axes[0].edges", "ascend")]
    ),
    "a level twice": (
        lambda c: c["terms"][1]["axes"][0].update(levels=["a", "a"]), [("terms[1].axes[0].levels", "2 times")]
    ),
    "an axis of no input": (
        lambda c: c["terms"][0]["axes"][0].update(input="sise"),
        [("terms[0].axes[0].input", "did you mean `size`?")],
    ),
    "two terms of one input": (
        lambda c: c["terms"].append(c["terms"][0]) or c["replicas"].clear(), [("terms[3]", "add the two up")]
    ),
    "an input twice": (
        lambda c: c["inputs"][1].update(name="size"), [("inputs", "stands 2 times")]
    ),
    "an expression that does not read": (
        lambda c: c["inputs"][0].update(expr="employees +"), [("inputs[0].expr", "cannot be read")]
    ),
    "an expression of another type": (
        lambda c: c["inputs"][0].update(expr="employees > 5"), [("inputs[0].type", "is a boolean, not a num")]
    ),
    "an input that hangs on the prediction": (
        lambda c: c["inputs"][0].update(expr="probability"), [("inputs[0].expr", "an input cannot read it")]
    ),
    "measures without a model": (
        lambda c: (c.pop("model"), c["inputs"][0].update(expr="fit")),
        [("inputs[0].expr", "is computed by a model"), ("inputs[2].signal", "belongs to a model")],
    ),
    "a replica of other terms": (
        lambda c: c["replicas"][0].update(values=[]), [("replicas[0].values", "values of 0 terms")]
    ),
    "a calibration that goes back": (
        lambda c: c.update(calibration={"x": [1, 0], "y": [0, 1]}), [("calibration.x", "ascends")]
    ),
    "a rate with terms": (lambda c: c.update(kind="rate"), [("kind", "has no terms")]),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_told_with_the_way_to_it(what: str) -> None:
    change, expected = WRONG[what]
    with pytest.raises(PredictorError) as caught:
        read_predictor(changed(change))
    told = caught.value.problems
    assert sorted(path for path, _ in told) == sorted(path for path, _ in expected)
    for path, words in expected:
        assert any(p == path and words in message for p, message in told), told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ('{"leadline_predictor": 1, "base": NaN}', "NaN is not a number"),
        ('{"leadline_predictor": 1, "a": 1, "a": 2}', "`a` stands twice"),
        ("{}", "no predictor"),
        ('{"leadline_predictor": 2}', "reads format 1"),
        ('{"leadline_predictor": 1, "a": ' + "[" * 100_000, "not JSON"),
        ('{"a": ' + " " * MAX_BYTES + "1}", "larger than"),
        (TEXT.replace("-2.1", "-1e999", 1), "finite number"),
        (TEXT.replace("advert", "\\ud800", 1), "no text has"),
        (TEXT.replace("-2.1", "9" * 5000, 1), "not JSON"),
    ],
    ids=["cut", "nan", "twice", "empty", "format", "deep", "large", "infinite", "surrogate", "digits"],
)
def test_hostile_text_is_refused_in_words(text: str, said: str) -> None:
    with pytest.raises(PredictorError, match=said):
        read_predictor(text)


def test_a_file_that_is_not_there_is_said() -> None:
    with pytest.raises(PredictorError, match="cannot be read"):
        read_predictor("nowhere.json")


def test_a_predictor_cannot_be_built_wrong() -> None:
    with pytest.raises(PredictorError, match="1 values for 4 bins"):
        replace(EXAMPLE, terms=(Term((Axis("size", edges=(1.0, 2.0)),), (0.0,)),), replicas=())
    with pytest.raises(PredictorError, match="finite"):
        replace(EXAMPLE, base=float("nan"))


def test_a_predictor_goes_with_the_model_that_it_was_trained_on() -> None:
    model, predictor = fitting()
    assert predicting(model, predictor).version == model.version
    with pytest.raises(PredictorError, match=f"version {model.version}"):
        predicting(model, EXAMPLE)
    assert predicting(predicting(model, predictor), None) == model


def test_what_the_model_does_not_have_is_told() -> None:
    fields = (Field("employes", Type.NUMBER), Field("source", Type.NUMBER))
    inputs = (
        replace(EXAMPLE.inputs[0], expr="employes"),
        replace(EXAMPLE.inputs[1], expr="source", type=Type.NUMBER),
    )
    terms = tuple(Term((Axis(i.name),), (0.0, 1.0)) for i in inputs)
    other = replace(EXAMPLE, model=None, fields=fields, inputs=inputs, terms=terms, replicas=())
    with pytest.raises(PredictorError) as caught:
        predicting(read_model(text=MODEL), other)
    assert [message for _, message in caught.value.problems] == [
        "the model has no field `employes`; did you mean `employees`?",
        "`source` is a text in the model and a number in the predictor",
    ]
    model = read_model(text=MODEL.replace("id: pricing", "id: pricings"))
    with pytest.raises(PredictorError, match="no signal `pricing`; did you mean `pricings`"):
        predicting(model, replace(EXAMPLE, model=model.version))


def test_the_old_model_of_a_backtest_has_it_where_it_fits() -> None:
    model, predictor = fitting()
    new = predicting(model, predictor)
    assert predicting_as(model, new) == new
    old = read_model(text=MODEL.replace("12", "13"))
    assert predicting_as(old, new) == old
    asking = read_model(text=MODEL + "quality: {likely: probability > 0.5}\n")
    with pytest.raises(PredictorError):
        predicting_as(asking, new)
