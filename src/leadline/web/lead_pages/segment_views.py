"""Segments: the list, one with its history, writing a condition that is checked as one types."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from leadline.model.conditions import ConditionError
from leadline.model.words import condition_words
from leadline.web.accounts import audit
from leadline.web.accounts.access import Right, owners_seen, requires
from leadline.web.board import filters, table
from leadline.web.board.columns import columns_of
from leadline.web.board.judging import Judging, judgings
from leadline.web.board.keeping import (
    LONGEST,
    LONGEST_NAME,
    NameTakenError,
    keep_segment,
    remove_segment,
    restore_segment,
)
from leadline.web.board.models import Segment
from leadline.web.board.segments import names_of, read_condition, segments, where_of
from leadline.web.instants import now
from leadline.web.lead_pages.asked import default_columns
from leadline.web.lead_pages.listing import lines_of
from leadline.web.lead_pages.segment_pictures import counts_picture
from leadline.web.operations import undo

SHOWN_DAYS = 366


@require_GET
@requires(Right.SEE_LEADS)
def listed(request: HttpRequest) -> HttpResponse:
    at = now()
    by_program = {j.program.id: j for j in judgings(at)}
    lines = [_line(s, by_program.get(s.program_id), request, at) for s in segments()]
    return render(request, "segments/list.html", {"lines": lines, "judged": bool(by_program), "now": at})


def _line(segment: Segment, judging: Judging | None, request: HttpRequest, at: int) -> dict[str, Any]:
    """A segment with its number now, or why there is none."""
    if judging is None:
        return {"segment": segment, "fault": _("Its program judges nobody at present.")}
    try:
        tree = read_condition(judging.model, segment.condition)
    except ConditionError as error:
        return {"segment": segment, "fault": str(error)}
    leads = table.count(judging, filters.holds(tree), now=at, scope=owners_seen(request.user))
    return {"segment": segment, "leads": leads, "words": words_of(tree, judging)}


def words_of(tree: Any, judging: Judging) -> str:
    """A condition as a salesperson reads it; as it is written where the model has no words for it."""
    try:
        return condition_words(tree, judging.model)
    except (KeyError, ValueError, TypeError):
        return ""


@require_http_methods(["GET", "POST"])
@requires(Right.EDIT_LEADS)
def new(request: HttpRequest) -> HttpResponseBase:
    return _form(request, None)


@require_http_methods(["GET", "POST"])
@requires(Right.EDIT_LEADS)
def edit(request: HttpRequest, number: int) -> HttpResponseBase:
    return _form(request, get_object_or_404(Segment, pk=number, removed_at=None))


def _form(request: HttpRequest, segment: Segment | None) -> HttpResponseBase:
    at = now()
    found = judgings(at)
    given = request.POST.get
    judging = _of(found, given("program", "") or (segment.program.slug if segment else ""))
    context: dict[str, Any] = {
        "segment": segment, "programs": [j.program for j in found], "judging": judging,
        "names": _names(judging), "name": segment.name if segment else "",
        "condition": segment.condition if segment else request.GET.get("condition", "")[:LONGEST],
    }  # fmt: skip
    if request.method == "POST":
        name, text = (
            " ".join(given("name", "").split())[:LONGEST_NAME],
            given("condition", "")[:LONGEST].strip(),
        )
        context |= {"name": name, "condition": text, **checked(judging, text, request, at)}
        context["name_fault"] = "" if name else _("A segment needs a name.")
        if name and not context["faults"] and judging is not None:
            kept = _keep(segment, name, text, judging, request.user.get_username(), at)
            if kept is not None:
                audit.record(request, "segment", f"segment:{kept.pk}", program=judging.program.slug)
                messages.success(request, _("The segment “%(name)s” is kept.") % {"name": name})
                return redirect("segments:page", kept.pk)
            context["name_fault"] = _("There is a segment of that name: choose another.")
    elif context["condition"]:
        context |= checked(judging, context["condition"], request, at)
    return render(request, "segments/form.html", context, status=200 if request.method == "GET" else 422)


def _keep(
    segment: Segment | None, name: str, text: str, judging: Judging, by: str, at: int
) -> Segment | None:
    """None where the name is taken."""
    try:
        return keep_segment(segment=segment, name=name, condition=text, judging=judging, by=by, at=at)
    except NameTakenError:
        return None


def _of(found: list[Judging], slug: str) -> Judging | None:
    return next((j for j in found if j.program.slug == slug), found[0] if found else None)


def _names(judging: Judging | None) -> list[tuple[str, str]]:
    """What a condition may name, with its type."""
    return [(n.name, str(n.type)) for n in names_of(judging.model).scope.names.values()] if judging else []


@require_GET
@requires(Right.SEE_LEADS)
def check(request: HttpRequest) -> HttpResponse:
    """What is wrong with a condition and where, or how many leads fit to it; asked for as one types."""
    at = now()
    judging = _of(judgings(at), request.GET.get("program", ""))
    text = request.GET.get("condition", "")[:LONGEST].strip()
    return render(request, "segments/checked.html", checked(judging, text, request, at))


def checked(judging: Judging | None, text: str, request: HttpRequest, at: int) -> dict[str, Any]:
    """Faults with the text before and behind their places; or the condition in words and its number."""
    if judging is None:
        return {
            "faults": [{"message": _("No program judges leads yet: publish a model first.")}],
            "checked": True,
        }
    try:
        tree = read_condition(judging.model, text)
    except ConditionError as error:
        faults = [
            {
                "message": f.message,
                "before": text[max(f.offset - 40, 0) : f.offset],
                "at": text[f.offset : f.offset + 20],
            }
            for f in error.faults
        ]
        return {"faults": faults, "checked": True}
    scope = owners_seen(request.user)
    leads = table.count(judging, filters.holds(tree), now=at, scope=scope)
    total = table.count(judging, filters.of_kind(filters.EVERYBODY), now=at, scope=scope)
    return {"faults": [], "checked": True, "leads": leads, "total": total, "words": words_of(tree, judging)}


@require_GET
@requires(Right.SEE_LEADS)
def page(request: HttpRequest, number: int) -> HttpResponse:
    at = now()
    segment = get_object_or_404(Segment.objects.select_related("program"), pk=number, removed_at=None)
    judging = next((j for j in judgings(at) if j.program.id == segment.program_id), None)
    counts = (
        list(segment.counts.order_by("-day")[:SHOWN_DAYS])[::-1] if owners_seen(request.user) is None else []
    )
    context = _line(segment, judging, request, at) | {
        "now": at,
        "picture": counts_picture(counts) if len(counts) > 1 else None,
    }
    if "leads" in context and judging is not None:
        where = where_of(segment, judging)
        ids = table.page(judging, where, now=at, scope=owners_seen(request.user), limit=10).ids
        known = columns_of(judging)
        shown = [known[n] for n in default_columns(judging)]
        context |= {"lines": lines_of(ids, judging, shown, at), "shown": shown}
    return render(request, "segments/page.html", context)


@require_POST
@requires(Right.EDIT_LEADS)
def remove(request: HttpRequest, number: int) -> HttpResponseBase:
    segment = get_object_or_404(Segment, pk=number, removed_at=None)
    remove_segment(segment=segment, at=now())
    audit.record(request, "remove segment", f"segment:{number}")
    undo.offer(
        request,
        _("The segment “%(name)s” is gone.") % {"name": segment.name},
        reverse("segments:restore", args=[number]),
    )
    return redirect("segments:list")


@require_POST
@requires(Right.EDIT_LEADS)
def restore(request: HttpRequest, number: int) -> HttpResponseBase:
    segment = get_object_or_404(Segment, pk=number)
    try:
        restore_segment(segment=segment)
    except NameTakenError:
        messages.error(request, _("There is a segment of that name again: rename that one first."))
        return redirect("segments:list")
    return redirect("segments:page", number)
