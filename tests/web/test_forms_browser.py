"""A form in a real browser: in a frame of somebody's page, on its own page, on a telephone."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from forms_cast import asking_program, demo_form

from leadline.web.capture import installed as shared
from leadline.web.forms import limits

pytestmark = pytest.mark.xdist_group("chromium")  # one browser, so one worker

VISITOR = "3f0e8a52-7c0d-4b8e-9c55-2f6f1a0f9d11"
PATIENCE = 10


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    webdriver = pytest.importorskip("selenium.webdriver", reason="needs the package selenium")
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if not browser or not driver:
        pytest.skip("needs Chromium and chromedriver on the path")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    started = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=driver))
    started.set_page_load_timeout(20)
    yield started
    started.quit()


@pytest.fixture
def site() -> Iterator[str]:
    """Somebody's website, at another origin; its page carries the script that its query names."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            script = self.path.partition("?form=")[2]
            self.wfile.write(
                f'<title>Site</title><h1>Site</h1><script src="{script}" async></script>'.encode()
            )

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def form(inbox, monkeypatch, live_server, site):
    monkeypatch.setattr(shared, "_shared", [inbox])
    limits._rates._buckets.clear()
    return demo_form(asking_program(), "email", "employees", "pain", "timeframe", allowed_origins=[site])


def until(done: Callable[[], Any]) -> Any:
    end = time.monotonic() + PATIENCE
    while not (found := done()):
        assert time.monotonic() < end, "not within time"
        time.sleep(0.03)
    return found


def said(inbox) -> list[dict]:
    return [json.loads(item.body) for item in inbox.peek(100)]


def type_into(chromium, name, text):
    chromium.find_element("css selector", f"[name={name}]").send_keys(text)


def complaints(chromium):
    return [line for line in chromium.get_log("browser") if "favicon" not in line["message"]]


def test_a_form_in_a_frame_is_sent_as_the_visitor_of_the_page_around_it(
    chromium, form, live_server, site, inbox
):
    chromium.get(site)
    chromium.execute_script("localStorage.setItem('leadline.anon', arguments[0])", VISITOR)
    page = f"{site}/contact?form={live_server.url}/f/demo.js"
    chromium.get(page)
    chromium.execute_script("addEventListener('leadline:sent', () => { document.title = 'sent' })")
    frame = until(lambda: chromium.find_elements("tag name", "iframe"))[0]
    until(lambda: frame.size["height"] > 0 and frame.size["height"] != 480)  # it is as high as its form

    chromium.switch_to.frame(frame)
    type_into(chromium, "email", "ana@winter.de")
    type_into(chromium, "employees", "250")
    chromium.execute_script("dispatchEvent(new Event('pagehide'))")
    partial = until(lambda: said(inbox))[0]
    assert (partial["event"], partial["anonymousId"]) == ("form_partial", VISITOR)
    assert partial["properties"]["filled"] == ["email", "employees"]
    assert partial["properties"]["answers"] == {"employees": "250"}

    button = chromium.find_element("css selector", "button[type=submit]")
    chromium.execute_script("arguments[0].click(); arguments[0].click()", button)
    chromium.switch_to.default_content()
    until(lambda: chromium.title == "sent")
    sent = [body for body in said(inbox) if "ll_id" in body]
    assert len(sent) == 1
    assert (sent[0]["email"], sent[0]["ll_anon"], sent[0]["ll_page"]) == ("ana@winter.de", VISITOR, page)
    assert complaints(chromium) == []


def test_a_page_that_is_not_listed_cannot_frame_it(chromium, form, live_server, site):
    form.allowed_origins = ["https://www.example.com"]
    form.save()
    chromium.get(f"{site}/?form={live_server.url}/f/demo.js")
    chromium.switch_to.frame(until(lambda: chromium.find_elements("tag name", "iframe"))[0])
    assert chromium.find_elements("tag name", "form") == []
    chromium.switch_to.default_content()
    assert any("frame-ancestors" in line["message"] for line in until(lambda: complaints(chromium)))


def test_on_a_telephone_nothing_is_cut_off_and_a_keyboard_is_enough(chromium, form, live_server, inbox):
    form.consent_text, form.consent_version = "You may write to me.", 1
    form.save()
    chromium.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": 360, "height": 700, "deviceScaleFactor": 2, "mobile": True},
    )
    chromium.get(f"{live_server.url}/f/demo")
    width = "return document.documentElement.scrollWidth"
    assert chromium.execute_script(width) == 360
    small = """
        return [...document.querySelectorAll('main input, main select, main textarea, main button')]
            .filter((each) => each.type !== 'hidden' && !each.closest('.trap'))
            .map((each) => each.closest('label') || each)
            .filter((each) => each.getBoundingClientRect().height < 24).map((each) => each.outerHTML)"""
    assert chromium.execute_script(small) == []

    keys = pytest.importorskip("selenium.webdriver").Keys
    chromium.switch_to.active_element.send_keys(keys.TAB)
    for answer in ("ana@winter.de", "250", "Lists", " ", " "):  # the last two choose and tick
        assert "ll_confirm" not in chromium.switch_to.active_element.get_attribute("outerHTML")
        chromium.switch_to.active_element.send_keys(answer, keys.TAB)
    chromium.switch_to.active_element.send_keys(keys.ENTER)
    until(lambda: chromium.current_url.endswith("/f/demo/thanks"))
    (sent,) = said(inbox)
    assert (sent["email"], sent["timeframe"], sent["marketing_consent"]) == ("ana@winter.de", "now", "true")
    assert chromium.execute_script(width) == 360
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert complaints(chromium) == []
