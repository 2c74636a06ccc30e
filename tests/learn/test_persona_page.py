"""A persona as a page: it runs nothing, asks for nothing, and says what was found."""

import re
from html.parser import HTMLParser

import numpy as np
import pyarrow as pa

from leadline.learn.examples import Examples
from leadline.learn.persona import persona
from leadline.learn.persona_page import persona_page
from leadline.learn.persona_rules import fit_rules
from leadline.learn.truth import simulated
from leadline.model.expr import Type
from leadline.model.predictor import Input
from leadline.model.shape import Field

EVIL = "<script>alert(1)</script>"


class Elements(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.names, self.addresses = set(), []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.addresses += [v for k, v in attrs if k in ("src", "href", "style") or k.startswith("on")]


def page_of(examples, source="leads.csv"):
    found = persona(examples, kinds=False)
    return persona_page(found, fit_rules(found, examples), source)


def test_the_page_says_it_in_words_and_figures():
    page = page_of(simulated(3_000, seed=1).examples)
    assert re.search(r"<h1>Buyers are \d\.\d times as likely as others to have Seniority: director", page)
    assert "Adjusted p" in page
    assert "persona_seniority" in page
    assert "default-src &#x27;none&#x27;" in page


def test_no_text_of_a_user_becomes_markup():
    draw = np.random.default_rng(1)
    odd = draw.random(500) < 0.5
    won = draw.random(500) < np.where(odd, 0.7, 0.1)
    given = Input("c", Type.TEXT, f"Label {EVIL}", expr="c")
    table = pa.table({"c": np.where(odd, EVIL, "plain")})
    page = page_of(Examples(table, (given,), (Field("c", Type.TEXT),), won, EVIL), EVIL)
    elements = Elements(page)
    assert EVIL not in page
    assert "script" not in elements.names
    assert elements.addresses == []


def test_where_nothing_is_to_be_said_the_page_says_that():
    page = page_of(simulated(60, seed=1).examples)
    assert "Nothing tells buyers from the others beyond chance" in page
