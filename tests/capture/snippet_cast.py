"""A site of pages with the snippet, and a server at another origin that records what they send."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from leadline.web.capture.facts import Arrival, SourceInfo
from leadline.web.capture.reading import read_arrival
from leadline.web.capture.snippet import MEDIA_TYPE, source

SITE = SourceInfo(1, "site", trusted=False, kind="browser")
PATIENCE = 8

# The stub that pages carry, so that they can call before the script is there.
HEAD = """<!doctype html><title>{title}</title>
<script>window.faults = []; onerror = (e) => faults.push(String(e)); onunhandledrejection = onerror</script>
{before}
<script>window.leadline = window.leadline ||
  function () {{ (leadline.q = leadline.q || []).push(arguments) }}</script>
<script async src="{host}/leadline.js" data-key="{key}" {attributes}></script>
{body}"""


@dataclass
class Recorder:
    """What the server got, and how it answers."""

    requests: list[tuple[str, str, str, bytes]] = field(
        default_factory=list
    )  # method, path, content type, body
    status: int = 200
    pages: dict[str, tuple[dict[str, str], str]] = field(default_factory=dict)
    port: int = 0

    @property
    def host(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def page(
        self, path: str, body: str = "", *, before: str = "", attributes: str = "", **headers: str
    ) -> None:
        """Serves a page with the snippet at a path."""
        said = {"host": headers.pop("host", self.host), "key": headers.pop("key", "wk")}
        html = HEAD.format(title=path, before=before, body=body, attributes=attributes, **said)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = (named, html)

    def batches(self) -> list[dict[str, Any]]:
        return [
            json.loads(body)
            for method, path, _, body in self.requests
            if path == "/v1/batch" and method == "POST"
        ]

    def messages(self) -> list[dict[str, Any]]:
        """Each message once, in the order of its first arrival."""
        found: dict[str, dict[str, Any]] = {}
        for batch in self.batches():
            for message in batch["batch"]:
                found.setdefault(message["messageId"], message)
        return list(found.values())

    def named(self) -> list[str]:
        return [message.get("event") or message["type"] for message in self.messages()]

    def facts(self) -> list:
        """What reading makes of all that came."""
        bodies = [body for method, path, _, body in self.requests if path == "/v1/batch" and method == "POST"]
        now = round(time.time() * 1e6)
        return [
            fact
            for number, body in enumerate(bodies)
            for fact in read_arrival(Arrival(number, SITE, now, "batch", body))
        ]

    def wait(self, done: Callable[[], object], why: str = "") -> None:
        until = time.monotonic() + PATIENCE
        while not done():
            assert time.monotonic() < until, f"{why or 'not within time'}: {self.named()}"
            time.sleep(0.02)


@contextmanager
def serving() -> Iterator[Recorder]:
    """The recorder behind a server on loopback."""
    recorder = Recorder()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(recorder))
    server.daemon_threads = True
    recorder.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield recorder
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def _handler(recorder: Recorder) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path == "/leadline.js":
                return self._answer(200, source(), {"Content-Type": MEDIA_TYPE})
            if path in recorder.pages:
                headers, html = recorder.pages[path]
                return self._answer(200, html.encode(), {"Content-Type": "text/html", **headers})
            return self._answer(404, b"")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            recorder.requests.append(("POST", self.path, self.headers.get("Content-Type", ""), body))
            self._answer(recorder.status, b'{"success": true}', {"Content-Type": "application/json"})

        def do_OPTIONS(self) -> None:
            recorder.requests.append(("OPTIONS", self.path, "", b""))
            self._answer(204, b"", {"Access-Control-Allow-Headers": "*"})

        def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            sent = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store", **(headers or {})}
            for name, value in sent.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
