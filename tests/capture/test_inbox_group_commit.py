"""The inbox: receipts after the commit, one commit for all who wait, nothing lost and nothing half."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Sequence

import pytest
from capture_server import Place

from leadline.web.capture import groups
from leadline.web.capture.inbox import BusyError, Inbox, NotStoredError, open_inbox
from leadline.web.capture.stores import Row, store_for


def row(number: int = 1, body: bytes = b"{}") -> Row:
    return Row(source_id=1, received_at=number, kind="track", body=body, meta=b'{"ip": "192.0.2.1"}')


class Hand:
    """A store held by the hand: it waits for leave, fails when told to, and keeps what it got."""

    def __init__(self) -> None:
        self.groups: list[list[Row]] = []
        self.leave = threading.Event()
        self.begun = threading.Event()
        self.fault: Exception | None = None
        self.closed = 0

    def write(self, rows: Sequence[Row]) -> None:
        self.begun.set()
        assert self.leave.wait(10)
        if self.fault:
            raise self.fault
        self.groups.append(list(rows))

    def close(self) -> None:
        self.closed += 1


async def waiting(inbox: Inbox, count: int) -> list[asyncio.Task[None]]:
    """Senders that have asked for their receipts."""
    tasks = [asyncio.create_task(inbox.receive([row(n)])) for n in range(count)]
    await asyncio.sleep(0.05)
    return tasks


def test_rows_come_out_as_they_went_in(place: Place) -> None:
    inbox = place.inbox()
    rows = [row(n, bytes(range(256)) * n) for n in range(1, 6)]
    inbox.append(rows)
    found = inbox.peek(10)
    assert [Row(*item[1:]) for item in found] == rows
    assert [item.id for item in inbox.peek(2, after=found[1].id)] == [item.id for item in found[2:4]]
    assert (inbox.count(), inbox.oldest()) == (5, 1)
    inbox.close()


def test_an_id_is_never_used_again(place: Place) -> None:
    inbox = place.inbox()
    inbox.append([row(), row()])
    last = inbox.peek(10)[-1].id
    inbox.delete(item.id for item in inbox.peek(10))
    inbox.append([row()])
    assert inbox.peek(1)[0].id > last
    inbox.close()


def test_any_number_of_rows_is_written_whole(place: Place) -> None:
    inbox = place.inbox()
    for count in (1, 2, 3, 31, 33, 1024, 1500):
        inbox.append([row(n) for n in range(count)])
        found = inbox.peek(2000)
        assert [item.received_at for item in found] == list(range(count))
        inbox.delete(item.id for item in found)
    inbox.close()


def test_what_waits_together_is_committed_together() -> None:
    hand = Hand()
    inbox = Inbox(lambda: hand)

    async def story() -> None:
        first = await waiting(inbox, 1)
        others = await waiting(inbox, 50)
        assert not any(task.done() for task in first + others), "no receipt before the commit"
        hand.leave.set()
        await asyncio.gather(*first, *others)

    asyncio.run(story())
    assert [len(group) for group in hand.groups] == [1, 50]
    inbox.close()


def test_a_fault_of_the_database_is_told_to_all_who_waited_and_to_no_one_after() -> None:
    hand = Hand()
    inbox = Inbox(lambda: hand)

    async def story() -> None:
        hand.fault = OSError("disk I/O error")
        hand.leave.set()
        results = await asyncio.gather(*await waiting(inbox, 3), return_exceptions=True)
        assert [type(each) for each in results] == [NotStoredError] * 3
        assert inbox.failing
        hand.fault = None
        await inbox.receive([row()])

    asyncio.run(story())
    assert not inbox.failing
    assert hand.closed == 1, "a connection that failed is not used again"
    inbox.close()


def test_no_more_waits_than_may_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "MOST_WAITING_ROWS", 10)
    hand = Hand()
    inbox = Inbox(lambda: hand)

    async def story() -> None:
        taken = await waiting(inbox, 10)
        with pytest.raises(BusyError):
            await inbox.receive([row()])
        hand.leave.set()
        await asyncio.gather(*taken)
        await inbox.receive([row()])

    asyncio.run(story())
    assert sum(len(group) for group in hand.groups) == 11
    inbox.close()


def test_a_database_that_hangs_makes_nobody_wait_for_ever() -> None:
    hand = Hand()
    inbox = Inbox(lambda: hand, timeout=0.1)

    async def story() -> None:
        results = await asyncio.gather(*await waiting(inbox, 5), return_exceptions=True)
        assert [type(each) for each in results] == [NotStoredError] * 5
        begun = time.monotonic()
        with pytest.raises(NotStoredError):
            await inbox.receive([row()])
        assert time.monotonic() - begun < 0.05, "while it hangs, one is told at once"
        hand.leave.set()
        await asyncio.sleep(0.2)
        await inbox.receive([row()])

    asyncio.run(story())
    inbox.close()


def test_a_sender_who_goes_away_disturbs_no_other() -> None:
    hand = Hand()
    inbox = Inbox(lambda: hand)

    async def story() -> None:
        tasks = await waiting(inbox, 5)
        tasks[2].cancel()
        await asyncio.sleep(0)
        hand.leave.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(each) for each in results].count(type(None)) == 4

    asyncio.run(story())
    inbox.close()


def test_threads_and_coroutines_write_into_the_same_inbox(place: Place) -> None:
    inbox = place.inbox()

    async def story() -> None:
        threads = [asyncio.to_thread(inbox.append, [row()]) for _ in range(20)]
        await asyncio.gather(*threads, *(inbox.receive([row()]) for _ in range(20)))

    asyncio.run(story())
    asyncio.run(inbox.receive([row()]))  # another loop
    assert inbox.count() == 41
    inbox.close()


def test_a_locked_database_is_a_fault_and_then_goes_on(
    on_sqlite: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leadline.web.capture.stores.BUSY_SECONDS", 0.1)
    inbox = on_sqlite.inbox()
    inbox.create()
    other = sqlite3.connect(on_sqlite.folder / "inbox.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(NotStoredError):
        inbox.append([row()])
    assert inbox.count() == 0, "reading goes on meanwhile"
    other.execute("ROLLBACK")
    other.close()
    inbox.append([row()])
    assert inbox.count() == 1
    inbox.close()


def test_a_commit_of_sqlite_is_synced(on_sqlite: Place) -> None:
    store = store_for(on_sqlite.inbox_url)()
    mode = (
        store._db.execute("PRAGMA journal_mode").fetchone()[0],
        store._db.execute("PRAGMA synchronous").fetchone()[0],
    )
    store.close()
    assert mode == ("wal", 2)


def test_postgresql_commits_to_disk_even_where_the_server_would_not(place: Place) -> None:
    if place.inbox_url.startswith("sqlite"):
        pytest.skip("asks about PostgreSQL")
    mark = "&" if "?" in place.inbox_url else "?"
    store = store_for(f"{place.inbox_url}{mark}options=-csynchronous_commit%3Doff")()
    told = store._db.execute("SHOW synchronous_commit").fetchone()[0]
    store.close()
    assert told == "on"


def test_the_address_of_an_unknown_database_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="`mysql`, expected sqlite"):
        open_inbox("mysql://localhost/leads")
