"""What pages of programs read."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _

from leadline.model import Model
from leadline.model.diff import diff
from leadline.model.expr import number_text
from leadline.model.shape import DISQUALIFIED, spoken
from leadline.model.words import stage_title
from leadline.web.accounts.access import Right, may
from leadline.web.accounts.models import User
from leadline.web.program_pages.access import sides_of
from leadline.web.qualification.consents import missing_sides
from leadline.web.qualification.models import Draft, Program, Proposal, Publication, Standing
from leadline.web.qualification.programs import compiled


@dataclass(frozen=True)
class Share:
    """So many leads of a stage or quality."""

    key: str
    title: str
    leads: int
    of: int
    tone: str = ""

    @property
    def percent(self) -> float:
        return 100 * self.leads / self.of if self.of else 0.0


@dataclass(frozen=True)
class Cell:
    """One field of the matrix. `heat` is 0 to 5, by its share of the fullest."""

    band: str
    leads: int
    heat: int


@dataclass(frozen=True)
class Matrix:
    digits: list[tuple[str, str]]  # name, from which number
    rows: list[tuple[str, str, list[Cell]]]  # letter, from which number, cells
    below: int  # leads that reach no band


@dataclass(frozen=True)
class Numbers:
    """How leads stand in a program now. `stages` and `qualities` in the model's order."""

    leads: int
    stages: list[Share]
    qualities: list[Share]
    matrix: Matrix | None
    waiting: int  # leads that are still to be judged by what holds now


def numbers_of(program: Program, held: Publication | None) -> Numbers:
    if held is None:
        return Numbers(0, [], [], None, 0)
    rows = Standing.objects.filter(program=program).order_by().values_list("stage", "quality", "band")
    counted = list(rows.annotate(leads=Count("lead_id")))
    stages, qualities, bands = (Counter[Any]() for each in range(3))
    for stage, quality, band, leads in counted:
        stages[stage] += leads
        qualities[quality] += leads
        bands[band] += leads
    model, total = compiled(held.text).model, sum(stages.values())
    return Numbers(
        total,
        stage_shares(model, stages, total),
        quality_shares(model, qualities, total),
        matrix_of(model, bands),
        waiting(program, held),
    )


def waiting(program: Program, held: Publication) -> int:
    """Leads whose turn after a publication or a new beginning is still to come."""
    if not program.enabled:
        return 0
    return Standing.objects.filter(program=program, due_at__lte=max(held.at, 0)).count()


def stage_shares(model: Model, counts: Counter[Any], total: int) -> list[Share]:
    titles = {s.stage: stage_title(s) for s in model.lifecycle.stages}
    if not titles:
        return []
    titles[DISQUALIFIED] = _("Disqualified")
    names = [*titles, *(n for n in counts if n is not None and n not in titles)]
    return [Share(n, titles.get(n, spoken(n)), counts[n], total) for n in names]


def quality_shares(model: Model, counts: Counter[Any], total: int) -> list[Share]:
    names = list(dict.fromkeys(q.name for q in model.quality))
    found = [Share(n, spoken(n), counts[n], total, tone_of(names, n)) for n in names]
    others = total - sum(share.leads for share in found)
    return [*found, Share("", _("None"), others, total)] if others and names else found


def tone_of(names: Sequence[str | None], quality: str | None) -> str:
    """How a quality is set off: the best and those between, never the last."""
    if quality is None or quality not in list(names)[:-1]:
        return ""
    return "good" if quality == names[0] else "accent"


def matrix_of(model: Model, counts: Counter[Any]) -> Matrix | None:
    """Fit by intent; None where the model has no bands of either."""
    fit, intent = model.bands.fit, model.bands.intent
    if not fit or not intent:
        return None
    most = max(counts.values(), default=0)

    def cell(band: str) -> Cell:
        leads = counts[band]
        return Cell(band, leads, 0 if not leads else max(1, round(5 * (leads / most) ** 0.5)))

    rows = [(f.name, number_text(f.at), [cell(f"{f.name}{i.name}") for i in intent]) for f in fit]
    inside = {f"{f.name}{i.name}" for f in fit for i in intent}
    below = sum(n for band, n in counts.items() if band not in inside)
    return Matrix([(i.name, number_text(i.at)) for i in intent], rows, below)


# --- versions ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Version:
    """A publication, and what it does otherwise than the one before it."""

    publication: Publication
    changes: list[str]
    holds: bool
    consents: list[Any]

    @property
    def first(self) -> bool:
        return self.publication.restores_id is None and not self.changes


def versions_of(program: Program) -> list[Version]:
    """All publications, the latest first."""
    rows = program.publications.select_related("restores", "rolled_back_by", "proposal")
    found, before = [], None
    publications = list(rows.prefetch_related("proposal__consents"))
    for p in publications:
        model = compiled(p.text).model
        changes = [str(c) for c in diff(before, model)] if before else []
        consents = list(p.proposal.consents.all()) if p.proposal else []
        found.append(Version(p, changes, p is publications[-1], consents))
        before = model
    return found[::-1]


def open_drafts(program: Program) -> list[Draft]:
    return list(program.drafts.filter(closed_at=None).select_related("base").order_by("-at"))


# --- what waits for somebody --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Awaiting:
    """A model that somebody is asked about."""

    program: Program
    proposal: Proposal
    title: str
    text: str
    url: str
    act: str
    at: int
    by: str


def awaiting(user: User) -> list[Awaiting]:
    """What waits for this person: models to agree to, and agreed ones to publish; the longest first."""
    mine, edits = sides_of(user), may(user, Right.EDIT_MODEL)
    if not mine and not edits:
        return []
    proposals = Proposal.objects.filter(voided_at=None, published_at=None, draft__closed_at=None)
    rows = proposals.select_related("draft__program", "preview").prefetch_related("consents").order_by("at")
    return [item for proposal in rows if (item := _awaits(proposal, user, mine, edits)) is not None]


def _awaits(proposal: Proposal, user: User, mine: list[str], edits: bool) -> Awaiting | None:
    program = proposal.draft.program
    missing = missing_sides(program, proposal)
    spoken_already = any(c.user_id == user.pk for c in proposal.consents.all())
    if set(mine) & set(missing) and not spoken_already:
        act = _("Look and decide")
        title = _("“%(draft)s” awaits your consent") % {"draft": proposal.draft.title}
    elif edits and not missing:
        act = _("Publish")
        title = _("“%(draft)s” can be published") % {"draft": proposal.draft.title}
    else:
        return None
    moved = json.loads(proposal.preview.result)
    text = _("%(rise)s leads rise, %(fall)s fall") % {"rise": moved["rise"], "fall": moved["fall"]}
    url = reverse("program:proposal", args=[program.slug, proposal.pk])
    return Awaiting(program, proposal, title, text, url, act, proposal.at, proposal.by)
