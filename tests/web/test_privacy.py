"""A person's data: handed out, erased for good, and kept no longer than the team wants."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from pages_cast import look, signed_in
from web_cast import micros

from leadline.web.capture.models import FailedEvent, Source, Tally
from leadline.web.dump import derived_lines, fact_lines
from leadline.web.importing.files import folder_of
from leadline.web.importing.models import Refused
from leadline.web.leads.models import Event, Lead, Merge, Subject, Trait
from leadline.web.leads.tombstones import erased_at
from leadline.web.privacy import retention, views
from leadline.web.privacy.erasing import erase_leads
from leadline.web.privacy.models import ErasedTotal, Erasure, RetentionRule
from leadline.web.qualification.actions import merge_leads
from leadline.web.qualification.models import Outbox, StageChange, Standing
from leadline.web.qualification.programs import published
from leadline.web.replica import all_facts, follow


@pytest.fixture
def ana(db, clock, monkeypatch):
    monkeypatch.setattr(views, "now", clock)
    return signed_in()


@pytest.fixture
def mia(source, server, program, send, worker, clock):
    """A visitor who turned out to be Mia, with words of consent, a failed event, and a stage change."""
    send(source, "page", anonymousId="browser-mia", properties={"path": "/pricing"})
    traits = {"email": "mia@acme.example", "seniority": "vp", "name": "Mia Keller"}
    send(source, "identify", anonymousId="browser-mia", userId="mia-77", traits=traits)
    send(server, "identify", userId="mia-77", traits=traits)
    send(source, "page", userId="mia-77", properties={"path": "/pricing", "consent": "I agree to be called"})
    send(server, "track", userId="mia-77", event="", properties={"note": "mia-77 asked"})
    worker.drain()
    clock.at += timedelta(minutes=1)
    return Lead.objects.get()


@pytest.fixture
def zoe(server, send, worker):
    send(server, "identify", userId="zoe", traits={"email": "zoe@acme.example", "seniority": "vp"})
    worker.drain()
    return Lead.objects.exclude(name="Mia Keller").get()


def everything() -> str:
    """All that the database holds, as one text."""
    texts = []
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{table}"')
            texts += [bytes(c).decode("latin-1") if isinstance(c, bytes | memoryview) else str(c)
                      for row in cursor.fetchall() for c in row]  # fmt: skip
    return "\n".join(texts)


def test_all_that_is_kept_about_a_person_is_handed_out(ana, mia):
    answer = ana.post(f"/privacy/lead/{mia.id}/data")
    assert answer["Content-Disposition"].startswith("attachment")
    told = json.loads(answer.content)
    assert {i["value"] for i in told["goes_by"]} == {"browser-mia", "mia-77", "mia@acme.example"}
    assert {t["field"] for t in told["learnt"]} == {"email", "seniority", "name"}
    assert [e["event"] for e in told["happened"]].count("page") == 2
    assert told["consents"][0]["words"] == "I agree to be called"
    assert "MQL" in str(told["judged"]) or "mql" in str(told["judged"])


def test_an_erased_person_is_nowhere_and_the_others_are_untouched(ana, mia, zoe, clock):
    follow(micros(clock.at))
    before = {line for line in (*fact_lines(), *derived_lines(micros(clock.at))) if "zoe" in line}
    assert FailedEvent.objects.count() == 1
    page = ana.post(
        f"/privacy/lead/{mia.id}/erase", {"again": " mia keller", "because": "asked"}, follow=True
    )
    assert page.status_code == 200
    left = everything()
    for word in ("mia-77", "mia@acme", "Mia Keller", "browser-mia", "I agree to be called"):
        assert word not in left, word
    for model in (Standing, StageChange, Outbox):
        assert not model.objects.filter(**({"payload__contains": f'"lead_id":{mia.id},'} if model is Outbox
                                           else {"lead_id": mia.id})).exists()  # fmt: skip
    assert {line for line in (*fact_lines(), *derived_lines(micros(clock.at))) if "zoe" in line} == before


def test_the_columnar_files_are_free_of_them_at_once(mia, zoe, program, clock):
    follow(micros(clock.at))
    done = erase_leads(leads=[mia.id], because="asked", by=None, at=micros(clock.at))
    assert (done.files_until, done.subjects) == (None, [])
    model = published(program)[0].live.model
    events, traits, _ = all_facts(model).python_rows([str(mia.id), str(zoe.id)])
    assert {row["lead_id"] for row in (*events, *traits)} == {str(zoe.id)}


def test_totals_stay(mia, clock):
    tallies = set(Tally.objects.values_list("what", "count"))
    changes = StageChange.objects.count()
    erase_leads(leads=[mia.id], because="asked", by=None, at=micros(clock.at))
    assert set(Tally.objects.values_list("what", "count")) == tallies
    assert sum(ErasedTotal.objects.values_list("count", flat=True)) == changes == 1


@pytest.mark.parametrize("by", ["server", "source"])
def test_what_others_say_of_them_does_not_bring_them_back(mia, by, request, send, worker, clock):
    erase_leads(leads=[mia.id], because="asked", by=None, at=micros(clock.at))
    sender = request.getfixturevalue(by)
    early = clock.at - timedelta(days=1)
    send(sender, "identify", userId="mia-77", traits={"name": "Mia"}, at=early)
    send(sender, "page", anonymousId="browser-mia", properties={"path": "/pricing"}, at=early)
    send(sender, "identify", userId="another", traits={"email": "Mia@acme.example"}, at=early)
    clock.at += timedelta(days=1)
    if by == "server":
        send(sender, "identify", userId="mia-77", traits={"name": "Mia"})
    worker.drain()
    assert not Lead.objects.exists()
    assert not Event.objects.exists()
    assert Tally.objects.get(what="refused:erased").count == (4 if by == "server" else 3)


def test_a_server_that_is_not_trusted_does_not_bring_them_back_either(mia, server, send, worker, clock):
    erase_leads(leads=[mia.id], because="asked", by=None, at=micros(clock.at))
    Source.objects.filter(pk=server.pk).update(trusted=False)
    clock.at += timedelta(days=1)
    send(server, "identify", userId="mia-77", traits={"name": "Mia"})
    worker.drain()
    assert not Lead.objects.exists()
    assert Tally.objects.get(what="refused:erased").count == 1


def test_they_themselves_may_come_back_as_somebody_new(mia, source, send, worker, clock):
    erase_leads(leads=[mia.id], because="asked", by=None, at=micros(clock.at))
    clock.at += timedelta(days=1)
    send(source, "identify", userId="mia-77", traits={"name": "Mia"})
    worker.drain()
    assert Lead.objects.get().events == 0
    assert not Trait.objects.filter(field="seniority").exists()


def test_a_browser_of_two_people_keeps_the_others_facts(mia, source, send, worker, clock):
    clock.at += timedelta(days=1)
    send(source, "identify", anonymousId="browser-mia", userId="ben", traits={"name": "Ben"})
    send(source, "page", anonymousId="browser-mia", properties={"path": "/docs"})
    worker.drain()
    ben = Lead.objects.get(name="Ben")
    erase_leads(leads=[mia.id], because="asked", by=None, at=micros(clock.at))
    assert Lead.objects.get().id == ben.id
    paths = [
        json.loads(p).get("path")
        for p in Event.objects.filter(kind="page").values_list("properties", flat=True)
    ]
    assert paths == ["/docs"]


def test_a_merged_lead_goes_with_all_that_was_merged_into_it(mia, zoe, clock):
    merge_leads(loser=zoe.id, winner=mia.id, by="ana", at=micros(clock.at))
    erase_leads(leads=[mia.id], because="asked", by=None, at=micros(clock.at))
    for model in (Lead, Subject, Merge):
        assert not model.objects.exists()


def test_nothing_is_erased_without_the_name(ana, mia):
    ana.post(f"/privacy/lead/{mia.id}/erase", {"again": "mia", "because": "asked"})
    assert Lead.objects.filter(id=mia.id).exists()
    assert not Erasure.objects.exists()


def test_the_certificate_names_nobody(ana, mia, clock):
    done = erase_leads(leads=[mia.id], because="asked in writing", by=None, at=micros(clock.at))
    page = look(ana, f"/privacy/erasure/{done.id}")
    assert "asked in writing" in page.text
    assert "mia" not in page.text.lower()
    assert set(erased_at([("user", "mia-77"), ("email", "mia@acme.example"), ("user", "zoe")])) == {
        ("user", "mia-77"), ("email", "mia@acme.example"),
    }  # fmt: skip


def test_the_consent_log_has_what_forms_banners_and_servers_said(ana, mia, source, server, send, worker):
    for allowed in (True, True, False):
        banner = {"consent": {"categoryPreferences": {"Analytics": True, "Advertising": allowed, "odd": "x"}}}
        send(source, "page", userId="mia-77", properties={"path": "/"}, context=banner)
    send(server, "identify", userId="mia-77", traits={"marketing_consent": "no"})
    worker.drain()
    log = ana.get(f"/privacy/lead/{mia.id}").context["consents"]
    assert sorted(line["words"] for line in log) == [
        "I agree to be called", "marketing_consent: no", "✓ Advertising · ✓ Analytics",
        "✗ Advertising · ✓ Analytics",
    ]  # fmt: skip
    assert {line["source"] for line in log} == {"Website", "CRM"}


def test_people_of_an_old_list_are_found_by_the_rule_too(ana, zoe, server, send, worker, clock):
    assert zoe.last_seen is None
    at = clock.at - timedelta(days=900)
    send(server, "identify", userId="old", traits={"email": "old@acme.example"}, at=at)
    worker.drain()
    assert "would remove 0" in ana.post("/privacy/rule/leads", {"days": "30", "try": ""}).content.decode()
    clock.at += timedelta(days=31)
    send(server, "identify", userId="zoe", traits={"name": "Zoe"})
    worker.drain()
    page = ana.post("/privacy/rule/leads", {"days": "30", "try": ""}).content.decode()
    assert "would remove 1" in page
    assert "old@acme.example" in page


def test_a_rule_is_tried_before_it_holds(ana, mia, source, send, worker, clock):
    for number in range(3):
        send(source, "page", anonymousId=f"visitor-{number}", properties={"path": "/"})
    worker.drain()
    clock.at += timedelta(days=40)
    page = ana.post("/privacy/rule/visitors", {"days": "30", "try": ""})
    assert "would remove 3" in page.content.decode()
    assert Lead.objects.count() == 4
    ana.post("/privacy/rule/visitors", {"days": "30", "on": ""})
    assert retention.run_rules(micros(clock.at)) == 3
    assert Lead.objects.get().id == mia.id
    assert retention.run_rules(micros(clock.at)) == 0


def test_customers_are_kept_by_the_rule_for_people(mia, zoe, server, send, worker, clock):
    send(server, "track", userId="mia-77", event="deal_won")
    send(server, "page", userId="zoe", properties={"path": "/"})
    worker.drain()
    assert Standing.objects.get(lead_id=mia.id).stage == "customer"
    at = micros(clock.at + timedelta(days=400))
    retention.change_rule(kind=RetentionRule.LEADS, days=365, enabled=True, by=None, at=at)
    retention.run_rules(at)
    assert Lead.objects.get().id == mia.id


@pytest.mark.parametrize("days", ["0", "-1", "", "x", "99999999999", "1.5"])
def test_a_rule_wants_a_number_of_days(ana, days):
    ana.post("/privacy/rule/leads", {"days": days, "on": ""})
    assert not RetentionRule.objects.exists()


def test_files_rows_and_samples_of_an_import_forget_them_too(desk, program, clock):
    people = "E-mail,Name\nmia@acme.example,Mia Keller\nben@holt.at,Ben\nmia@acme.example x,Mia again\n"
    of = desk.imported(people)
    assert Refused.objects.count() == 1
    mia = Lead.objects.get(email="mia@acme.example")
    at = micros(desk.clock.at)
    erase_leads(leads=[mia.id], because="asked", by=None, at=at)
    assert "mia@acme" not in everything()
    of.refresh_from_db()
    assert of.file_removed_at == at
    assert not folder_of(of.id).exists()
    assert Lead.objects.get().email == "ben@holt.at"
