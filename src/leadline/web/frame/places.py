"""The screens of the workspace, in one list: the navigation, Ctrl-K and the keys all read it.

Who may open a screen is asked of its view, so that the navigation never shows what the door refuses.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from leadline.web.accounts.access import Right, rights_of
from leadline.web.accounts.models import User

Text = str | Promise


@dataclass(frozen=True)
class Place:
    """A screen: the name of its address, its title, its picture, the letter after `g`, other words for it."""

    name: str
    title: Text
    icon: str = ""
    key: str = ""
    also: Text = ""

    @property
    def url(self) -> str:
        return _known(self.name)[0]

    @property
    def rights(self) -> frozenset[Right] | None:
        """What its view demands; None where there is no such screen."""
        return _known(self.name)[1]

    def is_here(self, view_name: str) -> bool:
        """Whether a page belongs to this screen: to the same part of the workspace."""
        part = self.name.partition(":")[0]
        return view_name == self.name or (":" in self.name and view_name.partition(":")[0] == part)


@dataclass(frozen=True)
class Group:
    title: Text
    places: tuple[Place, ...]


GROUPS = (
    Group(
        "",
        (
            Place("home", _("Today"), "today", "t", _("start home")),
            Place("leads:list", _("Leads"), "leads", "l", _("people contacts visitors")),
            Place("segments:list", _("Segments"), "segments", "s", _("conditions lists filters")),
            Place("companies:list", _("Companies"), "companies", "c", _("accounts targets")),
        ),
    ),
    Group(
        _("Qualification"),
        (
            Place("program:list", _("Program"), "program", "p", _("model rules scoring")),
            Place("learning:home", _("Learning"), "learning", "", _("predictor probability outcomes train")),
        ),
    ),
    Group(
        _("Data"),
        (
            Place("quality:home", _("Data quality"), "quality", "q", _("duplicates stale invalid")),
            Place("imports:list", _("Import"), "import", "i", _("CSV Excel upload")),
            Place("sources:list", _("Sources"), "sources", "o", _("snippet keys tracking failed events")),
            Place("forms:list", _("Forms"), "forms", "f", _("questions embed")),
        ),
    ),
)
FOOT = (
    Place("people:list", _("People"), "people", "e", _("users teams roles invitations")),
    Place("keys", _("API keys"), "keys", "", _("tokens")),
    Place("audit", _("Audit log"), "audit", "", _("who did what")),
    Place("privacy:home", _("Privacy"), "privacy", "", _("erase export consent retention")),
)
# Reached by Ctrl-K alone
ACTIONS = (
    Place("segments:new", _("Make a segment")),
    Place("imports:new", _("Import a file"), also=_("CSV Excel upload HubSpot Salesforce")),
    Place("sources:new", _("Make a source"), also=_("website server snippet")),
    Place("sources:failed", _("Failed events"), also=_("errors mend")),
    Place("forms:new", _("Make a form")),
    Place("quality:duplicates", _("Duplicates to review"), also=_("merge")),
    Place("people:invite", _("Invite somebody"), also=_("user account")),
    Place("me", _("Preferences"), also=_("language time zone dark theme keys")),
    Place("account", _("My account"), also=_("password second factor sessions")),
)


def open_to(user: User, places: Iterable[Place]) -> list[Place]:
    """Those that exist and that somebody may open."""
    held = rights_of(user)
    return [place for place in places if place.rights is not None and place.rights <= held]


def groups_for(user: User) -> list[Group]:
    """The navigation of somebody, without groups that would be empty."""
    found = [Group(group.title, tuple(open_to(user, group.places))) for group in GROUPS]
    return [group for group in found if group.places]


def all_places() -> tuple[Place, ...]:
    return (*(place for group in GROUPS for place in group.places), *FOOT, *ACTIONS)


@lru_cache
def _known(name: str) -> tuple[str, frozenset[Right] | None]:
    try:
        url = reverse(name)
        view = resolve(url).func
    except (NoReverseMatch, Resolver404):
        return "", None
    return url, frozenset(getattr(view, "rights", ()))
