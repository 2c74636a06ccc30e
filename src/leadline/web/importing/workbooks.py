"""Excel workbooks that cannot hurt: what is inside is measured before any of it is held in memory."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from leadline.engine.facts.errors import FactsError
from leadline.engine.facts.frames import cell_text
from leadline.web.importing.limits import MOST_CELLS, MOST_COLUMNS, MOST_ROWS, MOST_UNPACKED

_PLACE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{0,4})(\d{1,8})["']""")
_CHUNK = 1 << 20
_OVERLAP = 64  # bytes: longer than any place
_PARTS = 5000


def check_workbook(path: Path) -> None:
    """Refuse what unpacks to too much, or has cells so far out that an empty sheet fills the memory."""
    try:
        with zipfile.ZipFile(path) as book:
            parts = book.infolist()
            if len(parts) > _PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
                raise FactsError(
                    f"{path.name} unpacks to more than {MOST_UNPACKED // 2**20} MB: save it as CSV"
                )
            for part in parts:
                _measure(book, part, path.name)
    except (zipfile.BadZipFile, EOFError, OSError, RuntimeError, NotImplementedError, ValueError) as error:
        if isinstance(error, FactsError):
            raise
        raise FactsError(f"{path.name} is no workbook, or broken: save it as .xlsx or CSV again") from error


def _measure(book: zipfile.ZipFile, part: zipfile.ZipInfo, name: str) -> None:
    """Read a part to its end, so that its size and checksum are what it says; of a sheet also the cells."""
    of_sheet = part.filename.lower().startswith("xl/worksheets/")
    right = down = 0
    with book.open(part) as file:
        last = b""
        while chunk := file.read(_CHUNK):
            if of_sheet:
                for letters, digits in _PLACE.findall(last + chunk):
                    right, down = max(right, _column(letters)), max(down, int(digits))
                last = chunk[-_OVERLAP:]
    if down > MOST_ROWS + 1 or right > MOST_COLUMNS or right * down > MOST_CELLS:
        raise FactsError(
            f"{name} has cells down to row {down:,} and out to column {right:,}; up to {MOST_ROWS:,} rows, "
            f"{MOST_COLUMNS} columns and {MOST_CELLS:,} cells are read: delete what is empty, or save as CSV"
        )


def _text(cell: object) -> str:
    """As everywhere; but a workbook's time has no zone, and that of the mapping is to count."""
    return cell.isoformat(sep=" ") if isinstance(cell, datetime) else cell_text(cell) or ""


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def sheet_rows(path: Path) -> tuple[Iterator[tuple[int, list[str]]], list[str]]:
    """The first sheet's rows with something in them, each with its number, and the names of all sheets."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    check_workbook(path)
    try:
        book = CalamineWorkbook.from_path(str(path))
        sheet = book.get_sheet_by_index(0)
        rows = sheet.to_python(skip_empty_area=True)
        first = (sheet.start or (0, 0))[0]
    except PasswordError:
        raise FactsError(f"{path.name} is locked with a password: save it without one") from None
    except (CalamineError, OSError, ValueError, IndexError) as error:
        raise FactsError(
            f"{path.name} cannot be read as a workbook: it is broken, or of another kind"
        ) from error
    texts = ((first + n, [_text(cell) for cell in row]) for n, row in enumerate(rows, start=1))
    return ((n, [c.replace("\0", "") for c in row]) for n, row in texts if any(row)), list(book.sheet_names)
