"""Decisions that are taken back, conflicts, marks and rebuilding, by example."""

from __future__ import annotations

import pytest
from world_cast import BEGIN, STAGES, Sent, dumped, empty, message, programs, sent, sources, take, wake

from leadline.web.instants import HOUR, MINUTE, SECOND, moment
from leadline.web.leads import marks
from leadline.web.leads.models import Event, Lead, Link, Merge, Subject
from leadline.web.qualification.actions import CannotMergeError, merge_leads, take_back_merge, void_event
from leadline.web.qualification.models import Outbox, Program, StageChange, Standing
from leadline.web.qualification.programs import publish
from leadline.web.rebuild import rebuild, rebuild_into

pytestmark = pytest.mark.django_db

NOW = BEGIN + 50 * HOUR
PRICING = {"path": "/pricing"}


@pytest.fixture(autouse=True)
def _world(db: None) -> None:
    sources()
    programs([STAGES], BEGIN, BEGIN)


def page(number: object, at: float, **who: str):
    return sent("site", message("page", number, at, properties=PRICING, **who))


def lead_of(name: str) -> int:
    kind, value = name.split(":")
    return Lead.objects.get(id=Subject.objects.get(kind=kind, value=value).id).id


def test_a_merge_taken_back_after_twenty_facts_leaves_both_leads_as_without_it():
    first = [
        page("a", 0, userId="ana"),
        sent(
            "crm",
            message("identify", "i", 1, userId="ana2", traits={"email": "ana@acme.com", "country": "DE"}),
        ),
    ]
    more = [
        one
        for n in range(10)
        for one in (
            page(f"p{n}", 2 + n, userId="ana"),
            page(f"q{n}", 2 + n, userId="ana2", anonymousId=f"b{n}"),
        )
    ]
    take(first, NOW)
    merge = merge_leads(
        loser=lead_of("user:ana2"), winner=lead_of("user:ana"), by="ben", at=NOW, reason="same"
    )
    assert Lead.objects.count() == 1
    take(more, NOW + HOUR)
    assert Lead.objects.get().events == 21
    take_back_merge(merge=merge, by="ben", at=NOW + 2 * HOUR)
    wake(NOW + 2 * HOUR)
    after = without_merges(dumped(NOW + 2 * HOUR))

    Merge.objects.all().delete()
    rebuild(at=NOW + 2 * HOUR)
    assert without_merges(dumped(NOW + 2 * HOUR)) == after
    assert {lead.events for lead in Lead.objects.all()} == {11, 10}


def without_merges(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("merge ")]


def test_an_address_that_was_merged_and_turns_out_to_be_a_users_takes_all_of_the_user_along():
    form = message("form", "f", 0, ll_id="f", email="ana@acme.com")
    take([sent("site", form), page("v", 1, anonymousId="b7")], NOW)
    merge_leads(loser=lead_of("email:ana@acme.com"), winner=lead_of("anon:b7"), by="ben", at=NOW)
    take([page("p", 2, userId="ana", anonymousId="b1"), page("q", 0, anonymousId="b1")], NOW)
    take([sent("site", message("identify", "l", 2, userId="ana", anonymousId="b1"))], NOW)
    assert Lead.objects.count() == 2
    proof = message("identify", "i", 3, userId="ana", traits={"email": "ana@acme.com"})
    take([sent("crm", proof)], NOW)
    was = dumped(NOW)
    assert Lead.objects.get().events == 4
    rebuild(at=NOW)
    assert dumped(NOW) == was


def test_merging_again_or_with_nobody_says_what_is_wrong():
    take([page(1, 0, userId="ana"), page(2, 0, userId="ben")], NOW)
    ana, ben = lead_of("user:ana"), lead_of("user:ben")
    with pytest.raises(CannotMergeError, match="itself"):
        merge_leads(loser=ana, winner=ana, by="cleo", at=NOW)
    merge = merge_leads(loser=ben, winner=ana, by="cleo", at=NOW)
    with pytest.raises(CannotMergeError, match=f"no lead {ben}"):
        merge_leads(loser=ben, winner=ana, by="cleo", at=NOW)
    take_back_merge(merge=merge, by="cleo", at=NOW)
    with pytest.raises(CannotMergeError, match="already"):
        take_back_merge(merge=merge, by="cleo", at=NOW)


def test_an_event_that_is_called_void_gives_its_points_back_and_takes_them_again():
    take([page("m", 0, userId="ana")], NOW)
    assert StageChange.objects.get(after="engaged").changed_at == BEGIN
    void_event(event_id="site:m", void=True, reason="a test of ours", by="ana", at=NOW)
    assert not StageChange.objects.exists()
    assert Lead.objects.get().events == 0
    void_event(event_id="site:m", void=False, reason="after all not", by="ana", at=NOW + 1)
    assert StageChange.objects.filter(after="engaged").exists()


def test_what_is_said_of_an_event_holds_also_before_it_comes():
    void_event(event_id="site:m", void=True, reason="a scanner", by="ana", at=NOW)
    take([page("m", 0, userId="ana")], NOW)
    assert Event.objects.get().void
    assert not Standing.objects.exists()


def test_of_two_messages_with_one_id_the_earlier_counts_and_the_later_leaves_no_link():
    def identified(at: int, email: str):
        return sent("site", message("identify", "m", at, anonymousId="b1", traits={"email": email}))

    take([page("p", 0, anonymousId="b1"), identified(5, "ana@acme.com")], NOW)
    assert Lead.objects.get().kind == "email"
    take([identified(2, "ben@acme.com")], NOW)
    assert Lead.objects.get().email == "ben@acme.com"
    assert Link.objects.count() == 1


@pytest.mark.parametrize("first_again", [False, True])
def test_a_message_that_is_sent_again_by_another_clock_happened_when_it_first_could(first_again):
    once = sent(
        "site", message("page", "m", 1, userId="ana", sentAt=moment(BEGIN + HOUR + SECOND).isoformat())
    )
    again = Sent(
        "site", once.received_at + MINUTE, once.message | {"sentAt": moment(BEGIN + HOUR).isoformat()}
    )
    for one in (again, once) if first_again else (once, again):
        take([one], NOW)
    assert Event.objects.get().occurred_at == BEGIN + HOUR


def test_a_minute_that_turns_out_human_after_all_counts_again(monkeypatch):
    monkeypatch.setattr(marks, "FASTEST", 2)
    clicks = [page(n, n / 3600, anonymousId="b1") for n in range(3)]
    take(clicks, NOW)
    assert set(Event.objects.values_list("bot", "void")) == {("rate", True)}
    take([sent("site", message("page", 2, -1, anonymousId="b1", properties={"path": "/"}))], NOW)
    assert set(Event.objects.values_list("bot", "void")) == {("", False)}


def test_a_worker_is_done_although_a_bot_never_stands_anywhere():
    take([sent("site", message("page", 1, 0, anonymousId="b", context={"webdriver": True}))], NOW)
    assert Lead.objects.count() == 1
    Program.objects.all().delete()
    programs([STAGES], NOW, BEGIN)
    wake(NOW)
    assert not Standing.objects.exists()


def test_a_program_that_is_switched_off_keeps_no_worker_busy():
    take([page("m", 0, userId="ana")], BEGIN + MINUTE)
    Program.objects.update(enabled=False)
    wake(NOW)
    assert Standing.objects.get().stage == "engaged"


def test_a_new_program_judges_everybody_who_was_there_before():
    take([page(n, n, userId=f"u{n}") for n in range(5)], NOW)
    Program.objects.all().delete()
    programs([STAGES], NOW, BEGIN)
    wake(NOW)
    assert Standing.objects.count() == 5


def test_a_model_that_was_published_while_the_worker_went_on_holds_from_its_instant():
    take([page("m", 10, userId="ana")], NOW)
    stricter = STAGES.replace("enter: intent >= 10", "enter: intent >= 11")
    publish(program=Program.objects.get(), text=stricter, by="ana", at=BEGIN + 10 * HOUR)
    wake(NOW)
    assert not StageChange.objects.exists()


def test_rebuilding_into_another_database_repeats_no_effect():
    take(
        [page("m", 0, userId="ana"), sent("site", message("track", "d", 1, userId="ana", event="demo"))], NOW
    )
    lines = dumped(NOW).splitlines()
    empty()
    assert rebuild_into(lines, at=NOW) == 1
    assert dumped(NOW).splitlines() == lines
    assert not Outbox.objects.exists()
    with pytest.raises(ValueError, match="empty database"):
        rebuild_into(lines, at=NOW)


def test_a_file_that_is_no_dump_is_refused_with_its_line():
    empty()
    with pytest.raises(ValueError, match="`hello world` is no line of a dump"):
        rebuild_into(["hello world"], at=NOW)


def test_a_lead_falls_at_the_instant_at_which_its_points_have_decayed():
    take([page("m", 0, userId="ana")], BEGIN + MINUTE)
    wake(BEGIN + 7 * HOUR)
    assert Standing.objects.get().stage == "engaged"
    wake(BEGIN + 9 * HOUR)
    fallen = StageChange.objects.get(cause="leave")
    assert BEGIN + 7 * HOUR < fallen.changed_at < BEGIN + 8 * HOUR  # 10 points, half-life of 6 hours: under 4
