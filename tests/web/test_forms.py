"""A form as a stranger sees it, from the page to the lead."""

import json
import time
from datetime import timedelta

import pytest
from django.test import Client
from forms_cast import OURS, Page, asking_program, demo_form, opened
from web_cast import micros

from leadline.web.capture import installed as shared
from leadline.web.capture.inbox import BusyError, NotStoredError
from leadline.web.capture.models import FailedEvent, Tally
from leadline.web.forms import limits, views
from leadline.web.leads.models import Event, Lead, Link, Subject, Trait
from leadline.web.qualification.models import Standing


@pytest.fixture(autouse=True)
def _here(inbox, clock, monkeypatch):
    """The test's own inbox and clock, and nobody has sent anything yet."""
    monkeypatch.setattr(shared, "_shared", [inbox])
    monkeypatch.setattr(views, "now", clock)
    limits._rates._buckets.clear()


@pytest.fixture
def program(db):
    return asking_program()


@pytest.fixture
def browser():
    return Client(headers={"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0"})


def post(browser, page, path="/f/demo", **answers):
    return browser.post(path, page.filled(**answers), headers={"origin": OURS})


def said(inbox):
    return [json.loads(item.body) for item in inbox.peek(1000)]


def traits():
    return dict(Trait.objects.values_list("field", "value"))


def test_a_stranger_fills_in_a_form_and_is_a_lead_with_a_raised_hand(browser, program, worker):
    demo_form(program)
    page = opened(browser, "/f/demo?utm_source=News&utm_medium=email")
    assert page.asked == ["email", "employees", "pain"]
    answer = post(browser, page, email="Ana@Winter.de", employees="250", pain="Too many <lists>")
    assert (answer.status_code, answer["Location"]) == (303, "/f/demo/thanks")
    assert "Thank you" in browser.get("/f/demo/thanks").content.decode()

    worker.drain()
    ana = Lead.objects.get()
    assert (ana.kind, ana.email) == ("email", "ana@winter.de")
    assert Subject.objects.get(kind="email").value == "ana@winter.de"
    assert traits() == {"email": "Ana@Winter.de", "employees": "250", "pain": "Too many <lists>"}
    standing = Standing.objects.get()
    assert (standing.fit, standing.intent, standing.hand_raised, standing.quality) == (30, 40, True, "good")
    event = Event.objects.get()
    assert (event.kind, json.loads(event.properties)["name"]) == ("form", "demo")
    assert json.loads(event.context)["campaign"] == {"source": "news", "medium": "email"}


def test_answers_of_every_kind_are_facts_that_the_engine_reads(browser, program, worker):
    demo_form(program, "email", "employees", "timeframe", "is_customer", "start", "role")
    page = opened(browser)
    assert (page.kinds["timeframe"], page.kinds["role"], page.kinds["start"]) == ("radio", "select", "date")
    post(
        browser, page, email="ana@winter.de", employees="1250.50", timeframe="now", is_customer="false",
        start="2026-09-30", role="pays",
    )  # fmt: skip
    worker.drain()
    assert traits() | {"email": ""} == {
        "email": "", "employees": "1250.5", "timeframe": "now", "is_customer": "false", "start": "2026-09-30",
        "role": "pays",
    }  # fmt: skip


def test_sentences_are_in_the_language_of_the_page(program):
    demo_form(program)
    german = Client(headers={"accept-language": "de"})
    page = Page(post(german, opened(german), email="ana@winter.de", pain="x" * 5001).content.decode())
    assert "Ensure this value has at most 5000 characters" in page.text


def test_what_is_left_open_is_not_known_and_says_nothing(browser, program, worker):
    demo_form(program, "email", "employees", "is_customer")
    post(browser, opened(browser), email="ana@winter.de", employees=" ")
    worker.drain()
    assert traits() == {"email": "ana@winter.de"}


def test_errors_stand_beside_the_fields_and_what_was_typed_stays(browser, program, inbox):
    demo_form(program, "email", "employees", "timeframe")
    answer = post(browser, opened(browser), email="<b>ana</b>", employees="many", timeframe="never")
    page = Page(answer.content.decode())
    assert answer.status_code == 422
    assert page.fields["email"] == "<b>ana</b>"
    assert "<b>ana</b>" not in page.html
    assert page.fields["employees"] == "many"
    for sentence in ("not an e-mail address", "a number such as 250", "choose one of the answers"):
        assert sentence in page.text
    assert 'aria-invalid="true"' in page.html
    assert 'aria-describedby="q_email_error"' in page.html
    assert inbox.count() == 0

    assert post(browser, page, email="ana@winter.de", employees="7", timeframe="now").status_code == 303
    assert inbox.count() == 1


def test_a_page_that_is_sent_twice_is_one_submission_and_a_corrected_one_another(browser, program, worker):
    demo_form(program)
    page = opened(browser)
    for _ in range(2):
        assert post(browser, page, email="ana@winter.de").status_code == 303
    worker.drain()
    assert Event.objects.count() == 1
    post(browser, page, email="ana@winter.de", pain="One thing more")
    worker.drain()
    assert Event.objects.count() == 2
    assert Lead.objects.count() == 1


def test_fifty_submissions_with_one_address_are_one_lead(program, worker):
    demo_form(program, per_address=100)
    page = opened(Client())
    for number in range(50):
        post(Client(), page, email="ana@winter.de", employees=str(number))
    worker.drain()
    assert (Lead.objects.count(), Event.objects.count()) == (1, 50)


# --- progressive ------------------------------------------------------------------------------------------


def test_a_visitor_who_comes_back_is_asked_what_is_still_open_and_no_value_is_shown(
    browser, program, worker, clock
):
    demo_form(program, "email", "employees", "pain", "timeframe", most_asked=2)
    first = opened(browser)
    assert first.asked == ["email", "employees"]
    post(browser, first, email="ana@winter.de", employees="250")
    worker.drain()

    second = opened(browser)
    assert second.asked == ["pain", "timeframe"]
    assert "ana@winter.de" not in second.html
    assert "250" not in second.text
    clock.at += timedelta(days=1)
    post(browser, second, pain="Lists", timeframe="now")
    worker.drain()

    assert opened(browser).asked == []
    assert Lead.objects.get().email == "ana@winter.de"
    assert set(traits()) == {"email", "employees", "pain", "timeframe"}


def test_whoever_types_a_strangers_address_learns_nothing_by_what_is_asked_next(program, worker):
    demo_form(program, "email", "employees", "pain")
    ana, cleo = Client(), Client()
    post(ana, opened(ana), email="ana@winter.de", employees="250", pain="Lists")
    worker.drain()

    answers = [post(cleo, opened(cleo), email=email) for email in ("ana@winter.de", "nobody@winter.de")]
    assert {(a.status_code, a["Location"], a.content) for a in answers} == {(303, "/f/demo/thanks", b"")}
    worker.drain()
    assert opened(cleo).asked == ["employees", "pain"]


@pytest.mark.parametrize(
    "guess", ["1", "ana@winter.de", "customer-1842", "4a8d5c06-1c2a-11f1-8de9-0242ac120002"]
)
def test_an_id_that_could_be_guessed_opens_nothing(browser, program, worker, source, send, guess):
    demo_form(program)
    send(source, "identify", anonymousId=guess, traits={"email": "ana@winter.de", "employees": 250})
    worker.drain()
    browser.cookies["visitor"] = guess
    assert opened(browser).asked == ["email", "employees", "pain"]
    assert opened(browser, f"/f/demo?ll_anon={guess}&visitor={guess}").asked == ["email", "employees", "pain"]
    framed = browser.post("/f/demo/frame/visitor", {"ll_anon": guess})
    assert Page(framed.content.decode()).asked == ["email", "employees", "pain"]


def test_a_frame_asks_what_the_visitor_of_the_page_around_it_has_not_told(
    browser, program, worker, source, send
):
    demo_form(program)
    visitor = "3f0e8a52-7c0d-4b8e-9c55-2f6f1a0f9d11"
    send(source, "identify", anonymousId=visitor, traits={"email": "ana@winter.de", "employees": 250})
    worker.drain()
    page = Page(browser.post("/f/demo/frame/visitor", {"ll_anon": visitor}).content.decode())
    assert page.asked == ["pain"]
    assert "ana@winter.de" not in page.html
    post(browser, page, "/f/demo/frame", pain="Lists")
    worker.drain()
    assert Lead.objects.get().email == "ana@winter.de"
    assert traits()["pain"] == "Lists"


def test_somebody_else_at_the_same_browser_begins_anew(browser, program, worker):
    demo_form(program)
    post(browser, opened(browser), email="ana@winter.de", employees="250")
    worker.drain()
    assert "as somebody else" in opened(browser).text
    browser.post("/f/demo/anew")
    page = opened(browser)
    assert page.asked == ["email", "employees", "pain"]
    post(browser, page, email="ben@winter.de")
    worker.drain()
    assert set(Lead.objects.values_list("email", flat=True)) == {"ana@winter.de", "ben@winter.de"}


def test_no_cookie_is_set_before_something_is_sent(browser, program):
    demo_form(program)
    page = opened(browser)
    assert not browser.cookies
    post(browser, page, email="ana@winter.de")
    cookie = browser.cookies["visitor"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def test_a_strangers_page_cannot_give_a_browser_an_id_that_it_knows(browser, program):
    demo_form(program)
    page = opened(Client())
    for origin in ({"origin": "https://evil.example"}, {"origin": "null"}, {}):
        browser.post("/f/demo", page.filled(email="ana@winter.de"), headers=origin)
        assert not browser.cookies


def test_global_privacy_control_keeps_the_submission_and_follows_nobody(program, worker, inbox):
    demo_form(program)
    private = Client(headers={"sec-gpc": "1"})
    page = opened(private)
    assert 'data-partial="/f/' not in page.html
    post(private, page, email="ana@winter.de")
    assert not private.cookies
    assert "ll_anon" not in said(inbox)[0]
    worker.drain()
    assert (Lead.objects.get().email, Link.objects.count()) == ("ana@winter.de", 0)


def test_a_placeholder_for_an_address_is_a_visitor_of_its_own_even_with_privacy_control(program, worker):
    demo_form(program)
    private = Client(headers={"sec-gpc": "1"})
    post(private, opened(private), email="test@test.com", pain="Lists")
    worker.drain()
    assert (Lead.objects.get().kind, FailedEvent.objects.count()) == ("anon", 0)


# --- what was typed and not sent --------------------------------------------------------------------------


def test_partial_answers_are_kept_and_an_address_that_was_not_submitted_makes_no_lead(
    browser, program, worker
):
    demo_form(program)
    page = opened(browser)
    answer = browser.post(
        "/f/demo/partial",
        {"ll_token": page.fields["ll_token"], "ll_filled": "email,employees,evil", "employees": "250",
         "email": "ana@winter.de", "evil": "1"},
    )  # fmt: skip
    assert answer.status_code == 204
    worker.drain()
    event = Event.objects.get()
    kept = json.loads(event.properties)
    assert (event.event, kept["filled"], kept["answers"]) == (
        "form_partial", ["email", "employees"], {"employees": "250"},
    )  # fmt: skip
    assert "ana@winter.de" not in event.properties + event.context
    assert (Lead.objects.get().kind, traits()) == ("anon", {})

    post(browser, page, email="ana@winter.de", employees="250")
    worker.drain()
    assert (Lead.objects.get().email, Lead.objects.get().events) == ("ana@winter.de", 2)


def test_a_form_can_leave_partial_answers_alone(browser, program, inbox):
    demo_form(program, keep_partial=False)
    page = opened(browser)
    assert 'data-partial="/f/' not in page.html
    browser.post("/f/demo/partial", {"ll_token": page.fields["ll_token"], "employees": "250"})
    assert inbox.count() == 0


# --- consent ----------------------------------------------------------------------------------------------


def test_consent_is_kept_with_the_number_of_the_text_that_was_agreed_to(browser, program, worker):
    demo_form(program, consent_text="You may write to me.", consent_version=3)
    page = opened(browser)
    assert "ll_consent" not in page.fields  # never ticked by us
    post(browser, page, email="ana@winter.de", ll_consent="on")
    worker.drain()
    assert traits() == {
        "email": "ana@winter.de", "marketing_consent": "true", "marketing_consent_version": "demo:3",
    }  # fmt: skip


def test_consent_is_to_the_text_that_was_shown_not_to_a_later_one(browser, program, inbox):
    form = demo_form(program, consent_text="You may write to me.", consent_version=1)
    page = opened(browser)
    form.consent_text, form.consent_version = "You may call me at night.", 2
    form.save()
    wrong = post(browser, page, email="ana", ll_consent="on")
    post(browser, page, email="ana@winter.de", ll_consent="on")
    post(browser, Page(wrong.content.decode()), email="ana@winter.de")
    assert [body["marketing_consent_version"] for body in said(inbox)] == ["demo:1", "demo:2"]


def test_a_box_that_is_not_ticked_takes_nothing_back_and_a_needed_one_is_asked_for(browser, program, worker):
    form = demo_form(program, consent_text="You may write to me.", consent_version=1)
    post(browser, opened(browser), email="ana@winter.de")
    worker.drain()
    assert "marketing_consent" not in traits()
    form.consent_required = True
    form.save()
    answer = post(browser, opened(Client()), email="ben@winter.de")
    assert answer.status_code == 422
    assert "Please tick this box" in answer.content.decode()


# --- what speaks against it -------------------------------------------------------------------------------


def test_a_trap_that_people_do_not_see_is_not_stored_and_can_be_sent_again(browser, program, inbox):
    demo_form(program)
    answer = post(browser, opened(browser), email="ana@winter.de", ll_confirm="Buy now")
    page = Page(answer.content.decode())
    assert (answer.status_code, inbox.count(), page.fields["email"]) == (422, 0, "ana@winter.de")
    assert post(browser, page).status_code == 303


def test_nobody_fills_it_in_faster_than_people_can(browser, program, inbox, clock):
    demo_form(program, least_seconds=3)
    page = opened(browser)
    answer = post(browser, page, email="ana@winter.de")
    assert (answer.status_code, inbox.count()) == (422, 0)
    clock.at += timedelta(seconds=4)
    assert post(browser, Page(answer.content.decode())).status_code == 303


def test_a_page_that_stood_open_for_days_is_sent_with_one_more_click(browser, program, inbox, clock):
    demo_form(program)
    page = opened(browser)
    clock.at += timedelta(days=3)
    answer = post(browser, page, email="ana@winter.de")
    assert (answer.status_code, inbox.count()) == (422, 0)
    assert post(browser, Page(answer.content.decode())).status_code == 303
    assert said(inbox)[0]["email"] == "ana@winter.de"


def test_a_token_of_another_form_or_a_forged_one_is_none(browser, program, inbox):
    demo_form(program)
    page = opened(browser)
    forged = page.fields["ll_token"][:-3] + "abc"
    for token in (forged, "", "x" * 100_000, "a:b", "\u00e4"):
        answer = post(browser, page, email="ana@winter.de", ll_token=token)
        assert answer.status_code == 403
        assert Page(answer.content.decode()).fields["email"] == "ana@winter.de"
    assert inbox.count() == 0


def test_a_field_that_the_page_did_not_ask_is_not_taken(browser, program, inbox):
    demo_form(program)
    post(browser, opened(browser), email="ana@winter.de", is_admin="true", ll_anon="other", ll_form="other")
    assert set(said(inbox)[0]) == {"email", "ll_form", "ll_id", "ll_page", "ll_anon"}
    assert said(inbox)[0]["ll_form"] == "demo"


def test_too_many_submissions_from_one_address_wait_and_others_do_not(program, inbox):
    demo_form(program, per_address=2, per_form=4)
    here, there = Client(REMOTE_ADDR="192.0.2.1"), Client(REMOTE_ADDR="192.0.2.2")
    answers = [post(here, opened(here), email=f"a{n}@winter.de") for n in range(3)]
    assert [a.status_code for a in answers] == [303, 303, 429]
    assert answers[2]["Retry-After"] == "60"
    assert Page(answers[2].content.decode()).fields["email"] == "a2@winter.de"
    assert [post(there, opened(there), email=f"b{n}@winter.de").status_code for n in range(2)] == [303, 303]
    other = Client(REMOTE_ADDR="192.0.2.3")
    assert post(other, opened(other), email="cleo@winter.de").status_code == 429  # the form's own limit
    assert inbox.count() == 4


def test_a_forwarded_address_counts_only_from_a_trusted_proxy(program):
    demo_form(program, per_address=1)
    answers = []
    for number in range(2):
        browser = Client(headers={"x-forwarded-for": f"198.51.100.{number}"})
        answers.append(post(browser, opened(browser), email="ana@winter.de").status_code)
    assert answers == [303, 429]


@pytest.mark.parametrize(("fault", "after"), [(NotStoredError("no"), "5"), (BusyError("no"), "1")])
def test_what_could_not_be_stored_stays_in_the_page(browser, program, monkeypatch, inbox, fault, after):
    demo_form(program)

    def fail(*_, **__):
        raise fault

    with monkeypatch.context() as away:
        away.setattr(inbox, "append", fail)
        answer = post(browser, opened(browser), email="ana@winter.de", pain="Lists")
    page = Page(answer.content.decode())
    assert (answer.status_code, answer["Retry-After"]) == (503, after)
    assert (page.fields["email"], page.fields["pain"]) == ("ana@winter.de", "Lists")
    assert "Nothing is lost" in page.text
    assert post(browser, page).status_code == 303


def test_ten_thousand_fields_are_refused_in_milliseconds(browser, program, inbox):
    demo_form(program)
    body = "&".join(f"field{n}=x" for n in range(10_000))
    begun = time.perf_counter()
    answer = browser.post("/f/demo", body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400
    assert time.perf_counter() - begun < 0.2
    assert inbox.count() == 0


@pytest.mark.parametrize("size", [300_000, 3_000_000])
def test_a_body_larger_than_a_form_is_refused(browser, program, size):
    demo_form(program)
    answer = browser.post("/f/demo", {"email": "a" * size})
    assert answer.status_code == 413


def test_answers_that_are_too_long_are_said_beside_their_field_or_together(browser, program, inbox):
    demo_form(program, "email", "pain")
    answer = post(browser, opened(browser), email="ana@winter.de", pain="x" * 5001)
    assert answer.status_code == 422
    assert len(Page(answer.content.decode()).fields["pain"]) == 5001
    assert "at most 5000 characters" in answer.content.decode()
    assert inbox.count() == 0


@pytest.mark.parametrize(
    "body", [b"\xff\xfe%00", b"email=%00%ff", b"{}", b"=&=&=", b"ll_token=%", b"email=" + b"\xf0\x9f" * 99]
)
def test_hostile_bodies_are_answered_with_a_page(browser, program, inbox, body):
    demo_form(program)
    for kind in (
        "application/x-www-form-urlencoded",
        "text/plain",
        "multipart/form-data; boundary=x",
        "a/b;c",
    ):
        answer = browser.post("/f/demo", body, content_type=kind)
        assert answer.status_code in (400, 403, 422)
    assert inbox.count() == 0


def test_files_are_not_taken(browser, program, inbox, tmp_path):
    demo_form(program)
    (tmp_path / "a.txt").write_text("a")
    with (tmp_path / "a.txt").open() as file:
        answer = browser.post("/f/demo", opened(browser).filled(email="ana@winter.de", file=file))
    assert answer.status_code == 303
    assert "file" not in said(inbox)[0]


def test_a_form_that_is_not_published_is_not_there_at_any_address(browser, program, inbox):
    form = demo_form(program)
    page = opened(browser)
    form.published = False
    form.save()
    for path in ("/f/demo", "/f/demo/frame", "/f/nothing", "/f/demo/thanks"):
        assert browser.get(path).status_code == 404
    for path in ("/f/demo", "/f/demo/frame", "/f/demo/partial", "/f/demo/frame/visitor", "/f/demo/anew"):
        assert browser.post(path, page.filled(email="ana@winter.de")).status_code == 404
    assert inbox.count() == 0


def test_a_question_that_left_the_form_meanwhile_is_still_taken(browser, program, inbox):
    form = demo_form(program)
    page = opened(browser)
    form.questions = [{"name": "email", "required": True}]
    form.save()
    post(browser, page, email="ana@winter.de", pain="Lists")
    assert said(inbox)[0]["pain"] == "Lists"


# --- frames and where it goes on --------------------------------------------------------------------------


def test_only_the_forms_own_sites_may_frame_it(browser, program):
    form = demo_form(program, allowed_origins=["https://www.example.com", "https://shop.example.com"])
    framed, alone = browser.get("/f/demo/frame"), browser.get("/f/demo")
    assert (
        "frame-ancestors https://www.example.com https://shop.example.com"
        in framed["Content-Security-Policy"]
    )
    assert "X-Frame-Options" not in framed
    assert "frame-ancestors 'none'" in alone["Content-Security-Policy"]
    assert alone["X-Frame-Options"] == "DENY"
    form.allowed_origins = []
    form.save()
    assert "frame-ancestors 'none'" in browser.get("/f/demo/frame")["Content-Security-Policy"]


def test_the_script_is_small_and_the_same_for_every_form(browser, program):
    answer = browser.get("/f/demo.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert len(answer.content) < 3000
    assert browser.get("/f/other.js", headers={"if-none-match": answer["ETag"]}).status_code == 304


def test_after_the_form_people_go_on_only_to_hosts_of_the_list(browser, program):
    form = demo_form(
        program, redirect_url="https://www.example.com/thanks", redirect_hosts=["www.example.com"]
    )
    page = opened(browser)
    assert post(browser, page, email="ana@winter.de")["Location"] == "https://www.example.com/thanks"
    assert "form-action 'self' https://www.example.com" in browser.get("/f/demo")["Content-Security-Policy"]
    form.redirect_hosts = []
    form.save()
    assert post(browser, page, email="ana@winter.de")["Location"] == "/f/demo/thanks"


def test_what_is_stored_is_read_by_the_worker_without_a_failure(browser, program, worker, clock):
    demo_form(program, "phone", required=())
    post(browser, opened(browser), phone="+49 30 123456")
    worker.drain()
    assert FailedEvent.objects.count() == 0
    assert dict(Tally.objects.values_list("what", "count")) == {"stored": 1}
    assert Event.objects.get().received_at == micros(clock.at)
