"""What a predictor must be to be one: told all at once, each with the way to it."""

from __future__ import annotations

import math
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain, islice, pairwise
from typing import Any

from leadline.model.conditions import ConditionError
from leadline.model.errors import did_you_mean
from leadline.model.expr import Type
from leadline.model.predictor import KINDS, SIGNAL_PARTS, Axis, Calibration, Input, Predictor, Term
from leadline.model.predictor_scope import criteria_in, tree_of
from leadline.model.section import IDENTIFIER
from leadline.model.shape import Field

MAX_PARTS = 2_000  # fields, inputs, terms
MAX_BINS = 10_000  # edges or levels of an axis
MAX_REPLICAS = 1_000
MAX_LOG_ODDS = 1_000.0  # of a term; beyond 14 nothing is told apart
MAX_SLOPE = 1e9
MAX_TEXT = 10_000
MAX_PROBLEMS = 200

Problems = Iterator[tuple[str, str]]
TYPES = (Type.TEXT, Type.NUMBER, Type.BOOLEAN, Type.TIME)


def problems_of(predictor: Predictor) -> list[tuple[str, str]]:
    """Everything wrong with a predictor: the way to it, and what to do."""
    found = _some(chain(_head(predictor), _fields(predictor.fields)))
    if not found:
        found += _inputs(predictor.fields, predictor.inputs, predictor.model is not None)
    return found or _some(chain(_terms(predictor), _replicas(predictor)))


def _some(problems: Problems) -> list[tuple[str, str]]:
    return list(islice(problems, MAX_PROBLEMS))


# --- the whole -------------------------------------------------------------------------------------------


def _head(predictor: Predictor) -> Problems:
    for key in ("name", "goal"):
        yield from _text(getattr(predictor, key), key)
    if predictor.kind not in KINDS:
        yield "kind", f"unknown kind `{predictor.kind}`: it is one of {', '.join(KINDS)}"
    if predictor.kind == "rate" and predictor.terms:
        yield (
            "kind",
            "a `rate` is the same for everyone and has no terms: take them out, or name another kind",
        )
    if predictor.model is not None and not re.fullmatch("[0-9a-f]{12}", str(predictor.model)):
        yield (
            "model",
            f"`{str(predictor.model)[:40]}` is not a version: expected the 12 hex digits of a model",
        )
    if predictor.horizon is not None and not (_is_whole(predictor.horizon) and predictor.horizon > 0):
        yield "horizon", "expected whole microseconds, more than 0, or nothing"
    yield from _about(predictor.about, "about", 0)
    for key in ("fields", "inputs", "terms"):
        yield from _count(getattr(predictor, key), key, MAX_PARTS)
    yield from _count(predictor.replicas, "replicas", MAX_REPLICAS)


def _about(value: Any, path: str, depth: int) -> Problems:
    if depth > 20:
        yield path, "nests deeper than 20 levels"
    elif isinstance(value, dict):
        for key, item in value.items():
            if isinstance(key, str):
                yield from _about(item, f"{path}.{key[:60]}", depth + 1)
            else:
                yield path, f"the key {key!r} is not a text"
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            yield from _about(item, f"{path}[{number}]", depth + 1)
    elif isinstance(value, float) and not math.isfinite(value):
        yield path, f"{value} is not a finite number: leave it out, or write null"
    elif isinstance(value, str):
        if not _is_plain(value):
            yield path, "it holds a character that no text has"
    elif not (value is None or isinstance(value, (bool, int, float))):
        yield path, f"a {type(value).__name__} is no JSON value: give text, numbers, lists or mappings"


def _count(items: Any, path: str, most: int) -> Problems:
    if not isinstance(items, tuple):
        yield path, f"expected a tuple, got {type(items).__name__}"
    elif len(items) > most:
        yield path, f"{len(items):,} {path.rpartition('.')[2]}; at most {most:,} are read"


def _text(value: Any, path: str, *, empty: bool = False) -> Problems:
    if not isinstance(value, str):
        yield path, f"expected a text, got {type(value).__name__}"
    elif not empty and not value.strip():
        yield path, "expected a text, and it is empty"
    elif len(value) > MAX_TEXT:
        yield path, f"the text has {len(value):,} characters; at most {MAX_TEXT:,} are read"
    elif not _is_plain(value):
        yield path, "it holds a character that no text has"


def _is_plain(text: str) -> bool:
    return not re.search("[\0\ud800-\udfff]", text)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(value: Any, path: str, most: float) -> Problems:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        yield path, f"expected a finite number, got {str(value)[:40]}"
    elif abs(value) > most:
        yield path, f"{value:g} is out of range: from {-most:g} to {most:g}"


def _numbers(values: Any, path: str, most: float) -> Problems:
    if not isinstance(values, tuple):
        yield path, f"expected a tuple of numbers, got {type(values).__name__}"
        return
    for number, value in enumerate(values):
        yield from _number(value, f"{path}[{number}]", most)


# --- what is read ------------------------------------------------------------------------------------------


def _fields(fields: Sequence[Field]) -> Problems:
    for number, field in enumerate(fields):
        path = f"fields[{number}]"
        yield from _name(field.name, f"{path}.name")
        if field.type not in TYPES:
            yield f"{path}.type", f"unknown type `{field.type}`: it is one of {', '.join(TYPES)}"
        for key in ("label", "ask", "column"):
            if getattr(field, key) is not None:
                yield from _text(getattr(field, key), f"{path}.{key}")
        yield from _count(field.values, f"{path}.values", MAX_BINS)
        for value in field.values if isinstance(field.values, tuple) else ():
            yield from _text(value, f"{path}.values", empty=True)
    yield from _twice([f.name for f in fields], "fields", "field")


def _name(name: Any, path: str) -> Problems:
    if not isinstance(name, str) or not re.fullmatch(IDENTIFIER, name):
        yield path, f"{str(name)[:60]!r} is not a name: letters, digits and _, not starting with a digit"


def _twice(names: list[Any], path: str, noun: str) -> Problems:
    for name, count in Counter(map(str, names)).items():
        if count > 1:
            yield path, f"the {noun} `{name[:100]}` stands {count} times: names are unique in a predictor"


@lru_cache(maxsize=64)
def _inputs(fields: tuple[Field, ...], inputs: tuple[Input, ...], of_model: bool) -> tuple[Any, ...]:
    return tuple(_some(_input_problems(fields, inputs, of_model)))


def _input_problems(fields: tuple[Field, ...], inputs: tuple[Input, ...], of_model: bool) -> Problems:
    yield from _twice([i.name for i in inputs], "inputs", "input")
    for number, given in enumerate(inputs):
        path = f"inputs[{number}]"
        yield from _name(given.name, f"{path}.name")
        yield from _text(given.label, f"{path}.label")
        if given.type not in TYPES:
            yield f"{path}.type", f"unknown type `{given.type}`: it is one of {', '.join(TYPES)}"
        elif (given.expr is None) == (given.signal is None):
            yield path, "give either `expr`, or `signal` and `part`"
        elif given.signal is not None:
            yield from _signal(given, path, of_model)
        else:
            yield from _expression(given, fields, path, of_model)


def _signal(given: Input, path: str, of_model: bool) -> Problems:
    yield from _name(given.signal, f"{path}.signal")
    if given.part not in SIGNAL_PARTS:
        yield f"{path}.part", f"unknown part `{given.part}`: it is {' or '.join(SIGNAL_PARTS)}"
    if given.type is not Type.NUMBER:
        yield f"{path}.type", f"the {given.part} of a signal are a number, not a {given.type}"
    if not of_model:
        yield f"{path}.signal", "a signal belongs to a model: name its version as `model`"


def _expression(given: Input, fields: tuple[Field, ...], path: str, of_model: bool) -> Problems:
    if given.part is not None:
        yield f"{path}.part", "a `part` is of a signal: take it out, or name the `signal` in place of `expr`"
    if not isinstance(given.expr, str):
        yield f"{path}.expr", f"expected a text, got {type(given.expr).__name__}"
        return
    try:
        tree = tree_of(given.expr, fields, criteria_in(given.expr, fields) if of_model else None)
    except ConditionError as error:
        for fault in error.faults:
            yield f"{path}.expr", fault.message
        return
    if tree.type is not given.type:
        yield f"{path}.type", f"`{given.expr[:100]}` is a {tree.type}, not a {given.type}: write that type"


# --- what it comes to --------------------------------------------------------------------------------------


def _terms(predictor: Predictor) -> Problems:
    yield from _number(predictor.base, "base", MAX_LOG_ODDS)
    yield from _calibration(predictor.calibration, "calibration")
    types = {i.name: i.type for i in predictor.inputs}
    seen: dict[frozenset[str], int] = {}
    for number, term in enumerate(predictor.terms):
        path = f"terms[{number}]"
        found = [*_axes(term, types, path)]
        yield from found or _values(term, types, term.values, f"{path}.values")
        inputs = frozenset(str(getattr(a, "input", "")) for a in term.axes) if not found else frozenset()
        if inputs and seen.setdefault(inputs, number) != number:
            yield path, f"terms[{seen[inputs]}] reads the same: add the two up"


def _axes(term: Term, types: dict[str, Type], path: str) -> Problems:
    if not isinstance(term.axes, tuple) or len(term.axes) not in (1, 2):
        yield f"{path}.axes", "expected one axis or two"
        return
    if len({a.input for a in term.axes}) < len(term.axes):
        yield f"{path}.axes", f"both axes are of `{term.axes[0].input}`: a pair is of two inputs"
    for number, axis in enumerate(term.axes):
        yield from _axis(axis, types, f"{path}.axes[{number}]")


def _axis(axis: Axis, types: dict[str, Type], path: str) -> Problems:
    type_ = types.get(axis.input)
    if type_ is None:
        hint = did_you_mean(str(axis.input)[:100], types)
        yield f"{path}.input", f"no input is called `{str(axis.input)[:100]}`{hint}"
        return
    yield from _count(axis.edges, f"{path}.edges", MAX_BINS)
    yield from _count(axis.levels, f"{path}.levels", MAX_BINS)
    if axis.levels and type_ is not Type.TEXT:
        yield f"{path}.levels", f"`{axis.input}` is a {type_}, and only a text has levels"
    if axis.edges and type_ not in (Type.NUMBER, Type.TIME):
        yield f"{path}.edges", f"`{axis.input}` is a {type_}, and only a number or a time has edges"
    edges = [*_numbers(axis.edges, f"{path}.edges", sys.float_info.max)]
    yield from edges
    if not edges and any(a >= b for a, b in pairwise(axis.edges)):
        yield f"{path}.edges", "edges ascend, and none stands twice: sort them"
    for level in axis.levels if isinstance(axis.levels, tuple) else ():
        yield from _text(level, f"{path}.levels", empty=True)
    yield from _twice(list(axis.levels), f"{path}.levels", "level")


def _values(term: Term, types: dict[str, Type], values: Any, path: str) -> Problems:
    yield from _numbers(values, path, MAX_LOG_ODDS)
    wanted = math.prod(axis.size(types[axis.input]) for axis in term.axes)
    if isinstance(values, tuple) and len(values) != wanted:
        bins = " × ".join(str(axis.size(types[axis.input])) for axis in term.axes)
        yield path, f"{len(values):,} values for {bins} bins (missing and any other are bins too)"


def _calibration(given: Calibration, path: str) -> Problems:
    found = [*_numbers(given.x, f"{path}.x", MAX_LOG_ODDS), *_numbers(given.y, f"{path}.y", MAX_LOG_ODDS)]
    yield from found
    if found:
        return
    if len(given.x) != len(given.y) or not 2 <= len(given.x) <= MAX_BINS:
        yield (
            path,
            f"{len(given.x)} of x and {len(given.y)} of y: a broken line has as many of both, 2 or more",
        )
    elif any(a >= b for a, b in pairwise(given.x)):
        yield f"{path}.x", "x ascends, and none stands twice: sort the points"
    elif any(not abs(slope) <= MAX_SLOPE for slope in slopes(given)):
        yield path, f"the line is steeper than {MAX_SLOPE:g}: take out points that stand too close"


def slopes(given: Calibration) -> tuple[float, ...]:
    """Of each piece of the broken line: how much y rises for each x."""
    points = list(zip(given.x, given.y, strict=True))
    return tuple((d - b) / (c - a) for (a, b), (c, d) in pairwise(points))


def _replicas(predictor: Predictor) -> Problems:
    types = {i.name: i.type for i in predictor.inputs}
    for number, replica in enumerate(predictor.replicas):
        path = f"replicas[{number}]"
        yield from _number(replica.base, f"{path}.base", MAX_LOG_ODDS)
        yield from _calibration(replica.calibration, f"{path}.calibration")
        if not isinstance(replica.values, tuple) or len(replica.values) != len(predictor.terms):
            given, wanted = len(replica.values), len(predictor.terms)
            yield f"{path}.values", f"values of {given} terms, and the predictor has {wanted}"
            continue
        for i, (term, values) in enumerate(zip(predictor.terms, replica.values, strict=True)):
            if all(axis.input in types for axis in term.axes):
                yield from _values(term, types, values, f"{path}.values[{i}]")
