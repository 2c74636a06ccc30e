"""The clients of npm and the browser, where this machine has them; else a skip that says what is missing."""

from __future__ import annotations

import json
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

CLIENTS = Path(__file__).resolve().parent / "clients"


@cache
def missing_node() -> str:
    """What keeps the clients of npm from running here; installs them when nothing does."""
    if not shutil.which("node") or not shutil.which("npm"):
        return "needs node and npm, and there are none here"
    if _installed():
        return ""
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        run = subprocess.run(command, cwd=CLIENTS, capture_output=True, text=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        return "npm could not install the clients within two minutes"
    return "" if run.returncode == 0 else f"npm could not install the clients: {run.stderr.strip()[-200:]}"


def _installed() -> bool:
    """As the lock has them?"""
    try:
        lock = json.loads((CLIENTS / "package-lock.json").read_text())["packages"]
        there = json.loads((CLIENTS / "node_modules" / ".package-lock.json").read_text())["packages"]
    except (OSError, ValueError):
        return False
    wanted = {name: each["version"] for name, each in lock.items() if name and not each.get("optional")}
    return all(there.get(name, {}).get("version") == version for name, version in wanted.items())


def run_node(script: str, *arguments: str) -> dict[str, Any]:
    """Run one of the scripts in `clients/`; what its last line says."""
    if reason := missing_node():
        pytest.skip(reason)
    command = ["node", script, *arguments]
    run = subprocess.run(command, cwd=CLIENTS, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.strip().splitlines()[-1])


def chromium() -> str:
    """The system's Chromium."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("needs Chromium, and there is none here")
    return found


def file_of(package: str, *parts: str) -> Path:
    """A file of an installed package."""
    if reason := missing_node():
        pytest.skip(reason)
    return CLIENTS.joinpath("node_modules", package, *parts)
