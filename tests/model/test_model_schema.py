"""The published schema agrees with the reader on everything that a schema can know."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from leadline.model import ModelError, read_model
from leadline.model.schema import json_schema, schema_text
from leadline.model.source import read_source, source_of_text
from leadline.model.tree import plain, read_tree

ROOT = Path(__file__).resolve().parents[2]
B2B = Path(__file__).parent / "b2b.yaml"
HEAD = "leadline: 1\nname: Test\n"

VALID = Draft202012Validator(json_schema())

WRONG = [
    "leadlin: 1",
    "timezone: 1",
    "fields: {a: string}",
    "fields: {a: {label: x}}",
    "fields: {1a: text}",
    "fields: {a: {type: text, values: []}}",
    "fit: {rules: [{id: a, when: true}]}",
    "fit: {rules: [{id: a, when: true, points: 1, disqualify: true}]}",
    "fit: {rules: [{id: a, when: true, points: x}]}",
    "fit: {rules: [{id: a, when: 5, points: 1}]}",
    "fit: {rules: [{id: a.b, when: true, points: 1}]}",
    "fit: {rules: [{id: a, when: true, points: 1000001}]}",
    "fit: {rules: {a: 1}}",
    "intent: {signals: [{id: a, event: e}]}",
    "intent: {signals: [{id: a, event: e, points: 1, half_life: 14}]}",
    "intent: {signals: [{id: a, event: e, points: 1, half_life: 14 days}]}",
    "intent: {signals: [{id: a, event: e, points: 1, max_per_day: 0}]}",
    "intent: {signals: [{id: a, event: e, points: 1, hand_raise: yes}]}",
    "journey: [{step: a}]",
    "criteria: {a: true}",
    "bands: {fit: {A: x}}",
    "bands: {fit: {'-': 1}}",
    "quality: {a: 1}",
    "quality: [a]",
    "lifecycle: {stages: [{stage: a, enter: true}]}",
    "lifecycle: {stages: [{stage: a}, {stage: disqualified}]}",
    "lifecycle: {cooldown: 3d}",
    "goal: {horizon: 3d}",
]


def errors(text: str) -> list[str]:
    root, _ = read_tree(source_of_text(text, "m"))
    return [e.message for e in VALID.iter_errors(plain(root))]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(json_schema())


def test_the_published_schema_is_up_to_date() -> None:
    published = ROOT / "docs" / "reference" / "model.schema.json"
    assert published.read_text(encoding="utf-8") == schema_text(), "run `make docs`"


@pytest.mark.parametrize(
    "file", [B2B, *sorted((ROOT / "examples").glob("*/model.yaml"))], ids=lambda f: f.parent.name
)
def test_models_that_read_are_valid(file: Path) -> None:
    assert errors(read_source(file).text) == []


@pytest.mark.parametrize(
    "text", ["", "fit:\n", "bands: {intent: {1: 5}}", "quality: {a: true}", "fields: {a: {type: text}}"]
)
def test_small_models_are_valid(text: str) -> None:
    read_model(text=HEAD + text)
    assert errors(HEAD + text) == []


@pytest.mark.parametrize("text", WRONG)
def test_what_the_reader_refuses_is_not_valid(text: str) -> None:
    with pytest.raises(ModelError):
        read_model(text=HEAD + text)
    assert errors(HEAD + text)


def test_every_key_is_described() -> None:
    text = json.dumps(json_schema()["properties"])
    assert all("description" in value or "$ref" in value for value in json_schema()["properties"].values())
    assert text.count("description") > 50
