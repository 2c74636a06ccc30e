"""The specs in the YAML files beside this one: each a fact of the qualification model, as little tables."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

from ruamel.yaml import YAML

from leadline.model.values import read_time

HERE = Path(__file__).resolve().parent
TABLES = ("events", "traits", "leads")
EXPECTED = ("assessments", "ledger", "rules", "changes", "findings", "outcomes", "errors")
KEYS = {
    "title",
    "sentence",
    "model",
    "as_of",
    "replay",
    "every",
    "version_of",
    "on_spark",
    "predictor",
    *TABLES,
    *EXPECTED,
}
_HEAD = "leadline: 1\nname: Spec\n"


@dataclass(frozen=True)
class Table:
    """A little table: texts between bars, None where a cell is empty. Quotes keep blanks: ' a '."""

    columns: tuple[str, ...]
    rows: tuple[dict[str, str | None], ...]
    text: str

    @staticmethod
    def read(text: str) -> Table:
        head, *lines = [line for line in text.splitlines() if line.strip()]
        columns = tuple(cell.strip() for cell in head.split("|"))
        return Table(columns, tuple(_row(columns, line) for line in lines), text.rstrip())

    def __len__(self) -> int:
        return len(self.rows)


def _row(columns: tuple[str, ...], line: str) -> dict[str, str | None]:
    cells = [
        text.strip() if column == "condition" else _cell(text)
        for column, text in zip_longest(columns, line.split("|"))
    ]
    if len(cells) != len(columns):
        raise ValueError(f"{len(cells)} cells under {len(columns)} columns: {line!r}")
    return dict(zip(columns, cells, strict=True))


def _cell(text: str) -> str | None:
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1]
    return text or None


@dataclass(frozen=True)
class Spec:
    """One fact of the spec: what was given, and what has to come of it."""

    section: str
    number: int
    title: str
    sentence: str
    model: str  # the part that matters
    given: dict[str, Table]
    expected: dict[str, Table]
    as_of: str | None = None
    replay: tuple[str, str] | None = None
    every: str = "1d"
    version_of: dict[str, str] = field(default_factory=dict)
    predictor: Table | None = None
    on_spark: bool = False  # every day, rather than with all the others

    @property
    def id(self) -> str:
        return f"{self.section}-{self.number:02d}-{self.title}"

    @property
    def whole_model(self) -> str:
        return _whole(self.model, self.expected.get("outcomes"))

    @property
    def at(self) -> int | None:
        return None if self.as_of is None else instant(self.as_of)


def _whole(model: str, outcomes: Table | None) -> str:
    """The model with its head, and a criterion for each condition whose outcome is told."""
    lines = [] if outcomes is None else ["criteria:"]
    for number, row in enumerate(outcomes.rows if outcomes else ()):
        condition = (row["condition"] or "").replace("\\", "\\\\").replace('"', '\\"')
        lines.append(f'  outcome_{number}: {{yes_if: "{condition}"}}')
    head = "" if "leadline:" in model else _HEAD
    return head + model.rstrip() + "\n" + "\n".join(lines) + "\n"


def instant(text: str) -> int:
    at = read_time(text)
    if at is None:
        raise ValueError(f"{text!r} is no instant")
    return at


@dataclass(frozen=True)
class Section:
    """A file of specs: one section of the spec, or a part of it."""

    name: str
    title: str
    intro: str
    specs: tuple[Spec, ...]


def sections() -> list[Section]:
    return [_section(file) for file in sorted(HERE.glob("*.yaml"))]


def all_specs() -> list[Spec]:
    return [spec for section in sections() for spec in section.specs]


def _section(file: Path) -> Section:
    content = YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))
    name = file.stem
    specs = tuple(_spec(name, number, entry) for number, entry in enumerate(content["specs"], start=1))
    return Section(name, content["title"], content["intro"], specs)


def _spec(section: str, number: int, entry: dict) -> Spec:
    unknown = set(entry) - KEYS
    if unknown:
        raise ValueError(f"{section}, {entry.get('title')}: unknown keys {unknown}")
    tables = {name: Table.read(entry[name]) for name in (*TABLES, *EXPECTED) if name in entry}
    return Spec(
        section, number, entry["title"], " ".join(entry["sentence"].split()),
        textwrap.dedent(entry.get("model", "")).rstrip(),
        {name: table for name, table in tables.items() if name in TABLES},
        {name: table for name, table in tables.items() if name in EXPECTED},
        as_of=None if entry.get("as_of") is None else str(entry["as_of"]),
        replay=tuple(map(str, entry["replay"])) if "replay" in entry else None,
        every=str(entry.get("every", "1d")),
        version_of=entry.get("version_of", {}),
        predictor=Table.read(entry["predictor"]) if "predictor" in entry else None,
        on_spark=entry.get("on_spark", False),
    )  # fmt: skip
