"""init and sample: to begin with."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from leadline.model import read_model


def test_the_starter_checks_clean_and_asks_the_questions_of_bant(leadline, tmp_path: Path) -> None:
    out = tmp_path / "model.yaml"
    assert leadline("init", "-o", out).code == 0
    assert leadline("check", out).code == 0
    model = read_model(out)
    assert [c.name for c in model.criteria] == ["budget", "authority", "need", "timeline"]
    assert model.field("budget_amount").ask


def test_a_model_from_files_works_on_those_files_at_once(leadline, company: Path, tmp_path: Path) -> None:
    out = tmp_path / "model.yaml"
    leads, events = company / "leads.csv", company / "events.csv"
    assert leadline("init", "--from", leads, "--events", events, "-o", out).code == 0
    assert leadline("check", out).code == 0
    line = ["qualify", out, "--leads", leads, "--events", events, "--as-of", "2026-07-01", "--json"]
    found = leadline(*line).json
    assert len([name for name, count in found["quality"].items() if count]) == 3
    model = read_model(out)
    assert model.goal
    assert model.goal.event == "deal_won"
    assert {"page_pricing", "form_demo"} <= {s.id for s in model.intent.signals}
    assert "email_opened" not in {s.id for s in model.intent.signals}


LEADS = """Prospect ID,Lead Source,Total Visits,Do Not Email,Lead Quality,Converted,E-Mail,Intent,ZIP
p1,Google,1,No,High,1,a@example.com,x,01234
p2,Google,4,No,Low,0,b@example.com,y,01235
p3,Chat,9,Yes,High,1,c@example.com,x,01236
p4,Chat,12,No,Low,0,d@example.com,y,01234
"""


def test_columns_are_named_typed_and_sorted(leadline, tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text(LEADS)
    out = tmp_path / "model.yaml"
    found = leadline("init", "--from", tmp_path / "leads.csv", "-o", out, "--json").json
    model = read_model(out)
    types = {f.name: (str(f.type), f.column) for f in model.fields}
    assert types["total_visits"] == ("number", "Total Visits")
    assert types["do_not_email"] == ("boolean", "Do Not Email")
    assert types["lead_intent"] == ("text", "Intent"), "a measure has that name"
    assert "converted" not in types
    assert "lead_quality" not in types
    assert "# converted: {type: boolean, column: Converted}" in out.read_text()
    assert "E-Mail" in out.read_text().split("Not used:")[1].splitlines()[0]
    assert found["map"] == ["leads.lead_id=Prospect ID"]


def test_what_is_commented_out_may_be_taken_in(leadline, tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text(LEADS)
    out = tmp_path / "model.yaml"
    leadline("init", "--from", tmp_path / "leads.csv", "-o", out)
    text = out.read_text()
    for sign in (
        "- {id",
        "converted:",
        "lead_quality:",
        "budget_amount:",
        "role_in_purchase:",
        "pain:",
        "timeframe:",
    ):
        text = text.replace(f"# {sign}", sign)
    read_model(text=text.replace("\n# criteria:", "\ncriteria:").replace("\n#   ", "\n  "))


def test_a_file_that_is_there_is_not_replaced(leadline, tmp_path: Path) -> None:
    out = tmp_path / "model.yaml"
    out.write_text("mine")
    ran = leadline("init", "-o", out)
    assert ran.code == 4
    assert "--force" in ran.err
    assert out.read_text() == "mine"
    assert leadline("init", "-o", out, "--force").code == 0


@pytest.mark.data
@pytest.mark.parametrize(
    ("options", "as_of"),
    [("--from x_education/leads.csv", "2026-07-01"), ("--events rees46/events.csv", "2019-10-02")],
)
def test_real_exports_give_a_model_that_works(
    leadline, shared_data: Path, tmp_path: Path, options: str, as_of: str
) -> None:
    option, file = options.split()
    out = tmp_path / "model.yaml"
    found = leadline("init", option, shared_data / file, "-o", out, "--json").json
    maps = [part for one in found["map"] for part in ("--map", one)]
    data = [option.replace("--from", "--leads"), shared_data / file]
    qualified = leadline("qualify", out, *data, *maps, "--as-of", as_of, "--json").json
    assert qualified["call_first"]
    names = {f.name for f in read_model(out).fields}
    assert not names & {
        "converted",
        "tags",
        "lead_quality",
        "lead_profile",
        "last_activity",
        "last_notable_activity",
    }


def test_the_sample_says_what_to_type_next_and_that_works(leadline, tmp_path: Path) -> None:
    ran = leadline("sample", tmp_path / "co", "--leads", 60, "--seed", 3)
    assert ran.code == 0
    text = " ".join(ran.out.replace("\n", "").split())
    command = "leadline qualify " + text.partition("leadline qualify ")[2]
    assert leadline(*shlex.split(command)[1:]).code == 0


@pytest.mark.parametrize("options", [["--leads", 0], ["--seed", -1], ["--events-per-lead", "nan"]])
def test_a_sample_that_cannot_be_is_told(leadline, tmp_path: Path, options: list) -> None:
    ran = leadline("sample", tmp_path / "co", *options)
    assert ran.code == 2
    assert "expected" in ran.err


def test_a_place_that_cannot_be_written_is_told(leadline, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert leadline("sample", tmp_path / "file" / "co").code == 4
