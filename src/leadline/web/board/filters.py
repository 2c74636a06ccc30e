"""Filters of the board. Each is a value that writes its own SQL; what a person gave is always a parameter."""

from __future__ import annotations

from collections.abc import Iterable

from leadline.model.expr import Expr
from leadline.model.shape import Signal
from leadline.web.board.asking import Asking, Where
from leadline.web.board.columns import Column
from leadline.web.board.reading import folded, words_of
from leadline.web.board.signals import who_did
from leadline.web.instants import DAY
from leadline.web.leads.models import Subject

PEOPLE, VISITORS, EVERYBODY = "people", "visitors", "all"
SHORTEST_TYPO = 4  # letters: of fewer, everything is nearly everything
LAST = chr(0x10FFFF)
WORDS = 8


def of_kind(kind: str) -> Where:
    """People, anonymous visitors, or everybody."""
    sign = {PEOPLE: "<>", VISITORS: "="}.get(kind)
    return lambda asking: f"l.kind {sign} '{Subject.ANON}'" if sign else "TRUE"


def seen_by(owners: Iterable[int] | None) -> Where:
    """The leads of these owners; None: all leads."""
    if owners is None:
        return lambda asking: "TRUE"
    mine = sorted(owners)
    return lambda asking: _in(asking, "l.owner_id", mine)


def owned_by(user: int | None) -> Where:
    """Whose leads; None: nobody's."""
    if user is None:
        return lambda asking: "l.owner_id IS NULL"
    return lambda asking: f"coalesce(l.owner_id = {asking.value(user)}, FALSE)"


def tagged(tag: str) -> Where:
    return lambda asking: f"list_contains(l.tags, {asking.value(tag)})"


def from_source(source: int) -> Where:
    return lambda asking: f"list_contains(l.sources, {asking.value(source)})"


def these(leads: Iterable[int]) -> Where:
    """Leads by their ids."""
    wanted = sorted(set(leads))
    return lambda asking: f"l.lead_id IN (SELECT lead_id FROM {asking.leads(wanted)})"


def did(signal: Signal, days: int, *, not_done: bool = False) -> Where:
    """Leads with an event that a signal of the model counts, in the last `days` (0: ever), or without any."""

    found: dict[int, list[int]] = {}  # a page asks twice: how many, and which

    def where(asking: Asking) -> str:
        assert asking.judging is not None
        if asking.now not in found:
            found[asking.now] = who_did(asking.database, asking.judging.model, signal, days, asking.now)
        leads = found[asking.now]
        return f"l.lead_id {'NOT ' if not_done else ''}IN (SELECT lead_id FROM {asking.leads(leads)})"

    return where


def one_of(column: Column, values: Iterable[str]) -> Where:
    """A text that is one of these."""
    wanted = list(values)
    return lambda asking: _in(asking, asking.column(column), wanted)


def holds(tree: Expr) -> Where:
    """A condition in the model's language, true (not null) for the lead as it was last judged."""
    return lambda asking: f"coalesce({asking.condition(tree)}, FALSE)"


def none_of(*wheres: Where) -> Where:
    """None of these."""
    return lambda asking: " AND ".join(f"NOT ({where(asking)})" for where in wheres) or "TRUE"


def judged() -> Where:
    return lambda asking: "s.lead_id IS NOT NULL"


def compared(column: Column, op: str, value: str | float | bool | None) -> Where:
    """One column against one value; `op` is of :data:`OPS`, and raises KeyError where it is of none."""
    write = OPS[op]

    def where(asking: Asking) -> str:
        return f"coalesce({write(asking.column(column), asking, value)}, FALSE)"

    return where


def _in(asking: Asking, sql: str, values: list) -> str:
    if not values:
        return "FALSE"
    return f"coalesce(list_contains({asking.value(values)}, {sql}), FALSE)"


OPS = {
    "is": lambda cell, asking, value: f"{cell} = {asking.value(value)}",
    "is_not": lambda cell, asking, value: f"coalesce({cell} <> {asking.value(value)}, TRUE)",
    "has": lambda cell, asking, value: f"contains(lower({cell}), {asking.value(str(value).lower())})",
    "begins": lambda cell, asking, value: f"starts_with(lower({cell}), {asking.value(str(value).lower())})",
    "at_least": lambda cell, asking, value: f"{cell} >= {asking.value(value)}",
    "at_most": lambda cell, asking, value: f"{cell} <= {asking.value(value)}",
    "within": lambda cell, asking, value: (
        f"{cell} > {int(asking.now - float(value or 0) * DAY)} AND {cell} <= {asking.now}"
    ),
    "before": lambda cell, asking, value: f"{cell} <= {int(asking.now - float(value or 0) * DAY)}",
    "known": lambda cell, asking, value: f"{cell} IS NOT NULL",
    "unknown": lambda cell, asking, value: f"{cell} IS NULL",
}
"""How a column may be held against a value: name -> SQL. `within` and `before` count days back from now."""


# --- search: what is written somewhere in the lead, and then what is nearly written there ------------------


def said(search: str) -> Where:
    """Every word stands somewhere in name, e-mail, company or domain."""
    words = folded(search).split()[:WORDS]
    if not words:
        return lambda asking: "TRUE"
    return lambda asking: " AND ".join(f"contains(l.said, {asking.value(word)})" for word in words)


def nearly_said(search: str) -> Where:
    """As :func:`said`, but a word of four letters or more may be written nearly so."""
    words = folded(search).split()[:WORDS]
    return lambda asking: " AND ".join(_nearly(asking, word) for word in words) or "TRUE"


def closeness(asking: Asking, search: str) -> str:
    """How well a lead fits to what is searched, the best first: words as they are, then their beginnings."""
    words = folded(search).split()[:WORDS]
    parts = []
    for word in words:
        whole, begun, inside = (asking.value(text) for text in (f" {word} ", f" {word}", word))
        cases = "".join(
            f"WHEN contains(l.said, {given}) THEN {3 - n} " for n, given in enumerate((whole, begun, inside))
        )
        parts.append(f"(CASE {cases}ELSE 0 END)")
    return " + ".join(parts) or "0"


def _nearly(asking: Asking, given: str) -> str:
    """Each of its parts stands there, or a word does that is nearly the same."""
    parts = words_of(given) or [given]
    return " AND ".join(_nearly_word(asking, part) for part in parts)


def _nearly_word(asking: Asking, word: str) -> str:
    """One slip for four letters or more, two for six; the first letter, or the second, is right.

    Words lie in order, so that few of them are looked at.
    """
    value = asking.value(word)
    there = f"contains(l.said, {value})"
    if len(word) < SHORTEST_TYPO:
        return there
    slips = 1 if len(word) < 6 else 2
    begins = " OR ".join(
        f"(word >= {asking.value(c)} AND word < {asking.value(c + LAST)})" for c in dict.fromkeys(word[:2])
    )
    near = (
        f"SELECT DISTINCT word FROM words WHERE ({begins}) "
        f"AND length(word) BETWEEN {len(word) - slips} AND {len(word) + slips} "
        f"AND damerau_levenshtein(word, {value}) <= {slips}"
    )
    return f"({there} OR l.lead_id IN (SELECT lead_id FROM words SEMI JOIN ({near}) USING (word)))"
