"""The workspace in a real browser: by keyboard alone, at 360 px, light and dark, on every screen."""

from __future__ import annotations

import pytest
from browser import NARROW, PASSWORD, axe, screens, told

pytestmark = pytest.mark.xdist_group("chromium")  # one browser, so one worker


@pytest.fixture(scope="module")
def crawled(chromium, workspace):
    tab = workspace.tab(chromium)
    found = screens(tab)
    tab.context.close()
    return found


@pytest.fixture
def every_screen(crawled):
    return crawled[0]


def test_no_link_leads_to_a_page_that_fails(crawled):
    found, broken = crawled
    assert {"home", "leads:list", "leads:page", "sources:list", "me"} <= set(found)
    assert not broken


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_screen_has_serious_findings_of_axe(chromium, workspace, every_screen, scheme):
    tab = workspace.tab(chromium, color_scheme=scheme)
    found = {}
    for name, path in every_screen.items():
        tab.goto(path)
        serious = [
            each
            for each in axe(tab, only="color-contrast" if scheme == "dark" else "")
            if each["impact"] in ("serious", "critical")
        ]
        if serious:
            found[name] = serious
    tab.context.close()
    assert not found, told(found)


def test_no_screen_is_wider_than_a_telephone_or_has_targets_too_small_to_hit(
    chromium, workspace, every_screen
):
    tab = workspace.tab(chromium, size=NARROW)
    small = """() => [...document.querySelectorAll(
            'button, select, input:not([type=hidden]), summary, .button')]
        .map((each) => [each, [each, ...(each.labels || [])].map((part) => part.getBoundingClientRect())])
        .filter(([, boxes]) => boxes[0].width > 2
            && !boxes.some((box) => box.height >= 23.5 && box.width >= 18))
        .map(([each]) => each.outerHTML.slice(0, 160))"""
    found = {}
    for name, path in every_screen.items():
        tab.goto(path)
        width = tab.evaluate("document.documentElement.scrollWidth")
        problems = ([f"{width} px wide"] if width > NARROW[0] else []) + tab.evaluate(small)
        if problems:
            found[name] = problems
    tab.context.close()
    assert not found, told(found)


def test_no_screen_runs_into_its_own_content_security_policy(chromium, workspace, every_screen):
    workspace.complaints.clear()
    tab = workspace.tab(chromium)
    for path in every_screen.values():
        tab.goto(path)
        tab.wait_for_load_state("networkidle")
    tab.context.close()
    assert not workspace.complaints


def test_from_sign_in_to_a_lead_by_keyboard_alone(chromium, workspace):
    tab = workspace.stranger(chromium)
    tab.goto("/sign-in")
    for key in ("rep@example.com", "Tab", PASSWORD, "Enter"):
        tab.keyboard.press(key) if key in ("Tab", "Enter") else tab.keyboard.type(key)
    tab.wait_for_selector("h1:text-is('Today')")
    tab.keyboard.press("g")
    tab.keyboard.press("l")
    tab.wait_for_selector("h1:text-is('Leads')")
    for key in ("j", "j", "k", "j"):
        tab.keyboard.press(key)
    name = tab.locator("main tbody tr").nth(1).locator("th a").first.inner_text()
    tab.keyboard.press("Enter")
    tab.wait_for_selector(f"h1:has-text('{name}')")
    tab.context.close()


def test_ctrl_k_finds_a_lead_by_part_of_its_name_and_opens_it(page):
    name = page.locator("main tbody th a").first.inner_text()
    page.keyboard.press("Control+k")
    page.wait_for_selector("#go[open] .found")
    page.keyboard.type(name.split()[-1])
    page.wait_for_selector(f"#go-found h3:text-is('People') ~ ul a:has-text('{name}')")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/lead/*")


def test_ctrl_k_forgives_a_typing_error_and_closes_with_escape(page):
    page.keyboard.press("Control+k")
    page.wait_for_selector("#go[open] .found")
    page.keyboard.type("sorces")
    page.wait_for_selector("#go-found a.first:has-text('Sources')")
    page.keyboard.press("Escape")
    page.wait_for_selector("#go:not([open])", state="attached")
    page.keyboard.press("?")
    page.wait_for_selector("#keys[open]")


def test_letters_that_are_typed_into_a_field_are_no_commands(page):
    page.goto("/leads")
    page.keyboard.press("/")
    page.keyboard.type("gl j?")
    assert page.evaluate("document.activeElement.value") == "gl j?"
    assert not page.locator("#keys[open]").count()


def test_dark_is_chosen_and_stays_without_a_bright_moment(chromium, workspace):
    tab = workspace.tab(chromium, color_scheme="light")
    ground = "getComputedStyle(document.body).backgroundColor"
    bright = tab.evaluate(ground)
    tab.click("button.to-dark")
    tab.wait_for_selector("html[data-theme=dark]")
    assert tab.evaluate(ground) != bright
    tab.goto("/leads")
    assert 'data-theme="dark"' in tab.content()
    tab.context.close()


def test_the_navigation_is_a_drawer_on_a_telephone_without_any_script(chromium, workspace):
    signed_in = workspace.tab(chromium, size=NARROW)
    kept = signed_in.context.storage_state()
    signed_in.context.close()
    tab = workspace.stranger(chromium, size=NARROW, java_script_enabled=False, storage_state=kept)
    tab.goto("/")
    link = tab.get_by_role("link", name="Sources", exact=True).first
    assert not link.is_visible()
    tab.click("button.menu")
    link.click()
    assert tab.url.endswith("/sources")
    tab.context.close()
