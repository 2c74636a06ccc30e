"""Which names each part of a model may use, and which values they can have.

A name that is compared with a value it never has gives a condition that never holds: silence that costs
a quarter. So constants beside names with known values are checked when the model is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from sqlglot.parser import Parser
from sqlglot.tokens import Tokenizer

from leadline.model import expr
from leadline.model.conditions import WORDS, ConditionError, Fault, Scope, parse_condition
from leadline.model.errors import did_you_mean
from leadline.model.expr import Expr, Kind, Name, Type
from leadline.model.shape import BUILT_IN_PROPERTIES, LATE_MEASURES, MEASURES

STATES = ("yes", "no", "unknown")
_WORDS_OF_SQL = {
    word.upper()
    for words in (
        Tokenizer.KEYWORDS,
        Parser.FUNCTIONS,
        Parser.FUNCTION_PARSERS,
        Parser.NO_PAREN_FUNCTION_PARSERS,
    )
    for word in words
} | {"ISNULL", "NOTNULL"}
_EVERYWHERE = (
    "{0} is null or {0} = 1 or not {0} or {0} in ({0}, {0}) or {0} between {0} and {0}"
    " or {0} + {0} * -{0} < {0} or lower({0}) like 'x' or coalesce({0}, {0}) = {0} or ({0}) or {0} and {0}"
)


@lru_cache(maxsize=1024)
def is_usable(name: str) -> bool:
    """Whether conditions can use the name: `in` is a word of theirs, and `case` one of SQL's."""
    if name.lower() in WORDS:
        return False
    if name.upper() not in _WORDS_OF_SQL:
        return True
    try:
        parse_condition(_EVERYWHERE.format(name), Scope({name: Name(name, Kind.FIELD, Type.NULL)}))
    except ConditionError:
        return False
    return True


def event_scope(properties: Mapping[str, Type], fields: Iterable[str]) -> Scope:
    """For `where`: the properties of an event."""
    names = {name: Name(name, Kind.PROPERTY, Type.TEXT) for name in BUILT_IN_PROPERTIES}
    names |= {name: Name(name, Kind.PROPERTY, type_) for name, type_ in properties.items()}
    told = "is a field of the lead; here stand properties of the event, declared under `properties`"
    return Scope(names, "event property", elsewhere=dict.fromkeys(fields, told))


def field_scope(fields: Mapping[str, Type], properties: Iterable[str], criteria: Iterable[str]) -> Scope:
    """For `fit` and `criteria`: what is known of a lead."""
    elsewhere = dict.fromkeys(
        (*MEASURES, *LATE_MEASURES, *criteria),
        "is computed of a lead and can be read in `quality` and `lifecycle`; here stand fields",
    )
    elsewhere |= dict.fromkeys(
        (*BUILT_IN_PROPERTIES, *properties),
        "is a property of events and can be read in `where`; here stand fields of the lead",
    )
    return Scope(_fields(fields), "field", elsewhere=elsewhere)


def measure_scope(
    fields: Mapping[str, Type], criteria: Iterable[str], properties: Iterable[str], *, late: bool
) -> Scope:
    """For `quality`, and with `late` for `lifecycle`: fields and what is computed."""
    computed = {name: Name(name, Kind.MEASURE, type_) for name, type_ in MEASURES.items()}
    if late:
        computed |= {name: Name(name, Kind.MEASURE, type_) for name, type_ in LATE_MEASURES.items()}
    asked = {name: Name(name, Kind.CRITERION, Type.TEXT) for name in criteria}
    ambiguous = {
        name: "is both a field and a criterion: rename one of them" for name in asked if name in fields
    }
    ambiguous |= {
        name: "is both a field and a measure: rename the field" for name in computed if name in fields
    }
    elsewhere = dict.fromkeys(
        (*BUILT_IN_PROPERTIES, *properties), "is a property of events and can be read in `where` alone"
    )
    if not late:
        elsewhere |= dict.fromkeys(
            LATE_MEASURES, "is known only after `quality`: it can be read in `lifecycle`"
        )
    return Scope(_fields(fields) | computed | asked, "field or measure", ambiguous, elsewhere)


def _fields(fields: Mapping[str, Type]) -> dict[str, Name]:
    return {name: Name(name, Kind.FIELD, type_) for name, type_ in fields.items()}


@dataclass(frozen=True)
class Guard:
    """The values that a name can have, where they are known. Names of events have none that are."""

    values: Mapping[tuple[Kind, str], tuple[str, ...]]

    def faults(self, tree: Expr, text: str) -> list[Fault]:
        """Constants in `text`, whose tree is given, that their name never has."""
        return [
            self._fault(name, value, text) for name, value in _compared(tree) if self._is_wrong(name, value)
        ]

    def _is_wrong(self, name: Name, value: str) -> bool:
        known = self.values.get((name.kind, name.name))
        return known is not None and value not in known

    def _fault(self, name: Name, value: str, text: str) -> Fault:
        known = self.values[name.kind, name.name]
        hint = did_you_mean(value[:100], known).replace("`", "'")
        if not hint:
            listed = ", ".join(expr.quote(k) for k in known[:12])
            hint = f"; it has {listed}" if known else "; it has none in this model"
        quoted = expr.quote(value)
        return Fault(f"`{name.name}` has no value {quoted[:100]}{hint}", max(text.find(quoted), 0))


def _compared(tree: Expr) -> Iterator[tuple[Name, str]]:
    """Names with the texts that they are held against for equality."""
    for node in expr.walk(tree):
        match node:
            case expr.Compare("=" | "<>", left, right):
                pairs = [(left, right), (right, left)]
            case expr.In(item, choices):
                pairs = [pair for choice in choices for pair in ((item, choice), (choice, item))]
            case _:
                continue
        for name, constant in pairs:
            if isinstance(name, Name) and isinstance(constant, expr.Literal) and constant.type is Type.TEXT:
                yield name, str(constant.value)
