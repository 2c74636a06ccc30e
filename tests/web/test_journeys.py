"""Journeys through the workspace in a real browser, as a buyer would try them."""

from __future__ import annotations

import re

import pytest
from browser import PASSWORD
from journeys_cast import (
    arrived,
    found_in_list,
    imported,
    lead_of,
    new_source,
    send,
    website,
)
from web_cast import CHROME

expect = pytest.importorskip("playwright.sync_api", reason="needs the package playwright").expect

pytestmark = pytest.mark.xdist_group("chromium")  # one browser, so one worker


@pytest.fixture
def two(chromium, workspace):
    """Mia of marketing and Max who leads sales, each with a tab."""
    tabs = workspace.tab(chromium, "marketing"), workspace.tab(chromium, "manager")
    yield tabs
    for tab in tabs:
        tab.context.close()


def test_a_visitor_becomes_a_lead_on_screen_by_itself(page, chromium, workspace):
    new_source(page, "Shop of journeys", "browser")
    snippet = page.inner_text("#snippet")
    page.wait_for_selector("#check:has-text('Waiting')")
    with website(snippet) as site:
        visitor = chromium.new_context(user_agent=CHROME).new_page()
        visitor.goto(f"{site}/pricing?utm_source=letter")
        page.wait_for_selector("#check:has-text('Installed')")  # nobody has reloaded it
        page.click("#check a")
        page.wait_for_selector("#shown .what:has-text('page')")
        visitor.fill("[name=email]", "nora@visitor.example")
        visitor.fill("[name=first_name]", "Nora")
        visitor.click("text=Ask for a demo")
        page.wait_for_selector("#shown .what:has-text('form')")
        visitor.context.close()
    arrived(page, "nora@visitor.example")
    lead_of(page, "nora@visitor.example")
    expect(page.locator("h1")).to_contain_text("Nora")
    expect(page.locator("#timeline")).to_contain_text("form")
    expect(page.locator("#then .way [aria-current]")).to_be_visible()
    expect(page.locator("#then")).to_contain_text("Asked for a demo")
    assert not workspace.complaints


PEOPLE = """Email,First name,Last name,Company
petra@import.example,Petra,Journey,Import Works
paul@import.example,Paul,Journey,Import Works
no address at all,Pia,Journey,Import Works
"""


def test_a_file_is_looked_at_imported_and_taken_back(page, workspace):
    imported(page, "fair.csv", PEOPLE)
    page.click("button:has-text('See what would change')")
    page.wait_for_selector("h2:text-is('New: the first rows')")
    expect(page.locator("section:has(#created)")).to_contain_text("petra@import.example")
    expect(page.locator("section:has(#refused)")).to_contain_text("no address at all")
    ours = page.url
    assert found_in_list(page, "petra@import.example").count() == 0, "looking writes nothing"
    page.goto(ours)
    page.click("button:has-text('Import 2 rows')")
    page.wait_for_selector("button:has-text('Undo this import')")
    assert found_in_list(page, "import.example").count() == 2
    page.goto(ours)
    page.click("button:has-text('Undo this import')")
    page.wait_for_selector("text=took back all that it had said")
    assert found_in_list(page, "import.example").count() == 0
    assert not workspace.complaints


def test_two_leads_are_made_one_from_the_queue_and_taken_apart_again(page, workspace):
    key = new_source(page, "Counter of journeys", "server")
    traits = {"first_name": "Quirina", "last_name": "Zweifach", "company": "Doppel Works"}
    send(
        workspace.url,
        key,
        {"type": "identify", "messageId": "q1", "userId": "twin-1",
         "traits": {**traits, "email": "quirina.zweifach@doppel.example", "phone": "+49 30 5551234"}},
        {"type": "identify", "messageId": "q2", "userId": "twin-2",
         "traits": {**traits, "email": "q.zweifach@doppel.example", "phone": "+49 30 5551234"}},
    )  # fmt: skip
    arrived(page, "zweifach", rows=2)
    page.goto("/quality/duplicates")
    page.click("text=Look again now")
    page.wait_for_selector(".pair")  # a finished job gives way to its result
    pair = page.locator(".pair:has-text('Zweifach')")
    expect(pair).to_contain_text("quirina.zweifach@doppel.example")
    expect(pair).to_contain_text("For it:")
    pair.locator("button.main").click()
    expect(page.locator("#toasts")).to_contain_text("They are one lead now.")
    expect(page.locator(".pair:has-text('Zweifach')")).to_have_count(0)
    assert found_in_list(page, "zweifach").count() == 1
    lead_of(page, "zweifach")
    expect(page.locator("section:has(#ids)")).to_contain_text("twin-2")
    page.click("section:has(#ids) button:text-is('Take back')")
    expect(page.locator("section:has(#ids)")).to_contain_text("taken back")
    assert found_in_list(page, "zweifach").count() == 2
    assert not workspace.complaints


def fit_of(page, address: str) -> str:
    page.goto(address)
    return page.locator(".figures dt:text-is('Fit') + dd").evaluate("each => each.firstChild.textContent")


def judged(page) -> None:
    """On a program's page: everybody is judged by what holds now."""
    expect(page.locator("#judging")).to_be_empty(timeout=30_000)


def test_a_rule_is_changed_tried_consented_by_two_published_and_rolled_back(two, workspace):
    mia, max_ = two
    workspace.complaints.clear()
    mia.goto("/programs")
    mia.click("h2 a")
    program = mia.url
    before = mia.locator(".head p").inner_text()
    mia.click("text=Change the rules")
    mia.wait_for_selector("#impact section")
    mia.click("#open-fit-2 summary")
    mia.fill("#f-fit-2-points", "1")
    mia.wait_for_selector("#impact .result:has-text('fall')")
    mover = mia.locator("#impact details:has-text('Who falls') tbody tr").first
    lead = mover.locator("a").first.get_attribute("href")
    was, would_be = re.search(r"fit (\S+) → (\S+),", mover.inner_text()).groups()
    mia.click("#impact button:has-text('Backtest')")
    mia.wait_for_selector("#impact .tiles", timeout=60_000)
    draft = mia.url
    assert fit_of(max_, lead) == was
    mia.click("#propose")
    mia.wait_for_selector("button:has-text('I agree for Marketing')", timeout=60_000)
    expect(mia.locator("main")).to_contain_text("once one person of each side agrees")
    max_.goto(mia.url)
    for part in (".tiles", ".result", ".changes >> nth=0"):
        assert max_.inner_text(part) == mia.inner_text(part), "both see the same evidence"
    mia.click("button:has-text('I agree for Marketing')")
    expect(mia.locator(".side-of.given")).to_contain_text("Mia")
    expect(mia.locator("button:has-text('Publish')")).to_have_count(0)
    expect(mia.locator("button:has-text('I agree for Sales')")).to_have_count(0)
    max_.reload()
    max_.click("button:has-text('I agree for Sales')")
    expect(max_.locator(".side-of.given")).to_have_count(2)
    mia.reload()
    mia.fill("#note", "Size says less than we thought")
    mia.click("button:has-text('Publish: it holds from now on')")
    judged(mia)
    assert mia.locator(".head p").inner_text() != before
    assert fit_of(max_, lead) == would_be
    mia.goto(draft)
    expect(mia.locator("main")).to_contain_text("published or put away")

    mia.goto(f"{program}/versions")
    mia.locator(".versions li h2 a").last.click()
    mia.fill("#note", "Too many calls were missed")
    mia.click("button:text-is('Roll back')")
    judged(mia)
    assert fit_of(max_, lead) == was
    mia.goto(f"{program}/versions")
    expect(mia.locator(".versions")).to_contain_text("rolled back")
    assert not workspace.complaints


def test_the_slider_shows_a_past_day_and_comes_back(page, workspace):
    page.goto("/leads?sort=-intent")
    page.locator("#leads tbody th a").first.click()
    page.wait_for_selector("#day")
    now = page.inner_text("#then .figures")
    page.focus("#day")
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector("label[for=day]:has-text('As it was at the end of')")
    assert page.evaluate("document.activeElement.id") == "day", "the slider keeps the keyboard"
    yesterday = page.inner_text("label[for=day]")
    for _ in range(3):
        page.keyboard.press("PageDown")
    page.keyboard.press("Home")
    expect(page.locator("label[for=day]")).not_to_have_text(yesterday)
    expect(page.locator("#then")).not_to_contain_text(now)
    assert page.get_attribute("#day", "aria-valuetext") in page.inner_text("label[for=day]")
    expect(page.locator("#then .learn")).to_have_count(0)
    page.click("text=Back to now")
    page.wait_for_selector("label[for=day]:has-text('As it is now')")
    assert page.inner_text("#then .figures") == now
    assert not workspace.complaints


def test_a_person_is_erased_with_a_certificate_and_is_found_nowhere(page, workspace):
    key = new_source(page, "Desk of journeys", "server")
    said = {"email": "waldemar@forget.example", "first_name": "Waldemar", "last_name": "Vergiss"}
    hello = {"type": "identify", "userId": "waldemar-1", "traits": said}
    send(workspace.url, key, {**hello, "messageId": "w1"})
    arrived(page, "waldemar@forget.example")
    lead = lead_of(page, "waldemar@forget.example")
    page.click(".acts a:has-text('Privacy')")
    page.fill("#because", "They asked for it")
    page.fill("#again", "somebody else")
    page.click("button:has-text('Erase for good')")
    expect(page.locator("h1")).not_to_have_text("Certificate of erasure")
    if not page.locator("#because").count():
        page.goto(lead)
        page.click(".acts a:has-text('Privacy')")
    page.fill("#because", "They asked for it")
    name = re.search("“(.+)”", page.inner_text("label[for=again]"))[1]
    page.fill("#again", name)
    page.click("button:has-text('Erase for good')")
    page.wait_for_selector("h1:text-is('Certificate of erasure')")
    expect(page.locator("main")).to_contain_text("They asked for it")
    expect(page.locator("main")).not_to_contain_text("Waldemar")
    assert page.goto(lead).status == 404
    workspace.complaints.clear()  # the browser says so too
    assert found_in_list(page, "waldemar").count() == 0
    page.keyboard.press("Control+k")
    page.wait_for_selector("#go[open] .found")
    page.keyboard.type("waldemar")
    page.wait_for_function("() => document.querySelector('#go-found').textContent.trim() !== ''")
    expect(page.locator("#go-found")).not_to_contain_text("Waldemar")
    send(workspace.url, key, {**hello, "messageId": "w2"}, {"type": "identify", "messageId": "w3",
         "userId": "after-him", "traits": {"email": "after@forget.example"}})  # fmt: skip
    arrived(page, "after@forget.example")
    assert found_in_list(page, "waldemar").count() == 0, "nor do their facts come back"
    assert not workspace.complaints


def tab_to(page, selector: str, most: int = 120) -> None:
    """Press Tab until what is named has the keyboard."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("(s) => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"Tab never came to {selector}")


def test_from_sign_in_to_a_decision_by_keyboard_alone(chromium, workspace):
    workspace.complaints.clear()
    page = workspace.stranger(chromium)
    page.goto("/sign-in")
    page.keyboard.type("rep@example.com")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:text-is('Today')")
    page.wait_for_load_state()  # before it, no script hears a key
    page.keyboard.press("g")
    page.keyboard.press("l")
    page.wait_for_selector("h1:text-is('Leads')")
    page.wait_for_load_state()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector("#then")
    tab_to(page, ".acts summary")
    page.keyboard.press("Enter")
    tab_to(page, "#reason")
    page.keyboard.type("Wrong number, by keyboard")
    tab_to(page, "button[value=lead_rejected]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#toasts li")
    expect(page.locator("#timeline")).to_contain_text("Wrong number, by keyboard")
    tab_to(page, "#toasts form button")
    page.keyboard.press("Enter")
    expect(page.locator("#timeline li:not(.void):has-text('Wrong number, by keyboard')")).to_have_count(0)
    assert not workspace.complaints
    page.context.close()
