"""Who buys, asked on the command line."""

import json

import pyarrow.csv as csv
import pytest

from leadline.learn.truth import MODEL, simulated, simulated_company
from leadline.model import read_model


@pytest.fixture
def leads(tmp_path):
    file = tmp_path / "leads.csv"
    csv.write_csv(simulated(1_500, seed=1, noise=3).table, file)
    return file


def test_it_says_who_buys_and_proposes_rules(leadline, leads, tmp_path):
    page, out = tmp_path / "persona.html", tmp_path / "rules.yaml"
    ran = leadline(
        "persona", leads, "--outcome", "won", "--time", "at", "--id", "id", "--page", page, "--out", out
    )
    assert ran.code == 0, ran.err
    assert "eniority: director" in ran.out
    assert "Kinds of buyers" in ran.out
    assert page.read_text().startswith("<!doctype html>")
    assert read_model(text="leadline: 1\nname: P\n" + out.read_text()).fit.rules


def test_a_model_is_shown_with_the_rules_in_it_and_left_as_it_is(leadline, leads, tmp_path):
    model, out = tmp_path / "model.yaml", tmp_path / "new.yaml"
    model.write_text(MODEL)
    ran = leadline("persona", leads, "--outcome", "won", "--propose", model, "--out", out, "--json")
    assert ran.code == 0, ran.err
    assert ran.json["diff"].startswith("--- model.yaml")
    assert model.read_text() == MODEL
    ids = {rule.id for rule in read_model(out).fit.rules}
    assert {rule["id"] for rule in ran.json["rules"]} <= ids
    json.dumps(ran.json, allow_nan=False)


def test_from_facts(leadline, tmp_path):
    company = simulated_company(1_500, seed=1)
    model = tmp_path / "model.yaml"
    model.write_text(MODEL)
    for name in ("leads", "events"):
        csv.write_csv(getattr(company, name), tmp_path / f"{name}.csv")
    ran = leadline("persona", "--model", model, "--leads", tmp_path / "leads.csv", "--events",
                   tmp_path / "events.csv", "--moment", "first", "--json")  # fmt: skip
    assert ran.code == 0, ran.err
    assert any(s["label"].lower().startswith("channel") for s in ran.json["statements"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "says what became"),
        (["--outcome", "wonn"], "wonn"),
        (["--outcome", "won", "--promised", "2"], "no share between 0 and 1"),
        (["--outcome", "won", "--propose", "nowhere.yaml"], "nowhere.yaml"),
    ],
)
def test_what_is_wrong_is_said(leadline, leads, options, said):
    ran = leadline("persona", leads, *options)
    assert ran.code in (2, 3)
    assert said in " ".join(ran.err.replace("│", " ").split())
