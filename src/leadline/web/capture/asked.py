"""A request, with what is asked of it: headers, query, the key it shows, and whom it comes from."""

from __future__ import annotations

import base64
import binascii
import itertools
import re
import secrets
from collections.abc import MutableMapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from leadline.web.capture.bodies import Receive
from leadline.web.capture.envelopes import as_key
from leadline.web.operations.proxies import Proxies

_REQUEST_ID = re.compile(rb"[A-Za-z0-9_-]{8,64}")
_HOST = re.compile(r"[A-Za-z0-9.\-]+(?::\d+)?|\[[0-9a-fA-F:.]+\](?::\d+)?")
_ids = itertools.count(1)
_process = secrets.token_hex(6)

MOST_OF_A_HEADER = 2000


class Asked:
    """One request. Of a header that comes twice the last counts."""

    __slots__ = ("_query", "headers", "id", "receive", "scope")

    def __init__(self, scope: MutableMapping[str, Any], receive: Receive) -> None:
        self.scope, self.receive = scope, receive
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self._query: dict[str, str] | None = None
        given = self.headers.get(b"x-request-id", b"")
        self.id = given if _REQUEST_ID.fullmatch(given) else b"%s-%x" % (_process.encode(), next(_ids))

    @property
    def method(self) -> str:
        return self.scope["method"]

    @property
    def query(self) -> dict[str, str]:
        """The query; of a name that stands twice the first counts."""
        if self._query is None:
            pairs = parse_qsl(self.scope.get("query_string", b"").decode("latin-1"), max_num_fields=1000)
            self._query = dict(reversed(pairs))
        return self._query

    def part(self, name: str) -> str:
        """A part of the path."""
        return self.scope["path_params"].get(name, "")

    def text(self, name: bytes) -> str:
        return self.headers.get(name, b"")[:MOST_OF_A_HEADER].decode("utf-8", errors="replace")

    def basic_key(self) -> str:
        """The write key as the name of Basic authorization; the colon behind it may be missing."""
        scheme, _, given = self.headers.get(b"authorization", b"").partition(b" ")
        if scheme.lower() != b"basic":
            return ""
        try:
            decoded = base64.b64decode(given.strip() + b"==").decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            return ""
        return as_key(decoded.partition(":")[0])

    def key(self, in_body: str = "") -> str:
        """The write key: of the authorization, else of the body, else of the query."""
        return self.basic_key() or in_body or as_key(self.query.get("writeKey", ""))


class Senders:
    """Who sent a request, as far as the proxies in between are to be believed."""

    def __init__(self, trusted_proxies: tuple[str, ...]) -> None:
        self._proxies = Proxies(trusted_proxies)

    def meta(self, asked: Asked, **more: Any) -> bytes:
        """What is kept of the sender beside the body, as JSON."""
        known = {
            "ip": self.address(asked),
            "ua": asked.text(b"user-agent"),
            "origin": asked.text(b"origin"),
            "referer": asked.text(b"referer"),
        }
        kept = {name: value for name, value in known.items() if value} | more
        if asked.headers.get(b"sec-gpc", b"").strip() == b"1":
            kept["gpc"] = True
        return msgspec.json.encode(kept)

    def address(self, asked: Asked) -> str:
        """The nearest address that is not one of our proxies."""
        client = asked.scope.get("client")
        return self._proxies.nearest(client[0] if client else "", asked.text(b"x-forwarded-for"))

    def web_address(self, asked: Asked) -> str:
        """By which address this server was reached, such as https://leads.example.com."""
        client = asked.scope.get("client")
        scheme = asked.scope.get("scheme", "http")
        if self._proxies.trusts(client[0] if client else ""):
            told = asked.text(b"x-forwarded-proto").strip().lower()
            scheme = told if told in ("http", "https") else scheme
        host = asked.text(b"host")
        return f"{scheme}://{host if _HOST.fullmatch(host) else 'localhost'}"
