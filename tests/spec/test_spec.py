"""Every spec on every engine, through the doors that people use."""

import re
from collections import Counter
from pathlib import Path

import pytest
from running import Run
from specs import Spec, all_specs

from leadline.model.errors import ModelError
from leadline.model.read import read_model

SPECS = all_specs()
FACTS = [spec for spec in SPECS if not ({"errors"} & set(spec.expected) or spec.version_of)]
PREDICTORS = Path(__file__).resolve().parents[2] / "docs" / "reference" / "predictor.md"
SPECIFICATION = Path(__file__).resolve().parents[3] / "shared" / "spec" / "qualification-model.md"


def on_spark(spec: Spec) -> list[pytest.MarkDecorator]:
    """A few every day, all of them in `make spark`."""
    return [pytest.mark.spark] if spec.on_spark else [pytest.mark.spark, pytest.mark.slow]


@pytest.mark.parametrize("engine", ["reference", "duckdb"])
@pytest.mark.parametrize("spec", FACTS, ids=lambda spec: spec.id)
def test_spec(spec: Spec, engine: str) -> None:
    Run(spec, engine).check()


@pytest.mark.parametrize(
    "spec", [pytest.param(s, marks=on_spark(s), id=s.id) for s in FACTS if "rules" not in s.expected]
)
def test_spec_on_spark(spec: Spec, spark) -> None:
    Run(spec, "spark").check()


@pytest.mark.parametrize("spec", [s for s in SPECS if "errors" in s.expected], ids=lambda spec: spec.id)
def test_a_wrong_model_is_told_in_full(spec: Spec) -> None:
    with pytest.raises(ModelError) as caught:
        read_model(text=spec.whole_model)
    told = [(str(p.line), p.message) for p in caught.value.problems]
    wanted = spec.expected["errors"].rows
    assert [line for line, _ in told] == [row["line"] for row in wanted], told
    for (_, message), row in zip(told, wanted, strict=True):
        assert str(row["says"]) in message


@pytest.mark.parametrize("spec", [s for s in SPECS if s.version_of], ids=lambda spec: spec.id)
def test_the_version_of_a_model(spec: Spec) -> None:
    first = read_model(text=spec.whole_model).version
    assert re.fullmatch("[0-9a-f]{12}", first)
    assert read_model(text=spec.version_of["same"]).version == first
    assert read_model(text=spec.version_of["other"]).version != first


def test_a_fact_is_told_once() -> None:
    assert [title for title, times in Counter(spec.title for spec in SPECS).items() if times > 1] == []


@pytest.mark.skipif(not SPECIFICATION.exists(), reason="needs the specification in ../shared/spec")
def test_every_sentence_stands_in_the_specification() -> None:
    words = " ".join(_words(page.read_text(encoding="utf-8")) for page in (SPECIFICATION, PREDICTORS))
    parts = {spec.title: spec.sentence.split(" … ") for spec in SPECS}
    assert [t for t, said in parts.items() if not all(_words(part) in words for part in said)] == []


def _words(text: str) -> str:
    return " ".join(re.sub(r"[*`…]", "", text).split())
