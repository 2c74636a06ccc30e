"""All addresses of the workspace, each with who may open it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from leadline.web.accounts.access import PUBLIC, Right


@dataclass(frozen=True)
class Route:
    """One address: its full name, how it is written, and the rights that it wants; None: it says none."""

    name: str
    path: str
    converters: dict[str, Any]
    rights: tuple[Right, ...] | None

    @property
    def public(self) -> bool:
        return self.name in PUBLIC


def routes(resolver: URLResolver | None = None, before: str = "", within: str = "") -> Iterator[Route]:
    """Every address that the URLconf has, those of included ones too."""
    for each in (resolver or get_resolver()).url_patterns:
        path = before + str(each.pattern)
        if isinstance(each, URLPattern):
            rights = getattr(each.callback, "rights", None)
            yield Route(within + (each.name or ""), path, dict(each.pattern.converters), rights)
        else:
            inner = f"{within}{each.namespace}:" if each.namespace else within
            yield from routes(each, path, inner)
