"""CSV and its kin, row by row: so that a row which cannot be divided into cells is kept with its reason."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TextIO

from leadline.engine.facts.errors import FactsError
from leadline.engine.facts.texts import Clean, Layout
from leadline.web.importing.limits import LONGEST_QUOTED


@dataclass(frozen=True)
class Broken:
    """A row that is none, as it stands in the file."""

    text: str
    reason: str


class _Lines:
    """Lines of a file, and those since the row began: a quotation mark may swallow many."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines, self.count, self.since, self.size = iter(lines), 0, [""], 0

    def begin(self) -> None:
        self.since, self.size = [], 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self.lines)
        self.count += 1
        self.size += len(line)
        self.since.append(line)
        if self.size > LONGEST_QUOTED:
            raise FactsError(_unclosed(self.count - len(self.since) + 1))
        return line


def _unclosed(line: int) -> str:
    return (
        f"a quotation mark that is opened in line {line:,} is not closed: close it, or remove it, and upload "
        "the file again"
    )


def text_rows(file: Clean, laid_out: Layout) -> Iterator[tuple[int, list[str] | Broken]]:
    """Each row with the line in which it begins: its cells, as many as the header has, or why it is none.

    Raises FactsError for a quotation mark that swallows the rest of the file.
    """
    csv.field_size_limit(2 * LONGEST_QUOTED)
    with file.path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        yield from _rows(stream, laid_out)


def _rows(stream: TextIO, laid_out: Layout) -> Iterator[tuple[int, list[str] | Broken]]:
    lines = _Lines(stream)
    for _ in range(laid_out.skip):
        next(lines)
    reader = csv.reader(lines, delimiter=laid_out.delimiter, strict=True)
    next(reader)
    while True:
        lines.begin()
        begins = lines.count + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if len(lines.since) > 1:
                raise FactsError(_unclosed(begins)) from error
            yield (
                begins,
                Broken(
                    "".join(lines.since).rstrip("\r\n"), "a quotation mark in it stands in the wrong place"
                ),
            )
            continue
        if any(cell.strip() for cell in cells):
            yield begins, _checked(cells, laid_out, lines)


def _checked(cells: list[str], laid_out: Layout, lines: _Lines) -> list[str] | Broken:
    wanted = len(laid_out.names)
    while len(cells) > wanted and not cells[-1].strip():  # a delimiter at the end of the line
        cells.pop()
    text = "".join(lines.since).rstrip("\r\n")
    if len(cells) != wanted:
        return Broken(text, f"it has {len(cells)} cells, and the header has {wanted}")
    if len(lines.since) > 1 and wanted > 1 and any(_holds_rows(cell, laid_out) for cell in cells):
        return Broken(
            text, "a cell of it holds whole lines of the file: is a quotation mark closed too late?"
        )
    return cells


def _holds_rows(cell: str, laid_out: Layout) -> bool:
    return any(line.count(laid_out.delimiter) == len(laid_out.names) - 1 for line in cell.splitlines()[1:-1])
