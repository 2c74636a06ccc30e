"""The table of leads: searching, filtering, sorting, views under a name."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from leadline.web.accounts.access import Right, requires, rights_of
from leadline.web.accounts.models import User
from leadline.web.board import filters
from leadline.web.board.columns import columns_of
from leadline.web.board.judging import Judging, judgings
from leadline.web.board.models import SavedView, Segment
from leadline.web.board.segments import segments
from leadline.web.capture.models import Source
from leadline.web.instants import now
from leadline.web.lead_pages import listing
from leadline.web.lead_pages.asked import DAYS, Asked, default_columns, op_words, ops_of, read_asked
from leadline.web.leads.models import Lead, Tag
from leadline.web.operations import undo

TABLE = "leads"  # the part that is swapped
LONGEST_NAME = 80


def asked_of(given: QueryDict, at: int) -> tuple[Asked, Judging | None, list[Judging]]:
    """The state that an address has, and the program that it is about: that of its segment, if it has one."""
    found = judgings(at)
    slug = given.get("program", "")
    segment = given.get("segment", "")
    if segment.isascii() and segment.isdigit() and len(segment) < 18:
        of = Segment.objects.filter(pk=int(segment)).values_list("program__slug", flat=True).first()
        slug = of or slug
    judging = next((j for j in found if j.program.slug == slug), found[0] if found else None)
    return read_asked(given, judging, len(found) > 1), judging, found


@require_GET
@requires(Right.SEE_LEADS)
def leads(request: HttpRequest) -> HttpResponseBase:
    at = now()
    asked, judging, found = asked_of(request.GET, at)
    address = reverse("leads:list") + (
        f"?{asked.query(after=asked.after)}" if asked.query(after=asked.after) else ""
    )
    part = request.headers.get("HX-Target") == TABLE
    if "go" in request.GET and not part and not asked.unread:
        return redirect(address)  # as one would pass it on
    known = columns_of(judging)
    names = [n for n in asked.columns or default_columns(judging) if n in known and n != "name"]
    context: dict[str, Any] = {
        "asked": asked, "judging": judging, "now": at, "rights": {r.name for r in rights_of(request.user)},
        "chips": listing.chips_of(asked, judging), "columns": _heads(asked, known, names, judging),
        "ranked": "" if asked.sort or asked.q else listing.ranked_by(judging),
        "here": asked.query(), "unread": asked.unread, "all_columns": _choice(known, names),
        **_choices(asked, judging),
    }  # fmt: skip
    try:
        page = listing.page_of(asked, judging, request.user, at)
    except listing.CannotListError as error:
        context["fault"], page = str(error), None
    if page is not None:
        context["page"] = page
        context["lines"] = listing.lines_of(page.ids, judging, [known[n] for n in names], at)
        context["more"] = asked.query(after=page.ids[-1]) if page.more and page.ids else ""
        context["first"] = asked.query() if asked.after is not None else ""
    if part:
        answer = render(request, "leads/found.html", context)
        answer["HX-Push-Url"] = address
        return answer
    whole = _pairs(asked.query())
    context |= {
        "whole": whole, "state": [(name, value) for name, value in whole if name != "columns"],
        "kinds": [
            (filters.PEOPLE, _("People")), (filters.VISITORS, _("Anonymous visitors")),
            (filters.EVERYBODY, _("Everybody")),
        ],
        "programs": [j.program for j in found], "segments": segments(),
        "views": list(_views(request)),
        "any": bool(page and page.total) or Lead.objects.exists(),
    }  # fmt: skip
    return render(request, "leads/list.html", context)


def _heads(asked: Asked, known: dict, names: list[str], judging: Judging | None) -> list[dict[str, Any]]:
    order = listing.order_of(asked, judging)
    heads = []
    for name in ("name", *names):
        column = known[name]
        sorted_by = order.column.key == name
        falls_first = column.kind in ("number", "share", "time")
        falling = not order.falling if sorted_by else falls_first
        heads.append(
            {
                "column": column, "sort": asked.query(sort=f"-{name}" if falling else name),
                "aria": ("descending" if order.falling else "ascending") if sorted_by else "",
            }
        )  # fmt: skip
    return heads


def _choice(known: dict, names: list[str]) -> list[tuple[Any, bool]]:
    first = [(known[n], True) for n in names]
    return [*first, *((c, False) for n, c in known.items() if n not in names and n != "name")]


def _choices(asked: Asked, judging: Judging | None) -> dict[str, Any]:
    """What filters can be added."""
    words = op_words()
    known = columns_of(judging)
    return {
        "testable": [c for c in known.values() if ops_of(c)],
        "ops": list(words.items()),
        "signals": judging.model.intent.signals if judging else (),
        "days": DAYS,
        "tags": list(Tag.objects.order_by("tag").values_list("tag", flat=True).distinct()[:200]),
        "sources": list(Source.objects.order_by("name").values_list("id", "name")),
        "people": list(User.objects.filter(is_active=True).order_by("name", "email")),
    }


def _views(request: HttpRequest) -> QuerySet[SavedView]:
    """One's own and those for everybody."""
    seen = Q(shared=True) | Q(by=request.user)
    return SavedView.objects.filter(seen, removed_at=None).select_related("by")


def _pairs(query: str) -> list[tuple[str, str]]:
    """A query string as the hidden fields of a form."""
    return [(name, value) for name, values in QueryDict(query).lists() for value in values]


@require_POST
@requires(Right.SEE_LEADS)
def save_view(request: HttpRequest) -> HttpResponseBase:
    """Keep how one looks at the leads under a name; of the same name it takes the old one's place."""
    at = now()
    asked, _judging, _found = asked_of(QueryDict(request.POST.get("query", "")), at)
    name = " ".join(request.POST.get("name", "").split())[:LONGEST_NAME]
    query = asked.query()
    if not name:
        messages.error(request, _("A view needs a name: write one that says who is in it."))
        return redirect(f"{reverse('leads:list')}?{query}")
    values = {"query": query, "shared": request.POST.get("shared") == "on", "at": at}
    try:
        with transaction.atomic():
            SavedView.objects.update_or_create(by=request.user, name=name, removed_at=None, defaults=values)
    except IntegrityError:  # saved twice at once
        pass
    messages.success(request, _("The view “%(name)s” is kept.") % {"name": name})
    return redirect(f"{reverse('leads:list')}?{query}")


@require_POST
@requires(Right.SEE_LEADS)
def remove_view(request: HttpRequest, number: int) -> HttpResponseBase:
    view = get_object_or_404(SavedView, pk=number, by=request.user, removed_at=None)
    SavedView.objects.filter(pk=view.pk).update(removed_at=now())
    undo.offer(
        request,
        _("The view “%(name)s” is gone.") % {"name": view.name},
        reverse("leads:restore-view", args=[view.pk]),
    )
    return redirect("leads:list")


@require_POST
@requires(Right.SEE_LEADS)
def restore_view(request: HttpRequest, number: int) -> HttpResponseBase:
    view = get_object_or_404(SavedView, pk=number, by=request.user)
    if SavedView.objects.filter(by=request.user, name=view.name, removed_at=None).exists():
        messages.error(request, _("There is a view of that name again: remove that one first."))
        return redirect("leads:list")
    SavedView.objects.filter(pk=view.pk).update(removed_at=None)
    return redirect(f"{reverse('leads:list')}?{view.query}")
