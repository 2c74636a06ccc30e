"""Excel and OpenDocument workbooks: the first sheet, its first row the header."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from leadline.engine.facts import frames
from leadline.engine.facts.errors import FactsError
from leadline.engine.facts.finding import Finding, counted
from leadline.engine.facts.part import Part, Workshop


def parts(files: Sequence[Path], table: str, shop: Workshop) -> list[Part]:
    return [_part(file, table, shop) for file in files]


def _part(file: Path, table: str, shop: Workshop) -> Part:
    names, rows, sheets = _sheet(file)
    twice = [name for name, times in Counter(names).items() if times > 1 and name]
    if twice:
        raise FactsError(
            f"{file.name} has the column `{twice[0]}` twice: rename one, so that it is clear which counts"
        )
    columns = {name: [frames.cell_text(row[i]) for row in rows] for i, name in enumerate(names) if name}
    part = frames.of_texts(columns, shop)
    if unnamed := names.count(""):
        some = counted(unnamed, "column without a name is", "columns without a name are")
        message = f"{file.name}: {some} not read"
        part.findings.append(Finding("unnamed_column", table, None, unnamed, message))
    if len(sheets) > 1:
        others = ", ".join(f"`{name}`" for name in sheets[1:4])
        message = f"{file.name}: of {len(sheets)} sheets the first, `{sheets[0]}`, was read; not {others}"
        part.findings.append(Finding("unread_sheet", table, None, len(sheets) - 1, message))
    return part


def _sheet(file: Path) -> tuple[list[str], list[list[object]], list[str]]:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    if file.stat().st_size == 0:
        raise FactsError(f"{file.name} is empty")
    try:
        with CalamineWorkbook.from_path(str(file)) as book:
            rows = book.get_sheet_by_index(0).to_python(skip_empty_area=True) if book.sheet_names else []
            sheets = list(book.sheet_names)
    except PasswordError:
        raise FactsError(f"{file.name} is locked with a password: save it without one") from None
    except (CalamineError, OSError, ValueError, IndexError) as error:
        raise FactsError(
            f"{file.name} cannot be read as a workbook: it is of another kind, or broken"
        ) from error
    if not rows:
        raise FactsError(f"{file.name} is empty: there is not even a header in its first sheet")
    names = [(frames.cell_text(cell) or "").strip() for cell in rows[0]]
    return names, [row for row in rows[1:] if any(cell not in ("", None) for cell in row)], sheets
