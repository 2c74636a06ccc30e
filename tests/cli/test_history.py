"""explain, replay and backtest."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from cli_cast import TODAY, written


@pytest.fixture
def small(tmp_path: Path) -> tuple[list[str], list[str]]:
    """Ana's files: the model, and the options that name the facts."""
    files = written(tmp_path, pages=3)
    return [str(files.model)], ["--leads", str(files.leads), "--events", str(files.events)]


def test_a_lead_is_explained_with_dates_and_counts(leadline, small) -> None:
    model, facts = small
    ran = leadline("explain", *model, *facts, "--lead", "ana", "--as-of", TODAY)
    assert ran.code == 0
    assert "Ana Winter, Winter AG" in ran.out
    assert "Viewed pricing 3 times in 5 days, last on 28 June 2026" in ran.out
    assert "+30.00" in ran.out
    found = leadline("explain", *model, *facts, "--lead", "ana", "--as-of", TODAY, "--json").json
    assert sum(entry["points"] for entry in found["ledger"]) == found["fit"] + found["intent"] == 50


def test_a_lead_that_is_not_there_is_told_with_one_that_is(leadline, small) -> None:
    model, facts = small
    ran = leadline("explain", *model, *facts, "--lead", "anna", "--as-of", TODAY)
    assert ran.code == 1
    assert "did you mean `ana`?" in ran.err


def test_a_lead_that_was_not_known_yet_is_told(leadline, tmp_path: Path) -> None:
    files = written(tmp_path, pages=1)
    ran = leadline("explain", files.model, "--events", files.events, "--lead", "ana", "--as-of", "2020-01-01")
    assert ran.code == 1
    assert "later --as-of" in ran.err


def test_a_replay_tells_which_ways_leads_went(leadline, small, tmp_path: Path) -> None:
    model, facts = small
    line = ["replay", *model, *facts, "--from", "2026-06-20", "--to", "2026-06-30"]
    ran = leadline(*line, "--out", tmp_path / "out", "--format", "csv")
    assert ran.code == 0
    assert "2 leads from 20 June 2026 to 30 June 2026" in ran.out
    with (tmp_path / "out" / "changes.csv").open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert [(row["lead_id"], row["after"], row["cause"]) for row in rows] == [("ana", "mql", "enter")]
    changes = leadline(*line, "--json").json["changes"]
    assert [change["changed_at"] for change in changes] == [row["changed_at"] for row in rows]


def test_what_happens_on_the_first_day_is_seen_to_happen(leadline, tmp_path: Path) -> None:
    files = written(tmp_path, pages=2)  # on the 27th and 28th
    line = ["replay", files.model, "--events", files.events, "--from", "2026-06-28", "--to", "2026-06-29"]
    (change,) = leadline(*line, "--json").json["changes"]
    assert (change["after"], change["initial"]) == ("mql", False)


def test_the_story_of_one_lead_is_told(leadline, company, data) -> None:
    story = ["replay", company / "model.yaml", *data]
    found = leadline(*story, "--json").json
    moved = next(c["lead_id"] for c in found["changes"] if not c["initial"])
    ran = leadline(*story, "--lead", moved)
    assert ran.code == 0
    assert "episode 1" in ran.out
    only = leadline(*story, "--lead", moved, "--json").json["changes"]
    assert {change["lead_id"] for change in only} == {moved}


def test_a_period_that_ends_before_it_begins_is_told(leadline, small) -> None:
    model, facts = small
    assert leadline("replay", *model, *facts, "--from", "2026-07-01", "--to", "2026-06-01").code == 2


def test_a_model_without_a_lifecycle_has_nothing_to_replay(leadline, tmp_path: Path) -> None:
    files = written(tmp_path, pages=1)
    files.model.write_text("leadline: 1\nname: None\n")
    ran = leadline("replay", files.model, "--leads", files.leads, "--events", files.events)
    assert ran.code == 3
    assert "lifecycle" in ran.err
    assert "LEADLINE_DEBUG" not in ran.err


def test_a_backtest_tells_what_other_rules_would_have_done(leadline, company, data, tmp_path: Path) -> None:
    line = ["backtest", company / "model-proposed.yaml", "--against", company / "model.yaml", *data]
    page = tmp_path / "backtest.html"
    ran = leadline(*line, "--out", page)
    assert ran.code == 0, ran.err
    assert "<html" in page.read_text(encoding="utf-8")
    found = leadline(*line, "--json").json
    assert found["models"]["old"]["version"] != found["models"]["new"]["version"]
