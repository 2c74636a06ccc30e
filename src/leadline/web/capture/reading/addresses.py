"""What addresses say: the campaign, the click ids, and what must not be stored of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

CAMPAIGN_KEYS = (
    "source", "medium", "name", "term", "content", "id",
    "source_platform", "creative_format", "marketing_tactic",
)  # fmt: skip
CLICK_IDS = (
    "gclid", "gbraid", "wbraid", "dclid", "gad_source", "fbclid", "msclkid", "ttclid", "twclid", "li_fat_id",
    "rdt_cid", "ScCid", "epik", "yclid", "irclickid", "mc_cid", "_hsmi",
)  # fmt: skip
MAX_ADDRESS = 4096
MAX_VALUE = 512

_UTM = {"utm_campaign": "name"} | {f"utm_{key}": key for key in CAMPAIGN_KEYS if key != "name"}
_CLICK = {name.lower(): name for name in CLICK_IDS}
# They name a recipient, sign somebody in, or are personal data that strayed into an address.
_SECRET = re.compile(
    r"mc_eid|_hsenc|vero_id|mkt_tok|(.*[_-])?(token|jwt|secret|password|passwd|pwd|signature|sig|session|sid)"
    r"|auth|authorization|api_?key|code|otp|e_?mail|phone|ajs_(uid|aid|trait_.*|prop_.*)",
    re.IGNORECASE | re.DOTALL,
)


def query_of(*addresses: Any) -> dict[str, str]:
    """The parameters of addresses or bare query strings, by name in lower case; the first one counts."""
    found: dict[str, str] = {}
    for address in addresses:
        for name, value in _pairs(address):
            if value.strip():
                found.setdefault(name.lower(), value.strip()[:MAX_VALUE])
    return found


def campaign_of(stated: Any, query: dict[str, str]) -> dict[str, str]:
    """The campaign as the client states it, what it leaves out from `utm_` parameters.

    Source and medium are in lower case: `Newsletter` and `newsletter` are one source.
    """
    campaign = {_UTM[name]: value for name, value in query.items() if name in _UTM}
    if isinstance(stated, dict):
        own = {_UTM.get(name, name): value for name, value in stated.items()}
        known = {key: own[key] for key in CAMPAIGN_KEYS if isinstance(own.get(key), str | int | float)}
        campaign |= {
            key: str(value).strip()[:MAX_VALUE] for key, value in known.items() if str(value).strip()
        }
    for key in ("source", "medium"):
        if key in campaign:
            campaign[key] = campaign[key].lower()
    return {key: campaign[key] for key in CAMPAIGN_KEYS if key in campaign}


def click_ids_of(query: dict[str, str]) -> dict[str, str]:
    """What advertising networks add to an address, under the names they gave it."""
    return {name: query[low] for low, name in _CLICK.items() if low in query}


@lru_cache(maxsize=8192)  # pages repeat
def storable(address: str) -> str:
    """An address without what must not be stored: sign-ins, tokens, who an e-mail was sent to.

    >>> storable("https://ana:pw@example.com/x?utm_source=mail&mc_eid=7f#access_token=1")
    'https://example.com/x?utm_source=mail'
    """
    address = address.strip()[:MAX_ADDRESS]
    try:
        parts = urlsplit(address)
    except ValueError:
        return address.partition("?")[0].partition("#")[0]
    host = parts.netloc.rpartition("@")[2]
    fragment, mark, behind = parts.fragment.partition("?")
    if "=" in fragment:
        fragment, mark, behind = "", "", fragment
    kept = _without_secrets(behind)
    fragment = fragment + (mark or "") * bool(kept) + kept
    return urlunsplit((parts.scheme, host, parts.path, _without_secrets(parts.query), fragment))


def host_of(address: Any) -> str:
    """The host of an address in lower case, or "" where there is none."""
    if not isinstance(address, str) or "//" not in address:
        return ""
    try:
        return (urlsplit(address.strip()[:MAX_ADDRESS]).hostname or "").rstrip(".")
    except ValueError:
        return ""


def path_of(address: str) -> str:
    """The path of an address, `/` where it has none."""
    try:
        return urlsplit(address[:MAX_ADDRESS]).path or "/"
    except ValueError:
        return ""


def _pairs(address: Any) -> Iterable[tuple[str, str]]:
    if not isinstance(address, str):
        return []
    text = address.strip()[:MAX_ADDRESS].partition("#")[0]
    query = text.partition("?")[2] if "?" in text else text if "://" not in text else ""
    return parse_qsl(query, keep_blank_values=True, errors="replace")


def _without_secrets(query: str) -> str:
    if not query or not any(_SECRET.fullmatch(name) for name, _ in _pairs("?" + query)):
        return query  # as it came: decoding and encoding again would change what it looks like
    return urlencode([(n, v) for n, v in _pairs("?" + query) if not _SECRET.fullmatch(n)])
