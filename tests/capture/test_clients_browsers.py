"""Segment's browser client in a real browser, on a page of another origin; what counts is what is stored."""

from __future__ import annotations

import functools
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from capture_server import KEY, Place, Server, serving
from clients_at_hand import chromium, file_of, run_node

CALLS = """
  await analytics.page("Docs", "Pricing");
  await analytics.identify("ana", { email: "ana@example.com" });
  await analytics.track("Trial Started", { plan: "team", title: "cut \\ud83d off" });
  await analytics.group("acme", { name: "Acme" });
"""
BY_PACKAGE = """<!doctype html><link rel="icon" href="data:,"><title>Pricing</title>
<script src="/index.js"></script><script type="module">
  const { AnalyticsBrowser } = window.AnalyticsNext;
  const options = { initialPageview: false, integrations: { "Segment.io": %s } };
  const [analytics] = await AnalyticsBrowser.load({ writeKey: "%s", cdnURL: "%s" }, options);
  %s
  window.done = true;
</script>"""
BY_SNIPPET = """<!doctype html><link rel="icon" href="data:,"><title>Pricing</title><script>
  window.analytics = [["page", "Docs", "Pricing"], ["track", "Trial Started", { plan: "team" }]];
  analytics._writeKey = "%s";
  analytics._cdn = "%s";
</script><script src="%s/analytics.js/v1/%s/analytics.min.js"></script><script>
  const waiting = setInterval(() => {
    if (!window.analytics.ready) return;
    clearInterval(waiting);
    analytics.ready(() => { window.done = true; });
  }, 50);
</script>"""


@contextmanager
def site(folder: Path) -> Iterator[str]:
    """A site of its own on another port, so that the browser takes it for another origin."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *told: Any) -> None:
            pass

    pages = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{pages.server_port}"
    finally:
        pages.shutdown()
        pages.server_close()


def visit(folder: Path, html: str) -> list[str]:
    """Open the page in the browser; what the page had to complain of."""
    (folder / "index.html").write_text(html, encoding="utf-8")
    with site(folder) as url:
        return run_node("browser.mjs", chromium(), f"{url}/index.html")["told"]


@pytest.mark.parametrize(
    ("delivery", "kinds"),
    [
        ({}, {"page", "identify", "track", "group"}),
        pytest.param({"deliveryStrategy": {"strategy": "batching"}}, {"batch"}, marks=pytest.mark.slow),
    ],
    ids=["message by message", "in batches"],
)
def test_segments_browser_client(
    on_sqlite: Place, tmp_path: Path, delivery: dict[str, Any], kinds: set[str]
) -> None:
    bundles = file_of("@segment/analytics-next", "dist", "umd")
    for script in bundles.glob("*.js"):
        (tmp_path / script.name).write_bytes(script.read_bytes())
    with serving(on_sqlite) as server:
        told = visit(tmp_path, BY_PACKAGE % (json.dumps(delivery), KEY, server.url, CALLS))
        items = server.place.inbox().peek(100)
        messages = by_type(server)
    assert not told
    assert {item.kind for item in items} == kinds
    assert set(messages) == {"page", "identify", "track", "group"}
    assert messages["page"]["name"] == "Pricing"
    assert messages["identify"]["traits"]["email"] == "ana@example.com"
    assert messages["track"]["properties"]["plan"] == "team"
    assert messages["track"]["userId"] == "ana"
    assert messages["group"]["groupId"] == "acme"
    assert all(message["messageId"].startswith("ajs-next-") for message in messages.values())
    assert len({message["anonymousId"] for message in messages.values()}) == 1
    origins = {json.loads(item.meta)["origin"] for item in items}
    assert len(origins) == 1


@pytest.mark.slow
def test_segments_own_snippet_loads_the_client_from_here(on_sqlite: Place, tmp_path: Path) -> None:
    client = file_of("@segment/analytics-next", "dist", "umd", "standalone.js")
    with serving(on_sqlite, LEADLINE_ANALYTICS_JS=str(client)) as server:
        told = visit(tmp_path, BY_SNIPPET % (KEY, server.url, server.url, KEY))
        messages = by_type(server)
    assert not told
    assert {"page", "track"} <= set(messages)
    assert messages["track"]["event"] == "Trial Started"


def by_type(server: Server) -> dict[str, dict[str, Any]]:
    messages = server.messages()
    assert len({message["messageId"] for message in messages}) == len(messages)
    return {message["type"]: message for message in messages}
