"""Reading: what arrived, as facts.

`read_arrival` is a pure function: the same arrival gives the same facts, however often and whenever it
is read, so a worker that was cut off reads again and nothing changes.
"""

from __future__ import annotations

import logging

from leadline.web.capture.facts import Arrival, Failed, Read, Refused
from leadline.web.capture.reading.forms import read_form
from leadline.web.capture.reading.json_text import BOM
from leadline.web.capture.reading.keeping import UNKNOWN_SOURCE, failed_message, failed_request
from leadline.web.capture.reading.messages import read_message
from leadline.web.capture.reading.sessions import sessions
from leadline.web.capture.reading.split import Envelope, split
from leadline.web.capture.reading.unreadable import UnreadableError

__all__ = ["UNKNOWN_SOURCE", "failed_request", "read_arrival", "sessions"]

_log = logging.getLogger(__name__)


def read_arrival(arrival: Arrival) -> list[Read | Failed | Refused]:
    """What each message of an arrival says, why it could not be read, or that it is not to be stored.

    One result a message, in their order; one `Failed` where the body has no messages to be found. No bytes
    make it raise. Instants are microseconds UTC.

    >>> from leadline.web.capture.facts import SourceInfo
    >>> site = SourceInfo(1, "site", trusted=False, kind="browser")
    >>> body = b'{"event": "Signed Up", "anonymousId": "a1", "messageId": "m1"}'
    >>> [read] = read_arrival(Arrival(7, site, 1_000_000, "track", body))
    >>> read.event.event_id, read.event.event, read.event.subject
    ('site:m1', 'Signed Up', Subject(kind='anon', value='a1'))
    """
    if arrival.kind != "batch":
        return [_read_one(arrival, Envelope(), arrival.body.removeprefix(BOM), 0)]
    try:
        envelope, messages = split(arrival.body)
    except UnreadableError as error:
        return [failed_request(arrival, error.reason, error.detail)]
    return [_read_one(arrival, envelope, text, index) for index, text in enumerate(messages)]


def _read_one(arrival: Arrival, envelope: Envelope, text: bytes, index: int) -> Read | Failed | Refused:
    try:
        if arrival.kind == "form":
            return read_form(arrival)
        return read_message(arrival, envelope, text, index)
    except UnreadableError as error:
        return failed_message(arrival, envelope, text, index, error.reason, error.detail)
    except Exception as error:
        # A fault of ours must not stop the queue: the message is kept, and can be read again once mended.
        _log.exception("A message could not be read", extra={"arrival": arrival.id, "index": index})
        detail = f"Reading it failed unexpectedly ({type(error).__name__}); read it again after an update."
        return failed_message(arrival, envelope, text, index, "reader_error", detail)
