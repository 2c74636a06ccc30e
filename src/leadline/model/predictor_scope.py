"""What the inputs of a predictor may name, and their expressions as trees."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import sqlglot
from sqlglot.errors import SqlglotError

from leadline.model.conditions import WORDS, Scope, parse_value
from leadline.model.expr import FUNCTIONS, Expr, Kind, Name, Type
from leadline.model.shape import LATE_MEASURES, MEASURES, Field

UNREADABLE = ("probability", "next_question", *LATE_MEASURES)  # what hangs on the prediction, or on words


def tree_of(text: str, fields: Sequence[Field], criteria: Sequence[str] | None) -> Expr:
    """The checked tree of an input's expression over fields and, where there is a model, what it computes.

    `criteria` has the names of the model's criteria; None where there is no model, so that fields alone can
    be read. Raises :class:`ConditionError`.
    """
    return parse_value(text, _scope(tuple(fields), None if criteria is None else tuple(criteria)))


@lru_cache(maxsize=64)
def _scope(fields: tuple[Field, ...], criteria: tuple[str, ...] | None) -> Scope:
    names = {f.name: Name(f.name, Kind.FIELD, f.type) for f in fields}
    late = "hangs on the prediction, or comes after it: an input cannot read it"
    elsewhere = dict.fromkeys(UNREADABLE, late)
    if criteria is None:
        told = "is computed by a model: name its version as `model`, or read fields alone"
        return Scope(
            names, "field", elsewhere=elsewhere | dict.fromkeys(MEASURES.keys() - {*UNREADABLE}, told)
        )
    computed = {n: Name(n, Kind.MEASURE, t) for n, t in MEASURES.items() if n not in UNREADABLE}
    asked = {name: Name(name, Kind.CRITERION, Type.TEXT) for name in criteria}
    both = "is both a field and something that the model computes: rename the field"
    ambiguous = {name: both for name in names if name in computed or name in asked}
    return Scope(names | computed | asked, "field or measure", ambiguous, elsewhere)


def criteria_in(text: str, fields: Sequence[Field]) -> tuple[str, ...]:
    """The words of an expression that could be a criterion's name: all that have no other meaning here."""
    try:
        words = {token.text for token in sqlglot.tokenize(text) if token.text.isidentifier()}
    except SqlglotError:
        return ()
    known = {f.name for f in fields} | {*MEASURES} | {*UNREADABLE}
    functions = {*WORDS, *FUNCTIONS, "coalesce"}
    return tuple(sorted(w for w in words - known if w.lower() not in functions))
