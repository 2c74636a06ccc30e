"""The command line as people use it: a line in, an exit code and two streams out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from leadline.cli import app
from leadline.sample import write_company

TODAY = "2026-07-01"


@dataclass(frozen=True)
class Ran:
    """What came of a command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Leadline = Callable[..., Ran]


@pytest.fixture
def leadline(monkeypatch: pytest.MonkeyPatch) -> Leadline:
    """Runs a command; whatever it does, nobody may ever see a traceback."""
    for name in ("COLUMNS", "FORCE_COLOR", "NO_COLOR", "LEADLINE_DEBUG"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: object) -> Ran:
        result = CliRunner().invoke(app, [str(a) for a in arguments])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert "Traceback" not in result.output
        return Ran(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example company, a small one."""
    folder = tmp_path_factory.mktemp("company")
    write_company(folder, leads=150, seed=1)
    return folder


@pytest.fixture
def data(company: Path) -> list[str]:
    """The options that name the company's facts."""
    return [
        part for name in ("leads", "traits", "events") for part in (f"--{name}", str(company / f"{name}.csv"))
    ]
