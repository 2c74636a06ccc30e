"""Whatever bytes a file holds: rows, findings or one clear error, and never another."""

import csv
import io
import tempfile
from pathlib import Path

import pytest
from facts_cast import MODEL, lead_rows
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.engine.facts import Facts, FactsError

LIKE_CSV = st.lists(
    st.sampled_from(["lead_id", "country", "ana", ",", ";", '"', '""', "\n", "\r\n", "\r", "\0", "ü", " ",
                     "\t", "'", "\ufeff"]),
    max_size=60,
).map("".join)  # fmt: skip
LIKE_JSON = st.lists(
    st.sampled_from(
        ["{", "}", "[", "]", '"lead_id"', ":", '"ana"', ",", "1e999", "null", "\n", "\\u0000", "-"]
    ),
    max_size=40,
).map("".join)
ANY = st.one_of(st.binary(max_size=300), LIKE_CSV.map(str.encode), LIKE_JSON.map(str.encode))
HEADED = st.one_of(
    LIKE_CSV.map(lambda body: f"lead_id,country\n{body}".encode()),
    LIKE_CSV.map(lambda body: f"lead_id,country\n{body}".encode("utf-16")),
    LIKE_JSON.map(lambda body: f'{{"lead_id": "ana"}}\n{body}'.encode()),
    st.binary(max_size=200).map(lambda body: b"lead_id,country\n" + body),
)


@pytest.mark.parametrize("kind", ["csv", "json", "jsonl", "parquet", "xlsx", "xls", "csv.gz", "csv.zst"])
@given(content=st.one_of(ANY, HEADED))
@settings(max_examples=max(settings.default.max_examples // 8, 5))
def test_any_bytes(kind: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a.{kind}"
        path.write_bytes(content)
        said = ""
        try:
            Facts.read(MODEL, leads=path).findings()
        except FactsError as error:
            said = str(error)
        assert not said or f"a.{kind}" in said


CELLS = st.lists(st.sampled_from([*"ab1 ,;|\t\"'\n%ü€", "\r\n"]), max_size=8).map("".join)


@given(
    st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=30),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n"]),
)
@settings(max_examples=max(settings.default.max_examples // 2, 5))
def test_what_another_program_writes_is_what_is_read(
    cells: list[tuple[str, str]], delimiter: str, line_end: str
) -> None:
    held = io.StringIO()
    writer = csv.writer(held, delimiter=delimiter, lineterminator=line_end)
    writer.writerow(["lead_id", "country", "employees"])
    writer.writerows([f"lead{i:02}", *row] for i, row in enumerate(cells))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(held.getvalue().encode())
        facts = Facts.read(MODEL, leads=path)
        read = [(row["country"], row["employees"]) for row in lead_rows(facts)]
    assert [tuple(map(one_line_end, row)) for row in read] == [tuple(map(one_line_end, row)) for row in cells]


def one_line_end(cell: str | None) -> str | None:
    """Line ends within a cell may become plain ones; a blank cell is none."""
    return cell.replace("\r\n", "\n").replace("\r", "\n") if cell and cell.strip(" \t\r\n") else None
