"""Programs: publishing a model, and the models that hold when."""

from __future__ import annotations

from functools import lru_cache

from django.db import transaction

from leadline.engine.live import Live
from leadline.model import read_model
from leadline.web.instants import EARLIEST
from leadline.web.leads.store import take_turn
from leadline.web.qualification.models import Program, Publication, Standing
from leadline.web.qualification.walk import Published


@lru_cache(maxsize=64)
def compiled(text: str) -> Live:
    """A model's text, ready to judge. A model is compiled once and runs many times."""
    return Live(read_model(text))


def create_program(*, slug: str, name: str, at: int) -> Program:
    """A program without a model; what changes from `at` on may have effects."""
    return Program.objects.create(slug=slug, name=name, effects_from=at)


@transaction.atomic
def publish(*, program: Program, text: str, by: str, at: int, holds_from: int | None = None) -> Publication:
    """Let a model hold from now on, or for history too from `holds_from` (a first model alone).

    All leads are judged anew by the worker; nothing that lies before now has an effect.
    Raises ModelError where the text is no model, ValueError where an earlier instant is asked for later.
    """
    version = compiled(text).model.version
    take_turn()
    begins = at if holds_from is None else holds_from
    latest = program.publications.last()
    if latest is not None and begins <= latest.at:
        raise ValueError("a program's model can only be replaced from now on: what was judged by it stays")
    publication = Publication.objects.create(program=program, version=version, text=text, at=begins, by=by)
    Standing.objects.filter(program=program).update(due_at=at)
    if latest is None:
        Program.objects.filter(pk=program.pk).update(judged_up_to=0)
    return publication


def published(program: Program) -> list[Published]:
    """The program's models in order of time."""
    return [Published(p.at, compiled(p.text)) for p in program.publications.all()]


def enabled_programs() -> list[tuple[Program, list[Published]]]:
    found = ((p, published(p)) for p in Program.objects.filter(enabled=True).order_by("id"))
    return [(program, models) for program, models in found if models]


def in_force(models: list[Published], at: int) -> Published | None:
    """The model that holds at an instant; None before the first."""
    return next((model for model in reversed(models) if model.at <= at), None)


def always() -> int:
    """An instant before all facts: a model that holds from then on judges the whole of history."""
    return EARLIEST
