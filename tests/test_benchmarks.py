"""The benchmarks still run, and pandas still gives the scores that Leadline gives: on a tiny company."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("pandas")
ROOT = Path(__file__).resolve().parent.parent


def run(module: str, *arguments: object) -> dict:
    command = [sys.executable, "-m", f"benchmarks.{module}", *map(str, arguments), "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
def test_every_run_is_measured_and_pandas_agrees_on_each_lead(tmp_path: Path):
    told = run("run", "--data", tmp_path, "--leads", 200, "--events-per-lead", 20, "--repeat", 1, "--profile")
    assert told["leads_compared"] >= 200
    assert all(one["cpu"] > 0 and one["memory"] > 1 for one in told["runs"].values())
    assert {name for name, _ in told["steps"]} >= {"events counted, in all", "judged", "ledger"}


def test_scores_by_hand_in_pandas_are_those_of_the_model(tmp_path: Path):
    from benchmarks.company import AS_OF, Files, Size, made
    from benchmarks.in_pandas import scores

    from leadline import assess

    files = Files.of(made(tmp_path, Size(leads=300, events_per_lead=30)))
    ours = assess(
        str(files.model),
        leads=files.leads,
        traits=files.traits,
        events=files.events,
        as_of="2026-07-01",
        engine="duckdb",
    ).to_pandas()
    theirs = scores(files.leads, files.traits, files.events, AS_OF)
    expected = ours.set_index("lead_id")[["fit", "intent"]]
    assert theirs.sort_index().to_dict() == expected.sort_index().to_dict()


def test_one_lead_is_measured(tmp_path: Path):
    from benchmarks.live import measured

    told = measured(leads=12, data=tmp_path)
    assert told["one lead, its rows in hand"]["median"] > 0


def test_walks_run(tmp_path: Path):
    from benchmarks.company import Size, made
    from benchmarks.replay import backtest_half_a_year, replay_days

    folder = made(tmp_path, Size(leads=60, events_per_lead=40))
    assert replay_days(folder)["changes"] > 0
    backtest_half_a_year(folder)
