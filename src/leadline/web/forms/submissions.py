"""What was filled in, as a row of the inbox: acknowledged to nobody before it is on disk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

from leadline.web.capture.installed import the_inbox
from leadline.web.capture.stores import Row
from leadline.web.forms.models import Form

MOST_BYTES = 32 * 1024  # what the worker reads of one message
Value = str | list[str]


class TooLongError(Exception):
    """The answers together are longer than a message can be."""


@dataclass(frozen=True)
class Submission:
    """What somebody sent. `page` names the page that it was filled in on, `visitor` the browser.

    `consent` is the version of the wording that was agreed to, 0 for none.
    """

    form: Form
    page: str
    visitor: str
    fields: Mapping[str, Value]
    consent: int = 0
    where: Mapping[str, str] = field(default_factory=dict)  # ll_page, ll_referrer

    @property
    def id(self) -> str:
        """Equal answers of one page are one submission; corrected ones are another."""
        said = json.dumps([dict(self.fields), self.consent], sort_keys=True)
        return f"{self.page}.{blake2b(said.encode(), digest_size=6).hexdigest()}"

    def as_json(self) -> bytes:
        said: dict[str, object] = dict(self.fields)
        if self.consent:  # facts of the person; `ConsentWording` has the words
            said["marketing_consent"] = "true"
            said["marketing_consent_version"] = f"{self.form.slug}:{self.consent}"
        said |= {"ll_form": self.form.slug, "ll_id": self.id, **self.where}
        if self.visitor:
            said["ll_anon"] = self.visitor
        return _encoded(said)


def submit(submission: Submission, *, meta: bytes, at: int) -> None:
    """Store a submission; returns once it is on disk.

    Raises NotStoredError where it is not known to be stored, and TooLongError.
    """
    row = Row(submission.form.source_id, at, "form", submission.as_json(), meta)
    the_inbox().append([row])


def submit_partial(submission: Submission, filled: list[str], *, meta: bytes, at: int) -> None:
    """Store what stands in a form that was not sent (yet), as an event of the visitor `form_partial`.

    It says which fields were filled, and the answers but for those that say who somebody is: an address
    that nobody submitted makes no lead. Raises as `submit` does.
    """
    message = {
        "type": "track",
        "event": "form_partial",
        "messageId": f"{submission.id}.partial",
        "anonymousId": submission.visitor,
        "properties": {
            "name": submission.form.slug, "page": submission.page, "filled": filled,
            "answers": dict(submission.fields),
        },
        "context": {"page": _page(submission.where)},
    }  # fmt: skip
    row = Row(submission.form.source_id, at, "track", _encoded(message), meta)
    the_inbox().append([row])


def _page(where: Mapping[str, str]) -> dict[str, str]:
    found = {"url": where.get("ll_page"), "referrer": where.get("ll_referrer")}
    return {name: text for name, text in found.items() if text}


def _encoded(said: Mapping[str, object]) -> bytes:
    body = json.dumps(said, ensure_ascii=False).encode("utf-8", "replace")
    if len(body) > MOST_BYTES:
        raise TooLongError(f"{len(body)} bytes, at most {MOST_BYTES}")
    return body
