"""Arrivals for the tests of reading: a site, a server that is believed, a form."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from leadline.web.capture.facts import Arrival, Failed, Read, Refused, SourceInfo
from leadline.web.capture.reading import read_arrival

SITE = SourceInfo(1, "site", trusted=False, kind="browser")
CRM = SourceInfo(2, "crm", trusted=True, kind="server")
FORM = SourceInfo(3, "demo-form", trusted=False, kind="form")

CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
)


def at(text: str) -> int:
    """Microseconds UTC of an ISO text."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


NOON = at("2026-03-01 12:00:00")


def arrival(kind: str, body: object, source: SourceInfo = SITE, **request: Any) -> Arrival:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Arrival(**{"id": 7, "source": source, "received_at": NOON, "kind": kind, "body": text, **request})


def read_all(kind: str, body: object, source: SourceInfo = SITE, **request: Any) -> list:
    return read_arrival(arrival(kind, body, source, **request))


def batch(*messages: object, source: SourceInfo = SITE, envelope: dict | None = None, **request: Any) -> list:
    return read_all("batch", {"batch": messages, **(envelope or {})}, source, **request)


def read(kind: str, message: dict, source: SourceInfo = SITE, **request: Any) -> Read:
    """The one message that could be read."""
    [result] = read_all(kind, {"anonymousId": "a1", "messageId": "m1", **message}, source, **request)
    assert isinstance(result, Read), result
    return result


def reasons(results: list) -> list[str]:
    return ["" if isinstance(one, Read) else one.reason for one in results]


def fields(result: Read) -> dict[str, str | None]:
    return {trait.field: trait.value for trait in result.traits}


__all__ = ["CHROME", "CRM", "FORM", "NOON", "SITE", "Failed", "Read", "Refused", "SourceInfo"]
__all__ += ["arrival", "at", "batch", "fields", "read", "read_all", "reasons"]
