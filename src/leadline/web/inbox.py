"""The inbox of this installation, as the Django side uses it."""

from __future__ import annotations

from functools import cache

from django.conf import settings

from leadline.web.capture.inbox import Inbox, open_inbox


@cache
def the_inbox() -> Inbox:
    """One for the process, opened with its first use."""
    inbox = open_inbox(settings.SURROUNDINGS.inbox_url)
    inbox.create()
    return inbox


def waiting() -> tuple[int, int | None]:
    """How many requests wait for the worker, and since when the oldest does (microseconds)."""
    inbox = the_inbox()
    return inbox.count(), inbox.oldest()
