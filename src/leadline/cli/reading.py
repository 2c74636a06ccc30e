"""Reading facts for a command, and telling what was noticed about them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import typer

from leadline.engine.facts import Facts, Finding
from leadline.model import Model


def read_facts(models: Sequence[Model], files: dict[str, Any], mapping: Sequence[str]) -> Facts:
    """The facts in the files that were named; at least one must be."""
    if all(file is None for file in files.values()):
        raise typer.BadParameter("name the data: at least one of --leads, --traits and --events")
    return Facts.read(models, **files, mapping=mapping)


def findings_data(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    return [
        {"kind": f.kind, "table": f.table, "column": f.column, "count": f.count, "message": f.message,
         "examples": list(f.examples)}
        for f in findings
    ]  # fmt: skip
