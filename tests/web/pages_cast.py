"""What the tests of pages share: Ana at her browser, and a reader of pages."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.test import Client

from leadline.web.accounts.models import User
from leadline.web.accounts.sessions import BEGAN, SEEN

_OF_USER = "account_authentication_methods_user"

CANARY = "<script>canary()</script><img src=x onerror=canary()>"
BAD_LINK = "javascript:canary()"


def signed_in() -> Client:
    return enter(User.objects.create_user("ana@example.com", name="Ana", role="admin"))


def enter(user: User) -> Client:
    """A browser in which somebody signed in just now."""
    browser = Client()
    browser.force_login(user)
    session = browser.session
    session[BEGAN] = session[SEEN] = time.time()
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time()}]
    session[_OF_USER] = str(user.pk)
    session.save()
    return browser


class Page(HTMLParser):
    """A page as a browser takes it apart: its text, its links, and whatever in it would run as script."""

    def __init__(self, answer) -> None:
        super().__init__()
        self.status, self.html = answer.status_code, answer.content.decode()
        self.words: list[str] = []
        self.links: list[str] = []
        self.runs: list[str] = []
        self.cells: list[list[str]] = []
        self._cell = False
        self.feed(self.html)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words)).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.append(given.get("href", ""))
        if tag == "tr":
            self.cells.append([])
        if tag in ("td", "th"):
            self.cells[-1].append("")
            self._cell = True
        addresses = [given.get(name, "") for name in ("href", "src", "action", "formaction")]
        inline = [name for name in given if name.startswith("on") or name == "style"]
        data = given.get("type") == "application/json"  # a chart's numbers: never run
        script = tag == "script" and "src" not in given and not data
        if tag in ("style", "iframe", "object", "base") or inline or script:
            self.runs.append(f"{tag} {given}")
        if tag == "img" and given.get("src", "").startswith("data:image/svg"):
            addresses.remove(given["src"])  # a picture runs nothing; as a link or a frame it might
        self.runs += [a for a in addresses if a and not re.match(r"https?://|/|\?|#|\.", a)]

    def handle_endtag(self, tag: str) -> None:
        self._cell = self._cell and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self._cell:
            self.cells[-1][-1] = f"{self.cells[-1][-1]} {data.strip()}".strip()


def look(browser: Client, path: str, **query: object) -> Page:
    return Page(browser.get(path, query))
