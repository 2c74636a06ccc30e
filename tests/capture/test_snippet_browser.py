"""The snippet in a real browser: what pages send, what they keep to themselves, and that they never break."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterator
from typing import Any

import capture_server
import pytest
from snippet_cast import SITE, Recorder, serving

from leadline.web.capture.facts import Arrival, Read
from leadline.web.capture.reading import read_arrival
from leadline.web.capture.snippet import etag, source

pytestmark = pytest.mark.xdist_group("chromium")  # one browser, so one worker

GPC = "<script>Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})</script>"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    webdriver = pytest.importorskip("selenium.webdriver", reason="needs the package selenium")
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if not browser or not driver:
        pytest.skip("needs Chromium and chromedriver on the path")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.page_load_strategy = "eager"
    started = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=driver))
    started.set_page_load_timeout(15)
    started.set_script_timeout(10)
    yield started
    started.quit()


@pytest.fixture
def server() -> Iterator[Recorder]:
    with serving() as recorder:
        recorder.page("/")
        recorder.page("/pricing")
        yield recorder


class Tab:
    """The browser at one site; each test has a site of its own, so nothing is left over from another."""

    def __init__(self, driver: Any, server: Recorder, site: str) -> None:
        self.driver, self.server = driver, server
        self.origin = f"http://{site}.localhost:{server.port}"

    def open(self, path: str = "/") -> None:
        self.driver.get(self.origin + path)
        self.server.wait(
            lambda: self.run("return !!(leadline && leadline.version)"), "the script did not load"
        )

    def run(self, script: str, *arguments: object) -> Any:
        return self.driver.execute_script(script, *arguments)

    def click(self, selector: str) -> None:
        self.run("document.querySelector(arguments[0]).click()", selector)

    def stored(self) -> dict[str, str]:
        return self.run("return {...localStorage}")

    def leave(self) -> None:
        """To a page of another site that has no snippet."""
        self.driver.get("about:blank")

    def sees_no_fault(self) -> bool:
        return self.run("return faults") == []


@pytest.fixture
def tab(chromium: Any, server: Recorder, request: pytest.FixtureRequest) -> Iterator[Tab]:
    site = f"t{abs(hash(request.node.name)) % 10**9}"
    yield Tab(chromium, server, site)
    chromium.get("about:blank")


def later(tab: Tab, name: str) -> None:
    """Waits for an event sent after all that could have been sent before it."""
    tab.run("leadline('track', arguments[0])", name)
    tab.server.wait(lambda: name in tab.server.named())


# --- the file ----------------------------------------------------------------------------------------------


def test_it_is_smaller_than_five_kilobytes_on_the_wire() -> None:
    assert len(gzip.compress(source(), 9)) < 5_000


def test_its_tag_is_one_for_one_content() -> None:
    assert etag() == etag()
    assert etag().startswith('"')


# --- what is sent ------------------------------------------------------------------------------------------


def test_a_page_view_arrives_and_the_server_was_not_asked_for_leave(tab: Tab) -> None:
    tab.open("/pricing?utm_source=mail&utm_medium=email")
    tab.server.wait(lambda: tab.server.messages())
    [(method, path, content_type, _)] = tab.server.requests
    assert (method, path) == ("POST", "/v1/batch")
    assert content_type.startswith("text/plain")
    [batch] = tab.server.batches()
    assert batch["writeKey"] == "wk"
    [fact] = tab.server.facts()
    assert fact.event.event == "page"
    assert fact.event.properties["path"] == fact.event.properties["title"] == "/pricing"
    assert fact.event.context["campaign"] == {"source": "mail", "medium": "email"}
    assert fact.event.context["library"] == {"name": "leadline.js", "version": "1"}
    assert fact.event.subject.kind == "anon"
    assert fact.event.context["timezone"]
    assert fact.event.bot == "webdriver"  # a test's browser says so of itself
    assert tab.sees_no_fault()


def test_calls_made_before_the_script_came_are_not_lost(tab: Tab) -> None:
    early = "<script>leadline('track', 'Early', {n: 1})</script>"
    tab.server.page(
        "/early",
        before="<script>window.leadline = function () { (leadline.q = leadline.q || [])"
        ".push(arguments) }</script>" + early,
    )
    tab.open("/early")
    tab.server.wait(lambda: sorted(tab.server.named()) == ["Early", "page"])


def test_one_visitor_is_one_from_page_to_page(tab: Tab) -> None:
    tab.open("/")
    tab.open("/pricing")
    tab.server.wait(lambda: len(tab.server.messages()) == 2)
    first, second = tab.server.messages()
    assert first["anonymousId"] == second["anonymousId"] == tab.stored()["leadline.anon"]
    assert second["context"]["page"]["path"] == "/pricing"


def test_pages_that_change_without_loading_are_seen(tab: Tab) -> None:
    tab.open("/")
    tab.server.wait(lambda: len(tab.server.messages()) == 1)
    tab.run("history.pushState({}, '', '/pricing?plan=pro')")
    tab.server.wait(lambda: len(tab.server.messages()) == 2)
    tab.run("history.replaceState({}, '', location.href); location.hash = 'faq'")
    tab.run("location.hash = '#/deep'")
    tab.server.wait(lambda: len(tab.server.messages()) == 3)
    tab.run("history.go(-3)")
    tab.server.wait(lambda: len(tab.server.messages()) >= 4)
    pages = [message["context"]["page"] for message in tab.server.messages()]
    assert [page["path"] for page in pages] == ["/", "/pricing", "/pricing", "/"]
    assert pages[1]["referrer"] == pages[0]["url"]
    assert tab.sees_no_fault()


def test_a_click_that_leads_away_is_sent_while_the_page_goes(tab: Tab) -> None:
    away = f"http://elsewhere.localhost:{tab.server.port}/gone"
    tab.server.page(
        "/links", f'<a id=out href="{away}?x=1"><b>Partner</b></a> <a id=in href="/pricing">in</a>'
    )
    tab.open("/links")
    tab.click("#out b")
    tab.server.wait(lambda: "outbound_click" in tab.server.named())
    [click] = [message for message in tab.server.messages() if message.get("event") == "outbound_click"]
    assert click["properties"] == {"url": away + "?x=1", "name": "Partner"}


def test_a_click_within_the_site_is_a_page_view_and_no_more(tab: Tab) -> None:
    tab.server.page("/links", '<a id=in href="/pricing">in</a>')
    tab.open("/links")
    tab.click("#in")
    tab.server.wait(lambda: tab.server.named() == ["page", "page"])


def test_a_person_keeps_the_visitor_and_another_person_gets_another(tab: Tab) -> None:
    tab.open("/")
    tab.run("leadline('identify', 'ana', {plan: 'pro'}); leadline('track', 'A')")
    tab.run("leadline('identify', 'ben'); leadline('track', 'B'); leadline('reset'); leadline('track', 'C')")
    tab.server.wait(lambda: {"A", "B", "C"} <= set(tab.server.named()))
    by_name = dict(zip(tab.server.named(), tab.server.messages(), strict=True))
    page, a, b, c = (by_name[name] for name in ("page", "A", "B", "C"))
    assert page["anonymousId"] == a["anonymousId"] != b["anonymousId"] != c["anonymousId"]
    assert (a["userId"], b["userId"], c.get("userId")) == ("ana", "ben", None)


# --- forms -------------------------------------------------------------------------------------------------

FORM = """<form id=f {form} onsubmit="return false">
<input name=email {email} value=ana@acme.com> <input name=company value=Acme>
<input type=password name=secret value=s1> <input type=hidden name=internal value=s2>
<input name=cardnumber value=s3> <input name=x autocomplete=cc-number value=s4>
<input type=checkbox name=news value=yes> <input type=checkbox name=terms value=ok checked>
<select name=size><option>10</option><option selected>50</option></select>
<textarea name=note></textarea><button>Send</button></form>"""


def submit(tab: Tab, form: str = "", email: str = "") -> list[dict]:
    tab.server.page("/form", FORM.format(form=form, email=email))
    tab.open("/form")
    tab.click("#f button")
    tab.server.wait(lambda: "form" in tab.server.named())
    later(tab, "Later")
    return [
        message
        for message in tab.server.messages()
        if message.get("event", "identify") in ("form", "identify") and message["type"] != "page"
    ]


def test_of_a_form_only_its_name_and_the_names_of_its_fields_are_sent(tab: Tab) -> None:
    [form] = submit(tab, form='name="contact"')
    assert form["properties"]["name"] == "contact"
    assert form["properties"]["fields"] == ["email", "company", "news", "terms", "size", "note"]
    assert b"ana@acme.com" not in b"".join(body for *_, body in tab.server.requests)


def test_a_marked_field_is_sent_and_its_neighbours_are_not(tab: Tab) -> None:
    _, identify = submit(tab, email="data-leadline")
    assert identify["traits"] == {"email": "ana@acme.com"}


def test_of_a_marked_form_everything_is_sent_but_what_is_secret(tab: Tab) -> None:
    form, identify = submit(tab, form='data-leadline="demo"')
    assert form["properties"]["name"] == "demo"
    assert identify["traits"] == {"email": "ana@acme.com", "company": "Acme", "terms": "ok", "size": "50"}
    everything = b"".join(body for *_, body in tab.server.requests)
    assert not [secret for secret in (b"s1", b"s2", b"s3", b"s4") if b'"' + secret + b'"' in everything]
    facts = [fact for fact in tab.server.facts() if isinstance(fact, Read) and fact.links]
    assert [link.person.value for fact in facts for link in fact.links] == ["ana@acme.com"]


def test_a_form_of_ours_is_told_whose_visit_it_was_and_goes_by_itself(tab: Tab) -> None:
    action = f"{tab.server.host}/f/demo"
    tab.server.page(
        "/ours", f'<form id=f method=post action="{action}"><input name=email value=a@b.co><button></form>'
    )
    tab.open("/ours")
    tab.server.wait(lambda: tab.server.messages())
    tab.click("#f button")
    tab.server.wait(lambda: any(path == "/f/demo" for _, path, *_ in tab.server.requests))
    [posted] = [body.decode() for _, path, _, body in tab.server.requests if path == "/f/demo"]
    assert posted == f"email=a%40b.co&ll_anon={tab.server.messages()[0]['anonymousId']}"
    assert tab.server.named() == ["page"]


# --- nothing is lost ---------------------------------------------------------------------------------------


def test_what_a_server_in_trouble_did_not_take_comes_with_the_next_page(tab: Tab) -> None:
    tab.server.status = 503
    tab.open("/")
    tab.run("leadline('track', 'Precious')")
    tab.server.wait(lambda: "Precious" in tab.server.named())
    tab.leave()
    tab.server.requests.clear()
    tab.server.status = 200
    tab.open("/pricing")
    tab.server.wait(lambda: sorted(tab.server.named()) == ["Precious", "page", "page"])
    tab.server.wait(lambda: not [name for name in tab.stored() if name.startswith("leadline.m.")])


def test_what_was_sent_is_tried_again_until_it_is_taken(tab: Tab) -> None:
    tab.server.status = 503
    tab.open("/")
    tab.server.wait(lambda: tab.server.messages())
    tab.server.status = 200
    tab.server.wait(lambda: len(tab.server.batches()) == 2, "no second try")
    assert len(tab.server.messages()) == 1
    first, second = tab.server.batches()
    assert first["sentAt"] < second["sentAt"]
    tab.server.wait(lambda: not [name for name in tab.stored() if name.startswith("leadline.m.")])


def test_what_a_server_refuses_for_good_is_not_sent_again(tab: Tab) -> None:
    tab.server.status = 401
    tab.open("/")
    tab.server.wait(lambda: tab.server.messages())
    tab.server.wait(lambda: not [name for name in tab.stored() if name.startswith("leadline.m.")])


def test_the_last_words_of_a_page_arrive(tab: Tab) -> None:
    tab.open("/")
    tab.server.wait(lambda: tab.server.messages())
    tab.run("leadline('track', 'Last'); location.href = 'about:blank'")
    tab.server.wait(lambda: "Last" in tab.server.named())


def test_a_queue_that_cannot_be_sent_does_not_grow_without_end(tab: Tab) -> None:
    tab.server.status = 503
    tab.open("/")
    tab.run("for (let i = 0; i < 300; i++) leadline('track', 'T' + i)")
    kept = [name for name in tab.stored() if name.startswith("leadline.m.")]
    assert len(kept) == 100


# --- what visitors wish ------------------------------------------------------------------------------------


def test_who_asks_not_to_be_followed_is_not(tab: Tab) -> None:
    tab.server.page("/gpc", FORM.format(form="data-leadline", email=""), before=GPC)
    tab.open("/gpc")
    tab.run("leadline('track', 'Followed')")
    tab.click("#f button")
    tab.server.wait(lambda: "identify" in tab.server.named())
    assert tab.server.named() == ["form", "identify"]
    assert tab.server.batches()[0]["context"]["gpc"] is True
    assert tab.stored() == {}


def test_nothing_is_sent_or_stored_before_consent_and_then_nothing_is_missing(tab: Tab) -> None:
    tab.server.page("/consent", attributes='data-consent="analytics"')
    tab.open("/consent")
    tab.run("leadline('track', 'Held')")
    assert tab.stored() == {}
    assert tab.server.requests == []
    tab.run("leadline('consent', {analytics: true, marketing: false})")
    tab.server.wait(lambda: tab.server.named() == ["page", "Held"])
    preferences = {"analytics": True, "marketing": False}
    assert all(m["context"]["consent"]["categoryPreferences"] == preferences for m in tab.server.messages())
    tab.open("/consent")
    tab.server.wait(lambda: len(tab.server.messages()) == 3)
    assert len({message["anonymousId"] for message in tab.server.messages()}) == 1


@pytest.mark.parametrize("answer", ["{analytics: false}", "{marketing: true}"])
def test_a_no_empties_what_was_stored(tab: Tab, answer: str) -> None:
    tab.server.page("/consent", attributes='data-consent="analytics"')
    tab.open("/consent")
    tab.run("leadline('consent', {analytics: true})")
    tab.server.wait(lambda: tab.server.messages())
    tab.run(f"leadline('consent', {answer}); leadline('track', 'Followed')")
    assert list(tab.stored()) == ["leadline.consent"]
    tab.open("/consent")
    tab.run("leadline('identify', {email: 'ana@acme.com'})")
    tab.server.wait(lambda: "identify" in tab.server.named())
    assert tab.server.named() == ["page", "identify"]
    assert list(tab.stored()) == ["leadline.consent"]


# --- the page never breaks ---------------------------------------------------------------------------------


def test_a_page_without_storage_still_sends(tab: Tab) -> None:
    tab.server.page("/sandboxed", Content_Security_Policy="sandbox allow-scripts")
    tab.open("/sandboxed")
    assert tab.run("try { localStorage } catch (e) { return e.name }") == "SecurityError"
    later(tab, "Later")
    assert tab.server.named() == ["page", "Later"]
    assert len({message["anonymousId"] for message in tab.server.messages()}) == 1
    assert tab.sees_no_fault()


def test_a_page_that_may_not_connect_is_none_the_worse(tab: Tab) -> None:
    tab.server.page("/closed", Content_Security_Policy="connect-src 'none'")
    tab.open("/closed")
    tab.run("leadline('track', 'Unheard'); history.pushState({}, '', '/other')")
    assert tab.run("return location.pathname") == "/other"
    assert tab.sees_no_fault()
    assert tab.server.requests == []


WRONG_CALLS = (
    "leadline()",
    "leadline('nonsense')",
    "leadline('constructor')",
    "leadline('track', 'x', {n: 1n})",
    "const loop = {}; loop.loop = loop; leadline('track', 'x', loop)",
    "leadline('identify')",
    "leadline('consent', null)",
    "document.body.innerHTML = '<form><input name=elements></form>'; document.forms[0].requestSubmit()",
    "crypto.getRandomValues = null; leadline('track', 'x')",
)


def test_no_call_breaks_the_page(tab: Tab) -> None:
    tab.open("/")
    for call in WRONG_CALLS:
        tab.run(call)
        assert tab.sees_no_fault(), call
    later(tab, "Later")


def test_a_tag_without_a_key_says_so_and_does_nothing(tab: Tab) -> None:
    tab.server.pages["/keyless"] = (
        {},
        f'<script>faults=[]</script><script src="{tab.server.host}/leadline.js"></script>',
    )
    tab.driver.get(tab.origin + "/keyless")
    logged = [entry["message"] for entry in tab.driver.get_log("browser")]
    assert any("data-key" in message for message in logged)
    assert tab.run("return typeof leadline") == "undefined"


def test_what_is_seen_by_itself_can_be_chosen(tab: Tab) -> None:
    tab.server.page("/quiet", attributes='data-auto=""')
    tab.open("/quiet")
    later(tab, "Later")
    assert tab.server.named() == ["Later"]


def test_a_second_tag_on_the_page_counts_nothing_twice(tab: Tab) -> None:
    again = f'<script async src="{tab.server.host}/leadline.js" data-key="wk"></script>'
    tab.server.page("/twice", again)
    tab.open("/twice")
    later(tab, "Later")
    assert tab.server.named() == ["page", "Later"]


# --- with the server it is made for ------------------------------------------------------------------------


def test_it_comes_from_the_capture_server_and_speaks_to_it(tab: Tab, on_sqlite: capture_server.Place) -> None:
    with capture_server.serving(on_sqlite) as capture:
        host = f"http://127.0.0.1:{capture.port}"
        tab.server.page("/real", host=host, key=capture_server.KEY)
        tab.open("/real?utm_source=mail")
        tab.run("leadline('identify', {email: 'ana@acme.com'})")
        rows = []
        tab.server.wait(lambda: rows.extend(capture.take()) or sum(b"identify" in row.body for row in rows))
        tab.server.wait(lambda: not [name for name in tab.stored() if name.startswith("leadline.m.")])
    said = [
        fact
        for row in rows
        for fact in read_arrival(Arrival(row.id, SITE, row.received_at, row.kind, bytes(row.body)))
    ]
    assert [fact.event.event for fact in said] == ["page", "identify"]
    assert said[0].event.context["campaign"] == {"source": "mail"}
    assert said[1].links[0].person.value == "ana@acme.com"
    assert tab.sees_no_fault()
