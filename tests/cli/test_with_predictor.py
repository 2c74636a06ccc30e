"""Commands and functions that take a predictor: the probability, whence it comes, and what is refused."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from cli_cast import MODEL, TODAY, Files, written

import leadline as ll
from leadline.model.expr import Type
from leadline.model.predictor import Axis, Input, Predictor, Replica, Term
from leadline.model.predictor_file import write_predictor

ASKING = MODEL.replace("quality: {good:", "quality: {likely: probability >= 0.9, good:")


@dataclass(frozen=True)
class Cast:
    files: Files
    predictor: Path

    def line(self, command: str, *more: object) -> list[object]:
        given = [command, self.files.model, "--leads", self.files.leads, "--events", self.files.events]
        return [*given, "--predictor", self.predictor, *more]


@pytest.fixture
def cast(tmp_path: Path) -> Cast:
    files = written(tmp_path, pages=3)
    files.model.write_text(ASKING)
    model = ll.read_model(files.model)
    inputs = (
        Input("country", Type.TEXT, "Country", expr="country"),
        Input("looks", Type.NUMBER, "Looks at prices", signal="pricing", part="events"),
    )
    terms = (
        Term((Axis("country", levels=("DE",)),), (0.0, 1.0, -1.0)),
        Term((Axis("looks", edges=(1.0, 3.0)),), (0.0, -1.0, 0.5, 2.0)),
    )
    replica = Replica(0.0, ((0.0, 1.5, -1.0), (0.0, -1.0, 0.5, 2.0)), Predictor.calibration)
    given = Predictor(
        "Spring", "additive", "a deal", model.fields, inputs, terms, -0.5, replicas=(replica,),
        model=model.version,
    )  # fmt: skip
    path = tmp_path / "spring.json"
    path.write_text(write_predictor(given), encoding="utf-8")
    return Cast(files, path)


def test_qualify_says_the_chance_and_rules_may_ask_for_it(leadline, cast: Cast) -> None:
    found = leadline(*cast.line("qualify", "--as-of", TODAY, "--json")).json
    assert found["predictor"]["name"] == "Spring"
    assert found["quality"] == {"likely": 1, "good": 0, "bad": 1}
    screen = leadline(*cast.line("qualify", "--as-of", TODAY)).out
    assert "chance   92 %" in screen
    assert f"Spring {found['predictor']['version']}" in " ".join(screen.split())
    without = [part for part in cast.line("qualify") if part not in ("--predictor", cast.predictor)]
    assert leadline(*without, "--as-of", TODAY, "--json").json["quality"] == {
        "likely": 0,
        "good": 1,
        "bad": 1,
    }


def test_explain_says_what_each_input_adds_and_it_sums(leadline, cast: Cast) -> None:
    line = cast.line("explain", "--lead", "ana", "--as-of", TODAY)
    forecast = leadline(*line, "--json").json["forecast"]
    added = sum(round(c["points"] * 1e6) for c in forecast["contributions"])
    assert added + round(forecast["start"] * 1e6) == round(forecast["probability"] * 1e6) == 924142
    assert [c["sentence"] for c in forecast["contributions"]] == [
        "Looks at prices 3: +36.4 points of percent",
        "Country “DE”: +18.2 points of percent",
    ]
    assert forecast["low"] <= forecast["probability"] <= forecast["high"]
    assert "Probability of a deal: 92.4 % (from 92.4 to 97.1 %)" in " ".join(leadline(*line).out.split())


def test_replay_and_backtest_walk_with_it(leadline, cast: Cast) -> None:
    walked = leadline(*cast.line("replay", "--json")).json
    assert walked["predictor"]["name"] == "Spring"
    tried = leadline(*cast.line("backtest", "--against", cast.files.model, "--json")).json
    assert tried["predictors"]["new"] == tried["predictors"]["old"] == walked["predictor"]


def test_a_predictor_that_was_changed_is_refused_in_a_sentence(leadline, cast: Cast) -> None:
    content = json.loads(cast.predictor.read_text(encoding="utf-8"))
    cast.predictor.write_text(json.dumps({**content, "base": 3}), encoding="utf-8")
    ran = leadline(*cast.line("qualify"))
    assert ran.code == 3
    assert "changed after it was written" in " ".join(ran.err.split())


def test_a_predictor_of_another_model_is_refused(leadline, cast: Cast) -> None:
    cast.files.model.write_text(MODEL)
    ran = leadline(*cast.line("qualify"))
    assert ran.code == 3
    assert "train it again" in " ".join(ran.err.split())


def test_python_takes_a_path_or_what_was_read(cast: Cast) -> None:
    facts = {"leads": str(cast.files.leads), "events": str(cast.files.events)}
    for given in (cast.predictor, ll.read_predictor(cast.predictor)):
        result = ll.assess(cast.files.model, **facts, as_of=TODAY, predictor=given)
        assert result.assessments.column("probability").to_pylist() == [0.924142, 0.075858]
    told = ll.explain(cast.files.model, "ana", **facts, as_of=TODAY, predictor=cast.predictor)
    assert any("Country “DE”: +18.2" in sentence for sentence in told.sentences())
    walked = ll.replay(cast.files.model, **facts, first="2026-06-20", last=TODAY, predictor=cast.predictor)
    assert walked.changes.column("after").to_pylist() == ["mql"]


def test_leads_of_json_lines_are_called_by_name(leadline, cast: Cast, tmp_path: Path) -> None:
    leads = tmp_path / "leads.jsonl"
    rows = [{"lead_id": "ana", "name": "Ana Winter", "country": "DE"}, {"lead_id": "ben", "country": "FR"}]
    leads.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    line = ["qualify", cast.files.model, "--leads", leads, "--events", cast.files.events, "--as-of", TODAY]
    assert "Ana Winter" in leadline(*line).out
