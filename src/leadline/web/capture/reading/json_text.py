"""JSON as strangers send it: read strictly, because what is ambiguous is read differently elsewhere.

msgspec refuses NaN, raw control characters, lone surrogates, invalid UTF-8 and endless nesting; what it
lets pass (keys that stand twice, integers that no database holds) is looked for here.
"""

from __future__ import annotations

import json
import re
from hashlib import blake2b
from typing import Any

import msgspec

from leadline.web.capture.reading.unreadable import UnreadableError

MAX_DEPTH = 64
BOM = b"\xef\xbb\xbf"

# A quote without its end is one token to the end: searched on from its next byte, time would be squared.
_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)


def decode_object(text: bytes) -> dict[str, Any]:
    """The JSON object that stands in the text.

    >>> decode_object(b'{"a": 1}')
    {'a': 1}
    """
    value = decode(text)
    if not isinstance(value, dict):
        raise UnreadableError("not_an_object", f"A message is a JSON object, and this is {_kind(value)}.")
    return value


def decode(text: bytes) -> Any:
    """The JSON value that stands in the text, or `UnreadableError`."""
    _check_depth(text)
    try:
        value = msgspec.json.decode(text)
        _STRICT.decode(text.decode())
    except UnicodeDecodeError as error:
        raise UnreadableError(
            "not_utf8", f"Byte {error.start + 1} is not UTF-8. Send JSON as UTF-8."
        ) from error
    except RecursionError as error:
        raise UnreadableError("too_deep", _too_deep()) from error
    except msgspec.ValidationError as error:
        raise _too_large() from error
    except (msgspec.DecodeError, ValueError) as error:
        raise UnreadableError("not_json", f"This is not JSON: {str(error)[:200]}.") from error
    if b"\\u0000" in text:
        value = _without_nul(value)
    return value


def encode(value: Any) -> bytes:
    """The same bytes for the same value, however its keys are ordered."""
    return msgspec.json.encode(value, order="deterministic")


def digest_of(value: Any) -> str:
    """32 hexadecimal digits that stand for the value."""
    return blake2b(encode(value), digest_size=16).hexdigest()


def _once(pairs: list[tuple[str, Any]]) -> None:
    names = {name for name, _ in pairs}
    if len(names) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))
        raise UnreadableError(
            "duplicate_key", f"The key {twice[:80]!r} stands twice in one object. Send each key once."
        )


def _whole(digits: str) -> None:
    if not -(2**63) <= int(digits) < 2**63:
        raise _too_large()


def _too_large() -> UnreadableError:
    return UnreadableError("number_too_large", "A number is larger than 64 bits hold. Send it as text.")


_STRICT = json.JSONDecoder(object_pairs_hook=_once, parse_int=_whole)


def _check_depth(text: bytes) -> None:
    if text.count(b"{") + text.count(b"[") <= MAX_DEPTH:
        return
    depth = 0
    for match in _BRACKETS.finditer(text):
        first = text[match.start()]
        if first in b"{[":
            depth += 1
            if depth > MAX_DEPTH:
                raise UnreadableError("too_deep", _too_deep())
        elif first in b"]}":
            depth -= 1


def _too_deep() -> str:
    return f"Objects and lists are nested more than {MAX_DEPTH} deep. Send flatter properties."


def _without_nul(value: Any) -> Any:
    """No database column of text holds NUL."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, list):
        return [_without_nul(item) for item in value]
    if isinstance(value, dict):
        return {_without_nul(name): _without_nul(item) for name, item in value.items()}
    return value


def _kind(value: Any) -> str:
    names = {list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"}
    return names.get(type(value), "null")
