"""A ledger in a few words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from leadline.model.shape import Model
from leadline.web.leads.templatetags.shown import score

MOST = 3


def titles_of(model: Model) -> dict[str, str]:
    """Rule or signal -> its title."""
    return {r.id: r.title for r in model.fit.rules} | {s.id: s.title for s in model.intent.signals}


def why(ledger: Sequence[Mapping[str, Any]], titles: Mapping[str, str]) -> str:
    """The entries that weigh most, what somebody did before what they are: `Viewed pricing +9.9`."""
    weighty = sorted(ledger, key=lambda e: (e["part"] != "intent", -e["points"]))[:MOST]
    return " · ".join(_entry(e, titles) for e in weighty if e["points"] > 0)


def _entry(entry: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    title = titles.get(entry["rule"], entry["rule"])
    often = _("%(what)s, %(count)s times") % {"what": title, "count": entry["events"]}
    return f"{often if entry['events'] > 1 else title} +{score(entry['points'])}"
