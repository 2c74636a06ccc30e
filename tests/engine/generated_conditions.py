"""Conditions as Hypothesis draws them: every operator and function, with values that trip engines."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

# Case that changes with a neighbour or widens; quotes, escapes, patterns; what nearly reads.
TEXTS = [
    "a", "A", "b", "abc", "aBc", "ABC", "", " ", "İ", "i̇", "ı", "I",
    "ß", "ẞ", "ss", "Σ", "σ", "ς", "ΑΣ", "ǅ", "ŉ",
    "ﬁ", "ΐ", "é", "e\u0301", "É", "K", "Å", "🙂", "🙂🙂", "ᾳ", "'", "''",
    '"', "\\", "\\\\", "\\'", "%", "_", "a%b",
    "a_b", "\\%", "%_", "a\nb", "a\tb", "\u00a0", "\u2028", "\ufffd", "\U0010fffd",
    "x'; drop table events; --",
    "/pricing", "/pricing/x", "/Blog", "null", "true", "yes", "No", "1", "0", "0.1", "-0",
    "1e308", "1e309", "nan",
    "inf", "about 50", "12 ", " 7", "１２", "1_000", "0x10", "2026-03-29", "2026-03-29T01:00:00Z",
    "2026-03-29 02:30 +01:00", "2026-02-30", "2026-03-29T24:00", "${x}", "{0}", "$1", "--", "/*", ";",
]  # fmt: skip
NUMBERS = [
    0.0, -0.0, 0.1, 0.2, 0.3, 0.30000000000000004, 1.0, 2.0, 3.0, -1.0, 7.0, 12.0, 50.0,
    1e15, 9007199254740993.0,
    1e16, 1e22, 1.5e300, 1e308, -1e308, 1.7976931348623157e308, 5e-324, -5e-324,
    2.2250738585072014e-308, 0.005, 1 / 3,
]  # fmt: skip
TIMES = [
    "2026-03-29",
    "2026-03-29T01:00:00Z",
    "2026-03-28T23:00Z",
    "0001-01-01",
    "9999-12-31T23:59:59.999999Z",
]
PIECES = [
    "%",
    "_",
    "a",
    "b",
    "A",
    "/",
    "\\",
    "'",
    "İ",
    "ß",
    "Σ",
    "ς",
    "🙂",
    "%%",
    "_%",
    "pricing",
    " ",
    ".",
    "(",
    "^",
]

Draw = Callable[[st.SearchStrategy[Any]], Any]


def quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True)
class Words:
    """The names that a condition may use, by type, and texts that some of them can have alone."""

    text: Sequence[str] = ()
    number: Sequence[str] = ()
    boolean: Sequence[str] = ()
    time: Sequence[str] = ()
    limited: Mapping[str, Sequence[str]] = field(default_factory=dict)


class Conditions:
    """Writes conditions; each method gives the text of an expression, in parentheses where it needs them."""

    def __init__(self, draw: Draw, words: Words):
        self._draw = draw
        self.words = words

    def _one(self, of: Sequence[Any]) -> Any:
        return of[self._draw(st.integers(0, len(of) - 1))] if len(of) > 1 else of[0]

    def condition(self, depth: int = 3) -> str:
        return self.boolean(depth)

    def boolean(self, depth: int) -> str:
        if depth <= 0:
            return self._one([self._boolean_name, self._number_test, self._text_test, self._limited_test])(0)
        return self._one(
            [
                self._join, self._join, self._not, self._number_test, self._number_test, self._text_test,
                self._text_test, self._time_test, self._limited_test, self._null_test, self._boolean_name,
                self._boolean_test, self._function_test, self._function_test,
            ]
        )(depth - 1)  # fmt: skip

    def _join(self, depth: int) -> str:
        word = self._one([" and ", " or "])
        return "(" + word.join(self.boolean(depth) for _ in range(self._one([2, 2, 3]))) + ")"

    def _not(self, depth: int) -> str:
        return f"(not {self.boolean(depth)})"

    def _boolean_name(self, _: int) -> str:
        return self._one([*self.words.boolean, *self.words.boolean, "true", "false", "null"])

    def _boolean_test(self, depth: int) -> str:
        left, right = self.boolean(0), self.boolean(depth)
        return self._one([f"({left} = {right})", f"({left} <> {right})", f"coalesce({left}, {right})"])

    def _null_test(self, depth: int) -> str:
        item = self._one([self.number, self.text, self.boolean])(depth)
        return f"({item} {self._one(['is null', 'is not null'])})"

    def _number_test(self, depth: int) -> str:
        return self._test(lambda: self.number(depth))

    def _text_test(self, depth: int) -> str:
        return self._test(lambda: self.text(depth))

    def _time_test(self, depth: int) -> str:
        if not self.words.time:
            return self._number_test(depth)
        name = self._one(self.words.time)
        others = [*self.words.time, *map(quote, TIMES), "null"]
        return self._test(lambda: self._one(others), name)

    def _test(self, item: Callable[[], str], left: str | None = None) -> str:
        left = item() if left is None else left
        match self._one(["compare", "compare", "compare", "in", "between"]):
            case "compare":
                return f"({left} {self._one(['=', '<>', '!=', '<', '<=', '>', '>='])} {item()})"
            case "in":
                choices = ", ".join(item() for _ in range(self._one([1, 2, 3])))
                return f"({left} {self._one(['in', 'not in'])} ({choices}))"
        return f"({left} {self._one(['between', 'not between'])} {item()} and {item()})"

    def _limited_test(self, depth: int) -> str:
        if not self.words.limited:
            return self._text_test(depth)
        name = self._one(list(self.words.limited))
        values = list(self.words.limited[name])
        if not values or self._one([True, False, False]):
            return f"({name} is {self._one(['null', 'not null'])})"
        return f"({name} {self._one(['=', '<>', 'in', 'not in'])} ({quote(self._one(values))}))"

    def _function_test(self, depth: int) -> str:
        if self._one([True, False]):
            pattern = "".join(self._draw(st.lists(st.sampled_from(PIECES), max_size=4)))
            word = self._one(["like", "ilike", "not like", "not ilike"])
            return f"({self.text(depth)} {word} {quote(pattern)})"
        function = self._one(["starts_with", "ends_with", "contains"])
        return f"{function}({self.text(depth)}, {self.text(0)})"

    def text(self, depth: int) -> str:
        if depth <= 0 or self._one([True, False]):
            return self._one([self._text_name, self._text_name, self._text_literal])()
        match self._one(["lower", "upper", "coalesce", "wrapped"]):
            case "coalesce":
                return f"coalesce({self.text(depth - 1)}, {self.text(0)})"
            case "wrapped" if self.words.limited:
                return f"lower({self._one(list(self.words.limited))})"
            case "lower":
                return f"lower({self.text(depth - 1)})"
        return f"upper({self.text(depth - 1)})"

    def _text_name(self) -> str:
        return self._one(self.words.text) if self.words.text else self._text_literal()

    def _text_literal(self) -> str:
        chosen = self._one([*TEXTS, None])
        return "null" if chosen is None else quote(chosen)

    def number(self, depth: int) -> str:
        if depth <= 0 or self._one([True, False]):
            return self._one([self._number_name, self._number_name, self._number_literal])()
        match self._one(["arith", "arith", "neg", "abs", "length", "coalesce", "days"]):
            case "arith":
                return f"({self.number(depth - 1)} {self._one(['+', '-', '*', '/'])} {self.number(0)})"
            case "neg":
                return f"(- {self.number(depth - 1)})"  # two in a row would begin a comment
            case "abs":
                return f"abs({self.number(depth - 1)})"
            case "length":
                return f"length({self.text(depth - 1)})"
            case "coalesce":
                return f"coalesce({self.number(depth - 1)}, {self.number(0)})"
        return f"days_since({self._one([*self.words.time, *self.words.time, *map(quote, TIMES), 'null'])})"

    def _number_name(self) -> str:
        return self._one(self.words.number) if self.words.number else self._number_literal()

    def _number_literal(self) -> str:
        chosen = self._one([*NUMBERS, None])
        return "null" if chosen is None else repr(chosen)
