"""The list of leads: those with the most points first, a page at a time."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.db.models import F, FloatField, Q, QuerySet
from django.db.models.functions import Cast, Coalesce

from leadline.model.shape import DISQUALIFIED, Model, spoken
from leadline.model.words import stage_title
from leadline.web.leads.models import Lead, Subject
from leadline.web.qualification.models import Program, Standing

PAGE = 50
PEOPLE, VISITORS, EVERYBODY = "people", "visitors", "all"
KINDS = ((PEOPLE, "People"), (VISITORS, "Anonymous visitors"), (EVERYBODY, "Everybody"))
_CURSOR = re.compile(r"(-?[0-9]{1,20}(?:\.[0-9]{1,20})?(?:e[+-]?[0-9]{1,2})?)_([0-9]{1,18})")


@dataclass(frozen=True)
class Judging:
    """A program and the model by which it judges now; there is none before a first publication."""

    program: Program
    model: Model

    def stages(self) -> list[tuple[str, str]]:
        """Each stage with its title."""
        found = [(s.stage, stage_title(s)) for s in self.model.lifecycle.stages]
        return [*found, (DISQUALIFIED, "Disqualified")] if found else []

    def stage_title(self, stage: str | None) -> str:
        return dict(self.stages()).get(stage or "", spoken(stage or ""))

    def settled(self) -> list[str]:
        """The stages in which nobody is called any more: ruled out, or at the end of the way."""
        return [DISQUALIFIED, *self.model.lifecycle.names[-1:]]

    def qualities(self) -> list[str]:
        return [q.name for q in self.model.quality]

    def tone(self, quality: str | None) -> str:
        """How a quality is set off: the best and those between, never the last."""
        names = self.qualities()
        if quality not in names[:-1]:
            return ""
        return "good" if quality == names[0] else "accent"


@dataclass(frozen=True)
class Line:
    """A lead as the list shows it."""

    lead: Lead
    standing: Standing | None
    stage: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Page:
    lines: list[Line]
    after: str  # where the next page begins; "" where there is none


@dataclass(frozen=True)
class Wanted:
    """What a list is narrowed to."""

    search: str = ""
    kind: str = PEOPLE
    stage: str = ""
    quality: str = ""
    after: str = ""
    to_call: bool = False  # without those who are ruled out or have reached the last stage


def page_of(judging: Judging | None, wanted: Wanted, size: int = PAGE) -> Page:
    """Leads by fit and intent together, the highest first; without a program the last seen first."""
    if judging is None:
        return _unjudged(wanted, size)
    rows = Standing.objects.filter(program=judging.program)
    if wanted.search or wanted.kind != EVERYBODY:
        rows = rows.filter(lead_id__in=_leads(wanted).values("id"))
    if wanted.stage:
        rows = rows.filter(stage=wanted.stage)
    if wanted.quality:
        rows = rows.filter(quality=wanted.quality)
    if wanted.to_call:
        rows = rows.filter(disqualified=False).exclude(stage__in=judging.settled())
    ids, after = _cut(rows.annotate(rank=F("fit") + F("intent")), "lead_id", wanted.after, size)
    leads = Lead.objects.in_bulk(ids)
    standings = {s.lead_id: s for s in Standing.objects.filter(program=judging.program, lead_id__in=ids)}
    return Page([_line(judging, leads[i], standings[i]) for i in ids if i in leads and i in standings], after)


def _line(judging: Judging, lead: Lead, standing: Standing) -> Line:
    return Line(lead, standing, judging.stage_title(standing.stage), judging.tone(standing.quality))


def _unjudged(wanted: Wanted, size: int) -> Page:
    seen = Cast(Coalesce("last_seen", 0), FloatField())  # exact until the year 2255
    ids, after = _cut(_leads(wanted).annotate(rank=seen), "id", wanted.after, size)
    leads = Lead.objects.in_bulk(ids)
    return Page([Line(leads[i], None) for i in ids if i in leads], after)


def _leads(wanted: Wanted) -> QuerySet[Lead]:
    leads = Lead.objects.all()
    if wanted.kind != EVERYBODY:
        anonymous = Q(kind=Subject.ANON)
        leads = leads.filter(anonymous if wanted.kind == VISITORS else ~anonymous)
    for word in wanted.search.split()[:8]:
        leads = leads.filter(Q(name__icontains=word) | Q(email__icontains=word) | Q(company__icontains=word))
    return leads


def _cut(rows: QuerySet, key: str, after: str, size: int) -> tuple[list[int], str]:
    """The keys of one page of rows with a `rank`, and the cursor for the next: the last row's rank and key.

    Only these two are sorted: a standing's ledger is long.
    """
    begins = _CURSOR.fullmatch(after)
    if begins:
        rank, last = float(begins[1]), int(begins[2])
        rows = rows.filter(Q(rank__lt=rank) | Q(rank=rank, **{f"{key}__gt": last}))
    found = list(rows.order_by("-rank", key).values_list("rank", key)[: size + 1])
    keys = [number for _, number in found[:size]]
    if len(found) <= size:
        return keys, ""
    rank, last = found[size - 1]
    return keys, f"{float(rank)!r}_{last}"
