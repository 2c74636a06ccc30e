"""A persona as fit rules in the model's own language, for a person to paste, or to add to a model's file."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import log
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from leadline.learn.bins import codes_of
from leadline.learn.examples import Examples
from leadline.learn.persona import Persona
from leadline.learn.statements import Statement, Value, alike, ordered
from leadline.model import ModelError, read_model
from leadline.model.document import ModelDocument
from leadline.model.emit import block_lines
from leadline.model.expr import Type, number_text, quote, text_of
from leadline.model.shape import Field

DOUBLING = 10  # points that a doubling of the odds is worth
MOST_POINTS = 40


@dataclass(frozen=True)
class ProposedRule:
    """A fit rule, `when` in the language of conditions; `fields` are those that it reads."""

    id: str
    label: str
    when: str
    points: int
    fields: tuple[Field, ...]

    def entry(self) -> dict[str, Any]:
        return {"id": self.id, "label": self.label, "when": self.when, "points": self.points}


@dataclass(frozen=True)
class ProposedRules:
    """The rules, and what became of the statements of which none was made, each with its reason."""

    rules: tuple[ProposedRule, ...]
    skipped: tuple[tuple[str, str], ...]

    def yaml(self) -> str:
        """The sections `fields` and `fit`, as a model's file has them; empty where there are no rules."""
        if not self.rules:
            return ""
        fields = {f.name: _declared(f) for rule in self.rules for f in rule.fields}
        data = {"fields": fields, "fit": {"rules": [rule.entry() for rule in self.rules]}}
        return "\n".join(block_lines(data)) + "\n"


def fit_rules(found: Persona, examples: Examples) -> ProposedRules:
    """A rule for each input and direction of which the persona says something; neighbours are one range.

    Points are fitted together, so that two columns which go together are not counted twice: a ridge logistic
    regression on the rules, ten points for each doubling of the odds, rounded. Whatever the model's reader
    refuses (dates, what is done rather than who they are, *any other*) is left out with the reason.
    """
    made, skipped = [], []
    masks: list[np.ndarray] = []
    for statements in _by_input(found.statements):
        given = statements[0].value.input
        drafts, refused = _drafts(statements)
        skipped += refused
        for group in drafts:
            rule = _rule(group, given.name, {r.id for r, _ in made}, examples.fields)
            mask = _having(group, examples)
            twin = next((r for (r, _), m in zip(made, masks, strict=True) if alike(m, mask)), None)
            why = f"it says the same as {twin.label}" if twin else _refused(rule)
            if why:
                skipped.append((rule.label, why))
            else:
                made.append((rule, group))
                masks.append(mask)
    if not made:
        return ProposedRules((), tuple(skipped))
    points = _points(masks, np.asarray(examples.won, bool))
    kept = []
    for (rule, group), worth in zip(made, points, strict=True):
        if worth == 0 or (worth > 0) != group[0].over:
            skipped.append((rule.label, "the other rules say it already"))
        else:
            kept.append(ProposedRule(rule.id, rule.label, rule.when, worth, rule.fields))
    kept.sort(key=lambda r: -abs(r.points))
    return ProposedRules(tuple(kept), tuple(skipped))


@dataclass(frozen=True)
class Applied:
    """A model's file with the rules in it: its text, the diff, and what was left out, with the reason."""

    text: str
    diff: str
    added: tuple[ProposedRule, ...]
    skipped: tuple[tuple[str, str], ...]


def apply_to(document: ModelDocument, proposed: ProposedRules, file: str = "model.yaml") -> Applied:
    """The rules added to a copy of a model's file, comments kept; what cannot be added is said."""
    before, text = document.text(), document.text()
    added, skipped = [], list(proposed.skipped)
    for rule in proposed.rules:
        trial = ModelDocument.read(text=text)
        try:
            why = _added(trial, rule)
        except (ModelError, KeyError, ValueError) as error:
            first = error.problems[0].message if isinstance(error, ModelError) else str(error)
            why = f"it does not go into this model: {first}"
        if why:
            skipped.append((rule.label, why))
        else:
            text, added = trial.text(), [*added, rule]
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), text.splitlines(keepends=True), file, f"{file} (proposed)"
    )
    return Applied(text, "".join(lines), tuple(added), tuple(skipped))


def _added(document: ModelDocument, rule: ProposedRule) -> str | None:
    """Adds the rule; the reason why not, where there is one."""
    model = document.model
    known = {f.name: f for f in model.fields}
    columns = {f.column or f.name: f for f in model.fields}
    for field in rule.fields:
        there = known.get(field.name)
        if there is not None and there.type is not field.type:
            return f"the model's field `{field.name}` is {there.type.value}, the column {field.type.value}"
        if there is None and (other := columns.get(field.column or field.name)) is not None:
            return f"the model calls this column `{other.name}`: write the rule with that name"
        if there is None:
            document.set(("fields", field.name), _declared(field))
    entry = rule.entry()
    taken = {r.id for r in model.fit.rules} | {s.id for s in model.intent.signals}
    entry["id"] = _unused(rule.id, taken)
    document.add(("fit", "rules"), entry)
    mine = next(r for r in document.model.fit.rules if r.id == entry["id"])
    if any(text_of(r.when) == text_of(mine.when) for r in model.fit.rules):
        return "the model has a rule with this condition already"
    return None


# --- from statements to conditions ------------------------------------------------------------------------


def _by_input(statements: Iterable[Statement]) -> list[list[Statement]]:
    groups: dict[tuple[str, bool], list[Statement]] = {}
    for each in statements:
        groups.setdefault((each.value.input.name, each.over), []).append(each)
    return list(groups.values())


def _drafts(statements: list[Statement]) -> tuple[list[list[Statement]], list[tuple[str, str]]]:
    """Which statements become one rule together; and those of which none can be made."""
    given, kept, refused = statements[0].value.input, [], []
    for each in statements:
        if given.expr is None:
            refused.append((each.value.text, "it is what they do, not who they are"))
        elif given.type is Type.TIME and each.value.code:
            refused.append((each.value.text, "a date passes: it says nothing of the next leads"))
        elif given.type is Type.TEXT and each.value.code == len(each.value.axis.levels) + 1:
            refused.append((each.value.text, "it is many values, each of them rare"))
        else:
            kept.append(each)
    missing = [s for s in kept if not s.value.code]
    known = sorted((s for s in kept if s.value.code), key=lambda s: s.value.code)
    if not ordered(given):
        groups = _alike_rates(sorted(known, key=lambda s: -(s.rate.value or 0)))
    else:  # what is next to each other keeps its distance to its place in the list
        runs = groupby(enumerate(known), key=lambda pair: pair[1].value.code - pair[0])
        groups = [group for _, run in runs for group in _alike_rates([s for _, s in run])]
    return groups + ([missing] if missing else []), refused


def _alike_rates(statements: list[Statement]) -> list[list[Statement]]:
    """Neighbours together as long as the share of them that buys is not clearly another."""
    groups: list[list[Statement]] = []
    for each in statements:
        first = groups[-1][0].rate.interval if groups else None
        mine = each.rate.interval
        if first and mine and first[0] <= mine[1] and mine[0] <= first[1]:
            groups[-1].append(each)
        else:
            groups.append([each])
    return groups


def _rule(group: list[Statement], name: str, taken: set[str], fields: Sequence[Field]) -> ProposedRule:
    values = [s.value for s in group]
    read = tuple(f for f in fields if re.search(rf"\b{re.escape(f.name)}\b", values[0].input.expr or ""))
    id_ = _unused(f"persona_{name}"[:50] if group[0].over else f"persona_not_{name}"[:50], taken)
    return ProposedRule(id_, _label(values), _when(values), 0, read)


def _label(values: list[Value]) -> str:
    given = values[0].input
    if given.type is Type.TEXT or len(values) == 1:
        words = [v.words for v in values]
        joined = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
    else:
        first, last = values[0].words, values[-1].words
        low = "" if values[0].code == 1 else first.split(" to ")[0]
        joined = f"{low} to {last.split(' to ')[-1]}" if low and " to " in last else last if low == "" else ""
        joined = joined or f"{low} or more"
        if not low:
            joined = f"below {last.split(' to ')[-1]}" if " to " in last else "known"
    return f"{given.label}: {joined}"[:120]


def _when(values: list[Value]) -> str:
    first, last = values[0], values[-1]
    expr = first.input.expr or ""
    if first.code == 0:
        return f"{expr} is null"
    if first.input.type is Type.BOOLEAN:
        return expr if first.code == 2 else f"not {expr}"
    if first.input.type is Type.TEXT:
        listed = [quote(v.axis.levels[v.code - 1]) for v in values]
        return f"{expr} = {listed[0]}" if len(listed) == 1 else f"{expr} in ({', '.join(listed)})"
    edges = first.axis.edges
    parts = [f"{expr} >= {number_text(edges[first.code - 2])}"] if first.code > 1 else []
    parts += [f"{expr} < {number_text(edges[last.code - 1])}"] if last.code <= len(edges) else []
    return " and ".join(parts) or f"{expr} is not null"


def _refused(rule: ProposedRule) -> str | None:
    """What the model's own reader has against it."""
    data = {
        "leadline": 1, "name": "persona", "fields": {f.name: _declared(f) for f in rule.fields},
        "fit": {"rules": [rule.entry()]},
    }  # fmt: skip
    try:
        read_model(text="\n".join(block_lines(data)) + "\n")
    except ModelError as error:
        return f"the model's language has no such rule: {error.problems[0].message}"
    return None


def _declared(field: Field) -> Any:
    if field.column is None or field.column == field.name:
        return field.type.value
    return {"type": field.type.value, "column": field.column}


def _unused(name: str, taken: set[str]) -> str:
    found, n = name, 2
    while found in taken:
        found, n = f"{name}_{n}", n + 1
    return found


# --- points ------------------------------------------------------------------------------------------------


def _having(group: list[Statement], examples: Examples) -> np.ndarray:
    value = group[0].value
    code = codes_of(examples.features.column(value.input.name), value.input.type, value.axis)
    return np.isin(code, [s.value.code for s in group])


def _points(masks: list[np.ndarray], won: np.ndarray) -> list[int]:
    fitted = LogisticRegression(C=1.0, max_iter=1_000).fit(np.column_stack(masks).astype(float), won)
    points = np.clip(np.round(DOUBLING * fitted.coef_[0] / log(2)), -MOST_POINTS, MOST_POINTS)
    return [int(p) for p in points]
