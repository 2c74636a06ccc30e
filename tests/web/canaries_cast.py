"""Texts that would do something wherever a screen forgot to escape them, in every field that is tracked."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import quote, urlsplit

from browser import NO_SCREENS
from journeys_cast import arrived, found_in_list, imported, new_source, send

SEEN = re.compile(r"<i data-canary>([a-z]+)</i>")
WATCH = """
addEventListener('securitypolicyviolation', (event) =>
  console.error('violated: ' + event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample))
window.canary = (name) => console.error('fired: ' + name)
"""
OPEN = "() => document.querySelectorAll('details').forEach((each) => { each.open = true })"
ALIVE = """() => [...document.querySelectorAll(
    '[data-canary], [onerror], [onload], a[href^="javascript:" i], form[action^="javascript:" i]')]
  .map((each) => each.outerHTML.slice(0, 200))"""
OF_A_KIND = 4  # screens of one kind that are looked at, each with other data


def canary(name: str) -> str:
    """A text that breaks out of an element, an attribute and a script, and says where it came from.

    >>> SEEN.findall(canary("note"))
    ['note']
    """
    return f"<i data-canary>{name}</i>'\"></script><b data-canary>"


def loud(name: str) -> str:
    """A longer one, which also asks for what the policy of the page would have to stop."""
    return canary(name) + "<img src=/fired onerror=canary(1)><svg onload=canary(2)><script>canary(3)</script>"


def sown(page: Any, url: str) -> set[str]:
    """Put canaries wherever a visitor, a sender or a member of the team can write; gives their names."""
    return (
        _sent(page, url)
        | _of_a_lead(page)
        | _of_a_file(page)
        | _of_the_team(page)
        | _of_companies(page)
        | _of_a_program(page)
    )


def _sent(page: Any, url: str) -> set[str]:
    key = new_source(page, canary("source"), "server")
    script = "javascript:canary(4)//"
    context = {
        "userAgent": loud("agent"),
        "campaign": {"source": canary("utm"), "medium": loud("medium"), "name": loud("campaign")},
        "page": {
            "url": script + loud("url"),
            "title": loud("title"),
            "referrer": script,
            "path": loud("path"),
        },
    }
    traits = {
        "first_name": canary("first"), "last_name": canary("last"), "company": canary("company"),
        "email": "petra@acme-canary.example", "seniority": loud("trait"), "pain": loud("pain"),
        loud("field"): "a field", "website": script + "website", "title": loud("job"),
    }  # fmt: skip
    lead = {"userId": "canary-" + canary("user")}
    send(
        url, key,
        {"type": "identify", "messageId": "c1", **lead, "traits": traits, "context": context},
        {"type": "track", "messageId": "c2", **lead, "event": loud("event"), "context": context,
         "properties": {loud("key"): loud("value"), "url": script, "nested": {"deep": [loud("deep")]}}},
        {"type": "page", "messageId": "c3", **lead, "name": loud("page"), "context": context,
         "properties": context["page"]},
        {"type": "track", "messageId": "c4", **lead, "event": "chat_message",
         "properties": {"text": loud("chat")}, "context": context},
        {"type": "track", "messageId": "c5", **lead, "event": "form",
         "properties": {"name": "demo", "message": loud("message")}},
        {"type": "identify", "messageId": "c6", "userId": "another", "traits": {
            "email": canary("mail").replace(" ", "") + "@acme-canary.example", "first_name": canary("first"),
            "last_name": canary("last"), "company": canary("company")}},
        {"type": loud("kind"), "messageId": "c7", "userId": "x"},
        {"type": "track", "messageId": "c8", "userId": loud("bad") * 40, "event": ["no", loud("bad")]},
    )  # fmt: skip
    arrived(page, "petra@acme-canary.example")
    # a browser's name and a field of such a name are shown nowhere so far
    return {
        "source", "utm", "medium", "campaign", "url", "title", "path", "first", "last", "company",
        "trait", "pain", "job", "user", "event", "key", "value", "page", "chat", "message",
    }  # fmt: skip


def _of_a_lead(page: Any) -> set[str]:
    found_in_list(page, "petra@acme-canary.example").locator("th a").first.click()
    page.fill("#text", loud("note"))
    page.click("text=Add the note")
    page.fill("#tag", canary("tag"))
    page.click("button:text-is('Add')")
    page.click(".acts summary")
    page.fill("#reason", loud("reason"))
    page.click("button[value=lead_rejected]")
    page.wait_for_selector("#toasts li")
    return {"note", "tag", "reason"}


def _of_a_file(page: Any) -> set[str]:
    rows = [
        ["Email", "First name", canary("column"), "Company"],
        ["fine@file.example", canary("cell"), canary("other"), "Acme"],
        [canary("refused"), "None", "x", "Acme"],
    ]
    text = "\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    imported(page, canary("file").replace("/", "") + ".csv", text + "\n")
    page.click("button:has-text('See what would change')")
    page.wait_for_selector("h2:text-is('New: the first rows')")
    imported(page, "left-at-its-columns.csv", text + "\n")
    return {"column", "cell", "refused"}


def _of_the_team(page: Any) -> set[str]:
    page.goto("/segments/new")
    page.fill("#name", canary("segment"))
    page.fill("#condition", "fit >= 0")
    page.click("text=Keep")
    page.goto("/leads?kind=all")
    page.click("summary:has-text('Views')")
    page.fill("#view-name", canary("view"))
    page.click("button:text-is('Keep')")
    page.goto("/forms/new")
    page.fill("[name=name]", canary("form"))
    page.click("text=Make it")
    page.goto("/teams")
    page.fill("main [name=name]", canary("team"))
    page.click("main form button.main, main form:has([name=name]) button")
    return {"segment", "view", "form", "team"}


def _of_companies(page: Any) -> set[str]:
    page.goto("/companies/group")
    page.fill("#name-1", canary("role"))
    page.fill("#condition-1", "seniority = 'vp'")
    page.click("text=Set")
    return {"role"}


def _of_a_program(page: Any) -> set[str]:
    page.goto("/programs/new")
    page.fill("#name", canary("program"))
    page.click("button:text-is('Begin')")
    page.click("summary:has-text('This draft')")
    page.fill("#title", canary("draft"))
    page.click("text=Rename")
    return {"program", "draft"}


def crawl(page: Any, first: list[str]) -> tuple[dict[str, int], set[str], list[str]]:
    """Look at every screen that links lead to, and at some more; all that folds is opened.

    Gives how many screens of each kind were seen, the canaries that stood on them as text, and what is wrong:
    those that are alive, and links that lead nowhere.
    """
    from django.urls import Resolver404, resolve

    kinds: dict[str, int] = {}
    texts: set[str] = set()
    wrong: list[str] = []
    waiting, known = list(first), dict.fromkeys(first, "nowhere")
    while waiting:
        path = waiting.pop(0)
        try:
            kind = resolve(urlsplit(path).path).view_name
        except Resolver404:
            continue
        if kind in NO_SCREENS or (path not in first and kinds.get(kind, 0) >= OF_A_KIND):
            continue
        try:
            answer = page.goto(path)
        except Exception as error:
            if "Download is starting" not in str(error):
                raise
            continue
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        if answer.status != 200:
            wrong.append(f"{path}: {answer.status}, linked from {known[path]}")
        kinds[kind] = kinds.get(kind, 0) + 1
        page.evaluate(OPEN)
        _point_at_pictures(page)
        texts |= set(SEEN.findall(html.unescape(page.content())))
        wrong += [f"{path}: {each}" for each in page.evaluate(ALIVE)]
        links = page.eval_on_selector_all("a[href]:not([download])", "all => all.map((a) => a.href)")
        for link in links:
            parts = urlsplit(link)
            local = parts._replace(scheme="", netloc="", fragment="").geturl()
            if f"{parts.scheme}://{parts.netloc}" == _origin(page) and local not in known:
                known[local] = path
                waiting.append(local)
    return kinds, texts, wrong


def _origin(page: Any) -> str:
    parts = urlsplit(page.url)
    return f"{parts.scheme}://{parts.netloc}"


def _point_at_pictures(page: Any) -> None:
    """What a picture says under the pointer is made by a script."""
    for drawn in page.locator("figure.chart canvas, figure.chart svg").all()[:3]:
        if drawn.is_visible():
            drawn.hover(force=True)


def searched(page: Any, words: str) -> str:
    """What Ctrl-K finds."""
    page.goto("/leads?kind=all&q=" + quote(words))
    page.keyboard.press("Control+k")
    page.wait_for_selector("#go[open] .found")
    page.keyboard.type(words)
    page.wait_for_selector("#go-found h3:text-is('People')")
    return page.inner_text("#go-found")
