"""The columnar replica: `python -m benchmarks.replica [--leads 100000] [--events 4000000]`.

Each job is a process of its own, Python's start included; CPU seconds are those of all its threads.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import asdict
from pathlib import Path

from benchmarks.child import run
from benchmarks.machine import described

STEPS = ("fill", "follow", "a_little", "compact", "scan", "assess")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.replica", description=__doc__)
    parser.add_argument("--leads", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=4_000_000)
    parser.add_argument("--data", type=Path, help="a folder to work in (a temporary one)")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.data) as folder:
        runs = {name: _run(name, Path(folder), given.leads, given.events) for name in STEPS}
    result = {"machine": described(), "leads": given.leads, "events": given.events, "runs": runs}
    print(json.dumps(result, indent=2) if given.json else _table(result))


def _run(name: str, folder: Path, leads: int, events: int) -> dict:
    more = {"fill": (leads, events), "a_little": (200,)}.get(name, ())
    cost, said = run("benchmarks.replica.jobs", name, folder, *more)
    return {**asdict(cost), **said}


def _table(result: dict) -> str:
    lines = [f"{result['machine']}; {result['leads']:,} leads, {result['events']:,} events", ""]
    lines += ["| job | CPU s | s | MB | |", "|---|---|---|---|---|"]
    for name, one in result["runs"].items():
        rest = {k: v for k, v in one.items() if k not in ("cpu", "seconds", "memory")}
        lines.append(f"| {name} | {one['cpu']:.1f} | {one['seconds']:.1f} | {one['memory']:,.0f} | {rest} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
