"""The inbox of this installation, as the Django side uses it."""

from __future__ import annotations

from django.conf import settings

from leadline.web.capture.inbox import Inbox, open_inbox

_shared: list[Inbox] = []


def the_inbox() -> Inbox:
    """One for the process, opened with its first use."""
    if not _shared:
        inbox = open_inbox(settings.SURROUNDINGS.inbox_url)
        inbox.create()
        _shared.append(inbox)
    return _shared[0]


def share(inbox: Inbox) -> None:
    """Use the one that the capture application of this process already writes to."""
    _shared[:] = [inbox]


def waiting() -> tuple[int, int | None]:
    """How many requests wait for the worker, and since when the oldest does (microseconds)."""
    inbox = the_inbox()
    return inbox.count(), inbox.oldest()
