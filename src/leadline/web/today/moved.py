"""The numbers that moved: the last seven days against the seven before, and eight such weeks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from leadline.model.shape import Model
from leadline.web.accounts.models import User
from leadline.web.board.judging import Judging
from leadline.web.instants import DAY
from leadline.web.leads.models import Lead, Subject
from leadline.web.qualification.models import StageChange
from leadline.web.today.reach import within

WEEK = 7 * DAY
WEEKS = 8


@dataclass(frozen=True)
class Number:
    """A number by week, the latest last."""

    title: str
    weeks: tuple[int, ...]

    @property
    def latest(self) -> int:
        return self.weeks[-1]

    @property
    def before(self) -> int:
        return self.weeks[-2]

    @property
    def change(self) -> int:
        return self.latest - self.before

    @property
    def fall(self) -> int:
        return -self.change

    @property
    def told(self) -> str:
        return ", ".join(map(str, self.weeks))

    @property
    def spark(self) -> str:
        """The points of a line in a box of 100 by 24."""
        top = max(self.weeks) or 1
        step = 100 / (len(self.weeks) - 1)
        return " ".join(f"{n * step:.1f},{22 - 20 * value / top:.1f}" for n, value in enumerate(self.weeks))


def numbers(user: User, judging: Judging | None, at: int) -> list[Number]:
    """New people, and how many reached each stage but the first."""
    begins = at - WEEKS * WEEK
    people = within(user, Lead.objects.exclude(kind=Subject.ANON), at, "id")
    people = people.filter(first_seen__gt=begins, first_seen__lte=at)
    found = [Number(_("New leads"), _by_week(people.values_list("first_seen", flat=True), at))]
    if judging is None:
        return found
    rows = StageChange.objects.filter(program=judging.program, changed_at__gt=begins, changed_at__lte=at)
    reached: dict[str, list[int]] = {stage: [] for stage in judging.model.lifecycle.names[1:]}
    order = _order(judging.model)
    for before, after, instant in within(user, rows, at).values_list("before", "after", "changed_at"):
        if after in reached and order.get(before, -1) < order[after]:
            reached[after].append(instant)
    return [
        *found,
        *(Number(judging.stage_title(s), _by_week(instants, at)) for s, instants in reached.items()),
    ]


def _order(model: Model) -> dict[str, int]:
    return {stage: n for n, stage in enumerate(model.lifecycle.names)}


def _by_week(instants: Iterable[int], at: int) -> tuple[int, ...]:
    """How many lie in each of the last weeks; a week is seven days back from now.

    >>> _by_week([0, 1, 8 * DAY], 9 * DAY)
    (0, 0, 0, 0, 0, 0, 2, 1)
    """
    counts = Counter((at - instant) // WEEK for instant in instants)
    return tuple(counts[n] for n in range(WEEKS - 1, -1, -1))
