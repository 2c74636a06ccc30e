"""What is done with segments: kept under a name, changed, removed, brought back. Every door calls these."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from leadline.web.board.judging import Judging
from leadline.web.board.models import Segment
from leadline.web.board.segments import read_condition

LONGEST_NAME = 80
LONGEST = 20_000  # characters of a condition


class NameTakenError(ValueError):
    """There is a segment of that name."""


def keep_segment(
    *, name: str, condition: str, judging: Judging, by: str, at: int, segment: Segment | None = None
) -> Segment:
    """A new segment, or another name, condition or program for one that is there.

    Raises NameTakenError, and ConditionError where the condition does not read by the program's model.
    """
    read_condition(judging.model, condition)
    segment = segment or Segment(by=by, at=at)
    segment.name, segment.condition, segment.program = name, condition, judging.program
    try:
        with transaction.atomic():
            segment.save()
    except IntegrityError:
        raise NameTakenError(f"there is a segment named “{name}” already: choose another name") from None
    return segment


def remove_segment(*, segment: Segment, at: int) -> None:
    """It is kept, so that it can be brought back."""
    Segment.objects.filter(pk=segment.pk, removed_at=None).update(removed_at=at)


def restore_segment(*, segment: Segment) -> None:
    """Bring one back. Raises NameTakenError where another has its name by now."""
    if Segment.objects.filter(name=segment.name, removed_at=None).exclude(pk=segment.pk).exists():
        raise NameTakenError(f"there is a segment named “{segment.name}” again: rename that one first")
    Segment.objects.filter(pk=segment.pk).update(removed_at=None)
