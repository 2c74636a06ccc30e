"""Programs: publishing a model, rolling one back, and the models that hold when."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from leadline.web.instants import EARLIEST
from leadline.web.leads.store import take_turn
from leadline.web.qualification.models import Program, Proposal, Publication, StageChange, Standing
from leadline.web.qualification.predicting import compiled, with_predictors
from leadline.web.qualification.walk import Published

ANY: Any = object()  # whatever is published at present may be replaced


class OvertakenError(ValueError):
    """Somebody else published meanwhile; the message says what, and what to do."""


def create_program(*, slug: str, name: str, at: int) -> Program:
    """A program without a model; what changes from `at` on may have effects."""
    return Program.objects.create(slug=slug, name=name, effects_from=at)


@transaction.atomic
def publish(
    *,
    program: Program,
    text: str,
    by: str,
    at: int,
    holds_from: int | None = None,
    how: str = Publication.COMMAND,
    note: str = "",
    proposal: Proposal | None = None,
    replaces: Publication | None = ANY,
) -> Publication:
    """Let a model hold from now on, or for history too from `holds_from` (a first model alone).

    All leads are judged anew by the worker; nothing that lies before now has an effect. With `replaces`, only
    where that publication (None: none at all) is still the latest.
    Raises ModelError where the text is no model, OvertakenError where another was published meanwhile, and
    ValueError where an earlier instant is asked for later.
    """
    version = compiled(text).model.version
    take_turn()
    begins = at if holds_from is None else holds_from
    latest = holding(program)
    _check_latest(latest, replaces)
    if latest is not None and begins <= latest.at:
        raise ValueError("a program's model can only be replaced from now on: what was judged by it stays")
    publication = Publication.objects.create(
        program=program, version=version, text=text, at=begins, by=by, how=how, note=note, proposal=proposal
    )
    Standing.objects.filter(program=program).update(due_at=at)
    if latest is None:
        Program.objects.filter(pk=program.pk).update(judged_up_to=0)
    return publication


@transaction.atomic
def roll_back(*, to: Publication, by: str, at: int, note: str = "", replaces: Publication) -> Publication:
    """Publish an earlier model again, and take back all that came after it.

    Leads stand as though the later ones had never held: a stage that only they gave is gone. Those who were
    told of it were told; nothing new has an effect for the past.
    Raises OvertakenError where another was published meanwhile, ValueError where there is nothing to roll
    back.
    """
    take_turn()
    program, latest = to.program, holding(to.program)
    _check_latest(latest, replaces)
    if latest is None or latest.pk == to.pk or to.rolled_back_by_id is not None:
        raise ValueError("this version cannot be rolled back to: it holds now, or was itself rolled back")
    if at <= latest.at:
        raise ValueError("a version can only be rolled back after it was published")
    made = Publication.objects.create(
        program=program, version=to.version, text=to.text, at=at, by=by, how=Publication.ROLL_BACK, note=note,
        restores=to,
    )  # fmt: skip
    later = program.publications.filter(at__gt=to.at, at__lt=at, rolled_back_by=None)
    later.update(rolled_back_by=made)
    Standing.objects.filter(program=program).update(due_at=at)
    Program.objects.filter(pk=program.pk).update(effects_from=at)
    return made


def _check_latest(latest: Publication | None, replaces: Publication | None) -> None:
    if replaces is ANY or (latest and latest.pk) == (replaces and replaces.pk):
        return
    told = f"{latest.by} published version {latest.version[:12]}" if latest else "its model went"
    raise OvertakenError(
        f"{told} meanwhile, so this would replace another model than the one it was held against: "
        "take the published one as the base, and look at the difference again"
    )


@transaction.atomic
def switch_off(*, program: Program) -> bool:
    """Judge nobody by this program any more; how leads stood stays. False where it is off already."""
    take_turn()
    return bool(Program.objects.filter(pk=program.pk, enabled=True).update(enabled=False))


@transaction.atomic
def switch_on(*, program: Program, at: int) -> bool:
    """Judge everyone again, from the beginning; nothing before `at` has an effect. False where it is on."""
    take_turn()
    news = {"enabled": True, "judged_up_to": 0, "effects_from": at}
    if not Program.objects.filter(pk=program.pk, enabled=False).update(**news):
        return False
    Standing.objects.filter(program=program).delete()
    StageChange.objects.filter(program=program).delete()
    return True


def waive_consent(*, program: Program, reason: str, by: str, at: int) -> None:
    """From now on a model needs nobody's consent here: for installations of one person.

    Raises ValueError without a reason, which everybody sees on the program's page.
    """
    if not reason.strip():
        raise ValueError("say why nobody's consent is needed here: the reason stands on the program's page")
    news = {"needs_consent": False, "waived_reason": reason.strip()[:500], "waived_by": by, "waived_at": at}
    Program.objects.filter(pk=program.pk).update(**news)


def need_consent(*, program: Program) -> None:
    """From now on a model needs the consent of both sides."""
    news = {"needs_consent": True, "waived_reason": "", "waived_by": "", "waived_at": None}
    Program.objects.filter(pk=program.pk).update(**news)


def holding(program: Program) -> Publication | None:
    """The publication that holds now; None before the first."""
    return program.publications.filter(rolled_back_by=None).last()


def published(program: Program) -> list[Published]:
    """The program's models in order of time, without those that were rolled back.

    One that went on by another predictor stands there once for each.
    """
    models = list(program.publications.filter(rolled_back_by=None))
    return with_predictors(models, program) if models else []


def enabled_programs() -> list[tuple[Program, list[Published]]]:
    found = ((p, published(p)) for p in Program.objects.filter(enabled=True).order_by("id"))
    return [(program, models) for program, models in found if models]


def in_force(models: list[Published], at: int) -> Published | None:
    """The model that holds at an instant; None before the first."""
    return next((model for model in reversed(models) if model.at <= at), None)


def always() -> int:
    """An instant before all facts: a model that holds from then on judges the whole of history."""
    return EARLIEST
