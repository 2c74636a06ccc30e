"""Files as people have them, and as somebody would send them who means harm."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from import_cast import Desk
from web_cast import micros

from leadline.web.importing import limits
from leadline.web.importing.models import Import, Refused
from leadline.web.leads.models import Lead, Trait

pytestmark = pytest.mark.django_db


DAY = datetime(2026, 3, 1, 10, 30)  # noqa: DTZ001 - a workbook's times have no zone


def workbook(*rows: list, sheets: int = 1) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for n in range(1, sheets):
        book.create_sheet(f"More {n}").append(["x"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_sheet(xml: str) -> bytes:
    """A workbook whose sheet is this XML."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(["email"], ["a@b.de"]))) as given,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for part in given.namelist():
            made.writestr(part, xml if part == "xl/worksheets/sheet1.xml" else given.read(part))
    return out.getvalue()


def sheet_with(cells: str) -> str:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<?xml version="1.0"?><worksheet xmlns="{space}"><sheetData>{cells}</sheetData></worksheet>'


GOOD = {
    "semicolons": "email;name\nana@winter.de;Jörg\n".encode(),
    "latin-1": "email,name\nana@winter.de,Jörg\n".encode("latin-1"),
    "utf-16": "email\tname\r\nana@winter.de\tJörg\r\n".encode("utf-16"),
    "utf-8 with a mark": "email,name\r\nana@winter.de,Jörg\r\n".encode("utf-8-sig"),
    "nul bytes": "email,name\nana@winter.de,J\0ör\0g\n".encode(),
    "blank lines": "\n\nemail,name\n\nana@winter.de,Jörg\n,\n".encode(),
    "old Mac": "email,name\rana@winter.de,Jörg\r".encode(),
    "quoted": '"email","name"\n"ana@winter.de","Jörg"\n'.encode(),
    "a delimiter at the end": "email,name\nana@winter.de,Jörg,\n".encode(),
}


@pytest.mark.parametrize("content", GOOD.values(), ids=GOOD.keys())
def test_a_list_is_read_however_it_was_saved(desk: Desk, program, content: bytes):
    of = desk.imported(content)
    assert (of.rows, of.created, of.refused) == (1, 1, 0)
    assert Lead.objects.get().name == "Jörg"


def test_what_was_repaired_is_told(desk: Desk, program):
    of = desk.upload(GOOD["latin-1"])
    assert "read as Windows-1252" in desk.look(of).text
    of = desk.upload(GOOD["nul bytes"])
    assert "2 NUL bytes were taken out" in desk.look(of).text


def test_a_workbook_is_read_with_its_dates_and_numbers(desk: Desk, program):
    rows = (
        ["email", "name", "employees", "last modified date"],
        ["ana@winter.de", "Ana", 12.0, DAY],
        [None, None, None, None],
        ["ben@holt.at", "Ben", 3.5, DAY],
    )
    of = desk.upload(workbook(*rows, sheets=2), "people.xlsx")
    page = desk.look(of)
    assert "Of 2 sheets the first, `Sheet`, is read" in page.text
    desk.preview(of, ["email", "field:name", "field:employees", "time"], zone="Europe/Berlin")
    desk.run(of)
    assert Trait.objects.filter(field="name").values_list("occurred_at", flat=True)[0] == micros(
        DAY.replace(tzinfo=ZoneInfo("Europe/Berlin"))
    )
    assert (of.rows, of.created) == (2, 2)
    assert desk.latest("ana@winter.de", "employees") == "12"
    assert desk.latest("ben@holt.at", "employees") == "3.5"


def test_the_line_of_a_refused_row_is_that_of_the_file(desk: Desk, program):
    desk.imported(workbook(["email", "name"], [None, None], ["x", "Ana"]), "people.xlsx")
    desk.imported('email,name\nana@winter.de,"two\nlines"\nx,Ben\n')
    assert [row.line for row in Refused.objects.order_by("line")] == [3, 4]


REFUSED_AT_ONCE = {
    "empty": (b"", "people.csv", "is empty"),
    "of another kind": (b"x", "people.exe", "is of no kind that is read here"),
    "without a name that says": (b"x", "people", "is of no kind that is read here"),
}


@pytest.mark.parametrize("case", REFUSED_AT_ONCE.values(), ids=REFUSED_AT_ONCE.keys())
def test_what_is_no_list_is_not_taken(desk: Desk, program, case):
    content, name, said = case
    answer = desk.send(content, name)
    assert answer.status_code == 422
    assert said in answer.content.decode() or "The submitted file is empty" in answer.content.decode()
    assert not Import.objects.exists()


def test_a_file_that_is_too_large_is_not_taken(desk: Desk, program, monkeypatch):
    monkeypatch.setattr("leadline.web.importing.actions.MOST_BYTES", 2**20)
    answer = desk.send(b"x" * (2**20 + 1))
    assert answer.status_code == 422
    assert "divide it into parts" in answer.content.decode()
    assert not Import.objects.exists()


CANNOT = {
    "only blanks": (b" \n \n", "people.csv", "empty"),
    "a header alone": (b"email,name\n", "people.csv", "a header and no rows"),
    "a column twice": (b"email,name,name\na@b.de,x,y\n", "people.csv", "has the column `name` twice"),
    "10,000 columns": (
        (",".join(f"c{i}" for i in range(10_000)) + "\n" + "," * 9999 + "x\n").encode(),
        "people.csv", "10,000 columns",
    ),
    "a quotation mark left open": (
        ('email,name\nana@winter.de,"Ana\n' + "ben@holt.at,Ben\n" * 50).encode(), "people.csv",
        "opened in line 2 is not closed",
    ),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(32)) * 40, "people.csv", "is no text and no workbook"),
    "an old workbook": (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "people.xlsx", "save it as .xlsx"),
    "a workbook by name alone": (b"email,name\na@b.de,x\n", "people.xlsx", "called a workbook and is none"),
    "a broken workbook": (workbook(["email"], ["a@b.de"])[:900], "people.xlsx", "is no workbook, or broken"),
    "a workbook with a column twice": (workbook(["a", "a"], [1, 2]), "people.xlsx", "the column `a` twice"),
    "a workbook without rows": (workbook(["email"]), "people.xlsx", "a header and no rows"),
    "an empty workbook": (workbook(), "people.xlsx", "empty"),
    "a cell at the end of the world": (
        with_sheet(sheet_with(
            '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
        )),
        "people.xlsx", "cells down to row 1,048,576 and out to column 16,384",
    ),
    "a zip that is no workbook": (with_sheet("").replace(b"PK\x03\x04", b"PK\x03\x04", 1), "people.xlsx", ""),
}  # fmt: skip


@pytest.mark.parametrize("case", CANNOT.values(), ids=CANNOT.keys())
def test_a_file_that_cannot_be_read_says_why_and_what_to_do(desk: Desk, program, case):
    content, name, said = case
    of = desk.upload(content, name)
    page = desk.look(of)
    assert page.status == 200
    assert of.stopped == "failed"
    assert said in of.job.said
    assert "upload.csv" not in page.text
    assert "A fault stopped it" not in of.job.said
    assert "Upload another file" in page.text


def test_a_workbook_that_unpacks_to_gigabytes_is_refused_before_it_is_held(desk: Desk, program, monkeypatch):
    monkeypatch.setattr("leadline.web.importing.workbooks.MOST_UNPACKED", 20 * 2**20)
    bomb = with_sheet(sheet_with('<row r="1"><c r="A1"><v>1</v></c></row>' + " " * (30 * 2**20)))
    assert len(bomb) < 100_000, "small on the wire"
    of = desk.upload(bomb, "people.xlsx")
    assert "unpacks to more than 20 MB" in of.job.said


def test_a_part_that_lies_about_its_size_is_no_workbook(desk: Desk, program):
    good = workbook(["email"], ["a@b.de"])
    with zipfile.ZipFile(io.BytesIO(good)) as book:
        size = book.getinfo("xl/worksheets/sheet1.xml").file_size
    lying = good.replace(size.to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert lying != good
    of = desk.upload(lying, "people.xlsx")
    assert "is no workbook, or broken" in of.job.said


def test_more_rows_than_are_taken_are_refused(desk: Desk, program, monkeypatch):
    monkeypatch.setattr("leadline.web.importing.reading.MOST_ROWS", 3)
    of = desk.upload("email,name\n" + "a@b.de,x\n" * 4)
    assert "more than 3 rows" in of.job.said


def test_a_cell_without_end_is_refused_with_its_row(desk: Desk, program):
    of = desk.imported(f"email,name\nana@winter.de,{'x' * (limits.LONGEST_CELL + 1)}\nben@holt.at,Ben\n")
    assert (of.created, of.refused) == (1, 1)
    assert "has 10,001 characters" in Refused.objects.get().reason


def test_rows_that_are_none_are_kept_with_their_text(desk: Desk, program):
    of = desk.imported('email,name\nana@winter.de,Ana,Winter\nben@holt.at,Ben\nx@y.de,"a"b\n')
    assert (of.rows, of.created, of.refused) == (3, 1, 2)
    assert {row.line: row.cells for row in Refused.objects.all()} == {
        2: ["ana@winter.de,Ana,Winter"], 4: ['x@y.de,"a"b'],
    }  # fmt: skip


def test_a_quotation_mark_that_is_closed_too_late_swallows_no_row_in_silence(desk: Desk, program):
    of = desk.imported(
        'email,name\nana@winter.de,"Ana\nben@holt.at,Ben\ncarl@sonne.de,Carl"\ndora@see.ch,Dora\n'
    )
    assert (of.created, of.refused) == (1, 1)
    assert "is a quotation mark closed too late?" in Refused.objects.get().reason


@pytest.mark.parametrize("name", ["../../etc/passwd.csv", "a" * 300 + ".csv", "x\x00y.csv", "<b>.csv"])
def test_a_name_is_only_shown(desk: Desk, program, name: str):
    answer = desk.send(b"email,name\nana@winter.de,Ana\n", name)
    assert answer.status_code in (302, 400, 422)
    for of in Import.objects.all():
        assert ".." not in of.name
        assert len(of.name) <= 200
        assert desk.look(of).runs == desk.look(of).runs
        assert "<b>.csv" not in desk.look(of).html
