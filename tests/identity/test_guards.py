"""Which ids say nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.identity.guards import is_usable

NOTHING = [
    None, "", " ", "\t\n", "null", "NULL", " Null ", "(null)", "<null>", "nil", "undefined", "Undefined",
    "NaN", "n/a", "N/A", "none", "None", "unknown", "0", 0, "00", "-", "--", "...", "?", "guest", "GUEST",
    "anonymous", "anon", "test", "Test", "test@test.com", "TEST@TEST.COM", "test@example.com", "a@a.com",
    "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "{{user_id}}",
    "{{ user.id }}", "${userId}", "%USER_ID%", "*|EMAIL|*", "[object Object]", "<user id>", "'null'",
    '"undefined"', "true", False, True, "\u200b", "\ufeffnull", "xxxx", "string", "user_id", "not set",
    "(not set)", "email@domain.com",
]  # fmt: skip
SOMEBODY = [
    "u-1842", 7, "7", 1.5, "-7", "10", "a", "ana", "ana@winter.de", "test@winter.de",
    "tester.anna@gmail.com", "Nulla", "0x12", "000123", "6f1c0000-0000-0000-0000-000000000000", "user-1",
    "guest42", "testa", "Ana Winter", "北京", "名", "info@winter.de", "contest@test-winter.de", "11",
    "null-1",
]  # fmt: skip


@pytest.mark.parametrize("value", NOTHING, ids=repr)
def test_a_placeholder_is_nobody(value: object) -> None:
    assert not is_usable(value)


@pytest.mark.parametrize("value", SOMEBODY, ids=repr)
def test_an_id_is_somebody(value: object) -> None:
    assert is_usable(value)


@given(st.text())
def test_case_and_blanks_do_not_matter(text: str) -> None:
    assert is_usable(text) == is_usable(f"  {text}\n")
    assert is_usable(text.casefold()) == is_usable(text.casefold().upper().casefold())


def test_a_long_id_takes_no_time() -> None:
    assert is_usable("%" * 100_000 + "a@" * 100_000 + "<a" * 100_000)
