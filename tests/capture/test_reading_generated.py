"""Generated arrivals: whatever the bytes, reading says one thing of each message, and the same again."""

import json

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from reading_cast import CRM, FORM, SITE, arrival

from leadline.web.capture.facts import Failed, Read, Refused, SourceInfo
from leadline.web.capture.reading import read_arrival
from leadline.web.capture.reading.split import _members, _members_by_brackets, _parts, split

KINDS = ("batch", "track", "identify", "page", "screen", "group", "alias", "form")
STRICT = SourceInfo(4, "strict", trusted=False, kind="browser", consent_category="c")

numbers = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
ids = st.sampled_from([None, "", "ana", "null", 0, 7, 1.5, True, "a1", " "]) | values
times = (
    st.sampled_from(["2026-01-01T00:00:00Z", "2026", 1e12, -1, "x", 10**20, "0001-01-01", "9999-12-31"])
    | values
)
addresses = (
    st.sampled_from(["https://a.test/x?utm_source=b#c=d", "//", "http://[", "?", "https://a.test:x/"])
    | values
)
contexts = values | st.fixed_dictionaries(
    {},
    optional={
        "page": values
        | st.fixed_dictionaries({}, optional={"url": addresses, "referrer": addresses, "search": addresses}),
        "campaign": values,
        "traits": values,
        "library": values,
        "consent": values | st.fixed_dictionaries({"categoryPreferences": values}),
        "ip": values,
        "userAgent": values,
        "webdriver": values,
        "locale": values,
    },
)
messages = values | st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from([*KINDS[1:7], "video", "TRACK"]) | values,
        "event": st.sampled_from(["Signed Up", "", "form"]) | values,
        "userId": ids,
        "anonymousId": ids,
        "previousId": ids,
        "groupId": ids,
        "messageId": ids,
        "timestamp": times,
        "originalTimestamp": times,
        "sentAt": times,
        "name": values,
        "properties": values | st.fixed_dictionaries({}, optional={"url": addresses, "path": values}),
        "traits": values | st.fixed_dictionaries({}, optional={"email": ids, "company": values, "": values}),
        "context": contexts,
        "channel": values,
    },
)
sources = st.sampled_from([SITE, CRM, FORM, STRICT])
requests = st.fixed_dictionaries(
    {"gpc": st.booleans(), "ip": st.text(max_size=9), "user_agent": st.text(max_size=20)}
)


def checked(results: list, bodies: int | None = None) -> list:
    """Results that hold what is promised of each."""
    assert bodies is None or len(results) == bodies
    for index, one in enumerate(results):
        assert isinstance(one, Read | Failed | Refused)
        if isinstance(one, Read):
            msgspec.json.encode([one.event.properties, one.event.context])  # fit to be stored
            assert one.event.occurred_at <= one.event.received_at
            assert len({trait.trait_id for trait in one.traits}) == len(one.traits)
            assert "\0" not in repr(one)
            assert one.event.subject.value
        else:
            assert one.index == index
            assert one.reason != "reader_error", one
    return results


@given(st.sampled_from(KINDS), st.binary(max_size=200), sources)
def test_no_bytes_make_reading_raise(kind: str, body: bytes, source: SourceInfo) -> None:
    checked(read_arrival(arrival(kind, body, source)))


@given(st.sampled_from(KINDS[1:]), messages, sources, requests)
def test_every_single_message_says_one_thing_and_the_same_again(
    kind: str, message: object, source: SourceInfo, request: dict
) -> None:
    came = arrival(kind, message, source, **request)
    results = checked(read_arrival(came), bodies=1)
    assert results == read_arrival(came)


@given(st.lists(messages, max_size=5), contexts, times, sources, requests)
def test_every_message_of_a_batch_says_one_thing_and_the_same_again(
    several: list, context: object, sent: object, source: SourceInfo, request: dict
) -> None:
    came = arrival("batch", {"batch": several, "context": context, "sentAt": sent}, source, **request)
    results = checked(read_arrival(came), bodies=len(several))
    assert results == read_arrival(came)


@given(
    st.lists(messages, max_size=4),
    st.integers(0, 4),
    st.sampled_from([b"NaN", b"{", b'"\\ud800"', b"\xff", b""]),
)
def test_a_broken_message_changes_nothing_for_its_siblings(several: list, place: int, broken: bytes) -> None:
    texts = [json.dumps(message).encode() for message in several]
    if broken == b"{":
        broken = b'{"a" 1}'
    alone = read_arrival(arrival("batch", b'{"batch":[' + b",".join(texts) + b"]}"))
    place = min(place, len(texts))
    texts.insert(place, broken)
    if len(texts) == 1 and not broken:
        return  # an empty list
    together = read_arrival(arrival("batch", b'{"batch":[' + b",".join(texts) + b"]}"))
    assert [said(one) for i, one in enumerate(together) if i != place] == [said(one) for one in alone]


def said(one: Read | Failed | Refused) -> object:
    """What does not tell of the place in the batch."""
    return (
        (one.event.digest, one.event.subject, one.event.properties) if isinstance(one, Read) else one.reason
    )


@given(st.dictionaries(st.text(max_size=5), values, max_size=4), st.sampled_from([None, 2]))
def test_brackets_part_an_object_as_a_parser_does(members: dict, indent: int | None) -> None:
    text = json.dumps(members, indent=indent).encode()
    by_brackets = {name: json.loads(value) for name, value in _members_by_brackets(text).items()}
    assert by_brackets == members
    if b'"batch"' not in text and all(abs(n) < 2**60 for n in _whole_numbers(members)):
        assert {name: json.loads(value) for name, value in _members(text).items()} == members


@given(st.lists(values, max_size=6), st.sampled_from([None, 2]))
def test_brackets_part_a_list_as_a_parser_does(items: list, indent: int | None) -> None:
    text = json.dumps(items, indent=indent).encode()
    assert [json.loads(part) for part in _parts(text)] == items
    assert len(split(b'{"batch":' + text + b"}")[1]) == len(items)


def _whole_numbers(value: object) -> list[int]:
    if isinstance(value, dict):
        return [n for inner in value.values() for n in _whole_numbers(inner)]
    if isinstance(value, list):
        return [n for inner in value for n in _whole_numbers(inner)]
    return [value] if isinstance(value, int) and not isinstance(value, bool) else []
