"""What is proposed as a duplicate, what never is, and why it is said to be one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from identity_cast import colleagues

from leadline.identity.duplicates import ColumnsError, find_duplicates
from leadline.identity.duplicates.columns import guess, kind_by_name, kind_by_values
from leadline.identity.duplicates.prepared import iso_date

ANA = {"id": "1", "name": "Ana Winter", "email": "ana.winter@gmail.com", "company": "Winter AG", "phone": ""}
BEN = {
    "id": "9",
    "name": "Ben Sommer",
    "email": "ben@sommer.de",
    "company": "Sommer GmbH",
    "phone": "030 777777",
}


def proposed(rows, **options) -> list[tuple[str, str]]:
    pairs = find_duplicates(rows, **options).pairs.to_pylist()
    return sorted((pair["id_1"], pair["id_2"]) for pair in pairs)


ONE_PERSON = {
    "case, order and a title": {"name": "Dr. WINTER, Ana"},
    "dots and a tag in the e-mail": {"email": "anawinter+crm@googlemail.com"},
    "a slip in the e-mail": {"email": "ana.wintr@gmail.com"},
    "no e-mail, but name and company": {"email": "", "company": "WINTER"},
}


@pytest.mark.parametrize("case", ONE_PERSON)
def test_one_person_written_twice_is_proposed(case: str) -> None:
    assert proposed([ANA, BEN, {**ANA, "id": "2", **ONE_PERSON[case]}]) == [("1", "2")]


STRANGERS = {
    "a namesake at another company": {"email": "ana@other.de", "company": "Other Ltd", "phone": ""},
    "a colleague": {"name": "Cleo Herbst", "email": "cleo@winter.de"},
    "a colleague of the same last name": {"name": "Cleo Winter", "email": "cleo@winter.de"},
    "who left a placeholder as well": {"name": "Test", "email": "test@test.com", "company": "n/a"},
}


@pytest.mark.parametrize("case", STRANGERS)
def test_strangers_are_not_proposed(case: str) -> None:
    ana = {**ANA, "email": "ana@winter.de", "phone": "030 123456"}
    other = {**ana, "id": "2", **STRANGERS[case]}
    if "placeholder" in case:
        ana |= {"email": "test@test.com", "company": "N/A"}
    assert proposed([ana, BEN, other], threshold=0.9) == []


def test_a_mailbox_of_a_function_makes_nobody_one() -> None:
    cleo = {**ANA, "id": "2", "name": "Cleo Herbst", "email": "info@winter.de"}
    assert proposed([{**ANA, "email": "info@winter.de"}, cleo, BEN]) == []


def test_the_reasons_are_said_in_words_and_what_speaks_against_too() -> None:
    again = {**ANA, "id": "2", "name": "Ana Wintner", "email": "anawinter@gmail.com", "company": "Frost Inc."}
    (pair,) = find_duplicates([ANA, BEN, again]).pairs.to_pylist()
    assert pair["rule"] == "same e-mail and first name"
    assert "same e-mail but for dots or a +tag" in pair["reasons"]
    assert "last names alike 0.97" in pair["reasons"]
    assert pair["against"] == ["different company"]
    assert 0.5 < pair["probability"] <= 1


def test_three_rows_of_one_person_are_one_cluster() -> None:
    rows = [ANA, {**ANA, "id": "2"}, BEN, {**ANA, "id": "3", "name": "WINTER, Ana"}]
    found = find_duplicates(rows)
    assert {(row["cluster"], row["id"]) for row in found.clusters.to_pylist()} == {
        (1, "1"),
        (1, "2"),
        (1, "3"),
    }


@pytest.fixture(scope="module")
def office():
    rows, same = colleagues()
    return rows, same, find_duplicates(rows)


def test_colleagues_who_share_everything_but_themselves_are_told_apart(office) -> None:
    _, same, found = office
    assert found.learnt
    pairs = set(zip(found.pairs["row_1"].to_pylist(), found.pairs["row_2"].to_pylist(), strict=True))
    assert len(pairs & same) / len(pairs) > 0.9
    assert len(pairs & same) / len(same) > 0.9


def test_the_same_table_gives_the_same_answer(office) -> None:
    rows, _, found = office
    again = find_duplicates(rows)
    assert again.pairs.equals(found.pairs)
    assert again.clusters.equals(found.clusters)


@pytest.mark.parametrize(
    "rows",
    [
        [], [ANA], [ANA, BEN], [{"id": "1", "name": None}, {"id": "2", "name": None}],
        [{"name": "Ana"}] * 60, [{"email": "x"}, {"email": "x" * 10_000}], [{"name": "\0"}] * 2,
    ],
)  # fmt: skip
def test_tables_with_little_in_them_are_no_trouble(rows) -> None:
    if not rows:
        with pytest.raises(ColumnsError, match="tells people apart"):
            find_duplicates(rows)
    else:
        assert find_duplicates(rows).rows == len(rows)


@settings(max_examples=settings.default.max_examples // 20)
@given(
    st.lists(
        st.fixed_dictionaries({k: st.text(max_size=12) for k in ("name", "email", "dob", "tel")}), min_size=1
    )
)
def test_whatever_stands_in_the_cells_nothing_raises(rows) -> None:
    assert find_duplicates(rows).rows == len(rows)


def test_a_table_without_people_says_what_is_needed() -> None:
    with pytest.raises(ColumnsError, match=r"no column tells people apart.*`colour`"):
        find_duplicates([{"colour": "red", "country": "DE"}])


def test_a_column_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(ColumnsError, match="did you mean `name`"):
        find_duplicates([ANA], columns={"nam": "full_name"})
    with pytest.raises(ColumnsError, match="did you mean `city`"):
        find_duplicates([ANA], columns={"name": "citi"})
    with pytest.raises(ColumnsError, match="there is no column `x`"):
        find_duplicates([ANA], id_column="x")
    with pytest.raises(ValueError, match="threshold is 0"):
        find_duplicates([ANA], threshold=0)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("First Name", "first_name"), ("given_name", "first_name"), ("Vorname", "first_name"),
        ("LastName", "last_name"), ("surname", "last_name"), ("name", "full_name"),
        ("Contact Name", "full_name"),
        ("E-Mail", "email"), ("Work Email", "email"), ("emailAddress", "email"), ("Mobile Phone", "phone"),
        ("dob", "birth"), ("date_of_birth", "birth"), ("Company Name", "company"),
        ("Account Name", "company"),
        ("PLZ", "postcode"), ("Zip/Postal Code", "postcode"), ("suburb", "city"), ("address_1", "street"),
        ("Street Number", "street_number"), ("State/Province", "region"), ("Website URL", "website"),
        ("Email Opt-in", None), ("Lead Status", None), ("Phone Type", None), ("Created Date", None),
        ("Number of Employees", None), ("Product Name", None), ("Score", None), ("Owner Name", None),
    ],
)  # fmt: skip
def test_what_a_column_is_by_its_name(name: str, kind: str | None) -> None:
    assert kind_by_name(name) == kind


def test_what_a_column_is_by_its_values() -> None:
    assert kind_by_values(["ana@winter.de", "ben@sommer.de", "", "?"]) == "email"
    assert kind_by_values(["+49 30 123456", "030/7777777"]) == "phone"
    assert kind_by_values(["20260101", "1234567"]) is None
    assert guess({"A1": ["ana@winter.de"], "B": ["x"]}).used == {"A1": "email"}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("19710624", "1971-06-24"), ("1971-06-24", "1971-06-24"), ("24.6.1971", "1971-06-24"),
        ("24/06/1971", "1971-06-24"), ("06/24/1971", "1971-06-24"), ("1971-06-24T00:00:00Z", "1971-06-24"),
        ("19711324", "1971-13-24"), ("soon", None), ("1971", None),
    ],
)  # fmt: skip
def test_dates_of_birth_in_one_spelling(written: str, read: str | None) -> None:
    assert iso_date(written) == read
