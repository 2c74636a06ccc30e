"""Undo instead of "are you sure?": what was done is said, with a button that takes it back.

The message is one of Django's own, so it outlives a redirect and shows on a page without script too. The
button sends a POST to an address that stays good after the message has gone from the screen.
"""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest, HttpResponseBase

Answering = Callable[[HttpRequest], HttpResponseBase]
_UNDO = "undo:"
SAID = "leadline:said"  # the event by which a page with script fetches what was said


def offer(request: HttpRequest, text: str, undo_url: str) -> None:
    """Say what was done, with a button that sends a POST to `undo_url`, an address of ours.

    Raises ValueError for an address that does not begin with one `/`.
    """
    if not undo_url.startswith("/") or undo_url.startswith("//") or any(c.isspace() for c in undo_url):
        raise ValueError(f"an undo address is a path such as /acts/7/undo, got `{undo_url[:60]}`")
    messages.success(request, text, extra_tags=_UNDO + undo_url)


def address_of(message: Message) -> str:
    """Where the button of a message sends to; empty where it has none."""
    tags = message.extra_tags or ""
    return tags.removeprefix(_UNDO) if tags.startswith(_UNDO) else ""


def told(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: a part that was fetched by script tells the page around it that there is a message."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        waiting = request.headers.get("HX-Request") == "true" and hasattr(request, "_messages")
        if waiting and len(request._messages) and not request._messages.used:
            response.headers.setdefault("HX-Trigger-After-Settle", SAID)
        return response

    return middleware
