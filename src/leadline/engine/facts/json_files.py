"""JSON and JSON Lines: objects, whose values are read as they are written."""

from __future__ import annotations

import glob
import json
from collections.abc import Sequence
from pathlib import Path

from leadline.engine.facts.columns import RawColumn
from leadline.engine.facts.errors import FactsError, told
from leadline.engine.facts.finding import Finding, counted
from leadline.engine.facts.part import Part, Workshop
from leadline.engine.facts.texts import Clean, clean, head
from leadline.engine.facts.values_sql import literal


def parts(files: Sequence[Path], table: str, shop: Workshop) -> list[Part]:
    return [_part(clean(file, shop.folder), table, shop) for file in files]


def _part(text: Clean, table: str, shop: Workshop) -> Part:
    """Objects are unpacked into a table once: to know their keys, all must be seen anyhow."""
    raw = shop.name("json")
    form = _form(text)
    name = text.given.name
    lenient = ", ignore_errors = true" if form == "newline_delimited" else ""
    listed = literal(glob.escape(str(text.path)))
    with told(
        f"{name} cannot be read as JSON: it is broken or cut short, or holds something other than objects"
    ):
        shop.con.execute(
            f"CREATE TEMP TABLE {raw} AS "
            f"SELECT json FROM read_json_objects({listed}, format = '{form}'{lenient})"
        )
    is_object = "json IS NOT NULL AND json_type(json) = 'OBJECT'"
    keys = shop.con.execute(
        f"SELECT DISTINCT unnest(json_keys(json)) AS key FROM {raw} WHERE {is_object} ORDER BY key"
    ).fetchall()
    columns = tuple(
        RawColumn(key, f"nullif(json_extract_string(json, {literal(pointer(key))}), '')", "VARCHAR")
        for (key,) in keys
    )
    (rows, objects) = shop.con.execute(
        f"SELECT count(*), count(*) FILTER ({is_object}) FROM {raw}"
    ).fetchall()[0]
    findings = [Finding("repaired_file", table, None, 1, f"{name}: {repair}") for repair in text.repairs]
    if rows > objects:
        findings.append(_not_objects(text, table, rows - objects, form))
    if not objects and not rows and form == "newline_delimited":
        raise FactsError(f"{name} is empty: there is no JSON object in it")
    selected = ", ".join(f"{column.sql} AS c{i}" for i, column in enumerate(columns)) or "json"
    named = tuple(RawColumn(column.name, f"c{i}", "VARCHAR") for i, column in enumerate(columns))
    return Part(
        f"SELECT {selected} FROM {raw} WHERE {is_object}",
        named,
        lazy=False,
        size=text.size,
        findings=findings,
    )


def pointer(key: str) -> str:
    """The JSON pointer of a key, whatever stands in it."""
    return "/" + key.replace("~", "~0").replace("/", "~1")


def _form(text: Clean) -> str:
    start = head(text).lstrip()
    if start.startswith("["):
        return "array"
    kind = text.given.name.lower().removesuffix(text.given.suffix.lower() if text.path != text.given else "")
    first = start.split("\n", 1)[0]
    if (
        kind.endswith((".jsonl", ".ndjson"))
        or text.given.suffix.lower() in (".jsonl", ".ndjson")
        or _is_object(first)
    ):
        return "newline_delimited"
    return "unstructured"


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _not_objects(text: Clean, table: str, count: int, form: str) -> Finding:
    places: list[int] = []
    if form == "newline_delimited":
        with text.path.open(encoding="utf-8-sig", errors="replace") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip() and not _is_object(line):
                    places.append(number)
                if len(places) == 3:
                    break
    where = f", from line {', '.join(f'{line:,}' for line in places)}" if places else ""
    message = (
        f"{text.given.name}: {counted(count, 'row')} left out{where}: not a JSON object, {{…}}, on one line"
    )
    return Finding("broken_rows", table, None, count, message, tuple(f"line {line}" for line in places))
