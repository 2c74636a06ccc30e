"""One spelling for e-mails, telephones, names, companies and domains."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.identity.normalise import (
    company_domain,
    company_key,
    domain,
    email,
    email_key,
    email_kind,
    fold,
    given_forms,
    person_name,
    phone,
    phone_key,
)


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("Ana.Winter@Example.COM", "ana.winter@example.com"),
        (" ana+crm@winter.de\n", "ana+crm@winter.de"),
        ("Ana Winter <ana@winter.de>", "ana@winter.de"),
        ("ana@münchen.de", "ana@münchen.de"),
        ("ana@xn--mnchen-3ya.de", "ana@münchen.de"),
        ("ana", None), ("ana@", None), ("@winter.de", None), ("ana@winter", None), ("ana@@winter.de", None),
        ("ana winter@winter.de", None), ("a@b.c, d@e.f", None), ("", None), (None, None), ("x" * 5000, None),
    ],
)  # fmt: skip
def test_an_address_is_stored_as_it_is_written_but_for_case_and_blanks(written, stored) -> None:
    assert email(written) == stored


def test_dots_and_tags_matter_to_the_key_alone() -> None:
    assert email("a.n.a+x@gmail.com") == "a.n.a+x@gmail.com"
    assert email_key("a.n.a+x@gmail.com") == email_key("ANA@googlemail.com") == "ana@gmail.com"
    assert email_key("a.n.a+x@winter.de") == "a.n.a@winter.de"
    assert email_key("+x@winter.de") == "+x@winter.de"


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("ana@winter.de", "work"), ("ana@gmail.com", "free"), ("ana@t-online.de", "free"),
        ("info@winter.de", "role"), ("no-reply@winter.de", "role"), ("sales+eu@winter.de", "role"),
        ("ana@mailinator.com", "disposable"), ("info@mailinator.com", "disposable"),
        ("ana@mx.mailinator.com", "disposable"), ("test@test.com", "invalid"), ("ana", "invalid"),
        (None, "invalid"),
    ],
)  # fmt: skip
def test_the_kind_of_an_address(address, kind) -> None:
    assert email_kind(address) == kind


@pytest.mark.parametrize(
    ("written", "region", "number"),
    [
        ("030 123456", "DE", "+4930123456"), ("(030) 12 34-56", "de", "+4930123456"),
        ("+49 (0)30 123456", None, "+4930123456"), ("0049 30 123456", None, "+4930123456"),
        ("0049 30 123456", "US", "+4930123456"), ("415-555-0123 ext. 7", "US", "+14155550123"),
        ("415.555.0123", None, None), ("12", "DE", None), ("not known", "DE", None), ("", "DE", None),
        ("1" * 100, "DE", None),
    ],
)  # fmt: skip
def test_numbers_in_one_spelling(written, region, number) -> None:
    assert phone(written, region) == number


def test_a_number_of_no_known_country_still_has_a_key() -> None:
    assert phone_key("415.555.0123") == phone_key("(415) 555 0123") == "4155550123"
    assert phone_key("000000000") is phone_key("unknown") is None


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("Dr. Ana Winter", "ana", "winter"), ("WINTER, Ana", "ana", "winter"),
        ("Frau Ana Winter", "ana", "winter"),
        ("Prof. Dr. Hans von der Mühlen", "hans", "von der muhlen"),
        ("Juan de la Vega III", "juan", "de la vega"),
        ("José", "jose", None), ("Łukasz Żółw", "lukasz", "zolw"), ("", None, None), (None, None, None),
    ],
)  # fmt: skip
def test_names_in_one_order_without_titles(written, first, last) -> None:
    assert person_name(written) == (first, last)


def test_short_forms_meet_their_full_name() -> None:
    assert "robert" in given_forms("rob")
    assert set(given_forms("bob")) & set(given_forms("robert"))
    assert given_forms("zebediel") == ["zebediel"]
    assert given_forms(None) == []


@pytest.mark.parametrize(
    "spellings",
    [
        ["Winter AG", "WINTER A.G.", "winter ag", " Winter  AG "],
        ["Müller & Söhne GmbH", "Müller und Söhne".replace("und", "and"), "Muller & Sohne GmbH & Co. KG"],
        ["The Acme Company", "Acme, Inc.", "ACME Ltd", "Acme LLC"],
        ["Société Générale S.A.", "Societe Generale"],
        ["Frost UG (haftungsbeschränkt)", "Frost UG"],
    ],
)
def test_companies_without_their_legal_form(spellings: list[str]) -> None:
    assert len({company_key(spelling) for spelling in spellings}) == 1


def test_a_company_that_is_only_a_legal_form_keeps_it() -> None:
    assert company_key("AG") == "ag"
    assert company_key(" ") is company_key(None) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://www.winter.co.uk:8080/a?b=c#d", "winter.co.uk"), ("winter.de", "winter.de"),
        ("WWW.Winter.DE/", "winter.de"), ("ana@mail.winter.de", "winter.de"), ("co.uk", None),
        ("winter", None), ("http://[::1", None), ("", None), (None, None), ("1.2.3.4", None),
        ("münchen.de", "xn--mnchen-3ya.de"),
    ],
)  # fmt: skip
def test_the_domain_that_can_be_registered(text, found) -> None:
    assert domain(text) == found


def test_a_free_domain_is_no_company() -> None:
    assert company_domain("ana@gmail.com") is company_domain("ana@mailinator.com") is None
    assert company_domain("ana@eu.winter.de") == company_domain("https://winter.de") == "winter.de"


@given(st.text())
def test_nothing_raises_whatever_stands_there(text: str) -> None:
    for function in (email, email_key, email_kind, phone, phone_key, person_name, company_key, domain, fold):
        function(text)
    assert fold(fold(text)) == fold(text)
    assert email(email(text)) == email(text)
    assert company_key(text) is None or company_key(text).strip()
