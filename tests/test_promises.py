"""What users of other systems complain about, each as a promise of ours, kept through the public doors."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

import leadline as ll

ROOT = Path(__file__).resolve().parent.parent
ONE = """
leadline: 1
name: Trial
fields: {seniority: text, budget: number}
fit:
  max: 40
  rules:
    - {id: decides, when: seniority = 'director', points: 30}
    - {id: funded, when: budget >= 5000, points: 15.25}
intent:
  min: 0
  max: 60
  signals:
    - {id: pricing, event: page, where: path = '/pricing', points: 12, half_life: 14d, window: 9w,
       max_points: 20}
    - {id: mail, event: email_clicked, points: 4.33, half_life: 3d}
    - {id: demo, event: form, points: 40, half_life: 30d, hand_raise: true}
    - {id: careers, event: page, where: path = '/careers', points: -10}
criteria:
  budget_set: {yes_if: budget >= 5000, no_if: budget < 5000}
lifecycle:
  cooldown: 10d
  stages:
    - {stage: lead}
    - {stage: mql, owner: marketing, enter: intent >= 20, leave: intent < 5}
    - {stage: customer, event: deal_won}
goal: {event: deal_won, horizon: 30d}
"""
MODEL = ll.read_model(text=ONE)
LEADS = [
    {"lead_id": "ana", "seniority": "director", "budget": "9000"},
    {"lead_id": "ben", "seniority": "intern", "budget": ""},
]
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def event(number: int, lead_id: str, name: str, day: float, path: str = "", **more: object) -> dict:
    return {
        "event_id": f"e{number}", "lead_id": lead_id, "event": name, "path": path,
        "occurred_at": (BEGIN + timedelta(days=day)).isoformat(), "void": False, **more,
    }  # fmt: skip


EVENTS = [
    event(1, "ana", "page", 0.4, "/pricing"), event(2, "ana", "page", 3.5, "/pricing"),
    event(3, "ana", "email_clicked", 4.1), event(4, "ben", "page", 5.0, "/careers"),
    event(5, "ben", "page", 6.0, "/pricing"), event(6, "ana", "page", 9.9, "/pricing"),
    event(7, "ana", "deal_won", 40.0), event(8, "ben", "form", 41.0),
]  # fmt: skip
DAYS = [(BEGIN + timedelta(days=day)).isoformat() for day in range(0, 50, 3)]
EVERY_POINT = [(lead, at) for lead in ("ana", "ben") for at in DAYS]


def day(number: float) -> str:
    return (BEGIN + timedelta(days=number)).isoformat()


def judged(model: ll.Model = MODEL, **changed: object) -> ll.Assessments:
    return ll.assess(model, **{"leads": LEADS, "events": EVENTS, "points": EVERY_POINT, **changed})


def rows(result: ll.Assessments) -> tuple[list[dict], list[dict]]:
    return result.assessments.to_pylist(), result.ledger.to_pylist()


def changes(model: ll.Model, events: list[dict], last: float = 60) -> list[dict]:
    walked = ll.replay(model, leads=LEADS, events=events, first=day(0), last=day(last), every="fact")
    return walked.changes.to_pylist()


def score(text: str, events: list[dict], at: float) -> float:
    model = ll.read_model(text=f"leadline: 1\nname: One\nintent: {{signals: [{text}]}}")
    return ll.assess(model, events=events, as_of=day(at)).assessments["intent"][0].as_py()


# --- "the log explains 47 of a contact's 127 points" -------------------------------------------------------


@pytest.mark.parametrize("engine", ["duckdb", "reference"])
def test_ledger_entries_sum_to_the_score_at_every_instant(engine: str) -> None:
    assessments, ledger = rows(judged(engine=engine))
    assert len(assessments) == len(EVERY_POINT)
    for row in assessments:
        for part in ("fit", "intent"):
            entries = [
                round(entry["points"] * 100)
                for entry in ledger
                if (entry["lead_id"], entry["as_of"], entry["part"]) == (row["lead_id"], row["as_of"], part)
            ]
            assert sum(entries) == round(row[part] * 100), (row, part)
    assert {"fit.cap", "intent.floor"} <= {entry["rule"] for entry in ledger}


# --- "points doubled, missing, given again on every re-open" -----------------------------------------------


def test_an_event_counts_once_however_often_and_late_it_arrives() -> None:
    shuffled = [dict(e) for e in EVENTS * 3]
    random.Random(1).shuffle(shuffled)
    assert rows(judged(events=shuffled)) == rows(judged())
    assert changes(MODEL, shuffled) == changes(MODEL, EVENTS)


def test_what_was_true_then_is_not_changed_by_what_came_after() -> None:
    for at in (DAYS[1], DAYS[3], DAYS[14]):
        known = [e for e in EVENTS if e["occurred_at"] <= at]
        points = [(lead, at) for lead in ("ana", "ben")]
        assert rows(judged(points=points)) == rows(judged(points=points, events=known))


# --- "a changed rule fires automations for everyone" -------------------------------------------------------


def test_a_stage_change_happens_once_however_many_events_follow() -> None:
    visits = [event(n, "ana", "page", n, "/pricing") for n in range(1, 12)]
    assert [c["after"] for c in changes(MODEL, visits, last=12)] == ["mql"]


def test_a_changed_rule_that_is_applied_again_moves_no_one_twice() -> None:
    stricter = ll.read_model(text=ONE.replace("intent >= 20", "intent >= 21"))
    raised = [event(1, "ana", "form", 2)]
    for model in (MODEL, stricter, stricter):
        assert [(c["lead_id"], c["after"], c["model_version"]) for c in changes(model, raised, last=9)] == [
            ("ana", "mql", model.version)
        ]
    assert MODEL.version != stricter.version


# --- "link scanners and mail proxies click and open everything" --------------------------------------------


def test_opens_give_nothing_by_default(tmp_path: Path) -> None:
    from leadline.cli import app

    run = CliRunner().invoke(app, ["init", "-o", str(tmp_path / "started.yaml")])
    assert run.exit_code == 0, run.output
    run = CliRunner().invoke(app, ["sample", str(tmp_path / "company"), "--leads", "20"])
    assert run.exit_code == 0, run.output
    models = [*tmp_path.rglob("*.yaml"), *(ROOT / "examples" / "b2b-trial").glob("*.yaml")]
    assert len(models) >= 4
    for path in models:
        events = {signal.event for signal in ll.read_model(path).intent.signals}
        assert events
        assert not [name for name in events if "open" in name.lower()], path


def test_a_first_model_gives_opens_no_points_even_where_they_are_all_there_is(tmp_path: Path) -> None:
    from leadline.cli import app

    opens = "event_id,lead_id,event,occurred_at\n" + "".join(
        f"o{n},{'ana' if n % 2 else 'ben'},email_opened,2026-01-{n:02}\n" for n in range(1, 21)
    )
    (tmp_path / "leads.csv").write_text("lead_id,country\nana,DE\nben,FR\n", encoding="utf-8")
    (tmp_path / "events.csv").write_text(opens, encoding="utf-8")
    files = {"--from": "leads.csv", "--events": "events.csv", "-o": "model.yaml"}
    run = CliRunner().invoke(app, ["init", *(a for k, f in files.items() for a in (k, str(tmp_path / f)))])
    assert run.exit_code == 0, run.output
    signals = ll.read_model(tmp_path / "model.yaml").intent.signals
    assert not [signal for signal in signals if signal.event == "email_opened" and signal.points > 0]


def test_a_later_verdict_takes_the_points_back() -> None:
    clicked = event(1, "ana", "email_clicked", 1)
    verdict = {**clicked, "void": True}
    mail = "{id: mail, event: email_clicked, points: 4}"
    other = event(2, "ana", "page", 0)
    assert score(mail, [clicked, other], 2) == 4.0
    assert score(mail, [clicked, other, verdict], 2) == score(mail, [verdict, clicked, other], 2) == 0.0


# --- "decay is a nightly job, or not to be had together with a window" -------------------------------------


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (0, 10.0),  # three visits at one instant: the third is over max_per_day, the second over max_points
        (7, 10.0),  # 2 * 8 / 2 ** (7 / 14) = 11.31, still over the cap
        (14, 8.0),
        (28, 4.0),
        (29.999, 3.62),
        (30, 0.0),  # a window leaves its far end out
    ],
)
def test_half_life_window_and_caps_hold_together_at_any_instant(at: float, expected: float) -> None:
    signal = "{id: p, event: page, points: 8, half_life: 14d, window: 30d, max_per_day: 2, max_points: 10}"
    visits = [event(n, "ana", "page", 0) for n in range(3)]
    assert score(signal, visits, at) == expected


# --- "a second qualification overwrites the first" ---------------------------------------------------------


def test_every_rise_and_fall_is_a_record_and_the_second_mql_one_of_its_own() -> None:
    life = [
        event(1, "ana", "form", 1), event(2, "ana", "lead_rejected", 3),
        event(3, "ana", "form", 20), event(4, "ana", "deal_won", 25),
    ]  # fmt: skip
    told = [(c["before"], c["after"], c["cause"], c["episode"]) for c in changes(MODEL, life)]
    assert told == [
        ("lead", "mql", "enter", 1), ("mql", "lead", "lead_rejected", 2),
        ("lead", "mql", "enter", 2), ("mql", "customer", "event deal_won", 2),
    ]  # fmt: skip
    walked = ll.replay(MODEL, events=life, first=day(0), last=day(30), every="fact")
    mql = walked.changes.filter([row["after"] == "mql" for row in walked.changes.to_pylist()])
    for moment in mql["changed_at"].to_pylist():
        entries = [e["points"] for e in walked.ledger.to_pylist() if e["as_of"] == moment]
        assert sum(entries) >= 20, "each record has the ledger as it stood"


def test_a_rejected_lead_does_not_come_back_by_its_old_score() -> None:
    life = [event(1, "ana", "form", 1), event(2, "ana", "lead_rejected", 3), event(3, "ana", "tick", 30)]
    assert [c["after"] for c in changes(MODEL, life)] == ["mql", "lead"]


# --- "unknown is treated as no" ----------------------------------------------------------------------------


def test_unknown_is_not_no() -> None:
    leads = [{"lead_id": f"b{i}", "budget": value} for i, value in enumerate(["9000", "100", "", "about 50"])]
    result = ll.assess(MODEL, leads=leads, as_of=day(1))
    assert result.assessments["budget_set"].to_pylist() == ["yes", "no", "unknown", "unknown"]
    assert result.assessments["unknown_count"].to_pylist() == [0, 0, 1, 1]
    assert any("about 50" in finding.examples for finding in result.findings), "what does not read is told"


# --- "nobody can say what a new rule would have done" ------------------------------------------------------


def test_a_backtest_tells_before_publishing() -> None:
    stricter = ll.read_model(text=ONE.replace("intent >= 20", "intent >= 30"))
    visits = [event(n, "ana", "page", n, "/pricing") for n in range(1, 6)]  # capped at 20: mql under the old
    facts = {"leads": LEADS, "events": [*visits, event(9, "ben", "form", 4), event(10, "ben", "deal_won", 9)]}
    result = ll.backtest(stricter, MODEL, first=day(0), last=day(20), **facts)
    told = result.as_dict()
    assert (result.weekly.models.old.hand_offs, result.weekly.models.new.hand_offs) == (2, 1)
    assert "ana" in str(told["movers"]), "it says who moves"
    assert {"precision", "recall"} <= set(told["outcomes"]["models"]["new"])
    assert [str(change) for change in ll.diff(MODEL, stricter)] != []


# --- "a nightly job" ---------------------------------------------------------------------------------------

CLOCK = re.compile(
    r"\b(?:datetime\.(?:now|today|utcnow)|date\.today|time\.(?:time|time_ns|localtime|gmtime)|utcnow)\s*\("
    r"|\bfrom time import\b.*\b(?:time|localtime|gmtime)\b"
    r"|\b(?:current_timestamp|current_date|current_time|localtimestamp|getdate|now|today)\s*\(\s*\)"
    r"|\b(?:CURRENT_TIMESTAMP|CURRENT_DATE)\b"
)


# In the workspace views, commands and the worker's loop read it, and pass it down to these.
OF_THE_WORKSPACE = ("leads", "qualification", "replica", "capture/reading")


def test_nothing_below_the_command_line_and_the_views_reads_the_clock() -> None:
    source = ROOT / "src" / "leadline"
    library = [p for p in source.rglob("*.py") if p.relative_to(source).parts[0] not in ("cli", "web")]
    below = [p for folder in OF_THE_WORKSPACE for p in (source / "web" / folder).rglob("*.py")]
    assert len(library) > 100
    assert len(below) > 30
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in sorted([*library, *below])
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if CLOCK.search(line)
    ]
    assert not found, "\n".join(found)
