"""What is known of a program's learning, for its pages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from leadline.model.shape import Signal
from leadline.web.board import table
from leadline.web.board.filters import did
from leadline.web.board.judging import Judging, judging_by
from leadline.web.learning.training import WANTED
from leadline.web.qualification.models import Predictor, Program
from leadline.web.qualification.predictors import ACTIVE, SHADOW, states
from leadline.web.qualification.programs import in_force, published


@dataclass(frozen=True)
class Kept:
    """A predictor with its state and what was found when it was tried."""

    predictor: Predictor
    state: str
    report: Mapping[str, Any]

    @property
    def found(self) -> Mapping[str, Any]:
        return self.report.get("evaluation") or {}

    @property
    def signal(self) -> bool:
        return bool(self.report.get("signal"))

    @property
    def auc(self) -> Mapping[str, Any]:
        return self.found.get("auc") or {}

    @property
    def is_active(self) -> bool:
        return self.state == ACTIVE

    @property
    def is_shadow(self) -> bool:
        return self.state == SHADOW

    @property
    def duel(self) -> Mapping[str, Any]:
        """Held against what was active, on leads that neither had seen."""
        return self.report.get("against") or {}

    @property
    def fifth(self) -> Mapping[str, Any]:
        return self.found.get("fifth") or {}

    @property
    def left_out(self) -> list[tuple[str, int]]:
        return sorted((self.found.get("left_out") or {}).items(), key=lambda pair: -pair[1])


@dataclass(frozen=True)
class Outcomes:
    """How many leads reached the goal, and how many are wanted before anything can be learned."""

    there: int
    wanted: int = WANTED

    @property
    def enough(self) -> bool:
        return self.there >= self.wanted


def kept_of(program: Program) -> list[Kept]:
    """All predictors of a program, the newest first."""
    known = states(program)
    rows = program.predictors.defer("text").order_by("-at", "-id")
    return [Kept(row, known.get(row.pk, SHADOW), json.loads(row.report)) for row in rows]


def shown_of(kept: list[Kept], asked: str) -> Kept | None:
    """The one that an address asks for; else the one in force, else the newest."""
    named = next((k for k in kept if str(k.predictor.pk) == asked), None)
    return named or next((k for k in kept if k.is_active), None) or (kept[0] if kept else None)


def judging_now(program: Program, at: int) -> Judging | None:
    """The program as it judges; None before its first model."""
    held = in_force(published(program), at)
    return None if held is None else judging_by(program, held)


def outcomes_of(judging: Judging, at: int) -> Outcomes | None:
    """How many leads reached the goal, ever; None where the model names none."""
    goal = judging.model.goal
    if goal is None:
        return None
    deed = Signal(id="goal", event=goal.event, points=0.0)
    return Outcomes(table.count(judging, did(deed, 0), now=at, scope=None))


def kind_words(kind: str) -> str:
    return {
        "rate": _("one rate for everyone"), "scorecard": _("a scorecard"),
        "additive": _("a boosted model of tables"),
    }.get(kind, kind)  # fmt: skip
