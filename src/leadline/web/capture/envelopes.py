"""The envelope: is this JSON of the right shape, and which write key does it name? Messages stay unopened."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from leadline.web.capture.answers import Refusal
from leadline.web.capture.options import MIB, CaptureSettings

BOM = b"\xef\xbb\xbf"
MOST_LENIENT = 1 * MIB  # beyond this only strict JSON, which is read without building it

# Clients write what strict JSON forbids: NaN (Python's), halves of a pair of surrogates (a browser that cut a
# title within an emoji). It may concern one message of many, so the envelope is let through, and the reading
# of messages sorts them out.
_LENIENT = json.JSONDecoder(strict=False, parse_int=str, parse_float=str)


class _Single(msgspec.Struct, gc=False):
    write_key: Any = msgspec.field(default=None, name="writeKey")


class _Message(msgspec.Struct, gc=False):
    """An object of which nothing is kept: of all that can be counted it takes the least memory."""


class _Batch(_Single, gc=False):
    batch: list[_Message] | None = None


_SINGLE = msgspec.json.Decoder(_Single)
_BATCH = msgspec.json.Decoder(_Batch)


def key_within(kind: str, body: bytes, settings: CaptureSettings) -> str:
    """The write key that the body names, or nothing. Raises Refusal on an envelope that is none."""
    given = body[len(BOM) :] if body.startswith(BOM) else body
    if kind == "batch":
        envelope = _decoded(_BATCH, given)
        _check_batch(envelope.batch, settings)
    else:
        if len(body) > settings.most_message:
            raise Refusal(
                400,
                "message_too_large",
                f"the message has {len(body):,} bytes, and at most {settings.most_message:,} are taken",
            )
        envelope = _decoded(_SINGLE, given)
    return as_key(envelope.write_key)


def as_key(given: Any) -> str:
    """A write key as text; numbers are taken for one, anything else is none."""
    return str(given).strip()[:200] if isinstance(given, str | int) and not isinstance(given, bool) else ""


def _check_batch(batch: Any, settings: CaptureSettings) -> None:
    if not isinstance(batch, list):
        raise Refusal(400, "no_batch", 'expected an object with a list of messages, {"batch": [...]}')
    if not batch:
        raise Refusal(400, "empty_batch", "the batch has no messages")
    if len(batch) > settings.most_messages:
        raise Refusal(
            400, "too_many_messages",
            f"the batch has {len(batch):,} messages, and at most {settings.most_messages:,} are taken",
        )  # fmt: skip


def _decoded(decoder: msgspec.json.Decoder, body: bytes) -> Any:
    try:
        return decoder.decode(body)
    except RecursionError:
        raise _nested() from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _leniently(body)


def _leniently(body: bytes) -> _Batch:
    invalid = Refusal(400, "invalid_json", "the body is not valid JSON")
    if len(body) > MOST_LENIENT:
        raise invalid
    try:
        value = _LENIENT.decode(body.decode("utf-8", errors="replace"))
    except RecursionError:
        raise _nested() from None
    except ValueError:
        raise invalid from None
    if not isinstance(value, dict):
        raise Refusal(400, "not_an_object", f"expected a JSON object, got {type(value).__name__}")
    return _Batch(write_key=value.get("writeKey"), batch=value.get("batch"))


def _nested() -> Refusal:
    return Refusal(400, "nested_too_deeply", "the JSON is nested too deeply to be read")
