"""What the reference says there is, there is; and what there is, it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from leadline.engine.assess import LEDGER_SCHEMA
from leadline.engine.replay import CHANGES_SCHEMA, FINAL_SCHEMA
from leadline.model import declared, parts
from leadline.model.schema import json_schema
from leadline.model.shape import (
    ASSESSMENT_COLUMNS,
    BUILT_IN_PROPERTIES,
    LATE_MEASURES,
    MEASURES,
    Goal,
    Lifecycle,
)
from leadline.model.values import duration_text

DOCS = Path(__file__).resolve().parent.parent / "docs"
MODEL_PAGE = (DOCS / "reference" / "model.md").read_text(encoding="utf-8")
TABLES_PAGE = (DOCS / "reference" / "tables.md").read_text(encoding="utf-8")


def sections(page: str) -> dict[str, str]:
    """The text under each heading of the second rank."""
    parted = re.split(r"^## (.+)\n", page, flags=re.MULTILINE)[1:]
    return {title.replace("`", ""): text for title, text in zip(parted[::2], parted[1::2], strict=True)}


def rows(text: str) -> list[tuple[str, str]]:
    """First and second cell of each row of the tables that says something of a name."""
    return re.findall(r"^\| (`.+?) \| (.+?) \|", text, flags=re.MULTILINE)


def named(text: str) -> list[str]:
    return [name for cell, _ in rows(text) for name in re.findall(r"`(.+?)`", cell)]


def keys_of(schema: Any) -> Iterator[str]:
    """Every key that a part of the format may have, however deep."""
    if isinstance(schema, dict):
        properties = schema.get("properties")
        if isinstance(properties, dict):
            yield from properties
        for value in schema.values():
            yield from keys_of(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from keys_of(value)


def test_the_page_of_the_file_lists_its_sections() -> None:
    assert named(sections(MODEL_PAGE)["The file"]) == list(json_schema()["properties"])


@pytest.mark.parametrize(
    "section", [k for k, v in json_schema()["properties"].items() if "$ref" not in v and "const" not in v]
)
def test_every_key_of_the_format_stands_on_its_page(section: str) -> None:
    text = sections(MODEL_PAGE)[section]
    missing = sorted({key for key in keys_of(json_schema()["properties"][section]) if f"`{key}`" not in text})
    assert not missing


@pytest.mark.parametrize(
    ("section", "keys"),
    [
        ("fields", declared.FIELD_KEYS),
        ("fit", ("min", "max", "rules", *parts.RULE_KEYS)),
        ("intent", parts.SIGNAL_KEYS),
        ("journey", parts.STEP_KEYS),
        ("criteria", parts.CRITERION_KEYS),
        ("lifecycle", ("stages", "cooldown", *parts.STAGE_KEYS)),
        ("goal", parts.GOAL_KEYS),
    ],
)
def test_the_page_has_no_key_that_the_format_has_not(section: str, keys: tuple[str, ...]) -> None:
    assert sorted(named(sections(MODEL_PAGE)[section])) == sorted(keys)


def test_the_page_names_every_measure_and_default() -> None:
    quality, everything = sections(MODEL_PAGE)["quality"], sections(MODEL_PAGE)
    assert not [name for name in (*MEASURES, *LATE_MEASURES) if f"`{name}`" not in quality]
    assert not [name for name in BUILT_IN_PROPERTIES if f"`{name}`" not in everything["The file"]]
    assert f"`{duration_text(Lifecycle.cooldown)}`" in everything["lifecycle"]
    assert f"`{duration_text(Goal.horizon)}`" in everything["goal"]


# --- tables ------------------------------------------------------------------------------------------------

TYPES = {
    pa.string(): "text",
    pa.float64(): "number",
    pa.int64(): "whole number",
    pa.bool_(): "boolean",
    pa.timestamp("us", "UTC"): "time",
    pa.list_(pa.string()): "list of text",
}


def documented(title: str) -> list[tuple[str, str]]:
    return [(name.strip("`"), type_) for name, type_ in rows(sections(TABLES_PAGE)[title])]


@pytest.mark.parametrize(
    ("title", "schema"),
    [
        ("Out: ledger", LEDGER_SCHEMA),
        ("Out: changes (replay)", CHANGES_SCHEMA),
        ("Out: final (replay)", FINAL_SCHEMA),
    ],
)
def test_the_columns_that_come_out_stand_in_their_order_with_their_types(
    title: str, schema: pa.Schema
) -> None:
    assert documented(title) == [(field.name, TYPES[field.type]) for field in schema]


def test_the_columns_of_assessments_stand_in_their_order_with_their_types() -> None:
    import leadline as ll

    model = ll.read_model(text="leadline: 1\nname: Empty")
    table = ll.assess(model, leads=[{"lead_id": "ana"}], as_of="2026-01-01").assessments
    assert documented("Out: assessments") == [(field.name, TYPES[field.type]) for field in table.schema]
    assert tuple(table.column_names) == ASSESSMENT_COLUMNS


@pytest.mark.parametrize("table", ["leads", "traits", "events"])
def test_the_columns_that_go_in_are_those_that_are_read(table: str) -> None:
    from leadline.engine.facts import bind

    of_events = (*bind.EVENT_COLUMNS, "properties")
    known = {"leads": bind.LEAD_COLUMNS, "traits": bind.TRAIT_COLUMNS, "events": of_events}[table]
    assert sorted(name for name, _ in documented(f"In: {table}")) == sorted(known)


# --- maps --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", [p.name for p in sorted(DOCS.iterdir()) if (p / "README.md").exists()])
def test_an_index_leads_to_every_page_of_its_folder(folder: str) -> None:
    index = (DOCS / folder / "README.md").read_text(encoding="utf-8")
    here = DOCS / folder
    pages = {*here.glob("*.md"), *here.glob("*/README.md")} - {here / "README.md"}
    names = sorted(str(page.relative_to(here)) for page in pages)
    missing = [name for name in names if f"]({name})" not in index]
    assert not missing, f"docs/{folder}/README.md does not lead to {missing}"


def test_the_map_leads_to_every_folder() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    folders = [p.name for p in sorted(DOCS.iterdir()) if (p / "README.md").exists()]
    assert not [name for name in folders if f"]({name}/README.md)" not in index]
