"""qualify: what is printed, what is written, what is told of the data."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest
from cli_cast import MODEL, TODAY, written


def test_the_first_screen_says_whom_to_call_and_why(leadline, company: Path, data: list[str]) -> None:
    ran = leadline("qualify", company / "model.yaml", *data, "--as-of", TODAY)
    assert ran.code == 0
    assert "leads as of 1 July 2026, 00:00 UTC" in ran.out
    assert "The 10 leads to call first, and why" in ran.out
    assert "Viewed pricing" in ran.out
    assert "What to know about the data" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 100


@pytest.mark.parametrize("width", [40, 80, 200])
def test_every_width_of_a_terminal_will_do(
    leadline, company: Path, data: list[str], width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    ran = leadline("qualify", company / "model.yaml", *data, "--as-of", TODAY)
    assert ran.code == 0
    assert max(map(len, ran.out.splitlines())) <= width


def test_the_list_begins_with_the_best_who_are_still_to_be_won(leadline, company, data) -> None:
    found = leadline("qualify", company / "model.yaml", *data, "--as-of", TODAY, "--json").json
    calls = found["call_first"]
    assert len(calls) == 10
    assert all(call["stage"] not in ("customer", "disqualified") for call in calls)
    order = {"excellent": 0, "good": 1, "bad": 2}
    assert [order[call["quality"]] for call in calls] == sorted(order[call["quality"]] for call in calls)
    assert calls[0]["contact"]["name"]
    assert sum(found["quality"].values()) == found["leads"]
    assert sum(found["stage"].values()) == found["leads"]


def test_reasons_of_a_call_sum_to_its_scores(leadline, company, data) -> None:
    found = leadline("qualify", company / "model.yaml", *data, "--as-of", TODAY, "--json").json
    for call in found["call_first"]:
        points = sum(round(reason["points"] * 100) for reason in call["reasons"])
        assert points == round((call["fit"] + call["intent"]) * 100)


def test_a_reason_tells_count_and_recency(leadline, tmp_path: Path) -> None:
    files = written(tmp_path, pages=3)
    found = leadline(
        "qualify", files.model, "--leads", files.leads, "--events", files.events, "--as-of", TODAY, "--json"
    ).json
    texts = [reason["text"] for reason in found["call_first"][0]["reasons"]]
    assert texts == ["Viewed pricing 3 times, last 2 days ago: +30.00", "We sell there: +20.00"]


def test_what_is_wrong_with_the_data_is_told(leadline, tmp_path: Path) -> None:
    files = written(tmp_path, pages=1)
    with files.events.open("a") as opened:
        opened.write("e9,,page,2026-06-01,/pricing\ne8,ana,page,yesterday,/pricing\n")
    line = ["qualify", files.model, "--leads", files.leads, "--events", files.events, "--as-of", TODAY]
    assert "Left out" in leadline(*line).out
    kinds = [finding["kind"] for finding in leadline(*line, "--json").json["findings"]]
    assert kinds.count("left_out") == 2


def test_the_same_facts_give_the_same_files(leadline, company, data, tmp_path: Path) -> None:
    for name in ("one", "two"):
        leadline(
            "qualify",
            company / "model.yaml",
            *data,
            "--as-of",
            TODAY,
            "--out",
            tmp_path / name,
            "--format",
            "csv",
        )
    for table in ("assessments.csv", "ledger.csv"):
        assert (tmp_path / "one" / table).read_bytes() == (tmp_path / "two" / table).read_bytes()


def test_csv_has_iso_instants_and_short_numbers(leadline, tmp_path: Path) -> None:
    files = written(tmp_path, pages=1)
    leadline(
        "qualify",
        files.model,
        "--leads",
        files.leads,
        "--events",
        files.events,
        "--as-of",
        TODAY,
        "--out",
        tmp_path,
        "--format",
        "csv",
    )
    with (tmp_path / "ledger.csv").open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert rows[0] == {
        "lead_id": "ana", "as_of": "2026-07-01T00:00:00Z", "part": "fit", "rule": "near", "points": "20",
        "events": "0", "first_at": "", "last_at": "",
    }  # fmt: skip
    assert rows[1]["last_at"] == "2026-06-28T10:00:00.500000Z"
    assert rows[1]["points"] == "10"


def test_parquet_and_csv_hold_the_same(leadline, company, data, tmp_path: Path) -> None:
    for format_ in ("parquet", "csv"):
        leadline(
            "qualify", company / "model.yaml", *data, "--as-of", TODAY, "--out", tmp_path, "--format", format_
        )
    table = pq.read_table(tmp_path / "assessments.parquet")
    with (tmp_path / "assessments.csv").open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert [row["lead_id"] for row in rows] == table.column("lead_id").to_pylist()
    assert [float(row["intent"]) for row in rows] == table.column("intent").to_pylist()
    assert table.column_names[:4] == ["lead_id", "as_of", "model_version", "fit"]
    assert table.column_names[-4:] == ["budget", "authority", "need", "timeline"]


def test_a_result_that_cannot_be_written_leaves_what_was_there(leadline, tmp_path: Path) -> None:
    files = written(tmp_path, pages=1)
    place = tmp_path / "taken"
    place.write_text("a file, not a folder")
    ran = leadline("qualify", files.model, "--leads", files.leads, "--as-of", TODAY, "--out", place)
    assert ran.code == 4
    assert "cannot be written" in ran.err
    assert place.read_text() == "a file, not a folder"


def test_columns_with_other_names_are_mapped(leadline, tmp_path: Path) -> None:
    model = tmp_path / "model.yaml"
    model.write_text(MODEL)
    (tmp_path / "log.csv").write_text("who,what,at,path\nana,page,2026-06-28,/pricing\n")
    names = ("lead_id=who", "event=what", "occurred_at=at")
    maps = [part for name in names for part in ("--map", f"events.{name}")]
    found = leadline(
        "qualify", model, "--events", tmp_path / "log.csv", *maps, "--as-of", TODAY, "--json"
    ).json
    assert found["call_first"][0]["intent"] == 10.0


def test_leads_come_from_excel_too(leadline, tmp_path: Path) -> None:
    files = written(tmp_path, pages=1)
    book = openpyxl.Workbook()
    for row in csv.reader(files.leads.open(newline="")):
        book.active.append(row)
    book.save(tmp_path / "leads.xlsx")
    found = leadline(
        "qualify", files.model, "--leads", tmp_path / "leads.xlsx", "--as-of", TODAY, "--json"
    ).json
    assert found["call_first"][0]["fit"] == 20.0
    assert found["call_first"][0]["contact"] == {"name": "Ana Winter", "company": "Winter AG"}


def test_without_data_it_says_what_to_give(leadline, company) -> None:
    ran = leadline("qualify", company / "model.yaml")
    assert ran.code == 2
    assert "--leads" in ran.err


def test_without_as_of_it_says_which_instant_was_used(leadline, tmp_path: Path) -> None:
    files = written(tmp_path, pages=1)
    assert "Judged as of now, 20" in leadline("qualify", files.model, "--leads", files.leads).err
    ran = leadline("qualify", files.model, "--leads", files.leads, "--json")
    assert json.loads(ran.out)["as_of"].startswith("20")
    assert not ran.err


@pytest.mark.parametrize("engine", ["duckdb", "reference"])
def test_engines_agree(leadline, company, data, engine: str) -> None:
    one = leadline("qualify", company / "model.yaml", *data, "--as-of", TODAY, "--json").json
    assert (
        leadline(
            "qualify", company / "model.yaml", *data, "--as-of", TODAY, "--engine", engine, "--json"
        ).json
        == one
    )
