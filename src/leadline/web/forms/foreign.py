"""Posts from other people's pages: an old web-to-lead form whose address was changed to ours.

They bring no token of ours, so they are taken from the form's allowed origins alone. Whatever speaks against
one, nothing is lost: what was typed comes back as our own page, to be sent from there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import blake2b
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.http import HttpRequest, QueryDict

from leadline.model.shape import spoken
from leadline.web.forms.answers import MOST_SIGNS, Address
from leadline.web.forms.models import Form
from leadline.web.forms.questions import CONTACT, HIDDEN, Question, questions_of
from leadline.web.forms.submissions import Value

DOUBLE_CLICK = 10 * 60 * 1_000_000  # equal posts of one address within such a stretch are one
LONGEST_NAME = 100


def is_welcome(form: Form, request: HttpRequest) -> bool:
    """Whether the form takes posts of the page that this one comes from.

    Where consent is needed, ours has to be shown: what another page asked consent to, nobody here knows.
    """
    asks_consent = form.consent_required and form.consent_text
    return form.accept_foreign and not asks_consent and origin_of(request) in form.allowed_origins


def origin_of(request: HttpRequest) -> str:
    """The site that a post comes from, such as https://www.example.com; "" where it does not say."""
    given = request.headers.get("Origin", "")
    if given and given != "null":
        return given
    try:
        parts = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def fields_of(posted: QueryDict) -> dict[str, Value]:
    """What was filled in, under the names of the page; a name that stands several times has a list."""
    found: dict[str, Value] = {}
    for name, values in posted.lists():
        texts = [text for text in (value.replace("\0", "").strip() for value in values) if text]
        if texts and 0 < len(name) <= LONGEST_NAME and not name.startswith("ll_"):
            found[name] = texts[0] if len(texts) == 1 else texts
    return found


def fault(fields: dict[str, Value]) -> str:
    """What a person would have to mend, else ""."""
    if any(len(text) > MOST_SIGNS for text in _texts(fields)):
        return f"One of the answers is longer than {MOST_SIGNS:,} characters. Please shorten it."
    email = fields.get("email", "")
    try:
        Address(required=False).clean(email)
    except ValidationError:
        return "The e-mail address is none that can be written to. Please correct it."
    return ""


def questions_for(form: Form, fields: dict[str, Value]) -> list[Question]:
    """The form's questions, and hidden ones that carry along what the other page asked besides."""
    own = questions_of(form)
    names = {q.name for q in own}
    others = [CONTACT.get(n) or Question(n, spoken(n), HIDDEN) for n in fields if n not in names]
    return [*own, *others]


def typed(fields: dict[str, Value]) -> dict[str, str]:
    """The fields as our page can show them."""
    return {name: value if isinstance(value, str) else "; ".join(value) for name, value in fields.items()}


def page_id(form: Form, fields: dict[str, Value], address: str, at: int) -> str:
    """An id in place of our token's: a double click gives it twice."""
    said = json.dumps([form.pk, address, at // DOUBLE_CLICK, fields], sort_keys=True)
    return "f" + blake2b(said.encode(), digest_size=12).hexdigest()


def _texts(fields: dict[str, Value]) -> Iterator[str]:
    for value in fields.values():
        yield from [value] if isinstance(value, str) else value
