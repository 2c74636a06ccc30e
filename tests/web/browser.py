"""A workspace with an example company in it, served as `leadline serve` does, and Chromium signed in to it.

A test asks for the fixture `page`: a tab of Ana's, who is an admin; `workspace.tab(chromium, "rep")` is
another's. The workspace is one for all tests of a run's process, so they leave it as they found it, or make
what they change.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from serve_cast import LEADLINE, ask, environment_in, until

ROOT = Path(__file__).resolve().parents[2]
BUNDLE = ROOT / "src/leadline/web/static/leadline/bundle/htmx.js"
LEADS = 40
PASSWORD = "a-long-password-for-all"
PEOPLE = {"admin": "Ana", "marketing": "Mia", "manager": "Max", "rep": "Ben", "reader": "Cleo"}
WIDE, NARROW = (1440, 900), (360, 740)
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SEED = """
import sys
from leadline.web.serve import set_up
set_up()
from leadline.web.accounts.models import User
from leadline.web.demo import seed
from leadline.web.instants import now
seed(leads=int(sys.argv[1]), number=1, at=now())
User.objects.all().delete()
for role, name in {people!r}.items():
    User.objects.create_user(role + "@example.com", {password!r}, name=name, role=role)
"""


@dataclass
class Workspace:
    """A served workspace. Everybody's address is their role's: `rep@example.com`."""

    url: str
    complaints: list[str] = field(default_factory=list)

    def tab(self, chromium: Any, role: str = "admin", *, size: tuple[int, int] = WIDE, **context: Any) -> Any:
        """A tab of somebody who is signed in. What it complains of is kept in `complaints`."""
        page = self.stranger(chromium, size=size, **context)
        page.goto("/sign-in")
        page.fill("input[type=email]", f"{role}@example.com")
        page.fill("input[type=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector("nav[aria-label]", state="attached")
        page.wait_for_load_state("load")  # before it, no script hears a key
        return page

    def stranger(self, chromium: Any, *, size: tuple[int, int] = WIDE, **context: Any) -> Any:
        """A tab of nobody's."""
        opened = chromium.new_context(
            base_url=self.url, viewport=dict(zip(("width", "height"), size, strict=True)), **context
        )
        page = opened.new_page()
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def _console(self, line: Any) -> None:
        if line.type in ("error", "warning"):
            self.complaints.append(line.text)


@contextmanager
def served(folder: Path, leads: int = LEADS) -> Iterator[Workspace]:
    """A workspace with an example company, served on a free port until the end of the block."""
    environment = environment_in(folder)
    migrated = subprocess.run([LEADLINE, "migrate"], env=environment, capture_output=True, text=True)
    assert migrated.returncode == 0, migrated.stderr
    program = SEED.format(people=PEOPLE, password=PASSWORD)
    seeded = subprocess.run(
        [sys.executable, "-c", program, str(leads)], env=environment, capture_output=True, text=True
    )
    assert seeded.returncode == 0, seeded.stderr
    server = subprocess.Popen([LEADLINE, "serve"], env=environment, start_new_session=True)
    try:
        until(lambda: ask(environment, "GET", "/readyz")[0] == 200)
        yield Workspace(f"http://localhost:{environment['LEADLINE_PORT']}")
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)


@contextmanager
def opened() -> Iterator[Any]:
    """The system's Chromium. Skips the test where it cannot be had."""
    api = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
    if CHROMIUM is None:
        pytest.skip("needs Chromium on the path")
    if not BUNDLE.exists():
        pytest.skip("needs the bundle of scripts: `make bundle`")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with opened() as browser:
        yield browser


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with served(tmp_path_factory.mktemp("workspace")) as found:
        yield found


@pytest.fixture
def page(chromium: Any, workspace: Workspace) -> Iterator[Any]:
    workspace.complaints.clear()
    tab = workspace.tab(chromium)
    yield tab
    tab.context.close()


def screens(page: Any) -> tuple[dict[str, str], dict[str, str]]:
    """The screens that links lead to, one of each kind, name -> path; and addresses that answer otherwise."""
    from django.urls import Resolver404, resolve
    from playwright.sync_api import Error

    found: dict[str, str] = {}
    broken: dict[str, str] = {}
    waiting, seen = ["/"], set()
    while waiting:
        path = waiting.pop(0)
        try:
            match = resolve(urlsplit(path).path)
        except Resolver404:
            continue
        if match.view_name in found or path in seen or match.view_name in NO_SCREENS:
            continue
        seen.add(path)
        try:
            answer = page.goto(path)
        except Error as error:
            if "Download is starting" not in str(error):
                broken[path] = str(error).splitlines()[0]
            continue
        kind = answer.headers.get("content-type", "")
        if answer.status != 200 or not kind.startswith("text/html"):
            broken[path] = f"{answer.status} {kind}"
            continue
        found[match.view_name] = path
        links = page.eval_on_selector_all(
            "a[href]", "all => all.filter(a => !a.download).map(a => a.getAttribute('href'))"
        )
        here = urlsplit(page.url).path
        waiting += [link if link.startswith("/") else here + link for link in links if _ours(link)]
    return found, broken


NO_SCREENS = {"sign-out", "healthz", "readyz", "metrics"}


def _ours(link: str) -> bool:
    return link.startswith("?") or (link.startswith("/") and not link.startswith(("//", "/static/")))


def axe(page: Any, only: str = "") -> list[dict[str, Any]]:
    """What axe finds against WCAG 2.2 AA on the page as it stands; `only` one rule of it."""
    script = ROOT / "frontend/node_modules/axe-core/axe.min.js"
    if not script.exists():
        pytest.skip("needs axe-core: `make bundle`")
    page.evaluate(script.read_text())
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    rules = {"type": "rule", "values": [only]} if only else {"type": "tag", "values": tags}
    found = page.evaluate("rules => axe.run({runOnly: rules})", rules)
    return [
        {
            "id": v["id"],
            "impact": v["impact"],
            "where": [n["target"] for n in v["nodes"]][:4],
            "help": v["help"],
        }
        for v in found["violations"]
    ]


def told(findings: list[dict[str, Any]]) -> str:
    return json.dumps(findings, indent=1)
