"""Where e-mail goes out."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

PATIENCE = 10  # seconds that a page waits for the mail server


def mail_settings(url: str) -> dict[str, Any]:
    """Django's settings of an address such as smtp+tls://USER:PASSWORD@mail.example.com:587.

    `smtp+tls` turns to TLS after the greeting, `smtps` begins with it, `smtp` goes without. Of a user's name
    and password what is special in addresses is written with percent signs. Without an address none goes out.

    >>> mail_settings("smtps://ana%40x:p@mail.example.com")["EMAIL_PORT"]
    465
    """
    if not url:
        return {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    parts = urlsplit(url)
    return {
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or {"smtps": 465, "smtp+tls": 587}.get(parts.scheme, 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": PATIENCE,
    }
