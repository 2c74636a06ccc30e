"""The walk through instants, and the backtest: `python -m benchmarks.replay`.

Replays 100,000 leads over 90 days with a look at each day's end, then backtests the proposed model of the
example company against the one in use, with 20,000 leads over half a year. Each is a process of its own.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.child import Cost, run
from benchmarks.company import AS_OF, FOLDER, Files, Size, made
from benchmarks.machine import described

DAY = 86_400_000_000
DAYS = 90
HALF_A_YEAR = 181


def replay_days(folder: Path) -> dict[str, Any]:
    """Every lead at the end of each of the last 90 days."""
    from leadline.engine.facts import Facts
    from leadline.engine.replay import replay
    from leadline.model import read_model

    files = Files.of(folder)
    model = read_model(files.model.read_text())
    facts = Facts.read(model, leads=files.leads, traits=files.traits, events=files.events)
    done = replay(model, facts, first=AS_OF - DAYS * DAY, last=AS_OF - 1)
    return {"leads": len(done.final), "changes": len(done.changes), "instants": done.instants}


def backtest_half_a_year(folder: Path) -> dict[str, Any]:
    """The proposed model against the one in use, and the page drawn."""
    from leadline.analysis.backtest import backtest
    from leadline.engine.facts import Facts
    from leadline.model import read_model

    files = Files.of(folder)
    old = read_model(files.model.read_text())
    new = read_model((folder / "model-proposed.yaml").read_text())
    facts = Facts.read([new, old], leads=files.leads, traits=files.traits, events=files.events)
    done = backtest(new, old, facts, first=AS_OF - HALF_A_YEAR * DAY, last=AS_OF - 1)
    with tempfile.TemporaryDirectory() as out:
        (Path(out) / "backtest.html").write_text(done.to_html())
    return {}


JOBS = {job.__name__: job for job in (replay_days, backtest_half_a_year)}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.replay", description=__doc__)
    parser.add_argument("--data", type=Path, default=FOLDER, help=f"where companies are kept ({FOLDER})")
    parser.add_argument("--leads", type=int, default=100_000, help="leads of the replay (100000)")
    parser.add_argument("--backtest-leads", type=int, default=20_000, help="leads of the backtest (20000)")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--job", choices=JOBS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.job:
        print(json.dumps(JOBS[given.job](made(given.data, Size(given.leads, 40)))))
        return
    found = {}
    for job, leads in (("replay_days", given.leads), ("backtest_half_a_year", given.backtest_leads)):
        size = Size(leads, 40)
        run("benchmarks.company", given.data, size.leads, size.events_per_lead, size.seed)
        begun = time.perf_counter()
        cost, said = run("benchmarks.replay", "--data", given.data, "--leads", leads, "--job", job)
        found[job] = {"leads": leads, "clock": time.perf_counter() - begun, **asdict(cost), **said}
    result = {"machine": described(), "runs": found}
    print(json.dumps(result, indent=2) if given.json else _table(result))


def _table(result: dict[str, Any]) -> str:
    lines = [f"{result['machine']}.", "", "| run | CPU s | clock s | peak MB |", "|---|---:|---:|---:|"]
    names = {
        "replay_days": f"replay over {DAYS} days, each day's end",
        "backtest_half_a_year": "backtest over half a year",
    }
    for job, one in result["runs"].items():
        cost = Cost(one["cpu"], one["seconds"], one["memory"])
        what = f"{names[job]}, {one['leads']:,} leads"
        lines.append(f"| {what} | {cost.cpu:.1f} | {cost.seconds:.1f} | {cost.memory:.0f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
