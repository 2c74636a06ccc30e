"""No text of a visitor, a sender or a colleague does anything on any screen, in a real browser."""

from __future__ import annotations

import pytest
from browser import served
from canaries_cast import ALIVE, WATCH, crawl, loud, searched, sown
from journeys_cast import found_in_list

pytestmark = [pytest.mark.xdist_group("chromium")]  # one browser, so one worker


@pytest.fixture(scope="module")
def sown_workspace(chromium, tmp_path_factory):
    with served(tmp_path_factory.mktemp("canaries"), leads=6) as found:
        tab = found.tab(chromium)
        names = sown(tab, found.url)
        tab.context.close()
        yield found, names


def test_a_text_that_a_screen_forgot_to_escape_would_be_noticed(page):
    page.add_init_script(WATCH)
    page.goto("/")
    put = "(text) => document.querySelector('main').insertAdjacentHTML('beforeend', text)"
    with page.expect_console_message(lambda line: line.text.startswith("violated: script-src")):
        page.evaluate(put, loud("forgotten"))
    assert page.evaluate(ALIVE)


@pytest.mark.slow
def test_no_canary_sings_on_any_screen(chromium, sown_workspace):
    workspace, names = sown_workspace
    asked: list[str] = []
    said: list[str] = []
    tab = workspace.tab(chromium)
    tab.add_init_script(WATCH)
    tab.on("request", lambda request: asked.append(request.url))
    lost: list[str] = []
    tab.on("response", lambda answer: lost.append(answer.url) if answer.status >= 400 else None)
    tab.on("console", lambda line: said.append(line.text) if _is_wrong(line) else None)
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.on("dialog", lambda dialog: (asked.append("dialog/fired"), dialog.dismiss()))
    found = searched(tab, "petra@acme-canary.example")
    rows = found_in_list(tab, "acme-canary.example").locator("th a")
    leads = rows.evaluate_all("all => all.map((each) => each.getAttribute('href'))")
    kinds, texts, wrong = crawl(tab, ["/", *leads, "/leads?kind=all", "/failed", "/quality/duplicates"])
    tab.context.close()
    assert not wrong + lost
    assert not [url for url in asked if "fired" in url]
    assert not said
    assert "<i data-canary>" in found
    assert {"home", "leads:list", "leads:page", "companies:page", "program:edit", "imports:page"} <= set(
        kinds
    )
    assert texts >= names, f"these stood nowhere, so nothing is known of them: {sorted(names - texts)}"


def _is_wrong(line):
    """A part that is opened alone has no head to name an icon in, and the browser looks for one."""
    return line.type in ("error", "warning") and not line.location["url"].endswith("/favicon.ico")
