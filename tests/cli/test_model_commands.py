"""check, diff and schema."""

from __future__ import annotations

from pathlib import Path

import pytest

WRONG = """leadline: 1
name: Wrong
fields: {seniority: text}
fit: {rules: [{id: a, when: senority = 'vp', points: many}]}
colour: red
"""


def test_a_right_model_is_told_in_plain_words(leadline, company: Path) -> None:
    ran = leadline("check", company / "model.yaml")
    assert ran.code == 0
    assert "Director or above" in ran.out
    assert "seniority is c_level, vp or director" in ran.out
    assert not ran.err


def test_check_names_model_version_and_counts_for_programs(leadline, company: Path) -> None:
    found = leadline("check", company / "model.yaml", "--json").json
    assert found["ok"] is True
    assert len(found["version"]) == 12
    assert found["counts"]["criteria"] == 4


def test_all_problems_are_shown_with_their_line_and_a_caret(leadline, tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(WRONG)
    ran = leadline("check", file)
    assert ran.code == 1
    assert f"{file}:4:29: " in ran.err
    assert "did you mean `seniority`?" in ran.err
    assert "    4 │ fit: {rules: [{id: a, when: senority = 'vp', points: many}]}\n" in ran.err
    caret = next(line for line in ran.err.splitlines() if "^" in line)
    assert caret.index("^") == len("    4 │ ") + 28
    assert "3 problems" in ran.err


def test_problems_as_json_stand_alone_on_stdout(leadline, tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(WRONG)
    ran = leadline("check", file, "--json")
    assert ran.code == 1
    assert [problem["line"] for problem in ran.json["problems"]] == [4, 4, 5]
    assert not ran.err


def test_a_caret_points_at_its_place_behind_wide_signs(leadline, tmp_path: Path) -> None:
    file = tmp_path / "wide.yaml"
    file.write_text("leadline: 1\nname: 漢字\nfields: {a: {type: text, label: 漢字, colour: red}}\n")
    lines = leadline("check", file).err.splitlines()
    caret = next(line for line in lines if "^" in line)
    assert caret.index("^") == len("    3 │ fields: {a: {type: text, label: 漢字, ") + 2


def test_a_model_that_is_not_there_cannot_be_read(leadline, tmp_path: Path) -> None:
    ran = leadline("check", tmp_path / "none.yaml")
    assert ran.code == 3
    assert "there is no such file" in ran.err


def test_a_difference_is_told_in_sentences(leadline, company: Path) -> None:
    ran = leadline("diff", company / "model.yaml", company / "model-proposed.yaml")
    assert ran.code == 0
    assert "pricing (Viewed pricing): 10 → 14 points" in ran.out


@pytest.mark.parametrize(("new", "code"), [("model.yaml", 0), ("model-proposed.yaml", 1)])
def test_diff_ends_as_scripts_want_it(leadline, company: Path, new: str, code: int) -> None:
    assert leadline("diff", company / "model.yaml", company / new, "--exit-code").code == code


def test_diff_of_the_same_says_so(leadline, company: Path) -> None:
    ran = leadline("diff", company / "model.yaml", company / "model.yaml", "--json")
    assert ran.json["same"] is True
    assert ran.json["changes"] == []


def test_the_schema_is_one_json_value(leadline) -> None:
    assert "properties" in leadline("schema").json
