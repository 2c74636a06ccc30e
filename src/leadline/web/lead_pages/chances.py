"""The probability of a lead's goal, and what of the lead makes it so: in the words of its fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from leadline.engine.facts import Facts
from leadline.engine.features import features_of
from leadline.engine.predict import Predictions, probabilities, term_name
from leadline.model.expr import Type
from leadline.model.predictor import Input, Predictor
from leadline.web.instants import moment
from leadline.web.leads.facts import LeadFacts
from leadline.web.leads.templatetags.shown import score
from leadline.web.qualification.walk import Published

SHOWN = 8  # parts; the others are summed
_ME = "lead"


@dataclass(frozen=True)
class Part:
    """Something known of the lead, and by how much it moves the probability."""

    words: str
    change: float


@dataclass(frozen=True)
class Chance:
    """The probability with its interval (of 80 %); `start` and all parts sum to it exactly."""

    probability: float
    low: float | None
    high: float | None
    start: float
    parts: tuple[Part, ...]
    rest: float
    rest_of: int
    goal: str
    horizon: int | None
    version: str
    worth: float | None

    @property
    def about(self) -> str:
        """What is predicted."""
        return self.goal


def chance_of(held: Published, facts: LeadFacts, at: int, worth: float | None) -> Chance | None:
    """The lead's chance at an instant, by what predicted then; None where nothing did."""
    held_by = held.live.model.predicting
    if not held.predictor or held_by is None or held_by.predictor is None:
        return None
    predictor = held_by.predictor
    read = {axis.input for term in predictor.terms for axis in term.axes}
    inputs = [i for i in predictor.inputs if i.name in read]
    known = Facts.read(
        [held.live.model],
        events=[{**e, "lead_id": _ME, "occurred_at": moment(e["occurred_at"])} for e in facts.events],
        traits=[_trait(t) for t in facts.traits],
    )
    features = features_of(held.live.model, known, inputs, [(_ME, at)])
    found = probabilities(predictor, features, intervals=bool(predictor.replicas), contributions=True)
    values = {i.name: features.column(i.name)[0].as_py() for i in inputs}
    return _told(predictor, found, _parts(predictor, values, found), held.predictor, worth)


def _trait(trait: Mapping[str, Any]) -> dict[str, Any]:
    kept = ("trait_id", "field", "value", "source")
    return {
        **{k: trait.get(k) for k in kept}, "lead_id": _ME, "occurred_at": moment(trait["occurred_at"])
    }  # fmt: skip


def _told(
    predictor: Predictor, found: Predictions, parts: Sequence[Part], version: str, worth: float | None
) -> Chance:
    shown, rest = parts[:SHOWN], parts[SHOWN:]
    return Chance(
        float(found.probability[0]), None if found.low is None else float(found.low[0]),
        None if found.high is None else float(found.high[0]), found.start, tuple(shown),
        sum(p.change for p in rest), len(rest), predictor.goal, predictor.horizon, version, worth,
    )  # fmt: skip


def _parts(predictor: Predictor, values: Mapping[str, Any], found: Predictions) -> list[Part]:
    """What moves it, the most first."""
    by_name = {i.name: i for i in predictor.inputs}
    assert found.contributions is not None
    parts = []
    for term in predictor.terms:
        change = float(found.contributions.column(term_name(term))[0].as_py())
        words = ", ".join(words_of(by_name[a.input], values[a.input]) for a in term.axes)
        parts.append(Part(words, change))
    return sorted(parts, key=lambda p: -abs(p.change))


def words_of(given: Input, value: Any) -> str:
    """An input's value as a person says it: `Employees: 120`."""
    return f"{given.label}: {_value(given.type, value)}"


def _value(type_: Type, value: Any) -> str:
    if value is None:
        return _("not known")
    if type_ is Type.BOOLEAN:
        return _("yes") if value else _("no")
    if type_ is Type.TIME:
        return date_format(timezone.localtime(moment(value)).date(), "DATE_FORMAT")
    return score(value) if type_ is Type.NUMBER else str(value)
