"""The house keeps its own rules: layers, light imports, clean files, links that lead somewhere."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parent.parent

# What `pip install leadline` does not bring.
NOT_IN_THE_BASE = ("pyspark", "py4j", "pandas", "polars", "sklearn", "django")


def tracked_files() -> list[Path]:
    """Files under version control, or an empty list where the tests run outside a checkout."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    files = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    return [file for file in files if file.is_file()]


def test_imports_point_one_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.syspath_prepend(str(ROOT / "src"))
    status = lint_imports(config_filename="pyproject.toml", no_cache=True, no_logo=True)
    assert status == 0, "see the contracts in pyproject.toml"


def test_the_package_imports_without_its_extras() -> None:
    blocker = f"""
import importlib.util, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {NOT_IN_THE_BASE!r}:
            raise ModuleNotFoundError(f"{{name}} is not in the base install", name=name)

sys.meta_path.insert(0, Absent())
import leadline
if importlib.util.find_spec("leadline.cli"):
    import leadline.cli
assert "leadline.engine.spark" not in sys.modules, "the Spark engine is to be loaded when it is asked for"
"""
    run = subprocess.run([sys.executable, "-c", blocker], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


# Written with a gap, so that this file does not find itself.
OF_ONE_MACHINE = re.compile(
    "|".join(
        pattern.replace(" ", "")
        for pattern in (
            r"py pi\.org",
            r"python hosted\.org",
            r"registry\.npm js\.org",
            r"deb\.deb ian\.org",
            r"/work/ (?:main|shared|steering)",
            r"/opt/ pypi",
            r"/farm /",
            r"/root /",
            r"/tmp/ bash",
        )
    )
)


def test_no_file_names_a_registry_or_a_path_of_one_machine() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for file in tracked_files()
        for number, line in enumerate(
            file.read_text(encoding="utf-8", errors="replace").splitlines(), start=1
        )
        if OF_ONE_MACHINE.search(line)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_holds_versions_and_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*-", text.replace("    --hash", "    hash"), flags=re.MULTILINE), (
        "an option of pip"
    )
    pinned = re.findall(r"^\S.*$", re.sub(r"^#.*$", "", text, flags=re.MULTILINE), flags=re.MULTILINE)
    assert pinned
    assert all("==" in line for line in pinned)
    assert all("--hash=sha256:" in entry for entry in re.split(r"^(?=\w)", text, flags=re.MULTILINE)[1:])


LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", flags=re.MULTILINE | re.DOTALL)


def pages() -> list[Path]:
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")])


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    targets = LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8")))
    local = [target.partition("#")[0] for target in targets if not re.match(r"\w+:", target)]
    missing = [target for target in local if target and not (page.parent / target).exists()]
    assert not missing, f"{page.relative_to(ROOT)} links to what is not there: {missing}"


def test_the_glossary_is_in_alphabetical_order() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    words = [word.casefold() for word in re.findall(r"^- \*\*(.+?)\*\*", text, flags=re.MULTILINE)]
    assert words == sorted(words)
    assert len(words) == len(set(words))
