"""What the messages of a tracking client say, through `read_arrival`."""

import pytest
from reading_cast import CHROME, CRM, NOON, Failed, at, batch, fields, read, read_all, reasons

from leadline.web.capture.facts import ClaimFact, LinkFact, Refused, SourceInfo, Subject

ANA, VISITOR = Subject("user", "ana"), Subject("anon", "a1")


# --- who ---------------------------------------------------------------------------------------------------


def test_a_visitor_is_known_by_the_anonymous_id_and_a_user_by_the_user_id() -> None:
    assert read("track", {"event": "x"}).event.subject == VISITOR
    assert read("track", {"event": "x", "userId": "ana"}).event.subject == ANA


@pytest.mark.parametrize(
    ("given", "text"), [(42, "42"), (42.0, "42"), (" 42 ", "42"), ("4\x002", "42"), ("Ü-1", "Ü-1")]
)
def test_an_id_is_text_however_it_is_sent(given: object, text: str) -> None:
    assert read("track", {"event": "x", "userId": given}).event.subject == Subject("user", text)


def test_null_is_absent() -> None:
    said = read("page", {"userId": None, "category": None, "properties": None, "context": None})
    assert said.event.subject == VISITOR
    assert said.event.properties == {}


@pytest.mark.parametrize(
    "nobody", ["null", "undefined", "0", 0, "Guest", "00000000-0000-0000-0000-000000000000", "test@test.com"]
)
def test_a_placeholder_is_as_good_as_absent(nobody: object) -> None:
    said = read("track", {"event": "x", "userId": nobody})
    assert said.event.subject == VISITOR
    assert said.links == ()
    assert said.event.context["warnings"] == ["placeholder_user_id"]
    [failed] = batch({"type": "track", "event": "x", "userId": nobody, "messageId": "m9"})
    assert (failed.reason, failed.message_id, failed.index) == ("no_id", "m9", 0)


def test_an_id_too_long_to_be_one_is_not_cut_into_somebody_else() -> None:
    assert reasons(batch({"type": "track", "event": "x", "userId": "a" * 513})) == ["id_too_long"]
    assert reasons(batch({"type": "track", "event": "x", "userId": {"id": 1}})) == ["invalid_id"]


def test_a_visitor_with_a_user_id_was_that_user() -> None:
    said = read("page", {"userId": "ana", "timestamp": "2026-03-01T11:00:00Z"})
    assert said.links == (LinkFact(VISITOR, ANA, at("2026-03-01 11:00:00"), "site:m1"),)


def test_an_alias_says_who_the_visitor_was_and_nothing_where_both_are_the_same() -> None:
    said = read("alias", {"previousId": "a0", "userId": "ana"})
    assert [link.anon for link in said.links] == [Subject("anon", "a0")]
    same = read("alias", {"previousId": "ana", "userId": "ana", "anonymousId": None})
    assert same.links == ()
    assert reasons(read_all("alias", {"previousId": "a0"})) == ["no_id"]
    assert reasons(read_all("alias", {"userId": "ana"})) == ["no_previous_id"]


# --- what is learnt ----------------------------------------------------------------------------------------


def test_an_identify_gives_fields_as_text() -> None:
    traits = {
        "firstName": "Ana",
        "employees": 250,
        "score": 1.5,
        "vip": True,
        "tags": ["a", 1],
        "Job Title": "",
    }
    said = read("identify", {"userId": "ana", "traits": {**traits, "phone": None}})
    assert fields(said) == {
        "first_name": "Ana",
        "employees": "250",
        "score": "1.5",
        "vip": "true",
        "tags": '["a",1]',
        "job_title": "",
        "phone": None,
    }
    assert {trait.trait_id for trait in said.traits} >= {"site:m1:first_name", "site:m1:phone"}
    assert {trait.subject for trait in said.traits} == {ANA}


def test_traits_that_stand_in_the_context_alone_are_read_too() -> None:
    context = {"traits": {"plan": "free", "city": "Graz"}}
    said = read("identify", {"userId": "ana", "context": context, "traits": {"plan": "pro"}})
    assert fields(said) == {"plan": "pro", "city": "Graz"}
    assert read("track", {"event": "x", "context": context}).traits == ()


def test_of_two_names_for_one_field_the_one_written_like_the_field_counts() -> None:
    said = read("identify", {"traits": {"first_name": "Ana", "firstName": "Anna", "First Name": "Anne"}})
    assert fields(said) == {"first_name": "Ana"}


def test_a_group_tells_of_the_company_under_the_names_that_a_lead_has_for_it() -> None:
    traits = {"name": "Acme", "industry": "Steel", "employees": 50, "website": "acme.test", "plan": "pro"}
    said = read("group", {"groupId": 9, "userId": "ana", "traits": traits})
    assert fields(said) == {
        "company": "Acme",
        "industry": "Steel",
        "employees": "50",
        "website": "acme.test",
        "company_plan": "pro",
        "company_id": "9",
    }
    assert reasons(read_all("group", {"userId": "ana"})) == ["no_group_id"]


def test_a_company_among_the_traits_of_a_person_is_read_as_a_group() -> None:
    company = {"name": "Acme", "employee_count": 50, "id": "c1"}
    said = read("identify", {"userId": "ana", "traits": {"company": company, "industry": "Steel"}})
    assert fields(said) == {"company": "Acme", "employees": "50", "company_id": "c1", "industry": "Steel"}


def test_only_a_trusted_source_verifies_an_e_mail() -> None:
    message = {"userId": "ana", "traits": {"email": " Ana@Acme.com "}}
    email = Subject("email", "ana@acme.com")
    by_site, by_crm = read("identify", message), read("identify", message, CRM)
    assert by_site.claims == (ClaimFact(ANA, email, NOON, False, "site:m1"),)
    assert by_crm.claims == (ClaimFact(ANA, email, NOON, True, "crm:m1"),)
    assert [trait.verified for trait in (*by_site.traits, *by_crm.traits)] == [False, True]


def test_a_visitor_who_gives_an_e_mail_is_linked_to_it() -> None:
    said = read("identify", {"traits": {"email": "ana@acme.com"}})
    assert said.links == (LinkFact(VISITOR, Subject("email", "ana@acme.com"), NOON, "site:m1"),)
    assert said.claims == ()


@pytest.mark.parametrize("nobody", ["test@test.com", "ana", "ana@", 7])
def test_an_e_mail_that_is_none_claims_nothing(nobody: object) -> None:
    said = read("identify", {"userId": "ana", "traits": {"email": nobody}})
    assert said.claims == ()
    assert said.event.context["warnings"] == ["unusable_email"]


# --- what happened -----------------------------------------------------------------------------------------


def test_a_page_has_what_models_ask_of_it() -> None:
    page = {
        "url": "https://acme.test/pricing?x=1",
        "path": "/pricing",
        "title": "Prices",
        "referrer": "https://t.co/a",
    }
    said = read("page", {"name": "Pricing", "context": {"page": page}})
    assert (said.event.kind, said.event.event) == ("page", "page")
    assert said.event.properties == {**page, "name": "Pricing"}
    alone = read("page", {"properties": {"url": "https://acme.test/pricing?x=1"}})
    assert alone.event.properties["path"] == "/pricing"


def test_a_click_keeps_where_it_led_to_and_the_page_it_happened_on() -> None:
    page = {"url": "https://acme.test/blog?utm_source=x", "path": "/blog"}
    properties = {"url": "https://partner.test/?utm_source=acme"}
    event = read(
        "track", {"event": "outbound_click", "properties": properties, "context": {"page": page}}
    ).event
    assert event.properties == {"url": "https://partner.test/?utm_source=acme", "path": "/blog"}
    assert event.context["campaign"] == {"source": "x"}


def test_the_kind_of_an_address_wins_over_the_type_in_the_message() -> None:
    assert read("identify", {"type": "track", "event": "x"}).event.kind == "identify"


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"anonymousId": "a1"}, "unknown_type"),
        ({"anonymousId": "a1", "type": "video"}, "unknown_type"),
        ({"anonymousId": "a1", "type": ["track"]}, "unknown_type"),
        ({"anonymousId": "a1", "type": "track"}, "no_event"),
        ({"anonymousId": "a1", "type": "track", "event": "  "}, "no_event"),
        ({"anonymousId": "a1", "type": "track", "event": "x", "properties": []}, "invalid_properties"),
        ({"anonymousId": "a1", "type": "identify", "traits": "x"}, "invalid_traits"),
        ({"anonymousId": "a1", "type": "page", "context": 1}, "invalid_context"),
        ({"type": "page"}, "no_id"),
        ([], "not_an_object"),
        ("page", "not_an_object"),
        (None, "not_an_object"),
        ({"anonymousId": "a1", "type": "track", "event": "x" * 33_000}, "message_too_large"),
    ],
)
def test_what_cannot_be_read_says_why_and_its_siblings_are_kept(message: object, reason: str) -> None:
    sibling = {"type": "page", "anonymousId": "a1"}
    results = batch(sibling, message, sibling)
    assert reasons(results) == ["", reason, ""]
    assert isinstance(results[1], Failed)
    assert results[1].index == 1
    assert results[1].detail.endswith((".", "?"))


def test_what_a_batch_says_once_holds_for_each_of_its_messages() -> None:
    envelope = {"context": {"locale": "de", "library": {"name": "x", "version": "1"}}}
    own = {"type": "page", "anonymousId": "a1", "context": {"locale": "fr"}}
    first, second = batch({"type": "page", "anonymousId": "a1"}, own, envelope=envelope)
    assert (first.event.context["locale"], second.event.context["locale"]) == ("de", "fr")
    assert second.event.context["library"] == {"name": "x", "version": "1"}


@pytest.mark.parametrize("body", [{}, {"batch": None}, {"batch": {}}, {"batch": "x"}, [], b"", b"batch=1"])
def test_a_batch_without_messages_is_kept_whole(body: object) -> None:
    [failed] = read_all("batch", body)
    assert failed.reason in ("no_batch", "not_json")
    assert isinstance(failed.body, bytes)


def test_an_empty_batch_says_nothing() -> None:
    assert batch() == []


# --- ids of messages ---------------------------------------------------------------------------------------


def test_an_event_is_known_by_its_source_and_the_id_of_its_message() -> None:
    assert read("page", {}).event.event_id == "site:m1"
    assert read("page", {}, CRM).event.event_id == "crm:m1"
    assert read("page", {"messageId": 12}).event.event_id == "site:12"


def test_a_message_without_an_id_gets_that_of_its_place_in_the_inbox() -> None:
    page = {"type": "page", "anonymousId": "a1", "messageId": " "}
    assert [one.event.event_id for one in batch(page, page)] == ["site:~7.0", "site:~7.1"]


def test_nobody_can_take_the_id_of_a_message_that_is_yet_to_come() -> None:
    assert read("page", {"messageId": "~8.0"}).event.event_id.startswith("site:~h")
    long = [read("page", {"messageId": "m" * 200 + end}).event.event_id for end in "ab"]
    assert long[0] != long[1]
    assert max(map(len, long)) < 120


def test_a_second_try_has_the_same_digest_and_another_body_has_another() -> None:
    first = read("track", {"event": "x", "sentAt": "2026-03-01T11:59:00Z", "_metadata": {}}).event
    again = read(
        "track", {"_metadata": {"retryCount": 1}, "event": "x", "sentAt": "2026-03-01T12:00:00Z"}
    ).event
    other = read("track", {"event": "y"}).event
    assert first.digest == again.digest != other.digest


# --- when --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "occurred"),
    [
        ({}, "2026-03-01 12:00:00"),
        ({"timestamp": "2026-03-01T10:00:00Z"}, "2026-03-01 10:00:00"),
        ({"timestamp": "2026-03-01T12:00:00.000000+02:00"}, "2026-03-01 10:00:00"),
        ({"timestamp": "2026-03-01T10:00:00"}, "2026-03-01 10:00:00"),
        ({"timestamp": "2026-02-28"}, "2026-02-28 00:00:00"),
        ({"timestamp": 1772323200}, "2026-03-01 00:00:00"),
        ({"timestamp": "1772323200000"}, "2026-03-01 00:00:00"),
        ({"timestamp": "2014-05-06T07:08:09Z"}, "2014-05-06 07:08:09"),
        ({"originalTimestamp": "2026-03-01T10:00:00Z", "timestamp": "2026"}, "2026-03-01 10:00:00"),
        # a clock three hours fast, and one that stands in 1970
        (
            {"timestamp": "2026-03-01T14:00:00Z", "sentAt": "2026-03-01T15:00:00Z"},
            "2026-03-01 11:00:00",
        ),
        (
            {"timestamp": "1970-01-01T00:00:00Z", "sentAt": "1970-01-01T02:00:00Z"},
            "2026-03-01 10:00:00",
        ),
        # queued for two days while offline
        (
            {"timestamp": "2026-02-27T12:00:00Z", "sentAt": "2026-03-01T12:00:00Z"},
            "2026-02-27 12:00:00",
        ),
    ],
)
def test_the_clock_of_the_sender_is_set_right(message: dict, occurred: str) -> None:
    event = read("page", message).event
    assert event.occurred_at == at(occurred)
    assert event.received_at == NOON
    assert "warnings" not in event.context


def test_what_was_sent_is_kept_beside_what_it_was_corrected_to() -> None:
    event = read("page", {"timestamp": "2026-03-01T14:00:00Z", "sentAt": "2026-03-01T15:00:00Z"}).event
    assert (event.original_timestamp, event.sent_at) == ("2026-03-01T14:00:00Z", "2026-03-01T15:00:00Z")


def test_the_envelope_tells_when_its_messages_were_sent() -> None:
    message = {"type": "page", "anonymousId": "a1", "timestamp": "2026-03-01T14:00:00Z"}
    [said] = batch(message, envelope={"sentAt": "2026-03-01T15:00:00Z"})
    assert said.event.occurred_at == at("2026-03-01 11:00:00")


@pytest.mark.parametrize("given", ["yesterday", "2026-13-01", [], True, 1e300, "9" * 70, -1e17])
def test_a_time_that_cannot_be_read_is_the_time_of_receipt(given: object) -> None:
    event = read("page", {"timestamp": given}).event
    assert event.occurred_at == NOON
    assert event.context["warnings"] == ["unreadable_timestamp"]


def test_nothing_happens_after_it_was_received() -> None:
    soon, late = (read("page", {"timestamp": t}).event for t in ("2026-03-01T15:00:00Z", "2099-01-01"))
    assert soon.occurred_at == late.occurred_at == NOON
    assert "warnings" not in soon.context
    assert late.context["warnings"] == ["in_future"]


# --- what a visitor wishes ---------------------------------------------------------------------------------

STRICT = SourceInfo(4, "strict", trusted=False, kind="browser", consent_category="analytics")


def agreed(**categories: bool) -> dict:
    return {"consent": {"categoryPreferences": categories}}


def test_without_the_consent_that_a_source_asks_for_visits_are_not_stored() -> None:
    for context in ({}, agreed(analytics=False), agreed(marketing=True), {"consent": "yes"}):
        message = {"anonymousId": "a1", "context": context}
        assert read_all("page", message, STRICT) == [Refused("consent", 0)]
        assert read_all("page", {**message, "userId": "ana"}, STRICT) == [Refused("consent", 0)]
    assert read("page", {"context": agreed(analytics=True)}, STRICT).event.kind == "page"


def test_who_asks_not_to_be_followed_is_followed_only_by_name() -> None:
    visit = {"anonymousId": "a1", "userId": "null"}
    assert read_all("page", visit, gpc=True) == [Refused("gpc", 0)]
    assert read_all("page", {**visit, "context": {"gpc": True}}) == [Refused("gpc", 0)]
    assert read("page", {"userId": "ana"}, gpc=True).event.subject == ANA
    heedless = SourceInfo(5, "heedless", trusted=False, kind="browser", respect_gpc=False)
    assert read("page", {}, heedless, gpc=True).event.subject == VISITOR


def test_what_a_person_submits_is_kept_whatever_they_think_of_being_followed() -> None:
    message = {"traits": {"email": "ana@acme.com"}, "context": agreed(analytics=False)}
    assert fields(read("identify", message, STRICT, gpc=True)) == {"email": "ana@acme.com"}
    assert read("track", {"event": "form"}, STRICT, gpc=True).event.event == "form"


# --- with what ---------------------------------------------------------------------------------------------

CUBOT = (
    "Mozilla/5.0 (Linux; Android 9; CUBOT_P30) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/120.0.0.0 Mobile Safari/537.36"
)
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


@pytest.mark.parametrize(
    ("user_agent", "kind", "name", "bot"),
    [
        (CHROME, "desktop", "Chrome", ""),
        (CUBOT, "phone", "Chrome", ""),
        (GOOGLEBOT, "crawler", "Googlebot", "crawler:Googlebot"),
        (CHROME.replace("Chrome", "HeadlessChrome"), "crawler", "HeadlessChrome", "crawler:HeadlessChrome"),
        ("curl/8.5.0", "crawler", "curl", "crawler:curl"),
        (
            "Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1",
            "tablet",
            "Safari",
            "",
        ),
    ],
)
def test_crawlers_are_marked_and_phones_are_not(user_agent: str, kind: str, name: str, bot: str) -> None:
    event = read("page", {}, user_agent=user_agent).event
    assert event.context["agent"] == {"kind": kind, "name": name}
    assert event.bot == bot


def test_a_browser_that_is_driven_or_declared_a_machine_is_marked() -> None:
    assert read("page", {"context": {"webdriver": True}}, user_agent=CHROME).event.bot == "webdriver"
    assert read("page", {"context": {"isBot": True, "botName": "Ahrefs"}}).event.bot == "declared:Ahrefs"
    assert read("page", {"context": {"webdriver": "no"}}, user_agent=CHROME).event.bot == ""


def test_the_program_of_a_server_is_not_taken_for_the_visitors_browser() -> None:
    by_server = {"library": {"name": "analytics-python", "version": "2.4.0"}}
    assert read("track", {"event": "x"}, CRM, user_agent="python-requests/2.32").event.bot == ""
    assert read("track", {"event": "x", "context": by_server}, user_agent="axios/1.7").event.bot == ""
    visitors = {**by_server, "userAgent": GOOGLEBOT}
    assert read("track", {"event": "x", "context": visitors}, CRM).event.bot == "crawler:Googlebot"


def test_of_an_address_on_the_network_only_the_network_is_kept() -> None:
    assert read("page", {}, ip="203.0.113.77").event.context["ip"] == "203.0.113.0"
    assert read("page", {}, ip="2001:db8:1:2:3::4").event.context["ip"] == "2001:db8:1::"
    assert read("page", {}, ip="::ffff:203.0.113.77").event.context["ip"] == "203.0.113.0"
    assert "ip" not in read("page", {}, CRM, ip="203.0.113.77").event.context
    assert read("page", {"context": {"ip": "198.51.100.9"}}, CRM).event.context["ip"] == "198.51.100.0"
    assert "ip" not in read("page", {}, ip="unknown").event.context


def test_ids_of_devices_are_not_kept() -> None:
    context = {"device": {"advertisingId": "x"}, "os": {"name": "iOS", "version": "18"}, "userAgentData": {}}
    assert read("page", {"context": context}).event.context == {"os": {"name": "iOS", "version": "18"}}


def test_reading_a_second_time_gives_the_same() -> None:
    message = {"userId": "ana", "traits": {"email": "ana@acme.com", "b": 1, "a": {"y": 1, "x": 2}}}
    assert read("identify", message) == read("identify", message)


@pytest.mark.parametrize("event", ["deal_won", "lead_accepted", "lead_disqualified"])
def test_nobody_decides_with_a_public_key(event):
    told = {"type": "track", "event": event, "userId": "u1"}
    assert reasons(batch(told)) == ["not_trusted"]
    assert reasons(batch(told, source=CRM)) == [""]
