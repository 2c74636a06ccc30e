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


def read_judge(file: str, predictor: str | None) -> Model:
    """The model, with the predictor if one was named."""
    from leadline.model import read_model
    from leadline.model.predicting import predicting
    from leadline.model.predictor_file import read_predictor

    model = read_model(file, file=file)
    return predicting(model, read_predictor(predictor)) if predictor is not None else model


def predictor_data(model: Model) -> dict[str, str] | None:
    """Which predictor gave the probabilities, if any."""
    given = model.predicting.predictor if model.predicting else None
    return None if given is None else {"name": given.name, "version": given.version}


def findings_data(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    return [
        {"kind": f.kind, "table": f.table, "column": f.column, "count": f.count, "message": f.message,
         "examples": list(f.examples)}
        for f in findings
    ]  # fmt: skip
