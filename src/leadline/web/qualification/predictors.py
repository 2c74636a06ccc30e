"""What is done with predictors: keep one, let one give the probabilities, take that back.

A predictor that was learned does nothing by itself: it waits in the shadow. Once it is active all leads are
judged anew, as when a model is published, and nothing that lies before has an effect.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from leadline.model.predictor_file import predictor_version
from leadline.web.leads.turn import take_turn
from leadline.web.qualification.models import Activation, Predictor, Program, Standing
from leadline.web.qualification.predicting import predicting, read, standing
from leadline.web.qualification.programs import holding

SHADOW, ACTIVE, RETIRED = "shadow", "active", "retired"


class CannotActivateError(ValueError):
    """A predictor that cannot become active; the message says why, and what to do."""


@transaction.atomic
def keep_predictor(
    *, program: Program, text: str, rows: int, won: int, begins: int | None, ends: int | None,
    mean_worth: float | None, report: Mapping[str, Any], by: str, at: int,
) -> Predictor:  # fmt: skip
    """Keep a predictor's file in the shadow. One that is there already is kept once more, with its report.

    Raises ValueError for a text that is no predictor, or one that was changed.
    """
    learned = read(text)
    return Predictor.objects.create(
        program=program, version=predictor_version(learned), text=text, kind=learned.kind,
        model_version=learned.model or "", rows=rows, won=won, begins=begins, ends=ends,
        mean_worth=mean_worth, report=json.dumps(report), at=at, by=by,
    )  # fmt: skip


@transaction.atomic
def activate(
    *, predictor: Predictor, by: str, at: int, how: str = Activation.PERSON, because: str = ""
) -> Activation:
    """Let it give the program's probabilities from now on; all leads are judged anew, without effects.

    Raises CannotActivateError where it is active, or does not read by the model that holds.
    """
    take_turn()
    program = predictor.program
    latest, model = active(program), holding(program)
    if latest is not None and latest.pk == predictor.pk:
        raise CannotActivateError(f"predictor {predictor.version} gives the probabilities already")
    if model is None or predicting(model.text, predictor.text) is None:
        raise CannotActivateError(
            f"predictor {predictor.version} reads what the model that holds does not have: learn anew by it"
        )
    return _begin(program, predictor, by, at, how, because)


@transaction.atomic
def switch_off(*, program: Program, by: str, at: int) -> Activation:
    """No probabilities from now on. Raises CannotActivateError where there are none."""
    take_turn()
    if active(program) is None:
        raise CannotActivateError("no predictor is active, so there is nothing to switch off")
    return _begin(program, None, by, at, Activation.OFF, "")


@transaction.atomic
def take_back(*, program: Program, by: str, at: int) -> Activation:
    """The predictor that was active before, and leads as though the last one had never been.

    Raises CannotActivateError where none was ever active.
    """
    take_turn()
    changes = standing(program)
    if not changes:
        raise CannotActivateError("no predictor was ever active, so there is nothing to take back")
    last, before = changes[-1], changes[-2].predictor if len(changes) > 1 else None
    made = _begin(program, before, by, at, Activation.BACK, "")
    Activation.objects.filter(pk=last.pk).update(taken_back_by=made)
    # What said the same before and says it now is one change less to take back.
    Activation.objects.filter(pk=made.pk).update(taken_back_by=made)
    Program.objects.filter(pk=program.pk).update(effects_from=at)
    return made


def _begin(
    program: Program, predictor: Predictor | None, by: str, at: int, how: str, because: str
) -> Activation:
    made = Activation.objects.create(
        program=program, predictor=predictor, at=at, by=by, how=how, because=because[:500]
    )
    Standing.objects.filter(program=program).update(due_at=at)
    return made


def active(program: Program) -> Predictor | None:
    """The predictor that gives the program's probabilities now; None where none does."""
    changes = standing(program)
    return changes[-1].predictor if changes else None


def reads(program: Program, predictor: Predictor) -> bool:
    """Whether it reads by the model that holds now."""
    model = holding(program)
    return model is not None and predicting(model.text, predictor.text) is not None


def states(program: Program) -> dict[int, str]:
    """Of each predictor by number: shadow, active or retired."""
    now = active(program)
    were = set(program.activations.exclude(predictor=None).values_list("predictor_id", flat=True))
    found = {}
    for number in program.predictors.values_list("pk", flat=True):
        held = now is not None and number == now.pk
        found[number] = ACTIVE if held else RETIRED if number in were else SHADOW
    return found
