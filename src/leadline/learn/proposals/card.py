"""A fitted scorecard as an ordinary model: its bins become fit rules with whole points."""

from __future__ import annotations

from itertools import pairwise, product
from math import log

import numpy as np

from leadline.model import expr
from leadline.model.document import ModelDocument
from leadline.model.expr import Type
from leadline.model.predictor import Axis, Input, Predictor, Term
from leadline.model.shape import MEASURES, Model
from leadline.model.write import file_data, to_yaml

DOUBLE = 20  # points that double the odds
MOST_RULES = 500


def model_of(predictor: Predictor, base: Model, *, double: float = DOUBLE) -> Model:
    """`base` with the predictor's tables for its fit rules; the rest of it stays.

    Every bin is a rule; its points are its log-odds above those of the lowest bin of its table, `double`
    points for odds twice as high, rounded to whole ones. So the sum ranks leads as the predictor does, but
    for the rounding, and reads, explains and versions like rules by hand. Thresholds of `base` that read
    `fit` are left as they are: they were made for other points, so set them anew before it is used.

    Raises ValueError where the predictor reads anything but fields (signals and measures have their own
    place in a model), or would make more than 500 rules.
    """
    inputs = {i.name: i for i in predictor.inputs}
    used = [inputs[a.input] for t in predictor.terms for a in t.axes]
    fields = {f.name for f in predictor.fields}
    wrong = sorted({i.label for i in used if not _of_fields(i, fields)})
    if wrong:
        raise ValueError(
            f"predictor `{predictor.name}` reads more than fields ({', '.join(wrong)}); expected a predictor "
            "of fields alone: learn one from a table, or from first contact, without signals and measures"
        )
    rules = [rule for n, term in enumerate(predictor.terms) for rule in _rules(n, term, inputs, double)]
    if len(rules) > MOST_RULES:
        raise ValueError(f"{len(rules)} rules would be needed, and a model has at most {MOST_RULES}")
    document = ModelDocument.read(text=to_yaml(base))
    known = {f.name for f in base.fields}
    for field in predictor.fields:
        if field.name not in known:
            data: dict = {"type": str(field.type)}
            data |= {"label": field.label} if field.label else {}
            data |= {"column": field.column} if field.column else {}
            document.set(("fields", field.name), data)
    fit = {k: v for k, v in dict(file_data(base).get("fit") or {}).items() if k in ("min", "max")}
    gates = [r for r in (file_data(base).get("fit") or {}).get("rules", []) if r.get("disqualify")]
    most = sum(max((r["points"] for r in _rules(n, t, inputs, double)), default=0)
               for n, t in enumerate(predictor.terms))  # fmt: skip
    fit = fit | {"max": int(most)} if fit.get("max") is not None and fit["max"] < most else fit
    document.set(("fit",), {**fit, "rules": [*gates, *rules]})
    return document.model


def _of_fields(each: Input, fields: set[str]) -> bool:
    """An expression over fields only; measures and criteria are not among them."""
    if each.expr is None:
        return False
    words = set("".join(c if c.isalnum() or c == "_" else " " for c in _unquoted(each.expr)).split())
    return bool(words & fields) and not words & (set(MEASURES) - fields)


def _unquoted(text: str) -> str:
    return " ".join(text.split("'")[::2])


def _rules(number: int, term: Term, inputs: dict[str, Input], double: float) -> list[dict]:
    values = np.asarray(term.values)
    points = np.round((values - values.min()) * double / log(2))
    bins = [list(enumerate(_conditions(axis, inputs[axis.input]))) for axis in term.axes]
    found = []
    for given, chosen in zip(points.tolist(), product(*bins), strict=True):
        conditions = [when for _, (when, _) in chosen]
        if given and None not in conditions:
            name = "_".join([f"t{number}", *(str(place) for place, _ in chosen)])
            found.append(
                {"id": name, "label": ", ".join(label for _, (_, label) in chosen),
                 "when": " and ".join(f"({c})" if len(conditions) > 1 else str(c) for c in conditions),
                 "points": int(given)}
            )  # fmt: skip
    return found


def _conditions(axis: Axis, each: Input) -> list[tuple[str | None, str]]:
    """Of each bin its condition and what it is called, *missing* first; None where nothing can be in it."""
    what = each.expr or each.name
    inner = what if what.replace("_", "").isalnum() else f"({what})"
    found: list[tuple[str | None, str]] = [(f"{inner} is null", f"{each.label}: not known")]
    if each.type is Type.BOOLEAN:
        return [*found, (f"not {inner}", f"{each.label}: no"), (inner, f"{each.label}: yes")]
    if each.type is Type.TEXT:
        found += [(f"{inner} = {expr.quote(v)}", f"{each.label}: {v}") for v in axis.levels]
        rest = f"{inner} is not null"
        if axis.levels:
            rest = f"{inner} not in ({', '.join(map(expr.quote, axis.levels))})"
        return [*found, (rest, f"{each.label}: any other")]
    edges = [expr.number_text(e) for e in axis.edges]
    if each.type is Type.TIME:
        edges = [expr.literal_text(int(e), Type.TIME) for e in axis.edges]
    if not edges:
        return [*found, (f"{inner} is not null", f"{each.label}: known")]
    found.append((f"{inner} < {edges[0]}", f"{each.label} below {edges[0]}"))
    for low, high in pairwise(edges):
        found.append((f"{inner} >= {low} and {inner} < {high}", f"{each.label} from {low} to below {high}"))
    return [*found, (f"{inner} >= {edges[-1]}", f"{each.label} from {edges[-1]}")]
