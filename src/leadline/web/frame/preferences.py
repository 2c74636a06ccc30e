"""How somebody likes the workspace: language and time zone go with the person, the rest with the device.

What goes with the device is in cookies that the server reads, so that a page is never shown bright first.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from leadline.web.accounts.access import requires
from leadline.web.instants import now

THEME, KEYS = "theme", "keys"
SYSTEM, LIGHT, DARK = "system", "light", "dark"
THEMES = (
    (SYSTEM, gettext_lazy("As the device has it")),
    (LIGHT, gettext_lazy("Light")),
    (DARK, gettext_lazy("Dark")),
)
OFF = "off"
YEAR = 365 * 24 * 3600


def theme_of(request: HttpRequest) -> str:
    chosen = request.COOKIES.get(THEME, "")
    return chosen if chosen in dict(THEMES) else SYSTEM


def keys_of(request: HttpRequest) -> bool:
    """Whether single letters do something: who speaks to the machine, or shakes, turns it off."""
    return request.COOKIES.get(KEYS) != OFF


Answering = Callable[[HttpRequest], HttpResponseBase]


def personal(get_response: Answering) -> Answering:
    """Middleware: pages speak somebody's language and show times in their zone."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        user = request.user
        zone = _zone(user.time_zone) if user.is_authenticated else None
        if user.is_authenticated and user.language in dict(settings.LANGUAGES):
            translation.activate(user.language)
            request.LANGUAGE_CODE = user.language
        with timezone.override(zone or timezone.get_default_timezone()):
            return get_response(request)

    return middleware


def _zone(name: str) -> zoneinfo.ZoneInfo | None:
    try:
        return zoneinfo.ZoneInfo(name) if name else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):  # one that the system's list has lost
        return None


class Preferences(forms.Form):
    """What `/me` asks."""

    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False)
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        required=False,
        help_text=gettext_lazy("Times are shown in it. The instant itself stands behind each, on hover."),
    )
    theme = forms.ChoiceField(
        label=gettext_lazy("Look"), choices=THEMES, help_text=gettext_lazy("On this device.")
    )
    keys = forms.BooleanField(
        label=gettext_lazy("Single letters are commands"),
        required=False,
        help_text=gettext_lazy("Such as j and k in tables. On this device; Ctrl-K works in any case."),
    )

    def __init__(self, *args: object, **named: object) -> None:
        super().__init__(*args, **named)
        self.fields["language"].choices = [("", _("As the browser has it")), *settings.LANGUAGES]
        ours = _("As the installation has it: %(zone)s") % {"zone": settings.TIME_ZONE}
        zones = sorted(z for z in zoneinfo.available_timezones() if "/" in z and not z.startswith("Etc/"))
        self.fields["time_zone"].choices = [("", ours), ("UTC", "UTC"), *((z, z) for z in zones)]


@require_http_methods(["GET", "HEAD", "POST"])
@requires()
def me(request: HttpRequest) -> HttpResponse:
    """One's own preferences."""
    user = request.user
    as_it_is = {
        "language": user.language,
        "time_zone": user.time_zone,
        "theme": theme_of(request),
        "keys": keys_of(request),
    }
    form = Preferences(request.POST or None, initial=as_it_is)
    if request.method != "POST" or not form.is_valid():
        wrong = request.method == "POST"
        return render(request, "leadline/me.html", {"form": form, "now": now()}, status=422 if wrong else 200)
    given = form.cleaned_data
    user.language, user.time_zone = given["language"], given["time_zone"]
    user.save(update_fields=["language", "time_zone"])
    if user.language:
        translation.activate(user.language)
    messages.success(request, _("Kept."))
    answer = redirect("me")
    _keep(answer, THEME, given["theme"])
    _keep(answer, KEYS, "" if given["keys"] else OFF)
    return answer


@require_POST
@requires()
def theme(request: HttpRequest) -> HttpResponse:
    """Light or dark, from the button beside the name; back to where one was."""
    chosen = request.POST.get(THEME, "")
    here = urlsplit(request.headers.get("Referer", ""))
    back = here.path + (f"?{here.query}" if here.query else "")
    safe = url_has_allowed_host_and_scheme(back, None) and here.netloc == request.get_host()
    answer = HttpResponseRedirect(back if safe else reverse("home"))
    if chosen in dict(THEMES):
        _keep(answer, THEME, chosen)
    return answer


def _keep(answer: HttpResponse, name: str, value: str) -> None:
    if value in ("", SYSTEM):
        answer.delete_cookie(name, samesite="Lax")
    else:
        answer.set_cookie(
            name, value, max_age=YEAR, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
        )
