"""A draft as form and text: one file with two views, and nothing of it lost."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pages_cast import CANARY, look
from program_cast import FETCH, browser_of, change, draft_of, path_of
from web_cast import MODEL

from leadline.model import ModelError, read_model
from leadline.model.diff import diff
from leadline.web.program_pages.edits import CannotEditError, edited
from leadline.web.program_pages.form_parts import BY_KEY, PARTS
from leadline.web.program_pages.outline import outline_of
from leadline.web.program_pages.slots import meant
from leadline.web.qualification.drafts import current_text
from leadline.web.qualification.models import Draft, DraftText

pytestmark = pytest.mark.django_db

NOTED = """\
# Agreed by both, in March.
leadline: 1
name: Trial   # of the software
timezone: Europe/Berlin
fields:
  seniority: {type: text, values: [vp, staff]}   # from the form
  employees: number   # from the register
  budget: {type: number, ask: "How much, per year?"}
properties:
  amount: number  # euros
fit:
  max: 100   # nobody is better
  rules:
    # who they are
    - {id: decides, label: "Decides, perhaps", when: "seniority = 'vp'", points: 30}   # was 20
    - id: size   # of the company
      when: >-
        employees between 50
        and 1000
      points: 12.5  # as sales wished
    - {id: rival, when: seniority is null, disqualify: true} # out
intent:
  signals:
    # what they do
    - {id: pricing, event: page, where: "path = '/pricing'", points: 10, half_life: 10d}  # fades
    - id: demo
      event: form
      points: 40   # they asked
      hand_raise: true
criteria:
  money: {yes_if: budget >= 5000, valid_for: 365d}  # B
  power:
    label: Power   # A
    yes_if: seniority = 'vp'
bands: {fit: {A: 30, B: 0}, intent: {"1": 20, "2": 0}}   # the matrix
quality:
  good: fit >= 30 and intent >= 10   # both
  bad: true
lifecycle:
  cooldown: 30d  # a month
  stages:
    - {stage: lead}
    - {stage: mql, owner: marketing, enter: quality = 'good'}   # hand over
    - stage: customer
      event: deal_won  # the goal
goal: {event: deal_won, value: amount, horizon: 60d}   # both are measured
"""


def comments(text: str) -> list[str]:
    return sorted(line.rpartition("#")[2].strip() for line in text.splitlines() if "#" in line)


def boxes_of(text: str) -> list[tuple[str, str, str, str, str]]:
    """Every box of the form: part, entry, key, kind, what stands in it."""
    found = []
    for section in outline_of(text).sections or []:
        found += [(section.part.key, "", b.slot.key, b.slot.kind, b.value) for b in section.settings]
        for entry in section.entries:
            found += [(section.part.key, entry.number, b.slot.key, b.slot.kind, b.value) for b in entry.boxes]
    return found


VALUES = {
    "number": st.sampled_from(["0", "7", "-3.5", "1000", ""]),
    "duration": st.sampled_from(["14d", "2h", "3w", ""]),
    "condition": st.sampled_from(["true", "seniority = 'vp'", "employees > 3 or budget is null", "#", ""]),
    "flag": st.sampled_from(["on", ""]),
    "choice": st.sampled_from(["marketing", "sales", "text", "number", ""]),
    "list": st.sampled_from(["a, b", "vp", ""]),
    "text": st.one_of(
        st.sampled_from(["x", "a b", "a: b", "# no", "12", "true", "it's \"so\"", "{", "- x", "ä€", ""]),
        st.text(max_size=12).filter(lambda t: t.isprintable()),
    ),
}  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_one_box_changes_the_text_at_that_one_place(data):
    """The text after an edit reads as exactly that edit, every comment is there, and the form shows it."""
    before = boxes_of(NOTED)
    part, entry, key, kind, _ = data.draw(st.sampled_from(before))
    new = data.draw(VALUES[kind])
    try:
        text = edited(NOTED, BY_KEY[part], "set", entry, {key: new})
    except CannotEditError:
        assert key == "_name", "only a name that is taken, or none, is refused"
        return
    lost = Counter(comments(NOTED)) - Counter(comments(text))
    taken_out = meant(kind, new) is None or key == "disqualify"  # which takes the points away
    assert lost.total() <= taken_out, "what is taken out takes the comment on its line along"
    told = outline_of(text)
    assert told.sections is not None, "it is YAML still"
    shown = {(p, e, k): v for p, e, k, _, v in boxes_of(text)}
    renamed = meant(kind, new) if key == "_name" else None
    for p, e, k, kind_of, was in before:
        here = (p, renamed if renamed and (p, e) == (part, entry) else e, k)
        if (p, e, k) == (part, entry, key):
            want = meant(kind, new)
            assert meant(kind_of, shown.get(here, "")) == (renamed or want), (text, here)
        elif (p, e, k) != ("fit", entry, "points") or key != "disqualify":
            assert shown.get(here, "") == was


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_acts_in_the_form_do_that_and_nothing_else(data):
    part = data.draw(st.sampled_from([p for p in PARTS if p.path]))
    section = next(s for s in outline_of(NOTED).sections or [] if s.part is part)
    verb = data.draw(st.sampled_from(["add", "remove", "up", "down"]))
    if verb == "add":
        entry = ""
    elif section.entries:
        entry = data.draw(st.sampled_from([e.number for e in section.entries]))
    else:
        return
    try:
        text = edited(NOTED, part, verb, entry, {})
    except CannotEditError:
        assert verb in ("up", "down"), "only the first cannot go up, nor the last down"
        return
    after = outline_of(text).sections
    assert after is not None
    for was in outline_of(NOTED).sections or []:
        now = next(s for s in after if s.part is was.part)
        if was.part is not part:
            assert [[b.value for b in e.boxes] for e in now.entries] == [
                [b.value for b in e.boxes] for e in was.entries
            ]
    now = next(s for s in after if s.part is part)
    names = [[b.value for b in e.boxes] for e in now.entries]
    there = [[b.value for b in e.boxes] for e in section.entries]
    if verb == "remove":
        assert names == [n for n, e in zip(there, section.entries, strict=True) if e.number != entry]
        assert len(comments(NOTED)) - len(comments(text)) <= 2, "only what stood in it goes with it"
    elif verb == "add":
        assert len(names) == len(there) + 1
        assert all(n in names for n in there)
        assert comments(text) == comments(NOTED)
    else:
        assert sorted(names) == sorted(there)
        assert names != there
        assert comments(text) == comments(NOTED)


def test_a_form_edit_that_reads_is_exactly_that_difference():
    new = edited(NOTED, BY_KEY["intent"], "set", "0", {"points": "12", "half_life": "3w"})
    told = [str(c) for c in diff(read_model(text=NOTED), read_model(text=new))]
    assert told == ["pricing: 10 → 12 points", "pricing: half-life 10d → 21d"]


@pytest.fixture
def mia(db):
    return browser_of("marketing")


@pytest.fixture
def draft(program, mia) -> Draft:
    found = draft_of(mia, program)
    change(mia, found, verb="text", text=NOTED)
    found.refresh_from_db()
    return found


def test_both_views_come_back_with_every_change(mia, draft):
    found = change(mia, draft, verb="set", part="fit", entry="0", f_points="35")
    assert "points: 35}   # was 20" in found["text"]
    assert found["valid"]
    found = change(mia, draft, verb="text", text=NOTED.replace("points: 30", "points: 31"))
    assert 'value="31"' in found["form"]


def test_a_mistake_is_told_at_its_box_and_its_line(mia, draft):
    found = change(mia, draft, verb="set", part="fit", entry="0", f_when="senority = 'vp'")
    assert not found["valid"]
    line = 1 + NOTED.splitlines().index(next(ln for ln in NOTED.splitlines() if "id: decides" in ln))
    assert found["wrong"] == [line]
    assert "did you mean `seniority`?" in found["form"]
    assert f"Line {line}" in found["problems"]
    assert current_text(Draft.objects.get()).text == found["text"], "it is kept all the same"


def test_who_was_overtaken_is_told_and_nothing_is_written_over(mia, draft):
    other = browser_of("manager")
    change(other, draft, verb="set", part="fit", entry="0", f_points="50")
    found = change(mia, draft, revision=draft.revision - 1, verb="set", part="fit", entry="0", f_points="60")
    assert found["status"] == 409
    assert "Manager changed this draft" in found["said"]
    assert "points: 50" in found["text"]
    page = mia.post(
        path_of(draft, "/change"), {"revision": 0, "verb": "text", "text": "leadline: 1\nname: Mine\n"}
    )
    assert page.status_code == 409
    assert "name: Mine" in page.content.decode(), "what was typed is there to be copied"
    assert "name: Mine" not in current_text(Draft.objects.get()).text


def test_undo_and_redo_go_along_every_change(mia, draft):
    first = current_text(draft).text
    for points in ("31", "32"):
        change(mia, draft, verb="set", part="fit", entry="0", f_points=points)
    assert "points: 31" in change(mia, draft, verb="undo")["text"]
    back = change(mia, draft, verb="undo")
    assert back["text"] == first
    assert back["redo"]
    assert "points: 31" in change(mia, draft, verb="redo")["text"]
    change(mia, draft, verb="set", part="fit", entry="0", f_points="99")
    assert not change(mia, draft, verb="redo")["redo"], "what was undone before a change is gone"
    assert "points: 99" in current_text(Draft.objects.get()).text


def test_without_script_every_part_has_its_button(mia, draft):
    page = look(mia, path_of(draft))
    assert page.runs == []
    given = {
        "verb": "set",
        "part": "fit",
        "entry": "2",
        "whole": "1",
        "revision": draft.revision,
        "f.points": "5",
    }
    assert mia.post(path_of(draft, "/change"), given).status_code == 302
    text = current_text(Draft.objects.get()).text
    assert "- {id: rival, when: seniority is null, points: 5} # out" in text, (
        "a box that is not ticked is said"
    )


def test_what_others_wrote_is_never_run(mia, draft):
    name = json.dumps(CANARY)
    text = NOTED.replace("name: Trial ", f"name: {name} ").replace(
        "id: size", f"id: size\n      label: {name}"
    )
    found = change(mia, draft, verb="text", text=text)
    assert found["valid"], found["problems"]
    assert "<script>canary" not in found["form"] + found["state"] + found["problems"]
    for rest in ("", "/impact"):
        page = look(mia, path_of(draft, rest))
        assert "<script>canary" not in page.html
        assert page.runs == []


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x, x]\n" + "\n".join(f"b{n}: &b{n} [*a, *a]" for n in range(40)),
        "[" * 5_000,
        "{a: " * 5_000,
        "a: " + "- " * 5_000,
        "fit: {rules: [" + "{id: a, when: true, points: 1}, " * 4_000 + "]}",
        'leadline: 1\nname: x\nfit: {rules: [{id: a, points: 1, when: "' + "(" * 3_000 + '"}]}',
        "? " * 2_000,
        "\ud800 \x00 \x07",
        "%YAML 1.1\n---\n!!python/object/apply:os.system [id]",
        "quality: [1, 2]\nfit: 3\ncriteria: x\nlifecycle: []\nbands: {fit: [], intent: {A: {}}}\nfields: [a]",
        "fit: {rules: [1, [2], {id: {}}, null, {when: [1]}]}",
        "",
        "\n" * 50_000,
        "x" * 300_000,
    ],
)
def test_any_text_at_all_is_answered(mia, draft, text):
    text = text.encode("utf-8", "replace").decode()
    found = change(mia, draft, verb="text", text=text)
    assert found["status"] == 422 or not found["valid"]
    assert found["status"] in (200, 422)
    assert mia.get(path_of(draft)).status_code == 200
    assert mia.get(path_of(draft, "/impact")).status_code == 200
    assert mia.post(path_of(draft, "/try"), {"what": "propose"}, follow=True).status_code == 200
    for part in ("fit", "quality", "fields"):
        found = change(mia, draft, verb="add", part=part, entry="")
        assert found["status"] in (200, 422)
        found = change(mia, draft, verb="set", part=part, entry="0", f_points="1", f_when="true", f__name="x")
        assert found["status"] in (200, 422)


def test_ten_megabytes_are_refused_before_they_are_read(mia, draft):
    answer = mia.post(
        path_of(draft, "/change"), {"verb": "text", "revision": draft.revision, "text": "x" * 10_000_000},
        headers=FETCH,
    )  # fmt: skip
    assert answer.status_code in (400, 413)
    assert current_text(Draft.objects.get()).text == NOTED


def test_steps_are_kept_in_bounds(mia, draft, monkeypatch):
    monkeypatch.setattr("leadline.web.qualification.drafts.STEPS", 5)
    for points in range(20):
        change(mia, draft, verb="set", part="fit", entry="0", f_points=str(points))
    assert DraftText.objects.filter(draft=draft).count() <= 6


@pytest.mark.parametrize(
    ("role", "page", "draft_page"),
    [("rep", 200, 403), ("reader", 200, 403), ("manager", 200, 200), ("admin", 200, 200)],
)
def test_who_may_see_and_write(program, mia, role, page, draft_page):
    draft = draft_of(mia, program)
    browser = browser_of(role)
    before = list(Draft.objects.values()) + list(DraftText.objects.values())
    assert browser.get("/program/trial").status_code == page
    assert browser.get(path_of(draft)).status_code == draft_page
    if draft_page == 403:
        for rest in ("/change", "/try", "/act"):
            assert browser.post(path_of(draft, rest), {"verb": "text", "text": "x"}).status_code == 403
        assert browser.post("/program/trial/drafts").status_code == 403
        assert browser.post("/program/trial/switch", {"to": "off"}).status_code == 403
        assert list(Draft.objects.values()) + list(DraftText.objects.values()) == before


def test_a_page_asks_as_often_of_many_leads_as_of_few(
    program, mia, send, server, worker, django_assert_max_num_queries
):
    draft = draft_of(mia, program)
    change(mia, draft, verb="set", part="fit", entry="0", f_when="seniority in ('vp', 'staff')")
    for n in range(30):
        send(server, "identify", userId=f"u{n}", traits={"seniority": "staff"})
        send(server, "page", userId=f"u{n}", properties={"path": "/pricing"})
    worker.drain()
    for path in (
        "/program/trial",
        "/programs",
        path_of(draft),
        path_of(draft, "/impact"),
        "/program/trial/versions",
    ):
        with django_assert_max_num_queries(35):
            assert mia.get(path).status_code == 200


def test_a_text_that_is_no_model_cannot_be_put_to_anybody(mia, draft):
    change(mia, draft, verb="text", text=MODEL.replace("points: 30", "points: many"))
    answer = mia.post(path_of(draft, "/try"), {"what": "propose"}, follow=True)
    assert "expected a number" in answer.content.decode()
    with pytest.raises(ModelError):
        read_model(text=current_text(Draft.objects.get()).text)
