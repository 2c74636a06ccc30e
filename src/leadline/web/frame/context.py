"""What the base template shows around a page, for Django's templates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from leadline.web.frame import places, preferences


@dataclass
class Frame:
    """Computed when a template asks: a part of a page that is swapped needs none of it."""

    request: HttpRequest

    @cached_property
    def theme(self) -> str:
        return preferences.theme_of(self.request)

    @cached_property
    def keys(self) -> bool:
        return preferences.keys_of(self.request)

    @cached_property
    def groups(self) -> list[dict[str, Any]]:
        return [
            {"title": group.title, "places": [self._shown(place) for place in group.places]}
            for group in places.groups_for(self.request.user)
        ]

    @cached_property
    def foot(self) -> list[dict[str, Any]]:
        return [self._shown(place) for place in places.open_to(self.request.user, places.FOOT)]

    @cached_property
    def jumps(self) -> list[places.Place]:
        """The screens that `g` and a letter lead to."""
        return [p for p in places.open_to(self.request.user, places.all_places()) if p.key]

    @cached_property
    def words(self) -> dict[str, str]:
        """What scripts say."""
        return {
            "live": _("Live"),
            "paused": _("Paused"),
            "pause": _("Pause"),
            "resume": _("Go on"),
            "copied": _("Copied"),
            "signedOut": _("Signed out: reload the page"),
            "offline": _("No connection, trying again"),
            "failed": _("That did not work. Reload the page and try again."),
            "unreachable": _("The server cannot be reached. Try again in a moment."),
            "close": _("Close"),
        }

    def _shown(self, place: places.Place) -> dict[str, Any]:
        match = self.request.resolver_match
        here = match is not None and place.is_here(match.view_name)
        return {"title": place.title, "url": place.url, "icon": place.icon, "here": here, "key": place.key}


def frame(request: HttpRequest) -> dict[str, Frame]:
    return {"frame": Frame(request)}
