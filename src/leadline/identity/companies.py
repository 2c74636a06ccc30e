"""Companies: their names without legal forms, and the domain that is theirs."""

from __future__ import annotations

import re
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from leadline.identity.emails import email, is_disposable, is_free
from leadline.identity.names import fold

_MORE_FORMS = re.compile(
    r"( (ug|haftungsbeschrankt|mbh|gmbh|gbr|ohg|eg|ev|e k|e u|sas|sasu|sarl|sl|slu|oy|ab|bv|pty|pte|pvt|plc"
    r"|kk|co|company|inc|corp))+$"
)
_AND = re.compile(r"&|\+")


def company_key(name: str | None) -> str | None:
    """A company's name to match by: ASCII, small letters, without legal form; None where nothing is left.

    >>> company_key("Müller & Söhne GmbH"), company_key("THE ACME COMPANY, Inc."), company_key("AG")
    ('muller and sohne', 'acme', 'ag')
    """
    from cleanco import basename

    if not name or not name.strip():
        return None
    whole = fold(_AND.sub(" and ", name))
    bare = fold(_AND.sub(" and ", basename(basename(name)))).removeprefix("the ")
    bare = _MORE_FORMS.sub("", bare)
    return bare or whole or None


def domain(text: str | None) -> str | None:
    """The domain somebody can register, of a web address, a host name or an e-mail; None where there is none.

    >>> domain("https://www.shop.example.co.uk/a?b"), domain("ana@mail.winter.de"), domain("not a domain")
    ('example.co.uk', 'winter.de', None)
    """
    host = _host(text.strip().lower()) if text else None
    if not host or not re.fullmatch(r"[^\s@/:]+\.[^\s@/:.]+", host):
        return None
    return _suffixes().privatesuffix(host)


def company_domain(text: str | None) -> str | None:
    """The domain of a company, of its web address or of a work e-mail; None for free and disposable ones.

    >>> company_domain("ana@winter.de"), company_domain("www.winter.de"), company_domain("ana@gmail.com")
    ('winter.de', 'winter.de', None)
    """
    found = domain(text)
    return None if found is None or is_free(found) or is_disposable(found) else found


def _host(text: str) -> str | None:
    if "@" in text and "/" not in text:
        address = email(text)
        return address.rpartition("@")[2] if address else None
    try:
        host = urlsplit(text if "//" in text else f"//{text}").hostname
    except ValueError:
        return None
    try:
        return host.rstrip(".").encode("idna").decode() if host else None
    except UnicodeError:
        return None


@cache
def _suffixes() -> Any:
    """The public suffix list, as it came with the package; nothing is fetched."""
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(accept_unknown=False, only_icann=True)
