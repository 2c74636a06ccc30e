"""What is kept of messages that fail: never the content of somebody who did not want it stored."""

from __future__ import annotations

import json

import pytest
from reading_cast import CRM, SITE, Failed, Read, Refused, SourceInfo, arrival, batch, read_all, reasons

from leadline.web.capture.reading import UNKNOWN_SOURCE, failed_request, read_arrival

STRICT = SourceInfo(4, "strict", trusted=False, kind="browser", consent_category="analytics")
HEEDLESS = SourceInfo(5, "heedless", trusted=False, kind="browser", respect_gpc=False)
YES = {"consent": {"categoryPreferences": {"analytics": True}}}
NO = {"consent": {"categoryPreferences": {"analytics": False}}}

BROKEN = b'{"anonymousId": "a1", "properties": {"note": "ana@acme.com"}, "price": NaN}'
BROKEN_SAYS_NO = BROKEN.replace(b'"price"', b'"context": {"gpc" : true}, "price"')
LARGE = {"anonymousId": "a1", "properties": {"note": "ana@acme.com" * 4000}}
WRONG_ID = {"userId": ["ana@acme.com"], "anonymousId": "a1"}
WRONG_CONTEXT = {"anonymousId": "a1", "context": ["ana@acme.com"]}
TWICE = b'{"anonymousId": "a1", "ana@acme.com": 1, "ana@acme.com": 2}'
NO_NAME = {"anonymousId": "a1", "properties": {"note": "ana@acme.com"}}

FAILING = {
    "not_json": BROKEN, "duplicate_key": TWICE, "message_too_large": LARGE, "invalid_id": WRONG_ID,
    "invalid_context": WRONG_CONTEXT, "no_event": {**NO_NAME, "context": YES},
}  # fmt: skip


def failed(kind: str, body: object, source: SourceInfo = SITE, **request: object) -> Failed:
    [result] = read_all(kind, body, source, **request)
    assert isinstance(result, Failed), result
    return result


def assert_withheld(result: Failed) -> None:
    assert result.withheld
    assert (result.body, result.message_id) == (b"", None)
    assert "ana@acme.com" not in result.detail
    assert "not kept" in result.detail


@pytest.mark.parametrize("reason", FAILING)
def test_a_message_that_fails_is_kept_whole_where_nobody_said_no(reason: str) -> None:
    body = FAILING[reason]
    result = failed("track", body)
    assert (result.reason, result.withheld) == (reason, False)
    assert result.body == (body if isinstance(body, bytes) else json.dumps(body).encode())


@pytest.mark.parametrize("reason", [r for r in FAILING if r != "no_event"])
def test_nothing_is_kept_but_reason_and_size_where_a_browser_asks_not_to_be_followed(reason: str) -> None:
    result = failed("track", FAILING[reason], gpc=True)
    assert result.reason == reason
    assert_withheld(result)
    assert failed("track", FAILING[reason], HEEDLESS, gpc=True).withheld is False


@pytest.mark.parametrize("reason", [r for r in FAILING if r != "no_event"])
def test_nothing_is_kept_where_the_consent_that_is_asked_for_cannot_be_made_out(reason: str) -> None:
    assert_withheld(failed("track", FAILING[reason], STRICT))


def test_a_sign_in_what_cannot_be_read_is_enough() -> None:
    assert_withheld(failed("track", BROKEN_SAYS_NO))
    assert failed("track", BROKEN_SAYS_NO, HEEDLESS).body == BROKEN_SAYS_NO


def test_what_is_allowed_and_fails_for_another_reason_is_kept_whole() -> None:
    for body in (FAILING["no_event"], {**WRONG_ID, "context": YES}, {**LARGE, "context": YES}):
        assert failed("track", body, STRICT).body == json.dumps(body).encode()
    known = {"userId": "u1", "properties": "none"}
    assert failed("track", {**known, "event": "x"}, gpc=True).withheld is False


def test_what_a_person_submits_is_kept_to_be_mended() -> None:
    assert failed("identify", BROKEN_SAYS_NO, STRICT, gpc=True).body == BROKEN_SAYS_NO
    assert failed("form", b"first_name=Ana", gpc=True).body == b"first_name=Ana"


def test_of_a_batch_each_message_is_kept_by_its_own_visitors_wish() -> None:
    said_yes = {"type": "track", "anonymousId": "a1", "context": YES}
    said_no = {"type": "else", "anonymousId": "a2", "context": NO}
    results = batch(said_yes, said_no, source=STRICT)
    assert reasons(results) == ["no_event", "unknown_type"]
    assert [one.withheld for one in results] == [False, True]


def test_a_batch_that_cannot_be_taken_apart_goes_by_its_request() -> None:
    cut_off = b'{"batch": [{"type": "page", "anonymousId": "ana@acme.com"'
    assert failed("batch", cut_off).body == cut_off
    assert_withheld(failed("batch", cut_off, gpc=True))
    assert_withheld(failed("batch", cut_off, STRICT))


def test_of_a_request_that_is_set_aside_only_the_refused_messages_go() -> None:
    visit = {"type": "page", "anonymousId": "a1", "messageId": "m1"}
    no = {**visit, "messageId": "m2", "context": {"gpc": True}}
    envelope = {"sentAt": "2026-03-01T12:00:00Z", "context": {"locale": "de"}}
    whole = arrival("batch", {"batch": [visit, no, {**visit, "messageId": "m3"}], **envelope}, CRM)
    result = failed_request(whole, "not_processed", "It could not be processed.")
    assert result.detail == "It could not be processed. Messages not kept, by their visitors' wish: 1."
    again = read_arrival(arrival("batch", result.body, CRM))
    assert [one.event.event_id for one in again if isinstance(one, Read)] == ["crm:m1", "crm:m3"]
    assert again[0].event.context["locale"] == "de"

    both = arrival("batch", {"batch": [visit, visit]}, CRM)
    assert failed_request(both, "not_processed", "-").body == both.body
    assert_withheld(failed_request(arrival("batch", {"batch": [no, no]}, CRM), "not_processed", "-"))


def test_a_source_that_nobody_knows_is_taken_for_one_that_respects_the_signal() -> None:
    visit = {"anonymousId": "ana@acme.com"}
    assert failed_request(arrival("page", visit, UNKNOWN_SOURCE), "unknown_key", "-").body
    assert_withheld(failed_request(arrival("page", visit, UNKNOWN_SOURCE, gpc=True), "unknown_key", "-"))


def test_what_is_refused_and_can_be_read_does_not_fail() -> None:
    assert read_all("track", {"anonymousId": "a1"}, gpc=True) == [Refused("gpc", 0)]
