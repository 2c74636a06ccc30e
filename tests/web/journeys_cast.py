"""What journeys through the workspace need: a website with our snippet, senders, files to import."""

from __future__ import annotations

import json
import threading
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from web_cast import CHROME

SITE = """<!doctype html><title>Pricing of ours</title><h1>Our website</h1>
{snippet}
<form action="/thanks" name="demo" data-leadline="demo">
<label>E-mail <input type="email" name="email"></label>
<label>First name <input name="first_name"></label><label>Last name <input name="last_name"></label>
<button>Ask for a demo</button></form>"""


@contextmanager
def website(snippet: str) -> Iterator[str]:
    """Somebody's website at another origin, with a script in every page; gives its address."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(SITE.format(snippet=snippet).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def new_source(page: Any, name: str, kind: str) -> str:
    """Make a source as people do; gives its write key. The tab stays on the source's page."""
    page.goto("/sources/new")
    page.fill("[name=name]", name)
    page.select_option("[name=kind]", kind)
    page.click("text=Make the source")
    return page.inner_text("section:has(#keys-title) code >> nth=0")


def send(url: str, key: str, *messages: dict[str, Any]) -> None:
    """A batch, as a server's client sends it."""
    request = urllib.request.Request(
        f"{url}/v1/batch",
        json.dumps({"batch": messages}).encode(),
        {
            "Content-Type": "application/json",
            "Authorization": "Basic " + b64encode(f"{key}:".encode()).decode(),
            "User-Agent": CHROME,
        },
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 200


def found_in_list(page: Any, words: str) -> Any:
    """The rows of the leads that a search among everybody finds; waits for nothing."""
    page.goto(f"/leads?kind=all&q={words}")
    return page.locator("#leads tbody tr")


def arrived(page: Any, words: str, rows: int = 1) -> None:
    """Wait until that many leads are found by these words: the worker has stored what was sent."""
    for _ in range(60):
        if found_in_list(page, words).count() == rows:
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"{rows} leads were not found by {words!r}")


def lead_of(page: Any, words: str) -> str:
    """Open the page of the one lead that these words find; gives its address."""
    found_in_list(page, words).locator("th a").first.click()
    page.wait_for_selector("#then")
    return page.url


def imported(page: Any, name: str, text: str) -> None:
    """A file uploaded, up to the screen on which its columns are matched."""
    page.goto("/imports/new")
    page.set_input_files("#file", {"name": name, "mimeType": "text/csv", "buffer": text.encode()})
    page.click("button:has-text('Upload')")
    page.wait_for_selector("button:has-text('See what would change')")
