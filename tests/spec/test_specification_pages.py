"""The manual prints the specs as they are."""

import importlib.util
from pathlib import Path
from types import ModuleType

GENERATOR = Path(__file__).resolve().parents[2] / "docs" / "generate" / "specification.py"


def generator() -> ModuleType:
    found = importlib.util.spec_from_file_location("generate_specification", GENERATOR)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_the_pages_of_the_specification_are_up_to_date() -> None:
    module = generator()
    there = {page.name: page.read_text(encoding="utf-8") for page in module.PAGES.glob("*.md")}
    assert there == module.pages(), "run `make docs`"
