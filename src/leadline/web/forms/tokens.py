"""What a page has shown, signed by us and sent back with the answers.

It stands for the session that a stranger does not have: which form, which questions, to which visitor, and
when. It is the id of the submission too, so that a page sent twice counts once.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import astuple, dataclass

from django.core import signing

from leadline.web.forms.models import Form

LIFE = 24 * 3600 * 1_000_000  # microseconds that a page may stand open
_SALT = "leadline.forms.shown"
_LONGEST = 60_000


@dataclass(frozen=True, slots=True)
class Shown:
    """A page of a form.

    `visitor` is an anonymous id, `consent` the version of the wording that was shown (0: none), `at` the
    instant in microseconds.
    """

    form: int
    page: str
    visitor: str
    asked: tuple[str, ...]
    consent: int
    at: int

    def age(self, now: int) -> int:
        return now - self.at

    @property
    def signed(self) -> str:
        return signing.Signer(salt=_SALT).sign_object(list(astuple(self)), compress=True)


def shown(form: Form, visitor: str, asked: Iterable[str], at: int) -> Shown:
    """A page that is shown now."""
    consent = form.consent_version if form.consent_text else 0
    return Shown(form.pk, secrets.token_urlsafe(12), visitor, tuple(asked), consent, at)


def read(text: str, form: Form) -> Shown | None:
    """The page that these answers are from; None where it is not one of ours, or of another form."""
    if len(text) > _LONGEST:
        return None
    try:
        number, page, visitor, asked, consent, at = signing.Signer(salt=_SALT).unsign_object(text)
    except (signing.BadSignature, ValueError):
        return None
    return Shown(number, page, visitor, tuple(asked), consent, at) if number == form.pk else None
