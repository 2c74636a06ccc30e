"""A qualification model as frozen values: what a file means, once it has been read and checked.

Durations and instants are whole microseconds. Points are kept as written and offered in hundredths too
(`cents`), since scores have two decimals and are added up exactly.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from leadline.model.expr import Expr, Type
from leadline.model.values import DAY

if TYPE_CHECKING:
    from leadline.model.predicting import Predicting

FORMAT = 1
BUILT_IN_PROPERTIES = ("path", "url", "title", "referrer", "name")
DECISIONS = ("lead_rejected", "lead_recycled", "lead_disqualified", "lead_requalified")
SENT_BACK = ("lead_rejected", "lead_recycled")
DISQUALIFIED = "disqualified"  # the stage beside the ladder

MEASURES: dict[str, Type] = {
    "fit": Type.NUMBER,
    "intent": Type.NUMBER,
    "journey": Type.TEXT,
    "hand_raised": Type.BOOLEAN,
    "disqualified": Type.BOOLEAN,
    "yes_count": Type.NUMBER,
    "no_count": Type.NUMBER,
    "unknown_count": Type.NUMBER,
    "next_question": Type.TEXT,
    "probability": Type.NUMBER,
    "first_seen": Type.TIME,
    "last_seen": Type.TIME,
}
"""What is computed of every lead and may be read in `quality` and `lifecycle`."""

LATE_MEASURES: dict[str, Type] = {"band": Type.TEXT, "quality": Type.TEXT}
"""What is known only once quality is: read in `lifecycle` alone."""

ASSESSMENT_COLUMNS = (
    "lead_id", "as_of", "model_version", "fit", "intent", "band", "quality", "stage", "journey",
    "hand_raised", "disqualified", "yes_count", "no_count", "unknown_count", "next_question",
    "probability", "first_seen", "last_seen",
)  # fmt: skip
"""The columns of `assessments`; one more follows for each criterion."""


def cents_of(points: float) -> int:
    """Points in hundredths, half away from zero, of the decimal number as it was written.

    >>> cents_of(1.005), cents_of(-0.125)
    (101, -13)
    """
    return int(Decimal(repr(float(points))).quantize(Decimal("0.01"), ROUND_HALF_UP) * 100)


def spoken(identifier: str) -> str:
    """An identifier as a person would read it.

    >>> spoken("work_mail")
    'Work mail'
    """
    return identifier.replace("_", " ").capitalize()


@dataclass(frozen=True)
class Field:
    """Something that is known of a lead. `column` is its name in the data, where that differs."""

    name: str
    type: Type
    label: str | None = None
    values: tuple[str, ...] = ()
    ask: str | None = None
    column: str | None = None

    @property
    def title(self) -> str:
        return self.label or spoken(self.name)


@dataclass(frozen=True)
class Property:
    """Something that an event carries."""

    name: str
    type: Type
    label: str | None = None
    column: str | None = None


@dataclass(frozen=True)
class FitRule:
    id: str
    when: Expr
    points: float = 0.0
    disqualify: bool = False
    label: str | None = None

    @property
    def title(self) -> str:
        return self.label or spoken(self.id)

    @property
    def cents(self) -> int:
        return 0 if self.disqualify else cents_of(self.points)


@dataclass(frozen=True)
class Fit:
    rules: tuple[FitRule, ...] = ()
    min: float | None = None
    max: float | None = None


@dataclass(frozen=True)
class Signal:
    id: str
    event: str
    points: float
    where: Expr | None = None
    half_life: int | None = None
    window: int | None = None
    max_per_day: int | None = None
    max_points: float | None = None
    hand_raise: bool = False
    label: str | None = None

    @property
    def title(self) -> str:
        return self.label or spoken(self.id)


@dataclass(frozen=True)
class Intent:
    signals: tuple[Signal, ...] = ()
    min: float | None = None
    max: float | None = None


@dataclass(frozen=True)
class Step:
    """A step of the buying journey, and the content that tells it."""

    step: str
    event: str
    where: Expr | None = None


@dataclass(frozen=True)
class Criterion:
    name: str
    yes_if: Expr
    no_if: Expr | None = None
    valid_for: int | None = None
    label: str | None = None

    @property
    def title(self) -> str:
        return self.label or spoken(self.name)


@dataclass(frozen=True)
class Band:
    name: str
    at: float  # reached from here on


@dataclass(frozen=True)
class Bands:
    """From the top down; the first whose number is reached."""

    fit: tuple[Band, ...] = ()
    intent: tuple[Band, ...] = ()


@dataclass(frozen=True)
class Quality:
    name: str
    when: Expr


@dataclass(frozen=True)
class Stage:
    stage: str
    owner: str | None = None
    enter: Expr | None = None
    event: str | None = None
    leave: Expr | None = None
    sla: int | None = None
    label: str | None = None


@dataclass(frozen=True)
class Lifecycle:
    stages: tuple[Stage, ...] = ()
    cooldown: int = 30 * DAY

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(s.stage for s in self.stages)


@dataclass(frozen=True)
class Goal:
    """The conversion that a model is judged by."""

    event: str
    value: str | None = None  # the event property that says what it was worth
    horizon: int = 180 * DAY


@dataclass(frozen=True)
class Model:
    """A qualification model. Read one with :func:`leadline.read_model`; it cannot be built wrong that way.

    `predicting` is no part of it, and not of its version: it is the predictor that goes with it, if any; see
    :func:`leadline.model.predicting.predicting`.
    """

    name: str
    timezone: str = "UTC"
    fields: tuple[Field, ...] = ()
    properties: tuple[Property, ...] = ()
    fit: Fit = Fit()
    intent: Intent = Intent()
    journey: tuple[Step, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    bands: Bands = Bands()
    quality: tuple[Quality, ...] = ()
    lifecycle: Lifecycle = Lifecycle()
    goal: Goal | None = None
    predicting: Predicting | None = field(default=None, hash=False)

    @cached_property
    def version(self) -> str:
        """The first 12 hex digits of the SHA-256 of the canonical form."""
        return self.full_version[:12]

    @cached_property
    def basis(self) -> str:
        """12 hex digits of what fields, measures, criteria, signals and the goal are made of.

        Two models that differ in labels, bands, quality or lifecycle alone have one basis, so that what was
        learned by one may be used by the other.
        """
        from leadline.model.canonical import basis_digest

        return basis_digest(self)[:12]

    @cached_property
    def full_version(self) -> str:
        """The SHA-256 of the canonical form, in 64 hex digits."""
        from leadline.model.canonical import digest

        return digest(self)

    def field(self, name: str) -> Field:
        """The declared field of that name; KeyError where there is none."""
        return self._fields[name]

    def property_type(self, name: str) -> Type:
        """The type of an event property, built-in ones included; KeyError where it is not declared."""
        return self._property_types[name]

    @cached_property
    def _fields(self) -> dict[str, Field]:
        return {f.name: f for f in self.fields}

    @cached_property
    def _property_types(self) -> dict[str, Type]:
        return dict.fromkeys(BUILT_IN_PROPERTIES, Type.TEXT) | {p.name: p.type for p in self.properties}
