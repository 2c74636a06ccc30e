"""Old web-to-lead forms on other people's pages, which changed nothing but the address they post to."""

import json
from urllib.parse import quote_from_bytes

import pytest
from django.test import Client
from forms_cast import OURS, SITE, Page, asking_program, demo_form

from leadline.web.capture import installed as shared
from leadline.web.forms import limits, views
from leadline.web.leads.models import Event, Lead, Link, Trait

SALESFORCE = {
    "oid": "00D300000000abc", "retURL": "https://www.example.com/thanks", "debug": "0", "encoding": "UTF-8",
    "first_name": "Ana", "last_name": "Winter", "company": "Winter & Sons", "email": "ana@winter.de",
    "phone": "+49 30 1", "zip": "10115", "lead_source": "Web", "emailOptOut": "1",
    "Campaign_ID": "7013000000abc", "00N3000000AbCdE": "blue", "submit": "Send",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _here(inbox, clock, monkeypatch):
    monkeypatch.setattr(shared, "_shared", [inbox])
    monkeypatch.setattr(views, "now", clock)
    limits._rates._buckets.clear()


@pytest.fixture
def form(db):
    return demo_form(
        asking_program(), accept_foreign=True, allowed_origins=[SITE], redirect_hosts=["www.example.com"]
    )


def post(fields, origin=SITE, **more):
    return Client().post("/f/demo", fields, headers={"origin": origin, **more})


def test_a_salesforce_form_moves_by_changing_one_address(form, worker):
    answer = post(SALESFORCE)
    assert (answer.status_code, answer["Location"]) == (303, "https://www.example.com/thanks")
    worker.drain()
    assert dict(Trait.objects.values_list("field", "value")) == {
        "first_name": "Ana", "last_name": "Winter", "company": "Winter & Sons", "email": "ana@winter.de",
        "phone": "+49 30 1", "postal_code": "10115", "lead_source": "Web", "email_opt_out": "1",
        "00N3000000AbCdE": "blue",
    }  # fmt: skip
    assert Lead.objects.get().name == "Ana Winter"
    event = Event.objects.get()
    assert (event.event, json.loads(event.properties)["name"]) == ("form", "demo")


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/", "//evil.example", "javascript:alert(1)", "https://www.example.com@evil.example/",
        "https://www.example.com.evil.example/", "http:///evil.example", "/\\evil.example", "x" * 5000, "",
    ],
)  # fmt: skip
def test_nobody_is_sent_on_to_a_host_that_is_not_listed(form, inbox, wanted):
    assert post(SALESFORCE | {"retURL": wanted})["Location"] == "/f/demo/thanks"
    assert inbox.count() == 1


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "", "https://www.example.com.evil.example"]
)
def test_a_post_from_elsewhere_comes_back_as_our_page_with_all_that_was_typed(form, worker, inbox, origin):
    answer = post(SALESFORCE, origin, referer="https://evil.example/contact")
    page = Page(answer.content.decode())
    assert (answer.status_code, inbox.count()) == (403, 0)
    assert page.fields["email"] == "ana@winter.de"
    assert page.fields["ll_page"] == "https://evil.example/contact"

    browser = Client()
    assert browser.post("/f/demo", page.filled(), headers={"origin": OURS}).status_code == 303
    worker.drain()
    assert dict(Trait.objects.values_list("field", "value"))["00N3000000AbCdE"] == "blue"
    assert Lead.objects.get().name == "Ana Winter"


def test_a_form_takes_foreign_posts_only_where_it_says_so(form, inbox):
    form.accept_foreign = False
    form.save()
    assert post(SALESFORCE).status_code == 403
    assert inbox.count() == 0


def test_where_consent_is_needed_our_words_are_shown_first(form, inbox):
    form.consent_text, form.consent_required, form.consent_version = "You may write to me.", True, 1
    form.save()
    page = Page(post(SALESFORCE).content.decode())
    assert inbox.count() == 0
    assert Client().post("/f/demo", page.filled()).status_code == 422
    assert Client().post("/f/demo", page.filled(ll_consent="on")).status_code == 303
    assert inbox.count() == 1


def test_a_page_that_hides_its_origin_is_known_by_its_address(form, inbox):
    assert post(SALESFORCE, "null", referer=f"{SITE}/contact?a=b").status_code == 303
    assert inbox.count() == 1


def test_a_double_click_is_one_submission(form, worker):
    post(SALESFORCE)
    post(SALESFORCE)
    post(SALESFORCE | {"description": "One thing more"})
    worker.drain()
    assert Event.objects.count() == 2


def test_an_address_that_cannot_be_written_to_is_asked_for_again(form, worker, inbox):
    answer = post(SALESFORCE | {"email": "ana at winter"})
    page = Page(answer.content.decode())
    assert (answer.status_code, inbox.count()) == (422, 0)
    assert page.fields["email"] == "ana at winter"
    assert Client().post("/f/demo", page.filled(email="ana@winter.de")).status_code == 303
    worker.drain()
    assert Lead.objects.get().name == "Ana Winter"


def test_a_form_without_an_address_is_a_lead_by_itself(form, worker):
    post({"last_name": "Winter", "company": "Winter & Sons"})
    worker.drain()
    assert [(lead.kind, lead.company) for lead in Lead.objects.all()] == [("anon", "Winter & Sons")]


def test_the_visitor_whom_our_snippet_names_is_this_person(form, worker):
    post(SALESFORCE | {"ll_anon": "browser-1"})
    worker.drain()
    assert Link.objects.count() == 1
    assert Lead.objects.get().email == "ana@winter.de"


def test_a_page_that_is_not_in_utf_8_keeps_its_umlauts(form, worker):
    body = "last_name=" + quote_from_bytes("Müller".encode("latin-1")) + "&email=m%40winter.de"
    Client().post("/f/demo", body, content_type="application/x-www-form-urlencoded", headers={"origin": SITE})
    worker.drain()
    assert dict(Trait.objects.values_list("field", "value"))["last_name"] == "Müller"


def test_several_boxes_of_one_name_are_all_kept(form, worker):
    post(SALESFORCE | {"00N3000000Multi": ["red", "green"]})
    worker.drain()
    assert dict(Trait.objects.values_list("field", "value"))["00N3000000Multi"] == '["red","green"]'


def test_the_trap_and_the_limits_hold_for_foreign_posts_too(form, inbox):
    assert post(SALESFORCE | {"ll_confirm": "x"}).status_code == 422
    form.per_address = 1
    form.save()
    limits._rates._buckets.clear()
    assert [post(SALESFORCE | {"city": str(n)}).status_code for n in range(2)] == [303, 429]
    assert inbox.count() == 1


def test_hostile_names_and_values_are_shown_as_text(form):
    hostile = '"><script>alert(1)</script>'
    answer = post(
        {hostile: hostile, "email": hostile, "description": "x" * 6000, "a" * 500: "x"},
        "https://evil.example",
    )
    assert answer.status_code == 403
    assert "<script>alert" not in answer.content.decode()


def test_three_hundred_long_fields_come_back_and_can_be_sent_or_are_told_to_be_shorter(form, inbox):
    many = {f"field_{n}_{'x' * 60}": "y" * 20 for n in range(290)}
    page = Page(post(many, "https://evil.example").content.decode())
    assert Client().post("/f/demo", page.filled(email="ana@winter.de")).status_code in (303, 413)
    long = post({f"field_{n}": "y" * 4900 for n in range(12)})
    assert long.status_code == 413
    assert inbox.count() <= 1
