"""Pages of sources: what is there, how it is installed, what arrives."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings as django_settings
from django.contrib import messages as notes
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from leadline.web.accounts.access import Right, requires
from leadline.web.capture import actions, queries
from leadline.web.capture.models import Source
from leadline.web.capture.source_forms import NewSourceForm, SourceForm
from leadline.web.instants import now


@require_GET
@requires(Right.CAPTURE)
def sources(request: HttpRequest) -> HttpResponse:
    at = now()
    lines = queries.source_lines(at)
    unknown = queries.open_failures().filter(source_id=0).count()
    return render(request, "capture/sources.html", {"lines": lines, "now": at, "unknown": unknown})


@require_http_methods(["GET", "POST"])
@requires(Right.CAPTURE)
def new(request: HttpRequest) -> HttpResponseBase:
    form = NewSourceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        source = actions.create_source(**form.cleaned_data, at=now())
        notes.success(
            request,
            _("%(name)s is there. Install it, and its first event shows up here.") % {"name": source.name},
        )
        return redirect("sources:page", source.slug)
    return render(request, "capture/new.html", {"form": form}, status=_of(form))


@require_GET
@requires(Right.CAPTURE)
def source(request: HttpRequest, slug: str) -> HttpResponse:
    found = queries.source_or_404(slug)
    keys = list(found.keys.order_by("revoked_at", "created_at", "id"))
    at = now()
    today = queries.counts_of(queries.day_of(at)).get(found.id, {})
    context = {
        "source": found,
        "keys": keys,
        "key": next((k for k in keys if k.revoked_at is None), None),
        "first": queries.first_event(found),
        "today": today,
        "refused": queries.refusals(today),
        "failed": queries.open_failures().filter(source_id=found.id).count(),
        "address": django_settings.SURROUNDINGS.url,
        "now": at,
        "forgotten": actions.FORGOTTEN,
    }
    return render(request, "capture/source.html", context)


@require_GET
@requires(Right.CAPTURE)
def installed(request: HttpRequest, slug: str) -> HttpResponse:
    """The install check alone, for the page to look again."""
    found = queries.source_or_404(slug)
    first = queries.first_event(found)
    answer = render(request, "capture/installed.html", {"source": found, "first": first})
    return _fragment(answer, more=first.day is None)


@require_http_methods(["GET", "POST"])
@requires(Right.CAPTURE)
def settings(request: HttpRequest, slug: str) -> HttpResponseBase:
    found = queries.source_or_404(slug)
    form = SourceForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        form.save()
        notes.success(
            request,
            _("Saved. Every server knows it within %(seconds)s seconds.") % {"seconds": actions.FORGOTTEN},
        )
        return redirect("sources:page", slug)
    name = Source.objects.values_list("name", flat=True).get(pk=found.pk)
    return render(
        request, "capture/settings.html", {"form": form, "source": found, "name": name}, status=_of(form)
    )


@require_GET
@requires(Right.CAPTURE)
def live(request: HttpRequest, slug: str) -> HttpResponse:
    context = _understood(request, slug)
    return render(request, "capture/live.html", context)


@require_GET
@requires(Right.CAPTURE)
def live_messages(request: HttpRequest, slug: str) -> HttpResponse:
    return _fragment(render(request, "capture/messages.html", _understood(request, slug)))


@require_POST
@requires(Right.CAPTURE)
def add_key(request: HttpRequest, slug: str) -> HttpResponseBase:
    actions.add_key(source=queries.source_or_404(slug), at=now())
    notes.success(request, _("A new write key is there. The others go on until you revoke them."))
    return redirect("sources:page", slug)


@require_POST
@requires(Right.CAPTURE)
def revoke_key(request: HttpRequest, slug: str, key: int) -> HttpResponseBase:
    actions.revoke_key(key=get_object_or_404(queries.source_or_404(slug).keys, pk=key), at=now())
    notes.success(
        request,
        _("The key is revoked: within %(seconds)s seconds what is sent with it is refused.")
        % {"seconds": actions.FORGOTTEN},
    )
    return redirect("sources:page", slug)


@require_POST
@requires(Right.CAPTURE)
def restore_key(request: HttpRequest, slug: str, key: int) -> HttpResponseBase:
    actions.restore_key(key=get_object_or_404(queries.source_or_404(slug).keys, pk=key))
    notes.success(
        request,
        _("The key holds again, everywhere within %(seconds)s seconds.") % {"seconds": actions.FORGOTTEN},
    )
    return redirect("sources:page", slug)


def _understood(request: HttpRequest, slug: str) -> dict:
    found = queries.source_or_404(slug)
    shows = dict(queries.SHOWS)
    show = request.GET.get("show", "")
    show = show if show in shows else queries.EVENTS
    name = request.GET.get("name", "").strip()[:200]
    again = reverse("sources:live-messages", args=[slug])
    return {
        "source": found,
        "show": show,
        "shows": queries.SHOWS,
        "name": name,
        "shown": queries.messages(found, show=show, name=name),
        "refresh": f"{again}?{urlencode({'show': show, 'name': name})}",
        "most": queries.SHOWN,
        "looked": queries.RECENT,
    }


def _fragment(answer: HttpResponse, *, more: bool = True) -> HttpResponse:
    """A part of a page, never kept; says whether looking again is of use."""
    answer["Cache-Control"] = "no-store"
    answer["X-Refresh"] = "yes" if more else "no"
    return answer


def _of(form) -> int:
    return 422 if form.is_bound and not form.is_valid() else 200
