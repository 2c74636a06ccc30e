"""Messages that could not be read: mended and handed to the inbox again, or discarded.

A message is read before it is handed over, by the same function that the worker uses: so whoever mends it is
told at once what is still wrong, and a message that does not read stays open as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from leadline.web.capture.facts import Arrival, Failed, Read, Refused, SourceInfo
from leadline.web.capture.inbox import Inbox
from leadline.web.capture.models import FailedEvent, Source, WriteKey
from leadline.web.capture.queries import info_of, open_failures
from leadline.web.capture.reading import read_arrival
from leadline.web.capture.stores import Row

AT_ONCE = 500
_REFUSED = {"gpc": "the visitor's browser asks not to be tracked", "consent": "the visitor did not consent"}


class NotMendedError(Exception):
    """It cannot be handed over as it is: one sentence that says why."""


@dataclass(frozen=True)
class Sent:
    """What became of many: handed over, still not readable, and how many of the kind are still to try."""

    handed_over: int
    unreadable: int
    remaining: int


def mend(*, failed: FailedEvent, text: str, inbox: Inbox, by: str, at: int) -> None:
    """Hand a mended message to the inbox, as though it had come with its first arrival.

    Returns once it is on disk there. Raises NotMendedError where it does not read or was settled before, and
    the inbox's NotStoredError where it could not be stored; the failed event then stays open.
    """
    _check_kept(failed)
    if failed.kind != "form":
        _check_json(text)
    row = _readable_row(failed, text.encode("utf-8", "surrogatepass"), _source_of(failed), at)
    with transaction.atomic():
        if not _settle([failed.id], by=by, mended_at=at):
            raise NotMendedError(_("Somebody else has sent or discarded it in the meantime."))
        inbox.append([row])


def send_again(*, reason: str, source_id: int, inbox: Inbox, by: str, at: int) -> Sent:
    """Try all open messages of one source and reason as they are, AT_ONCE of them in one go.

    Those that were tried least come first, so that what cannot be read bars nobody's way. It is of use once
    their cause is gone: an update of ours, a write key that was added.
    """
    open_ones = open_failures().filter(reason=reason, source_id=source_id)
    waiting = open_ones.count()
    tried = list(open_ones.order_by("tries", "id")[:AT_ONCE])
    readable = {}
    for failed in tried:
        try:
            readable[failed.id] = _readable_row(failed, bytes(failed.body), _source_of(failed), at)
        except NotMendedError:
            continue
    with transaction.atomic():
        FailedEvent.objects.filter(id__in=[f.id for f in tried if f.id not in readable]).update(
            tries=F("tries") + 1
        )
        settled = _settle(readable, by=by, mended_at=at)
        inbox.append([readable[i] for i in settled])
    return Sent(len(settled), len(tried) - len(readable), waiting - len(tried))


def discard(*, failed: QuerySet[FailedEvent], because: str, by: str, at: int) -> int:
    """Say that messages are not wanted; they are kept, to be taken up again at will. Gives how many."""
    open_ones = failed.filter(mended_at=None, discarded_at=None)
    return open_ones.update(discarded_at=at, settled_by=by, settled_because=because)


def take_up(*, failed: FailedEvent) -> None:
    """Open again what was discarded."""
    FailedEvent.objects.filter(pk=failed.pk).update(discarded_at=None, settled_because="", settled_by="")


def is_kept(failed: FailedEvent) -> bool:
    """Whether its content was kept; it is not where its visitor may not want that."""
    return not _meta(failed).get("withheld")


def mended_from(failed: FailedEvent) -> int | None:
    """The failed event that this one is a second try of."""
    before = _meta(failed).get("mended_from")
    return before if isinstance(before, int) else None


def _check_kept(failed: FailedEvent) -> None:
    if not is_kept(failed):
        raise NotMendedError(_("Its content was not kept, by its visitor's wish: it can only be discarded."))


def _check_json(text: str) -> None:
    """Whoever edits wants to know where."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        raise NotMendedError(
            _("This is not JSON: %(fault)s in line %(line)s, column %(column)s.")
            % {"fault": error.msg.lower(), "line": error.lineno, "column": error.colno}
        ) from None
    except RecursionError:
        raise NotMendedError(_("This is nested too deeply to be read.")) from None


def _settle(ids: Iterable[int], *, by: str, **values: Any) -> list[int]:
    """Settle those that are open, each once however many people press at a time; gives their ids."""
    open_ones = open_failures().select_for_update().filter(id__in=list(ids))
    settled = list(open_ones.order_by("id").values_list("id", flat=True))
    FailedEvent.objects.filter(id__in=settled).update(settled_by=by, tries=F("tries") + 1, **values)
    return settled


def _source_of(failed: FailedEvent) -> SourceInfo:
    """Its source; where nobody knew its write key on arrival, the one that has this key by now."""
    source = Source.objects.filter(id=failed.source_id).first() if failed.source_id else None
    key = str(_meta(failed).get("key") or "")
    if source is None and key:
        found = WriteKey.objects.filter(key=key, revoked_at=None).select_related("source").first()
        source = found.source if found else None
    if source is None:
        raise NotMendedError(_("No source has the write key that it came with: add the key, or discard it."))
    return info_of(source)


def _readable_row(failed: FailedEvent, body: bytes, source: SourceInfo, at: int) -> Row:
    """The message as a row of the inbox, once it is sure that it reads."""
    _check_kept(failed)
    body = _whole(failed, body)
    meta = _meta(failed)
    texts = {name: str(meta.get(key) or "") for name, key in _TEXTS.items()}
    gpc = meta.get("gpc") is True
    arrival = Arrival(0, source, failed.received_at, failed.kind, body, gpc=gpc, **texts)
    found = read_arrival(arrival)
    if not any(isinstance(each, Read) for each in found):
        raise NotMendedError(_why_not(found))
    kept = json.dumps({**meta, "mended_from": failed.id, "queued_at": at}).encode()
    return Row(source.id, failed.received_at, failed.kind, body, kept)


def _why_not(found: list[Read | Failed | Refused]) -> str:
    match found:
        case [Failed(detail=detail), *_]:
            return detail
        case [Refused(reason=reason), *_]:
            return f"It may not be stored: {_REFUSED.get(reason, reason)}."
    return "There is no message in it."


_TEXTS = {"ip": "ip", "user_agent": "ua", "origin": "origin", "referer": "referer"}


def _whole(failed: FailedEvent, body: bytes) -> bytes:
    """A request's body again: a message of a batch stands alone here, and it may lack an id.

    The id is of the failed event, so that a second hand-over after a crash is the same message.
    """
    message = _object(body)
    if failed.kind == "batch" and isinstance(message.get("batch"), list):
        return body
    id_name = "ll_id" if failed.kind == "form" else "messageId"
    if message and not message.get(id_name):
        body = json.dumps({**message, id_name: f"mended-{failed.id}"}).encode()
    return b'{"batch": [%s]}' % body if failed.kind == "batch" else body


def _meta(failed: FailedEvent) -> dict[str, Any]:
    return _object(failed.meta or "{}")


def _object(text: str | bytes) -> dict[str, Any]:
    """A JSON object; empty where it is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
