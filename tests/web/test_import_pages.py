"""Imports as people make them: a file is uploaded, matched, looked at, imported, and taken back."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client
from import_cast import Desk
from pages_cast import CANARY, look
from web_cast import Clock, micros

from leadline.web.importing.models import Import, Refused, Stored
from leadline.web.jobs.models import Job
from leadline.web.jobs.running import Runner
from leadline.web.leads.models import Event, Lead, Subject, Tag, Trait
from leadline.web.leads.tombstones import bury
from leadline.web.qualification.actions import merge_leads
from leadline.web.qualification.models import Outbox, Program, StageChange

pytestmark = pytest.mark.django_db
PEOPLE = "E-mail,Name,Seniority,Team size\nana@winter.de,Ana Winter,vp,12\nben@holt.at,Ben Holt,intern,3\n"


def test_a_list_becomes_leads_that_are_judged(desk: Desk, program):
    of = desk.upload(PEOPLE)
    page = desk.look(of)
    assert "What the columns are" in page.text
    assert of.mapping["columns"] == ["email", "field:name", "field:seniority", "field:team_size"]
    desk.preview(of)
    assert desk.counts(of) == {"created": 2}
    assert not Lead.objects.exists(), "a preview writes nothing"
    desk.run(of)
    page = desk.look(of)
    assert "Imported" in page.text
    assert {(lead.name, lead.email) for lead in Lead.objects.all()} == {
        ("Ana Winter", "ana@winter.de"), ("Ben Holt", "ben@holt.at"),
    }  # fmt: skip
    assert "Ana Winter" in look(desk.browser, "/leads").text
    trait = Trait.objects.get(field="seniority", value="vp")
    assert trait.verified
    assert trait.occurred_at <= micros(desk.clock.at)


def test_the_preview_shows_what_was_known_and_what_would_be(desk: Desk, program):
    desk.imported(PEOPLE)
    of = desk.upload(PEOPLE.replace("Ben Holt,intern", "Ben Holt,vp") + "carl@sonne.de,Carl,,\nno-mail,x,,\n")
    page = desk.preview(of)
    assert desk.counts(of) == {"created": 1, "changed": 1, "same": 1, "refused": 1}
    assert "intern → vp" in page.text
    assert "carl@sonne.de" in page.text
    assert "“no-mail” in “E-mail” is no e-mail address" in page.text
    desk.run(of)
    of.refresh_from_db()
    assert (of.created, of.changed, of.same, of.refused) == (1, 1, 1, 1)


def test_what_is_imported_twice_is_there_once(desk: Desk, program):
    desk.imported(PEOPLE)
    before = desk.dump()
    again = desk.imported(PEOPLE)
    assert (again.created, again.changed, again.same) == (0, 0, 2)
    assert desk.dump() == before
    assert Event.objects.count() == 2


def test_undo_leaves_the_workspace_as_if_it_had_never_been(desk: Desk, program, source, send, worker):
    send(source, "identify", userId="u1", traits={"email": "ben@holt.at", "seniority": "manager"})
    send(source, "page", userId="u1", properties={"path": "/pricing"})
    worker.drain()
    before = desk.dump()
    desk.clock.at += timedelta(hours=1)
    of = desk.imported(PEOPLE)
    assert Lead.objects.count() == 3, "what a browser said of an e-mail joins nobody"
    assert desk.dump() != before
    desk.press(of, "undo")
    page = desk.look(of)
    assert "took back all that it had said" in page.text
    desk.clock.at -= timedelta(hours=1)
    assert desk.dump() == before
    assert not Stored.objects.exists()
    assert desk.dump() == desk.rebuilt()


def test_undo_of_an_earlier_import_leaves_the_later_one(desk: Desk, program):
    first = desk.imported(PEOPLE)
    desk.clock.at += timedelta(days=1)
    second = desk.imported("email,seniority\nana@winter.de,cto\n")
    assert desk.latest("ana@winter.de", "seniority") == "cto"
    desk.press(first, "undo")
    assert desk.latest("ana@winter.de", "seniority") == "cto"
    assert desk.latest("ana@winter.de", "name") is None
    desk.press(second, "undo")
    assert not Lead.objects.exists()


def test_undo_gives_back_the_value_from_before(desk: Desk, program):
    desk.imported(PEOPLE)
    desk.clock.at += timedelta(days=1)
    second = desk.imported("email,seniority\nana@winter.de,cto\n")
    desk.press(second, "undo")
    assert desk.latest("ana@winter.de", "seniority") == "vp"
    assert desk.dump() == desk.rebuilt()


def test_what_was_undone_can_be_imported_again(desk: Desk, program):
    of = desk.imported(PEOPLE)
    once = desk.facts()
    desk.press(of, "undo")
    desk.press(of, "again")
    desk.preview(of)
    assert desk.counts(of) == {"created": 2}
    desk.run(of)
    assert desk.facts() == once


def test_with_a_time_of_its_own_a_row_does_not_overwrite_what_is_newer(desk: Desk, program):
    desk.imported("email,seniority,time\nana@winter.de,cto,2026-05-30\n")
    desk.imported("email,seniority,time\nana@winter.de,vp,2026-01-05\n")
    assert desk.latest("ana@winter.de", "seniority") == "cto"
    assert Trait.objects.filter(field="seniority").count() == 2, "history is kept"


def test_only_gaps_are_filled_where_that_is_wanted(desk: Desk, program):
    desk.imported(PEOPLE)
    of = desk.upload("email,seniority,country\nana@winter.de,cto,DE\n")
    desk.preview(of, overwrite="no")
    desk.run(of)
    assert desk.latest("ana@winter.de", "seniority") == "vp"
    assert desk.latest("ana@winter.de", "country") == "DE"


def test_events_of_exports_that_overlap_are_there_once(desk: Desk, program):
    rows = ["ana@winter.de,demo,2026-05-01 10:00,web", "ana@winter.de,call,2026-05-02 11:00,phone"]
    desk.imported("\n".join(["email,event,time,channel", rows[0]]))
    second = desk.imported("\n".join(["email,event,time,channel", *rows]))
    events = Event.objects.filter(kind="track").order_by("occurred_at")
    assert [(e.event, e.properties) for e in events] == [
        ("demo", '{"channel":"web"}'), ("call", '{"channel":"phone"}'),
    ]  # fmt: skip
    assert (second.changed, second.same) == (1, 1)


def test_a_user_id_and_an_e_mail_in_one_row_are_one_person(desk: Desk, program):
    desk.imported("email,seniority\nana@winter.de,vp\n")
    desk.imported("email,user id,country\nana@winter.de,u7,DE\n")
    (lead,) = Lead.objects.all()
    assert (lead.kind, lead.email) == ("user", "ana@winter.de")
    assert desk.latest("ana@winter.de", "seniority") == "vp"


def test_of_two_rows_of_one_person_the_later_counts(desk: Desk, program):
    of = desk.upload("email,seniority\nana@winter.de,vp\nAna@Winter.de,cto\n")
    desk.preview(of)
    assert desk.counts(of) == {"created": 1, "changed": 1}
    desk.run(of)
    assert desk.latest("ana@winter.de", "seniority") == "cto"
    of.refresh_from_db()
    assert (of.created, of.changed) == (1, 1)


def test_refused_rows_come_back_with_reasons_and_no_cell_is_a_formula(desk: Desk, program):
    rows = "x,=cmd|' /C calc'!A0,\nana@winter.de,ok\n,@SUM(1+1),\ntest@test.com,+1+1,\n"
    of = desk.imported(f"email,name,note\n{rows}")
    answer = desk.browser.get(f"/imports/{of.pk}/refused.csv")
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    lines = list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert lines[0] == ["email", "name", "note", "leadline_line", "leadline_reason"]
    reasons = {row[3]: row[4] for row in lines[1:]}
    assert "is no e-mail address" in reasons["2"]
    assert "it has 2 cells, and the header has 3" in reasons["3"]
    assert "neither an e-mail nor a user id" in reasons["4"]
    assert "placeholder" in reasons["5"]
    assert not [cell for row in lines for cell in row if cell[:1] in "=+-@" and cell]
    assert len(lines) == 5


def test_the_refused_file_mended_imports_what_it_first_said(desk: Desk, program):
    of = desk.imported("email,name\nx,=Ana\n")
    text = desk.browser.get(f"/imports/{of.pk}/refused.csv").getvalue().decode("utf-8-sig")
    mended = desk.imported(text.replace("x,", "ana@winter.de,", 1))
    assert mended.mapping["columns"] == ["email", "field:name", "", ""]
    assert desk.latest("ana@winter.de", "name") == "=Ana"


def test_nobody_outside_sees_files(desk: Desk, program):
    of = desk.imported("email,name\nx,Ana\n")
    for role in ("rep", "manager", "reader"):
        other = desk.person(role)
        for path in ("/imports", "/imports/new", f"/imports/{of.pk}", f"/imports/{of.pk}/refused.csv"):
            assert other.get(path).status_code == 403, (role, path)
        assert other.post(f"/imports/{of.pk}/undo").status_code == 403
    assert Client().get(f"/imports/{of.pk}/refused.csv").status_code == 302
    some = desk.person("marketing", scope="own")
    assert some.get(f"/imports/{of.pk}").status_code == 403
    assert Import.objects.get().state == Import.DONE


def test_a_step_that_is_too_late_is_refused_in_words(desk: Desk, program):
    of = desk.upload(PEOPLE)
    desk.browser.post(f"/imports/{of.pk}/run")
    assert "This cannot be done now" in desk.look(of).text
    desk.preview(of)
    desk.browser.post(f"/imports/{of.pk}/run")
    desk.browser.post(f"/imports/{of.pk}/run")
    assert "It is under way" in desk.look(of).text
    assert Job.objects.filter(kind="import-run").count() == 1


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (["", "", "", ""], "No column says who somebody is"),
        (["email", "field:name", "field:name", ""], "go to the same place"),
        (["email", "event", "", ""], "Choose the column that names the event|An event needs its time"),
        (["email", "property:name", "", ""], "A property belongs to an event"),
    ],
)
def test_a_mapping_that_cannot_be_says_what_to_change(desk: Desk, program, columns, said):
    of = desk.upload(PEOPLE)
    answer = desk.match(of, columns)
    assert answer.status_code == 422
    assert any(word in answer.content.decode() for word in said.split("|"))


def test_exports_of_hubspot_and_salesforce_are_known_by_their_columns(desk: Desk, program):
    hubspot = desk.upload(
        "Record ID,First Name,Last Name,Email,Phone Number,Company Name,Job Title,Lifecycle Stage,"
        "Contact owner\n"
        "501,Ana,Winter,ana@winter.de,+49 30 123456,Winter AG,VP Sales,lead,Ben\n"
    )
    assert hubspot.mapping["preset"] == "hubspot"
    assert hubspot.mapping["columns"] == [
        "field:hubspot_id", "field:first_name", "field:last_name", "email", "field:phone", "field:company",
        "field:title", "field:lifecycle_stage", "",
    ]  # fmt: skip
    salesforce = desk.upload(
        "Id,FirstName,LastName,Company,Email,LeadSource,Status,OwnerId,IsDeleted,LastModifiedDate\n"
        "00Q1,Ana,Winter,Winter AG,ana@winter.de,Web,Open,005,false,2026-03-01T10:00:00.000+0000\n"
    )
    assert salesforce.mapping["preset"] == "salesforce"
    assert salesforce.mapping["columns"] == [
        "field:salesforce_id", "field:first_name", "field:last_name", "field:company", "email",
        "field:lead_source", "field:lead_status", "", "", "time",
    ]  # fmt: skip
    desk.preview(hubspot)
    desk.run(hubspot)
    assert desk.latest("ana@winter.de", "phone") == "+4930123456"


def test_columns_are_known_by_what_stands_in_them(desk: Desk, program):
    rows = "".join(f"p{i}@winter.de,+49 30 12345{i},{i}\n" for i in range(6))
    of = desk.upload(f"Kontakt,Erreichbar,Nr\n{rows}")
    assert of.mapping["columns"] == ["email", "field:phone", "field:nr"]


def test_what_stands_in_a_file_never_runs(desk: Desk, program):
    of = desk.upload(f'email,"{CANARY}"\nana@winter.de,"{CANARY}"\n"{CANARY}",x\n')
    for page in (desk.look(of), desk.preview(of), desk.look(desk.run(of)), look(desk.browser, "/imports")):
        assert page.runs == [] or all("script" not in r and "onerror" not in r for r in page.runs)
        assert "<script>canary" not in page.html


def test_the_history_is_one_number_of_queries(desk: Desk, program, django_assert_max_num_queries):
    for n in range(6):
        desk.imported(PEOPLE + f"p{n}@winter.de,x,,\n")
    with django_assert_max_num_queries(25):
        assert "p0" not in look(desk.browser, "/imports").text


def test_files_and_refused_rows_go_after_a_month_and_facts_stay(desk: Desk, program):
    of = desk.imported("email,name\nana@winter.de,Ana\nx,y\n")
    assert desk.folder(of).is_dir()
    desk.clock.at += timedelta(days=31)
    Runner(desk.clock).drain()
    of.refresh_from_db()
    assert not desk.folder(of).exists()
    assert not Refused.objects.exists()
    assert of.file_removed_at is not None
    assert "were removed" in desk.look(of).text
    assert Lead.objects.count() == 1
    desk.press(of, "undo")
    assert not Lead.objects.exists(), "undo needs no file"


def test_a_file_is_discarded_and_gone(desk: Desk, program):
    of = desk.upload(PEOPLE)
    folder = desk.folder(of)
    assert folder.is_dir()
    desk.discard(of)
    assert not folder.exists()
    assert not Import.objects.exists()


def test_values_that_no_model_understands_are_told_before(desk: Desk, clock: Clock):
    desk.publish("employees: number")
    of = desk.upload("email,employees\nana@winter.de,many\nben@holt.at,12\n")
    assert "One value of “employees” does not read as a number" in desk.preview(of).text


def test_undo_after_a_merge_leaves_what_a_rebuild_finds(desk: Desk, program, source, send, worker):
    send(source, "identify", userId="u1", traits={"seniority": "manager"})
    worker.drain()
    of = desk.imported(PEOPLE)
    user, ana = Lead.objects.get(kind="user"), Lead.objects.get(email="ana@winter.de")
    merge_leads(loser=ana.id, winner=user.id, by="ana@example.com", at=desk.clock())
    assert desk.latest("ana@winter.de", "seniority") == "vp"
    desk.press(of, "undo")
    (lead,) = Lead.objects.all()
    assert (lead.id, lead.email) == (user.id, "")
    assert desk.dump() == desk.rebuilt()


def test_what_the_team_noted_of_a_lead_waits_for_its_return(desk: Desk, program):
    of = desk.imported(PEOPLE)
    ana, ben = Lead.objects.get(email="ana@winter.de").id, Lead.objects.get(email="ben@holt.at").id
    Tag.objects.create(lead_id=ana, tag="fair", at=desk.clock(), by="ana@example.com")
    desk.press(of, "undo")
    assert set(Subject.objects.filter(id__in=[ana, ben]).values_list("id", flat=True)) == {ana}
    assert not Lead.objects.exists()
    again = desk.imported(PEOPLE)
    assert again.created == 2
    assert Lead.objects.get(email="ana@winter.de").id == ana


def test_a_list_does_not_bring_back_who_was_erased(desk: Desk, program):
    bury([("email", "ana@winter.de")], desk.clock())
    of = desk.upload(PEOPLE)
    page = desk.preview(of)
    assert desk.counts(of) == {"created": 1, "refused": 1}
    assert "this person was erased" in page.text
    desk.run(of)
    assert (of.created, of.refused) == (1, 1)
    assert [lead.email for lead in Lead.objects.all()] == ["ben@holt.at"]


# --- what a list tells has happened -------------------------------------------------------------------------


def test_nobody_is_told_of_what_a_list_says(desk: Desk, program, server, send, worker):
    Program.objects.update(effects_from=0)
    for user, day in (("ana", 10), ("ana", 1), ("ben", 10), ("ben", 1)):
        at = desk.clock.at - timedelta(days=day)
        send(server, "page", userId=user, properties={"path": "/pricing"}, at=at)
    send(server, "identify", userId="ben", traits={"seniority": "vp"})
    worker.drain()
    told, moved = Outbox.objects.count(), StageChange.objects.count()
    assert told, "Ben's server tells as ever"
    desk.clock.at += timedelta(hours=1)
    desk.imported("user id,seniority\nana,vp\n")
    assert StageChange.objects.count() > moved
    assert Outbox.objects.count() == told


def test_what_happens_after_an_import_is_told(desk: Desk, program, source, send, worker):
    Program.objects.update(effects_from=0)
    desk.imported(PEOPLE)
    desk.clock.at += timedelta(hours=1)
    for _ in range(3):
        send(source, "page", userId="new", properties={"path": "/pricing"})
    send(source, "identify", userId="new", traits={"seniority": "vp"})
    worker.drain()
    told = Outbox.objects.count()
    assert told
    of = desk.upload(PEOPLE.replace("Ben Holt,intern", "Ben Holt,vp"))
    desk.preview(of)
    desk.run(of)
    desk.press(of, "undo")
    assert Outbox.objects.count() == told
