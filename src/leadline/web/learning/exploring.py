"""The quota by lot: a few of the lower leads are handed to sales all the same.

Whoever calls by the score alone learns only about leads with a good score, and the next model learns from its
own choices. So of the leads that the rules did not hand over within some days, a small share goes to sales
by lot. The lot is a number that follows from the lead and the program, so it is drawn once, and the same in
every replay. It is written down as a trait from the workspace: merges, copies, exports and erasure need no
care of their own, and as a trait it moves neither a score nor when a lead was last seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from django.db import connection
from django.db.models import QuerySet

from leadline.analysis import hand_off_stage
from leadline.model import Model
from leadline.web.board.asking import Where, everything
from leadline.web.board.columns import TIME, Column, columns_of
from leadline.web.board.filters import compared, none_of, one_of
from leadline.web.board.judging import Judging
from leadline.web.instants import DAY, moment
from leadline.web.leads.models import Lead, Subject
from leadline.web.leads.rows import fetch
from leadline.web.learning.models import Learning
from leadline.web.qualification.models import Program, Standing
from leadline.web.qualification.programs import compiled, holding
from leadline.web.recording import Answered, NoSuchLeadError, record_traits

MOST = 20  # per cent
AFTER = 3 * DAY  # the rules have had their time with a lead
OPEN = 14 * DAY  # for how long a lead that was drawn waits to be called
AT_ONCE = 500  # leads looked at in one go
BY = "by lot"


def lot_of(lead: int, program: str) -> float:
    """A number from 0 to 1 that is the lead's in this program, now and in any replay.

    >>> round(lot_of(17, "trial"), 6) == round(lot_of(17, "trial"), 6), lot_of(17, "trial") < 1
    (True, True)
    """
    digest = hashlib.blake2b(f"{program}\x1f{lead}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def field_of(program: Program) -> str:
    """The field that says that a lead was handed over by lot in a program."""
    return f"by_lot_{program.slug.replace('-', '_')}"


def lower_stages(model: Model) -> list[str]:
    """The stages before the hand-off; none where the model has no hand-off: then nobody is drawn."""
    try:
        stage = hand_off_stage(model)
    except ValueError:
        return []
    return list(model.lifecycle.names[: model.lifecycle.names.index(stage)])


def lower_leads(program: Program) -> QuerySet[Standing]:
    """How leads stand that the rules have not handed over, nor ruled out."""
    held = holding(program)
    stages = lower_stages(compiled(held.text).model) if held else []
    return Standing.objects.filter(program=program, stage__in=stages, disqualified=False)


def draw(settings: Learning, at: int) -> int:
    """Draw among the leads whose time has come, and write down who goes by lot; gives how many.

    Only leads that were first seen after the quota was set: nobody wants yesterday's thousands at once.
    """
    program, quota = settings.program, settings.quota
    if not quota or settings.quota_from is None or not program.enabled:
        return 0
    due = Lead.objects.filter(first_seen__gte=settings.quota_from, first_seen__lte=at - AFTER)
    due = due.exclude(kind=Subject.ANON).filter(id__in=lower_leads(program).values("lead_id"))
    drawn = [n for n in due.values_list("id", flat=True) if lot_of(n, program.slug) < quota / 100]
    fresh = sorted(set(drawn) - explored(program, drawn))
    day = f"{moment(at):%Y-%m-%d}"
    for lead in fresh:
        try:
            record_traits(lead=lead, answers=[Answered(field_of(program), day)], by=BY, at=at)
        except NoSuchLeadError:  # merged or erased meanwhile
            continue
    return len(fresh)


_DRAWN = """
    SELECT DISTINCT s.lead_id FROM leads_span s JOIN leads_trait t
      ON t.subject_id = s.subject_id AND t.occurred_at >= s.starts AND t.occurred_at < s.ends
    WHERE s.lead_id IN ({}) AND t.field = %s AND t.value IS NOT NULL
"""
_ALL = """
    SELECT s.lead_id, min(t.occurred_at) FROM leads_trait t JOIN leads_span s
      ON t.subject_id = s.subject_id AND t.occurred_at >= s.starts AND t.occurred_at < s.ends
    WHERE t.field = %s AND t.value IS NOT NULL GROUP BY s.lead_id
"""


def explored(program: Program, leads: Iterable[int]) -> set[int]:
    """Those of these leads that were handed over by lot."""
    return {lead for (lead,) in fetch(_DRAWN, sorted(set(leads)), field_of(program))}


def explored_leads(program: Program) -> dict[str, int]:
    """All leads that were handed over by lot, as facts name them, with when. It looks through all traits: for
    jobs."""
    with connection.cursor() as cursor:
        cursor.execute(_ALL, [field_of(program)])
        return {str(lead): at for lead, at in cursor.fetchall()}


def drawn_column(program: Program) -> Column:
    """The day on which a lead was drawn, as the board has it."""
    return Column(f"field.{field_of(program)}", "", TIME, "field", field_of(program))


def waiting(judging: Judging) -> Where:
    """Leads drawn in the last days whom the rules have not handed over meanwhile: to be called."""
    drawn = drawn_column(judging.program)
    known = columns_of(judging)
    return everything(
        compared(drawn, "within", OPEN / DAY),
        one_of(known["stage"], lower_stages(judging.model)),
        none_of(compared(known["disqualified"], "is", True)),
    )
