"""Runs a job as a process of its own, and says what it cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

_PAGE = 1024 if sys.platform != "darwin" else 1  # ru_maxrss is in KiB on Linux and in bytes on macOS


@dataclass(frozen=True)
class Cost:
    """Of one run: CPU seconds (user and system), seconds on the clock, peak memory in MB."""

    cpu: float
    seconds: float
    memory: float


def run(module: str, *arguments: object) -> tuple[Cost, dict[str, Any]]:
    """Run `python -m module arguments` and wait; what it says is one JSON object, its last line.

    The parent must stay small: a child's peak counts the parent's memory until it becomes a program.
    Raises RuntimeError where the job fails.
    """
    command = [sys.executable, "-m", module, *map(str, arguments)]
    with tempfile.TemporaryFile("w+") as out:
        begun = time.perf_counter()
        process = subprocess.Popen(command, stdout=out)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        said = out.read().strip().splitlines()
    if process.returncode or not said:
        raise RuntimeError(f"`{' '.join(command)}` ended with {process.returncode}; its message is above")
    memory = usage.ru_maxrss * _PAGE / 1e6
    return Cost(usage.ru_utime + usage.ru_stime, seconds, memory), json.loads(said[-1])


def middle(costs: Sequence[Cost]) -> Cost:
    """The median of each figure."""
    return Cost(**{name: median(asdict(c)[name] for c in costs) for name in asdict(costs[0])})


def spread(costs: Sequence[Cost]) -> tuple[float, float]:
    """The least and the most CPU seconds."""
    return min(c.cpu for c in costs), max(c.cpu for c in costs)
