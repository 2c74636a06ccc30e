"""From the inbox to standings: reading, storing and judging, a small batch at a time.

A batch is one transaction of the main database; only after it is committed do its rows leave the inbox. A
crash in between repeats the batch, and facts that stand already change nothing.
"""

from __future__ import annotations

import json
import logging
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F

from leadline.web.apart import judge_one, mind
from leadline.web.board import base
from leadline.web.board.segments import count_segments
from leadline.web.capture.facts import Arrival, Failed, Read, Refused, SourceInfo
from leadline.web.capture.inbox import Inbox
from leadline.web.capture.models import FailedEvent, Source, Tally, WriteKey
from leadline.web.capture.queries import info_of
from leadline.web.capture.reading import UNKNOWN_SOURCE, failed_request, read_arrival
from leadline.web.capture.stores import Item
from leadline.web.instants import moment, now
from leadline.web.jobs import running as jobs
from leadline.web.leads.store import append, take_turn
from leadline.web.qualification import judging
from leadline.web.qualification.models import Program
from leadline.web.replica import follow

log = logging.getLogger("leadline.worker")

OUTAGE = (OperationalError, InterfaceError)  # a database that is away; any other fault is the facts' own
ITEMS = 100  # requests in a batch
BYTES = 2 * 1024 * 1024  # so that a batch stays small where its requests are not
LEADS = 50  # judged in one transaction because their time has come: what arrives meanwhile waits for them
TRIES = 3  # before a request that cannot be processed is set aside
IDLE = 0.1  # seconds between looks at an empty inbox
AFTER_TROUBLE = 2.0
REPLICA = 5.0  # seconds between appends to the columnar replica
BOARD = 15.0  # seconds between looks at whether the board's file wants writing


@dataclass(frozen=True)
class Message:
    """What one message said, and who sent it; as the store takes it."""

    source_id: int
    read: Read
    trusted: bool
    firsthand: bool = False


@dataclass
class Worker:
    """Takes what arrived, and the leads whose time has come; heavy leads are left to a process beside it.

    Two of them may run: one waits for the other.
    """

    inbox: Inbox
    clock: Callable[[], int] = now
    tries: Counter[int] = field(default_factory=Counter)

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop; trouble with a database is waited out."""
        threading.Thread(target=self._replicate, args=[stop], name="replica", daemon=True).start()
        threading.Thread(target=self._keep_board, args=[stop], name="board", daemon=True).start()
        runners = jobs.begin(stop, self.clock)
        minding = threading.Thread(target=mind, args=[stop, self.clock], name="heavy leads")
        minding.start()
        while not stop.is_set():
            try:
                busy = self.take() + self.wake()
            except OUTAGE as error:
                log.error("the database does not answer, trying again", extra={"fault": type(error).__name__})
                connection.close()
                stop.wait(AFTER_TROUBLE)
                continue
            if not busy:
                stop.wait(IDLE)
        jobs.end(runners)
        minding.join()

    def _replicate(self, stop: threading.Event) -> None:
        """Let the replica follow, in a thread of its own: much at once must hold nobody up.

        It catches up later where its disk is full or the database is away.
        """
        while not stop.wait(REPLICA):
            try:
                follow(self.clock())
            except (OSError, *OUTAGE) as error:
                log.error("the replica cannot follow", extra={"fault": type(error).__name__})
            except Exception:
                log.exception("the replica cannot follow")
        connection.close()

    def _keep_board(self, stop: threading.Event) -> None:
        """Write the board's file anew where much has changed, and count the segments once a day."""
        while not stop.wait(BOARD):
            try:
                base.keep(self.clock())
                count_segments(self.clock())
            except (OSError, *OUTAGE) as error:
                log.error("the board cannot be written", extra={"fault": type(error).__name__})
            except Exception:
                log.exception("the board cannot be written")
        connection.close()

    def round(self) -> int:
        """Everything that waits, once; gives how many requests and leads were dealt with."""
        return self.take() + self.wake() + self.heavy(at_once=True)

    def heavy(self, *, at_once: bool = False) -> int:
        """One heavy lead, if one is ready; `at_once` also where it would rest for a while."""
        return judge_one(self.clock, at_once=at_once)

    def drain(self) -> None:
        """Work until nothing waits."""
        while self.round():
            pass

    def take(self) -> int:
        """One batch of the inbox."""
        items = _small(self.inbox.peek(ITEMS))
        if not items:
            return 0
        try:
            self._process(items)
        except OUTAGE:
            raise
        except Exception:
            log.exception("a batch could not be processed: taking its requests one by one")
            for item in items:
                self._alone(item)
        return len(items)

    def _process(self, items: Sequence[Item]) -> None:
        with transaction.atomic():
            take_turn()
            _store(items, self.clock())
        self.inbox.delete([item.id for item in items])

    def _alone(self, item: Item) -> None:
        """A request by itself; one that fails again and again is set aside, and the rest flows."""
        try:
            self._process([item])
        except OUTAGE:
            raise
        except Exception as error:
            self.tries[item.id] += 1
            if self.tries[item.id] < TRIES:
                return
            log.exception("a request is set aside", extra={"inbox_id": item.id})
            told = f"It could not be processed: {type(error).__name__}."
            with transaction.atomic():
                source = _sources([item]).get(_source_key(item), UNKNOWN_SOURCE)
                failure = failed_request(_arrival(item, source), "not_processed", told)
                _set_aside([_failure(item, item.source_id, failure)])
                _count(Counter({(item.source_id, "failed"): 1}), self.clock())
            self.inbox.delete([item.id])
            del self.tries[item.id]

    def wake(self) -> int:
        """Leads that time alone may have changed, and those that a new program has not seen."""
        at = self.clock()
        if not judging.waiting(at):
            return 0
        with transaction.atomic():
            take_turn()
            leads = judging.due(at, LEADS)
            for program in Program.objects.filter(enabled=True, judged_up_to__isnull=False):
                if len(leads) < LEADS:
                    leads += judging.unjudged(program, LEADS - len(leads))
            judging.reassess(dict.fromkeys(leads, at), at)
        return len(leads)


def _small(items: Sequence[Item]) -> list[Item]:
    """As many from the beginning as make a small batch, one at least."""
    taken, size = [], 0
    for item in items:
        size += len(item.body)
        if taken and size > BYTES:
            break
        taken.append(item)
    return taken


def _message(number: int, read: Read, source: SourceInfo | None) -> Message:
    """As the store takes it. Nobody's own words come by a server's key, whether it is trusted or not."""
    if source is None:
        return Message(number, read, trusted=False)
    return Message(number, read, source.trusted, not source.trusted and source.kind != Source.SERVER)


def _store(items: Sequence[Item], at: int) -> None:
    """Read the requests, keep what cannot be read, append the rest and judge the leads concerned."""
    sources = _sources(items)
    messages: list[Message] = []
    failures: list[FailedEvent] = []
    ends: Counter[tuple[int, str]] = Counter()
    for item in items:
        source = sources.get(_source_key(item))
        for read in _read(item, source):
            number = source.id if source else item.source_id
            match read:
                case Read():
                    messages.append(_message(number, read, source))
                case Failed():
                    failures.append(_failure(item, number, read))
                    ends[number, "failed"] += 1
                case Refused():
                    ends[number, f"refused:{read.reason}"] += 1
    _set_aside(failures)
    appended = append(messages)
    _count(ends + appended.ends, at)
    judging.reassess(appended.since, at)


def _read(item: Item, source: SourceInfo | None) -> list[Read | Failed | Refused]:
    if source is None:
        return [
            failed_request(_arrival(item, UNKNOWN_SOURCE), "unknown_key", "No source has this write key.")
        ]
    return read_arrival(_arrival(item, source))


def _source_key(item: Item) -> int | str:
    """A source's number, or the write key where the number could not be found out on arrival."""
    return item.source_id or str(_meta(item).get("key", ""))


def _meta(item: Item) -> dict:
    try:
        meta = json.loads(item.meta or b"{}")
    except ValueError:
        return {}
    return meta if isinstance(meta, dict) else {}


def _sources(items: Sequence[Item]) -> dict[int | str, SourceInfo]:
    keys = {_source_key(item) for item in items}
    found: dict[int | str, SourceInfo] = {
        s.id: info_of(s) for s in Source.objects.filter(id__in=[k for k in keys if isinstance(k, int)])
    }
    by_key = WriteKey.objects.filter(key__in=[k for k in keys if isinstance(k, str)], revoked_at=None)
    found |= {k.key: info_of(k.source) for k in by_key.select_related("source") if k.source.enabled}
    return found


def _arrival(item: Item, source: SourceInfo) -> Arrival:
    meta = _meta(item)
    texts = {name: str(meta.get(key) or "") for name, key in _TEXTS.items()}
    return Arrival(
        item.id, source, item.received_at, item.kind, bytes(item.body), gpc=meta.get("gpc") is True, **texts
    )


_TEXTS = {"ip": "ip", "user_agent": "ua", "origin": "origin", "referer": "referer"}


def _failure(item: Item, source_id: int, failed: Failed) -> FailedEvent:
    return FailedEvent(
        arrival=f"{item.id}:{failed.index}",
        source_id=source_id,
        received_at=item.received_at,
        kind=item.kind,
        reason=failed.reason,
        detail=failed.detail,
        message_id=(failed.message_id or "")[:260],
        body=failed.body,
        meta='{"withheld":true}' if failed.withheld else bytes(item.meta).decode("utf-8", "replace"),
    )


def _set_aside(failures: list[FailedEvent]) -> None:
    """Failed events, each once however often its request is taken."""
    FailedEvent.objects.bulk_create(failures, batch_size=100, ignore_conflicts=True)


def _count(ends: Counter[tuple[int, str]], at: int) -> None:
    day = moment(at).astimezone(UTC).date()
    for (source, what), count in sorted(ends.items()):
        tally, made = Tally.objects.get_or_create(
            source_id=source, day=day, what=what, defaults={"count": count}
        )
        if not made:
            Tally.objects.filter(pk=tally.pk).update(count=F("count") + count)
