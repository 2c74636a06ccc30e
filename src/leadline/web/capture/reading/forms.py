"""A form's answers: as JSON or as a browser posts them, under our names or Salesforce's web-to-lead names.

Names that begin with `ll_` are the form's own: `ll_form` its id, `ll_anon` the visitor, `ll_id` an id of
this submission, `ll_page` and `ll_referrer` where it was filled in, `ll_consent` the words that were agreed
to. The other names become fields.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from leadline.web.capture.facts import Arrival, EventFact, LinkFact, Read
from leadline.web.capture.reading import agents, people
from leadline.web.capture.reading.addresses import path_of
from leadline.web.capture.reading.context import clean, page_of, stored_context
from leadline.web.capture.reading.json_text import BOM, decode_object, digest_of
from leadline.web.capture.reading.messages import MAX_MESSAGE, event_id_of, trait_facts
from leadline.web.capture.reading.traits import field_name
from leadline.web.capture.reading.unreadable import UnreadableError

MAX_FIELDS = 300

_SALESFORCE_FIELD = re.compile(r"00N[0-9A-Za-z]{12,15}")
_RENAMED = {"zip": "postal_code", "URL": "website", "emailOptOut": "email_opt_out"}
# Of the form and its transport, not of the person.
_TECHNICAL = frozenset((
    "oid", "retURL", "debug", "debugEmail", "submit", "encoding", "captcha_settings", "g-recaptcha-response",
    "h-captcha-response", "cf-turnstile-response", "csrfmiddlewaretoken", "_token", "Campaign_ID",
    "member_status", "recordType",
))  # fmt: skip


def read_form(arrival: Arrival) -> Read:
    """What a submission says; `UnreadableError` where it cannot be read."""
    answers = _answers(arrival.body)
    own = {name: str(value) for name, value in answers.items() if name.startswith("ll_")}
    fields = _fields(answers)
    visitor = people.visitor(people.id_text(own.get("ll_anon"), "ll_anon"))
    email = people.email(fields.get("email"))
    warnings = ["unusable_email"] if email is None and fields.get("email") else []
    subject = email or visitor
    if subject is None:
        raise UnreadableError(
            "no_id", "The form brought no e-mail that names somebody, and no visitor's id in `ll_anon`."
        )
    given = people.id_text(own.get("ll_id"), "ll_id")
    event_id = event_id_of(arrival, given, 0)
    at = arrival.received_at
    context, page = _context(arrival, answers, own, warnings)
    event = EventFact(
        event_id=event_id,
        subject=subject,
        occurred_at=at,
        kind="form",
        event="form",
        properties={"name": own.get("ll_form") or arrival.source.slug, **_agreed(own), **page},
        context=context,
        bot=agents.bot_reason(context.get("agent", {}), {}),
        digest=digest_of(answers),
        original_timestamp=None,
        sent_at=None,
        received_at=at,
    )
    links = (LinkFact(visitor, email, at, event_id),) if visitor and email else ()
    return Read(event, trait_facts(fields, subject, event_id, at, arrival.source.trusted), links)


def _agreed(own: dict[str, str]) -> dict[str, str]:
    """The proof of a consent: its words, with the time and the page of the event."""
    return {"consent": own["ll_consent"]} if own.get("ll_consent") else {}


def _answers(body: bytes) -> dict[str, Any]:
    if len(body) > MAX_MESSAGE:
        raise UnreadableError(
            "message_too_large", f"The form has {len(body):,} bytes; {MAX_MESSAGE:,} are allowed."
        )
    text = body.removeprefix(BOM)
    answers = decode_object(text) if text.lstrip().startswith(b"{") else _posted(text)
    if len(answers) > MAX_FIELDS:
        raise UnreadableError("too_many_fields", f"{len(answers):,} fields; {MAX_FIELDS} are allowed.")
    return answers


def _posted(body: bytes) -> dict[str, Any]:
    """Fields as a browser posts them; a name that stands several times (check boxes) has a list."""
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, errors="strict", max_num_fields=10 * MAX_FIELDS
        )
    except UnicodeDecodeError as error:
        raise UnreadableError("not_utf8", "The form's answers are not UTF-8.") from error
    except ValueError as error:
        raise UnreadableError("too_many_fields", f"More than {10 * MAX_FIELDS:,} fields.") from error
    if not pairs or b"=" not in body:
        raise UnreadableError(
            "not_a_form", "Neither JSON nor a posted form (application/x-www-form-urlencoded)."
        )
    answers: dict[str, list[str]] = {}
    for name, value in pairs:
        answers.setdefault(name.replace("\0", ""), []).append(value.replace("\0", ""))
    return {name: values[0] if len(values) == 1 else values for name, values in answers.items()}


def _fields(answers: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in answers.items():
        if name in _TECHNICAL or name.startswith("ll_"):
            continue
        field = name if _SALESFORCE_FIELD.fullmatch(name) else _RENAMED.get(name) or field_name(name)
        if field:
            fields.setdefault(field, value)
    return fields


def _context(
    arrival: Arrival, answers: dict[str, Any], own: dict[str, str], warnings: list[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    url = own.get("ll_page") or arrival.referer
    page = page_of({"url": url, "referrer": own.get("ll_referrer")}, {})
    campaign_id = answers.get("Campaign_ID")
    said = {"campaign": {"id": campaign_id}} if isinstance(campaign_id, str) and campaign_id else {}
    context = stored_context(arrival, {}, said, page, warnings)
    properties = clean(page)
    if "url" in page:
        properties["path"] = path_of(page["url"])
    return context, properties
