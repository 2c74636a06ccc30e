"""The script that puts a form into somebody's page, and the lines to copy for it."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import escape
from django.views.decorators.http import condition, require_safe

from leadline.web.forms.models import Form

AN_HOUR = "public, max-age=3600"


@cache
def source() -> bytes:
    return (Path(__file__).parent / "embed.js").read_bytes()


def _etag(request: HttpRequest, slug: str) -> str:
    return f'"{blake2b(source(), digest_size=8).hexdigest()}"'


@login_not_required
@require_safe
@condition(etag_func=_etag)
def script(request: HttpRequest, slug: str) -> HttpResponse:
    """The same script for every form: which one it is, it reads from its own address."""
    response = HttpResponse(source(), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = AN_HOUR
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def code_for(form: Form) -> str:
    """What to paste into a page, at the place where the form is to be."""
    here = settings.SURROUNDINGS.url
    src, page = (
        here + reverse("forms:script", args=[form.slug]),
        here + reverse("forms:hosted-form", args=[form.slug]),
    )
    return (
        f'<script src="{src}" data-title="{escape(form.name)}" async></script>\n'
        f'<noscript><a href="{page}">{escape(form.name)}</a></noscript>'
    )
