"""The team's screens for forms."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leadline.web.accounts.access import Right, requires
from leadline.web.forms import actions, tokens, visitors
from leadline.web.forms.answers import Answers
from leadline.web.forms.editing import Choices, NewForm, Settings, chosen_in, rows_of
from leadline.web.forms.embedding import code_for
from leadline.web.forms.models import Form
from leadline.web.forms.pages import Sheet, form_page
from leadline.web.forms.questions import questions_of
from leadline.web.instants import now
from leadline.web.qualification.models import Program


@require_safe
@requires(Right.CAPTURE)
def overview(request: HttpRequest) -> HttpResponse:
    forms = Form.objects.select_related("program")
    return render(request, "forms/overview.html", {"forms": forms})


@require_http_methods(["GET", "POST"])
@requires(Right.CAPTURE)
def create(request: HttpRequest) -> HttpResponse:
    entered = NewForm(request.POST or None)
    if request.method == "POST" and entered.is_valid():
        form = actions.create_form(**entered.cleaned_data)
        messages.success(request, _("The form is there. Choose what it asks, then publish it."))
        return redirect("forms:edit", form.slug)
    programs = Program.objects.filter(enabled=True).exists()
    return render(request, "forms/new.html", {"entered": entered, "programs": programs})


@require_http_methods(["GET", "POST"])
@requires(Right.CAPTURE)
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    form = _the(slug)
    rows = rows_of(form)
    settings = Settings(request.POST or None, instance=form)
    choices = Choices(request.POST or None, initial=rows, prefix="q")
    if request.method == "POST" and settings.is_valid() and choices.is_valid():
        form.questions = chosen_in(choices.cleaned_data, form)
        actions.change_form(form=form, by=request.user.get_username(), at=now())
        messages.success(request, _("Saved."))
        return redirect("forms:edit", form.slug)
    stored = _the(slug)
    context = {
        "form": stored, "settings": settings, "choices": choices,
        "rows": list(zip(rows, choices, strict=False)),
        "code": code_for(stored), "wording": actions.wording(stored),
    }  # fmt: skip
    status = 422 if settings.errors or not _fine(choices) else 200
    return render(request, "forms/edit.html", context, status=status)


@require_safe
@requires(Right.CAPTURE)
def preview(request: HttpRequest, slug: str) -> HttpResponse:
    """All that the form can ask, before it is published; what is sent from here goes nowhere."""
    form = _the(slug)
    questions = questions_of(form)
    shown = tokens.shown(form, visitors.new_visitor(), [], at=0)
    return form_page(request, Sheet(form, shown, Answers(questions, form), framed=False, preview=True))


@require_POST
@requires(Right.CAPTURE)
def publish(request: HttpRequest, slug: str) -> HttpResponse:
    form = _the(slug)
    try:
        actions.publish_form(form=form)
        messages.success(request, _("Published: the form takes answers now."))
    except actions.NotReadyError as why:
        messages.error(request, str(why))
    return redirect("forms:edit", form.slug)


@require_POST
@requires(Right.CAPTURE)
def withdraw(request: HttpRequest, slug: str) -> HttpResponse:
    form = _the(slug)
    actions.withdraw_form(form=form)
    messages.success(request, _("Withdrawn: the form takes no answers any more."))
    return redirect("forms:edit", form.slug)


def _the(slug: str) -> Form:
    return get_object_or_404(Form.objects.select_related("program", "source"), slug=slug)


def _fine(choices: Choices) -> bool:
    return not choices.is_bound or choices.is_valid()
