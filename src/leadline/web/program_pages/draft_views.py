"""The editor: a draft as form and text, what it would do, and the way to consent."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from leadline.model import ModelError
from leadline.web import jobs
from leadline.web.accounts.access import Right, may, requires
from leadline.web.accounts.audit import record
from leadline.web.instants import now
from leadline.web.program_pages import pictures, work
from leadline.web.program_pages.differing import changes_between
from leadline.web.program_pages.edits import VERBS, CannotEditError, edited
from leadline.web.program_pages.form_parts import BY_KEY, PARTS
from leadline.web.program_pages.outline import Outline, outline_of
from leadline.web.program_pages.showing import Preview, preview_of, tested_of
from leadline.web.program_pages.trying import Pending, try_on_some
from leadline.web.program_pages.work import pending_of
from leadline.web.qualification import drafts
from leadline.web.qualification.consents import evidence_of, open_proposal
from leadline.web.qualification.models import Draft, Evidence, Program
from leadline.web.qualification.programs import compiled, holding

TEXT, UNDO, REDO = "text", "undo", "redo"


def draft_or_404(slug: str, number: int) -> Draft:
    found = Draft.objects.select_related("program", "base").filter(program__slug=slug, pk=number).first()
    if found is None:
        raise Http404
    return found


@require_POST
@requires(Right.EDIT_MODEL)
def begin(request: HttpRequest, slug: str) -> HttpResponseBase:
    """A new draft, from what holds now or from any version."""
    program, at = get_object_or_404(Program, slug=slug), now()
    asked = request.POST.get("from", "")
    chosen = (
        program.publications.filter(pk=int(asked)).first() if asked.isdigit() and len(asked) < 19 else None
    )
    source = chosen or holding(program)
    if source is None:
        messages.error(request, _("There is no published model yet to begin from."))
        return redirect("program:page", slug)
    with transaction.atomic():
        draft = drafts.begin_draft(program=program, text=source.text, by=str(request.user), at=at)
        record(request, "begin draft", f"program:{slug}", draft=draft.pk)
    return redirect("program:edit", slug, draft.pk)


@require_GET
@requires(Right.EDIT_MODEL)
def edit(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    draft = draft_or_404(slug, number)
    return render(request, "programs/edit.html", _editor(draft, _outline(draft)))


def _outline(draft: Draft) -> Outline:
    return outline_of(drafts.current_text(draft).text)


def _editor(draft: Draft, outline: Outline) -> dict[str, Any]:
    base = draft.base.text if draft.base else ""
    undo, redo = drafts.reach(draft)
    held = holding(draft.program)
    return {
        "program": draft.program, "draft": draft, "outline": outline, "parts": PARTS, "undo": undo,
        "redo": redo, "closed": draft.closed_at is not None, "now": now(),
        "changes": changes_between(base, outline.text) if base else None,
        "lines": range(1, outline.text.count("\n") + 2), "wrong_lines": set(outline.lines),
        "overtaken": held is not None and held.pk != draft.base_id, "held": held,
        "proposal": open_proposal(draft), "steps": drafts.current_text(draft),
    }  # fmt: skip


@require_POST
@requires(Right.EDIT_MODEL)
def change(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """One change of the draft, from the form or the text. Script gets both views as JSON, others a page."""
    draft, at, by = draft_or_404(slug, number), now(), str(request.user)
    verb, revision = request.POST.get("verb", ""), _revision(request)
    said = ""
    status = 200
    try:
        if verb in (UNDO, REDO):
            step = -1 if verb == UNDO else 1
            draft = drafts.step_draft(draft=draft, revision=revision, by_steps=step, by=by, at=at)
        else:
            text, did = _changed(draft, verb, request)
            draft = drafts.write_draft(draft=draft, revision=revision, text=text, did=did, by=by, at=at)
    except drafts.ChangedMeanwhileError as error:
        draft, status = draft_or_404(slug, number), 409
        said = _("%(by)s changed this draft while you wrote. Nothing was written over: you see it as it is "
                 "now, and what you typed is kept below.") % {"by": error.draft.by}  # fmt: skip
    except CannotEditError as error:
        said, status = str(error), 422
    except ModelError as error:  # of the text as a whole: too large, or no text at all
        said, status = error.problems[0].message, 422
    if request.headers.get("X-Requested-With") != "fetch":
        return _answered(request, draft, verb, said, status)
    return JsonResponse(_as_json(request, draft, said), status=status)


def _changed(draft: Draft, verb: str, request: HttpRequest) -> tuple[str, str]:
    """The text after the change, and what the change was. Raises CannotEditError, ModelError."""
    given = request.POST
    if verb == TEXT:
        return given.get("text", "").replace("\r\n", "\n"), "text"
    part = BY_KEY.get(given.get("part", ""))
    entry = given.get("entry", "")
    numbered = part is not None and (not part.listed or not entry or (entry.isdigit() and len(entry) < 6))
    if verb not in VERBS or part is None or not numbered:
        raise CannotEditError(_("This is no change that a draft knows: reload the page, and try again."))
    boxes = {key[2:]: value for key, value in given.items() if key.startswith("f.")}
    if verb == "set":  # a box that is not ticked sends nothing
        flags = [s.key for s in part.slots if s.kind == "flag"] if entry else []
        boxes |= {key: boxes.get(key, "") for key in flags} if given.get("whole") else {}
    text = drafts.current_text(draft).text
    return edited(text, part, verb, entry, boxes), f"{verb} {part.key}"


def _answered(request: HttpRequest, draft: Draft, verb: str, said: str, status: int) -> HttpResponseBase:
    """For a page without script: the editor again, with what was typed where it was not taken."""
    if not said:
        return redirect("program:edit", draft.program.slug, draft.pk)
    context = _editor(draft, _outline(draft)) | {"said": said}
    if verb == TEXT:
        context["kept"] = request.POST.get("text", "")[:300_000]
    return render(request, "programs/edit.html", context, status=status)


def _as_json(request: HttpRequest, draft: Draft, said: str) -> dict[str, Any]:
    outline = _outline(draft)
    context = _editor(draft, outline)
    return {
        "revision": draft.revision, "text": outline.text, "said": said, "wrong": outline.lines,
        "valid": outline.model is not None, "undo": context["undo"], "redo": context["redo"],
        "form": render_to_string("programs/form.html", context, request),
        "problems": render_to_string("programs/problems.html", context, request),
        "state": render_to_string("programs/state.html", context, request),
    }  # fmt: skip


@require_GET
@requires(Right.EDIT_MODEL)
def impact(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """What the draft would do to some leads, at once: a part of the editor, or a page without script."""
    draft = draft_or_404(slug, number)
    part = "HX-Request" in request.headers or request.headers.get("X-Requested-With") == "fetch"
    template = "programs/impact.html" if part else "programs/impact_page.html"
    text, at = drafts.current_text(draft).text, now()
    try:
        pending = pending_of(draft, text)
    except ModelError:
        return render(request, template, {"draft": draft, "waits": True})
    context = _found(request, draft, pending, text)
    if context.get("preview") is None:
        data = try_on_some(pending, at=at, seed=draft.pk)
        context["preview"] = preview_of(data, pending.base, pending.new, request.user)
    return render(request, template, context)


@require_GET
@requires(Right.EDIT_MODEL)
def evidence(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """What was found of the draft's text in the background: the same part, or a page where it is opened."""
    if request.headers.get("HX-Request") != "true":
        return redirect("program:edit", slug, number)
    return impact(request, slug, number)


def _found(request: HttpRequest, draft: Draft, pending: Pending, text: str) -> dict[str, Any]:
    """What is known of exactly this text."""
    found = evidence_of(draft, drafts.digest_of(draft, text))
    preview: Preview | None = None
    if Evidence.PREVIEW in found:
        data = json.loads(found[Evidence.PREVIEW].result)
        preview = preview_of(data, pending.base, pending.new, request.user)
    tested = tested_of(found[Evidence.BACKTEST]) if Evidence.BACKTEST in found else None
    return {
        "program": draft.program, "draft": draft, "preview": preview, "tested": tested,
        "whole": found.get(Evidence.PREVIEW), "changed": pending.old is None or pending.old != pending.new,
        **charts_of(tested),
    }  # fmt: skip


def charts_of(tested: Any) -> dict[str, Any]:
    if tested is None or tested.cannot:
        return {}
    return {"weeks": pictures.weeks(tested.data), "load": pictures.load(tested.data)}


@require_POST
@requires(Right.EDIT_MODEL)
def try_it(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """Try the draft on everybody, or on the past, or both and ask for consent: in the background."""
    draft, at = draft_or_404(slug, number), now()
    text = drafts.current_text(draft).text
    what = request.POST.get("what", "")
    kinds = {"preview": [Evidence.PREVIEW], "backtest": [Evidence.BACKTEST]}
    try:
        model = compiled(text).model
    except ModelError as error:
        messages.error(request, _("Line %(line)s: %(message)s") % vars(error.problems[0]))
        return redirect("program:edit", slug, number)
    if what == "propose" and draft.base is not None and draft.base.version == model.version:
        messages.error(request, _("The draft means what is published already: there is nothing to agree to."))
        return redirect("program:edit", slug, number)
    payload = {
        "draft": draft.pk, "digest": drafts.digest_of(draft, text), "propose": what == "propose",
        "kinds": kinds.get(what, [Evidence.PREVIEW, Evidence.BACKTEST]), "by": str(request.user),
    }  # fmt: skip
    job = jobs.start(work.EVIDENCE, payload, by=request.user, at=at)
    if request.headers.get("HX-Request") == "true" and what != "propose":
        return render(request, "jobs/progress.html", {"job": job})
    return redirect("jobs:page", job.pk)


@require_POST
@requires(Right.EDIT_MODEL)
def act(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """Put a draft away, take it out again, call it otherwise, or hold it against what is published now."""
    draft, at, by = draft_or_404(slug, number), now(), str(request.user)
    verb, revision = request.POST.get("verb", ""), _revision(request)
    try:
        with transaction.atomic():
            if verb == "close":
                drafts.close_draft(draft=draft, revision=revision, by=by, at=at)
            elif verb == "reopen":
                drafts.reopen_draft(draft=draft, by=by, at=at)
            elif verb == "rebase":
                drafts.rebase_draft(draft=draft, revision=revision, by=by, at=at)
            elif verb == "rename":
                drafts.rename_draft(draft=draft, title=request.POST.get("title", "").replace("\0", ""))
            else:
                raise Http404
            record(request, f"{verb} draft", f"program:{slug}", draft=draft.pk)
    except drafts.ChangedMeanwhileError as error:
        messages.error(
            request, _("%(by)s changed this draft meanwhile: look at it again.") % {"by": error.draft.by}
        )
        return redirect("program:edit", slug, number)
    if verb == "close":
        messages.success(request, _("“%(draft)s” is put away.") % {"draft": draft.title})
        return redirect("program:page", slug)
    return redirect("program:edit", slug, number)


@require_GET
@requires(Right.SEE_NUMBERS)
def report(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """A backtest as a page of its own, to keep or to send."""
    if not may(request.user, Right.SEE_LEADS):
        raise Http404
    found = Evidence.objects.filter(draft__program__slug=slug, pk=number).exclude(page="").first()
    if found is None:
        raise Http404
    name = f"backtest-{slug}-{number}.html"
    return HttpResponse(found.page, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _revision(request: HttpRequest) -> int:
    given = request.POST.get("revision", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else -1
