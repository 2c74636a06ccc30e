"""The replica by example: what a crash leaves, two who follow at once, erasure, few files."""

from __future__ import annotations

import os

import pytest
from test_replica_generated import assert_replicated, replicated
from world_cast import BEGIN, STAGES, message, programs, sent, sources, take

from leadline.model import read_model
from leadline.web import replica
from leadline.web.instants import HOUR, MINUTE, SECOND
from leadline.web.leads.models import Event, Sequence, Superseded, Trait
from leadline.web.leads.store import subject_ids
from leadline.web.qualification.actions import merge_leads, void_event
from leadline.web.qualification.models import ReplicaFile
from leadline.web.replica import files, following

pytestmark = pytest.mark.django_db

NOW = BEGIN + 2000 * HOUR
MODEL = read_model(STAGES)


@pytest.fixture(autouse=True)
def _world(db: None, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(files, "folder", lambda: tmp_path / "replica")
    monkeypatch.setattr(following, "STEP", 10)
    sources()
    programs([STAGES], BEGIN, BEGIN)


def visits(begin: int, count: int, user: str = "ana") -> None:
    some = [
        sent("site", message("page", f"{user}{n}", 20 * n, userId=user, properties={"path": "/pricing"}))
        for n in range(begin, begin + count)
    ]
    take(some, NOW)


def there() -> set[str]:
    return {str(p.relative_to(files.folder())) for p in files.folder().rglob("*.parquet")}


def named() -> set[str]:
    return set(ReplicaFile.objects.values_list("path", flat=True))


def test_nothing_new_writes_no_file():
    assert replica.follow(NOW) == 0
    visits(0, 3)
    assert replica.follow(NOW) == 3
    assert replica.follow(NOW) == 0
    assert len(there()) == len(named()) == 1


def test_facts_lie_in_the_month_in_which_they_occurred():
    visits(0, 60)
    replica.follow(NOW)
    months = set(ReplicaFile.objects.values_list("month", flat=True))
    assert months == {"2026-09", "2026-10", "2026-11"}
    assert_replicated(MODEL, NOW)
    assert_replicated(MODEL, BEGIN + 100 * HOUR)


def test_what_a_crash_left_behind_is_not_read():
    visits(0, 3)
    following._written("events", 0, 3)  # and here the power fails
    assert replica.follow(NOW) == 3
    assert_replicated(MODEL, NOW)


def test_files_that_nobody_names_go_after_a_while_and_named_ones_stay(tmp_path):
    visits(0, 3)
    replica.follow(NOW)
    left = files.folder() / "events" / "2026-09" / "left.parquet"
    left.write_bytes(b"half")
    os.utime(left, (NOW / SECOND, NOW / SECOND))
    assert files.sweep(NOW + MINUTE) == 0
    assert files.sweep(NOW + HOUR) == 1
    assert there() == named() != set()


def test_two_who_follow_at_once_append_each_fact_once(monkeypatch):
    visits(0, 3)
    written = following._written

    def meanwhile(*given):
        monkeypatch.setattr(following, "_written", written)
        replica.follow(NOW)
        return written(*given)

    monkeypatch.setattr(following, "_written", meanwhile)
    replica.follow(NOW)
    assert len(replicated("replica_events", "event_id")) == 3
    assert there() == named()


def test_an_event_that_is_void_later_is_void_in_the_replica():
    visits(0, 3)
    replica.follow(NOW)
    void_event(event_id="site:ana1", void=True, reason="test", by="ana", at=NOW)
    before = replicated("replica_events", "event_id")
    assert [row[3] for row in before] == [False] * 3  # as of the last time that it followed
    replica.follow(NOW)
    assert_replicated(MODEL, NOW)
    assert Superseded.objects.count() == 1
    replica.compact(NOW, wholly=True)
    assert Superseded.objects.count() == 0
    assert_replicated(MODEL, NOW)


def test_a_merge_is_seen_without_rewriting_anything():
    visits(0, 3)
    visits(0, 2, user="ben")
    replica.follow(NOW)
    before = there()
    ids = subject_ids([("user", "ana"), ("user", "ben")])
    merge_leads(loser=ids["user", "ben"], winner=ids["user", "ana"], by="cleo", at=NOW)
    assert replica.all_facts(MODEL).lead_ids().column(0).to_pylist() == [str(ids["user", "ana"])]
    assert there() == before
    assert_replicated(MODEL, NOW)


def test_small_files_become_few_and_old_ones_stay_for_who_reads_them():
    for n in range(40):
        visits(n, 1)
        replica.follow(NOW)
    assert ReplicaFile.objects.count() < 16
    assert there() > named()
    files.sweep(NOW + HOUR)
    assert there() == named()
    assert_replicated(MODEL, NOW)


def test_whoever_is_erased_is_in_no_file_any_more():
    visits(0, 3)
    visits(0, 3, user="ben")
    take([sent("crm", message("identify", "i", 1, userId="ben", traits={"country": "DE"}))], NOW)
    replica.follow(NOW)
    ben = subject_ids([("user", "ben")])["user", "ben"]
    for model in (Event, Trait):
        model.objects.filter(subject_id=ben).delete()
    assert replica.erase([ben], NOW) == 2
    assert there() == named()
    assert all(b"ben" not in (files.folder() / path).read_bytes() for path in there())
    assert {row[1] for row in replicated("replica_events", "event_id")} != {ben}
    assert replicated("replica_traits", "trait_id") == []


def test_a_replica_that_was_lost_is_written_anew():
    visits(0, 30)
    void_event(event_id="site:ana1", void=True, reason="test", by="ana", at=NOW)
    replica.follow(NOW)
    for path in there():
        (files.folder() / path).unlink()
    assert replica.rebuild_replica(NOW) == 30
    assert Sequence.objects.get().replicated == Sequence.objects.get().last
    assert_replicated(MODEL, NOW)
