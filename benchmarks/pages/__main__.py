"""Pages over many leads: `python -m benchmarks.pages [--leads 500000] [--events 20000000] [--data FOLDER]`.

Each step is a process of its own. With `--data` the workspace is kept, and used again where it is there.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import asdict
from pathlib import Path

from benchmarks.child import run
from benchmarks.machine import described

STEPS = ("fill", "follow", "judge", "board", "pages")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__)
    parser.add_argument("--leads", type=int, default=500_000)
    parser.add_argument("--events", type=int, default=20_000_000)
    parser.add_argument("--times", type=int, default=40)
    parser.add_argument("--data", type=Path, help="a folder to work in (a temporary one)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as other:
        folder = given.data or Path(other)
        folder.mkdir(parents=True, exist_ok=True)
        made = (folder / "made").exists()
        print(f"{described()}; {given.leads:,} leads, {given.events:,} events\n", flush=True)
        for name in STEPS:
            if made and name != "pages":
                continue
            more = {"fill": (given.leads, given.events), "pages": (given.times,)}.get(name, ())
            cost, said = run("benchmarks.pages.jobs", name, folder, *more)
            print(
                _table(said) if name == "pages" else f"{name}: {json.dumps({**asdict(cost), **said})}",
                flush=True,
            )
            if name == "board":
                (folder / "made").touch()


def _table(said: dict) -> str:
    lines = ["", "| page | first, ms | median, ms | p95, ms | CPU, ms |", "|---|---|---|---|---|"]
    for name, one in said.items():
        if isinstance(one, dict):
            numbers = (one[key] for key in ("first_ms", "median_ms", "p95_ms", "cpu_ms"))
            lines.append(f"| {name} | {' | '.join(f'{n:,}' for n in numbers)} |")
    return "\n".join([*lines, "", f"memory of the process at the end: {said['memory_mb']:,.0f} MB"])


if __name__ == "__main__":
    main()
