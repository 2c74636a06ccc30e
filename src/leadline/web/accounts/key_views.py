"""Pages of API keys and of the audit log."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from leadline.web.accounts import actions
from leadline.web.accounts.access import Right, may, requires
from leadline.web.accounts.api_keys import make_key
from leadline.web.accounts.audit import AuditEntry
from leadline.web.accounts.forms import RIGHTS, KeyForm
from leadline.web.accounts.models import ApiKey, User
from leadline.web.accounts.sessions import lately
from leadline.web.instants import DAY, now

PAGE = 100


@require_GET
@requires(Right.SEE_LEADS)
def keys(request: HttpRequest) -> HttpResponse:
    """One's own keys; whoever looks after people sees all."""
    at = now()
    found = _seen(request.user).select_related("user").order_by("-id")
    lines = [(key, _state(key, at), [RIGHTS[Right(r)] for r in key.rights]) for key in found]
    return render(request, "accounts/keys.html", {"lines": lines, "now": at})


@require_http_methods(["GET", "POST"])
@requires(Right.SEE_LEADS)
@lately
def new_key(request: HttpRequest) -> HttpResponseBase:
    form = KeyForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        given, at = form.cleaned_data, now()
        key, text = make_key(
            user=request.user, name=given["name"], rights=[Right(r) for r in given["rights"]],
            networks=given["networks"], expires_at=at + given["days"] * DAY, at=at,
        )  # fmt: skip
        return render(request, "accounts/key.html", {"key": key, "text": text})
    return render(request, "accounts/new_key.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@requires(Right.SEE_LEADS)
def revoke_key(request: HttpRequest, number: int) -> HttpResponseBase:
    key = get_object_or_404(_seen(request.user), pk=number)
    actions.revoke_key(key=key, by=request.user, at=now())
    messages.success(request, _("The key is revoked: from now on it opens nothing."))
    return redirect("keys")


@require_GET
@requires(Right.PEOPLE)
def audit(request: HttpRequest) -> HttpResponse:
    """Who did what when, the latest first."""
    chosen = {name: request.GET.get(name, "")[:200] for name in ("by", "verb", "about")}
    rows = AuditEntry.objects.order_by("-id")
    if chosen["by"].isdigit():
        rows = rows.filter(by=int(chosen["by"][:18]))
    elif chosen["by"] == "server":
        rows = rows.filter(by=None)
    if chosen["verb"]:
        rows = rows.filter(verb=chosen["verb"])
    if chosen["about"]:
        rows = rows.filter(about__startswith=chosen["about"])
    before = request.GET.get("before", "")
    if before.isdigit():
        rows = rows.filter(id__lt=int(before[:18]))
    found = list(rows[: PAGE + 1])
    people = {user.id: user for user in User.objects.order_by("name", "email")}
    older = (
        {**{k: v for k, v in chosen.items() if v}, "before": found[PAGE - 1].id} if len(found) > PAGE else {}
    )
    context = {
        "rows": [(row, people.get(row.by)) for row in found[:PAGE]], "chosen": chosen, "now": now(),
        "people": people.values(), "older": urlencode(older),
        "verbs": AuditEntry.objects.order_by("verb").values_list("verb", flat=True).distinct(),
    }  # fmt: skip
    return render(request, "accounts/audit.html", context)


def _seen(user: User) -> QuerySet[ApiKey]:
    return ApiKey.objects.all() if may(user, Right.PEOPLE) else ApiKey.objects.filter(user_id=user.pk)


def _state(key: ApiKey, at: int) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at <= at else "holds"
