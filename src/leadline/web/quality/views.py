"""The screens of data quality."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from leadline.web import jobs
from leadline.web.accounts import audit
from leadline.web.accounts.access import Right, may, owners_seen, requires
from leadline.web.board import table
from leadline.web.board.columns import columns_of
from leadline.web.board.judging import Judging, judging_of
from leadline.web.board.table import Order
from leadline.web.capture.models import FailedEvent
from leadline.web.instants import now
from leadline.web.jobs.access import jobs_seen
from leadline.web.jobs.models import Job
from leadline.web.lead_pages.reach import reached
from leadline.web.operations import undo
from leadline.web.qualification.actions import CannotMergeError
from leadline.web.quality import actions, queries
from leadline.web.quality.models import Pair, Search
from leadline.web.quality.work import DUPLICATES

SIZE = 20
SHOWN = 200


@require_safe
@requires(Right.SEE_NUMBERS)
def home(request: HttpRequest) -> HttpResponse:
    at, scope = now(), owners_seen(request.user)
    judging = judging_of(at)
    context = {
        "findings": queries.findings(judging, at, scope), "fields": queries.fields(judging, at, scope),
        "judging": judging, "pairs": queries.open_duplicates(), "search": Search.objects.first(),
        "failed": FailedEvent.objects.filter(mended_at=None, discarded_at=None).count(),
        "may_merge": may(request.user, Right.MERGE), "may_mend": may(request.user, Right.CAPTURE),
    }  # fmt: skip
    return render(request, "quality/home.html", context)


@require_safe
@requires(Right.SEE_LEADS, Right.SEE_NUMBERS)
def leads(request: HttpRequest, kind: str, field: str = "") -> HttpResponse:
    """The leads with which one thing is amiss."""
    at = now()
    judging = judging_of(at)
    title, where = _asked(kind, field, judging, at)
    order = Order(columns_of(judging)["last_seen"])
    found = table.page(judging, where, now=at, scope=owners_seen(request.user), order=order, limit=SHOWN)
    rows = table.rows_of(found.ids, at)
    name = field if kind in ("empty", "unread") else ""
    lines = [(rows[i], rows[i].fields.get(name, "")) for i in found.ids if i in rows]
    context = {"title": title, "lines": lines, "count": found.count, "shown": SHOWN, "field": name, "now": at}
    return render(request, "quality/leads.html", context)


def _asked(kind: str, field: str, judging: Judging | None, at: int):
    if kind in queries.TITLES and not field:
        return queries.TITLES[kind], queries.where_of(kind, judging, at)
    titles = {f.name: f.title for f in judging.model.fields} if judging else {}
    if field not in titles:
        raise Http404
    if kind == "unread":
        said = _("Values of %(field)s that do not read") % {"field": titles[field]}
        return said, queries.unread_where(judging, field)
    if kind == "empty":
        return _("People without %(field)s") % {"field": titles[field]}, queries.empty_where(field)
    raise Http404


@require_safe
@requires(Right.MERGE)
def duplicates(request: HttpRequest) -> HttpResponse:
    """The queue: pairs side by side, the surest first; with `lead` those of one lead."""
    at, lead = now(), request.GET.get("lead", "")
    judging = judging_of(at)
    titles = {f.name: f.title for f in judging.model.fields} if judging else {}
    of = Pair.objects.filter(decided="").order_by("-probability", "id")
    of = queries.pairs_of(int(lead)) if lead.isdecimal() and len(lead) < 19 else of
    pages = Paginator(of, SIZE)
    page = pages.get_page(request.GET.get("page"))
    seen = [p for p in page if _both_reached(request, p)]
    context = {
        "page": page, "couples": queries.couples(seen, titles, at), "search": Search.objects.first(),
        "open": jobs_seen(request.user).filter(kind=DUPLICATES, state__in=Job.OPEN).first(),
        "now": at,
    }  # fmt: skip
    return render(request, "quality/duplicates.html", context)


@require_safe
@requires(Right.MERGE)
def of_lead(request: HttpRequest, number: int) -> HttpResponse:
    """A part of the lead's page: who may be the same person."""
    lead = reached(request.user, number)
    if lead is None:
        raise Http404
    seen = [p for p in queries.pairs_of(lead.id) if _both_reached(request, p)]
    found = queries.couples(seen, {}, now())
    others = [
        (c.pair, *((c.pair.two, c.two) if c.pair.one == lead.id else (c.pair.one, c.one))) for c in found
    ]
    return render(request, "quality/of_lead.html", {"lead": lead, "others": others})


@require_POST
@requires(Right.MERGE)
def look(request: HttpRequest) -> HttpResponseBase:
    """Look for duplicates now."""
    under_way = Job.objects.filter(kind=DUPLICATES, state__in=Job.OPEN, by=request.user).first()
    job = under_way or jobs.start(DUPLICATES, {}, by=request.user, at=now())
    return redirect("jobs:page", job.id)


@require_POST
@requires(Right.MERGE)
def decide(request: HttpRequest, number: int) -> HttpResponseBase:
    """They are one (and which of them stays), or they are two."""
    pair, by, at = _pair(request, number), request.user.get_username(), now()
    winner = request.POST.get("winner", "")
    try:
        if winner:
            kept = int(winner) if winner.isdecimal() else 0
            merge = actions.merge_pair(pair=pair, winner=kept, by=by, at=at)
            audit.record(request, "merge", f"lead:{kept}", other=merge.loser_id, merge=merge.id)
            said = _("They are one lead now.")
        else:
            actions.keep_apart(pair=pair, by=by, at=at)
            said = _("They are two people, and are not proposed again.")
    except CannotMergeError as error:
        messages.error(request, str(error))
    else:
        undo.offer(request, said, reverse("quality:undecide", args=[pair.id]))
    return redirect("quality:duplicates")


@require_POST
@requires(Right.MERGE)
def undecide(request: HttpRequest, number: int) -> HttpResponseBase:
    pair = get_object_or_404(Pair, pk=number)
    try:
        actions.undecide(pair=pair, by=request.user.get_username(), at=now())
    except CannotMergeError as error:
        messages.error(request, str(error))
    else:
        audit.record(request, "undo decision about a pair", f"pair:{pair.id}")
        messages.success(request, _("As it was before."))
    return redirect("quality:duplicates")


def _pair(request: HttpRequest, number: int) -> Pair:
    pair = get_object_or_404(Pair, pk=number)
    if not _both_reached(request, pair):
        raise Http404
    return pair


def _both_reached(request: HttpRequest, pair: Pair) -> bool:
    if owners_seen(request.user) is None:
        return True
    return all(reached(request.user, end) is not None for end in (pair.one, pair.two))
