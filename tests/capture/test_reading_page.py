"""What the page of events names is there, and what is there it names."""

import re
from pathlib import Path

import leadline.web.capture.reading as reading
from leadline.web.capture.reading import addresses, messages

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "events.md").read_text(encoding="utf-8")
CODE = "\n".join(file.read_text(encoding="utf-8") for file in Path(reading.__file__).parent.rglob("*.py"))


def codes(heading: str) -> set[str]:
    """What stands in the first column below a heading."""
    section = re.split(r"^##+ ", PAGE.partition(f"## {heading}\n")[2], flags=re.MULTILINE)[0]
    cells = re.findall(r"^\| (`.+?) \|", section, flags=re.MULTILINE)
    return {code for cell in cells for code in re.findall(r"`(\w+)`", cell)}


def test_every_reason_to_fail_stands_on_the_page() -> None:
    raised = set(re.findall(r'UnreadableError\(\s*"(\w+)"', CODE)) | {"reader_error"}
    raised |= set(re.findall(r'_needed\("\w+", "(\w+)"\)', CODE))
    raised |= {f"invalid_{name}" for name in re.findall(r'mapping\([\w.]+, "(\w+)"\)', CODE)}
    assert raised == codes("What fails")


def test_every_warning_stands_on_the_page() -> None:
    given = set(re.findall(r'warnings(?:\.append\(| = \[)"(\w+)"', CODE))
    assert given == codes("What is odd")


def test_every_kind_of_campaign_and_click_stands_on_the_page() -> None:
    assert [
        name for name in (*addresses.CLICK_IDS, *addresses.CAMPAIGN_KEYS) if f"`{name}`" not in PAGE
    ] == []
    assert codes("Kinds") >= set(messages.KINDS)
    assert {"consent", "gpc"} == codes("What is refused")
