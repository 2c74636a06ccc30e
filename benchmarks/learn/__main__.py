"""Training and scoring beside bare LightGBM on the same matrix, as ratios of one run.

python -m benchmarks.learn [--leads 500000] [--columns 30]

Each job is a process of its own; making the leads is not counted.
"""

from __future__ import annotations

import argparse
import os

from benchmarks.child import run
from benchmarks.machine import described

JOBS = {
    "fitted": "train: three kinds tried, calibrated, 30 replicas",
    "bare": "bare LightGBM, 300 rounds, one fit",
    "scored": "score with contributions",
    "bare_scored": "bare LightGBM, scored with its contributions (a tenth, times ten)",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learn", description=__doc__)
    parser.add_argument("--leads", type=int, default=500_000)
    parser.add_argument("--columns", type=int, default=30)
    given = parser.parse_args()
    print(f"{described()}; load {os.getloadavg()[0]:.1f}.\n")
    print(f"{given.leads:,} leads, {given.columns} columns.\n")
    print("| job | CPU s | clock s | peak MB |\n|---|---:|---:|---:|")
    spent = {}
    for job, label in JOBS.items():
        cost, said = run("benchmarks.learn.jobs", job, given.leads, given.columns)
        cpu = said["result"] if "scored" in job else said["cpu"]
        clock = "" if "scored" in job else f"{said['seconds']:.1f}"
        spent[job] = (cpu, cost.memory)
        print(f"| {label} | {cpu:.1f} | {clock} | {cost.memory:.0f} |", flush=True)
    print("\n| ratio | CPU | memory |\n|---|---:|---:|")
    for ours, theirs in (("fitted", "bare"), ("scored", "bare_scored")):
        cpu, memory = (a / b for a, b in zip(spent[ours], spent[theirs], strict=True))
        print(f"| {ours} / {theirs} | {cpu:.2f} | {memory:.2f} |")


if __name__ == "__main__":
    main()
