"""Telephone numbers in one spelling."""

from __future__ import annotations

import re

_MOST_SIGNS = 60
_FEWEST_DIGITS = 6  # of what is no emergency number and no house number


def phone(text: str | None, region: str | None = None) -> str | None:
    """The number as E.164 (`+4930123456`); None where it is none, or its country cannot be told.

    `region` is the country, two letters as in ISO 3166, whose numbers are written without `+` and code.

    >>> phone("(030) 123 456", "DE"), phone("+49 30 123456"), phone("030 123456"), phone("call me", "DE")
    ('+4930123456', '+4930123456', None, None)
    """
    import phonenumbers

    if not text or len(text) > _MOST_SIGNS:
        return None
    try:
        number = phonenumbers.parse(_begun(text), region.upper() if region else None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number) or number.national_number < 10 ** (_FEWEST_DIGITS - 1):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def phone_key(text: str | None, region: str | None = None) -> str | None:
    """E.164 where that can be told, else the digits without leading zeros; None with fewer than six.

    >>> phone_key("030 / 12 34 56"), phone_key("0049 30 123456"), phone_key("12")
    ('30123456', '+4930123456', None)
    """
    number = phone(text, region)
    if number or not text:
        return number
    digits = re.sub(r"\D", "", text.lower().partition("ext")[0]).lstrip("0")
    return digits if len(digits) >= _FEWEST_DIGITS and len(set(digits)) > 1 else None


def _begun(text: str) -> str:
    """With + where somebody wrote 00, which parses without knowing the country."""
    return re.sub(r"^\s*00(?=[1-9])", "+", text)
