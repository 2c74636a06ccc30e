"""Writing YAML that people like to read: short things on one line, quotes only where they are needed.

The reader of :mod:`leadline.model.tree` gives back what was written here, value for value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from leadline.model.expr import number_text
from leadline.model.tree import Scalar

WIDTH = 120

_NEEDS_QUOTES = re.compile(
    r"^[-?:,\[\]{}#&*!|>'\"%@`=<]|^\.\.\.|: |:$| #|^\s|\s$"
    r"|[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_FLOW_SIGNS = re.compile(r"[,\[\]{}]")
_TO_ESCAPE = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


def scalar(value: Any, *, flow: bool = False) -> str:
    """A text, a number, true, false or nothing, on one line.

    >>> scalar("Berlin"), scalar("no: thing"), scalar("12"), scalar(12.0), scalar("a, b", flow=True)
    ('Berlin', '"no: thing"', '"12"', '12', '"a, b"')
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return number_text(float(value))
    if not isinstance(value, str):
        raise TypeError(f"a model holds texts, numbers, true and false, lists and mappings, not {value!r}")
    if _is_plain(value) and not (flow and _FLOW_SIGNS.search(value)):
        return value
    if '"' in value and "'" not in value and "\\" not in value and value.isprintable():
        return f"'{value}'"
    return _TO_ESCAPE.sub(lambda m: f"\\u{ord(m[0]):04x}", json.dumps(value, ensure_ascii=False))


def _is_plain(text: str) -> bool:
    return not _NEEDS_QUOTES.search(text) and isinstance(Scalar(text, 0, 0).value, str)


def flow(value: Any) -> str:
    """Anything on one line.

    >>> flow({"id": "demo", "points": 40, "values": ["a", "b"]})
    '{id: demo, points: 40, values: [a, b]}'
    """
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(k, flow=True)}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(flow(v) for v in value) + "]"
    return scalar(value, flow=True)


def block_lines(value: Any, indent: int = 0) -> list[str]:
    """A mapping or a list over several lines, `indent` deep; what fits on a line of its own stays there."""
    pad = " " * indent
    found: list[str] = []
    if isinstance(value, Mapping):
        for key, inner in value.items():
            head = f"{pad}{scalar(key)}:"
            found += (
                [f"{head} {_short(inner)}"] if _fits(inner, head) else [head, *block_lines(inner, indent + 2)]
            )
        return found
    for inner in value:
        if _fits(inner, f"{pad}-"):
            found.append(f"{pad}- {_short(inner)}")
        else:
            first, *rest = block_lines(inner, indent + 2)
            found += [f"{pad}- {first.lstrip(' ')}", *rest]
    return found


def _short(value: Any) -> str:
    return flow(value) if isinstance(value, (Mapping, list, tuple)) else scalar(value)


def _fits(value: Any, head: str) -> bool:
    """Scalars, empty collections, and collections of scalars which the line has room for."""
    if not isinstance(value, (Mapping, list, tuple)) or not value:
        return True
    inner = value.values() if isinstance(value, Mapping) else value
    nested = any(isinstance(i, Mapping) or (isinstance(i, (list, tuple)) and _holds_more(i)) for i in inner)
    return not nested and len(head) + 1 + len(flow(value)) <= WIDTH


def _holds_more(value: Any) -> bool:
    return any(isinstance(i, (Mapping, list, tuple)) for i in value)
