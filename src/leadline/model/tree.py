"""From YAML to a tree of nodes which know where they stand.

Read from ruamel.yaml's events rather than composed: nothing recurses, anchors and deep nesting are
refused before anything grows, and values follow the core schema of YAML 1.2 (`NO` is Norway, `on` is a word).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml import events as ev
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from leadline.model.errors import ModelError, Problem
from leadline.model.source import Source

MAX_NESTING = 16  # the format itself needs 5

_NULL = ("", "~", "null", "Null", "NULL")
_TRUE, _FALSE = ("true", "True", "TRUE"), ("false", "False", "FALSE")
_DECIMAL = re.compile(r"[-+]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][-+]?[0-9]+)?")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_NOT_FINITE = re.compile(r"[-+]?[.](inf|Inf|INF)|[.](nan|NaN|NAN)")
_SURROGATES = re.compile(r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")


@dataclass(eq=False, slots=True)
class Scalar:
    """One value; `start` and `end` are offsets of its source text, quotes included."""

    text: str
    start: int
    end: int
    style: str = ""  # '' plain, or one of ' " | >

    @property
    def value(self) -> str | float | bool | None:
        """What it means by the core schema: numbers are floats, infinite where too large."""
        if self.style:
            return self.text
        if self.text in _NULL:
            return None
        if self.text in _TRUE or self.text in _FALSE:
            return self.text in _TRUE
        if _DECIMAL.fullmatch(self.text):
            return float(self.text)
        if _BASED.fullmatch(self.text):
            return _float_of(int(self.text, 0))
        return math.inf if _NOT_FINITE.fullmatch(self.text) else self.text


@dataclass(eq=False, slots=True)
class Listing:
    items: list[Node]
    start: int
    end: int
    flow: bool


@dataclass(eq=False, slots=True)
class Mapping:
    pairs: dict[str, tuple[Scalar, Node]]
    start: int
    end: int
    flow: bool

    def get(self, key: str) -> Node | None:
        return self.pairs[key][1] if key in self.pairs else None


Node = Scalar | Listing | Mapping


def _float_of(whole: int) -> float:
    try:
        return float(whole)
    except OverflowError:
        return math.inf


def plain(node: Node) -> Any:
    """The data alone, as a JSON reader would give it."""
    match node:
        case Scalar():
            return node.value
        case Listing(items):
            return [plain(item) for item in items]
        case Mapping(pairs):
            return {key: plain(value) for key, (_, value) in pairs.items()}


def described(node: Node) -> str:
    """What a node is, for `expected a number, got …`."""
    match node:
        case Listing():
            return "a list"
        case Mapping():
            return "a mapping"
    value = node.value
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"{str(value).lower()}"
    shown = node.text if len(node.text) <= 60 else node.text[:57] + "..."
    return f"the number {shown}" if isinstance(value, float) else f"the text {shown!r}"


def read_tree(source: Source) -> tuple[Mapping, list[Problem]]:
    """The mapping that a model file is, and what is wrong with it short of making it unreadable.

    Raises :class:`ModelError` where there is no such mapping: a syntax error, an empty file, a list.
    """
    builder = _Builder(source)
    for event in _events(source):
        builder.take(event)
    if builder.root is None:
        raise source.error(0, "the file is empty: a model starts with `leadline: 1` and `name: …`")
    if not isinstance(builder.root, Mapping):
        given = described(builder.root)
        raise source.error(
            builder.root.start, f"a model is a mapping that starts with `leadline: 1`, not {given}"
        )
    return builder.root, builder.problems


def _events(source: Source) -> Iterator[Any]:
    yaml = YAML(typ="safe", pure=True)
    yaml.version = (1, 2)
    last = 0
    try:
        for event in yaml.parse(_without_surrogates(source.text)):
            last = event.end_mark.index
            yield event
    except ModelError:
        raise
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        offset = mark.index if mark else last
        raise source.error(
            min(offset, len(source.text)), _syntax(error, source.text[offset : offset + 1])
        ) from None
    except (YAMLError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError):
        raise source.error(last, "from here on this cannot be read as YAML") from None


def _without_surrogates(text: str) -> str:
    """JSON writes characters beyond U+FFFF as two escapes, which YAML does not know."""
    if not text.lstrip().startswith("{") or not _SURROGATES.search(text):
        return text
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return text
    return _SURROGATES.sub(lambda m: m[1] + json.loads(f'"\\u{m[2]}\\u{m[3]}"'), text)


def _syntax(error: MarkedYAMLError, character: str) -> str:
    problem = re.sub(r"\s+", " ", str(error.problem or error.context or ""))
    if character == "\t":
        return "a tab cannot indent YAML: use spaces"
    if "mapping values are not allowed" in problem:
        return (
            "a `:` that YAML does not expect here: indent keys alike, and put a text with a colon in quotes"
        )
    if character in ("@", "`", "%") and "cannot start any token" in problem:
        return f"a text that starts with {character} needs quotes"
    if "expected ',' or" in problem:
        return "a comma or a closing bracket is missing; inside { } a text with commas needs quotes"
    if "unexpected end of stream" in problem:
        return "a quote is not closed"
    return f"this is not YAML: {problem}"


@dataclass(eq=False)
class _Open:
    """A collection whose end has not come yet; `key` waits for its value."""

    node: Listing | Mapping
    key: Scalar | None = None
    skip: bool = False  # the value of a key that cannot be used


@dataclass(eq=False)
class _Builder:
    source: Source
    root: Node | None = None
    problems: list[Problem] = field(default_factory=list)
    _stack: list[_Open] = field(default_factory=list)
    _documents: int = 0

    def take(self, event: Any) -> None:
        match event:
            case ev.DocumentStartEvent():
                self._document(event)
            case ev.AliasEvent():
                self._refuse(event, f"aliases are not read: write out what *{event.anchor} stands for")
                self._place(Scalar("", event.start_mark.index, event.end_mark.index))
            case ev.ScalarEvent():
                self._check(event)
                self._place(_scalar(event, self.source.text))
            case ev.SequenceStartEvent():
                self._open(
                    event, Listing([], event.start_mark.index, event.end_mark.index, bool(event.flow_style))
                )
            case ev.MappingStartEvent():
                self._open(
                    event, Mapping({}, event.start_mark.index, event.end_mark.index, bool(event.flow_style))
                )
            case ev.SequenceEndEvent() | ev.MappingEndEvent():
                self._close(event)

    def _document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            raise self.source.error(
                event.start_mark.index, "a second document starts here: one file is one model"
            )
        if event.version not in (None, (1, 2)) or event.tags:
            raise self.source.error(
                0, "models are YAML 1.2 without tags: take the line that starts with % out"
            )

    def _check(self, event: Any) -> None:
        if event.anchor is not None:
            self._refuse(event, f"anchors are not read: take &{event.anchor} out")
        if getattr(event, "tag", None) is not None:
            self._refuse(event, f"tags are not read: take {_written_tag(event.tag)} out")

    def _refuse(self, event: Any, message: str) -> None:
        self.problems.append(self.source.problem(event.start_mark.index, message))

    def _open(self, event: Any, node: Listing | Mapping) -> None:
        self._check(event)
        if len(self._stack) >= MAX_NESTING:
            raise self.source.error(node.start, f"this nests deeper than {MAX_NESTING} levels")
        if self._awaits_key():
            raise self.source.error(
                node.start, "a key is a word, not a list or a mapping; a text in { } needs quotes"
            )
        self._stack.append(_Open(node))

    def _awaits_key(self) -> bool:
        return bool(self._stack) and isinstance(self._stack[-1].node, Mapping) and self._stack[-1].key is None

    def _close(self, event: Any) -> None:
        node = self._stack.pop().node
        node.end = event.end_mark.index if node.flow else max(node.start, _end_of_last(node))
        self._place(node)

    def _place(self, node: Node) -> None:
        if not self._stack:
            self.root = node
            return
        top = self._stack[-1]
        if isinstance(top.node, Listing):
            top.node.items.append(node)
        elif top.key is None:
            self._key(top, node)
        else:
            if isinstance(node, Scalar) and node.start == node.end:  # its mark is the next token's
                colon = self.source.text.find(":", top.key.end, node.start)
                node.start = node.end = colon + 1 if colon >= 0 else node.start
            if not top.skip:
                top.node.pairs[top.key.text] = (top.key, node)
            top.key = None

    def _key(self, top: _Open, node: Node) -> None:
        assert isinstance(node, Scalar)
        assert isinstance(top.node, Mapping)
        top.key, top.skip = node, True
        if node.text == "<<" and not node.style:
            self._at(node, "merge keys (<<) are not read: write the keys out")
        elif not node.text:
            self._at(node, "a key is missing before the colon")
        elif node.text in top.node.pairs:
            line, _ = self.source.place(top.node.pairs[node.text][0].start)
            self._at(node, f"`{node.text[:100]}` stands here a second time; the first is in line {line}")
        else:
            top.skip = False

    def _at(self, node: Node, message: str) -> None:
        self.problems.append(self.source.problem(node.start, message))


def _scalar(event: Any, source: str) -> Scalar:
    start, end = event.start_mark.index, event.end_mark.index
    style = event.style or ""
    if style in ("|", ">"):  # the mark's end is the next token, blank lines and comments included
        end = start + len(source[start:end].rstrip())
    return Scalar(event.value, start, end, style)


def _end_of_last(node: Listing | Mapping) -> int:
    if isinstance(node, Listing):
        return node.items[-1].end if node.items else node.start
    return max((value.end for _, value in node.pairs.values()), default=node.start)


def _written_tag(tag: str) -> str:
    return str(tag).replace("tag:yaml.org,2002:", "!!")[:80]
