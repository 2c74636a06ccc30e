"""What is kept of a message's context: how the visit came, with what, from where; no device's ids."""

from __future__ import annotations

import ipaddress
from typing import Any

from leadline.web.capture.facts import Arrival
from leadline.web.capture.reading.addresses import campaign_of, click_ids_of, query_of, storable
from leadline.web.capture.reading.agents import agent_of, visitors_agent
from leadline.web.capture.reading.referrers import channel_of
from leadline.web.capture.reading.unreadable import UnreadableError

_PAGE = ("url", "path", "title", "referrer", "search")
_ADDRESSES = ("url", "path", "search", "href", "referrer")
_NAMED = ("library", "app", "os")
MAX_TEXT = 4096
MOST_CATEGORIES = 50


def mapping(message: dict[str, Any], name: str) -> dict[str, Any]:
    """A member that is an object; empty where it is absent."""
    value = message.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise UnreadableError(f"invalid_{name}", f"`{name}` is an object, and this is another thing.")
    return value


def page_of(properties: dict[str, Any], context: dict[str, Any]) -> dict[str, str]:
    """Address, path, title and referrer of the page, as the message says them, not yet fit to store."""
    page = context.get("page")
    page = page if isinstance(page, dict) else {}
    said = {name: properties.get(name) or page.get(name) for name in _PAGE}
    return {
        name: value[:MAX_TEXT] for name, value in said.items() if isinstance(value, str) and value.strip()
    }


def clean(properties: dict[str, Any]) -> dict[str, Any]:
    """Properties whose addresses are fit to store; the rest as it came, without what is null."""
    return {name: _clean(name, value) for name, value in properties.items() if value is not None}


def stored_context(
    arrival: Arrival,
    message: dict[str, Any],
    context: dict[str, Any],
    page: dict[str, str],
    warnings: list[str],
) -> dict[str, Any]:
    """What is kept beside an event; members that have nothing to say are left out."""
    query = query_of(page.get("url"), page.get("search"))
    campaign, clicks = campaign_of(context.get("campaign"), query), click_ids_of(query)
    agent = agent_of(visitors_agent(context, message, arrival.source.kind, arrival.user_agent))
    by_visit = page or campaign or clicks
    kept = {
        "session": _short(context.get("sessionId")),
        "campaign": campaign,
        "click_ids": clicks,
        "referrer": channel_of(page.get("referrer"), page.get("url"), campaign, clicks) if by_visit else {},
        "agent": agent,
        "locale": _short(context.get("locale")),
        "timezone": _short(context.get("timezone")),
        "ip": _network(context.get("ip"), arrival),
        "page": clean(page),
        "consent": consent_of(context),
        "warnings": list(dict.fromkeys(warnings)),
        **{name: _named(context.get(name)) for name in _NAMED},
    }
    return {name: value for name, value in kept.items() if value}


def consent_of(context: dict[str, Any]) -> dict[str, bool]:
    """What the visitor allowed and what not, by category, as the page's banner tells it."""
    told = context.get("consent")
    said = told.get("categoryPreferences") if isinstance(told, dict) else None
    if not isinstance(said, dict):
        return {}
    kept = {_short(name): allowed for name, allowed in said.items() if isinstance(allowed, bool)}
    return dict(sorted(kept.items())[:MOST_CATEGORIES])


def _clean(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if name == "search":
        return storable("?" + value.lstrip("?")) if value.strip() else ""
    if name in _ADDRESSES or value.lower().startswith(("http://", "https://")):
        return storable(value)
    return value


def _short(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).strip()[:200]


def _named(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    said = {name: _short(value.get(name)) for name in ("name", "version")}
    return {name: text for name, text in said.items() if text}


def _network(stated: Any, arrival: Arrival) -> str:
    """Where it came from, as a network and not as a person: 256 addresses of IPv4, a site of IPv6."""
    of_request = "" if arrival.source.kind == "server" else arrival.ip
    try:
        address = ipaddress.ip_address(str(stated or of_request).strip()[:64].partition("%")[0])
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    bits = 24 if address.version == 4 else 48
    return str(ipaddress.ip_network(f"{address}/{bits}", strict=False).network_address)
