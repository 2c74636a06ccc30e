"""The board: what was just written is in it, whoever wrote it, and what is gone is not."""

from __future__ import annotations

from datetime import timedelta

import duckdb
import pytest
from web_cast import micros

from leadline.web.board import base, filters, store, table
from leadline.web.board.columns import columns_of
from leadline.web.board.judging import judging_of
from leadline.web.board.models import BoardFile
from leadline.web.leads.actions import assign_leads, tag_leads, undo_acts, untag_leads
from leadline.web.leads.changes import changed
from leadline.web.leads.models import Lead, Subject
from leadline.web.qualification.actions import merge_leads, take_back_merge
from leadline.web.qualification.models import Standing

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(worker, program, server, send, clock):
    """Ana, Ben and Cleo, as a CRM tells of them; Ben is a vice president who looked at the prices."""
    send(server, "identify", userId="ana", traits={"name": "Ana Lopez", "email": "ana@acme.example"})
    send(server, "identify", userId="ben", traits={"name": "Ben Schmidt", "email": "ben@acme.example",
                                                   "seniority": "vp", "company": "Acme"})  # fmt: skip
    send(server, "identify", userId="cleo", traits={"name": "Cléo Martin", "email": "cleo@other.example"})
    send(server, "page", userId="ben", properties={"path": "/pricing"}, at=clock.at)
    worker.drain()
    return {lead.name.split()[0]: lead.id for lead in Lead.objects.all()}


def names(rows) -> list[str]:
    return [row.lead["name"] for row in rows]


def asked(clock, where=filters.of_kind("all"), **more):
    at = clock()
    return table.query(judging_of(at), where, now=at, scope=None, **more)


def test_leads_with_more_points_come_first(people, clock):
    assert names(asked(clock))[0] == "Ben Schmidt"


def test_what_was_just_written_is_seen(people, clock, worker, server, send):
    assert len(asked(clock)) == 3
    send(server, "identify", userId="dora", traits={"name": "Dora"})
    worker.drain()
    assert "Dora" in names(asked(clock))


def test_a_search_forgives_a_letter_too_many_two_that_are_swapped_and_an_accent(people, clock):
    for typed in ("schmidt", "Schmitd", "schmiddt", "shmidt", "acme.exampl schmid"):
        assert names(asked(clock, search=typed)) == ["Ben Schmidt"], typed
    assert names(asked(clock, search="cleo")) == names(asked(clock, search="CLÉO")) == ["Cléo Martin"]
    assert names(asked(clock, search="zzzzzz")) == []


def test_leads_that_were_merged_are_one_until_it_is_taken_back(people, clock):
    asked(clock)
    made = merge_leads(loser=people["Ana"], winner=people["Ben"], by="ana", at=clock())
    assert len(asked(clock)) == 2
    take_back_merge(merge=made, by="ana", at=clock())
    assert len(asked(clock)) == 3


def test_owner_and_tags_go_with_a_merge_and_come_back(people, clock, django_user_model):
    rep = django_user_model.objects.create_user("rep@example.com")
    assign_leads(leads=[people["Ana"]], to=rep.id, by="x", at=clock())
    tag_leads(leads=[people["Ana"], people["Ben"]], tag="Trade  Fair", by="x", at=clock())
    made = merge_leads(loser=people["Ana"], winner=people["Ben"], by="x", at=clock())
    (ben,) = asked(clock, filters.owned_by(rep.id))
    assert (ben.lead["name"], ben.lead["tags"]) == ("Ben Schmidt", ["trade fair"])
    take_back_merge(merge=made, by="x", at=clock())
    assert names(asked(clock, filters.owned_by(rep.id))) == ["Ana Lopez"]
    assert set(names(asked(clock, filters.tagged("trade fair")))) == {"Ana Lopez", "Ben Schmidt"}


def test_an_act_is_undone_as_a_whole_and_only_what_it_changed(people, clock, django_user_model):
    rep, other = (django_user_model.objects.create_user(f"{n}@example.com") for n in ("rep", "other"))
    everybody = list(people.values())
    assign_leads(leads=[people["Ana"]], to=other.id, by="x", at=clock())
    done = assign_leads(leads=everybody, to=rep.id, by="x", at=clock())
    assign_leads(leads=[people["Cleo" if "Cleo" in people else "Cléo"]], to=other.id, by="x", at=clock())
    undo_acts(batch=done.batch, by="x", at=clock())
    assert set(names(asked(clock, filters.owned_by(other.id)))) == {"Ana Lopez", "Cléo Martin"}
    assert names(asked(clock, filters.owned_by(rep.id))) == []
    tag_leads(leads=everybody, tag="a", by="x", at=clock())
    taken = untag_leads(leads=[people["Ben"]], tag="a", by="x", at=clock())
    assert len(asked(clock, filters.tagged("a"))) == 2
    undo_acts(batch=taken.batch, by="x", at=clock())
    assert len(asked(clock, filters.tagged("a"))) == 3


def test_a_filter_looks_at_fields_measures_and_what_is_not_known(people, clock):
    columns = columns_of(judging_of(clock()))
    vp = filters.compared(columns["field.seniority"], "is", "vp")
    assert names(asked(clock, vp)) == ["Ben Schmidt"]
    assert len(asked(clock, filters.compared(columns["field.seniority"], "unknown", None))) == 2
    assert names(asked(clock, filters.compared(columns["fit"], "at_least", 30.0))) == ["Ben Schmidt"]
    assert len(asked(clock, filters.compared(columns["field.seniority"], "is_not", "vp"))) == 2


def test_who_saw_the_prices_lately_is_found_before_and_after_the_replica_followed(people, clock):
    from leadline.web.replica import follow

    (pricing, _) = judging_of(clock()).model.intent.signals
    assert names(asked(clock, filters.did(pricing, 7))) == ["Ben Schmidt"]
    follow(clock())
    assert names(asked(clock, filters.did(pricing, 7))) == ["Ben Schmidt"]
    assert len(asked(clock, filters.did(pricing, 7, not_done=True))) == 2
    clock.at += timedelta(days=8)
    assert names(asked(clock, filters.did(pricing, 7))) == []
    assert names(asked(clock, filters.did(pricing, 0))) == ["Ben Schmidt"]


def test_pages_follow_one_another_without_a_gap_whatever_they_are_sorted_by(people, clock):
    for key, column in columns_of(judging_of(clock())).items():
        for falling in (True, False):
            order = table.Order(column, falling)
            whole = [row.lead["lead_id"] for row in asked(clock, order=order)]
            after, one_by_one = None, []
            while found := asked(clock, order=order, limit=1, after=after):
                after = found[0].lead["lead_id"]
                one_by_one.append(after)
            assert one_by_one == whole, (key, falling)


def test_a_file_of_the_board_and_what_changed_since_give_what_the_database_has(
    people, clock, worker, server, send, tmp_path, monkeypatch
):
    monkeypatch.setattr(store, "folder", lambda: tmp_path)
    monkeypatch.setattr(base, "folder", lambda: tmp_path)
    before = asked(clock)
    assert base.keep(clock(), wholly=True) == 3
    store.forget()
    assert asked(clock) == before
    send(server, "identify", userId="dora", traits={"name": "Dora"})
    worker.drain()
    merge_leads(loser=people["Ana"], winner=people["Ben"], by="x", at=clock())
    assert len(asked(clock)) == 3
    assert base.keep(clock(), wholly=True) == 3
    assert len(asked(clock)) == 3
    assert BoardFile.objects.count() == 1


def test_a_file_that_is_gone_is_no_loss(people, clock, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "folder", lambda: tmp_path)
    monkeypatch.setattr(base, "folder", lambda: tmp_path)
    base.keep(clock(), wholly=True)
    for place in tmp_path.iterdir():
        place.unlink()
    store.forget()
    assert len(asked(clock)) == 3


def test_a_file_of_another_shape_is_read_anew_and_written_anew(people, clock, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "folder", lambda: tmp_path)
    monkeypatch.setattr(base, "folder", lambda: tmp_path)
    base.keep(clock(), wholly=True)
    (file,) = BoardFile.objects.all()
    (tmp_path / file.path).unlink()
    with duckdb.connect(str(tmp_path / file.path)) as other:
        other.execute("CREATE TABLE leads (lead_id BIGINT)")
    assert base.keep(clock(), wholly=True) == 3
    store.forget()
    assert len(asked(clock)) == 3


def test_what_is_not_seen_is_neither_found_nor_counted(people, clock, django_user_model):
    rep = django_user_model.objects.create_user("rep@example.com")
    assign_leads(leads=[people["Ana"]], to=rep.id, by="x", at=clock())
    at = clock()
    found = table.page(judging_of(at), filters.of_kind("all"), now=at, scope={rep.id})
    assert (found.ids, found.count, found.total) == ((people["Ana"],), 1, 1)


def test_the_number_of_queries_does_not_grow_with_the_leads(
    people, clock, worker, server, send, django_assert_max_num_queries
):
    for number in range(40):
        send(server, "identify", userId=f"u{number}", traits={"name": f"U {number}"})
    worker.drain()
    asked(clock)
    at = micros(clock.at)
    with django_assert_max_num_queries(9):
        table.query(judging_of(at), filters.of_kind("all"), now=at, scope=None, limit=50)


def listed(number: int, **more) -> int:
    """A lead as the worker writes it."""
    made = Subject.objects.create(kind="user", value=f"u{number}").id
    Lead.objects.create(id=made, **{"kind": "user", "name": f"Lead {number}", **more})
    changed([made])
    return made


def paged(judging, size: int) -> list[int]:
    """All leads, a page after the other."""
    seen, after = [], None
    while True:
        found = table.page(judging, filters.of_kind("all"), now=0, scope=None, limit=size, after=after)
        seen += found.ids
        if not found.more:
            return seen
        after = found.ids[-1]


def test_pages_show_every_lead_once_however_many_have_equal_points(program):
    wanted = []
    for number in range(23):
        fit, lead = (number * 7 % 4) / 3, listed(number)
        Standing.objects.create(
            program=program, lead_id=lead, as_of=0, episode=1, fit=fit, intent=0.1, model_version="x",
            measures=f'{{"fit": {fit!r}, "intent": 0.1}}', ledger="[]",
        )  # fmt: skip
        wanted.append((-(fit + 0.1), lead))
    assert paged(judging_of(0), 5) == [lead for _, lead in sorted(wanted)]


def test_without_a_program_leads_stand_by_when_they_were_last_seen(db):
    made = [listed(n, last_seen=seen) for n, seen in enumerate([5, None, 9, 9])]
    assert paged(None, 2) == [made[n] for n in (2, 3, 0, 1)]
