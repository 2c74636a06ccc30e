"""The addresses of the API. Who may is asked of the key, not of a session."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, path

from leadline.web.api.description import description
from leadline.web.api.root import api

app_name = "api"
_INNER, *_ = api.urls


def _open(pattern: URLPattern) -> URLPattern:
    pattern.callback = login_not_required(pattern.callback)
    return pattern


urlpatterns = [
    path("openapi.json", description, name="description"),
    *(_open(pattern) for pattern in _INNER if pattern.name not in ("openapi-json", "api-root")),
]
