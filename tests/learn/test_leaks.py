"""Columns that give the answer away are refused, with the reason; honest ones are not, however strong."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from leadline.learn.leaks import suspects
from leadline.learn.plain import examples_from_table
from leadline.learn.telling import name_tells, value_tells

DATA = Path(__file__).resolve().parents[3] / "shared/data"


def likely(odds: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-odds))


def hotel(rows: int, seed: int) -> tuple[dict, dict]:
    """Bookings: honest columns, of which a deposit that cannot be had back is very strong; and leaks."""
    draw = np.random.default_rng(seed)
    ahead, before = draw.integers(0, 300, rows), draw.poisson(0.3, rows)
    deposit = draw.choice(["none", "kept", "returned"], rows, p=[0.7, 0.2, 0.1])
    odds = -1.2 + 0.006 * (ahead - 100) + 0.8 * (before > 0) + 4.0 * (deposit == "kept")
    off = draw.random(rows) < likely(odds)
    honest = {
        "Lead time": ahead, "Previous cancellations": before, "Deposit type": deposit,
        "Customer type": draw.choice(["family", "group"], rows), "Meal": draw.choice(["BB", "HB"], rows),
        "Price per night": np.round(draw.gamma(5, 20, rows), 2), "Canceled": np.where(off, "1", "0"),
        "Arrival month": draw.integers(1, 13, rows), "Room number wish": draw.random(rows) < 0.2,
    }  # fmt: skip
    leaks = {
        "Reservation status": np.where(off, "Canceled", "Check-Out"),
        "Cancellation reason": [
            draw.choice(["ill", "price"]) if o and draw.random() < 0.6 else None for o in off
        ],
        "Minibar": np.where(off, 0.0, np.round(draw.gamma(1, 9, rows), 2) * (draw.random(rows) < 0.7)),
    }
    return honest, leaks


def volunteers(rows: int, seed: int) -> tuple[dict, dict]:
    """Applications: half of what is asked is filled in more often by those who come."""
    draw = np.random.default_rng(seed)
    source = draw.choice(["friend", "website", "fair"], rows, p=[0.3, 0.5, 0.2])
    practised, age = draw.random(rows) < 0.35, draw.normal(45, 15, rows).round()
    come = draw.random(rows) < likely(-0.9 + 2.0 * (source == "friend") + 1.8 * practised + 0.02 * (age - 45))
    filled = draw.random(rows) < np.where(come, 0.9, 0.55)
    honest = {
        "How did you hear of us": source, "Has experience": practised, "Age": age,
        "Current status": draw.choice(["student", "retired", "employed"], rows),
        "Occupation": [draw.choice(["nurse", "teacher", "other"]) if f else None for f in filled],
        "Education quality": draw.choice(["low", "high"], rows), "Canceled": np.where(come, "1", "0"),
    }  # fmt: skip
    leaks = {
        "T-shirt size": [draw.choice(["S", "M", "L"]) if c and draw.random() < 0.5 else None for c in come],
        "Follow-up": np.where(come, "first shift done", draw.choice(["does not want", "wrong number"], rows)),
        "Coordinator notes": np.where(come, "a good talk", draw.choice(["a good talk", "not home"], rows)),
    }
    return honest, leaks


def refused(columns: dict) -> set[str]:
    cells = {name: pa.array(list(map(plain, values))) for name, values in columns.items()}
    return {s.column for s in examples_from_table(pa.table(cells), outcome="Canceled", won="1").refused}


def plain(cell):
    return cell.item() if hasattr(cell, "item") else cell


@pytest.mark.parametrize("make", [hotel, volunteers])
@pytest.mark.parametrize("rows", [400, 3_000])
def test_what_is_planted_is_found_and_what_is_honest_is_kept(make, rows):
    honest, leaks = make(rows, seed=1)
    assert refused(honest | leaks) == set(leaks)


@pytest.mark.parametrize("make", [hotel, volunteers])
def test_forty_rows_raise_no_false_alarm(make):
    assert [refused(make(40, seed)[0]) for seed in range(6)] == [set()] * 6


def test_a_leak_is_learned_from_once_it_was_said_to_be_honest():
    honest, leaks = hotel(400, seed=2)
    cells = {name: pa.array(list(map(plain, values))) for name, values in (honest | leaks).items()}
    found = examples_from_table(pa.table(cells), outcome="Canceled", won="1", keep=["Reservation status"])
    use = next(c for c in found.columns if c.column == "Reservation status")
    assert use.learned
    assert "Minibar" not in {f.column for f in found.examples.fields}


def test_the_reason_is_told_with_its_figures():
    honest, leaks = hotel(2_000, seed=3)
    cells = {name: pa.array(list(map(plain, values))) for name, values in (honest | leaks).items()}
    why = {
        s.column: s.reason for s in examples_from_table(pa.table(cells), outcome="Canceled", won="1").refused
    }
    assert "of the won and 0.0% of the lost" in why["Cancellation reason"]
    assert "beyond belief" in why["Reservation status"]
    assert "more than nothing" in why["Minibar"]


def test_dates_after_the_moment_are_found():
    rows = 200
    source = pa.table({
        "won": ["yes" if i % 2 else "no" for i in range(rows)],
        "at": ["2026-02-01"] * (rows - 1) + ["2026-02-02"],
        "visited": ["2026-01-15" if i % 5 else "2026-02-20" for i in range(rows)],
        "born": ["1990-01-15" if i % 5 else "1980-02-20" for i in range(rows)],
    })  # fmt: skip
    (found,) = examples_from_table(source, outcome="won", time="at").refused
    assert found.column == "visited"
    assert "40 of its 200 dates lie after the moment" in found.reason


def test_one_outcome_alone_gives_no_suspects():
    examples = examples_from_table(
        [{"won": w, "size": i} for i, w in enumerate(["yes", "no"] * 20)], outcome="won"
    ).examples
    assert suspects(examples.only(examples.won)) == ()


@pytest.mark.parametrize(
    "name",
    ["Tags", "Lead Quality", "last_activity", "Lost Reason", "CloseDate", "Amount won", "lead_score", "Stage",
     "Deal Stage", "Profile Index", "reservation_status", "Date of sale", "Sales notes", "rejectionReason"],
)  # fmt: skip
def test_names_that_tell(name):
    assert name_tells(name)


@pytest.mark.parametrize(
    "name",
    ["Lead Source", "Lead Origin", "Total Time Spent on Website", "Marital status", "Credit score",
    "Deal type",
     "Employment status", "Previous outcome", "Strat_deal", "Closest branch", "Deposit type",
     "Lead time", "Stages of life",
     "Order priority", "Number of notes taken", "First activity"],
)  # fmt: skip
def test_names_that_do_not(name):
    assert name_tells(name) is None


def test_values_that_tell_speak_of_what_came_after():
    assert value_tells("Lost to EINS")
    assert value_tells("Will revert after reading the email")
    assert not value_tells("Better Career Prospects")


@pytest.mark.data
@pytest.mark.skipif(not DATA.exists(), reason="needs the studies' data")
@pytest.mark.parametrize(
    ("file", "outcome", "time", "leaks"),
    [
        (
            "x_education/leads.csv", "Converted", None,
            {"Tags", "Lead Quality", "Lead Profile", "Last Activity", "Last Notable Activity",
             *(f"Asymmetrique {a} {b}" for a in ("Activity", "Profile") for b in ("Index", "Score"))},
        ),
        ("salvirt_b2b/opportunities.csv", "Status", None, set()),
        ("maven_crm/sales_pipeline.csv", "deal_stage", "engage_date", {"close_date", "close_value"}),
    ],
)  # fmt: skip
def test_on_real_tables_the_leaks_are_found_and_nothing_else(file, outcome, time, leaks):
    found = examples_from_table(DATA / file, outcome=outcome, time=time).refused
    assert {s.column for s in found} == leaks
