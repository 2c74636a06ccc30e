"""A message within an address, for mails and for pages without scripts."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from leadline.web.capture.envelopes import as_key

NOT_OF_THE_MESSAGE = ("data", "writeKey")


def message(query: dict[str, str]) -> dict[str, Any]:
    """The message of a pixel's query: `data` is JSON in base64, or the names are dotted.

    Raises ValueError where `data` is not readable.

    >>> message({"userId": "u1", "event": "Opened", "properties.subject": "Hello"})
    {'userId': 'u1', 'event': 'Opened', 'properties': {'subject': 'Hello'}}
    """
    if "data" not in query:
        return _nested(query)
    value = json.loads(_decoded(query["data"]))
    if not isinstance(value, dict):
        raise ValueError("the data of a pixel is a JSON object")
    return {"writeKey": query["writeKey"], **value} if "writeKey" in query else value


def write_key(given: dict[str, Any]) -> str:
    return as_key(given.get("writeKey"))


def _decoded(data: str) -> bytes:
    """Base64 as it survives an address: of the safe alphabet or not, unpadded, its `+` become blanks."""
    plain = data.replace(" ", "+").replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except binascii.Error as fault:
        raise ValueError("the data of a pixel is base64") from fault


def _nested(query: dict[str, str]) -> dict[str, Any]:
    root: dict[str, Any] = {}
    for name, value in query.items():
        if name in NOT_OF_THE_MESSAGE:
            continue
        *outer, last = name.split(".", 4)
        into = root
        for part in outer:
            inner = into.setdefault(part, {})
            if not isinstance(inner, dict):
                break
            into = inner
        else:
            into.setdefault(last, value)
    return root
