"""Parts of pages that scripts fetch: messages, and what happens when somebody was signed out meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.templatetags.static import static
from django.views.decorators.http import require_GET, require_safe

from leadline.web.accounts.access import requires

Answering = Callable[[HttpRequest], HttpResponseBase]


@require_GET
@requires()
def said(request: HttpRequest) -> HttpResponse:
    """What an act that was sent by script has to say."""
    return render(request, "leadline/messages.html")


@login_not_required
@require_safe
def favicon(request: HttpRequest) -> HttpResponseBase:
    """Browsers ask for it by this name where a page names no mark."""
    return redirect(static("leadline/mark.svg"))


def signed_out(get_response: Answering) -> Answering:
    """Middleware: where a part is refused for want of a sign-in, the whole page goes there and comes back."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        asked = request.headers.get("HX-Request") == "true" and response.status_code == 302
        if not asked:
            return response
        sign_in = resolve_url(settings.LOGIN_URL)
        if urlsplit(response["Location"]).path != sign_in:
            return response
        here = urlsplit(request.headers.get("HX-Current-URL", ""))
        back = here.path + (f"?{here.query}" if here.query else "") or "/"
        return HttpResponse(status=204, headers={"HX-Redirect": f"{sign_in}?{urlencode({'next': back})}"})

    return middleware
