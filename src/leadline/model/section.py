"""Reading one mapping of a model: each key by its kind, each problem at its place, and on to the next.

A reader never stops at a problem: it reports, answers None and reads on, so that all are told at once.
The model is built only where nothing was reported.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from leadline.model import expr
from leadline.model.conditions import ConditionError, Scope, parse_condition
from leadline.model.errors import ModelError, Problem, did_you_mean
from leadline.model.expr import Expr
from leadline.model.names import Guard
from leadline.model.places import place_in
from leadline.model.source import Source
from leadline.model.tree import Listing, Node, Scalar, described
from leadline.model.tree import Mapping as Tree
from leadline.model.values import DAY, duration_text, read_duration

MAX_PROBLEMS = 200
MAX_DURATION = 36_500 * DAY
MAX_POINTS = 1_000_000.0
MAX_SCORE = 1_000_000_000.0  # of all rules together

IDENTIFIER = r"[A-Za-z_][A-Za-z0-9_]{0,99}"
HYPHENATED = r"[A-Za-z_][A-Za-z0-9_-]{0,99}"
BAND_NAME = r"[A-Za-z0-9][A-Za-z0-9+_-]{0,9}"
_SPELLED = {
    IDENTIFIER: "letters, digits and _, not starting with a digit, at most 100",
    HYPHENATED: "letters, digits, _ and -, not starting with a digit, at most 100",
    BAND_NAME: "at most 10 letters, digits, + or -",
}
_LONG_UNITS = {"minute": "m", "min": "m", "hour": "h", "hr": "h", "day": "d", "week": "w", "wk": "w"}


@dataclass
class Report:
    """What was found wrong so far."""

    source: Source
    problems: list[Problem] = field(default_factory=list)

    def at(self, offset: int, message: str, path: str = "") -> None:
        self.add(self.source.problem(offset, message, path))

    def add(self, problem: Problem) -> None:
        self.problems.append(problem)
        if len(self.problems) >= MAX_PROBLEMS:
            more = self.source.problem(
                len(self.source.text), f"only the first {MAX_PROBLEMS} problems are told"
            )
            raise ModelError(self.source.file, [*self.problems, more])

    def raise_if_any(self) -> None:
        if self.problems:
            raise ModelError(self.source.file, self.problems)


@dataclass
class Section:
    """One mapping, under the name that its problems use: `a fit rule`, `the goal`."""

    node: Tree
    report: Report
    path: str
    noun: str
    keys: tuple[str, ...]  # those that it may have
    aliases: Mapping[str, str] = field(default_factory=dict)  # a likely wrong key -> the right one
    _meant: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for key, (at, value) in self.node.pairs.items():
            if key not in self.keys:
                self._unknown(key, at, value)

    def _unknown(self, key: str, at: Scalar, value: Node) -> None:
        known = [k for k in self.keys if k not in self.node.pairs]
        hint = did_you_mean(key[:100], known)
        if alias := self.aliases.get(key.lower()):
            hint = f"; did you mean `{alias}`?"
        self._meant.update(k for k in known if f"`{k}`" in hint)
        split = self.node.flow and isinstance(value, Scalar) and value.value is None
        if split and not hint:
            hint = "; inside { } a text with a comma in it needs quotes"
        hint = hint or f"; it takes {', '.join(self.keys)}"
        self.report.at(at.start, f"unknown key `{key[:100]}` in {self.noun}{hint}", self.way(key))

    def way(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def problem(self, node: Node | None, message: str, key: str = "") -> None:
        self.report.at((node or self.node).start, message, self.way(key) if key else self.path)

    def require(self, *keys: str) -> None:
        for key in keys:
            if key not in self.node.pairs and key not in self._meant:
                self.problem(None, f"{self.noun} needs the key `{key}`", key)

    def get(self, key: str) -> Node | None:
        return self.node.get(key)

    # --- one kind each: None where the key is absent or was reported -----------------------------------

    def _scalar(self, key: str, wanted: str) -> Scalar | None:
        node = self.get(key)
        if node is None or (isinstance(node, Scalar) and node.value is not None):
            return node  # type: ignore[return-value]
        hint = ": give one, or leave the key out" if isinstance(node, Scalar) else ""
        return self.problem(node, f"{key}: expected {wanted}, got {described(node)}{hint}", key)

    def text(self, key: str, wanted: str = "a text") -> str | None:
        node = self._scalar(key, wanted)
        return text_of_node(node, self.report, f"{key}: ", self.way(key), wanted) if node else None

    def identifier(self, key: str, pattern: str = IDENTIFIER) -> str | None:
        text = self.text(key)
        node = self.get(key)
        return text if text is not None and node and self.named(node, text, key, pattern) else None

    def named(self, node: Node, text: str, what: str, pattern: str = IDENTIFIER) -> bool:
        if re.fullmatch(pattern, text):
            return True
        self.problem(node, f"{what} `{text[:100]}` is not a name: {_SPELLED[pattern]}", what)
        return False

    def number(self, key: str, *, low: float = -MAX_SCORE, high: float = MAX_SCORE) -> float | None:
        node = self._scalar(key, "a number")
        return number_of_node(node, self.report, f"{key}: ", self.way(key), low, high) if node else None

    def whole(self, key: str, *, low: int) -> int | None:
        value = self.number(key, low=low)
        if value is not None and value != int(value):
            return self.problem(self.get(key), f"{key}: expected a whole number, got {value}", key)
        return None if value is None else int(value)

    def flag(self, key: str) -> bool:
        node = self._scalar(key, "true or false")
        if node is None or isinstance(node.value, bool):
            return bool(node and node.value)
        self.problem(node, f"{key}: expected true or false, got {described(node)}", key)
        return False

    def duration(self, key: str, *, zero: bool = False) -> int | None:
        node = self._scalar(key, "a duration such as 14d")
        if node is None:
            return None
        micros = read_duration(node.text)
        if micros is None:
            message = (
                f"{key}: expected a duration such as 14d, got {described(node)}{_duration_hint(node.text)}"
            )
            return self.problem(node, message, key)
        if micros == 0 and not zero:
            return self.problem(
                node, f"{key}: a duration of nothing; give more than 0, or leave the key out", key
            )
        if micros > MAX_DURATION:
            return self.problem(node, f"{key}: at most {duration_text(MAX_DURATION)}, got {node.text}", key)
        return micros

    def condition(self, key: str, names: Names) -> Expr | None:
        node = self._scalar(key, "a condition")
        return condition_of_node(node, self.report, names, key, self.way(key)) if node else None

    # --- what has parts --------------------------------------------------------------------------------

    def section(self, key: str, noun: str, keys: tuple[str, ...]) -> Section | None:
        """The mapping under `key`; nothing after the colon is nothing said."""
        node = self.get(key)
        if node is None or (isinstance(node, Scalar) and node.value is None):
            return None
        if isinstance(node, Tree):
            return Section(node, self.report, self.way(key), noun, keys)
        return self.problem(
            node, f"{key}: expected a mapping with {', '.join(keys)}, got {described(node)}", key
        )

    def entries(self, key: str, example: str) -> Iterator[tuple[str, Scalar, Node]]:
        """Name, its place and its value, of a mapping whose keys are names."""
        node = self.get(key)
        if isinstance(node, Tree):
            yield from ((name, at, value) for name, (at, value) in node.pairs.items())
        elif node is not None and not (isinstance(node, Scalar) and node.value is None):
            self.problem(node, f"{key}: expected a mapping such as `{example}`, got {described(node)}", key)

    def items(
        self, key: str, noun: str, keys: tuple[str, ...], aliases: Mapping[str, str] | None = None
    ) -> Iterator[Section]:
        """The mappings of a list."""
        node = self.get(key)
        if node is None or (isinstance(node, Scalar) and node.value is None):
            return
        if not isinstance(node, Listing):
            self.problem(
                node, f"{key}: expected a list (each entry after a `- `), got {described(node)}", key
            )
            return
        for index, item in enumerate(node.items):
            path = f"{self.way(key)}[{index}]"
            if isinstance(item, Tree):
                yield Section(item, self.report, path, noun, keys, aliases or {})
            else:
                wanted = f"{noun} with {', '.join(keys)}"
                self.report.at(item.start, f"expected {wanted}, got {described(item)}", path)


@dataclass(frozen=True)
class Names:
    """What a condition may name, and the values that its names may be compared with."""

    scope: Scope
    guard: Guard


def text_of_node(node: Node, report: Report, what: str, path: str, wanted: str = "a text") -> str | None:
    """A text; a number or true must be quoted to be one."""
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, str):
        if value.strip() and not re.search("[\0\ud800-\udfff]", value):
            return value
        wrong = "it is empty" if not value.strip() else "it holds a character that no text has"
        return report.at(node.start, f"{what}expected {wanted}, and {wrong}", path)
    quoting = (
        f': in quotes, "{node.text[:60]}", it is one'
        if value is not None and isinstance(node, Scalar)
        else ""
    )
    return report.at(node.start, f"{what}expected {wanted}, got {described(node)}{quoting}", path)


def number_of_node(
    node: Node, report: Report, what: str, path: str, low: float = -MAX_SCORE, high: float = MAX_SCORE
) -> float | None:
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, bool) or not isinstance(value, float):
        return report.at(node.start, f"{what}expected a number, got {described(node)}", path)
    if not math.isfinite(value):
        return report.at(node.start, f"{what}expected a finite number, got {described(node)}", path)
    if not low <= value <= high:
        ends = f"at least {low:,.0f}" if value < low else f"at most {high:,.0f}"
        return report.at(node.start, f"{what}{ends}, got {expr.number_text(value)}", path)
    return value + 0.0  # -0 is 0


def condition_of_node(node: Node, report: Report, names: Names, what: str, path: str) -> Expr | None:
    """A condition, parsed and checked, its faults at their places inside the text."""
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, bool):
        return expr.Literal(value, expr.Type.BOOLEAN)
    if not isinstance(node, Scalar) or not isinstance(value, str):
        return report.at(node.start, f"{what}: expected a condition, got {described(node)}", path)
    try:
        tree = parse_condition(node.text, names.scope)
        faults = names.guard.faults(tree, node.text)
    except ConditionError as error:
        tree, faults = None, list(error.faults)
    for fault in faults:
        report.at(place_in(node, report.source.text, fault.offset), f"{what}: {fault.message}", path)
    return tree


def _duration_hint(text: str) -> str:
    found = re.fullmatch(r"\s*([0-9]+)\s*([a-zA-Z]*)\s*", text)
    if not found:
        return ": a whole number and m, h, d or w"
    number, word = found[1], found[2].lower()
    if not word:
        return f": add a unit, as in {number}d (m, h, d or w)"
    unit = _LONG_UNITS.get(word.removesuffix("s")) or (word if word in "hdw" else "")
    if unit:
        return f"; did you mean `{number}{unit}`?"
    days = {"y": 365, "year": 365, "mo": 30, "month": 30}.get(word.removesuffix("s"))
    if days and len(number) < 5:
        return f"; in days that is about {int(number) * days}d"
    return ": a whole number and m, h, d or w"


def one_of(given: str, known: Collection[str]) -> str:
    """`; did you mean …?`, or what there is to choose from."""
    near = did_you_mean(given[:100], known)
    return near or f"; there is {', '.join(f'`{k}`' for k in list(known)[:12])}" if known else ""
