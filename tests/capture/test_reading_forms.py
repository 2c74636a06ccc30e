"""What a form's answers say, as JSON, as a browser posts them, and under Salesforce's names."""

from urllib.parse import urlencode

import pytest
from reading_cast import FORM, NOON, fields, read_all, reasons

from leadline.web.capture.facts import LinkFact, Read, Subject

EMAIL = Subject("email", "ana@acme.com")


def submitted(answers: dict | bytes, **request: object) -> Read:
    body = answers if isinstance(answers, bytes) else urlencode(answers, doseq=True).encode()
    [result] = read_all("form", body, FORM, **request)
    assert isinstance(result, Read), result
    return result


def test_a_form_is_about_the_e_mail_in_it() -> None:
    said = submitted({"email": " Ana@Acme.com", "first_name": "Ana", "ll_form": "demo", "ll_id": "s1"})
    assert said.event.subject == EMAIL
    assert (said.event.kind, said.event.event, said.event.properties["name"]) == ("form", "form", "demo")
    assert (said.event.event_id, said.event.occurred_at) == ("demo-form:s1", NOON)
    assert fields(said) == {"email": "Ana@Acme.com", "first_name": "Ana"}
    assert not any(trait.verified for trait in said.traits)


def test_the_visitor_who_filled_it_in_was_that_person() -> None:
    said = submitted({"email": "ana@acme.com", "ll_anon": "a1"})
    assert said.links == (LinkFact(Subject("anon", "a1"), EMAIL, NOON, "demo-form:~7.0"),)


def test_json_says_the_same_as_a_post() -> None:
    posted = submitted({"email": "ana@acme.com", "topics": ["a", "b"], "note": "x & y"})
    as_json = submitted(b'\xef\xbb\xbf {"email": "ana@acme.com", "topics": ["a", "b"], "note": "x & y"}')
    assert posted == as_json
    assert fields(posted)["topics"] == '["a","b"]'


def test_a_form_made_for_salesforce_is_read_as_it_is() -> None:
    said = submitted(
        {
            "oid": "00D000000000001",
            "retURL": "https://acme.test/thanks",
            "first_name": "Ana",
            "last_name": "Winter",
            "company": "Acme",
            "email": "ana@acme.com",
            "phone": "+43 1 234",
            "title": "CTO",
            "zip": "8010",
            "emailOptOut": "1",
            "URL": "https://acme.com",
            "00N5000000ABCDE": "50-100",
            "Campaign_ID": "701x",
            "submit": "Send",
        }
    )
    assert fields(said) == {
        "first_name": "Ana",
        "last_name": "Winter",
        "company": "Acme",
        "email": "ana@acme.com",
        "phone": "+43 1 234",
        "title": "CTO",
        "postal_code": "8010",
        "email_opt_out": "1",
        "website": "https://acme.com",
        "00N5000000ABCDE": "50-100",
    }
    assert said.event.context["campaign"] == {"id": "701x"}


def test_the_page_of_the_form_tells_how_the_visit_came() -> None:
    page = "https://acme.test/demo?utm_source=mail&email=x"
    said = submitted({"email": "ana@acme.com"}, referer=page)
    assert said.event.properties == {
        "name": "demo-form",
        "url": "https://acme.test/demo?utm_source=mail",
        "path": "/demo",
    }
    assert said.event.context["campaign"] == {"source": "mail"}


def test_the_words_that_were_agreed_to_stay_with_the_submission() -> None:
    said = submitted(
        {"email": "ana@acme.com", "ll_form": "news", "ll_consent": "Write to me.", "ll_else": "x"}
    )
    assert said.event.properties == {"name": "news", "consent": "Write to me."}
    assert fields(said) == {"email": "ana@acme.com"}


def test_without_a_usable_e_mail_the_answers_belong_to_the_visitor() -> None:
    said = submitted({"email": "test@test.com", "ll_anon": "a1", "phone": "1"})
    assert said.event.subject == Subject("anon", "a1")
    assert said.links == ()
    assert said.event.context["warnings"] == ["unusable_email"]
    assert fields(said)["phone"] == "1"


def test_a_form_of_nobody_is_kept_with_its_reason() -> None:
    assert reasons(read_all("form", b"phone=1", FORM)) == ["no_id"]


def test_a_form_is_kept_whatever_the_visitor_thinks_of_being_followed() -> None:
    assert submitted({"email": "ana@acme.com"}, gpc=True).event.subject == EMAIL


def test_a_crawlers_form_is_marked() -> None:
    assert submitted({"email": "ana@acme.com"}, user_agent="python-requests/2.3").event.bot.startswith(
        "crawler:"
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not_a_form"),
        (b"\x89PNG\r\n", "not_utf8"),
        (b"just words", "not_a_form"),
        (b"email=%ff", "not_utf8"),
        (b"{", "not_json"),
        (b'{"email": NaN}', "not_json"),
        (b'{"email": "a@b.co", "email": "b@b.co"}', "duplicate_key"),
        ("&".join(f"f{i}=1" for i in range(500)).encode(), "too_many_fields"),
        (b"a=1&" * 8_000, "too_many_fields"),
        (b"a=" + b"x" * 40_000, "message_too_large"),
    ],
)
def test_what_is_no_form_says_why(body: bytes, reason: str) -> None:
    [failed] = read_all("form", body, FORM)
    assert failed.reason == reason
    assert failed.body == body
