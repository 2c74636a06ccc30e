"""Writes docs/reference/specification/: the specs that the tests run, as pages to read."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "reference" / "specification"
sys.path.insert(0, str(ROOT / "tests" / "spec"))

from specs import EXPECTED, TABLES, Section, Spec, Table, sections  # noqa: E402

_NOTE = (
    "<!-- docs/generate/specification.py writes this from tests/spec: change it there, then `make docs`. -->"
)
_INTRO = """\
What a model means, shown by examples. Each is a test: it runs on every engine, and the tables are what it
checks. They show the columns that matter; a cell left empty is empty, and instants are UTC.
"""
_GIVEN = {"events": "Events", "traits": "Traits", "leads": "Leads"}
_TOLD = {
    "assessments": "Assessments", "ledger": "Ledger", "rules": "States of the rules",
    "changes": "Changes of stage",
    "findings": "Findings", "outcomes": "What each condition is", "errors": "What is told, by line",
}  # fmt: skip


def pages() -> dict[str, str]:
    """File name -> text."""
    found = sections()
    return {"README.md": _contents(found)} | {f"{s.name}.md": _page(s) for s in found}


def _contents(found: list[Section]) -> str:
    lines = [_NOTE, "# The specification by example", "", _INTRO]
    for section in found:
        count = len(section.specs)
        lines.append(f"- [{section.title}]({section.name}.md), {count} examples: {_one_line(section.intro)}")
    return "\n".join(lines) + "\n"


def _page(section: Section) -> str:
    parts = [_NOTE, f"# {section.title}", "", _one_line(section.intro), ""]
    return "\n".join(parts) + "\n" + "\n".join(_example(spec) for spec in section.specs)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _example(spec: Spec) -> str:
    parts = [f"## {spec.title}", "", f"> {spec.sentence}", ""]
    if any(line.strip() and not line.strip().startswith("#") for line in spec.model.splitlines()):
        parts += ["```yaml", spec.model, "```", ""]
    if spec.predictor is not None:
        parts += _shown("Predictor:", spec.predictor)
    for name in TABLES:
        if name in spec.given:
            parts += _shown(f"{_GIVEN[name]}:", spec.given[name])
    for number, (name, text) in enumerate(spec.version_of.items()):
        told = ("The same version has", "Another one has")[number]
        parts += [f"{told}:" if name in ("same", "other") else name, "", "```yaml", text.rstrip(), "```", ""]
    for name in EXPECTED:
        if name in spec.expected:
            parts += _shown(f"{_TOLD[name]}{_when(spec, name)}:", spec.expected[name])
    return "\n".join(parts)


def _when(spec: Spec, name: str) -> str:
    if name in ("assessments", "ledger", "rules", "outcomes") and spec.as_of:
        return f" at {spec.as_of}"
    if name == "changes" and spec.replay:
        step = "at each fact" if spec.every == "fact" else "at each day's end"
        return f", {step} from {spec.replay[0]} to {spec.replay[1]}"
    return ""


def _shown(heading: str, table: Table) -> list[str]:
    body = table.text if len(table) else f"{table.text}\n(none)"
    return [heading, "", "```text", body, "```", ""]


if __name__ == "__main__":
    PAGES.mkdir(parents=True, exist_ok=True)
    written = pages()
    for old in PAGES.glob("*.md"):
        if old.name not in written:
            old.unlink()
    for name, text in written.items():
        (PAGES / name).write_text(text, encoding="utf-8", newline="\n")
