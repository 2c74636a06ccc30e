# ruff: noqa: E501 (one example is one line)
"""A file that people wrote is changed in one place, and keeps everything else."""

import difflib
from pathlib import Path
from typing import Any

import pytest

from leadline.model import ModelError, read_model
from leadline.model.write import ModelDocument, file_data, to_yaml

B2B = Path(__file__).parent / "b2b.yaml"
TEXT = B2B.read_text(encoding="utf-8")


def changed_lines(document: ModelDocument, before: str = TEXT) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), document.text().splitlines(), lineterm="", n=0)
    return [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]


def test_a_document_that_nobody_changed_is_the_same_byte_for_byte() -> None:
    assert ModelDocument.read(B2B).text().encode() == B2B.read_bytes()


def test_a_value_is_changed_where_it_stands() -> None:
    document = ModelDocument.read(B2B)
    document.set(("intent", "signals", "pricing", "points"), 18)
    assert document.text() == TEXT.replace("points: 12,", "points: 18,")
    assert document.model.intent.signals[0].points == 18
    assert document.get(("intent", "signals", 0, "points")) == 18


EDITS: list[tuple[str, tuple[Any, ...], Any, list[str]]] = [
    ("set", ("name",), "New: name", ["-name: B2B software trial         # required", '+name: "New: name"         # required']),
    ("set", ("quality", "worst"), "fit < 5", ["+  worst: fit < 5"]),
    ("set", ("fit", "rules", "rival", "when"), "country = 'X'", [
        "-    - {id: rival, label: Works for a competitor, when: \"email_kind = 'competitor'\", disqualify: true}",
        "+    - {id: rival, label: Works for a competitor, when: country = 'X', disqualify: true}"]),
    ("set", ("fields", "country"), {"type": "text", "label": "Land"}, ["-  country: text", "+  country: {type: text, label: Land}"]),
    ("set", ("bands", "fit", "E"), -5, ["-  fit:    {A: 75, B: 50, C: 25, D: 0}", "+  fit:    {A: 75, B: 50, C: 25, D: 0, E: -5}"]),
    ("add", ("fit", "rules"), {"id": "new", "when": "true", "points": 1.5}, ['+    - {id: new, when: "true", points: 1.5}']),
    ("add", ("journey",), {"step": "last", "event": "page"}, ["+  - {step: last, event: page}"]),
    ("remove", ("fit", "rules", "region"), None, ["-    - {id: region, label: We sell there, when: \"country in ('DE', 'AT', 'CH')\", points: 25}"]),
    ("remove", ("criteria", "timeline"), None, ["-  timeline:  {label: Timeline,  yes_if: \"timeframe in ('now', 'quarter')\", valid_for: 90d}"]),
    ("remove", ("goal", "value"), None, [
        "-goal: {event: deal_won, value: amount, horizon: 180d}   # the conversion that this model is judged by",
        "+goal: {event: deal_won, horizon: 180d}   # the conversion that this model is judged by"]),
    ("remove", ("goal", "horizon"), None, [
        "-goal: {event: deal_won, value: amount, horizon: 180d}   # the conversion that this model is judged by",
        "+goal: {event: deal_won, value: amount}   # the conversion that this model is judged by"]),
    ("remove", ("properties", "amount"), None, ["-  amount: number", "+  {}"]),
]  # fmt: skip


@pytest.mark.parametrize(("verb", "path", "value", "lines"), EDITS)
def test_an_edit_touches_its_own_lines_alone(
    verb: str, path: tuple[Any, ...], value: Any, lines: list[str]
) -> None:
    document = ModelDocument.read(B2B)
    getattr(document, verb)(path, *([] if verb == "remove" else [value]))
    assert changed_lines(document) == lines


def test_entries_are_added_before_others() -> None:
    document = ModelDocument.read(
        text="leadline: 1\nname: x\njourney:\n  # first\n  - step: b  # b\n    event: e\n"
    )
    document.add(("journey",), {"step": "a", "event": "e"}, before="b")
    document.add(("journey",), {"step": "c", "event": "e"})
    assert document.text() == (
        "leadline: 1\nname: x\njourney:\n  # first\n  - {step: a, event: e}\n  - step: b  # b\n    event: e\n"
        "  - {step: c, event: e}\n"
    )
    assert [s.step for s in document.model.journey] == ["a", "b", "c"]


def test_lists_and_sections_are_made_where_there_are_none() -> None:
    document = ModelDocument.read(text="leadline: 1\nname: x\nfit:\nbands:  # later\n")
    document.add(("intent", "signals"), {"id": "a", "event": "e", "points": 1})
    document.add(("fit", "rules"), {"id": "b", "when": True, "points": 2})
    document.set(("bands", "fit", "A"), 5)
    model = document.model
    assert (model.intent.signals[0].id, model.fit.rules[0].id, model.bands.fit[0].at) == ("a", "b", 5)
    assert "# later" in document.text()


def test_values_over_several_lines_are_replaced_whole() -> None:
    text = "leadline: 1\nname: x\nquality:\n  a: |\n    fit > 3\n    and intent > 4\n\n  # next\n  b: >-\n    fit\n    > 5\n"
    document = ModelDocument.read(text=text)
    document.set(("quality", "a"), "fit > 4")
    document.set(("quality", "b"), "fit > 6")
    assert document.text() == "leadline: 1\nname: x\nquality:\n  a: fit > 4\n\n  # next\n  b: fit > 6\n"


def test_line_ends_are_kept() -> None:
    document = ModelDocument.read(text="leadline: 1\r\nname: x\r\nquality:\r\n  a: true\r\n")
    document.set(("quality", "b"), "fit > 1")
    document.set(("quality", "c"), False)
    document.remove(("quality", "a"))
    assert document.text() == "leadline: 1\r\nname: x\r\nquality:\r\n  b: fit > 1\r\n  c: false\r\n"


def test_the_last_entry_leaves_an_empty_list() -> None:
    document = ModelDocument.read(text="leadline: 1\nname: x\njourney:\n  - {step: a, event: e}\n")
    document.remove(("journey", "a"))
    document.add(("journey",), {"step": "b", "event": "e"})
    assert [s.step for s in document.model.journey] == ["b"]


def test_an_edit_that_makes_the_model_wrong_is_told_by_the_model() -> None:
    document = ModelDocument.read(B2B)
    document.set(("intent", "signals", "pricing", "points"), "many")
    with pytest.raises(ModelError, match="points: expected a number"):
        _ = document.model


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("remove", ("fit", "rules", "nobody")),
        ("get", ("fits",)),
        ("remove", ("goal", "x")),
        ("get", ("journey", 9)),
    ],
)
def test_a_path_that_leads_nowhere_is_told(verb: str, path: tuple[Any, ...]) -> None:
    with pytest.raises(KeyError, match="there is no"):
        getattr(ModelDocument.read(B2B), verb)(path)


def test_a_value_that_no_model_holds_is_refused() -> None:
    document = ModelDocument.read(B2B)
    with pytest.raises(TypeError, match="texts, numbers"):
        document.set(("name",), object())
    assert document.text() == TEXT


# --- from scratch ------------------------------------------------------------------------------------------


def test_a_model_written_from_scratch_is_the_same_model() -> None:
    model = read_model(B2B)
    assert read_model(text=to_yaml(model)) == model
    assert to_yaml(read_model(text=to_yaml(model))) == to_yaml(model)


def test_what_is_written_is_easy_to_read() -> None:
    text = to_yaml(read_model(B2B))
    assert "    - {id: size, label: Right size, when: employees between 50 and 1000, points: 25}\n" in text
    assert 'intent: {"1": 60, "2": 30, "3": 0}' in text
    assert max(len(line) for line in text.splitlines()) <= 120


def test_zero_is_something_that_is_said() -> None:
    text = (
        "leadline: 1\nname: x\nfit: {min: 0, rules: [{id: a, when: true, points: 0}]}\n"
        "intent: {signals: [{id: b, event: e, points: 0, max_points: 0}]}\n"
        "lifecycle: {cooldown: 0d, stages: [{stage: a}, {stage: b, event: e, sla: 0h}]}\n"
    )
    model = read_model(text=text)
    assert read_model(text=to_yaml(model)) == model
    assert file_data(model)["fit"] == {"min": 0, "rules": [{"id": "a", "when": True, "points": 0}]}


ORDERED = """leadline: 1
name: Order
fit:
  rules:
    # the best
    - {id: a, when: true, points: 1}  # one
    - id: b   # two
      when: true
      points: 2
quality: {good: fit > 1, bad: true}
"""


def test_entries_change_places_with_the_comments_on_their_lines():
    document = ModelDocument.read(text=ORDERED)
    document.move(("fit", "rules", "b"), -1)
    document.move(("quality", "good"), 1)
    assert (
        document.text()
        == """leadline: 1
name: Order
fit:
  rules:
    # the best
    - id: b   # two
      when: true
      points: 2
    - {id: a, when: true, points: 1}  # one
quality: {bad: true, good: fit > 1}
"""
    )
    document.move(("fit", "rules", "b"), 1)
    document.move(("quality", "bad"), 1)
    assert document.text() == ORDERED


def test_the_first_entry_cannot_go_further_up():
    document = ModelDocument.read(text=ORDERED)
    with pytest.raises(KeyError, match="no neighbour"):
        document.move(("fit", "rules", "a"), -1)


def test_a_key_is_renamed_where_it_stands():
    document = ModelDocument.read(text=ORDERED)
    document.rename(("quality", "good"), "very good")
    assert document.text() == ORDERED.replace("good:", "very good:")
    with pytest.raises(KeyError, match="already"):
        document.rename(("quality", "bad"), "very good")
