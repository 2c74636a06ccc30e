# ruff: noqa: E501 (one example is one line)
"""The version of a model changes with what it means, and with nothing else."""

import json
from pathlib import Path

import pytest

from leadline.model import read_model
from leadline.model.canonical import canonical, canonical_json

B2B = Path(__file__).parent / "b2b.yaml"
TEXT = B2B.read_text(encoding="utf-8")
VERSION = "5f28ea31bdb0"


def version(text: str) -> str:
    return read_model(text=text).version


def changed(old: str, new: str) -> str:
    assert old in TEXT
    return TEXT.replace(old, new)


def test_the_version_of_the_example_stays() -> None:
    """Assessments that were stored name it: should this fail, old versions are lost."""
    assert read_model(B2B).full_version.startswith(VERSION)
    assert read_model(B2B).version == VERSION


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("leadline: 1                      # format, required\nname: B2B software trial", "name: 'B2B software trial'\nleadline: 0x1"),
        ("points: 12,", "points: 12.0,"),
        ("half_life: 14d, window: 90d", "window: 2160h, half_life: 2w"),
        ("seniority in ('c_level', 'vp', 'director')", "seniority   IN ('c_level','vp',\\\n 'director')"),
        ("good: fit >= 50 or intent >= 30", "good: (fit >= 50.0) OR (intent >= 3e1)"),
        ("  cooldown: 30d ", "  # thirty days\n"),
        (", horizon: 180d}", "}"),
        ("  amount: number\n", "  amount: {type: number, column: amount}\n  path: text\n"),
        ("  employees: number\n  country: text\n", "  country: {type: text}\n  employees: {type: number}\n"),
        ("bad: true", "bad: 'TRUE'"),
        (", disqualify: true}", ', "disqualify": true}'),
        ("{stage: lead}", "\n        stage: lead"),
    ],
)  # fmt: skip
def test_layout_comments_and_key_order_do_not_change_it(old: str, new: str) -> None:
    assert version(changed(old, new)) == version(TEXT)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("points: 12,", "points: 12.01,"),
        ("label: Right size", "label: The right size"),
        ("name: B2B software trial", "name: B2B"),
        ("bad: true", "bad: false"),
        ("valid_for: 365d", "valid_for: 366d"),
        ("A: 75", "AA: 75"),
        ("  excellent: fit >= 50 and intent >= 30\n  good: fit >= 50 or intent >= 30\n", "  good: fit >= 50 or intent >= 30\n  excellent: fit >= 50 and intent >= 30\n"),
        ("values: [now, quarter, year, someday]", "values: [now, quarter, year]"),
        (", hand_raise: true", ""),
        ("Europe/Berlin", "Europe/Vienna"),
    ],
)  # fmt: skip
def test_whatever_it_says_changes_it(old: str, new: str) -> None:
    assert version(changed(old, new)) != version(TEXT)


def test_the_canonical_form_is_sorted_ascii_json() -> None:
    text = canonical_json(read_model(text=changed("label: Right size", "label: Größe")))
    assert text.isascii()
    assert json.dumps(json.loads(text), sort_keys=True, separators=(",", ":")) == text


def test_defaults_are_filled_in() -> None:
    form = canonical(read_model(text="leadline: 1\nname: x\ngoal: {event: won}"))
    assert form["timezone"] == "UTC"
    assert form["goal"] == {"event": "won", "value": None, "horizon": 180 * 86_400_000_000}
    assert form["properties"]["path"] == {"type": "text", "label": None, "column": "path"}
