"""Files of every kind and condition: what can be read is, and what cannot is said."""

import bz2
import gzip
import io
import json
from pathlib import Path

import duckdb
import openpyxl
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from facts_cast import EVENTS, LEADS, MODEL, event_rows, found, lead_rows, one

from leadline.engine.facts import Facts, FactsError
from leadline.model.values import read_time

ANA = {
    "lead_id": "ana",
    "t": None,
    "country": "DE",
    "employees": "120",
    "opted_in": "yes",
    "renews_at": "2026-03-01",
}
BEN = {"lead_id": "ben", "t": None, "country": "AT", "employees": None, "opted_in": "no", "renews_at": None}


def zipped(text: str) -> bytes:
    """The same bytes each time: a file's time would change the names of tests."""
    return gzip.compress(text.encode(), mtime=0)


def leads(given, **more) -> Facts:
    return Facts.read(MODEL, leads=given, **more)


def packed_zst(text: str) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as out:
        out.write(text.encode())
    return sink.getvalue().to_pybytes()


def as_json_rows() -> list[dict]:
    header, *rows = [line.split(",") for line in LEADS.splitlines()]
    return [dict(zip(header, row, strict=True)) for row in rows]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", LEADS),
        ("a.CSV", LEADS),
        ("a.tsv", LEADS.replace(",", "\t")),
        ("a.txt", LEADS.replace(",", ";")),
        ("a.txt", LEADS.replace(",", "|")),
        ("a.csv.gz", zipped(LEADS)),
        ("a.csv.bz2", bz2.compress(LEADS.encode())),
        ("a.csv.zst", packed_zst(LEADS)),
        ("bom.csv", b"\xef\xbb\xbf" + LEADS.replace("lead_id", '"lead_id"').encode()),
        ("utf16.csv", LEADS.encode("utf-16")),
        ("utf16be.csv", b"\xfe\xff" + LEADS.encode("utf-16-be")),
        ("crlf.csv", LEADS.replace("\n", "\r\n")),
        ("cr.csv", LEADS.replace("\n", "\r")),
        ("mixed.csv", LEADS.replace("\n", "\r\n", 2)),
        ("blank_first.csv", "\n\n" + LEADS),
        ("blank_between.csv", LEADS.replace("\n", "\n\n")),
        ("no_end.csv", LEADS.rstrip("\n")),
        ("quoted.csv", LEADS.replace("DE", '"DE"').replace("country", '"country"')),
        ("a.json", json.dumps(as_json_rows())),
        ("pretty.json", json.dumps(as_json_rows(), indent=2)),
        ("one_by_one.json", "\n".join(json.dumps(row, indent=1) for row in as_json_rows())),
        ("a.jsonl", "\n".join(map(json.dumps, as_json_rows()))),
        ("a.ndjson", "\n".join(map(json.dumps, as_json_rows())) + "\n\n"),
        ("lines.json", "\n".join(map(json.dumps, as_json_rows()))),
        ("a.jsonl.gz", zipped("\n".join(map(json.dumps, as_json_rows())))),
        ("it's; drop table leads --.csv", LEADS),
        ("a[1]*.csv", LEADS),
        ('say "hi".csv', LEADS),
    ],
)
def test_a_file_of_leads(name: str, content: str | bytes, write) -> None:
    facts = leads(write(name, content))
    assert lead_rows(facts) == [ANA, BEN]
    assert not found(facts, "broken_rows")


def test_a_cell_may_hold_delimiters_quotes_and_lines(write) -> None:
    text = 'lead_id,country\r\nana,"D,""E""\nx"\r\nben,AT\r\n'
    assert [row["country"] for row in lead_rows(leads(write("a.csv", text)))] == ['D,"E"\nx', "AT"]


def test_csv_cells_stay_text(write) -> None:
    text = "lead_id,country,employees\n007,1e5,1.50\n"
    (row,) = lead_rows(leads(write("a.csv", text)))
    assert (row["lead_id"], row["country"], row["employees"]) == ("007", "1e5", "1.50")


def test_windows_1252_is_read_and_said(write) -> None:
    facts = leads(write("a.csv", "lead_id,country\nana,Österreich €\n".encode("cp1252")))
    assert lead_rows(facts)[0]["country"] == "Österreich €"
    assert "Windows-1252" in one(facts, "repaired_file").message


def test_bytes_that_no_encoding_knows_stop_nothing(write) -> None:
    facts = leads(write("a.csv", b"lead_id,country\nana,\x81\xff\n"))
    assert lead_rows(facts)[0]["country"] == "\x81ÿ"


def test_nul_bytes_are_taken_out_and_said(write) -> None:
    facts = leads(write("a.csv", "lead_id,country\nana,D\0E\nb\0en,AT\n"))
    assert [(row["lead_id"], row["country"]) for row in lead_rows(facts)] == [("ana", "DE"), ("ben", "AT")]
    assert "2 NUL bytes" in one(facts, "repaired_file").message


def test_ragged_lines_are_counted_and_the_others_kept(write) -> None:
    facts = leads(write("a.csv", "lead_id,country\nana,DE\nben\ncleo,AT,x\ndan,AT\n"))
    assert [row["lead_id"] for row in lead_rows(facts)] == ["ana", "dan"]
    finding = one(facts, "broken_rows")
    assert (finding.count, finding.examples) == (2, ("line 3", "line 4"))
    assert "a.csv" in finding.message


def test_an_unclosed_quote_does_not_swallow_the_file_in_silence(write) -> None:
    body = "".join(f"lead{i},DE\n" for i in range(50))
    facts = leads(write("a.csv", f'lead_id,country\nana,DE\nben,"AT\n{body}'))
    assert [row["lead_id"] for row in lead_rows(facts)] == ["ana"]
    finding = one(facts, "broken_rows")
    assert "not closed" in finding.message
    assert "51 lines" in finding.message
    assert finding.examples == ("line 3",)


def test_a_quote_closed_in_a_later_row_is_said(write) -> None:
    body = "".join(f"lead{i},DE\n" for i in range(50))
    facts = leads(write("a.csv", f'lead_id,country\nana,"DE\n{body}cleo,AT"\ndan,AT\n'))
    assert [row["lead_id"] for row in lead_rows(facts)] == ["ana", "dan"]
    finding = one(facts, "long_cell")
    assert "a.csv" in finding.message
    assert finding.count == 1


def test_broken_lines_of_json_are_counted(write) -> None:
    facts = leads(write("a.jsonl", '{"lead_id":"ana"}\n{oops\n[1]\n"x"\n{"lead_id":"ben"}\n'))
    assert [row["lead_id"] for row in lead_rows(facts)] == ["ana", "ben"]
    finding = one(facts, "broken_rows")
    assert (finding.count, finding.examples) == (3, ("line 2", "line 3", "line 4"))


def test_json_values_are_read_as_written(write) -> None:
    rows = '[{"lead_id": 17, "country": "D\\"E", "employees": 12.5, "opted_in": true, "renews_at": null}]'
    (row,) = lead_rows(leads(write("a.json", rows)))
    assert row == {
        "lead_id": "17", "t": None, "country": 'D"E', "employees": "12.5", "opted_in": "true",
        "renews_at": None,
    }  # fmt: skip


def workbook(rows: list[list], *more_sheets: str) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for title in more_sheets:
        book.create_sheet(title)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def test_a_workbook(write) -> None:
    from datetime import datetime

    rows = [
        ["lead_id", "country", "employees", "opted_in", "renews_at", None],
        [7, "DE", 120, True, datetime(2026, 3, 1, 9, 30), "x"],  # noqa: DTZ001 (a workbook has no zones)
        [],
        ["ben", None, 1.5, False, None],
    ]
    facts = leads(write("a.xlsx", workbook(rows, "Notes")))
    assert lead_rows(facts) == [
        {"lead_id": "7", "t": None, "country": "DE", "employees": "120", "opted_in": "true",
         "renews_at": "2026-03-01T09:30:00Z"},
        {"lead_id": "ben", "t": None, "country": None, "employees": "1.5", "opted_in": "false",
         "renews_at": None},
    ]  # fmt: skip
    assert "`Notes`" in one(facts, "unread_sheet").message
    assert one(facts, "unnamed_column").count == 1


TYPED = pa.table(
    {
        "lead_id": pa.array([1, 2]),
        "country": pa.array([49, None], pa.int32()),
        "employees": pa.array([120, None], pa.int64()),
        "opted_in": pa.array([True, None]),
        "renews_at": pa.array([read_time("2026-03-01"), None], pa.timestamp("us", tz="UTC")),
    }
)
TYPED_ROWS = [
    {"lead_id": "1", "t": None, "country": "49", "employees": 120.0, "opted_in": True,
     "renews_at": read_time("2026-03-01")},
    {"lead_id": "2", "t": None, "country": None, "employees": None, "opted_in": None, "renews_at": None},
]  # fmt: skip


def typed_forms(tmp_path: Path) -> dict[str, object]:
    pq.write_table(TYPED, tmp_path / "typed.parquet")
    return {
        "parquet": tmp_path / "typed.parquet",
        "arrow": TYPED,
        "reader": TYPED.to_reader(),
        "batch": TYPED.to_batches()[0],
        "polars": pl.from_arrow(TYPED),
        "polars lazy": pl.from_arrow(TYPED).lazy(),
        "pandas": TYPED.to_pandas(),
        "pandas of arrow": TYPED.to_pandas(types_mapper=pd.ArrowDtype),
        "dicts": TYPED.to_pylist(),
        "duckdb": duckdb.from_arrow(TYPED),
        "list of frames": [TYPED.slice(0, 1), pl.from_arrow(TYPED.slice(1, 1))],
    }


@pytest.mark.parametrize("form", [
    "parquet", "arrow", "reader", "batch", "polars", "polars lazy", "pandas", "pandas of arrow", "dicts",
    "duckdb", "list of frames",
])  # fmt: skip
def test_typed_columns_keep_their_kind(form: str, tmp_path: Path) -> None:
    facts = leads(typed_forms(tmp_path)[form])
    assert lead_rows(facts) == TYPED_ROWS
    assert [column.kind for column in facts.fields] == ["text", "number", "boolean", "time"]


def test_a_relation_of_the_given_connection_stays_where_it_is() -> None:
    con = duckdb.connect()
    con.execute("CREATE TABLE people AS SELECT 'ana' AS lead_id, 'DE' AS country")
    facts = leads(con.table("people"), connection=con)
    con.execute("INSERT INTO people VALUES ('ben', 'AT')")
    assert [row["lead_id"] for row in lead_rows(facts)] == ["ana", "ben"]


def test_a_relation_of_another_connection_is_copied() -> None:
    con = duckdb.connect()
    con.execute("CREATE TABLE people AS SELECT 'ana' AS lead_id, 'DE' AS country")
    assert [row["lead_id"] for row in lead_rows(leads(con.table("people")))] == ["ana"]


def test_tables_of_the_given_connection_are_not_hidden() -> None:
    con = duckdb.connect()
    con.execute("CREATE TABLE leads AS SELECT 'ana' AS lead_id")
    with pytest.raises(FactsError, match="already has `leads`"):
        leads(con.table("leads"), connection=con)


def test_a_column_of_mixed_cells_becomes_text() -> None:
    frame = pd.DataFrame({"lead_id": [1, "x"], "country": ["DE", 2.0], "employees": [[1], None]})
    assert [(row["lead_id"], row["country"], row["employees"]) for row in lead_rows(leads(frame))] == [
        ("1", "DE", "[1]"),
        ("x", "2", None),
    ]


def test_rows_need_not_have_the_same_keys() -> None:
    facts = leads([{"lead_id": "ana"}, {"lead_id": "ben", "country": "DE"}])
    assert [row["country"] for row in lead_rows(facts)] == [None, "DE"]


def test_whole_numbers_with_gaps_are_written_whole() -> None:
    facts = leads(pd.DataFrame({"lead_id": [1.0, None], "country": [43.0, 2.5]}))
    assert lead_rows(facts) == [{**TYPED_ROWS[1], "lead_id": "1", "country": "43"}]


def test_a_folder_a_glob_and_a_list_are_read_whole(write, tmp_path: Path) -> None:
    write("e/2026/01.csv", EVENTS)
    write("e/2026/02.csv", "lead_id;event;occurred_at;event_id\nben;page;2026-03-01;e3\n")
    write("e/03.jsonl", '{"event_id":"e4","lead_id":"cleo","event":"page","occurred_at":"2026-03-02"}\n')
    pq.write_table(
        pa.table(
            {
                "event_id": ["e5"],
                "lead_id": [7],
                "event": ["page"],
                "occurred_at": pa.array([0], pa.timestamp("ms")),
            }
        ),
        tmp_path / "e" / "04.parquet",
    )
    write("e/_SUCCESS.csv", "")
    write("e/.hidden.csv", "")
    write("e/notes.md", "no data")
    folder = tmp_path / "e"
    forms = [
        folder,
        str(folder),
        f"{folder}/**/*.*",
        [folder / "2026", folder / "03.jsonl", folder / "04.parquet"],
    ]
    for given in forms:
        rows = event_rows(Facts.read(MODEL, events=given))
        assert [(row["event_id"], row["lead_id"]) for row in rows] == [
            ("e1", "ana"), ("e2", "ana"), ("e3", "ben"), ("e4", "cleo"), ("e5", "7"),
        ]  # fmt: skip
        assert rows[4]["t"] == 0


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.csv", "", "is empty"),
        ("blank.csv", "\n\n \n", "is empty"),
        ("empty.json", "", "is empty"),
        ("empty.jsonl", "\n", "is empty"),
        ("empty.parquet", "", "is empty"),
        ("empty.xlsx", "", "is empty"),
        ("empty.csv.gz", zipped(""), "is empty"),
        ("twice.csv", "lead_id,country,country\nana,DE,AT\n", "`country` twice"),
        ("open.csv", '"lead_id,country\nana,DE\n', "header .* cannot be read"),
        (
            "no_id.csv",
            "leadid2,country\nana,DE\n",
            "no column `lead_id`.*leads.lead_id=COLUMN.*`leadid2`, `country`",
        ),
        ("text.parquet", "lead_id\nana\n", "cannot be read as Parquet"),
        ("text.xlsx", "lead_id\nana\n", "cannot be read as a workbook"),
        ("broken.json", '[{"lead_id": 1}, {"lead_id": ', "cannot be read as JSON"),
        ("text.json", "lead_id\nana\n", "cannot be read as JSON"),
        ("cut.csv.gz", zipped(LEADS * 100)[:60], "could not be read"),
        ("plain.csv.gz", LEADS, "could not be read"),
        ("leads.docx", "x", "of no kind that is read"),
        ("leads", "x", "of no kind that is read"),
    ],
)
def test_what_cannot_be_read_is_said(name: str, content: str | bytes, says: str, write) -> None:
    with pytest.raises(FactsError, match=f"(?s){says}") as error:
        leads(write(name, content))
    assert name in str(error.value)
    assert "Error" not in str(error.value)


def test_a_workbook_with_a_column_twice(write) -> None:
    with pytest.raises(FactsError, match="`country` twice"):
        leads(write("a.xlsx", workbook([["lead_id", "country", "country"], ["ana", 1, 2]])))


def test_a_table_with_a_column_twice() -> None:
    with pytest.raises(FactsError, match="`country` twice"):
        leads(pa.Table.from_arrays([pa.array(["ana"])] * 3, names=["lead_id", "country", "country"]))


def test_a_missing_file_offers_near_names(write, tmp_path: Path) -> None:
    write("leads.csv", LEADS)
    with pytest.raises(FactsError, match=r"no file .*did you mean `leads.csv`"):
        leads(tmp_path / "laeds.csv")
    with pytest.raises(FactsError, match=r"no file .*that folder has `leads.csv`"):
        leads(tmp_path / "zzz.parquet")
    with pytest.raises(FactsError, match="no folder"):
        leads(tmp_path / "nowhere" / "leads.csv")
    with pytest.raises(FactsError, match="matches no data file"):
        leads(str(tmp_path / "*.parquet"))


def test_a_folder_without_data(write, tmp_path: Path) -> None:
    write("f/readme.md", "")
    with pytest.raises(FactsError, match="has no data file"):
        leads(tmp_path / "f")


@pytest.mark.parametrize("given", [7, {"lead_id": ["ana"]}, b"leads.csv", object(), "", "a\0b", [1, 2]])
def test_things_that_are_no_table(given: object) -> None:
    with pytest.raises(FactsError):
        leads(given)


def test_a_header_alone_is_an_empty_table(write) -> None:
    facts = leads(write("a.csv", "lead_id,country\n"))
    assert lead_rows(facts) == []
    assert "no rows" in one(facts, "no_rows").message


def test_columns_without_a_name_are_not_read_and_said(write) -> None:
    facts = leads(write("a.csv", "lead_id,,country, \nana,x,DE,y\n"))
    assert lead_rows(facts)[0]["country"] == "DE"
    assert one(facts, "unnamed_column").count == 2


def test_names_that_are_sql_are_names(write) -> None:
    name = "x'); DROP TABLE leads; --"
    text = f'lead_id,"{name}"\nana,DE\n'
    facts = leads(write("a.csv", text), mapping={"leads.country": name})
    assert lead_rows(facts)[0]["country"] == "DE"


def test_large_sources_are_kept_on_disk_and_taken_away(write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leadline.engine.facts.facts._IN_MEMORY", 1)
    facts = leads(write("a.csv", LEADS))
    folder = facts._folder
    assert (folder / "leads_read.parquet").exists()
    assert lead_rows(facts) == [ANA, BEN]
    del facts
    assert not folder.exists()
