"""Tables for spreadsheets: CSV in which no cell can be run as a formula."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

_SIGNS = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")  # the last four are wide
_BREAKS = ("\t", "\r", "\n")
BOM = "\ufeff"  # without it Excel takes UTF-8 for something older


def harmless(cell: Any) -> str:
    """A cell as text. What begins like a formula is kept a text by an apostrophe; numbers stay numbers.

    >>> harmless("=1+1"), harmless("-4.5"), harmless(None), harmless("+49 30")
    ("'=1+1", '-4.5', '', "'+49 30")
    """
    text = "" if cell is None else str(cell)
    runs = text.startswith(_BREAKS) or _first_seen(text) in _SIGNS
    return f"'{text}" if runs and not _is_number(text) else text


def _first_seen(text: str) -> str:
    """The first character that is neither a blank nor invisible: some spreadsheets pass these over."""
    return next((c for c in text if unicodedata.category(c)[0] not in "ZC"), "")


def csv_lines(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Rows as lines of CSV, each cell harmless; the first line begins with a byte order mark."""
    yield BOM
    for row in rows:
        line = io.StringIO()
        csv.writer(line, lineterminator="\r\n").writerow([harmless(cell) for cell in row])
        yield line.getvalue()


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text.strip().lstrip("+-")[:1].isdigit() or text.strip().lstrip("+-")[:1] == "."
