"""The capture application: the tracking API that clients of Segment and RudderStack speak.

It can be served alone, or beside the workspace: `owns` says which paths are its own.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from starlette.applications import Starlette
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from leadline.web.capture import endpoints
from leadline.web.capture.answers import Answer, Headers, Refusal, cors, preflight
from leadline.web.capture.asked import Asked
from leadline.web.capture.gateway import Gateway
from leadline.web.capture.inbox import NotStoredError
from leadline.web.capture.options import CaptureSettings
from leadline.web.operations.logs import request_id

log = logging.getLogger("leadline.capture")

Handler = Callable[[Gateway, Asked], Awaitable[Answer]]


def _part(name: str, pattern: str) -> None:
    """A part of a path that fits this pattern alone."""
    register_url_convertor(name, type(f"Part{name}", (StringConvertor,), {"regex": pattern})())


_part("ingest", "batch|import|b|" + "|".join(f"{name}|{name[0]}" for name in endpoints.TYPES))
_part("type", "|".join(endpoints.TYPES))
_part("key", "[!-.0-~]{1,64}")
_part("script", r"[A-Za-z0-9_.-]{1,200}\.js")
_part("end", "/?")  # clients write a slash at the end or not, and must not be redirected

ADDRESSES: tuple[tuple[str, Handler, tuple[str, ...]], ...] = (
    ("/v1/{kind:ingest}{_:end}", endpoints.ingest, ("POST",)),
    ("/beacon/v1/{kind:ingest}{_:end}", endpoints.ingest, ("POST",)),
    ("/v1/m{_:end}", endpoints.client_metrics, ("POST",)),
    ("/v1/projects/{key:key}/settings{_:end}", endpoints.browser_settings, ("GET", "HEAD")),
    ("/sourceConfig{_:end}", endpoints.source_config, ("GET", "HEAD")),
    ("/v1/pixel/{kind:type}{_:end}", endpoints.pixel, ("GET", "HEAD")),
    ("/pixel/v1/{kind:type}{_:end}", endpoints.pixel, ("GET", "HEAD")),
    ("/leadline.js", endpoints.leadline_js, ("GET", "HEAD")),
    ("/analytics.js/v1/{key:key}/analytics.min.js", endpoints.analytics_js, ("GET", "HEAD")),
    ("/analytics-next/bundles/{file:script}", endpoints.analytics_bundle, ("GET", "HEAD")),
    ("/health{_:end}", endpoints.health, ("GET", "HEAD")),
    ("/version{_:end}", endpoints.version, ("GET", "HEAD")),
    ("/robots.txt", endpoints.robots, ("GET", "HEAD")),
)


class Capture(Starlette):
    """Requests go straight to their endpoints, which do themselves what Starlette's layers would do.

    Those layers, with their search for a route, cost a third of all that is done for a small request.
    """

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        found = _route_of(scope["path"], self.routes) if scope["type"] == "http" else None
        if found is None:
            await super().__call__(scope, receive, send)
            return
        endpoint, parts = found
        scope["path_params"] = parts
        await endpoint(scope, receive, send)


def _route_of(path: str, routes: Sequence[Any]) -> tuple[Endpoint, dict[str, str]] | None:
    for route in routes:
        if match := route.path_regex.match(path):
            return route.endpoint, match.groupdict()
    return None


def create_app(settings: CaptureSettings, *, gateway: Gateway | None = None) -> Starlette:
    """The application. `app.state.gateway` is what it shares with others in the same process."""
    gate = gateway or Gateway(settings)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        with suppress(NotStoredError):  # a database that is away at the start may come; until then it is 503
            await gate.inbox.receive([])
        yield
        await gate.close()

    routes = [Route(path, Endpoint(gate, handler, methods)) for path, handler, methods in ADDRESSES]
    app = Capture(routes=routes, lifespan=lifespan, exception_handlers={404: _not_found})
    app.router.redirect_slashes = False
    app.state.gateway = gate
    return app


def paths() -> tuple[str, ...]:
    """The patterns of all paths that this application answers."""
    return tuple(path for path, _, _ in ADDRESSES)


def owns(path: str) -> bool:
    """Is this path this application's?

    >>> owns("/v1/batch/"), owns("/v1/leads"), owns("/robots.txt")
    (True, False, True)
    """
    return any(route.path_regex.match(path) for route in _OWNED)


_OWNED = [Route(path, lambda request: Response()) for path in paths()]


class Endpoint:
    """What all addresses have in common: methods, cross-origin requests, errors, a name for each request."""

    def __init__(self, gateway: Gateway, handler: Handler, methods: tuple[str, ...]) -> None:
        self._gateway, self._handler, self._methods = gateway, handler, methods

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        asked = Asked(scope, receive)
        named = request_id.set(asked.id.decode())
        try:
            answer = await self._answered(asked)
            headers: Headers = [
                *answer.headers, *cors(asked.headers), (b"x-request-id", asked.id),
                (b"x-content-type-options", b"nosniff"),
            ]  # fmt: skip
            if answer.status not in (204, 304):
                headers.append((b"content-length", b"%d" % len(answer.body)))
            await send({"type": "http.response.start", "status": answer.status, "headers": headers})
            body = b"" if asked.method == "HEAD" else answer.body
            await send({"type": "http.response.body", "body": body})
        finally:
            request_id.reset(named)

    async def _answered(self, asked: Asked) -> Answer:
        if asked.method == "OPTIONS":
            return preflight(asked.headers, self._methods)
        try:
            if asked.method not in self._methods:
                raise Refusal(405, "method_not_allowed", f"use {' or '.join(self._methods)} here")
            return await self._handler(self._gateway, asked)
        except Refusal as refusal:
            log.log(
                logging.WARNING if refusal.status >= 500 else logging.INFO, "refused",
                extra={"status": refusal.status, "code": refusal.code, "handler": self._handler.__name__},
            )  # fmt: skip
            return refusal.answer()
        except Exception:
            log.exception("a fault of ours", extra={"handler": self._handler.__name__})
            return Refusal(503, "fault", "something failed here; send it again", retry_after=5).answer()


async def _not_found(request: Request, fault: Exception) -> Response:
    answer = Refusal(404, "not_found", "there is nothing at this address").answer()
    return Response(answer.body, answer.status, {k.decode(): v.decode() for k, v in answer.headers})
