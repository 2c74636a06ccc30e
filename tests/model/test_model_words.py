# ruff: noqa: E501 (one example is one line)
"""Conditions and rules as a salesperson would put them."""

from pathlib import Path

import pytest

from leadline.model import read_model
from leadline.model.words import (
    condition_words,
    criterion_sentence,
    rule_sentence,
    signal_sentence,
    stage_sentence,
)

MODEL = read_model(Path(__file__).parent / "b2b.yaml")

FIELDS = "fields: {size: {type: number, label: Employees}, seniority: text, url_kind: {type: text, label: URL kind}, met: boolean, seen: time}\n"
WORDS = {
    "seniority in ('c_level', 'vp', 'director')": "seniority is c_level, vp or director",
    "seniority not in ('vp', 'staff')": "seniority is not vp or staff",
    "size between 50 and 1000": "employees between 50 and 1,000",
    "not (size between 50 and 1000)": "employees not between 50 and 1,000",
    "size >= 5000 and size < 1e6": "employees is at least 5,000 and employees is below 1,000,000",
    "url_kind like '/pricing%'": "URL kind starts with /pricing",
    "url_kind ilike '%price%'": "URL kind contains price in any case",
    "url_kind like 'a_b'": "URL kind is like a_b",
    "starts_with(url_kind, 'x')": "URL kind starts with x",
    "url_kind is null": "URL kind is not known",
    "url_kind is not null": "URL kind is known",
    "seniority <> 'vp' or (size = 1 and met)": "seniority is not vp or (employees is 1 and met is yes)",
    "not met": "met is no",
    "met = false": "met is no",
    "hand_raised and not disqualified": "the lead has raised a hand and the lead is not disqualified",
    "days_since(seen) <= 30": "days since seen is at most 30",
    "seen >= '2026-01-31'": "seen is at the earliest 2026-01-31",
    "need = 'unknown'": "real need is unknown",
    "fit + intent > 10.5": "fit + intent is above 10.5",
    "lower(seniority) = ''": "seniority is an empty text",
    "true": "always",
    "null": "unknown",
    "coalesce(size, 0) = abs(-5)": "employees, else 0 is the size of -5",
    "not (size = 1 or met)": "not (employees is 1 or met is yes)",
}


@pytest.mark.parametrize("text", WORDS)
def test_a_condition_in_words(text: str) -> None:
    given = f'leadline: 1\nname: x\n{FIELDS}criteria: {{need: {{label: Real need, yes_if: true}}}}\nquality: {{a: "{text}"}}'
    model = read_model(text=given)
    assert condition_words(model.quality[0].when, model) == WORDS[text]


def test_no_condition_has_no_words() -> None:
    assert condition_words(None, MODEL) == ""


def test_rules_signals_criteria_and_stages_in_words() -> None:
    said = [
        rule_sentence(MODEL.fit.rules[1], MODEL),
        rule_sentence(MODEL.fit.rules[-1], MODEL),
        signal_sentence(MODEL.intent.signals[0], MODEL),
        criterion_sentence(MODEL.criteria[2], MODEL),
        *(stage_sentence(s, MODEL) for s in MODEL.lifecycle.stages[:3]),
    ]
    assert said == [
        "Right size: 25 points where employees between 50 and 1,000",
        "Works for a competitor: disqualified where email kind is competitor",
        (
            "Viewed pricing: 12 points for each page where path starts with /pricing, halving every 14 days,"
            " of the last 90 days, at most 2 a day, at most 36 points in all"
        ),
        "Need: yes where pain is not none, no where pain is none",
        "Lead: where every lead starts",
        (
            "MQL (marketing): entered where quality is excellent or the lead has raised a hand;"
            " left where intent is below 10 and the lead has not raised a hand"
        ),
        "SAL (sales): entered on lead_accepted; due within 4 hours",
    ]
