"""Leadline against the raw limit and against pandas: `python -m benchmarks.run`.

Makes the example company (500,000 leads, 20 million events, in Parquet) where it is not there yet, and half
of its events once more; then runs each job several times, one after the other in turns, each in a process of
its own, and compares medians of CPU seconds and of peak memory. Ends with an error where pandas and Leadline
disagree on any lead's scores.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.child import Cost, middle, run, spread
from benchmarks.company import FOLDER, Size
from benchmarks.machine import described

NAMES = {
    "raw": "DuckDB, count and sum by lead: the raw limit",
    "qualify": "qualify: every lead, with ledger, written",
    "qualify_unwritten": "the same, not written",
    "qualify_without_traits": "the same, not written, without traits",
    "pandas": "pandas: fit and intent alone, written",
    "raw, half": "raw limit, half the events",
    "qualify, half": "qualify, half the events",
    "command": "the command `leadline qualify`, with findings and screen",
}


def main() -> None:
    given = _arguments()
    full = Size(given.leads, given.events_per_lead, given.seed)
    half = Size(given.leads, given.events_per_lead / 2, given.seed)
    folders = {"": _company(given.data, full), "half": _company(given.data, half)}
    jobs = [name for name in NAMES if name != "command" or given.command]
    out = given.data / "out"
    costs: dict[str, list[Cost]] = {name: [] for name in jobs}
    for turn in range(given.repeat):
        for name in jobs:
            job, _, which = name.partition(", ")
            _told(f"turn {turn + 1} of {given.repeat}: {NAMES[name]}")
            cost, _ = run(
                "benchmarks.jobs", job, "--company", folders[which], "--out", out / (which or "full")
            )
            costs[name].append(cost)
    compared = _compared(folders[""], out / "full")
    result = _result(full, folders[""], costs, compared)
    if given.profile:
        _told("profile")
        _, said = run("benchmarks.jobs", "profile", "--company", folders[""], "--out", out / "full")
        result["steps"] = said["steps"]
    print(json.dumps(result, indent=2) if given.json else _table(result))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--data", type=Path, default=FOLDER, help=f"where the company is kept ({FOLDER})")
    parser.add_argument("--leads", type=int, default=500_000)
    parser.add_argument("--events-per-lead", type=float, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=3, help="how often each job is run (3)")
    parser.add_argument("--command", action="store_true", help="measure the command as a whole too")
    parser.add_argument("--profile", action="store_true", help="say where qualify spends its time")
    parser.add_argument("--json", action="store_true", help="the result as JSON")
    return parser.parse_args()


def _company(data: Path, size: Size) -> Path:
    _told(f"the company in {data / size.folder}")
    run("benchmarks.company", data, size.leads, size.events_per_lead, size.seed)
    return data / size.folder


def _compared(folder: Path, out: Path) -> dict[str, int]:
    _, said = run("benchmarks.jobs", "compare", "--company", folder, "--out", out)
    if said["differing"]:
        sys.exit(f"pandas and qualify differ on {said['differing']} of {said['leads']} leads: see {out}")
    return said


def _result(
    size: Size, folder: Path, costs: dict[str, list[Cost]], compared: dict[str, Any]
) -> dict[str, Any]:
    medians = {name: middle(of) for name, of in costs.items()}
    raw, ours, pandas = medians["raw"], medians["qualify"], medians["pandas"]
    ratios = {
        "qualify / raw, CPU": (ours.cpu / raw.cpu, "at most 3"),
        "pandas / qualify, CPU": (pandas.cpu / ours.cpu, "at least 5"),
        "qualify / pandas, memory": (ours.memory / pandas.memory, "less than 0.5"),
        "qualify, memory in GB": (ours.memory / 1000, "less than 2"),
        "twice the events, CPU": (ours.cpu / medians["qualify, half"].cpu, "at most 2.2"),
    }
    return {
        "machine": described(),
        "rows": json.loads((folder / "made.json").read_text())["rows"],
        "repeats": len(costs["raw"]),
        "leads_compared": compared["leads"],
        "runs": {
            name: asdict(cost) | {"cpu_from_to": spread(costs[name]), "what": NAMES[name]}
            for name, cost in medians.items()
        },
        "ratios": {name: {"is": value, "aim": aim} for name, (value, aim) in ratios.items()},
    }


def _table(result: dict[str, Any]) -> str:
    """Markdown, to be read on a terminal or pasted."""
    lines = [
        f"{result['machine']}.",
        _measured(result),
        "",
        "| run | CPU s | from – to | clock s | peak MB |",
        "|---|---:|---:|---:|---:|",
    ]
    for one in result["runs"].values():
        least, most = one["cpu_from_to"]
        cost = Cost(one["cpu"], one["seconds"], one["memory"])
        cpu = f"{cost.cpu:.1f} | {least:.1f} – {most:.1f}"
        lines.append(f"| {one['what']} | {cpu} | {cost.seconds:.1f} | {cost.memory:.0f} |")
    lines += ["", "| ratio | is | aim |", "|---|---:|---:|"]
    lines += [f"| {name} | {r['is']:.2f} | {r['aim']} |" for name, r in result["ratios"].items()]
    if "steps" in result:
        lines += ["", "| step of qualify | CPU s |", "|---|---:|"]
        lines += [f"| {name} | {seconds:.2f} |" for name, seconds in result["steps"]]
    return "\n".join(lines)


def _measured(result: dict[str, Any]) -> str:
    rows = result["rows"]
    return (
        f"{rows['leads']:,} leads, {rows['events']:,} events, {rows['traits']:,} traits; median of "
        f"{result['repeats']} runs in turns. Scores of pandas and qualify are equal on all "
        f"{result['leads_compared']:,} leads."
    )


def _told(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
