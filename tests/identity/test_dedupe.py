"""`leadline dedupe`: a file in, proposals out."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from leadline.cli import app

LEADS = """Lead ID,Full Name,E-Mail,Firma,Telefon,Status
1,Ana Winter,ana.winter@gmail.com,Winter AG,030 123456,Open
2,"WINTER, Ana",anawinter+crm@gmail.com,Winter,+49 30 123456,Won
3,Ben Sommer,ben@sommer.de,Sommer GmbH,030 777777,Open
4,Benjamin Sommer,ben@sommer.de,"=HYPERLINK(""http://x"")",,Open
5,Cleo Herbst,cleo@herbst.nl,Herbst BV,,Open
"""


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["dedupe", *(str(a) for a in arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def leads(tmp_path: Path) -> Path:
    (tmp_path / "leads.csv").write_text(LEADS)
    return tmp_path / "leads.csv"


def test_the_screen_shows_columns_rows_and_reasons(leads: Path) -> None:
    code, out, _ = run(leads, "--region", "DE")
    assert code == 0
    for said in ("4 of them may be 2 people", "Firma (company)", "not used  Status", "WINTER, Ana"):
        assert said in out
    assert "same e-mail but for dots or a +tag" in out


def test_pairs_and_clusters_are_written_and_no_cell_is_a_formula(leads: Path, tmp_path: Path) -> None:
    assert run(leads, "--out", tmp_path / "out" / "pairs.csv")[0] == 0
    with open(tmp_path / "out" / "pairs.csv", newline="") as file:
        pairs = list(csv.DictReader(file))
    assert {(pair["id 1"], pair["id 2"]) for pair in pairs} == {("1", "2"), ("3", "4")}
    assert all(not cell.startswith(("=", "+", "@")) for pair in pairs for cell in pair.values())
    with open(tmp_path / "out" / "pairs-clusters.csv", newline="") as file:
        assert [(row["cluster"], row["id"]) for row in csv.DictReader(file)] == [
            ("1", "1"), ("1", "2"), ("2", "3"), ("2", "4"),
        ]  # fmt: skip


def test_json_has_all_of_it(leads: Path) -> None:
    code, out, _ = run(leads, "--json")
    found = json.loads(out)
    assert code == 0
    assert found["clusters"] == [["1", "2"], ["3", "4"]]
    assert found["columns"]["E-Mail"] == "email"
    assert found["not_compared"] == ["Status"]
    assert all(pair["reasons"] for pair in found["pairs"])


def test_what_is_read_is_what_the_other_commands_read(leads: Path, tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    for row in csv.reader(LEADS.splitlines()):
        book.active.append(row)
    book.save(tmp_path / "leads.xlsx")
    (tmp_path / "leads.tsv").write_text(
        "\n".join("\t".join(r) for r in csv.reader(LEADS.splitlines())) + "\n"
    )
    expected = json.loads(run(leads, "--json")[1])["clusters"]
    for name in ("leads.xlsx", "leads.tsv"):
        assert json.loads(run(tmp_path / name, "--json")[1])["clusters"] == expected


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        (["none.csv"], 3, "there is no file"),
        (["leads.csv", "--id", "Lead"], 3, "there is no column `Lead`"),
        (["leads.csv", "--column", "Firma=compny"], 3, "did you mean `company`"),
        (["leads.csv", "--column", "Firma"], 2, "has no ="),
        (["leads.csv", "--threshold", "2"], 2, "no probability"),
        (["colours.csv"], 3, "no column tells people apart"),
        (["empty.csv"], 3, "empty"),
        (["leads.csv", "--out", "leads.csv/pairs.csv"], 4, "cannot be written"),
    ],
)
def test_what_is_wrong_is_told(leads: Path, line: list[str], code: int, said: str, monkeypatch) -> None:
    monkeypatch.chdir(leads.parent)
    Path("colours.csv").write_text("colour,country\nred,DE\n")
    Path("empty.csv").write_text("")
    ran, _, err = run(*line)
    assert ran == code
    assert said in " ".join(err.split()).replace(" │ ", " ")


def test_markup_and_escape_codes_in_cells_do_nothing(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text(
        "name,email\n[bold]x[/nope] Winter\x1b[2J,a.w@winter.de\n" * 1 + "Winter,a.w@winter.de\n"
    )
    code, out, err = run(tmp_path / "leads.csv")
    assert code == 0
    assert "\x1b" not in out + err
