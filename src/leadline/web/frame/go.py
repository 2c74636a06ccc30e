"""Ctrl-K: one field that finds people, companies, screens and actions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from rapidfuzz import fuzz, utils

from leadline.web.accounts.access import Right, may, owners_seen, requires
from leadline.web.accounts.models import User
from leadline.web.board import table
from leadline.web.board.filters import PEOPLE, of_kind
from leadline.web.frame.places import Place, all_places, open_to
from leadline.web.instants import now
from leadline.web.leads.models import Lead

MOST_PEOPLE, MOST_COMPANIES, MOST_SCREENS = 8, 4, 6
LONGEST = 100  # characters of what is looked for
SHORTEST_TYPO = 4  # letters: of fewer, everything is nearly everything
ALIKE = 80  # of 100: so that a typing error still finds a screen


@dataclass(frozen=True)
class Found:
    """A line of the answer."""

    url: str
    title: str
    about: str = ""
    key: str = ""


@dataclass(frozen=True)
class Section:
    title: str
    lines: list[Found]


@require_GET
@requires()
def go(request: HttpRequest) -> HttpResponse:
    """What fits to `q`: a page, or the part of one that the dialog shows."""
    sought = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST]
    sections = [s for s in _sections(request.user, sought, now()) if s.lines]
    part = request.headers.get("HX-Request") == "true"
    template = "leadline/go_found.html" if part else "leadline/go.html"
    return render(request, template, {"sought": sought, "sections": sections})


def _sections(user: User, sought: str, at: int) -> Iterable[Section]:
    screens = Section(_("Screens and actions"), _screens(user, sought))
    if not sought or not may(user, Right.SEE_LEADS):
        return [screens]
    people = Section(_("People"), list(_people(user, sought, at)))
    companies = Section(_("Companies"), list(_companies(user, sought)))
    first = any(line.title.casefold().startswith(sought.casefold()) for line in screens.lines)
    return [screens, people, companies] if first else [people, companies, screens]


def _screens(user: User, sought: str) -> list[Found]:
    """All of them where nothing is looked for, else those that fit, the best first."""
    places = open_to(user, all_places())
    if sought:
        fits = {place: _fit(place, sought) for place in places}
        places = sorted((p for p in places if fits[p] >= ALIKE), key=lambda p: -fits[p])[:MOST_SCREENS]
    return [Found(p.url, str(p.title), key=f"g {p.key}" if p.key else "") for p in places]


def _fit(place: Place, sought: str) -> float:
    """How well a screen fits, of 100: beginnings of words first, then what is nearly written so.

    Whatever somebody types in the middle of a word is no match: `ad` is not "Leads".
    """
    words = utils.default_process(f"{place.title} {place.also}").split()
    wanted = utils.default_process(sought).split()
    if not wanted:
        return 0
    title = utils.default_process(str(place.title))
    if all(any(word.startswith(w) for word in words) for w in wanted):
        return 100 if title.startswith(wanted[0]) else 95
    if min(map(len, wanted)) < SHORTEST_TYPO:
        return 0
    return min(max((fuzz.ratio(w, word[: len(w) + 1]) for word in words), default=0) for w in wanted)


def _people(user: User, sought: str, at: int) -> Iterable[Found]:
    """Every word is in name, address or company, or nearly so where nobody has them as they are."""
    scope = owners_seen(user)
    rows = table.query(None, of_kind(PEOPLE), now=at, scope=scope, limit=MOST_PEOPLE, search=sought)
    for row in rows:
        lead = row.lead
        about = " · ".join(part for part in (lead["company"], lead["email"] if lead["name"] else "") if part)
        yield Found(reverse("leads:page", args=[lead["lead_id"]]), str(row), about)


def _companies(user: User, sought: str) -> Iterable[Found]:
    """Companies of leads that somebody sees; a line leads to the company, or to its people."""
    if owners_seen(user) is not None:
        return
    names = (
        Lead.objects.filter(company__icontains=sought).order_by("company").values_list("company", flat=True)
    )
    for name in names.distinct()[:MOST_COMPANIES]:
        yield Found(_company_url(name), name)


def _company_url(name: str) -> str:
    try:
        return f"{reverse('companies:list')}?{urlencode({'search': name})}"
    except NoReverseMatch:
        return f"{reverse('leads:list')}?{urlencode({'search': name})}"
