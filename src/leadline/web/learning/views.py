"""The Learning screen: is there anything to learn, how well, what was found, and what gives probabilities."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from leadline.web import jobs
from leadline.web.accounts.access import Right, may, requires
from leadline.web.accounts.audit import record
from leadline.web.instants import now
from leadline.web.learning import pictures, queries
from leadline.web.learning.asking import asked_of
from leadline.web.learning.available import missing
from leadline.web.learning.exploring import MOST, field_of, lower_stages
from leadline.web.learning.models import Asked, Learning
from leadline.web.learning.work import ASKING, TRAINING, open_job, settings_of
from leadline.web.qualification import predictors as verbs
from leadline.web.qualification.models import Program


@require_GET
@requires(Right.SEE_NUMBERS)
def home(request: HttpRequest) -> HttpResponseBase:
    """The first program's; or what to do where there is none."""
    first = Program.objects.order_by("-enabled", "id").first()
    if first is None:
        return render(request, "learning/none.html")
    return redirect("learning:page", first.slug)


@require_GET
@requires(Right.SEE_NUMBERS)
def page(request: HttpRequest, slug: str) -> HttpResponse:
    program, at = get_object_or_404(Program, slug=slug), now()
    judging = queries.judging_now(program, at)
    kept = queries.kept_of(program)
    shown = queries.shown_of(kept, request.GET.get("predictor", ""))
    context = {
        "program": program, "judging": judging, "now": at, "kept": kept, "shown": shown,
        "others": list(Program.objects.exclude(pk=program.pk).order_by("name")),
        "edits": may(request.user, Right.EDIT_MODEL), "missing": missing(),
        "settings": settings_of(program), "most": MOST, "job": open_job(program),
        "draws": bool(judging and lower_stages(judging.model)), "by_lot": field_of(program),
        "active": next((k for k in kept if k.is_active), None),
        "changes": list(program.activations.select_related("predictor").order_by("-at")[:8]),
        "silent": bool(judging and not judging.predictor and any(k.is_active for k in kept)),
        "asked": asked_of(program), **(_found(shown) if shown else {}),
    }  # fmt: skip
    if judging is not None and not kept:
        context["outcomes"] = queries.outcomes_of(judging, at)
    return render(request, "learning/page.html", context)


def _found(shown: queries.Kept) -> dict[str, Any]:
    return {
        "calibration": pictures.calibration(shown.found) if shown.signal else None,
        "gain": pictures.gain(shown.found) if shown.signal else None,
        "kind": queries.kind_words(shown.predictor.kind),
    }


@require_POST
@requires(Right.EDIT_MODEL)
def train(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Learn now, in the background."""
    program = get_object_or_404(Program, slug=slug)
    if missing():
        messages.error(request, _("Learning needs further libraries: pip install 'leadline[learn]'"))
        return redirect("learning:page", slug)
    with transaction.atomic():
        if open_job(program) is None:
            jobs.start(TRAINING, {"program": program.pk}, by=request.user, at=now())
            record(request, "train", f"program:{slug}")
    return redirect("learning:page", slug)


@require_POST
@requires(Right.EDIT_MODEL)
def ask(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Ask the outcomes what they say of the rules, in the background."""
    program = get_object_or_404(Program, slug=slug)
    if missing():
        messages.error(request, _("Learning needs further libraries: pip install 'leadline[learn]'"))
        return redirect("learning:page", slug)
    with transaction.atomic():
        if open_job(program) is None:
            jobs.start(ASKING, {"program": program.pk}, by=request.user, at=now())
            record(request, "ask the outcomes", f"program:{slug}")
    return redirect("learning:page", slug)


@require_GET
@requires(Right.SEE_NUMBERS)
def persona(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Who buys, as a page of its own, to keep or to send."""
    found = get_object_or_404(Asked, program__slug=slug, pk=number)
    name = f"persona-{slug}-{number}.html"
    return HttpResponse(found.persona, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@require_POST
@requires(Right.EDIT_MODEL)
def activate(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """Let a predictor give the probabilities from now on."""
    program = get_object_or_404(Program, slug=slug)
    predictor = get_object_or_404(program.predictors, pk=number)
    told = _("Predictor %(version)s gives the probabilities now. All leads are judged anew, without effects.")
    return _decided(
        request, program, "activate predictor", told % {"version": predictor.version},
        lambda by, at: verbs.activate(predictor=predictor, by=by, at=at), predictor=predictor.version,
    )  # fmt: skip


@require_POST
@requires(Right.EDIT_MODEL)
def back(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What was active before, as though the last one had never been."""
    program = get_object_or_404(Program, slug=slug)
    return _decided(
        request, program, "take back predictor", _("Taken back: leads stand as though it had never been."),
        lambda by, at: verbs.take_back(program=program, by=by, at=at),
    )  # fmt: skip


@require_POST
@requires(Right.EDIT_MODEL)
def off(request: HttpRequest, slug: str) -> HttpResponseBase:
    """No probabilities from now on."""
    program = get_object_or_404(Program, slug=slug)
    return _decided(
        request, program, "switch off predictor", _("No predictor gives probabilities now."),
        lambda by, at: verbs.switch_off(program=program, by=by, at=at),
    )  # fmt: skip


def _decided(
    request: HttpRequest, program: Program, verb: str, said: str, act: Any, **about: Any
) -> HttpResponseBase:
    try:
        with transaction.atomic():
            act(str(request.user), now())
            record(request, verb, f"program:{program.slug}", **about)
    except verbs.CannotActivateError as error:
        messages.error(request, f"{str(error)[:1].upper()}{str(error)[1:]}.")
    else:
        messages.success(request, said)
    return redirect("learning:page", program.slug)


@require_POST
@requires(Right.EDIT_MODEL)
def settings(request: HttpRequest, slug: str) -> HttpResponseBase:
    """How a program learns: each week, who promotes, and how many go by lot."""
    program, at = get_object_or_404(Program, slug=slug), now()
    given = request.POST.get("quota", "").strip()
    if not (given.isascii() and given.isdigit() and len(given) <= 2 and int(given) <= MOST):
        told = {"given": given[:20], "most": MOST}
        messages.error(
            request, _("“%(given)s” is no share: give a whole number from 0 to %(most)s per cent.") % told
        )
        return redirect("learning:page", slug)
    quota, was = int(given), settings_of(program)
    since = was.quota_from if quota and was.quota else at
    news = {
        "weekly": request.POST.get("weekly") == "on", "promotes": request.POST.get("promotes") == "on",
        "quota": quota, "quota_from": since if quota else None,
    }  # fmt: skip
    with transaction.atomic():
        Learning.objects.update_or_create(program=program, defaults=news)
        record(
            request, "set learning", f"program:{slug}", **{k: v for k, v in news.items() if k != "quota_from"}
        )
    messages.success(request, _("Kept."))
    return redirect("learning:page", slug)


@require_POST
@requires(Right.EDIT_MODEL)
def vouch(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Say that a refused column is known at that time after all; or take that back."""
    program = get_object_or_404(Program, slug=slug)
    name = request.POST.get("name", "").replace("\0", "").strip()[:200]
    kept = [n for n in settings_of(program).kept if n != name]
    if request.POST.get("verb") != "refuse" and name:
        kept = [*kept, name][-100:]
    with transaction.atomic():
        Learning.objects.update_or_create(program=program, defaults={"kept": kept})
        record(request, "vouch for columns", f"program:{slug}", columns=kept)
    messages.success(request, _("Kept. It holds from the next training on."))
    return redirect("learning:page", slug)


@require_GET
@requires(Right.SEE_NUMBERS)
def file(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The predictor's file, as the command line takes it."""
    found = get_object_or_404(Program, slug=slug).predictors.filter(pk=number).first()
    if found is None:
        return HttpResponse(status=404)
    name = f"predictor-{slug}-{found.version}.json"
    return HttpResponse(
        found.text, content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )  # fmt: skip
