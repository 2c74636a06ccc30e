"""The editor of a draft in a real browser: two views of one file, and beside it what it would do."""

from __future__ import annotations

import pytest
from browser import NARROW, axe, told

pytestmark = pytest.mark.xdist_group("chromium")  # one browser, so one worker


@pytest.fixture
def tab(chromium, workspace):
    """Mia's, in a draft that is put away afterwards."""
    page = workspace.tab(chromium, "marketing")
    page.goto("/programs")
    page.click("h2 a")
    page.click("text=Change the rules")
    page.wait_for_selector("#impact section")
    yield page
    page.goto(page.url.partition("#")[0])
    page.click("summary:has-text('This draft')")
    page.click("text=Put away")
    page.context.close()


def text_of(page) -> str:
    return page.input_value("#text")


def written(page, words: str) -> None:
    page.wait_for_function("(words) => document.getElementById('text').value.includes(words)", arg=words)


def test_form_and_text_follow_each_other_while_somebody_types(tab, workspace):
    before = text_of(tab)
    tab.click("#open-fit-2 summary")
    tab.fill("#f-fit-2-points", "")
    tab.type("#f-fit-2-points", "41", delay=30)
    written(tab, "points: 41}")
    assert [line for line in before.splitlines() if "#" in line] == [
        line for line in text_of(tab).splitlines() if "#" in line
    ]
    assert tab.evaluate("document.activeElement.id") == "f-fit-2-points"
    assert tab.is_visible("#f-fit-2-points"), "what was open stays open"
    tab.wait_for_selector("#impact .result")
    tab.click("#tab-both")
    tab.fill("#text", text_of(tab).replace("points: 41}", "points: 42}"))
    tab.wait_for_function("() => document.getElementById('f-fit-2-points').value === '42'")
    tab.fill("#text", text_of(tab).replace("employees between 50", "employes between 50"))
    tab.wait_for_selector("#problems >> text=did you mean")
    assert tab.inner_text("#gutter .wrong") == tab.inner_text("#problems button").removeprefix("Line ")
    tab.click("#undo")
    written(tab, "employees between 50")
    assert not workspace.complaints


def test_the_keyboard_leaves_the_text_by_tab(tab):
    tab.click("#tab-text")
    tab.focus("#text")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.id") != "text"
    assert "\t" not in text_of(tab)


def test_two_tabs_and_nothing_is_written_over(tab, chromium, workspace):
    other = workspace.tab(chromium, "manager")
    other.goto(tab.url)
    other.click("#open-fit-0 summary")
    other.fill("#f-fit-0-points", "51")
    written(other, "points: 51}")
    tab.click("#open-fit-1 summary")
    tab.fill("#f-fit-1-points", "77")
    tab.wait_for_selector("#conflict:not([hidden])")
    assert "Max changed this draft" in tab.inner_text("#conflict")
    written(tab, "points: 51}")
    assert "points: 77}" not in text_of(tab)
    other.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_editor_has_no_serious_findings_of_axe(tab, scheme):
    tab.emulate_media(color_scheme=scheme)
    tab.click("#open-intent-0 summary")
    tab.click("#tab-both")
    serious = [each for each in axe(tab) if each["impact"] in ("serious", "critical")]
    assert not serious, told({"editor": serious})


def test_the_editor_fits_a_telephone(tab):
    tab.set_viewport_size(dict(zip(("width", "height"), NARROW, strict=True)))
    tab.click("#open-intent-0 summary")
    for view in ("form", "text", "both"):
        tab.click(f"#tab-{view}")
        assert tab.evaluate("document.documentElement.scrollWidth") <= NARROW[0]
