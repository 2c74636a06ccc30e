"""What can be read: leads, facts, assessments as of any instant, programs, changes of stage."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from ninja import Path, Query
from pydantic import StringConstraints

from leadline.web.accounts.access import Right, owners_seen
from leadline.web.api import shapes, told
from leadline.web.api.callers import needs, the_lead
from leadline.web.api.pages import cursor_of, place_of
from leadline.web.api.problems import ProblemError
from leadline.web.api.router import router as api
from leadline.web.capture.models import Source
from leadline.web.instants import EARLIEST, SECOND, now
from leadline.web.lead_pages.standing import Judging, programs
from leadline.web.leads.facts import LeadFacts, facts_of
from leadline.web.leads.models import Lead, Ownership, Span
from leadline.web.leads.owners import owners_of
from leadline.web.qualification.models import Program, Publication, StageChange, Standing
from leadline.web.qualification.predictors import SHADOW, states
from leadline.web.qualification.programs import enabled_programs, in_force
from leadline.web.qualification.walk import Published

Number = Annotated[int, Path(ge=1, le=2**53 - 1)]
Limit = Annotated[int, Query(ge=1, le=500)]
Word = Annotated[str, StringConstraints(max_length=320, pattern=r"^[^\x00]*$")]
Cursor = Annotated[str, StringConstraints(max_length=1000)]
EARLY, LATE = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
PROBLEMS = dict.fromkeys((401, 403, 404, 409, 413, 422, 429), shapes.Problem)


@api.get("/leads", response={200: shapes.Leads, **PROBLEMS}, summary="Leads, by number")
@needs(Right.SEE_LEADS)
def leads(
    request: HttpRequest,
    cursor: Cursor | None = None,
    limit: Limit = 100,
    email: Word | None = None,
    seen_since: datetime | None = None,
    program: Word | None = None,
    stage: Word | None = None,
    quality: Word | None = None,
):
    """Those that fit all that is asked. `stage` and `quality` are those in `program`, or in the first one."""
    after = place_of(cursor, int)
    rows = _seen(request)
    if after:
        rows = rows.filter(id__gt=after[0])
    if email:
        rows = rows.filter(email=email.strip().lower())
    if seen_since is not None:
        rows = rows.filter(last_seen__gte=_micros(seen_since))
    if program or stage or quality:
        rows = rows.filter(id__in=_standing(program, stage, quality))
    found = list(rows.order_by("id")[: limit + 1])
    page = found[:limit]
    more = cursor_of(page[-1].id) if len(found) > limit else None
    return {"leads": [told.lead(row) for row in page], "next": more}


@api.get("/leads/{number}", response={200: shapes.WholeLead, **PROBLEMS}, summary="One lead")
@needs(Right.SEE_LEADS)
def lead(request: HttpRequest, number: Number):
    """Who it is, the ids that it goes by, its owner and tags, and where it stands in each program."""
    return told.whole_lead(the_lead(request, number))


@api.get("/leads/{number}/facts", response={200: shapes.Facts, **PROBLEMS}, summary="What is known of it")
@needs(Right.SEE_LEADS)
def facts(
    request: HttpRequest,
    number: Number,
    of: Literal["events", "traits"] = "events",
    cursor: Cursor | None = None,
    limit: Limit = 100,
):
    """Its events, or its traits, the oldest first."""
    found = the_lead(request, number)
    after = place_of(cursor, int, str) or (EARLIEST, "")
    sources = dict(Source.objects.values_list("id", "slug"))
    read = told.events if of == "events" else told.traits
    rows = list(read(found.id, after, limit + 1, sources))
    page = [shape for _, shape in rows[:limit]]
    more = cursor_of(*rows[limit - 1][0]) if len(rows) > limit else None
    return {"events": [], "traits": [], of: page, "next": more}


@api.get(
    "/leads/{number}/assessment", response={200: shapes.Assessment, **PROBLEMS}, summary="Judged, and why"
)
@needs(Right.SEE_LEADS)
def assessment(
    request: HttpRequest, number: Number, program: Word | None = None, as_of: datetime | None = None
):
    """One lead at an instant, by the model that held then, with its ledger; now, where none is given."""
    found, at = the_lead(request, number), _instant(as_of)
    judging, held = _program(program, at)
    judged = told.assessment(found.id, judging, held, facts_of([found.id]).get(found.id, LeadFacts()), at)
    if judged is None:
        raise Http404(f"Nothing was known of lead {number} at that instant.")
    return judged


@api.post(
    "/assessments", response={200: shapes.Assessments, **PROBLEMS}, summary="Many leads judged at one instant"
)
@needs(Right.SEE_LEADS)
def assessments(request: HttpRequest, asked: shapes.Asked):
    """Up to a hundred leads; those of which nothing can be said are named in `unknown`."""
    at = _instant(asked.as_of)
    judging, held = _program(asked.program, at)
    wanted = list(dict.fromkeys(asked.leads))
    seen = set(_seen(request).filter(id__in=wanted).values_list("id", flat=True))
    known = facts_of(seen)
    judged = {
        n: found
        for n in wanted
        if n in seen and (found := told.assessment(n, judging, held, known.get(n, LeadFacts()), at))
    }
    return {"assessments": list(judged.values()), "unknown": [n for n in wanted if n not in judged]}


@api.get("/programs", response={200: list[shapes.Program], **PROBLEMS}, summary="Programs")
@needs(Right.SEE_NUMBERS)
def all_programs(request: HttpRequest):
    return [_told(program) for program in Program.objects.order_by("id")]


@api.get("/programs/{slug}", response={200: shapes.Program, **PROBLEMS}, summary="One program")
@needs(Right.SEE_NUMBERS)
def one_program(request: HttpRequest, slug: Annotated[str, Path(max_length=60, pattern=r"^[-a-zA-Z0-9_]+$")]):
    program = Program.objects.filter(slug=slug).first()
    if program is None:
        raise Http404(f"There is no program `{slug}`.")
    return _told(program)


@api.get(
    "/programs/{slug}/predictors", response={200: list[shapes.Predictor], **PROBLEMS}, summary="Predictors"
)
@needs(Right.SEE_NUMBERS)
def predictors(request: HttpRequest, slug: Annotated[str, Path(max_length=60, pattern=r"^[-a-zA-Z0-9_]+$")]):
    """What was learned of the program's outcomes, the newest first."""
    program = Program.objects.filter(slug=slug).first()
    if program is None:
        raise Http404(f"There is no program `{slug}`.")
    known = states(program)
    rows = program.predictors.defer("text").order_by("-at", "-id")[:500]
    return [told.predictor(row, known.get(row.pk, SHADOW)) for row in rows]


@api.get("/programs/{slug}/changes", response={200: shapes.Changes, **PROBLEMS}, summary="Changes of stage")
@needs(Right.SEE_LEADS)
def changes(
    request: HttpRequest,
    slug: Annotated[str, Path(max_length=60, pattern=r"^[-a-zA-Z0-9_]+$")],
    since: datetime | None = None,
    cursor: Cursor | None = None,
    limit: Limit = 100,
):
    """In order of time. A change that is found late, since a fact came late, stands where it happened."""
    program = Program.objects.filter(slug=slug).first()
    if program is None:
        raise Http404(f"There is no program `{slug}`.")
    rows = StageChange.objects.filter(program=program)
    if owners_seen(request.user) is not None:
        rows = rows.filter(lead_id__in=_seen(request).values("id"))
    if since is not None:
        rows = rows.filter(changed_at__gte=_micros(since))
    after = place_of(cursor, int, int, int)
    if after:
        at, lead_id, step = after
        same = Q(changed_at=at, lead_id__gt=lead_id) | Q(changed_at=at, lead_id=lead_id, step__gt=step)
        rows = rows.filter(Q(changed_at__gt=at) | same)
    found = list(rows.order_by("changed_at", "lead_id", "step")[: limit + 1])
    page = [
        {
            "lead_id": c.lead_id, "changed_at": told.when(c.changed_at), "step": c.step, "episode": c.episode,
            "before": c.before, "after": c.after, "cause": c.cause, "model_version": c.model_version,
        }
        for c in found[:limit]
    ]  # fmt: skip
    last = found[limit - 1] if len(found) > limit else None
    return {"changes": page, "next": cursor_of(last.changed_at, last.lead_id, last.step) if last else None}


def _seen(request: HttpRequest) -> QuerySet[Lead]:
    """The leads in the caller's scope."""
    owners = owners_seen(request.user)
    if owners is None:
        return Lead.objects.all()
    said_of = Ownership.objects.filter(user_id__in=owners).values("lead_id")
    near = Span.objects.filter(subject_id__in=said_of).values_list("lead_id", flat=True)
    owned = owners_of(set(near))
    return Lead.objects.filter(id__in=[lead for lead, owner in owned.items() if owner in owners])


def _standing(program: str | None, stage: str | None, quality: str | None) -> QuerySet[Standing]:
    judging, _ = _program(program, now())
    rows = Standing.objects.filter(program=judging.program)
    if stage:
        rows = rows.filter(stage=stage)
    if quality:
        rows = rows.filter(quality=quality)
    return rows.values("lead_id")


def _program(slug: str | None, at: int) -> tuple[Judging, Published]:
    """The named program with the model that held at an instant; without a name the first."""
    found = programs(at)
    for judging, held in found:
        if slug in (None, "", judging.program.slug):
            return judging, held
    if slug:
        raise Http404(f"There is no program `{slug}`, or it had no model then.")
    raise Http404("No program had a model at that instant.")


def _told(program: Program) -> dict:
    models = {p.id: m for p, m in enabled_programs()}.get(program.id, [])
    held = in_force(models, now())
    latest = Publication.objects.filter(program=program).last() if held is None else None
    model = held.live.model if held else None
    text = Publication.objects.filter(program=program, version=model.version).last().text if model else None
    return {
        "slug": program.slug, "name": program.name, "enabled": program.enabled,
        "model_version": model.version if model else latest.version if latest else None,
        "model": text or (latest.text if latest else None),
        "stages": list(model.lifecycle.names) if model else [],
        "qualities": [q.name for q in model.quality] if model else [],
    }  # fmt: skip


def _instant(given: datetime | None) -> int:
    """Microseconds; the future is nobody's to know."""
    at = now()
    return at if given is None else min(_micros(given), at)


def _micros(given: datetime) -> int:
    aware = given if given.tzinfo else given.replace(tzinfo=UTC)
    if not EARLY <= aware <= LATE:
        raise ProblemError(422, f"The instant {given.isoformat()} lies outside of 1900 to 9000.")
    passed = aware - datetime(1970, 1, 1, tzinfo=UTC)
    return (passed.days * 86_400 + passed.seconds) * SECOND + passed.microseconds
