"""The page and the terminal: nothing of a user's becomes markup, nothing is fetched, everything is told."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from html.parser import HTMLParser

import pytest
from backtest_cast import FACTS, NEW, OLD, tried
from rich.console import Console

from leadline.analysis.drawing import ticks
from leadline.analysis.intervals import Rate, Resampled
from leadline.analysis.markup import tag

CANARY = "<script>alert(1)</script>'\\\"><img src=x onerror=alert(1)>"
_WORDS = (
    "html head meta title style body header main footer section div p h1 h2 h3 ul li i b span details summary"
)
_TABLES_AND_PICTURES = "table thead tbody tr th td dl dt dd svg desc rect circle path line text"
TAGS = {*_WORDS.split(), *_TABLES_AND_PICTURES.split()}
EMPTY = {"meta"}


class Reader(HTMLParser):
    """Collects tags and attributes, and checks that they nest."""

    def __init__(self, text: str):
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.values: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        assert not self._open

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.values += [value or "" for _, value in attrs]
        if tag not in EMPTY:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag


def hostile(text: str) -> str:
    label = CANARY.replace("'", "''")
    text = text.replace("label: Looked around", f"label: '{label}'")
    return text.replace("name: Small company", f"name: '{label}'")


@pytest.fixture(scope="module")
def nasty():
    facts = FACTS.replace("ben ", "<svg/onload=alert(1)> ").replace("jonas", "<b>jonas")
    return tried(hostile(OLD), hostile(NEW), facts=facts)


def test_hostile_labels_and_ids_stay_text(nasty):
    page = nasty.to_html()
    assert "&lt;script&gt;alert(1)" in page
    assert "&lt;svg/onload=alert(1)&gt;" in page
    read = Reader(page)
    assert read.tags <= TAGS
    assert not {name for name in read.attributes if name.startswith("on")}
    assert not read.attributes & {"style", "href", "src", "srcdoc", "action"}


def test_the_page_asks_for_nothing_and_allows_its_own_style_alone(nasty):
    page = nasty.to_html()
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    assert policy.startswith(f"default-src &#x27;none&#x27;; style-src &#x27;sha256-{digest}&#x27;")
    assert "unsafe" not in policy
    assert not re.search(r"https?://|url\(|@import", page)


def test_each_picture_says_in_words_what_it_shows_and_has_its_table():
    page = tried().to_html()
    pictures = re.findall(
        r'<svg [^>]*role="img" aria-label="[^"]+"[^>]*><title>[^<]+</title><desc>[^<]+</desc>', page
    )
    assert len(pictures) == page.count("<svg ") == 9  # two of them for wide and for narrow screens
    assert page.count("<summary>") == 8


def test_control_signs_cannot_steer_page_or_terminal():
    evil = "e\x1b[2J\u202evil"
    assert "\x1b" not in tag("p", evil)
    assert "\u202e" not in tag("p", evil)
    facts = FACTS.replace("ben ", "b\x1b[2Jen\u202e ")
    out = io.StringIO()
    tried(facts=facts).render(Console(file=out, width=80, force_terminal=False))
    assert "\x1b" not in out.getvalue()
    assert "\u202e" not in out.getvalue()


@pytest.mark.parametrize("width", [80, 100])
def test_the_terminal_keeps_within_its_width(width: int):
    out = io.StringIO()
    tried().render(Console(file=out, width=width))
    text = out.getvalue()
    assert max(len(line) for line in text.splitlines()) <= width
    for words in (
        "MQLs a week",
        "Precision",
        "Recall",
        "Lift",
        "Per rep and week",
        "Days to MQL",
        "look +10.00",
    ):
        assert words in text


def test_words_in_square_brackets_stay_on_the_terminal():
    out = io.StringIO()
    text = NEW.replace("label: Looked around", "label: '[red]Looked[/red]'")
    tried(OLD, text).render(Console(file=out, width=100))
    assert "[red]Looked[/red]" in out.getvalue()


def test_wilson_against_published_figures():
    """Newcombe 1998, table I, method 3: 81/263, 15/148, 0/20, 1/29."""
    published = {(81, 263): (0.2553, 0.3662), (15, 148): (0.0624, 0.1605), (0, 20): (0.0, 0.1611),
                 (1, 29): (0.0061, 0.1718)}  # fmt: skip
    for (hits, n), (low, high) in published.items():
        assert Rate(hits, n).interval == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_resampling_is_paired_and_repeats_for_a_seed():
    flags = [1, 0, 1, 0] * 50
    same = Resampled({"a": flags, "b": flags})
    assert same.estimate(lambda s: s["a"] - s["b"]).interval == (0, 0)
    share = Resampled({"a": flags, "n": [1] * 200}).estimate(lambda s: s["a"] / s["n"])
    assert (
        share.interval == Resampled({"a": flags, "n": [1] * 200}).estimate(lambda s: s["a"] / s["n"]).interval
    )
    assert share.interval == (pytest.approx(0.43, abs=0.015), pytest.approx(0.57, abs=0.015))


def test_a_scale_ends_above_what_it_shows():
    for most in (0.003, 0.07, 0.99, 1, 3, 99, 101, 12345):
        marks = ticks(most)
        assert marks[-1] >= most
        assert 2 <= len(marks) <= 8
