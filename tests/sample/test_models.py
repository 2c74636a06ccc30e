"""The two models that come with the example company fit it."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from leadline.sample import make_company, write_company
from leadline.sample.vocabulary import ITEMS


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> dict[str, dict]:
    paths = write_company(tmp_path_factory.mktemp("company"), leads=50).paths
    return {name: YAML(typ="safe").load(paths[name]) for name in ("model", "model_proposed")}


def test_both_lie_beside_the_data(tmp_path: Path):
    paths = write_company(tmp_path, leads=50).paths
    assert paths["model"] == tmp_path / "model.yaml"
    assert paths["model_proposed"] == tmp_path / "model-proposed.yaml"


def test_a_perfect_customer_has_a_hundred_points(models):
    for model in models.values():
        points = [rule["points"] for rule in model["fit"]["rules"] if rule.get("points", 0) > 0]
        assert sum(points) - 12 == 100  # nobody is both a manager and a director


def test_every_signal_is_something_that_happens(models):
    happening = {item.event for item in ITEMS}
    for model in models.values():
        assert {signal["event"] for signal in model["intent"]["signals"]} <= happening
        stages = {stage["event"] for stage in model["lifecycle"]["stages"] if "event" in stage}
        assert stages | {model["goal"]["event"]} <= happening


def test_every_field_is_in_the_data(models):
    company = make_company(leads=300)
    known = set(company.leads.column_names) | set(company.traits["field"].to_pylist())
    for model in models.values():
        assert set(model["fields"]) <= known


def test_the_proposal_changes_five_things(models):
    old, new = models["model"], models["model_proposed"]
    changed = [
        rule["id"] for rule, was in zip(new["fit"]["rules"], old["fit"]["rules"], strict=True) if rule != was
    ]
    signals = zip(new["intent"]["signals"], old["intent"]["signals"], strict=True)
    changed += [signal["id"] for signal, was in signals if signal != was]
    changed += [name for name in new if name not in ("fit", "intent") and new[name] != old[name]]
    assert changed == ["size", "region", "pricing", "mail", "quality"]
