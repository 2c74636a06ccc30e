"""leadline propose."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from leadline.learn.truth import MODEL, simulated_company

HOT = MODEL.replace("enter: fit + intent >= 25", "enter: fit + intent >= 45")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A model and the options that name a year of its leads."""
    folder = tmp_path_factory.mktemp("company")
    company = simulated_company(1_500, seed=7)
    pq.write_table(company.leads, folder / "leads.parquet")
    pq.write_table(company.events, folder / "events.parquet")
    (folder / "model.yaml").write_text("# ours\n" + HOT, encoding="utf-8")
    return folder, [
        str(folder / "model.yaml"), "--leads", str(folder / "leads.parquet"),
        "--events", str(folder / "events.parquet"), "--until", "2025-12-31",
    ]  # fmt: skip


def test_it_says_what_better_rules_would_be_and_writes_them(leadline, files) -> None:
    folder, options = files
    out = folder / "proposed.yaml"
    ran = leadline("propose", *options, "--out", out)
    assert ran.code == 0
    assert "Better on later leads, by more than noise." in ran.out
    assert "hand-offs reach the goal instead of" in ran.out
    assert "What the outcomes say of each rule" in ran.out
    assert "decides" in ran.out
    assert str(out) in ran.out.replace("\n", "")
    assert out.read_text(encoding="utf-8").startswith("# ours\n")
    assert leadline("check", out).code == 0
    assert "points" in leadline("diff", options[0], out).out


def test_as_json_it_has_the_diff_the_trial_and_the_backtest(leadline, files) -> None:
    folder, options = files
    page = folder / "backtest.html"
    found = leadline("propose", *options, "--json", "--page", page, "--volume", "4").json
    assert found["trial"]["finding"] == "better"
    assert len(found["trial"]["change"]["interval_95"]) == 2
    assert found["backtest"]["outcomes"]["precision_change"]["interval_95"]
    assert found["diff"].startswith("--- model")
    assert found["notes"][0].startswith("Hand-offs a week")
    assert found["written"] == {"page": str(page)}
    assert page.read_text(encoding="utf-8").startswith("<!")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--volume", "3", "--precision", "0.2"], "ask for one thing"),
        (["--reps", "3"], "reps and calls go together"),
        (["--precision", "20"], "expected a share between 0 and 1"),
        (["--stage", "nowhere"], "has no stage `nowhere`"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_in_a_sentence(leadline, files, options, said) -> None:
    ran = leadline("propose", *files[1], *options)
    assert ran.code == 3
    assert said in ran.err


def test_a_model_without_a_goal_is_refused(leadline, files) -> None:
    folder, options = files
    model = folder / "aimless.yaml"
    model.write_text(HOT[: HOT.index("goal:")], encoding="utf-8")
    ran = leadline("propose", model, *options[1:])
    assert ran.code == 3
    assert "has no goal" in ran.err


def test_too_few_outcomes_are_said_and_nothing_is_written(leadline, files, tmp_path: Path) -> None:
    _, options = files
    out = tmp_path / "proposed.yaml"
    ran = leadline("propose", *options[:-1], "2025-03-20", "--out", out)
    assert ran.code == 0
    assert "Keep them" in ran.out
    assert "Nothing was written" in ran.out
    assert not out.exists()
