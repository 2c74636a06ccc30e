"""The columns of a leads table, sorted by what a model can do with them."""

from __future__ import annotations

from dataclasses import dataclass, field

from leadline.engine.facts.columns import Mappings
from leadline.model import ModelError, read_model
from leadline.model.expr import Type
from leadline.model.shape import BUILT_IN_PROPERTIES, LATE_MEASURES, MEASURES
from leadline.starter import guesses
from leadline.starter.profile import Profile, Table

MOST_FIELDS = 120
FEW_LEVELS = 40  # a text with more values than this is not told level by level
FREE_TEXT = 80  # characters


@dataclass(frozen=True)
class Known:
    """A column that becomes a field."""

    field: str  # its name in the model
    profile: Profile

    @property
    def needs_column(self) -> bool:
        """Whether the model must say which column it is: the reader finds those that differ in case alone."""
        return self.field != self.profile.column


@dataclass(frozen=True)
class People:
    """A leads table, sorted."""

    label: str = ""
    rows: int = 0
    known: tuple[Known, ...] = ()
    leaks: tuple[Profile, ...] = ()
    unused: tuple[str, ...] = ()  # names, addresses, free text, codes
    constant: tuple[str, ...] = ()
    mappings: tuple[str, ...] = ()
    taken: frozenset[str] = field(default_factory=frozenset)


def people_of(table: Table, mapping: list[str]) -> People:
    """Sorts the columns of a leads table."""
    mappings = Mappings(mapping)
    names = [c.column for c in table.columns]
    lead = mappings.source("leads", "lead_id") or _lead_column(table)
    found = (
        () if lead is None or guesses.plain(lead).replace("_", "") == "leadid" else (f"leads.lead_id={lead}",)
    )
    own = {lead, guesses.find(names, ("created_at",))}
    known, leaks, unused, constant, taken = [], [], [], [], {"lead_id", "created_at"}
    for profile in (c for c in table.columns if c.column not in own):
        if not profile.filled or (profile.distinct == 1 and profile.share_filled > 0.99):
            constant.append(profile.column)
        elif guesses.may_leak(profile.column) and not guesses.is_engagement(profile.column):
            leaks.append(profile)
        elif _is_unused(profile) or len(known) >= MOST_FIELDS:
            unused.append(profile.column)
        else:
            name = field_name(profile.column, taken)
            taken.add(name)
            known.append(Known(name, profile))
    mapped = tuple(one for one in (*mapping, *found) if one.startswith("leads."))
    return People(
        table.label,
        table.rows,
        tuple(known),
        tuple(leaks),
        tuple(unused),
        tuple(constant),
        mapped,
        frozenset(taken),
    )


def _lead_column(table: Table) -> str | None:
    """By its name; failing that, the first column in which no value stands twice."""
    by_name = guesses.lead_column(c.column for c in table.columns)
    unique = next((c.column for c in table.columns if c.is_unique and c.share_filled == 1), None)
    return by_name or unique


def _is_unused(profile: Profile) -> bool:
    if guesses.is_personal(profile.column):
        return True
    if profile.type is not Type.TEXT:
        return profile.is_unique and guesses.plain(profile.column).endswith(("id", "number", "no"))
    return (
        profile.is_unique
        or profile.longest > 4 * FREE_TEXT
        or profile.distinct > max(FEW_LEVELS, profile.filled // 3)
    )


def field_name(column: str, taken: set[str]) -> str:
    """A name for a field that conditions can read and nothing else has."""
    base = guesses.plain(column).encode("ascii", "ignore").decode()[:60].strip("_") or "column"
    if column.isidentifier() and column.isascii() and column.islower():
        base = column
    for name in (base, f"lead_{base}", *(f"lead_{base}_{i}" for i in range(2, 1000))):
        if name not in taken and _is_usable(name):
            return name
    raise AssertionError("a thousand names are taken")


def _is_usable(name: str) -> bool:
    """Whether a model may call a field so: the names of measures and words of the language are taken."""
    if name in MEASURES or name in LATE_MEASURES or name in BUILT_IN_PROPERTIES:
        return False
    rule = f"{{id: a, when: {name} is not null, points: 1}}"
    try:
        read_model(text=f"leadline: 1\nname: Try\nfields: {{{name}: text}}\nfit: {{rules: [{rule}]}}\n")
    except ModelError:
        return False
    return True
