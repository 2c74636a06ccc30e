"""CSV, TSV and their kin. Every cell is text: what a value means is said by the model, never guessed."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path

from leadline.engine.facts.columns import RawColumn
from leadline.engine.facts.finding import Finding, counted, examples_of
from leadline.engine.facts.part import Part, Workshop
from leadline.engine.facts.texts import Clean, Layout, clean, layout
from leadline.engine.facts.values_sql import literal


def parts(files: Sequence[Path], table: str, shop: Workshop) -> list[Part]:
    """One part for all files that are laid out alike."""
    alike: dict[Layout, list[Clean]] = {}
    for file in files:
        text = clean(file, shop.folder)
        alike.setdefault(layout(text), []).append(text)
    return [_part(laid_out, texts, table, shop) for laid_out, texts in alike.items()]


def _part(laid_out: Layout, texts: Sequence[Clean], table: str, shop: Workshop) -> Part:
    rejects = shop.name("rejects")
    stored = f"store_rejects = true, rejects_table = '{rejects}', rejects_scan = '{rejects}_scan'"
    columns = tuple(RawColumn(name, f"c{i}", "VARCHAR") for i, name in enumerate(laid_out.names))
    size = sum(text.size for text in texts)
    part = Part(f"SELECT * FROM {_read(laid_out, texts, stored)}", columns, lazy=False, size=size)
    part.lines = sum(text.lines - 1 - laid_out.skip for text in texts)
    part.findings = [
        Finding("repaired_file", table, None, 1, f"{text.given.name}: {repair}")
        for text in texts
        for repair in text.repairs
    ]
    part.findings += _unnamed(laid_out, texts, table)

    def after(missing: bool) -> list[Finding]:
        broken = _broken_lines(rejects, texts, table, shop)
        return broken + [f for text in texts if missing for f in _rows_in_a_cell(laid_out, text, table, shop)]

    part.after = after
    return part


def _read(laid_out: Layout, texts: Sequence[Clean], faults: str) -> str:
    types = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(laid_out.names)))
    listed = ", ".join(literal(glob.escape(str(text.path))) for text in texts)
    return (
        f"read_csv([{listed}], auto_detect = false, header = true, skip = {laid_out.skip}, "
        f"columns = {{{types}}}, delim = {literal(laid_out.delimiter)}, quote = '\"', escape = '\"', "
        f"strict_mode = true, hive_partitioning = false, {faults})"
    )


def _unnamed(laid_out: Layout, texts: Sequence[Clean], table: str) -> list[Finding]:
    blank = [i for i, name in enumerate(laid_out.names, start=1) if not name]
    if not blank:
        return []
    places = ", ".join(str(i) for i in blank[:5])
    some = counted(len(blank), "column without a name is", "columns without a name are")
    message = f"{texts[0].given.name}: {some} not read (number {places})"
    return [Finding("unnamed_column", table, None, len(blank), message)]


def _broken_lines(rejects: str, texts: Sequence[Clean], table: str, shop: Workshop) -> list[Finding]:
    """What could not be divided into cells, file by file."""
    of = {str(text.path): text.given.name for text in texts}
    rows = shop.con.execute(
        f"""
        SELECT file_path, count(*), min(line, 3), bool_or(quote),
               sum(1 + length(text) - length(replace(text, chr(10), '')))
        FROM (SELECT any_value(s.file_path) AS file_path, r.line AS line,
                     trim(max(coalesce(r.csv_line, '')), chr(10) || chr(13)) AS text,
                     bool_or(r.error_type = 'UNQUOTED VALUE') AS quote
              FROM {rejects} r JOIN {rejects}_scan s USING (scan_id, file_id)
              GROUP BY scan_id, file_id, r.line)
        GROUP BY file_path ORDER BY file_path
        """
    ).fetchall()
    return [_broken(of.get(path, Path(path).name), table, *row) for path, *row in rows]


def _broken(name: str, table: str, count: int, lines: list[int], quote: bool, lost: int) -> Finding:
    places = ", ".join(f"{line:,}" for line in lines)
    why = (
        'a " is not closed or stands in the wrong place'
        if quote
        else "they have more or fewer cells than the header"
    )
    swallowed = (
        f" {counted(int(lost), 'line')} of the file at least are lost by that." if lost > count else ""
    )
    message = (
        f"{name}: {counted(count, 'row')} could not be read and {'is' if count == 1 else 'are'} left out, "
        f"from line {places}: {why}.{swallowed}"
    )
    return Finding("broken_rows", table, None, count, message, tuple(f"line {line}" for line in lines))


def _rows_in_a_cell(laid_out: Layout, text: Clean, table: str, shop: Workshop) -> list[Finding]:
    """A quote that is closed in a later row makes one cell of all between: whole rows can be seen in it."""
    if len(laid_out.names) < 2:
        return []
    sign = laid_out.delimiter
    a_row = literal(f"\n([^{sign}\n]*[{sign}]){{{len(laid_out.names) - 1}}}[^{sign}\n]*\n")
    cells = ", ".join(f"c{i}" for i in range(len(laid_out.names)))
    read = _read(laid_out, [text], "ignore_errors = true")
    count, examples = shop.con.execute(
        f"SELECT count(*), min(cell, 3) FROM (SELECT unnest([{cells}]) AS cell FROM {read}) "
        f"WHERE contains(cell, chr(10)) AND regexp_matches(cell, {a_row})"
    ).fetchall()[0]
    if not count:
        return []
    message = (
        f"{text.given.name}: {counted(count, 'cell holds', 'cells hold')} lines that look like rows: "
        'is a " closed in the wrong row?'
    )
    return [Finding("long_cell", table, None, count, message, examples_of(examples))]
