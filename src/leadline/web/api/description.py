"""The API's own description, for whoever is signed in or has a key."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.views.decorators.http import require_safe

from leadline.web.api.callers import Key
from leadline.web.api.problems import TYPE, problem
from leadline.web.api.root import api


@login_not_required
@require_safe
def description(request: HttpRequest) -> HttpResponseBase:
    """The OpenAPI document."""
    if not request.user.is_authenticated and Key()(request) is None:
        return problem(request, 401, "Sign in, or send an API key: `Authorization: Bearer sk_live_…`.")
    return JsonResponse(described())


def described() -> dict[str, Any]:
    """The OpenAPI document; errors go out as problems, which the library would call plain JSON."""
    document = api.get_openapi_schema(path_prefix="/api/v1/")
    for operations in document["paths"].values():
        for operation in operations.values():
            for code, answer in operation["responses"].items():
                if int(code) >= 400 and "content" in answer:
                    answer["content"] = {TYPE: answer["content"]["application/json"]}
    return document
