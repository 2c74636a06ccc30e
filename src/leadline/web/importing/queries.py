"""What pages show of imports."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from leadline.model.shape import Field
from leadline.web.importing.models import Import, Refused
from leadline.web.importing.presets import COMMON, FIELD
from leadline.web.qualification.models import Program
from leadline.web.qualification.programs import compiled

LISTED = 200


def model_fields() -> list[Field]:
    """The fields of all published models, each once, in order of name."""
    found: dict[str, Field] = {}
    for program in Program.objects.filter(enabled=True):
        latest = program.publications.last()
        for field in compiled(latest.text).model.fields if latest else ():
            found.setdefault(field.name, field)
    return [found[name] for name in sorted(found)]


def common_fields() -> list[str]:
    """Fields that people are reached by and known for, whatever the model."""
    return list(dict.fromkeys(t.removeprefix(FIELD) for t in COMMON.values() if t.startswith(FIELD)))


def imports() -> list[Import]:
    """The latest imports."""
    return list(Import.objects.select_related("by", "job").order_by("-at", "-id")[:LISTED])


def refused_rows(number: UUID, at_once: int = 1000) -> Iterator[Refused]:
    """All refused rows in order, some at a time."""
    last = 0
    while rows := list(
        Refused.objects.filter(import_id=number, number__gt=last).order_by("number")[:at_once]
    ):
        yield from rows
        last = rows[-1].number
