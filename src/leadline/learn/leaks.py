"""Columns that give the answer away: filled in after the fact, by those who knew.

Nothing in a table says when a cell was written. What can be seen is what such columns have in common: names
and values that speak of what came later, a power to tell the outcome that nothing known beforehand has, cells
that are filled for one outcome alone, dates after the moment at which the lead is judged. Each bound leaves
room for chance, so that few rows raise no alarm by figures alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leadline.learn.examples import Examples
from leadline.learn.single import Power, power, probabilities
from leadline.learn.telling import name_hints, name_tells, value_tells
from leadline.model.expr import Type
from leadline.model.predictor import Input

ALONE = 0.90  # the AUC of one column alone that is beyond belief
STRONG = 0.85  # the same, where it beats all others together by MARGIN
MARGIN = 0.08
HINTED = 0.70  # the same, where its name hints at it
FILLED = 0.05  # the least share of an outcome's leads for whom a cell is filled that is filled for it alone
ABOVE_NOTHING = 0.25  # the same, where 0 counts as not filled
TIMES = 10.0  # how many times as often
SURELY = 4.0  # the same, at the bound that leaves room for chance
LEAST = 15  # rows
LATE = 0.02  # the share of dates after the moment, from which they are no slip
Z = 3.0  # standard errors that chance is given
MOST_ROWS = 50_000  # that figures are made of: beyond, they do not change


@dataclass(frozen=True)
class Suspect:
    """A column that may have been filled in once the outcome was known, and why it is thought so.

    `strength` is from 0 to 1; `inputs` are the names of the inputs that read the column.
    """

    column: str
    inputs: tuple[str, ...]
    reasons: tuple[str, ...]
    strength: float

    @property
    def reason(self) -> str:
        return "; ".join(self.reasons)


def suspects(examples: Examples) -> tuple[Suspect, ...]:
    """The columns that seem to give the answer away, the surest first.

    >>> from leadline.learn.plain import examples_from_table
    >>> rows = [{"won": w, "size": i % 7, "lost reason": None if w else "price"}
    ...         for i in range(200) for w in (i % 2 == 0,)]
    >>> [s.column for s in examples_from_table(rows, outcome="won").refused]
    ['lost reason']
    """
    if len(examples) == 0 or examples.won.all() or not examples.won.any():
        return ()
    examples = _some(examples)
    columns = _columns(examples)
    found = {name: [*_own_reasons(examples, name, inputs)] for name, inputs in columns.items()}
    powers = {name: _best(examples, inputs) for name, inputs in columns.items()}
    alone = {name: [*_too_strong(name, p)] for name, p in powers.items()}
    honest = [name for name in columns if not found[name] and not alone[name]]
    for name in honest:
        others = [i for other in honest if other != name for i in columns[other]]
        alone[name] += _beats_all(examples, powers[name], others)
    made = []
    for name, inputs in columns.items():
        reasons = found[name] + alone[name]
        if reasons:
            if not alone[name] and powers[name].least > 0.5:
                reasons.append((f"alone it tells won from lost with an AUC of {powers[name].auc:.2f}", 0.0))
            said = tuple(dict.fromkeys(text for text, _ in reasons))
            names = tuple(i.name for i in inputs)
            made.append(Suspect(name, names, said, round(max(s for _, s in reasons), 3)))
    return tuple(sorted(made, key=lambda s: (-s.strength, s.column)))


Reason = tuple[str, float]  # in words, and how sure


def _some(examples: Examples) -> Examples:
    if len(examples) <= MOST_ROWS:
        return examples
    return examples.only(np.sort(np.random.default_rng(0).choice(len(examples), MOST_ROWS, replace=False)))


def _columns(examples: Examples) -> dict[str, list[Input]]:
    """The inputs of each column of the data; those that read no single field stand for themselves."""
    fields = {f.name: f.column or f.name for f in examples.fields}
    columns: dict[str, list[Input]] = {}
    for given in examples.inputs:
        read = [name for name in fields if given.expr is not None and _reads(given.expr, name)]
        columns.setdefault(fields[read[0]] if len(read) == 1 else given.label, []).append(given)
    return columns


def _reads(expr: str, field: str) -> bool:
    return expr == field or f"({field})" in expr


def _own_reasons(examples: Examples, column: str, inputs: list[Input]) -> Iterator[Reason]:
    if (why := name_tells(column)) is not None:
        yield f"its name says so: {why}", 0.8
    for given in inputs[:1]:
        cells = examples.features[given.name]
        if given.expr is not None and given.expr.startswith("days_since("):
            yield from _after_the_moment(cells)
        if given.type is Type.TEXT:
            yield from _speaking(cells, examples.won)
        if not (given.expr or "").startswith("contains("):
            yield from _filled_for_one(cells, examples.won)


def _after_the_moment(cells: pa.ChunkedArray) -> Iterator[Reason]:
    days = cells.drop_null().to_numpy()
    late = int((days < -1).sum())
    if late >= 3 and late >= LATE * len(days):
        yield f"{late:,} of its {len(days):,} dates lie after the moment at which the lead is judged", 0.95


def _speaking(cells: pa.ChunkedArray, won: np.ndarray) -> Iterator[Reason]:
    """Values that speak of the outcome, and whose leads fared accordingly."""
    rate, codes = float(won.mean()), pc.dictionary_encode(cells).combine_chunks()
    index = pc.fill_null(codes.indices, -1).to_numpy(zero_copy_only=False)
    said = []
    for place, value in enumerate(codes.dictionary.to_pylist()):
        if not value_tells(value):
            continue
        rows = index == place
        n, wins = int(rows.sum()), int(won[rows].sum())
        low, high = wilson(wins, n)
        if n >= 5 and (high < rate / 2 or low > 1 - (1 - rate) / 2):
            said.append((n, f"“{value[:60]}” ({wins:,} of {n:,} won)"))
    if said:
        shown = ", ".join(text for _, text in sorted(said, reverse=True)[:3])
        yield f"its values speak of what came after: {shown}, against {rate:.0%} of all", 0.9


def _filled_for_one(cells: pa.ChunkedArray, won: np.ndarray) -> Iterator[Reason]:
    """Filled (or missing, or more than nothing) for one outcome almost alone."""
    filled = pc.is_valid(cells).to_numpy()
    tried = [("filled", filled, FILLED), ("missing", ~filled, ABOVE_NOTHING)]
    if pa.types.is_floating(cells.type):
        more = pc.fill_null(pc.not_equal(cells, 0.0), False).to_numpy()
        whole = bool(pc.any(pc.equal(cells, 0.0)).as_py())
        tried += (
            [("more than nothing", more, ABOVE_NOTHING), ("nothing", ~more, ABOVE_NOTHING)] if whole else []
        )
    for word, there, least in tried:
        sides = [(int((there & side).sum()), int(side.sum())) for side in (won, ~won)]
        shares = [k / n for k, n in sides]
        rare = 0 if shares[0] < shares[1] else 1
        often = shares[1 - rare]
        enough = sides[1 - rare][0] >= LEAST and often >= least and often >= TIMES * shares[rare]
        if enough and often >= SURELY * wilson(*sides[rare])[1]:
            yield f"it is {word} for {shares[0]:.1%} of the won and {shares[1]:.1%} of the lost", 0.95
            return


def _best(examples: Examples, inputs: list[Input]) -> Power:
    """The power of the strongest of a column's inputs."""
    return max((power(examples.features[i.name], examples.won) for i in inputs), key=lambda p: p.auc)


def _too_strong(column: str, found: Power) -> Iterator[Reason]:
    if found.least >= ALONE:
        yield (
            f"alone it tells won from lost with an AUC of {found.auc:.2f}, which is beyond belief",
            found.auc,
        )
    elif found.least >= HINTED and name_hints(column):
        why = "and its name hints at what came after"
        yield f"alone it tells won from lost with an AUC of {found.auc:.2f}, {why}", found.auc


def _beats_all(examples: Examples, found: Power, others: list[Input]) -> Iterator[Reason]:
    if found.least < STRONG:
        return
    odds = np.zeros(len(examples))
    for given in others:
        p = probabilities(examples.features[given.name], examples.won)
        odds += np.log(p / (1 - p))
    rest = Power.of(odds, examples.won) if others else Power(0.5, 0.5)
    if found.least >= rest.auc + MARGIN:
        against = f"all other columns together with {rest.auc:.2f}"
        yield f"alone it tells won from lost with an AUC of {found.auc:.2f}, {against}", found.auc


def wilson(wins: int, n: int) -> tuple[float, float]:
    """Wilson's score interval of a rate, at Z standard errors (Wilson 1927)."""
    if not n:
        return 0.0, 1.0
    rate, square = wins / n, Z * Z / n
    middle = (rate + square / 2) / (1 + square)
    half = Z / (1 + square) * np.sqrt(rate * (1 - rate) / n + square / (4 * n))
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))
