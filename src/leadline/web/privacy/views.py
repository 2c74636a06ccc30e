"""The screens of privacy: one person's data, certificates, rules of retention."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from leadline.web.accounts import audit
from leadline.web.accounts.access import Right, requires
from leadline.web.accounts.models import User
from leadline.web.accounts.sessions import lately
from leadline.web.capture.models import Source
from leadline.web.instants import now
from leadline.web.lead_pages.reach import reached
from leadline.web.leads.models import Lead
from leadline.web.privacy.erasing import NobodyThereError, erase_leads
from leadline.web.privacy.handing_out import consents, person_data
from leadline.web.privacy.models import Erasure, RetentionRule
from leadline.web.privacy.retention import TITLES, change_rule, try_rule

MOST = 100


@require_safe
@requires(Right.ERASE)
def home(request: HttpRequest) -> HttpResponse:
    rules = RetentionRule.objects.in_bulk()
    lines = [(kind, TITLES[kind], rules.get(kind)) for kind in RetentionRule.KINDS]
    erasures = list(Erasure.objects.order_by("-at")[:MOST])
    names = User.objects.in_bulk({e.by for e in erasures if e.by})
    shown = [(e, names.get(e.by)) for e in erasures]
    return render(request, "privacy/home.html", {"rules": lines, "erasures": shown})


@require_safe
@requires(Right.ERASE)
@lately
def person(request: HttpRequest, number: int) -> HttpResponse:
    lead = _the(request, number)
    sources = dict(Source.objects.values_list("id", "name"))
    return render(request, "privacy/person.html", {"lead": lead, "consents": consents(lead, sources)})


@require_POST
@requires(Right.ERASE)
@lately
def hand_out(request: HttpRequest, number: int) -> HttpResponse:
    """All that is kept about a person, as a file."""
    lead = _the(request, number)
    audit.record(request, "hand out data", f"lead:{lead.id}")
    text = json.dumps(person_data(lead, now()), ensure_ascii=False, indent=2)
    answer = HttpResponse(text, content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="person-{lead.id}.json"'
    return answer


@require_POST
@requires(Right.ERASE)
@lately
def erase(request: HttpRequest, number: int) -> HttpResponseBase:
    """For good: so the name is asked for once more, as there is no undo."""
    lead = _the(request, number)
    if request.POST.get("again", "").strip().casefold() != str(lead).strip().casefold():
        messages.error(request, _("Nothing was erased: write “%(lead)s” into the field.") % {"lead": lead})
        return redirect("privacy:lead", lead.id)
    because = request.POST.get("because", "").replace("\0", "").strip()[:200]
    try:
        done = erase_leads(leads=[lead.id], because=because, by=request.user.pk, at=now())
    except NobodyThereError as error:
        messages.error(request, str(error))
        return redirect("leads:list")
    audit.record(request, "erase", f"erasure:{done.id}")
    return redirect("privacy:certificate", done.id)


@require_safe
@requires(Right.ERASE)
def certificate(request: HttpRequest, key) -> HttpResponse:
    done = get_object_or_404(Erasure, pk=key)
    by = User.objects.filter(pk=done.by).first() if done.by else None
    counts = [(name, count) for name, count in done.counts.items() if count and name != "partly"]
    return render(request, "privacy/certificate.html", {"done": done, "by": by, "counts": counts})


@require_POST
@requires(Right.ERASE, Right.PEOPLE)
def rule(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Try a rule, or let it hold."""
    if kind not in RetentionRule.KINDS:
        raise Http404
    text, at = request.POST.get("days", ""), now()
    try:
        days = int(text)
        tried = try_rule(kind, days, at)
        if "try" in request.POST:
            context = {"kind": kind, "title": TITLES[kind], "days": days, "tried": tried, "now": at}
            return render(request, "privacy/tried.html", context)
        enabled = "on" in request.POST
        change_rule(kind=kind, days=days, enabled=enabled, by=request.user.pk, at=at)
    except ValueError as error:
        said = str(error) if text.lstrip("-").isdigit() else _("Give a whole number of days.")
        messages.error(request, said)
        return redirect("privacy:home")
    audit.record(request, "change retention", f"retention:{kind}", days=days, enabled=enabled)
    if enabled:
        messages.success(request, _("The rule holds; the worker goes by it once a day."))
    else:
        messages.success(request, _("The rule is off; nothing is removed by it."))
    return redirect("privacy:home")


def _the(request: HttpRequest, number: int) -> Lead:
    found = reached(request.user, number)
    if found is None:
        raise Http404
    return found
