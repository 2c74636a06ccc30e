"""What went wrong, as RFC 9457 has it: `application/problem+json`."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from leadline.web.leads.actions import CannotTagError
from leadline.web.recording import NoSuchLeadError

TYPE = "application/problem+json"


class ProblemError(Exception):
    """Something that the caller can mend: status, what was given, what was expected, what to do next."""

    def __init__(self, status: int, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.status, self.detail, self.more = status, detail, more


def problem(request: HttpRequest, status: int, detail: str, **more: Any) -> HttpResponse:
    """One problem as an answer."""
    told = {
        "type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail,
        "instance": request.path, **more,
    }  # fmt: skip
    answer = HttpResponse(json.dumps(told), content_type=TYPE, status=status)
    if status == HTTPStatus.UNAUTHORIZED:
        answer["WWW-Authenticate"] = 'Bearer realm="Leadline"'
    return answer


def install(api: NinjaAPI) -> None:
    """Let every error of the API be such a problem."""

    @api.exception_handler(ProblemError)
    def _told(request: HttpRequest, error: ProblemError) -> HttpResponse:
        answer = problem(request, error.status, error.detail, **error.more)
        if "retry_after" in error.more:
            answer["Retry-After"] = str(error.more["retry_after"])
        return answer

    @api.exception_handler(ValidationError)
    def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        faults = [
            {"at": [str(part) for part in e.get("loc", ())], "detail": str(e.get("msg", ""))}
            for e in error.errors
        ]
        return problem(request, 422, "The call does not read: see `errors`.", errors=faults)

    @api.exception_handler(AuthenticationError)
    def _unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        detail = "Send an API key that holds: `Authorization: Bearer sk_live_…`."
        return problem(request, 401, detail)

    @api.exception_handler(PermissionDenied)
    def _refused(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
        return problem(request, 403, "This key has not the right to do that.")

    @api.exception_handler(Http404)
    def _absent(request: HttpRequest, error: Http404) -> HttpResponse:
        return problem(request, 404, str(error) or "There is no such thing, or none that this key may see.")

    @api.exception_handler(NoSuchLeadError)
    def _no_lead(request: HttpRequest, error: NoSuchLeadError) -> HttpResponse:
        return problem(request, 404, str(error))

    @api.exception_handler(CannotTagError)
    def _no_tag(request: HttpRequest, error: CannotTagError) -> HttpResponse:
        return problem(request, 422, str(error))

    @api.exception_handler(RequestDataTooBig)
    def _large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
        return problem(request, 413, "The body is too large: send at most 1 MB.")

    @api.exception_handler(HttpError)
    def _other(request: HttpRequest, error: HttpError) -> HttpResponse:
        return problem(request, error.status_code, str(error))
