"""Who calls: the key, what it may do, how often it calls, and whether it calls for the second time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from ninja.security import HttpBearer

from leadline.web.accounts.access import Right, rights_of
from leadline.web.accounts.api_keys import acting, key_of
from leadline.web.api.models import AnsweredCall
from leadline.web.api.problems import ProblemError
from leadline.web.instants import DAY, MINUTE, SECOND, now
from leadline.web.lead_pages.reach import reached
from leadline.web.leads.models import Lead
from leadline.web.operations.proxies import Proxies

PER_MINUTE = 600  # calls of one key
LONGEST_KEY = 255
KEPT = DAY  # answers to calls that may be repeated


class Key(HttpBearer):
    """`Authorization: Bearer sk_live_…`; afterwards `request.user` is who the key acts for."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        if settings.SURROUNDINGS.https and not request.is_secure():
            said = "This key went over the network unencrypted: use https, and make a new one."
            raise ProblemError(403, said)
        proxies = Proxies(settings.SURROUNDINGS.trusted_proxies)
        address = proxies.nearest(
            request.META.get("REMOTE_ADDR", ""), request.headers.get("X-Forwarded-For", "")
        )
        at = now()
        key = key_of(f"Bearer {token}", address, at)
        if key is None:
            return None
        _count(key.pk, at)
        request.user = acting(key)
        return key


def _count(key: int, at: int) -> None:
    """A window of a clock minute; counted in the cache that all servers share."""
    minute = at // MINUTE
    name = f"api:{key}:{minute}"
    cache.add(name, 0, timeout=120)
    try:
        count = cache.incr(name)
    except ValueError:  # it went between the two
        return
    if count > PER_MINUTE:
        wait = 60 - at // SECOND % 60
        raise ProblemError(
            429, f"More than {PER_MINUTE} calls a minute: wait {wait} seconds.", retry_after=wait
        )


def needs(*rights: Right) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """An operation for keys that have these rights; checked before anything is read or written."""

    def guard(operation: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(operation)
        def guarded(request: HttpRequest, *args: Any, **named: Any) -> Any:
            if not set(rights) <= rights_of(request.user):
                raise PermissionDenied
            return operation(request, *args, **named)

        return guarded

    return guard


def the_lead(request: HttpRequest, number: int) -> Lead:
    """The lead of that number, if the caller may see it."""
    found = reached(request.user, number) if number > 0 else None
    if found is None:
        raise Http404(f"There is no lead {number}, or none that this key may see.")
    return found


def once(operation: Callable[..., Any]) -> Callable[..., Any]:
    """With an `Idempotency-Key` an operation is done once, however often it is called within a day."""

    @wraps(operation)
    def guarded(request: HttpRequest, *args: Any, **named: Any) -> Any:
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            with transaction.atomic():
                return operation(request, *args, **named)
        if len(key) > LONGEST_KEY or not key.isprintable():
            raise ProblemError(422, f"An idempotency key has 1 to {LONGEST_KEY} printable characters.")
        asked = _digest(request)
        before = AnsweredCall.objects.filter(api_key_id=request.auth.pk, key=key).first()
        if before is not None:
            return _again(before, asked)
        try:
            with transaction.atomic():
                answer = operation(request, *args, **named)
                _remember(request, key, asked, answer)
        except IntegrityError:
            first = AnsweredCall.objects.filter(api_key_id=request.auth.pk, key=key).first()
            if first is None:
                raise
            return _again(first, asked)
        return answer

    return guarded


def _digest(request: HttpRequest) -> str:
    asked = f"{request.method} {request.get_full_path()}\n".encode() + request.body
    return hashlib.sha256(asked).hexdigest()


def _remember(request: HttpRequest, key: str, asked: str, answer: Any) -> None:
    body = answer.value.model_dump_json()
    AnsweredCall.objects.create(
        api_key_id=request.auth.pk, key=key, asked=asked, at=now(), status=answer.status_code, body=body
    )


def _again(before: AnsweredCall, asked: str) -> HttpResponse:
    if before.asked != asked:
        raise ProblemError(422, "This idempotency key was used for another call: take a new one.")
    answer = HttpResponse(before.body, content_type="application/json", status=before.status)
    answer["Idempotency-Replayed"] = "true"
    return answer


def forget_old(at: int) -> None:
    AnsweredCall.objects.filter(at__lt=at - KEPT).delete()
