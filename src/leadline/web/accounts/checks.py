"""What must hold of the pages before anything is served."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register

from leadline.web.accounts.routes import routes


@register(Tags.security)
def every_address_says_who_may(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """An address that names no right, and is not listed as public, is a mistake."""
    return [
        Error(
            f"`{route.path}` says neither which right it wants nor that it is public",
            hint="put @requires(Right.…) above its view, or its name into PUBLIC of accounts/access.py",
            id="leadline.E001",
        )
        for route in routes()
        if route.rights is None and not route.public
    ]
