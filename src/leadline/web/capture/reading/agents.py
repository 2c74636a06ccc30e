"""What sent it: a person's browser, or a machine."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from crawleruseragents import CRAWLER_PATTERNS

MAX_AGENT = 512

# The first that stands in the text: each later one also stands in those before it.
_BROWSERS = (
    ("Edge", re.compile(r"\bEdg(e|A|iOS)?/")),
    ("Opera", re.compile(r"\b(OPR|Opera|OPiOS)\b")),
    ("Samsung Internet", re.compile(r"\bSamsungBrowser/")),
    ("Firefox", re.compile(r"\b(Firefox|FxiOS)/")),
    ("Chrome", re.compile(r"\b(Chrome|CriOS|Chromium)/")),
    ("Safari", re.compile(r"\bVersion/.*\bSafari/")),
)
# Their requests come from the visitor's own browser, so the request's user agent is the visitor's.
_IN_BROWSER = ("leadline.js", "analytics.js", "analytics-next", "rudderlabs javascript sdk")


def agent_of(user_agent: str) -> dict[str, str]:
    """Kind (`desktop`, `phone`, `tablet`, `crawler`, `program`) and name of what sent a user agent.

    >>> agent_of("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)")
    {'kind': 'crawler', 'name': 'Googlebot'}
    """
    return dict(_agent_of(user_agent[:MAX_AGENT])) if user_agent.strip() else {}


def bot_reason(agent: dict[str, str], context: dict[str, Any]) -> str:
    """Why this is taken for a machine, or "": `crawler:Googlebot`, `webdriver`, `declared`."""
    if agent.get("kind") == "crawler":
        return f"crawler:{agent['name']}"
    if context.get("webdriver") is True:
        return "webdriver"
    if context.get("isBot") is True:
        name = context.get("botName")
        return f"declared:{name.strip()[:60]}" if isinstance(name, str) and name.strip() else "declared"
    return ""


def visitors_agent(context: dict[str, Any], message: dict[str, Any], kind: str, of_request: str) -> str:
    """The visitor's user agent; "" where only that of a server's own request is known."""
    stated = context.get("userAgent")
    if isinstance(stated, str) and stated.strip():
        return stated
    library = context.get("library")
    name = str(library.get("name") or "").lower() if isinstance(library, dict) else ""
    by_server = kind == "server" or message.get("channel") == "server" or (name and name not in _IN_BROWSER)
    return "" if by_server else of_request


@lru_cache(maxsize=8192)
def _agent_of(text: str) -> tuple[tuple[str, str], ...]:
    crawler = _crawler_in(text)
    if crawler:
        return (("kind", "crawler"), ("name", crawler))
    name = next((name for name, pattern in _BROWSERS if pattern.search(text)), "")
    if not text.startswith(("Mozilla/", "Opera/")) and not name:
        return (("kind", "program"), ("name", re.split(r"[/ ;(]", text, maxsplit=1)[0][:60]))
    return (("kind", _device(text)), ("name", name or "other"))


def _crawler_in(text: str) -> str:
    """The name that a crawler gives itself, as far as the list's pattern tells it."""
    for patterns in CRAWLER_PATTERNS._chunks_case_sensitive:
        found = patterns.search(text)
        if found:
            return found.group().strip(" /;:()+,.")[:60] or "unnamed"
    return ""


def _device(text: str) -> str:
    if re.search(r"\biPad\b|\bTablet\b|\bKindle\b|\bSilk/|\bPlayBook\b", text):
        return "tablet"
    if re.search(r"\bMobi|\biPhone\b|\biPod\b", text):
        return "phone"
    return "tablet" if "Android" in text else "desktop"
