"""One server for everything: capture answers what is its own, Django the rest."""

from __future__ import annotations

import os
import warnings
from collections.abc import Awaitable, Callable
from typing import Any

Scope = dict[str, Any]
App = Callable[[Scope, Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]]

LARGER_BODIES = {"/imports": 512 * 1024 * 1024}  # pages that take files


def from_environment() -> App:
    """The application as the environment has it, for any ASGI server."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadline.web.settings")
    # WhiteNoise reads its files as it always did; they are small.
    warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume")
    from django.core.asgi import get_asgi_application

    workspace = get_asgi_application()

    from django.conf import settings

    from leadline.web.capture import installed
    from leadline.web.capture.alone import settings_of
    from leadline.web.capture.app import create_app, owns
    from leadline.web.health import figures
    from leadline.web.operations import pipe
    from leadline.web.operations.logs import catch_all
    from leadline.web.operations.metrics import publish
    from leadline.web.operations.uploads import Bounded

    catch_all()
    pages = Bounded(workspace, larger=LARGER_BODIES, cookie=settings.SESSION_COOKIE_NAME)
    capture = create_app(settings_of(settings.SURROUNDINGS))
    installed.share(capture.state.gateway.inbox)
    publish(capture.state.gateway.counts.registry)
    publish(figures())
    publish(pipe.registry)

    async def app(scope: Scope, receive: Any, send: Any) -> None:
        own = scope["type"] == "lifespan" or (scope["type"] == "http" and owns(scope["path"]))
        await (capture if own else pages)(scope, receive, send)

    return app
