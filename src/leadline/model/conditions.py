"""From the text of a condition to its tree: parsed by sqlglot, then checked name by name and type by type.

Two gates stand before anything of a user's text is believed. The first reads tokens: only words, signs
and functions of the language pass, and nothing too long or too deep reaches the parser. The second walks
what sqlglot understood and rebuilds it from our own nodes; a node it does not know is refused by name.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokens import Token, TokenType

from leadline.model import expr
from leadline.model.errors import did_you_mean
from leadline.model.expr import Expr, Name, Type
from leadline.model.values import read_number, read_time

MAX_NODES = 500
MAX_DEPTH = 32
MAX_LENGTH = 20_000  # of the text, in characters: 500 nodes never need more

WORDS = {"and", "or", "not", "in", "between", "like", "ilike", "is", "null", "true", "false"}
_SIGNS = {"(", ")", ",", "=", "<>", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/"}
_COMPARE = {exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}
_ARITH = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/"}
_KNOWN_FUNCTIONS = {*expr.FUNCTIONS, "coalesce"}
_ORDERED = ("<", "<=", ">", ">=")
_MEANT = {"=>": ">=", "=<": "<=", "==": "=", "&&": "and", "||": "or", "!": "not"}
# What would begin a comment, whose text the parser would pass over in silence; texts in quotes go first.
_COMMENT = re.compile(r"""'(?:[^']|'')*(?:'|\Z)|"(?:[^"]|"")*(?:"|\Z)|(?P<begin>--|/\*|\{#)""")
_REFUSED_WORDS = {"isnull", "notnull", "if"}  # sqlglot would take them for `is null` and for a command
# What a node may carry: whatever else a release of sqlglot hangs on it changes its meaning.
_CARRIED = {
    "this",
    "expression",
    "expressions",
    "low",
    "high",
    "symmetric",
    "negate",
    "is_string",
    "table",
    "quoted",
}


@dataclass(frozen=True)
class Scope:
    """The names that a condition may use, what they are called together, and those that say two things."""

    names: Mapping[str, Name]
    noun: str = "name"  # what an unknown name is told to be: field, event property, field or measure
    ambiguous: Mapping[str, str] = field(default_factory=dict)  # name -> why it cannot be used here
    elsewhere: Mapping[str, str] = field(default_factory=dict)  # name -> where it could be used instead


@dataclass(frozen=True)
class Fault:
    """Something wrong in a condition, `offset` characters from its start."""

    message: str
    offset: int


class ConditionError(ValueError):
    """A condition that cannot be used; `faults` has all reasons."""

    def __init__(self, faults: Iterable[Fault]):
        self.faults = tuple(faults)
        super().__init__("; ".join(f.message for f in self.faults))


def parse_condition(text: str, scope: Scope) -> Expr:
    """The checked tree of a boolean condition.

    Raises :class:`ConditionError` with every fault found.

    >>> names = {"country": Name("country", expr.Kind.FIELD, Type.TEXT)}
    >>> expr.text_of(parse_condition("country IN ('DE','AT')", Scope(names)))
    "country in ('DE', 'AT')"
    """
    tree = parse_value(text, scope)
    if tree.type not in (Type.BOOLEAN, Type.NULL):
        given = expr.text_of(tree)
        fault = Fault(f"`{given}` is a {tree.type}, not a condition: say what it is compared with", 0)
        raise ConditionError([fault])
    return tree


def parse_value(text: str, scope: Scope) -> Expr:
    """The checked tree of a value of any type, in the language of conditions.

    Raises :class:`ConditionError` with every fault found.

    >>> names = {"employees": Name("employees", expr.Kind.FIELD, Type.NUMBER)}
    >>> str(parse_value("employees / 2", Scope(names)).type)
    'number'
    """
    tokens = _checked_tokens(text)
    builder = _Builder(scope, _Places(tokens))
    tree = builder.build(_parse(text))
    if not builder.faults:
        builder.faults += _too_large(tree)
    if builder.faults:
        raise ConditionError(builder.faults)
    return tree


def _checked_tokens(text: str) -> list[Token]:
    """The tokens, where all of them belong to the language and nest within reason."""
    if not text.strip():
        raise ConditionError([Fault("the condition is empty: write what must hold, or leave the key out", 0)])
    if len(text) > MAX_LENGTH:
        given = f"{len(text):,} characters"
        raise ConditionError([Fault(f"the condition has {given}; at most {MAX_LENGTH:,} are read", 0)])
    if "\x00" in text:
        raise ConditionError([Fault("the condition holds a NUL character", text.index("\x00"))])
    if comment := next((found for found in _COMMENT.finditer(text) if found["begin"]), None):
        raise ConditionError([_comment_fault(comment)])
    try:
        tokens = sqlglot.tokenize(text)
    except SqlglotError:
        raise ConditionError([Fault("a text is not closed: each ' needs a second one", 0)]) from None
    except Exception:  # the tokenizer's own failures on odd input are no concern of a user's
        raise ConditionError([Fault("this cannot be read as a condition", 0)]) from None
    faults = [
        f
        for token, after in zip(tokens, [*tokens[1:], None], strict=True)
        if (f := _token_fault(token, after))
    ]
    faults += _nesting_fault(tokens)
    if faults:
        raise ConditionError(faults)
    return tokens


def _comment_fault(comment: re.Match[str]) -> Fault:
    begin = comment["begin"]
    advice = "write 5 - (-3) for two minus signs" if begin == "--" else "a comment of the file begins with #"
    return Fault(
        f"`{begin}` begins a comment in SQL, and what follows would not be read: {advice}", comment.start()
    )


def _token_fault(token: Token, after: Token | None) -> Fault | None:
    called = after is not None and after.token_type is TokenType.L_PAREN
    word = token.text.lower()
    if token.token_type in (TokenType.STRING, TokenType.IDENTIFIER):
        return Fault(f"`{token.text}` is not a function", token.start) if called else None
    if token.token_type is TokenType.NUMBER:
        value = read_number(token.text)
        return None if value is not None else Fault(f"`{token.text}` is not a finite number", token.start)
    if word in _SIGNS or word in WORDS:
        return None
    if called and word in _KNOWN_FUNCTIONS:
        return None
    if called:
        known = ", ".join(sorted(_KNOWN_FUNCTIONS))
        hint = did_you_mean(word, _KNOWN_FUNCTIONS) or f"; the language has {known}"
        return Fault(f"unknown function `{token.text}`{hint}", token.start)
    if token.text.isidentifier() and word not in _REFUSED_WORDS:
        return None
    meant = f"; did you mean `{_MEANT[word]}`?" if word in _MEANT else ""
    return Fault(f"`{token.text}` is not part of the condition language{meant}", token.start)


def _nesting_fault(tokens: list[Token]) -> list[Fault]:
    """Parentheses, and runs of `not` and `-`, that nest deeper than a parser should be asked to go."""
    depth = run = 0
    for token in tokens:
        depth += (token.token_type is TokenType.L_PAREN) - (token.token_type is TokenType.R_PAREN)
        run = run + 1 if token.token_type in (TokenType.NOT, TokenType.DASH) else 0
        if depth > MAX_DEPTH or run > MAX_DEPTH:
            return [Fault(f"the condition nests deeper than {MAX_DEPTH} levels", token.start)]
    if len(tokens) > 4 * MAX_NODES:
        return [Fault(f"the condition is larger than {MAX_NODES} nodes", 0)]
    return []


def _parse(text: str) -> exp.Expression:
    try:
        return sqlglot.parse_one(text, into=exp.Condition)
    except SqlglotError as error:
        found = getattr(error, "errors", None) or [{}]
        near = (found[0].get("highlight") or "").strip()
        message = f"this cannot be read as a condition, near `{near}`" if near else "this is not a condition"
        raise ConditionError([Fault(message, _offset(text, found[0]))]) from None
    except (RecursionError, Exception):
        raise ConditionError([Fault("this cannot be read as a condition", 0)]) from None


def _offset(text: str, error: Mapping[str, object]) -> int:
    start = error.get("start_context")
    return min(len(str(start)), len(text)) if start else 0


class _Places:
    """Where each name and text of a condition stands, to point at it."""

    def __init__(self, tokens: list[Token]):
        self._starts: dict[str, list[int]] = {}
        for token in tokens:
            self._starts.setdefault(token.text, []).append(token.start)

    def of(self, word: str) -> int:
        """Of a word that stands several times the next place, since faults are found in reading order."""
        starts = self._starts.get(word, [0])
        return starts.pop(0) if len(starts) > 1 else starts[0]


class _Builder:
    """Rebuilds what sqlglot parsed from our own nodes and collects what is wrong on the way."""

    def __init__(self, scope: Scope, places: _Places):
        self.scope = scope
        self.places = places
        self.faults: list[Fault] = []

    def build(self, node: exp.Expression) -> Expr:
        carried = {key for key, value in node.args.items() if value not in (None, False, [])}
        if not isinstance(node, exp.Func) and carried - _CARRIED:
            return self.fault(f"`{node.sql()[:80]}` is not part of the condition language")
        match node:
            case exp.Paren():
                return self.build(node.this)
            case exp.And() | exp.Or():
                return self._join(node)
            case exp.Not():
                return expr.Not(self._boolean(node.this, "not"))
            case exp.Column():
                return self._name(node)
            case exp.Literal():
                return self._literal(node)
            case exp.Boolean():
                return expr.Literal(bool(node.this), Type.BOOLEAN)
            case exp.Null():
                return expr.Literal(None, Type.NULL)
            case exp.In() if node.args.get("expressions"):
                return self._in(node)
            case exp.Between():
                return self._between(node)
            case exp.Like() | exp.ILike():
                return self._like(node)
            case exp.Is() if isinstance(node.expression, exp.Null):
                return expr.IsNull(self.build(node.this))
            case exp.Neg():
                return self._negative(node)
        if type(node) in _COMPARE:
            return self._compare(node)
        if type(node) in _ARITH:
            return expr.Arith(_ARITH[type(node)], self._number(node.this), self._number(node.expression))
        return self._call(node)

    def fault(self, message: str, word: str = "") -> Expr:
        self.faults.append(Fault(message, self.places.of(word)))
        return expr.Literal(None, Type.NULL)  # goes with every type, so one mistake is told once

    def _join(self, node: exp.Expression) -> Expr:
        """A chain of the same word is one node, however long: depth is for real nesting."""
        kind = type(node)
        items: list[Expr] = []
        pending = [node]
        while pending:
            part = pending.pop()
            if type(part) is kind:
                pending += [part.expression, part.this]
            else:
                items.append(self._boolean(part, kind.__name__.lower()))
        return expr.And(tuple(items)) if kind is exp.And else expr.Or(tuple(items))

    def _name(self, node: exp.Column) -> Expr:
        given = node.name
        if node.table:
            return self.fault(f"`{node.sql()}`: a name has no dot in it", node.table)
        if given in self.scope.ambiguous:
            return self.fault(f"`{given}` {self.scope.ambiguous[given]}", given)
        if given in self.scope.names:
            return self.scope.names[given]
        if given in self.scope.elsewhere:
            return self.fault(f"`{given}` {self.scope.elsewhere[given]}", given)
        if node.this.quoted:
            message = f"unknown {self.scope.noun} \"{given}\"; a text stands in single quotes: '{given}'"
            return self.fault(message, given)
        return self.fault(
            f"unknown {self.scope.noun} `{given}`{did_you_mean(given, self.scope.names)}", given
        )

    def _literal(self, node: exp.Literal) -> Expr:
        if node.is_string:
            return expr.Literal(node.this, Type.TEXT)
        value = read_number(node.this)
        if value is None or not math.isfinite(value):
            return self.fault(f"`{node.this}` is not a finite number", node.this)
        return expr.Literal(value, Type.NUMBER)

    def _negative(self, node: exp.Neg) -> Expr:
        item = self._number(node.this)
        if isinstance(item, expr.Literal) and isinstance(item.value, float):
            return expr.Literal(-item.value, Type.NUMBER)
        return expr.Neg(item)

    def _compare(self, node: exp.Expression) -> Expr:
        op = _COMPARE[type(node)]
        left, right = self._same_type([self.build(node.this), self.build(node.expression)], op)
        if op in _ORDERED and Type.BOOLEAN in (left.type, right.type):
            return self.fault(f"`{op}` has no meaning for true and false: compare with = or <>")
        return expr.Compare(op, left, right)

    def _in(self, node: exp.In) -> Expr:
        item, *choices = self._same_type([self.build(n) for n in (node.this, *node.expressions)], "in")
        return expr.In(item, tuple(choices))

    def _between(self, node: exp.Between) -> Expr:
        if node.args.get("symmetric"):
            return self.fault("`symmetric` is not part of the condition language")
        parts = [self.build(n) for n in (node.this, node.args["low"], node.args["high"])]
        item, low, high = self._same_type(parts, "between")
        if item.type is Type.BOOLEAN:
            return self.fault("`between` has no meaning for true and false")
        return expr.Between(item, low, high)

    def _like(self, node: exp.Expression) -> Expr:
        item = self._of(Type.TEXT, self.build(node.this), "like")
        pattern = node.expression
        if not (isinstance(pattern, exp.Literal) and pattern.is_string):
            return self.fault("the pattern of `like` is a text in single quotes, such as '/pricing%'")
        like = expr.Like(item, pattern.this, isinstance(node, exp.ILike))
        return expr.Not(like) if node.args.get("negate") else like

    def _call(self, node: exp.Expression) -> Expr:
        function, args = _called(node)
        if function == "coalesce":
            return self._coalesce(args)
        if function not in expr.FUNCTIONS:
            return self.fault(f"`{node.sql()[:80]}` is not part of the condition language")
        takes, gives = expr.FUNCTIONS[function]
        if len(args) != len(takes):
            wanted = "one value" if len(takes) == 1 else f"{len(takes)} values"
            return self.fault(f"`{function}` takes {wanted}, not {len(args)}", function)
        checked = [self._of(t, self.build(a), function) for t, a in zip(takes, args, strict=True)]
        return expr.Call(function, tuple(checked), gives)

    def _coalesce(self, args: list[exp.Expression]) -> Expr:
        if not args:
            return self.fault("`coalesce` takes at least one value", "coalesce")
        items = self._same_type([self.build(a) for a in args], "coalesce")
        type_ = next((i.type for i in items if i.type is not Type.NULL), Type.NULL)
        return expr.Call("coalesce", tuple(items), type_)

    def _boolean(self, node: exp.Expression, word: str) -> Expr:
        return self._of(Type.BOOLEAN, self.build(node), word)

    def _number(self, node: exp.Expression) -> Expr:
        return self._of(Type.NUMBER, self.build(node), "arithmetic")

    def _of(self, wanted: Type, item: Expr, word: str) -> Expr:
        item = _as_time(item) if wanted is Type.TIME else item
        if item.type in (wanted, Type.NULL):
            return item
        given = expr.text_of(item)
        return self.fault(f"`{word}` takes a {wanted}, and `{given}` is a {item.type}", given.strip("'\""))

    def _same_type(self, items: list[Expr], word: str) -> list[Expr]:
        """The items, all of one type; a text beside a time is read as a time."""
        if any(i.type is Type.TIME for i in items):
            items = [_as_time(i) for i in items]
        first = next((i for i in items if i.type is not Type.NULL), None)
        for item in items:
            if first is not None and item.type not in (first.type, Type.NULL):
                one, two = expr.text_of(first), expr.text_of(item)
                hint = _retype(first, item)
                self.fault(
                    f"`{one}` is a {first.type} and `{two}` a {item.type}: `{word}` takes one type{hint}",
                    one,
                )
                return [expr.Literal(None, Type.NULL)] * len(items)
        return items


def _retype(one: Expr, two: Expr) -> str:
    """What was probably meant where two types meet."""
    for name, constant in ((one, two), (two, one)):
        if isinstance(name, Name) and isinstance(constant, expr.Literal):
            if (
                name.type is Type.NUMBER
                and constant.type is Type.TEXT
                and read_number(str(constant.value)) is not None
            ):
                return f"; without the quotes {constant.value} is a number"
            if name.type is Type.TEXT and constant.type is Type.NUMBER:
                return f"; as a text it is {expr.quote(expr.text_of(constant))}"
            if name.type is Type.TIME:
                return "; a time is written as ISO 8601, such as '2026-01-31'"
    return ""


def _as_time(item: Expr) -> Expr:
    if isinstance(item, expr.Literal) and item.type is Type.TEXT:
        micros = read_time(str(item.value))
        if micros is not None:
            return expr.Literal(micros, Type.TIME)
    return item


def _called(node: exp.Expression) -> tuple[str, list[exp.Expression]]:
    """The name and the arguments of a function, whether sqlglot has a class for it or not."""
    if isinstance(node, exp.Anonymous):
        return node.name.lower(), list(node.expressions)
    if isinstance(node, exp.Func):
        function = node.sql_name().lower()
        arguments = [node.args[key] for key in node.arg_types if node.args.get(key) is not None]
        flat: list[exp.Expression] = []
        for argument in arguments:
            flat += argument if isinstance(argument, list) else [argument]
        return function, [a for a in flat if isinstance(a, exp.Expression)]
    return "", []


def _too_large(tree: Expr) -> list[Fault]:
    nodes = sum(1 for _ in expr.walk(tree))
    if nodes > MAX_NODES:
        return [Fault(f"the condition has {nodes} nodes; at most {MAX_NODES} are read", 0)]
    if _depth(tree) > MAX_DEPTH:
        return [Fault(f"the condition nests deeper than {MAX_DEPTH} levels", 0)]
    return []


@lru_cache(maxsize=4096)
def _depth(node: Expr) -> int:
    return 1 + max((_depth(child) for child in expr.children(node)), default=0)
