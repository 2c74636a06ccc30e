"""What is kept of a message that failed: its content only where its visitor did not say no.

A message fails where it cannot be understood, and then what it says of consent cannot be relied upon. It is
looked at as far as it can be made out; what cannot be made out is taken as not said. So a source that asks
for consent keeps no content of what it cannot read, and a sign of Global Privacy Control is enough.
"""

from __future__ import annotations

import re
from typing import Any

from leadline.web.capture.facts import Arrival, Failed, SourceInfo
from leadline.web.capture.reading import people
from leadline.web.capture.reading.consent import refusal
from leadline.web.capture.reading.json_text import BOM, decode_object, encode
from leadline.web.capture.reading.split import Envelope, split
from leadline.web.capture.reading.unreadable import UnreadableError

UNKNOWN_SOURCE = SourceInfo(0, "", trusted=False, kind="browser")

_LOOKED_INTO = 512 * 1024
_SIGN = re.compile(rb'"gpc"\s*:\s*true')
_WHY = {
    "gpc": "who sent them asks not to be tracked (Global Privacy Control)",
    "consent": "it could not be made out that the visitor allowed it",
}


def failed_message(
    arrival: Arrival, envelope: Envelope, text: bytes, index: int, reason: str, detail: str
) -> Failed:
    """One message that could not be read; without its content where its visitor may not want it stored."""
    message = _made_out(text)
    if why := _refusal(arrival, envelope, text, message):
        return _without_content(reason, why, len(text), index)
    return Failed(reason, detail, text, _id_of(message), index)


def failed_request(arrival: Arrival, reason: str, detail: str) -> Failed:
    """A whole request that could not be taken, without the messages that may not be stored."""
    if arrival.kind != "batch":
        return failed_message(arrival, Envelope(), arrival.body.removeprefix(BOM), 0, reason, detail)
    try:
        envelope, messages = split(arrival.body)
    except UnreadableError:
        if why := _refusal(arrival, Envelope(), arrival.body, {}):
            return _without_content(reason, why, len(arrival.body), 0)
        return Failed(reason, detail, arrival.body, None, 0)
    why = [_refusal(arrival, envelope, text, _made_out(text)) for text in messages]
    kept = [text for text, refused in zip(messages, why, strict=True) if not refused]
    if len(kept) == len(messages):
        return Failed(reason, detail, arrival.body, None, 0)
    if not kept:
        return _without_content(reason, why[0], len(arrival.body), 0)
    detail = f"{detail} Messages not kept, by their visitors' wish: {len(messages) - len(kept):,}."
    return Failed(reason, detail, _joined(envelope, kept), None, 0)


def _refusal(arrival: Arrival, envelope: Envelope, text: bytes, message: dict[str, Any]) -> str:
    """Why the content may not be kept, or ""."""
    kind = arrival.kind if arrival.kind != "batch" else message.get("type")
    own = message.get("context")
    return refusal(
        kind=kind.lower() if isinstance(kind, str) else "",
        event=str(message.get("event")),
        known=_names_user(message),
        context={**envelope.context, **(own if isinstance(own, dict) else {})},
        gpc=arrival.gpc or (not message and _SIGN.search(text) is not None),
        source=arrival.source,
    )


def _made_out(text: bytes) -> dict[str, Any]:
    """The message as far as it can be made out: whole, or not at all."""
    if len(text) > _LOOKED_INTO:
        return {}
    try:
        return decode_object(text)
    except UnreadableError:
        return {}


def _names_user(message: dict[str, Any]) -> bool:
    try:
        return people.user(people.id_text(message.get("userId"), "userId")) is not None
    except UnreadableError:
        return False


def _id_of(message: dict[str, Any]) -> str | None:
    given = message.get("messageId")
    try:
        return people.id_text(given, "messageId") or None if isinstance(given, str | int) else None
    except UnreadableError:
        return None


def _without_content(reason: str, why: str, size: int, index: int) -> Failed:
    # The sentence of the fault is left out as well: it may quote what was sent.
    return Failed(reason, f"{size:,} bytes that were not kept: {_WHY[why]}.", b"", None, index, withheld=True)


def _joined(envelope: Envelope, messages: list[bytes]) -> bytes:
    said = {"context": envelope.context, "sentAt": envelope.sent_at}
    return b'{"batch":[%s],%s' % (b",".join(messages), encode(said)[1:])
