"""A condition as the SQL of one engine.

Numbers are written as doubles, texts as quoted constants, names as the columns that the plan has for
them. Whatever could raise an error in one engine and give infinity in another is guarded here.
"""

from __future__ import annotations

from collections.abc import Mapping

from leadline.engine.arithmetic import simple_lower
from leadline.engine.dialects import Dialect, quoted, trimmed, using
from leadline.model import expr
from leadline.model.expr import Expr, Type
from leadline.model.values import BLANK, DAY, FALSE_WORDS, NUMBER, TRUE_WORDS

LARGEST = "1.7976931348623157e308"
_NULL_OF = {
    Type.TEXT: "CAST(NULL AS VARCHAR(100))", Type.NUMBER: "CAST(NULL AS DOUBLE)",
    Type.TIME: "CAST(NULL AS BIGINT)",
    Type.BOOLEAN: "CAST(NULL AS BOOLEAN)", Type.NULL: "NULL",
}  # fmt: skip


class Renderer:
    """Writes conditions for `dialect`; `columns` has the SQL of each name, `at` that of the instant T.

    `raw` has texts as they are stored, blanks not yet made null. Where nothing but truth counts and a
    blank could not be true anyway, they are compared as they stand: engines keep repeated texts in
    dictionaries and then look at each but once.
    """

    def __init__(
        self, dialect: Dialect, columns: Mapping[str, str], at: str, raw: Mapping[str, str] | None = None
    ):
        self.dialect = dialect
        self.columns = columns
        self.at = at
        self.raw = raw or {}

    def __call__(self, node: Expr) -> str:
        """The condition's SQL: true, false or null as the condition is."""
        return self._argument(node, Type.BOOLEAN)

    def truth(self, node: Expr) -> str:
        """SQL that is true where the condition is; where it is not, it may be false or null."""
        match node:
            case expr.And(items):
                return "(" + " AND ".join(self.truth(i) for i in items) + ")"
            case expr.Or(items):
                return "(" + " OR ".join(self.truth(i) for i in items) + ")"
        name = _never_true_of_blank(node)
        if name in self.raw:
            return Renderer(self.dialect, {name: self.raw[name]}, self.at)(node)
        return self(node)

    def _write(self, node: Expr) -> str:
        match node:
            case expr.Literal(value, type_):
                return self._literal(value, type_)
            case expr.Name(name):
                return self.columns[name]
            case expr.And(items):
                return "(" + " AND ".join(self(i) for i in items) + ")"
            case expr.Or(items):
                return "(" + " OR ".join(self(i) for i in items) + ")"
            case expr.Not(item):
                return f"(NOT {self(item)})"
            case expr.Compare(op, left, right):
                return f"({self._write(left)} {op} {self._write(right)})"
            case expr.In(item, choices):
                return f"({self._write(item)} IN ({', '.join(self._write(c) for c in choices)}))"
            case expr.Between(item, low, high):
                return f"({self._write(item)} BETWEEN {self._write(low)} AND {self._write(high)})"
            case expr.Like():
                return self._like(node)
            case expr.IsNull(item):
                return f"({self._write(item)} IS NULL)"
            case expr.Arith():
                return self._arithmetic(node)
            case expr.Neg(item):
                return f"(- {self._argument(item, Type.NUMBER)})"
            case expr.Call():
                return self._call(node)
        raise TypeError(f"not a condition: {node!r}")

    def _literal(self, value: object, type_: Type) -> str:
        if value is None:
            return _NULL_OF[type_]
        if type_ is Type.BOOLEAN:
            return "TRUE" if value else "FALSE"
        if type_ is Type.NUMBER:
            return double(float(value))  # type: ignore[arg-type]
        if type_ is Type.TIME:
            return f"CAST({value} AS BIGINT)"
        return quoted(str(value), self.dialect)

    def _like(self, node: expr.Like) -> str:
        """Most patterns are a start, an end or a part of the text, which engines find faster by name."""
        item, pattern = self._argument(node.item, Type.TEXT), node.pattern
        if node.fold:
            item, pattern = self.dialect.lower(item), simple_lower(pattern)
        body = pattern.strip("%")
        if "%" in body or "_" in body:
            return self.dialect.like(item, pattern)
        if not body and pattern:
            return f"(CASE WHEN {item} IS NOT NULL THEN TRUE END)"
        constant = quoted(body, self.dialect)
        match pattern.startswith("%"), pattern.endswith("%"):
            case False, False:
                return f"({item} = {constant})"
            case False, True:
                return self._function("starts_with", item, constant)
            case True, False:
                return self._function("ends_with", item, constant)
        return self._function("contains", item, constant)

    def _argument(self, node: Expr, type_: Type) -> str:
        """Engines neither choose a function by a null without a type nor take one for a condition."""
        return _NULL_OF[type_] if node.type is Type.NULL else self._write(node)

    def _function(self, function: str, *args: str) -> str:
        name = self.dialect.functions.get(function, function)
        return f"{name}({', '.join(args)})"

    def _arithmetic(self, node: expr.Arith) -> str:
        left, right = (self._argument(side, Type.NUMBER) for side in (node.left, node.right))
        if node.op == "/":
            right = using(right, lambda r: f"(CASE WHEN {r} <> {double(0.0)} THEN {r} END)", self.dialect)
        return finite(f"({left} {node.op} {right})", self.dialect)

    def _call(self, node: expr.Call) -> str:
        args = [self._argument(a, type_) for a, type_ in zip(node.args, _taken(node), strict=True)]
        match node.function:
            case "lower":
                return self.dialect.lower(args[0])
            case "upper":
                return self.dialect.upper(args[0])
            case "length":
                return f"CAST(length({args[0]}) AS DOUBLE)"
            case "days_since":
                return f"(CAST({self.at} - {args[0]} AS DOUBLE) / {double(float(DAY))})"
        return self._function(node.function, *args)


def _never_true_of_blank(node: Expr) -> str | None:
    """The one name of a comparison with visible constants, which nothing but blanks cannot fulfil."""
    match node:
        case expr.Compare("=", expr.Name(name), expr.Literal() as constant) if _visible(constant):
            return name
        case expr.In(expr.Name(name), choices) if all(
            isinstance(c, expr.Literal) and _visible(c) for c in choices
        ):
            return name
        case expr.Like(expr.Name(name), pattern, False) if pattern.strip(BLANK + "%_"):
            return name
        case expr.Call(
            "starts_with" | "ends_with" | "contains", (expr.Name(name), expr.Literal() as constant)
        ):
            return name if _visible(constant) else None
    return None


def _visible(constant: expr.Literal) -> bool:
    return isinstance(constant.value, str) and bool(constant.value.strip(BLANK))


def _taken(node: expr.Call) -> tuple[Type, ...]:
    """The types of a call's arguments."""
    return (
        expr.FUNCTIONS[node.function][0] if node.function in expr.FUNCTIONS else (node.type,) * len(node.args)
    )


def double(value: float) -> str:
    """A number as a double in every engine: without an exponent some read a decimal."""
    text = repr(value)
    return text if "e" in text else f"{text}e0"


def finite(number: str, dialect: Dialect) -> str:
    """The number, or null where it is infinite or not a number."""
    return using(number, lambda n: f"(CASE WHEN {n} BETWEEN -{LARGEST} AND {LARGEST} THEN {n} END)", dialect)


def read_as(column: str, kind: str, type_: Type, dialect: Dialect) -> str:
    """A raw value, stored as `kind`, as its declared type; null where it is empty or does not read."""
    if kind == "text":
        return _READERS[type_](column, dialect)
    if kind == type_:
        return finite(column, dialect) if type_ is Type.NUMBER else column
    if kind == "number" and type_ is Type.BOOLEAN:
        return f"(CASE WHEN {column} = 1 THEN TRUE WHEN {column} = 0 THEN FALSE END)"
    if kind == "number" and type_ is Type.TEXT:
        whole = f"{column} = floor({column}) AND abs({column}) < 1e15"
        plain, short = f"CAST({column} AS VARCHAR(400))", f"CAST(CAST({column} AS BIGINT) AS VARCHAR(400))"
        return f"(CASE WHEN {whole} THEN {short} ELSE {plain} END)"
    if kind == "boolean" and type_ is Type.TEXT:
        return f"(CASE WHEN {column} THEN 'true' WHEN NOT {column} THEN 'false' END)"
    return _NULL_OF[type_]


def is_blank(text: str, dialect: Dialect) -> str:
    """Whether a text is null or has nothing but blanks."""
    return f"(coalesce({trimmed(text, dialect)}, '') = '')"


def _text(column: str, dialect: Dialect) -> str:
    """Most texts begin with something visible: one comparison, and trimming only for those that do not."""
    return f"(CASE WHEN {column} >= '!' THEN {column} WHEN NOT {is_blank(column, dialect)} THEN {column} END)"


def _number(column: str, dialect: Dialect) -> str:
    bare = trimmed(column, dialect)
    value = f"CASE WHEN {dialect.matches(bare, NUMBER)} THEN TRY_CAST({bare} AS DOUBLE) END"
    return finite(f"({value})", dialect)


def _boolean(column: str, dialect: Dialect) -> str:
    bare = f"lower({trimmed(column, dialect)})"
    yes = ", ".join(quoted(w, dialect) for w in TRUE_WORDS)
    no = ", ".join(quoted(w, dialect) for w in FALSE_WORDS)
    return f"(CASE WHEN {bare} IN ({yes}) THEN TRUE WHEN {bare} IN ({no}) THEN FALSE END)"


def _time(column: str, dialect: Dialect) -> str:
    return dialect.micros(trimmed(column, dialect))


_READERS = {Type.TEXT: _text, Type.NUMBER: _number, Type.BOOLEAN: _boolean, Type.TIME: _time}
