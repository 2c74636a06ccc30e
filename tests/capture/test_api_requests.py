"""The tracking API through its addresses: what is stored, and what is answered in which words."""

from __future__ import annotations

import base64
import gzip
import json
import time
from pathlib import Path
from typing import Any

import pytest
from capture_server import (
    KEY,
    OFF_KEY,
    OLD_KEY,
    ONE_SITE_KEY,
    SERVER_KEY,
    SLOW_KEY,
    Answered,
    Place,
    Server,
    serving,
)

from leadline.web.capture.app import owns, paths

EVENT = {"type": "track", "event": "Signed Up", "userId": "u1", "messageId": "m1"}
PIXEL = b"GIF89a"


def batch(*messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"batch": list(messages), "sentAt": "2026-11-22T10:00:00Z", **more}


def refused(answer: Answered) -> tuple[int, str]:
    """Status and code of an error, which always has words too."""
    assert answer.json["success"] is False
    assert answer.json["message"]
    return answer.status, answer.json["code"]


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/import", "/v1/b", "/beacon/v1/batch"])
@pytest.mark.parametrize("end", ["", "/"])
def test_a_batch_is_stored_as_it_came(server: Server, path: str, end: str) -> None:
    body = json.dumps(batch(EVENT), indent=3).encode()
    answer = server.ask("POST", path + end, body, {"User-Agent": "test/1"}, key=KEY)
    assert (answer.status, answer.json) == (200, {"success": True})
    [item] = server.take()
    assert (item.source_id, item.kind, bytes(item.body)) == (1, "batch", body)
    assert json.loads(item.meta) == {"ip": "127.0.0.1", "ua": "test/1", "key_id": 1}
    assert abs(item.received_at - time.time() * 1e6) < 20e6


@pytest.mark.parametrize("kind", ["track", "identify", "page", "screen", "group", "alias"])
def test_a_single_message_takes_its_type_from_the_address(server: Server, kind: str) -> None:
    for path in (f"/v1/{kind}", f"/v1/{kind[0]}", f"/v1/{kind}/"):
        answer = server.ask("POST", path, {"writeKey": KEY, "userId": "u1", "type": "other"})
        assert (answer.status, answer.json) == (200, {"success": True})
    assert [item.kind for item in server.take()] == [kind] * 3


def test_the_write_key_is_taken_from_authorization_then_body_then_query(server: Server) -> None:
    def source_of(body: dict, headers: dict | None = None, query: str = "") -> int:
        assert server.ask("POST", f"/v1/track{query}", body, headers).status == 200
        return server.take()[0].source_id

    def basic(text: str) -> dict[str, str]:
        return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}

    other = {"writeKey": SERVER_KEY}
    assert source_of(other, basic(f"{KEY}:")) == 1
    assert source_of(other, basic(KEY)) == 1, "the colon may be missing"
    assert source_of(other, {"Authorization": basic(f"{KEY}:")["Authorization"].rstrip("=")}) == 1
    assert source_of(other, {"Authorization": "Bearer token"}, f"?writeKey={KEY}") == 2
    assert source_of({}, None, f"?writeKey={KEY}") == 1


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("", (401, "no_write_key")),
        ("nobody", (401, "unknown_write_key")),
        ("nul\0key", (401, "unknown_write_key")),
        ("x" * 5000, (401, "unknown_write_key")),
        (OLD_KEY, (401, "unknown_write_key")),
        (OFF_KEY, (404, "source_disabled")),
    ],
)
def test_a_key_that_is_none_is_told_so(server: Server, key: str, told: tuple[int, str]) -> None:
    assert refused(server.ask("POST", "/v1/batch", batch(EVENT, writeKey=key))) == told
    assert server.take() == []


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        ("/v1/batch", b'{"batch": [{}', (400, "invalid_json")),
        ("/v1/batch", b'"[{]"', (400, "not_an_object")),
        ("/v1/batch", b"", (400, "invalid_json")),
        ("/v1/batch", b"[1]", (400, "not_an_object")),
        ("/v1/batch", {}, (400, "no_batch")),
        ("/v1/batch", {"batch": {"type": "track"}}, (400, "no_batch")),
        ("/v1/batch", {"batch": []}, (400, "empty_batch")),
        ("/v1/batch", {"batch": [{}] * 2501}, (400, "too_many_messages")),
        ("/v1/batch", {"batch": ["x" * 4_194_304]}, (400, "body_too_large")),
        ("/v1/track", {"event": "x" * 32_768}, (400, "message_too_large")),
        ("/v1/track", b"5", (400, "not_an_object")),
        ("/v1/batch", b"\x1f\x8b not gzip", (400, "broken_gzip")),
        ("/v1/batch", gzip.compress(b'{"batch": [1]}', mtime=0)[:-9], (400, "broken_gzip")),
    ],
)
def test_an_envelope_that_is_none_is_refused(
    server: Server, path: str, body: Any, told: tuple[int, str]
) -> None:
    assert refused(server.ask("POST", path, body, key=KEY)) == told
    assert server.take() == []


@pytest.mark.parametrize(
    "body",
    [
        b'\xef\xbb\xbf{"batch": [{"userId": "u1"}]}',
        b'{"batch": [{"properties": {"price": NaN}}, {"userId": "u1"}]}',
        b'{"batch": [{"event": "cut \\ud83d off"}, {"userId": "u1"}]}',
        b'{"batch": [{"event": "caf\xe9"}, {"userId": "u1"}]}',
        b'{"batch": [{"event": "a\x00b\tc"}, {"userId": "u1"}]}',
        b'{"batch": [{"price": ' + b"9" * 5000 + b'}, {"userId": "u1"}]}',
    ],
    ids=[
        "byte order mark",
        "NaN",
        "half a surrogate pair",
        "not UTF-8",
        "control characters",
        "huge integer",
    ],
)
def test_one_odd_message_does_not_turn_its_siblings_away(server: Server, body: bytes) -> None:
    assert server.ask("POST", "/v1/batch", body, key=KEY).status == 200
    assert [bytes(item.body) for item in server.take()] == [body]


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Encoding": "gzip", "Content-Type": "application/json"},
        {"Content-Encoding": "gzip", "Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "multipart/form-data; boundary=x"},
    ],
)
def test_a_body_is_read_by_its_bytes_whatever_its_labels_say(server: Server, headers: dict[str, str]) -> None:
    plain = json.dumps(batch(EVENT)).encode()
    for body in (plain, gzip.compress(plain, mtime=0), gzip.compress(plain[:20]) + gzip.compress(plain[20:])):
        assert server.ask("POST", "/v1/batch", body, headers, key=KEY).status == 200
        assert bytes(server.take()[0].body) == plain


def test_an_encoding_that_is_not_gzip_is_named(server: Server) -> None:
    answer = server.ask("POST", "/v1/batch", b"\x0b\x02\x80", {"Content-Encoding": "br"}, key=KEY)
    assert refused(answer) == (400, "unknown_encoding")


def test_pages_may_send_from_anywhere_with_any_header(server: Server) -> None:
    asked = {
        "Origin": "https://shop.example", "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "anonymousid,authorization,content-type,sentat",
    }  # fmt: skip
    for path in ("/v1/p", "/v1/batch", "/v1/m", "/beacon/v1/batch", "/sourceConfig/"):
        answer = server.ask("OPTIONS", path, headers=asked)
        assert answer.status == 204
        assert answer.headers["access-control-allow-origin"] == "https://shop.example"
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert answer.headers["access-control-allow-headers"] == asked["Access-Control-Request-Headers"]
        assert int(answer.headers["access-control-max-age"]) >= 600
    for key, status in ((KEY, 200), ("nobody", 401)):
        answer = server.ask("POST", "/v1/p", {"writeKey": key}, {"Origin": "https://shop.example"})
        assert answer.status == status
        assert answer.headers["access-control-allow-origin"] == "https://shop.example"
        assert "retry-after" in answer.headers["access-control-expose-headers"]
        assert "origin" in answer.headers["vary"].lower()


def test_a_source_may_name_the_sites_that_send(server: Server) -> None:
    def sent_from(origin: str) -> int:
        headers = {"Origin": origin} if origin else {}
        return server.ask("POST", "/v1/p", {"writeKey": ONE_SITE_KEY}, headers).status

    assert [sent_from(o) for o in ("https://example.com", "https://a.b.example.org", "")] == [200, 200, 200]
    others = (
        "https://example.com.evil.test",
        "http://example.com",
        "https://example.org",
        "https://evilexample.org",
    )
    assert [sent_from(o) for o in (*others, "null")] == [403] * 5


def test_a_key_that_sends_too_much_waits_and_no_other_does(server: Server) -> None:
    answers = [server.ask("POST", "/v1/p", {"writeKey": SLOW_KEY}) for _ in range(8)]
    late = [answer for answer in answers if answer.status == 429]
    assert late
    assert refused(late[0]) == (429, "too_many_requests")
    assert int(late[0].headers["retry-after"]) >= 1
    assert server.ask("POST", "/v1/p", {"writeKey": KEY}).status == 200
    assert len(server.take()) == 8 - len(late) + 1


def test_what_a_browser_says_of_its_visitor_is_kept(server: Server) -> None:
    headers = {"Sec-GPC": "1", "Origin": "https://a.example", "Referer": "https://a.example/p?q=1"}
    server.ask("POST", "/v1/p", {"writeKey": KEY}, headers)
    meta = json.loads(server.take()[0].meta)
    assert meta["gpc"] is True
    assert (meta["origin"], meta["referer"]) == ("https://a.example", "https://a.example/p?q=1")


def test_a_forwarded_address_is_believed_of_a_trusted_proxy_alone(server: Server, on_sqlite: Place) -> None:
    told = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7, 10.0.0.5"}
    server.ask("POST", "/v1/p", {"writeKey": KEY}, told)
    assert json.loads(server.take()[0].meta)["ip"] == "127.0.0.1"
    with serving(on_sqlite, LEADLINE_TRUSTED_PROXIES="127.0.0.1,10.0.0.0/8") as behind:
        behind.ask("POST", "/v1/p", {"writeKey": KEY}, told)
        assert json.loads(behind.take()[0].meta)["ip"] == "198.51.100.7"


def test_a_pixel_is_a_picture_whatever_happens(server: Server) -> None:
    data = base64.urlsafe_b64encode(json.dumps(EVENT | {"writeKey": KEY, "note": "ÿþ~?>"}).encode()).decode()
    blanks = base64.b64encode(json.dumps(EVENT | {"writeKey": KEY, "note": ">>>???ÿ"}).encode()).decode()
    good = (
        f"/v1/pixel/track?data={data.rstrip('=')}",
        f"/v1/pixel/track?data={blanks}",  # its + arrive as blanks
        f"/v1/pixel/track?writeKey={KEY}&userId=u1&event=Signed+Up&properties.subject=Hi%20you",
        f"/pixel/v1/track?writeKey={KEY}&userId=u1&event=Signed+Up",
    )
    bad = (
        "/v1/pixel/track", "/v1/pixel/track?data=%%%", "/v1/pixel/track?data=MQ",
        "/v1/pixel/track?writeKey=nobody",
        f"/v1/pixel/track?writeKey={KEY}&event={'x' * 33_000}", f"/v1/pixel/track?data={'WwWw' * 9000}",
    )  # fmt: skip
    for path in (*good, *bad):
        answer = server.ask("GET", path)
        assert (answer.status, answer.headers["content-type"]) == (200, "image/gif"), path[:60]
        assert answer.body.startswith(PIXEL)
        assert "no-store" in answer.headers["cache-control"]
    items = server.take()
    assert [item.kind for item in items] == ["track"] * len(good)
    bodies = [json.loads(item.body) for item in items]
    assert [body["event"] for body in bodies] == ["Signed Up"] * len(good)
    assert bodies[2]["properties"] == {"subject": "Hi you"}
    assert "writeKey" not in bodies[2]


def test_a_scanner_that_only_looks_at_a_pixel_leaves_no_fact(server: Server) -> None:
    assert server.ask("HEAD", f"/v1/pixel/track?writeKey={KEY}&userId=u1&event=Opened").status == 200
    assert server.take() == []


def test_segments_browser_client_is_sent_back_here(server: Server) -> None:
    answer = server.ask("GET", f"/v1/projects/{KEY}/settings", headers={"Origin": "https://a.example"})
    segment = answer.json["integrations"]["Segment.io"]
    assert segment["apiKey"] == KEY
    assert (segment["protocol"], segment["apiHost"]) == ("http", f"127.0.0.1:{server.port}/v1")
    assert answer.headers["access-control-allow-origin"] == "https://a.example"
    assert int(answer.headers["cache-control"].rpartition("=")[2]) <= 120
    assert server.ask("GET", "/v1/projects/nobody/settings").status == 404


def test_rudderstacks_browser_client_finds_its_source(server: Server) -> None:
    answer = server.ask("GET", "/sourceConfig/?p=npm&v=3", key=KEY)
    source = answer.json["source"]
    assert (source["enabled"], source["writeKey"], source["destinations"]) == (True, KEY, [])
    assert server.ask("GET", f"/sourceConfig?writeKey={KEY}").status == 200
    assert server.ask("GET", "/sourceConfig/").status == 401
    assert server.ask("GET", "/sourceConfig/", key="nobody").status == 404


def test_scripts_are_served_as_far_as_there_are_any(server: Server, on_sqlite: Place, tmp_path: Path) -> None:
    ours = server.ask("GET", "/leadline.js")
    assert ours.headers["content-type"].startswith("text/javascript")
    assert server.ask("GET", "/leadline.js", headers={"If-None-Match": ours.headers["etag"]}).status == 304
    assert refused(server.ask("GET", f"/analytics.js/v1/{KEY}/analytics.min.js")) == (404, "no_analytics_js")
    (tmp_path / "standalone.js").write_text("/* the client */")
    (tmp_path / "part.bundle.js").write_text("/* a part */")
    with serving(on_sqlite, LEADLINE_ANALYTICS_JS=str(tmp_path / "standalone.js")) as other:
        assert other.ask("GET", f"/analytics.js/v1/{KEY}/analytics.min.js").body == b"/* the client */"
        assert other.ask("GET", "/analytics-next/bundles/part.bundle.js").body == b"/* a part */"
        assert other.ask("GET", "/analytics-next/bundles/none.js").status == 404
        assert other.ask("GET", "/analytics-next/bundles/..%2Fleadline.sqlite3.js").status == 404


def test_the_browser_clients_own_measures_are_dropped(server: Server) -> None:
    assert server.ask("POST", "/v1/m", {"series": []}).json == {"success": True}
    assert server.take() == []


def test_balancers_and_robots_get_their_answers(server: Server) -> None:
    assert server.ask("GET", "/health").json == {"server": "UP", "db": "UP"}
    assert server.ask("GET", "/version").json["name"] == "leadline"
    assert b"Disallow: /" in server.ask("GET", "/robots.txt").body


def test_nothing_is_ever_redirected(server: Server) -> None:
    for path in ("/v1/batch//", "/v1/unknown", "/v1", "//v1/batch"):
        assert refused(server.ask("POST", path, batch(EVENT), key=KEY)) == (404, "not_found")
    assert refused(server.ask("GET", "/v1/batch")) == (405, "method_not_allowed")
    assert refused(server.ask("PUT", "/v1/batch/", batch(EVENT), key=KEY)) == (405, "method_not_allowed")


def test_an_unknown_key_may_be_dropped_with_a_receipt(on_sqlite: Place) -> None:
    with serving(on_sqlite, INGEST_UNKNOWN_KEY="accept_and_drop") as server:
        assert server.ask("POST", "/v1/batch", batch(EVENT), key="nobody").json == {"success": True}
        assert server.ask("POST", "/v1/batch", batch(EVENT)).status == 401, "none at all is still told so"
        assert server.ask("POST", "/v1/batch", batch(EVENT), key=KEY).status == 200
        assert [item.source_id for item in server.take()] == [1]


def lines_with(log: Path, words: str, seconds: float = 20) -> list[dict]:
    """The log's lines, once one has these words: they are written a little after the answer."""
    deadline = time.monotonic() + seconds
    while words not in log.read_text() and time.monotonic() < deadline:
        time.sleep(0.02)
    return [json.loads(line) for line in log.read_text().splitlines()]


def test_a_request_can_be_found_in_the_log_without_a_word_of_its_sender(on_sqlite: Place) -> None:
    with serving(on_sqlite) as server:
        body = batch({"userId": "ana@example.com"}, writeKey="nobody-s-secret-key")
        headers = {
            "X-Request-ID": "request-0001",
            "User-Agent": "curious",
            "Referer": "https://a.example/ana",
        }
        answer = server.ask("POST", "/v1/batch?email=ana@example.com", body, headers)
        assert answer.headers["x-request-id"] == "request-0001"
        lines = lines_with(server.log, "request-0001")
    [line] = [line for line in lines if line.get("request_id") == "request-0001"]
    assert (line["status"], line["code"]) == (401, "unknown_write_key")
    told = json.dumps(lines)
    assert not [
        word
        for word in ("ana", "127.0.0.1:", "secret", "curious")
        if word in told.replace("http://127.0.0.1:", "")
    ]


def test_it_knows_which_paths_are_its_own() -> None:
    assert all(
        map(owns, ("/v1/batch", "/v1/t/", "/v1/pixel/page", "/health", "/leadline.js", "/sourceConfig/"))
    )
    assert not any(
        map(owns, ("/", "/leads", "/v1/leads", "/f/trial", "/healthz", "/v1/batch/x", "/static/leadline.js"))
    )
    assert "/robots.txt" in paths()
