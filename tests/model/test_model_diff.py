# ruff: noqa: E501 (one example is one line)
"""What changed between two models, in sentences."""

import json
from pathlib import Path

import pytest

from leadline.model import read_model
from leadline.model.diff import diff

TEXT = (Path(__file__).parent / "b2b.yaml").read_text(encoding="utf-8")
MAIL = "    - {id: mail, label: Clicked an e-mail, event: email_clicked, points: 4, half_life: 14d, max_points: 16}\n"
REGION = """    - {id: region, label: We sell there, when: "country in ('DE', 'AT', 'CH')", points: 25}\n"""
NEED = "  need:      {label: Need,      yes_if: pain <> 'none', no_if: pain = 'none'}\n"
TIMELINE = """  timeline:  {label: Timeline,  yes_if: "timeframe in ('now', 'quarter')", valid_for: 90d}\n"""
QUALITY = "  excellent: fit >= 50 and intent >= 30\n  good: fit >= 50 or intent >= 30\n"

SENTENCES = [
    ("points: 12,", "points: 18,", "pricing (Viewed pricing): 12 → 18 points"),
    ("half_life: 14d, window", "half_life: 21d, window", "pricing (Viewed pricing): half-life 14d → 21d"),
    (", window: 90d", "", "pricing (Viewed pricing): window 90d → none"),
    (", hand_raise: true", "", "demo (Asked for a demo): counts as a hand-raise yes → no"),
    (
        MAIL,
        MAIL + "    - {id: webinar, event: webinar_attended, points: 8}\n",
        "new signal webinar: 8 points on webinar_attended",
    ),
    (REGION, "", "removed rule region"),
    ("id: region", "id: area", "rule region is now called area"),
    ("label: Right size", "label: Size", "size: label Right size → Size"),
    (
        "enter: quality = 'excellent' or hand_raised",
        "enter: hand_raised",
        "stage mql: now enters where hand_raised; before where quality = 'excellent' or hand_raised",
    ),
    (
        ", leave: intent < 10 and not hand_raised",
        "",
        "stage mql: now leaves by decision alone; before leaves where intent < 10 and not hand_raised",
    ),
    ("bad: true", "poor: true", "quality bad is now called poor"),
    (
        "good: fit >= 50 or intent",
        "good: fit >= 60 or intent",
        "quality good: now holds where fit >= 60 or intent >= 30; before where fit >= 50 or intent >= 30",
    ),
    (QUALITY, "".join(reversed(QUALITY.splitlines(True))), "quality: order excellent, good, bad → good, excellent, bad"),
    (NEED + TIMELINE, TIMELINE + NEED, "criteria: order budget, authority, need, timeline → budget, authority, timeline, need"),
    (", no_if: pain = 'none'", "", "criterion need: now is no where the yes does not hold; before is no where pain = 'none'"),
    ("A: 75", "A: 80", "fit band A: from 75 → 80"),
    ("sla: 4h", "sla: 8h", "stage sal: SLA 4h → 8h"),
    ("cooldown: 30d", "cooldown: 2w", "lifecycle: cooldown 30d → 14d"),
    ("  min: 0\n  max: 100\n  rules", "  max: 100\n  rules", "fit: minimum 0 → none"),
    ("Europe/Berlin", "UTC", "timezone Europe/Berlin → UTC"),
    ("horizon: 180d", "horizon: 90d", "goal: horizon 180d → 90d"),
    ("goal: {event: deal_won, value: amount, horizon: 180d}", "", "removed the goal (deal_won)"),
    ("country: text", "country: {type: text, ask: Where?}", "field country: question none → Where?"),
    ("values: [now, quarter, year, someday]", "values: [now, quarter]", "field timeframe (Timeframe): values now, quarter, year, someday → now, quarter"),
    ("  amount: number", "  amount: number\n  plan: text", "new property plan: text"),
    ("{step: learning, event: page", "{step: learning, event: visit", "step learning: event page → visit"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "sentence"), SENTENCES)
def test_each_change_is_one_sentence(old: str, new: str, sentence: str) -> None:
    assert old in TEXT
    changes = diff(read_model(text=TEXT), read_model(text=TEXT.replace(old, new)))
    assert [str(c) for c in changes] == [sentence.replace(" (Timeframe)", "")]
    assert json.loads(json.dumps(changes[0].as_dict()))["text"] == str(changes[0])


def test_the_same_model_has_no_changes() -> None:
    assert diff(read_model(text=TEXT), read_model(text=TEXT + "# a comment\n")) == []


def test_changes_say_where_they_are_and_what_was() -> None:
    change = diff(
        read_model(text=TEXT), read_model(text=TEXT.replace("half_life: 14d, w", "half_life: 15d, w"))
    )[0]
    assert (change.part, change.id, change.what) == ("intent", "pricing", "half_life")
    assert (change.before, change.after) == (14 * 86_400_000_000, 15 * 86_400_000_000)


def test_everything_from_nothing_is_told_in_the_order_of_the_file() -> None:
    changes = diff(read_model(text="leadline: 1\nname: Empty"), read_model(text=TEXT))
    parts = list(dict.fromkeys(c.part for c in changes))
    assert parts == [
        "name", "timezone", "fields", "properties", "fit", "intent", "journey", "criteria", "bands", "quality",
        "lifecycle", "goal",
    ]  # fmt: skip
    said = [str(c) for c in changes]
    assert "new rule rival: disqualifies where email_kind = 'competitor'" in said
    assert "new stage sal: entered on lead_accepted" in said
    assert "new goal: deal_won" in said
