"""What a plan is given, and what it gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One query. `keep` asks the engine to hold its rows rather than run it each time it is read."""

    name: str
    sql: str
    keep: bool = True


@dataclass(frozen=True)
class Shape:
    """What a plan must know of the facts: names and kinds of columns, and what need not be feared."""

    properties: Mapping[str, tuple[str, str]]  # event property -> (column, physical kind)
    fields: Mapping[str, tuple[str, str]]  # field -> (column of the wide table, physical kind)
    doubled_events: bool = True  # an event id may stand twice
    suspects: str | None = None  # SQL true of all events whose id may; `firsts` then has the first of each
    doubled_leads: bool = True  # a lead may have several rows in the wide table
    has_traits: bool = True


@dataclass(frozen=True)
class Instants:
    """The instants of the points: one for all of them, or a range.

    `mixed` is for what many sets of points share: one instant is a range too, and any lead may be asked for.
    """

    first: int
    last: int
    mixed: bool = False

    @property
    def one(self) -> bool:
        return self.first == self.last and not self.mixed
