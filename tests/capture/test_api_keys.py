"""Who holds a key: remembered, refreshed, and held on to while the database is away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

import pytest
from capture_server import KEY, OLD_KEY, Place, serving

from leadline.web.capture import keys as module
from leadline.web.capture.keys import Keys, KeysAwayError, Source, finder


def source(number: int = 1, **more: Any) -> Source:
    given = {
        "id": number, "slug": f"s{number}", "kind": "browser", "trusted": False, "enabled": True,
        "allowed_origins": (), "rate_per_second": 0, "consent_category": "", "respect_gpc": True, "key_id": 1,
    }  # fmt: skip
    return Source(**(given | more))


class Register:
    """A database of keys that counts how often it is asked, and fails when told to."""

    def __init__(self, **found: Source) -> None:
        self.found, self.asked, self.fault = found, 0, None
        self.now = 0.0
        self.keys = Keys(self.find, clock=lambda: self.now)

    def find(self, key: str, now: int) -> Source | None:
        self.asked += 1
        if self.fault:
            raise self.fault
        return self.found.get(key)


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(story)


def test_a_key_is_asked_for_once_in_thirty_seconds() -> None:
    register = Register(wk=source())

    async def story() -> None:
        found = await asyncio.gather(*(register.keys.look_up("wk") for _ in range(50)))
        assert found == [source()] * 50
        register.now = 29
        await register.keys.look_up("wk")
        assert register.asked == 1
        register.now = 31
        await register.keys.look_up("wk")
        assert register.asked == 2

    run(story())


def test_a_key_that_is_not_there_is_asked_for_once_in_thirty_seconds() -> None:
    register = Register()

    async def story() -> None:
        assert await register.keys.look_up("wk") is None
        register.found["wk"] = source()
        register.now = 29
        assert await register.keys.look_up("wk") is None
        register.now = 31
        assert await register.keys.look_up("wk") == source()
        assert register.asked == 2

    run(story())


def test_a_revoked_key_is_let_in_for_thirty_seconds_at_most() -> None:
    register = Register(wk=source())

    async def story() -> None:
        assert await register.keys.look_up("wk")
        del register.found["wk"]
        register.now = 31
        assert await register.keys.look_up("wk") is None

    run(story())


def test_what_is_known_holds_while_the_database_is_away() -> None:
    register = Register(wk=source())

    async def story() -> None:
        await register.keys.look_up("wk")
        register.fault = OSError("away")
        register.now = 3600
        assert await register.keys.look_up("wk") == source()
        with pytest.raises(KeysAwayError):
            await register.keys.look_up("never_seen")
        asked = register.asked
        for _ in range(100):
            await register.keys.look_up("wk")
        assert register.asked == asked, "a database that is away is not pestered"
        register.fault = None
        register.now += module.AWAY
        assert await register.keys.look_up("never_seen") is None

    run(story())


def test_a_database_that_hangs_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    register = Register()
    register.keys._find = lambda key, now: time.sleep(0.3)

    async def story() -> None:
        with pytest.raises(KeysAwayError):
            await register.keys.look_up("wk")

    run(story())


def test_many_made_up_keys_take_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_MISSES", 100)
    register = Register(wk=source())

    async def story() -> None:
        await register.keys.look_up("wk")
        for number in range(1000):
            await register.keys.look_up(f"made-up-{number}")
        assert len(register.keys._missed) <= 100
        register.found.clear()
        assert await register.keys.look_up("wk"), "nor do they push out those that are there"

    run(story())


def test_what_cannot_be_a_key_does_not_reach_the_database() -> None:
    register = Register()

    async def story() -> None:
        for key in ("nul\0", "x" * 65, "ключ", "two words", "half\ud800"):
            assert await register.keys.look_up(key) is None

    run(story())
    assert register.asked == 0


def test_keys_are_found_in_the_database_as_the_workspace_keeps_them(place: Place) -> None:
    find = finder(place.database_url)
    found = find(KEY, 2_000)
    assert found is not None
    assert (found.id, found.slug, found.kind, found.enabled, found.key_id) == (1, "site", "browser", True, 1)
    assert find(OLD_KEY, 2_000) is None
    assert find(OLD_KEY, 500), "until the instant at which it is revoked"
    assert find("nobody", 2_000) is None


def test_facts_are_taken_while_no_key_can_be_looked_up(on_sqlite: Place) -> None:
    (on_sqlite.folder / "leadline.sqlite3").rename(on_sqlite.folder / "away.sqlite3")
    with serving(on_sqlite) as server:
        assert server.ask("POST", "/v1/p", {"writeKey": "wk_new"}).status == 200
        assert server.ask("GET", f"/v1/projects/{KEY}/settings").status == 200
        [item] = server.take()
        assert item.source_id == 0
        assert b'"key":"wk_new"' in item.meta
    assert not (on_sqlite.folder / "leadline.sqlite3").exists(), "and no empty database is put in its place"
