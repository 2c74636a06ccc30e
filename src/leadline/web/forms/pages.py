"""The pages that strangers see, and who may frame them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from leadline.web.forms.answers import Answers
from leadline.web.forms.models import Form
from leadline.web.forms.tokens import Shown

TRAP = "ll_confirm"  # a field that people do not see


@dataclass(frozen=True)
class Notice:
    """Why a form is shown once more: a status, a sentence, and after how many seconds to try again."""

    status: int
    sentence: str
    retry_after: int = 0


@dataclass(frozen=True)
class Sheet:
    """A form as one visitor sees it: on a page of its own, or in a frame of somebody's page."""

    form: Form
    shown: Shown
    answers: Answers
    framed: bool
    where: Mapping[str, str] = field(default_factory=dict)
    partial: bool = False
    skipped: bool = False  # something was told before, and is not asked again
    fresh: bool = False  # nothing was typed yet
    preview: bool = False  # for the team alone


class SeeOther(HttpResponseRedirect):
    """The answer to a post is to be fetched elsewhere, so that to reload it sends nothing twice."""

    status_code = 303


def form_page(request: HttpRequest, sheet: Sheet, notice: Notice | None = None) -> HttpResponse:
    """The form; with a notice, or errors beside its fields, what was typed stands in it."""
    status = notice.status if notice else 422 if sheet.answers.wrong else 200
    context = {
        "form": sheet.form, "sheet": sheet, "answers": sheet.answers, "notice": notice, "trap": TRAP,
        "framed": sheet.framed, "action": address(sheet.form, sheet.framed),
        "origins": json.dumps(sheet.form.allowed_origins),
    }  # fmt: skip
    response = render(request, "forms/form.html", context, status=status)
    if notice and notice.retry_after:
        response["Retry-After"] = str(notice.retry_after)
    return _guarded(response, sheet.form, sheet.framed)


def thanks_page(request: HttpRequest, form: Form, framed: bool) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form, "framed": framed, "origins": json.dumps(form.allowed_origins),
        "onward": onward(form) if framed else "",
    }  # fmt: skip
    return _guarded(render(request, "forms/thanks.html", context), form, framed)


def gone_page(request: HttpRequest) -> HttpResponse:
    """There is no such form, or it is not published; which of the two is nobody's business."""
    sentence = _("There is no form at this address, or it takes no answers any more.")
    return _message(request, 404, _("No form here"), sentence)


def unfit_page(request: HttpRequest, status: int, sentence: str) -> HttpResponse:
    return _message(request, status, _("This could not be taken"), sentence)


def sent(form: Form, framed: bool, wanted: str = "") -> HttpResponse:
    """Where somebody goes whose answers are stored: the page asked for, if it may be, else our thanks."""
    if not framed and (url := onward(form, wanted)):
        return SeeOther(url)
    return SeeOther(address(form, framed, "thanks"))


def onward(form: Form, wanted: str = "") -> str:
    """The first of these that leads to a host of the form's list, else ""."""
    return next((url for url in (wanted, form.redirect_url) if _is_allowed(url, form.redirect_hosts)), "")


def address(form: Form, framed: bool, page: str = "form") -> str:
    return reverse(f"forms:{'frame' if framed else 'hosted'}-{page}", args=[form.slug])


def _is_allowed(url: str, hosts: list[str]) -> bool:
    return (
        _scheme(url) in ("http", "https")
        and len(url) <= 2000
        and url_has_allowed_host_and_scheme(url, allowed_hosts=set(hosts))
    )


def _scheme(url: str) -> str:
    try:
        return urlsplit(url).scheme
    except ValueError:
        return ""


def _message(request: HttpRequest, status: int, title: str, sentence: str) -> HttpResponse:
    response = render(request, "forms/message.html", {"title": title, "sentence": sentence}, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _guarded(response: HttpResponse, form: Form, framed: bool) -> HttpResponse:
    """Nobody may frame the form's own page, and only the form's sites its frame. Nothing keeps a copy."""
    ancestors = form.allowed_origins if framed and form.allowed_origins else [NONE]
    # Chromium holds a redirect that follows a post to `form-action` too.
    targets = [f"{scheme}://{host}" for host in form.redirect_hosts for scheme in ("https", "http")]
    csp_replace({"frame-ancestors": ancestors, "form-action": [SELF, *targets]})(lambda: response)()
    response.xframe_options_exempt = framed  # type: ignore[attr-defined]
    response["Cache-Control"] = "no-store"
    return response
