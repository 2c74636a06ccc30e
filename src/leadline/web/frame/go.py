"""Ctrl-K: one field that finds people, companies, screens and actions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from rapidfuzz import fuzz, utils

from leadline.web.accounts.access import Right, may, owners_seen, requires
from leadline.web.accounts.models import User
from leadline.web.frame.places import Place, all_places, open_to
from leadline.web.leads.models import Lead, Subject

PEOPLE, COMPANIES, SCREENS = 8, 4, 6
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
    sections = [s for s in _sections(request.user, sought) if s.lines]
    part = request.headers.get("HX-Request") == "true"
    template = "leadline/go_found.html" if part else "leadline/go.html"
    return render(request, template, {"sought": sought, "sections": sections})


def _sections(user: User, sought: str) -> Iterable[Section]:
    screens = Section(_("Screens and actions"), _screens(user, sought))
    if not sought or not may(user, Right.SEE_LEADS):
        return [screens]
    people = Section(_("People"), list(_people(user, sought)))
    companies = Section(_("Companies"), list(_companies(user, sought)))
    first = any(line.title.casefold().startswith(sought.casefold()) for line in screens.lines)
    return [screens, people, companies] if first else [people, companies, screens]


def _screens(user: User, sought: str) -> list[Found]:
    """All of them where nothing is looked for, else those that fit, the best first."""
    places = open_to(user, all_places())
    if sought:
        fits = {place: _fit(place, sought) for place in places}
        places = sorted((p for p in places if fits[p] >= ALIKE), key=lambda p: -fits[p])[:SCREENS]
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


def _people(user: User, sought: str) -> Iterable[Found]:
    for lead in _leads(user, sought).order_by("-last_seen", "id")[:PEOPLE]:
        about = " · ".join(part for part in (lead.company, lead.email if lead.name else "") if part)
        yield Found(reverse("leads:page", args=[lead.id]), str(lead), about)


def _leads(user: User, sought: str) -> QuerySet[Lead]:
    """Every word is in name, address or company."""
    leads = _seen(user).exclude(kind=Subject.ANON)
    for word in sought.split()[:6]:
        leads = leads.filter(Q(name__icontains=word) | Q(email__icontains=word) | Q(company__icontains=word))
    return leads


def _companies(user: User, sought: str) -> Iterable[Found]:
    """Companies of leads that somebody sees; a line leads to the company, or to its people."""
    leads = _seen(user).filter(company__icontains=sought).exclude(company="")
    for name in leads.order_by("company").values_list("company", flat=True).distinct()[:COMPANIES]:
        yield Found(_company_url(name), name)


def _seen(user: User) -> QuerySet[Lead]:
    return Lead.objects.all() if owners_seen(user) is None else Lead.objects.none()


def _company_url(name: str) -> str:
    try:
        return f"{reverse('companies:list')}?{urlencode({'search': name})}"
    except NoReverseMatch:
        return f"{reverse('leads:list')}?{urlencode({'search': name})}"
