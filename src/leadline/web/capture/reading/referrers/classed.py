"""Sites by their hosts, and the kind of a visit by its site and its campaign.

The hosts are those of Matomo's searchengine-and-social-list (CC0); `update.py` writes them anew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib import resources

from leadline.identity.companies import domain
from leadline.web.capture.reading.addresses import host_of

# A site may stand under several kinds: ChatGPT also searches.
_KINDS = ("ai", "mail", "social", "search")
_PAID = re.compile(r"(.*[-_ ]|)(cpc|ppc|cpm|cpv|cpa|cpp|paid.*|retargeting|display|banner|ads?)([-_ ].*|)")
_MEDIUMS = {
    "email": "mail", "e-mail": "mail", "e_mail": "mail", "mail": "mail", "newsletter": "mail",
    "social": "social", "social-network": "social", "social-media": "social", "social_media": "social",
    "sm": "social", "social network": "social", "social media": "social",
    "organic": "search", "search": "search",
    "referral": "referral", "affiliate": "referral", "link": "referral", "partner": "referral",
}  # fmt: skip
# fbclid is no proof: Facebook adds it to every link.
_PAID_CLICKS = frozenset((
    "gclid", "gbraid", "wbraid", "dclid", "gad_source", "msclkid", "ttclid", "twclid", "li_fat_id", "rdt_cid",
    "ScCid", "epik", "yclid", "irclickid",
))  # fmt: skip
_MAIL_CLICKS = frozenset(("mc_cid", "_hsmi"))
_JOINT_ENDS = ("com", "org", "net", "co", "it", "edu")


def channel_of(
    referrer: object, page: object, campaign: Mapping[str, str], click_ids: Mapping[str, str]
) -> dict[str, str]:
    """The kind of a visit's page view, and the name of the site or campaign it came by.

    Kinds: `paid`, `mail`, `social`, `search`, `ai`, `referral`, `campaign` (one whose medium says no
    more), `internal` (from the same site) and `direct`.

    >>> channel_of("https://www.google.de/", "https://example.com/", {}, {})
    {'kind': 'search', 'name': 'Google'}
    """
    host, here = host_of(referrer), host_of(page)
    kind, name = site_of(host) if host else ("direct", "")
    if host and here and same_site(host, here):
        kind, name = "internal", host
    stated = _by_campaign(campaign, click_ids)
    if stated == "campaign" and kind in ("mail", "social", "search", "ai", "referral"):
        stated = kind
    if stated:
        kind, name = stated, campaign.get("source", "") or ("" if kind in ("internal", "direct") else name)
    return {"kind": kind, "name": name} if name else {"kind": kind}


def _by_campaign(campaign: Mapping[str, str], click_ids: Mapping[str, str]) -> str:
    medium = campaign.get("medium", "")
    if _PAID_CLICKS & click_ids.keys() or _PAID.fullmatch(medium):
        return "paid"
    if medium in _MEDIUMS:
        return _MEDIUMS[medium]
    if _MAIL_CLICKS & click_ids.keys():
        return "mail"
    return "campaign" if campaign else ""


@lru_cache(maxsize=4096)
def site_of(host: str) -> tuple[str, str]:
    """Kind and name of a host: that of a list, else `referral` under its own name."""
    for kind in _KINDS:
        for key in _keys(host, deep=kind != "search" or ".search." in host):
            name = _sites()[kind].get(key)
            if name:
                return kind, name
    return "referral", host.removeprefix("www.")


@lru_cache(maxsize=4096)
def same_site(host: str, other: str) -> bool:
    """Whether two hosts are of one registered domain."""
    return host.removeprefix("www.") == other.removeprefix("www.") or (domain(host) or "") == domain(other)


def _keys(host: str, *, deep: bool) -> Iterator[str]:
    """The names that a host may have in the lists, the most exact first.

    Search engines are found by their exact host: docs.google.com is not the search.
    """
    bare = host.removeprefix("www.")
    labels = bare.split(".")[-8:]
    for start in range(len(labels) - 1 if deep else 1):
        tail = labels[start:]
        yield ".".join(tail)
        if not start:
            yield "www." + bare
        if len(tail) > 2 and tail[-2] in _JOINT_ENDS and len(tail[-1]) == 2:
            yield ".".join([*tail[:-2], "{}"])
        if len(tail) > 1 and (len(tail[-1]) == 2 or tail[-1] in _JOINT_ENDS):
            yield ".".join([*tail[:-1], "{}"])
        if len(tail) > 2 and len(tail[0]) == 2:
            yield ".".join(["{}", *tail[1:]])


@cache
def _sites() -> dict[str, dict[str, str]]:
    listed = json.loads((resources.files(__package__) / "sites.json").read_text(encoding="utf-8"))
    return {
        kind: {host: name for name, hosts in sites.items() for host in hosts}
        for kind, sites in listed.items()
    }
