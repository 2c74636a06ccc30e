"""The inbox of this installation, as the Django side uses it."""

from __future__ import annotations

import sqlite3

import psycopg
from django.conf import settings

from leadline.web.capture.inbox import Inbox, NotStoredError, open_inbox


class InboxAwayError(Exception):
    """The inbox cannot be asked; its words may be shown."""


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
    """How many requests wait for the worker, and since when the oldest does (microseconds).

    Raises InboxAwayError: on SQLite the inbox is a file of its own, and the rest may be there without it.
    """
    try:
        inbox = the_inbox()
        return inbox.count(), inbox.oldest()
    except (NotStoredError, sqlite3.Error, psycopg.Error, OSError) as fault:
        raise InboxAwayError(f"the inbox cannot be opened ({type(fault).__name__})") from fault
