"""A request's body taken apart into its messages, each still as the bytes that came.

One message that is not JSON must not take its siblings with it, which no JSON parser offers. So where
a parser gives up on the whole, the messages are found by their brackets alone, and read one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import msgspec

from leadline.web.capture.reading.json_text import BOM, decode
from leadline.web.capture.reading.unreadable import UnreadableError

MAX_MESSAGES = 10_000
# Four mebibytes of a real client hold some 500,000; more is brackets for their own sake.
MAX_TOKENS = 1_000_000

# A quote without its end is one token to the end: searched on from its next byte, time would be squared.
_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[\]{},:]', re.DOTALL)
_BATCH = b'"batch"'


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a batch says once for all its messages."""

    context: dict[str, Any] = field(default_factory=dict)
    sent_at: Any = None
    warnings: tuple[str, ...] = ()


def split(body: bytes) -> tuple[Envelope, list[bytes]]:
    """The envelope of a batch and its messages; `UnreadableError` where there are none to be found."""
    text = body.removeprefix(BOM)
    members = _members(text)
    if "batch" not in members:
        raise UnreadableError("no_batch", "A batch is a JSON object with a list `batch`, and there is none.")
    messages = _items(members["batch"])
    return _envelope(members), messages


def _envelope(members: dict[str, bytes]) -> Envelope:
    warnings = []
    values: dict[str, Any] = {}
    for name, said in (("context", "context"), ("sentAt", "sent_at")):
        try:
            values[name] = decode(members.get(name, b"null"))
        except UnreadableError:
            warnings.append(f"unreadable_{said}")
    context = values.get("context")
    if context is not None and not isinstance(context, dict):
        warnings.append("unreadable_context")
    return Envelope(
        context if isinstance(context, dict) else {}, values.get("sentAt"), tuple(dict.fromkeys(warnings))
    )


def _members(text: bytes) -> dict[str, bytes]:
    if text.count(_BATCH) < 2:  # else one list might hide another
        try:
            return {k: bytes(v) for k, v in msgspec.json.decode(text, type=dict[str, msgspec.Raw]).items()}
        except (msgspec.DecodeError, ValueError, RecursionError):
            pass
    return _members_by_brackets(text)


def _items(text: bytes) -> list[bytes]:
    if not text.startswith(b"["):
        raise UnreadableError("no_batch", "`batch` is a list of messages, and this is none.")
    items = list(islice(_pieces(text), MAX_MESSAGES + 1))
    if len(items) > MAX_MESSAGES:
        raise UnreadableError(
            "too_many_messages", f"A request may bring {MAX_MESSAGES:,} messages. Send several requests."
        )
    return items


def _pieces(text: bytes) -> Iterator[bytes]:
    # A parser would make millions of pieces before they can be counted.
    if text.count(b",") < 10 * MAX_MESSAGES:
        try:
            return map(bytes, msgspec.json.decode(text, type=list[msgspec.Raw]))
        except (msgspec.DecodeError, ValueError, RecursionError):
            pass
    return _parts(text)


def _members_by_brackets(text: bytes) -> dict[str, bytes]:
    text = text.strip()
    if not text.startswith(b"{"):
        raise UnreadableError("not_json", "A request's body is a JSON object, and this is none.")
    members: dict[str, bytes] = {}
    for part in _parts(text):
        name, value = _named(part)
        if name in members:
            raise UnreadableError("duplicate_key", f"The key {name[:80]!r} stands twice. Send each key once.")
        members[name] = value
    return members


def _named(part: bytes) -> tuple[str, bytes]:
    key = _TOKENS.match(part)
    colon = _TOKENS.search(part, key.end()) if key else None
    if key is None or colon is None or colon.group() != b":":
        raise UnreadableError("not_json", "This is not JSON: a member of the envelope has no name.")
    try:
        name = msgspec.json.decode(key.group(), type=str)
    except (msgspec.DecodeError, ValueError) as error:
        raise UnreadableError(
            "not_json", "This is not JSON: a member of the envelope has no name."
        ) from error
    return name, part[colon.end() :].strip()


def _parts(text: bytes) -> Iterator[bytes]:
    """What stands between the commas of the outermost brackets."""
    depth, start, end = 0, 1, -1
    for count, match in enumerate(_TOKENS.finditer(text)):
        if count > MAX_TOKENS:
            raise UnreadableError("too_many_values", "The body is not JSON, and too large to be mended here.")
        token = text[match.start()]
        if token in b"[{":
            depth += 1
        elif token in b"]}":
            depth -= 1
            end = match.start()
        if (token == 0x2C and depth == 1) or (depth == 0 and token in b"]}"):
            part = text[start : match.start()].strip()
            if part or token == 0x2C:
                yield part
            start = match.end()
            if depth == 0:
                break
    if depth != 0 or end < 0 or text[end + 1 :].strip():
        raise UnreadableError("not_json", "The body is cut off, or its brackets do not match.")
