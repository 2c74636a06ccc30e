"""Pages about the commands say what the commands do."""

from __future__ import annotations

import re
import runpy
import shlex
import shutil
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
SERVERS = ("run-the-workspace",)  # their commands run until they are stopped; tests/web tries them
PAGES = [
    DOCS / "tutorial" / "first-leads.md",
    *(page for page in sorted((DOCS / "how-to").glob("*.md")) if page.stem not in SERVERS),
]


def test_the_reference_is_what_the_commands_are() -> None:
    generator = runpy.run_path(str(DOCS / "generate" / "cli.py"))
    assert generator["PAGE"].read_text(encoding="utf-8") == generator["page"](), "run `make docs`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_of_a_page_works(
    leadline, page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From top to bottom, in one folder; files that a page shows as `file: NAME` are there."""
    monkeypatch.chdir(tmp_path)
    for name, content in re.findall(
        r"```\w*\n# file: (\S+)\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL
    ):
        Path(name).write_text(content, encoding="utf-8")
    for line in commands(page):
        program, *arguments = shlex.split(line)
        if program == "cp":
            shutil.copy(*arguments)
        elif program == "sed":  # the page's edits: sed -i 's/a/b/' FILE
            _, edit, file = arguments
            _, before, after, _ = edit.split("/")
            text = Path(file).read_text(encoding="utf-8")
            assert before in text, line
            Path(file).write_text(text.replace(before, after), encoding="utf-8")
        elif program == "leadline":
            ran = leadline(*arguments)
            assert ran.code == 0, f"{line}\n{ran.out}{ran.err}"


def commands(page: Path) -> list[str]:
    """The lines after `$` in the page's console blocks; a backslash goes on with the next."""
    blocks = re.findall(r"```console\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    joined = "\n".join(blocks).replace("\\\n", " ")
    return [line.removeprefix("$ ") for line in joined.splitlines() if line.startswith("$ ")]
