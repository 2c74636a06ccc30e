"""Pages of programs: what is published, how leads stand by it, its versions, and what is done with them."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from leadline.starter import starter_model
from leadline.web.accounts.access import Right, may, requires
from leadline.web.accounts.audit import record
from leadline.web.instants import now
from leadline.web.leads.models import Lead
from leadline.web.program_pages import queries
from leadline.web.program_pages.access import may_roll_back, sides_of
from leadline.web.program_pages.differing import changes_between, lines_between
from leadline.web.program_pages.sentences import paragraphs
from leadline.web.qualification import programs as verbs
from leadline.web.qualification.drafts import begin_draft
from leadline.web.qualification.models import Program, Publication, Standing


@require_GET
@requires(Right.SEE_LEADS)
def programs(request: HttpRequest) -> HttpResponse:
    rows = []
    numbers = may(request.user, Right.SEE_NUMBERS)
    for each in Program.objects.order_by("name"):
        held = verbs.holding(each)
        found = queries.numbers_of(each, held) if numbers else None
        drafts = queries.open_drafts(each) if numbers else []
        rows.append({"program": each, "held": held, "numbers": found, "drafts": drafts})
    context = {
        "rows": rows, "now": now(), "awaiting": queries.awaiting(request.user),
        "edits": may(request.user, Right.EDIT_MODEL),
    }  # fmt: skip
    return render(request, "programs/list.html", context)


@require_http_methods(["GET", "POST"])
@requires(Right.EDIT_MODEL)
def new(request: HttpRequest) -> HttpResponseBase:
    """A new program, and its first draft from the starter model."""
    name = request.POST.get("name", "").replace("\0", "").strip()[:120]
    wrong = ""
    if request.method == "POST":
        slug = slugify(name)[:60]
        if not slug:
            wrong = _("Give it a name with letters or digits, such as Trial users.")
        elif Program.objects.filter(slug=slug).exists():
            wrong = _("There is a program of that name: give this one another.")
        else:
            return _begun(request, name, slug)
    return render(request, "programs/new.html", {"name": name, "wrong": wrong}, status=400 if wrong else 200)


@transaction.atomic
def _begun(request: HttpRequest, name: str, slug: str) -> HttpResponseBase:
    at = now()
    made = verbs.create_program(slug=slug, name=name, at=at)
    draft = begin_draft(
        program=made, text=starter_model(name), by=str(request.user), at=at, title=_("First model")
    )
    record(request, "make program", f"program:{slug}")
    return redirect("program:edit", slug, draft.pk)


@require_GET
@requires(Right.SEE_LEADS)
def program(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Program, slug=slug)
    held = verbs.holding(found)
    numbers = may(request.user, Right.SEE_NUMBERS)
    context = {
        "program": found, "held": held, "now": now(), "sees_numbers": numbers,
        "paragraphs": paragraphs(verbs.compiled(held.text).model) if held else [],
        "numbers": queries.numbers_of(found, held) if numbers else None,
        "version": queries.versions_of(found)[0] if held else None,
        "drafts": queries.open_drafts(found) if numbers else [],
        "edits": may(request.user, Right.EDIT_MODEL), "admin": may(request.user, Right.PEOPLE),
        "judging": _judging(found, held), "awaiting": _of(found, request),
    }  # fmt: skip
    return render(request, "programs/page.html", context)


def _of(program: Program, request: HttpRequest) -> list[queries.Awaiting]:
    return [item for item in queries.awaiting(request.user) if item.program.pk == program.pk]


@require_GET
@requires(Right.SEE_LEADS)
def progress(request: HttpRequest, slug: str) -> HttpResponse:
    """How far the worker is with judging everybody anew: a part of the page."""
    found = get_object_or_404(Program, slug=slug)
    context = {"program": found, "judging": _judging(found, verbs.holding(found))}
    return render(request, "programs/judging.html", context)


def _judging(program: Program, held: Publication | None) -> dict[str, int] | None:
    """Leads that were judged by what holds now, of how many; None where all were."""
    if held is None or not program.enabled:
        return None
    if program.judged_up_to is not None:
        total = Lead.objects.count()
        left = Lead.objects.filter(id__gt=program.judged_up_to).count()
    else:
        total = Standing.objects.filter(program=program).count()
        left = queries.waiting(program, held)
    return {"done": total - left, "total": total, "left": left} if left else None


@require_POST
@requires(Right.EDIT_MODEL)
def switch(request: HttpRequest, slug: str) -> HttpResponseBase:
    """On or off."""
    found, at = get_object_or_404(Program, slug=slug), now()
    on = request.POST.get("to") == "on"
    with transaction.atomic():
        if verbs.switch_on(program=found, at=at) if on else verbs.switch_off(program=found):
            record(request, "switch on" if on else "switch off", f"program:{slug}")
            told = (
                _("Everybody is judged again from the beginning. Nothing that lies before now has an effect.")
                if on
                else _("Nobody is judged by this program any more; how leads stood stays as it was.")
            )
            messages.success(request, told)
    return redirect("program:page", slug)


@require_POST
@requires(Right.PEOPLE)
def consent_rule(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Whether a model needs both sides here; without them a reason is needed, and recorded."""
    found, at = get_object_or_404(Program, slug=slug), now()
    try:
        with transaction.atomic():
            if request.POST.get("needed") == "yes":
                verbs.need_consent(program=found)
                record(request, "need consent", f"program:{slug}")
            else:
                reason = request.POST.get("reason", "").replace("\0", "")
                verbs.waive_consent(program=found, reason=reason, by=str(request.user), at=at)
                record(request, "waive consent", f"program:{slug}", reason=reason[:500])
    except ValueError:
        messages.error(request, _("Say why nobody’s consent is needed here: the reason stands on this page."))
    return redirect("program:page", slug)


@require_GET
@requires(Right.SEE_LEADS)
def versions(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Program, slug=slug)
    context = {
        "program": found, "versions": queries.versions_of(found), "now": now(),
        "edits": may(request.user, Right.EDIT_MODEL),
    }  # fmt: skip
    return render(request, "programs/versions.html", context)


@require_GET
@requires(Right.SEE_LEADS)
def version(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """A publication: sentences, text, and what it does otherwise than another one (else the one before)."""
    found = get_object_or_404(Program, slug=slug)
    shown = get_object_or_404(found.publications, pk=number)
    others = [p for p in found.publications.all() if p.pk != shown.pk]
    asked = request.GET.get("against", "")
    against = next((p for p in others if str(p.pk) == asked), None)
    against = against or next((p for p in reversed(others) if p.at < shown.at), None)
    held = verbs.holding(found)
    context = {
        "program": found, "shown": shown, "held": held, "others": others, "against": against, "now": now(),
        "changes": changes_between(against.text, shown.text) if against else None,
        "lines": lines_between(against.text, shown.text) if against else None,
        "paragraphs": paragraphs(verbs.compiled(shown.text).model),
        "consents": list(shown.proposal.consents.all()) if shown.proposal else [],
        "edits": may(request.user, Right.EDIT_MODEL),
        "can_roll_back": held is not None and shown.pk != held.pk and shown.rolled_back_by_id is None
        and may_roll_back(request.user, found.needs_consent),
        "takes_back": found.publications.filter(at__gt=shown.at, rolled_back_by=None),
    }  # fmt: skip
    return render(request, "programs/version.html", context)


@require_POST
@requires(Right.SEE_NUMBERS)
def roll_back(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """An earlier model again, in one step; one side may do it alone, and it is written down."""
    found, at = get_object_or_404(Program, slug=slug), now()
    if not may_roll_back(request.user, found.needs_consent):
        raise PermissionDenied
    to = get_object_or_404(found.publications, pk=number)
    replaces = found.publications.filter(pk=_number(request.POST.get("replaces"))).first()
    note = request.POST.get("note", "").replace("\0", "").strip()[:500]
    try:
        with transaction.atomic():
            made = verbs.roll_back(to=to, by=str(request.user), at=at, note=note, replaces=replaces)
            sides = ", ".join(sides_of(request.user)) or "no side"
            record(
                request, "roll back", f"program:{slug}", publication=made.pk, to=to.pk, as_=sides, note=note
            )
    except ValueError as error:
        messages.error(request, _upper(str(error)))
        return redirect("program:version", slug, number)
    messages.success(request, _("Rolled back: version %(version)s holds again, as though what came after "
                                "had never held.") % {"version": to.version})  # fmt: skip
    return redirect("program:page", slug)


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else 0


def _upper(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
