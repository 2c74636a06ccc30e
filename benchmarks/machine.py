"""The machine in a sentence."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path


def described() -> str:
    """Cores, memory, processor, versions, date."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    libraries = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "pandas", "numpy", "pyarrow"))
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB, {_processor()}, {platform.system()}, "
        f"Python {platform.python_version()}, {libraries}; {datetime.now(UTC):%Y-%m-%d}"
    )


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    lines = told.read_text().splitlines() if told.exists() else []
    return next(
        (line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine()
    )
